"""What an import did, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from gitreg.render.document import Json
from gitreg.render.table import Table, table_of
from gitreg.workflows.import_mlflow.report import STATES


def count_table(rows: Sequence[tuple[str, list[int]]]) -> Table:
    """How many things of each kind are in which state."""
    return table_of(["kind", *STATES], [[kind, *numbers] for kind, numbers in rows], STATES)


def count_json(row: tuple[str, list[int]]) -> Json:
    """The same of one kind."""
    kind, numbers = row
    return {
        "kind": kind,
        **{state.replace(" ", "_"): number for state, number in zip(STATES, numbers, strict=True)},
    }
