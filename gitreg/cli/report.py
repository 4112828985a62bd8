"""`gitreg report`: what a reviewer needs to know of a proposal."""

from __future__ import annotations

from pathlib import Path

import click

from gitreg.cli.answer import json_option
from gitreg.cli.call import PATH, Call
from gitreg.cli.completing import VERSIONS
from gitreg.cli.loading import load
from gitreg.cli.printing import put
from gitreg.cli.saying import say
from gitreg.cli.session import reading
from gitreg.cli.words import dry_run_option
from gitreg.safe import one_line
from gitreg.workflows.report import Report, build_report
from gitreg.workflows.report.note import write_note
from gitreg.workflows.write_file import write_file

FORMS = {
    "md": "gitreg.render.report_markdown:report_markdown",
    "html": "gitreg.render.report_html:report_html",
    "metrics": "gitreg.render.report_metrics:report_metrics",
    "json": "gitreg.render.report_json:report_json",
}
"""What draws each form, loaded when it is asked for."""


@click.command(short_help="Write what a reviewer needs to know of a proposal.")
@click.argument("proposal", metavar="PROPOSAL|MODEL@VERSION", shell_complete=VERSIONS)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMS)),
    default="md",
    show_default=True,
    help="Markdown, one page of HTML, OpenMetrics text, or JSON.",
)
@json_option
@click.option("-o", "--output", "file", metavar="FILE", type=PATH, help="The file, instead of stdout.")
@click.option(
    "--note", is_flag=True, help="Write it into the merge request, as one note; prints the note's URL."
)
@dry_run_option
@click.pass_obj
def report(
    call: Call, *, proposal: str, form: str | None, file: Path | None, note: bool, dry_run: bool
) -> None:
    """Write what a reviewer needs to know of a proposed version, against the version that serves now.

    PROPOSAL is churn!1.2.0 or the proposal's branch. Verdict and gates, metrics, params and data that differ, lineage, what would
    be signed by whom, files and curves. Ends with 0 whatever the gates say: check is the judge. The note is always Markdown. See
    docs/report.md.
    """
    with reading(call) as act:
        made = build_report(act.registry, proposal, progress=act.progress)
        if dry_run:
            _plan(made, file, note=note)
            return
        if file is not None or not note:
            _write(made, form or "md", file)
        for one in made.notes:
            say(f"warning: {one}")
        if note:
            click.echo(one_line(write_note(act.registry, made, load(FORMS["md"])(made))))


def _write(made: Report, form: str, file: Path | None) -> None:
    text: str = load(FORMS[form])(made)
    if file is None:
        put(text)
        return
    write_file(file, text.encode("utf-8", "backslashreplace"))
    click.echo(one_line(str(file)))


def _plan(made: Report, file: Path | None, *, note: bool) -> None:
    if file is not None:
        click.echo(one_line(f"write {file}"))
    if note:
        click.echo(f"write the note {made.marker}")
    say("nothing was changed (--dry-run)")
