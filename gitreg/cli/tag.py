"""`gitreg tag`: sets or removes tags of a candidate."""

from __future__ import annotations

from collections.abc import Sequence

import click

from gitreg.cli.call import Call
from gitreg.cli.completing import REFERENCES
from gitreg.cli.session import writing
from gitreg.cli.words import PAIR, dry_run_option, once
from gitreg.workflows.candidates.edit_candidate import tag_candidate


@click.command(short_help="Set or remove tags of a candidate.")
@click.argument("reference", metavar="REF", shell_complete=REFERENCES)
@click.argument("pairs", metavar="[KEY=VALUE]...", type=PAIR, nargs=-1)
@click.option("--remove", metavar="KEY", multiple=True, help="Remove this tag; many times.")
@dry_run_option
@click.pass_obj
def tag(
    call: Call, *, reference: str, pairs: Sequence[tuple[str, str]], remove: Sequence[str], dry_run: bool
) -> None:
    """Set or remove tags of a candidate, as one commit; prints its id."""
    if not pairs and not remove:
        raise click.UsageError("give KEY=VALUE to set a tag, or --remove KEY", click.get_current_context())
    changes: dict[str, str | None] = {**once(pairs, "tag"), **dict.fromkeys(remove)}
    with writing(call, dry_run=dry_run) as act:
        act.done(tag_candidate(act.registry, reference, changes, act.author).id)
