"""`gitreg release`: signs what review accepted, or approves it beside others."""

from __future__ import annotations

from collections.abc import Sequence

import click

from gitreg.cli.call import Call
from gitreg.cli.completing import VERSIONS
from gitreg.cli.saying import say
from gitreg.cli.session import NOTHING, Act, can_ask, reading
from gitreg.cli.words import dry_run_option, model_version
from gitreg.errors import AnswerIsNoError, GitregError
from gitreg.workflows.releasing.approve import ApprovalPlan, approve, plan_approval
from gitreg.workflows.releasing.meanwhile import signed_meanwhile, statement_tags
from gitreg.workflows.releasing.plan_release import ReleasePlan, Scope, carry_out, plan_release, scoped_dues
from gitreg.workflows.releasing.release import refresh
from gitreg.workflows.releasing.reviewed import Review
from gitreg.workflows.versions.models import model_slug


@click.command(short_help="Sign what review accepted.")
@click.argument("what", metavar="[MODEL[@VERSION]]", required=False, shell_complete=VERSIONS)
@click.option(
    "--merge", is_flag=True, help="First merge the open proposals here, for registries without a forge."
)
@click.option("--approve", "approving", is_flag=True, help="Sign an approval only; somebody else releases.")
@click.option(
    "--again",
    is_flag=True,
    help="Sign again what was signed by a key that is not good any more, beside the old.",
)
@click.option("-y", "--yes", is_flag=True, help="Sign without asking.")
@click.option(
    "--offline", is_flag=True, help="Decide by what was fetched last; what is signed is sent all the same."
)
@click.option(
    "--no-forge",
    is_flag=True,
    help="Do not ask the forge which merge requests brought what is signed, and who approved them.",
)
@dry_run_option
@click.pass_obj
def release(  # noqa: PLR0913 - one for each word of the command
    call: Call,
    *,
    what: str | None,
    merge: bool,
    approving: bool,
    again: bool,
    yes: bool,
    offline: bool,
    no_forge: bool,
    dry_run: bool,
) -> None:
    """Sign what review accepted and no tag covers yet: versions, retirements, stages.

    Lists what it would merge and sign, and asks on a terminal. Artifacts, gates and the signer's role are checked again;
    a proposal that does not fit any more is left open, and so is what takes more people than have approved it. Prints what
    was merged, and the tags.

    Where the registry is on a GitLab that can be asked, the merge request that brought each of them and who approved it
    there are shown, and become a part of what is signed.

    Where it takes more than one person, each of the others signs an approval with --approve, and then one releases.
    """
    if merge and (approving or again):
        raise click.UsageError("--merge goes with neither --approve nor --again: release the merge first")
    scope = _scope(what, again=again)
    with reading(call) as act:
        before = statement_tags(act.registry)
        if not offline:
            refresh(act.registry, act.author)
        try:
            if approving:
                _approve(act, scope, yes=yes, dry_run=dry_run)
            else:
                plan = plan_release(
                    act.registry, scope, act.author, merge=merge, ask=not (offline or no_forge)
                )
                _release(act, plan, yes=yes, dry_run=dry_run)
        except AnswerIsNoError:
            for sentence in signed_meanwhile(act.registry, before, scope.model):
                say(sentence)
            raise


def _release(act: Act, plan: ReleasePlan, *, yes: bool, dry_run: bool) -> None:
    _list(plan)
    if dry_run:
        _rehearse(
            [f"merge {one.name}" for one in plan.proposals] + [f"sign {_short(one.tag)}" for one in plan.dues]
        )
        return
    if plan.proposals or plan.dues:
        _ask(act.call, yes=yes)
        tags = carry_out(act.registry, plan, act.author)
        _print([*(one.name for one in plan.proposals), *map(_short, tags)])
    _end(plan)


def _approve(act: Act, scope: Scope, *, yes: bool, dry_run: bool) -> None:
    dues, never = scoped_dues(act.registry, scope)
    for one in never:
        say(f"cannot sign {_short(one.tag)}: {one.error.message}")
    plan = plan_approval(act.registry, dues)
    _list_approvals(plan)
    if dry_run:
        _rehearse([f"sign {_short(one.tag)}" for one in plan.dues])
        return
    if plan.wanted:
        _ask(act.call, yes=yes)
    _print([*map(_short, plan.there), *map(_short, approve(act.registry, plan, act.author))])


def _scope(what: str | None, *, again: bool) -> Scope:
    if what is None or "@" not in what:
        return Scope(None if what is None else model_slug(what), again=again)
    return Scope(*model_version(what), again=again)


def _list(plan: ReleasePlan) -> None:
    """What the signer says yes to, on stderr."""
    for proposal in plan.proposals:
        say(f"merge {proposal.name}")
    for one in plan.dues:
        by = plan.approvers.get(one.tag)
        approved = f", approved by {', '.join(by)}" if by else ""
        why = f"; until now: {one.why}" if one.why else ""
        review = _review(plan.reviews.get(one.tag))
        say(f"sign {_short(one.tag)}: {one.statement.title}, commit {one.commit[:12]}{approved}{review}{why}")
    for note in plan.notes:
        say(note)
    for proposal, error in plan.misfits:
        say(f"cannot merge {proposal.name}: {error.message}")
    for waiting in plan.waiting:
        say(f"cannot sign {_short(waiting.tag)}: {waiting.error.message}")


def _review(review: Review | None) -> str:
    """What of the forge's word will be signed."""
    if review is None:
        return ""
    by = f", approved there by {', '.join(review.approvers)}" if review.approvers else ""
    return f", brought by {review.url}{by}"


def _list_approvals(plan: ApprovalPlan) -> None:
    for tag in plan.there:
        say(f"{_short(tag)} is there already")
    for one, due in zip(plan.wanted, plan.dues, strict=True):
        say(f"approve {one.due.statement.title}, commit {due.commit[:12]}: {_short(due.tag)}")


def _end(plan: ReleasePlan) -> None:
    """What was not done is the answer, after what was.

    Raises:
        GitregError: there is such a thing, or there was nothing to do.
    """
    left: list[GitregError] = [error for _, error in plan.misfits] + [one.error for one in plan.waiting]
    if left:
        raise left[0]
    if not plan.proposals and not plan.dues:
        words = (
            "no signature has to be made again"
            if plan.scope.again
            else "nothing that review accepted waits for a signature"
        )
        raise AnswerIsNoError(words, hint="gitreg status")


def _rehearse(lines: Sequence[str]) -> None:
    _print(lines or [NOTHING])
    say("nothing was changed (--dry-run)")


def _print(lines: Sequence[str]) -> None:
    for line in lines:
        click.echo(line)


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
