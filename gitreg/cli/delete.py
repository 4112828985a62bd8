"""`gitreg delete`: hides a candidate."""

from __future__ import annotations

import click

from gitreg.cli.call import Call
from gitreg.cli.completing import REFERENCES
from gitreg.cli.session import writing
from gitreg.cli.words import dry_run_option
from gitreg.workflows.candidates.edit_candidate import delete_candidate


@click.command(short_help="Hide a candidate; its history stays.")
@click.argument("reference", metavar="REF", shell_complete=REFERENCES)
@dry_run_option
@click.pass_obj
def delete(call: Call, *, reference: str, dry_run: bool) -> None:
    """Hide a candidate; its record and history stay. Prints its id."""
    with writing(call, dry_run=dry_run) as act:
        found = delete_candidate(act.registry, reference, act.author)
        act.done(found.id, following=f"gitreg restore {found.id[:8]} brings it back")
