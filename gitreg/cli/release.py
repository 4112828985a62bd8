"""`gitreg release`: signs what review accepted."""

from __future__ import annotations

import click

from gitreg.cli.call import Call
from gitreg.cli.completing import VERSIONS
from gitreg.cli.saying import say
from gitreg.cli.session import NOTHING, can_ask, reading
from gitreg.cli.words import dry_run_option, model_version, offline_option
from gitreg.errors import AnswerIsNoError
from gitreg.workflows.models import model_slug
from gitreg.workflows.plan_release import ReleasePlan, Scope, carry_out, plan_release
from gitreg.workflows.release import refresh


@click.command(short_help="Sign what review accepted.")
@click.argument("what", metavar="[MODEL[@VERSION]]", required=False, shell_complete=VERSIONS)
@click.option(
    "--merge", is_flag=True, help="First merge the open proposals here, for registries without a forge."
)
@click.option("-y", "--yes", is_flag=True, help="Sign without asking.")
@offline_option
@dry_run_option
@click.pass_obj
def release(call: Call, *, what: str | None, merge: bool, yes: bool, offline: bool, dry_run: bool) -> None:
    """Sign what review accepted and no tag covers yet: versions, retirements, stages.

    Lists what it would merge and sign, and asks on a terminal. Artifacts, gates and the signer's role are checked again;
    a proposal that does not fit any more is left open. Prints what was merged, and the tags.
    """
    scope = _scope(what)
    with reading(call) as act:
        if not offline:
            refresh(act.registry, act.author)
        plan = plan_release(act.registry, scope, act.author, merge=merge)
        _list(plan)
        if dry_run:
            for line in _lines(plan) or [NOTHING]:
                click.echo(line)
            say("nothing was changed (--dry-run)")
            return
        if plan.proposals or plan.dues:
            _ask(call, yes=yes)
            tags = carry_out(act.registry, plan, act.author)
            for name in (*(one.name for one in plan.proposals), *map(_short, tags)):
                click.echo(name)
    if plan.misfits:
        raise plan.misfits[0][1]
    if not plan.proposals and not plan.dues:
        raise AnswerIsNoError("nothing that review accepted waits for a signature", hint="gitreg status")


def _scope(what: str | None) -> Scope:
    if what is None or "@" not in what:
        return Scope() if what is None else Scope(model_slug(what))
    return Scope(*model_version(what))


def _list(plan: ReleasePlan) -> None:
    """What the signer says yes to, on stderr."""
    for proposal in plan.proposals:
        say(f"merge {proposal.name}")
    for one in plan.dues:
        say(f"sign {_short(one.tag)}: {one.statement.title}, commit {one.commit[:12]}")
    for proposal, error in plan.misfits:
        say(f"cannot merge {proposal.name}: {error.message}")


def _lines(plan: ReleasePlan) -> list[str]:
    return [f"merge {one.name}" for one in plan.proposals] + [f"sign {_short(one.tag)}" for one in plan.dues]


def _short(tag: str) -> str:
    return tag.removeprefix("refs/tags/")


def _ask(call: Call, *, yes: bool) -> None:
    """A signature is never given unasked."""
    if yes:
        return
    if not can_ask(call):
        raise click.UsageError("nobody is there to say yes: --yes says it", click.get_current_context())
    if not click.confirm("Go on?", err=True):
        raise click.Abort
