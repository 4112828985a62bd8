"""The life of the trust files: who may sign what, and by which key; every change is a proposal that root keys sign."""
