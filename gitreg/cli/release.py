"""`gitreg release`: signs what review accepted."""

from __future__ import annotations

from collections.abc import Sequence

import click

from gitreg.cli.call import Call
from gitreg.cli.session import Act, can_ask, reading, say
from gitreg.cli.words import dry_run_option, offline_option
from gitreg.domain.reference import VersionReference
from gitreg.domain.version import VersionNumber
from gitreg.errors import AnswerIsNoError
from gitreg.workflows.find import parsed
from gitreg.workflows.models import model_slug
from gitreg.workflows.proposals import Proposal, open_proposals
from gitreg.workflows.release import Due, due, merge_proposals, refresh
from gitreg.workflows.release import release as sign_all


@click.command(short_help="Sign what review accepted.")
@click.argument("what", metavar="[MODEL[@VERSION]]", required=False)
@click.option(
    "--merge", is_flag=True, help="First merge the open proposals here, for registries without a forge."
)
@click.option("-y", "--yes", is_flag=True, help="Sign without asking.")
@offline_option
@dry_run_option
@click.pass_obj
def release(call: Call, *, what: str | None, merge: bool, yes: bool, offline: bool, dry_run: bool) -> None:
    """Sign what review accepted and no tag covers yet: versions, retirements, stages. Prints the tags, and what was merged.

    Lists what it would sign, and asks on a terminal. Artifacts, gates and the signer's role are checked again.
    """
    model, version = _wanted(what)
    with reading(call) as act:
        if not offline:
            refresh(act.registry, act.author)
        proposals = _proposals(act, model, version) if merge else []
        waiting = due(act.registry, model=model, version=version)
        _list(proposals, waiting)
        if dry_run:
            for one in waiting:
                click.echo(one.tag.removeprefix("refs/tags/"))
            say("nothing was changed (--dry-run)")
            return
        if not waiting and not proposals:
            raise AnswerIsNoError("nothing that review accepted waits for a signature", hint="gitreg status")
        _ask(call, yes=yes)
        if proposals:
            for merged in merge_proposals(act.registry, act.author, model=model, version=version):
                click.echo(merged.name)
            waiting = due(act.registry, model=model, version=version)
            _list([], waiting)
        for tag in sign_all(act.registry, waiting, act.author):
            click.echo(tag.removeprefix("refs/tags/"))


def _wanted(what: str | None) -> tuple[str | None, VersionNumber | None]:
    if what is None or "@" not in what:
        return (None if what is None else model_slug(what)), None
    found = parsed(what)
    if not isinstance(found, VersionReference) or not isinstance(found.version, VersionNumber):
        raise click.UsageError(f"{what!a} names no version: write MODEL or MODEL@VERSION, like churn@1.2.0")
    return found.model, found.version


def _proposals(act: Act, model: str | None, version: VersionNumber | None) -> list[Proposal]:
    return [
        one
        for one in open_proposals(act.registry)
        if model in {None, one.model} and (version is None or one.name.endswith(f"/v{version}"))
    ]


def _list(proposals: Sequence[Proposal], waiting: Sequence[Due]) -> None:
    for proposal in proposals:
        say(f"merge {proposal.name}")
    for one in waiting:
        say(f"sign {one.tag.removeprefix('refs/tags/')}: {one.statement.title}, commit {one.commit[:12]}")


def _ask(call: Call, *, yes: bool) -> None:
    """A signature is never given unasked."""
    if yes:
        return
    if not can_ask(call):
        raise click.UsageError("nobody is there to say yes: --yes says it", click.get_current_context())
    if not click.confirm("Go on?", err=True):
        raise click.Abort
