"""Merge requests: where they are made, found and commented. Knows branches, Markdown and URLs; nothing of records, nor of Git's objects.

`gitreg.forge.gitlab` loads python-gitlab, and is imported by nobody but `gitreg.forge.choose` when a call needs it.
"""
