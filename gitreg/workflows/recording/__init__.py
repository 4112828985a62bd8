"""Putting records on the candidate branch, without what looks like a secret. Everything that logs ends here."""
