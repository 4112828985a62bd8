"""What gates say, as a table, as text and as JUnit XML."""

from __future__ import annotations

from collections.abc import Sequence

from gitreg.domain.gate import GateResult
from gitreg.render.junit import JUnitCase, junit
from gitreg.render.table import Table, table_of
from gitreg.safe import one_line


def gates_table(results: Sequence[GateResult]) -> Table:
    """Gate, result, detail."""
    return table_of(("gate", "result", "detail"), [(one.kind, one.result, one.detail) for one in results])


def gates_text(results: Sequence[GateResult]) -> str:
    """`result gate: detail`, one a line."""
    return "".join(one_line(f"{one.result} {one.kind}: {one.detail}") + "\n" for one in results)


def gates_junit(results: Sequence[GateResult], subject: str) -> str:
    """JUnit XML: a case for each gate.

    Args:
        results: what the gates said.
        subject: what was asked about.
    """
    return junit("gitreg check", [_case(one, subject) for one in results])


def _case(one: GateResult, subject: str) -> JUnitCase:
    why = one.detail or one.result
    return JUnitCase(
        subject,
        one.kind,
        failure=why if one.result == "failed" else "",
        skipped=why if one.result == "skipped" else "",
    )
