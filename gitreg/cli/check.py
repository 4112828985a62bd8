"""`gitreg check`: what a model's gates say of a candidate."""

from __future__ import annotations

import click

from gitreg.cli.answer import Answer, format_options, print_answer
from gitreg.cli.call import Call
from gitreg.cli.completing import MODELS, REFERENCES
from gitreg.cli.session import reading
from gitreg.render.table import table_of
from gitreg.workflows.check_gates import check_gates


@click.command(short_help="Ask a model's gates about a candidate.")
@click.argument("reference", metavar="REF", shell_complete=REFERENCES)
@click.option(
    "-m",
    "--model",
    required=True,
    shell_complete=MODELS,
    help="The model whose gates are asked, beside the registry's.",
)
@format_options
@click.pass_obj
def check(call: Call, *, reference: str, model: str, form: str | None) -> None:
    """Ask a model's gates about a candidate, as promote does; ends with 1 when one of them fails."""
    with reading(call) as act:
        results = check_gates(act.registry, reference, model)
    table = table_of(("gate", "result", "detail"), [(one.kind, one.result, one.detail) for one in results])
    answer = Answer("GateResult", results, lambda one: one.model_dump(), lambda _: table, "no gates to pass")
    print_answer(call, answer, form)
    if any(one.result == "failed" for one in results):
        click.get_current_context().exit(1)
