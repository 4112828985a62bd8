"""`gitreg note`: writes a candidate's notes."""

from __future__ import annotations

import click

from gitreg.cli.call import Call
from gitreg.cli.completing import REFERENCES
from gitreg.cli.session import writing
from gitreg.cli.words import dry_run_option, text_or_stdin
from gitreg.workflows.candidates.edit_candidate import note_candidate


@click.command(short_help="Write a candidate's notes.")
@click.argument("reference", metavar="REF", shell_complete=REFERENCES)
@click.argument("words", metavar="TEXT|-")
@dry_run_option
@click.pass_obj
def note(call: Call, *, reference: str, words: str, dry_run: bool) -> None:
    """Write a candidate's notes, in place of those it has; - reads them from stdin. Prints its id."""
    text = text_or_stdin(words)
    with writing(call, dry_run=dry_run) as act:
        act.done(note_candidate(act.registry, reference, text, act.author).id)
