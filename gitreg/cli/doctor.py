"""`gitreg doctor`: finds what is wrong here, and says what mends it."""

from __future__ import annotations

from pathlib import Path

import click

from gitreg.cli.answer import json_option
from gitreg.cli.call import Call
from gitreg.cli.clock import now
from gitreg.render.doctor import examination_page, finding_json
from gitreg.render.document import document
from gitreg.workflows.doctor.examine import Extent, examine


@click.command(short_help="Find what is wrong here, and the command that mends it.")
@click.option("--offline", is_flag=True, help="Ask no remote and no storage.")
@click.option("--deep", is_flag=True, help="Look at every object and every artifact, however long it takes.")
@json_option
@click.pass_obj
def doctor(call: Call, *, offline: bool, deep: bool, form: str | None) -> None:
    """Find what is wrong with this registry on this machine, and the command that mends each. Changes nothing.

    Ends with 1 if something needs mending, else with 0. docs/doctor.md lists the findings.
    """
    place = None if call.registry.resolve() == Path.cwd().resolve() else call.registry
    found = examine(call.registry, call.environ, now=now(), extent=Extent(offline, deep), place=place)
    if form == "json":
        click.echo(document("DiagnosisList", [finding_json(one) for one in found.findings]), nl=False)
    else:
        click.echo(examination_page(found), nl=False)
    if not found.is_sound:
        click.get_current_context().exit(1)
