"""What the streams are: a terminal, of which width, with colour or without; decided once, here."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from gitreg.artifacts import SILENT, Progress
from gitreg.cli.loading import load


@dataclass(frozen=True)
class Screen:
    """Where a table is drawn: how wide, and whether in colour (https://no-color.org, https://force-color.org)."""

    width: int
    colour: bool


def is_terminal() -> bool:
    """Whether a person reads stdout."""
    return sys.stdout.isatty()


def screen(environ: Mapping[str, str]) -> Screen:
    """The screen that stdout is, or a wide one where a table is asked for in a pipe."""
    if not is_terminal():
        return Screen(
            int(environ["COLUMNS"]) if environ.get("COLUMNS", "").isdigit() else 200, _forced(environ)
        )
    plain = bool(environ.get("NO_COLOR")) or environ.get("TERM") == "dumb"
    return Screen(shutil.get_terminal_size().columns, _forced(environ) or not plain)


def progress_on(environ: Mapping[str, str]) -> Progress:
    """A bar on stderr where that is a terminal that can draw one; silence elsewhere."""
    if not sys.stderr.isatty() or environ.get("TERM") == "dumb":
        return SILENT
    return cast("Progress", load("gitreg.render.progress_terminal:Bar")(colour=not environ.get("NO_COLOR")))


def _forced(environ: Mapping[str, str]) -> bool:
    return environ.get("FORCE_COLOR", "") not in {"", "0"} and not environ.get("NO_COLOR")
