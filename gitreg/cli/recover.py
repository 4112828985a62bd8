"""`gitreg recover`: finishes what a crash left."""

from __future__ import annotations

import click

from gitreg.cli.call import Call
from gitreg.cli.saying import say
from gitreg.cli.session import NOTHING, Act, reading
from gitreg.cli.words import dry_run_option
from gitreg.safe import one_line
from gitreg.workflows.doctor.status import draft_states
from gitreg.workflows.running.recover import recover as finish_dead
from gitreg.workflows.running.recover import to_finish


@click.command(short_help="Finish what a crash left.")
@click.argument("prefix", metavar="[ID]", required=False)
@dry_run_option
@click.pass_obj
def recover(call: Call, *, prefix: str | None, dry_run: bool) -> None:
    """Finish what a crash left: drafts whose process is gone become candidates, with all that was logged. Prints their ids.

    A process on another machine is gone when nothing was heard of it for 15 minutes. With ID, that one draft, which may
    have been started on another machine. What still runs is never touched.
    """
    with reading(call, by_anybody=True) as act:
        if dry_run:
            _plan(act, prefix)
            return
        found = finish_dead(act.registry, act.author, prefix, progress=act.progress)
        for candidate in found.candidates:
            click.echo(candidate.id)
        for fault in found.faults[1:]:
            say(f"warning: {fault}")
        if found.faults:
            raise found.faults[0]
        if not found.candidates:
            say("nothing is left to finish")


def _plan(act: Act, prefix: str | None) -> None:
    states = {state.id: state for state in draft_states(act.registry)}
    chosen = [states[draft.id] for draft in to_finish(act.registry, prefix) if draft.id in states]
    for line in [f"finish {draft.id} of {draft.experiment}" for draft in chosen] or [NOTHING]:
        click.echo(one_line(line))
    say("nothing was changed (--dry-run)")
