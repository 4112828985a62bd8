"""What is left of a bug: a file with the traceback, or the traceback itself where GITREG_DEBUG asks for it."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from gitreg.cli.version import VERSION
from gitreg.safe import text


def report(error: BaseException, environ: Mapping[str, str]) -> Path | None:
    """Where the traceback was written; None when it was shown instead."""
    words = "".join(traceback.format_exception(error))
    if environ.get("GITREG_DEBUG") == "1":
        sys.stderr.write(text(words))
        return None
    now = datetime.now(UTC)
    head = f"gitreg {VERSION}, Python {sys.version.split()[0]}, {sys.platform}, {now.isoformat()}\n\n"
    name = f"bug-{now:%Y%m%dT%H%M%S}-{os.getpid()}.log"
    try:
        folder = _folder(environ)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        place = folder / name
        place.write_text(head + words, errors="backslashreplace")
    except (OSError, RuntimeError):
        return _elsewhere(name, head + words)
    return place


def _elsewhere(name: str, words: str) -> Path | None:
    try:
        place = Path(tempfile.mkdtemp(prefix="gitreg-"), name)
        place.write_text(words, errors="backslashreplace")
    except OSError:  # nothing can be written anywhere
        sys.stderr.write(text(words))
        return None
    return place


def _folder(environ: Mapping[str, str]) -> Path:
    """https://specifications.freedesktop.org/basedir-spec: relative paths in these variables are ignored."""
    state = environ.get("XDG_STATE_HOME", "")
    return (Path(state) if state.startswith("/") else Path.home() / ".local" / "state") / "gitreg"
