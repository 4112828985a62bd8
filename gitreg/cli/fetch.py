"""`gitreg fetch`: news from the remote."""

from __future__ import annotations

import click

from gitreg.cli.call import Call
from gitreg.cli.saying import say
from gitreg.cli.session import pacing, reading
from gitreg.cli.words import dry_run_option
from gitreg.safe import one_line
from gitreg.workflows.doctor.status import changed_candidates
from gitreg.workflows.publishing.exchange import fetch as fetch_all
from gitreg.workflows.publishing.publish import fold_inbox
from gitreg.workflows.publishing.remote_news import remote_news


@click.command(short_help="Bring new candidates, proposals and releases.")
@dry_run_option
@click.pass_obj
def fetch(call: Call, *, dry_run: bool) -> None:
    """Bring new candidates, proposals and releases from the remote. Prints how many candidates are new or changed.

    What waits in the remote's inbox comes too, and is folded into its candidate branch where you may push.
    """
    with reading(call) as act:
        if act.registry.remote is None:
            say("there is no Git remote to fetch from")
            return
        if dry_run:
            for ref in remote_news(act.registry):
                click.echo(one_line(ref))
            say("nothing was changed (--dry-run)")
            return
        fetched = fetch_all(act.registry, act.author)
        fold_inbox(act.registry, act.author, pacing())
        count = changed_candidates(act.registry, fetched.before, fetched.after)
        click.echo(f"{count} candidates from {act.registry.remote}")
