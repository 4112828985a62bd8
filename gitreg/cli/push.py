"""`gitreg push`: artifacts first, then the records that name them."""

from __future__ import annotations

import click

from gitreg.cli.call import Call
from gitreg.cli.saying import say
from gitreg.cli.session import pacing, reading
from gitreg.cli.words import dry_run_option
from gitreg.render.sizes import size_text
from gitreg.workflows.contents.apart import words_about
from gitreg.workflows.doctor.status import unpushed
from gitreg.workflows.publishing.publish import Published
from gitreg.workflows.publishing.push import push as push_all


@click.command(short_help="Publish artifacts, then candidates.")
@click.option(
    "--storage", metavar="URL|PATH", help="Send artifacts here instead of to the registry's own storage."
)
@dry_run_option
@click.pass_obj
def push(call: Call, *, storage: str | None, dry_run: bool) -> None:
    """Publish artifacts, then candidates: nothing is named before it is there.

    Candidates of others are joined. In a crowd they go to an inbox ref of their own, which the next push of anybody folds
    into the candidate branch; every fetch brings both.
    """
    with reading(call, storage=storage) as act:
        if dry_run:
            waiting = unpushed(act.registry)
            models = f" and {waiting.models} logged models" if waiting.models else ""
            objects = f"{waiting.objects} objects ({size_text(waiting.size)})"
            click.echo(f"send {objects} and {waiting.candidates} candidates{models}")
            say("nothing was changed (--dry-run)")
            return
        pushed = push_all(act.registry, act.author, pacing(), progress=act.progress)
        where = f" to {pushed.storage}" if pushed.storage else ""
        sent = f"{pushed.objects} objects ({size_text(pushed.size)}){where}"
        if pushed.remote is None:
            click.echo(sent)
            say("there is no Git remote, so candidates stay here")
            return
        click.echo(f"{sent}; candidates to {pushed.remote}{_how(pushed.published)}")
        if pushed.apart:
            say(words_about(pushed.apart))
        if pushed.published.inbox:
            say(
                "others push at this moment, so they wait in the inbox; the next push of anybody folds them in"
            )


def _how(published: Published) -> str:
    if published.inbox:
        return f" ({published.inbox})"
    return "" if published.tries else ": nothing new"
