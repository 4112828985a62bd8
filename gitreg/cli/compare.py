"""`gitreg compare`: candidates side by side."""

from __future__ import annotations

from collections.abc import Sequence

import click

from gitreg.cli.answer import Answer, format_options, print_answer
from gitreg.cli.call import Call
from gitreg.cli.completing import REFERENCES
from gitreg.cli.session import reading
from gitreg.render.comparison import comparison_table, row_json
from gitreg.workflows.candidates.compare import compare as compare_candidates


@click.command(short_help="Compare candidates side by side.")
@click.argument("references", metavar="REF...", nargs=-1, required=True, shell_complete=REFERENCES)
@click.option(
    "--against",
    metavar="REF",
    shell_complete=REFERENCES,
    help="Compare with this one, such as churn@production. Default: the first REF.",
)
@click.option("--all", "everything", is_flag=True, help="What they have in common, too.")
@format_options
@click.pass_obj
def compare(
    call: Call, *, references: Sequence[str], against: str | None, everything: bool, form: str | None
) -> None:
    """Compare 2 to 100 candidates side by side: metrics first, then what else differs.

    A metric's change is against the first candidate, or what --against names; "better" and "worse" follow the experiment's
    goal for that metric. A version, or the version in a stage, stands for the candidate that it was made from.
    """
    with reading(call) as act:
        found = compare_candidates(act.registry, references, against)
    rows = [row for row in found.rows if everything or row.differs]
    answer = Answer(
        "Difference",
        rows,
        lambda row: row_json(row, found),
        lambda brief: comparison_table(found, rows, brief=brief or form == "md"),
        "these candidates do not differ",
    )
    print_answer(call, answer, form)
