"""Finding ssh-keygen, and saying what it said. Knows nothing of what it is run for."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

_NAMESPACE = re.compile(r"[a-z0-9][a-z0-9.@-]{0,63}")


def find_program(program: str, environ: Mapping[str, str]) -> str | None:
    """The file of a program given by name or whole path; None if there is none.

    Only whole paths of PATH count: an empty or relative entry would run what lies in the current directory.
    """
    if "/" in program:
        return program if Path(program).is_absolute() and shutil.which(program) else None
    folders = [folder for folder in environ.get("PATH", "").split(":") if folder.startswith("/")]
    return shutil.which(program, path=":".join(folders)) if folders else None


def first_words(output: bytes) -> str:
    """What a program wrote, as one short line that is safe to show. For people only; no decision rests on it."""
    text = " ".join(output.decode("utf-8", "replace").split())
    return "".join(letter if letter.isprintable() else "?" for letter in text)[:300] or "it gave no reason"


def checked_namespace(namespace: str) -> str:
    """The namespace as given; it stands in a file and must not be able to mean anything else there."""
    if not _NAMESPACE.fullmatch(namespace):
        raise ValueError(f"not a namespace for signatures: {namespace!r}")
    return namespace
