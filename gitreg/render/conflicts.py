"""Values that nobody has chosen between yet, as pages show them."""

from __future__ import annotations

from gitreg.documents.conflicts import open_conflicts
from gitreg.domain.candidate import Candidate
from gitreg.domain.experiment import Experiment
from gitreg.render.page import Page

TITLE = "conflicts (set the key again to decide)"
_SHOWN = 60


def add_conflicts(page: Page, record: Candidate | Experiment) -> None:
    """Adds each key that several people gave different values at once, with all of them."""
    found = open_conflicts(record)
    page.section(TITLE, [(name, " | ".join(map(_shown, values))) for name, values in found.items()])


def _shown(value: str | None) -> str:
    if value is None:
        return "(removed)"
    return repr(value if len(value) <= _SHOWN else f"{value[:_SHOWN]}...")
