"""`gitreg check`: what the gates say of a candidate, or of a version that is proposed."""

from __future__ import annotations

from collections.abc import Sequence

import click

from gitreg.cli.answer import FORMATS, Answer, json_option, print_answer
from gitreg.cli.call import Call
from gitreg.cli.completing import MODELS, REFERENCES
from gitreg.cli.reports import ReportFile, report_option, write_reports
from gitreg.cli.saying import say
from gitreg.cli.session import reading
from gitreg.render.document import document
from gitreg.render.gates import gates_junit, gates_table, gates_text
from gitreg.workflows.versions.check_gates import Checked, check_gates


@click.command(short_help="Ask the gates about a candidate or a proposal.")
@click.argument("reference", metavar="REF|PROPOSAL", shell_complete=REFERENCES)
@click.option(
    "-m",
    "--model",
    shell_complete=MODELS,
    help="The model for which a candidate would be promoted; a version has its own.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice([*FORMATS, "text", "junit"]),
    help="Default: a table on a terminal, TSV in a pipe.",
)
@json_option
@report_option(["junit", "text", "json"])
@click.pass_obj
def check(
    call: Call, *, reference: str, model: str | None, form: str | None, reports: Sequence[ReportFile]
) -> None:
    """Ask the gates about a candidate, as promote does, or about a version, as release does.

    PROPOSAL is churn!1.2.0 or the proposal's branch; it is judged by the gates that were accepted, whatever it says of them
    itself. Ends with 1 when a gate fails. docs/gates.md explains the gates.
    """
    with reading(call) as act:
        checked = check_gates(act.registry, reference, model)
    results, subject = checked.results, checked.subject
    texts = {
        "junit": lambda: gates_junit(results, subject),
        "text": lambda: gates_text(results),
        "json": lambda: document("GateResultList", [one.model_dump() for one in results]),
    }
    write_reports(reports, texts)
    if form in {"junit", "text"}:
        click.echo(texts[form](), nl=False)
    else:
        _print(call, checked, form)
    if checked.changes_gates:
        say("warning: this proposal changes the model's gates; it was judged by the accepted ones")
    if any(one.result == "failed" for one in results):
        click.get_current_context().exit(1)


def _print(call: Call, checked: Checked, form: str | None) -> None:
    table = gates_table(checked.results)
    answer = Answer(
        "GateResult", checked.results, lambda one: one.model_dump(), lambda _: table, "no gates to pass"
    )
    print_answer(call, answer, form)
