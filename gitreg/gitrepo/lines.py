"""Two changed versions of one text merged line by line, by `git merge-file`. No merge driver runs there."""

from __future__ import annotations

import tempfile
from pathlib import Path

from gitreg.gitrepo.process import Git

_LABELS = ("ours", "base", "theirs")


def merge_lines(git: Git, base: bytes, ours: bytes, theirs: bytes) -> tuple[bytes, bool]:
    """Return the text, and whether that is all: otherwise marks of a conflict stand in it (git-merge-file(1)).

    What is no text is not merged: then it is our side.
    """
    labels = [word for label in _LABELS for word in ("-L", label)]
    with tempfile.TemporaryDirectory(prefix="gitreg-merge-") as folder:
        files = [Path(folder, name) for name in _LABELS]
        for file, content in zip(files, (ours, base, theirs), strict=True):
            file.write_bytes(content)
        outcome = git.run("merge-file", "-p", "-q", *labels, *map(str, files), good=())
    return (outcome.out if outcome.code < 128 else ours), outcome.code == 0
