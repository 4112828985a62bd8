"""`gitreg key sign`: the caller's signature under the open proposal of a trust root."""

from __future__ import annotations

import click

from gitreg.cli.call import Call
from gitreg.cli.key_change import tell
from gitreg.cli.saying import say
from gitreg.cli.session import can_ask, reading
from gitreg.cli.words import dry_run_option, offline_option
from gitreg.workflows.trust.key_file import read_key
from gitreg.workflows.trust.sign_root import sign_root, to_sign


@click.command(short_help="Sign the proposal of the next trust root.")
@click.option(
    "--key",
    metavar="KEYFILE",
    help="Sign with this SSH key; the one that Git is configured with unless given.",
)
@click.option("-y", "--yes", is_flag=True, help="Sign without asking.")
@offline_option
@dry_run_option
@click.pass_obj
def sign(call: Call, *, key: str | None, yes: bool, offline: bool, dry_run: bool) -> None:
    """Sign the open proposal of the next trust root with your root key; says what it changes, and asks on a terminal.

    Whoever signs answers for every change in it, whoever made them.
    """
    given = read_key(key, call.path(key), call.environ) if key else None
    with reading(call) as act:
        asked = to_sign(act.registry, act.author, given, offline=offline)
        say(f"{asked.proposal.name} ({asked.digest}) changes:")
        for line in asked.changes:
            say(f"  {line}")
        if dry_run:
            click.echo(f"sign {asked.proposal.name} as {asked.person}")
            say("nothing was changed (--dry-run)")
            return
        if not yes and not can_ask(call):
            raise click.UsageError("nobody is there to say yes: --yes says it", click.get_current_context())
        if not yes and not click.confirm("Sign that?", err=True):
            raise click.Abort
        tell(act, sign_root(act.registry, asked, act.author, offline=offline), quiet=True)
