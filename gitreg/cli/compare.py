"""`gitreg compare`: candidates side by side."""

from __future__ import annotations

from collections.abc import Sequence

import click

from gitreg.cli.answer import Answer, format_options, print_answer
from gitreg.cli.call import Call
from gitreg.cli.session import reading
from gitreg.render.comparison import comparison_table, row_json
from gitreg.workflows.list_candidates import compare as compare_candidates


@click.command(short_help="Compare candidates side by side.")
@click.argument("references", metavar="REF REF...", nargs=-1, required=True)
@click.option("--all", "everything", is_flag=True, help="What they have in common, too.")
@format_options
@click.pass_obj
def compare(call: Call, *, references: Sequence[str], everything: bool, form: str | None) -> None:
    """Compare candidates side by side: metrics first, then what else differs.

    A metric's change is against the first candidate; "better" and "worse" follow the experiment's goal for that metric.
    """
    with reading(call) as act:
        found = compare_candidates(act.registry, references)
    rows = [row for row in found.rows if everything or row.differs]
    answer = Answer(
        "Difference",
        rows,
        lambda row: row_json(row, found.candidates),
        lambda brief: comparison_table(rows, found.candidates, brief=brief),
        "these candidates do not differ",
    )
    print_answer(call, answer, form)
