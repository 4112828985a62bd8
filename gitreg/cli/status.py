"""`gitreg status`: what is going on."""

from __future__ import annotations

import click

from gitreg.cli.answer import json_option, print_page
from gitreg.cli.call import Call
from gitreg.cli.saying import say
from gitreg.cli.session import reading
from gitreg.render.status import status_json, status_page
from gitreg.workflows.doctor.status import status as look


@click.command(short_help="Say what is running, unpushed, proposed or unsigned.")
@click.option("--offline", is_flag=True, help="Do not ask the forge for merge requests.")
@json_option
@click.pass_obj
def status(call: Call, *, offline: bool, form: str | None) -> None:
    """Say what is running, unpushed, proposed or unsigned, as far as it was fetched, and which merge requests are open."""
    with reading(call) as act:
        found = look(act.registry, offline=offline)
    for note in found.known.notes:
        say(f"note: {note}")
    print_page(status_page(found), "Status", [status_json(found)], form)
