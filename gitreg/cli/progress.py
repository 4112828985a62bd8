"""How far long work is: a bar on a terminal, nothing elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import cast

from gitreg.artifacts import SILENT, Progress
from gitreg.cli.loading import load


def progress_on(environ: Mapping[str, str]) -> Progress:
    """A bar on stderr where that is a terminal that can draw one; silence elsewhere."""
    if not sys.stderr.isatty() or environ.get("TERM") == "dumb":
        return SILENT
    return cast("Progress", load("gitreg.render.progress_terminal:Bar")(colour=not environ.get("NO_COLOR")))
