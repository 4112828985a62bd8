"""`gitreg restore`: shows a deleted candidate again."""

from __future__ import annotations

import click

from gitreg.cli.call import Call
from gitreg.cli.completing import REFERENCES
from gitreg.cli.session import writing
from gitreg.cli.words import dry_run_option
from gitreg.workflows.candidates.edit_candidate import restore_candidate


@click.command(short_help="Show a deleted candidate again.")
@click.argument("reference", metavar="REF", shell_complete=REFERENCES)
@dry_run_option
@click.pass_obj
def restore(call: Call, *, reference: str, dry_run: bool) -> None:
    """Show a deleted candidate again. Prints its id."""
    with writing(call, dry_run=dry_run) as act:
        act.done(restore_candidate(act.registry, reference, act.author).id)
