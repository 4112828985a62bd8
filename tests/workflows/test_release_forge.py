"""Releasing beside a forge: the merge request that brought what is signed, and who approved it there, become a part of it."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from functools import partial

import pytest
from desk import START
from forge_desk import ForgeDesk

from gitreg.checks.trust_files import TrustFiles
from gitreg.cli.entry import outcome
from gitreg.documents import places
from gitreg.documents.writer import write
from gitreg.domain.gate import ApprovalsGate
from gitreg.domain.model import Model
from gitreg.domain.statement import Statement
from gitreg.errors import ConflictError, CredentialsError, GateError, RemoteError
from gitreg.signing import find_signing_key, split_tag
from gitreg.store import Author
from gitreg.workflows.proposing.answering_forge import answering_forge
from gitreg.workflows.publishing.exchange import fetch
from gitreg.workflows.releasing import reviewed
from gitreg.workflows.releasing.plan_release import ReleasePlan, Scope, carry_out, plan_release
from gitreg.workflows.trust.add import NewKey, add_key
from gitreg.workflows.trust.draft import TrustDraft
from gitreg.workflows.trust.propose import How, propose_trust
from gitreg.workflows.trust.role import RoleChange, permission_of, with_role

RELEASE, STAGE = "refs/tags/model/churn/v1.0.0", "refs/tags/stage/churn/production/1"


@pytest.fixture
def work(shared: ForgeDesk, monkeypatch: pytest.MonkeyPatch) -> ForgeDesk:
    """A registry on a GitLab, a token, and no waiting between calls that are tried again."""
    monkeypatch.setattr(reviewed, "answering_forge", partial(answering_forge, wait=lambda _: None))
    shared.let_in()
    return shared


def planned(work: ForgeDesk, *, ask: bool = True) -> ReleasePlan:
    """What a release would do, once the news are here."""
    registry, author = work.desk.open(), work.desk.author
    fetch(registry, author)
    return plan_release(registry, Scope(), author, merge=False, ask=ask)


def released(work: ForgeDesk, plan: ReleasePlan) -> dict[str, Statement]:
    """What was signed, by tag, as the forge's repository has it."""
    tags = carry_out(work.desk.open(), plan, work.desk.author)
    return {tag: said(work, tag) for tag in tags}


def said(work: ForgeDesk, tag: str) -> Statement:
    """What a tag on the forge says."""
    content = work.desk.git("cat-file", "tag", tag, at=work.forge.repository) + "\n"
    return Statement.parse(split_tag(content.encode()).message)


def hired(work: ForgeDesk) -> None:
    """A machine signs here from now on, and nobody else."""
    desk, file = work.desk, work.desk.path.parent / "bot"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(file)], check=True)
    key = find_signing_key(format="ssh", key=str(file), program=None, environ=desk.environ)
    new = NewKey("release-bot", "bot@example.com", key.public, machine=True)
    only = permission_of("release-bot")
    change = RoleChange("default", only, {None: only})

    def hire(trust: TrustFiles, draft: TrustDraft) -> TrustDraft:
        return with_role(add_key(trust, draft, new), change, ("staging", "production"))

    made = propose_trust(desk.open(), hire, desk.author, How(offline=True))
    desk.git("push", "-q", "origin", f"{made.proposal.branch}:main")
    desk.git("config", "user.signingkey", str(file))
    fetch(desk.open(), desk.author)


@pytest.mark.parametrize("squash", [False, True], ids=["merged", "squashed"])
def test_review_is_frozen_into_what_is_signed(work: ForgeDesk, *, squash: bool) -> None:
    """The URL, and who approved but for whoever opened it, of the release and of the stage that came with it."""
    made = work.promote(stage="production")
    for user in ("carol", "bob", "ada"):
        work.forge.approve(1, user)
    work.forge.merge(1, squash=squash)

    plan = planned(work)
    signed = released(work, plan)

    assert [(one.merge_request, one.approved_by) for one in signed.values()] == [
        (made.url, ("bob", "carol"))
    ] * 2
    assert list(signed) == list(plan.reviews) == [RELEASE, STAGE]
    assert all(review.approvers == ("bob", "carol") for review in plan.reviews.values())


def test_forge_is_asked_once(work: ForgeDesk) -> None:
    """When the plan is made, by one look at each branch; what is signed is what the signer said yes to."""
    work.promote(stage="production")
    work.forge.approve(1, "bob")
    work.forge.merge(1)
    del work.forge.requests[:]
    plan = planned(work)
    asked = len(work.forge.requests)
    work.forge.approve(1, "carol")

    signed = released(work, plan)

    assert asked == len(work.forge.requests) == 3
    assert signed[RELEASE].approved_by == ("bob",)


def test_reported_approvals_let_an_approvals_gate_pass(work: ForgeDesk) -> None:
    """Those of others than the authors count for the gate, for nothing else; without asking, the gate waits."""
    model = Model(slug="churn", name="churn", gates=[ApprovalsGate(kind="approvals", at_least=1)])
    work.desk.commit({places.model_path("churn"): write(model)})
    work.desk.git("push", "-q", "origin", "main")
    work.promote()
    work.forge.approve(1, "bob")
    work.forge.merge(1)

    unasked, asked = planned(work, ask=False), planned(work)

    assert unasked.dues == ()
    assert isinstance(unasked.waiting[0].error, GateError)
    assert released(work, asked)[RELEASE].approved_by == ("bob",)


def test_merge_request_that_did_not_bring_it_is_not_recorded(work: ForgeDesk) -> None:
    """A branch of the right name that was merged for something else: the stage's newest assignment came by hand."""
    work.promote(stage="production")
    work.forge.merge(1)
    released(work, planned(work))
    work.desk.git("reset", "-q", "--hard", "origin/main")
    path = places.model_path("churn")
    text = work.desk.read(path).replace(b"  production: 1.0.0\n", b"  staging: 1.0.0\n")
    work.desk.commit({path: text})
    work.desk.git("push", "-q", "origin", "main")

    plan = planned(work)

    assert len(plan.dues) == 2
    assert plan.reviews == {}
    assert plan.notes == (
        "no merged merge request is known that brought stage/churn/production/2, stage/churn/staging/1",
    )


def test_review_of_another_commit_is_dropped(work: ForgeDesk) -> None:
    """What is signed in the end may be another commit, that others approved: then it has to be the review of that one."""
    work.promote()
    work.forge.merge(1)
    plan, desk = planned(work), work.desk
    side = desk.git("commit-tree", "-m", "Side", "HEAD^{tree}")
    review = replace(plan.reviews[RELEASE], commits=(side,))

    signed = released(work, replace(plan, reviews={RELEASE: review}))

    assert signed[RELEASE].merge_request is None


def test_merging_here_records_no_merge_request(work: ForgeDesk) -> None:
    """With --merge nobody merged it on the forge; its open merge request says nothing, and that is told."""
    work.promote()
    work.forge.approve(1, "bob")
    registry, author = work.desk.open(), work.desk.author
    plan = plan_release(registry, Scope(), author, merge=True, ask=True)

    [tag] = carry_out(registry, plan, author)

    assert plan.notes == ("no merged merge request is known that brought model/churn/v1.0.0",)
    assert said(work, tag).merge_request is None


def test_open_and_closed_merge_requests_say_nothing(work: ForgeDesk) -> None:
    """What was pushed past its merge request was not reviewed there, whoever approved it."""
    made = work.promote()
    work.forge.approve(1, "bob")
    work.forge.close(1)
    work.desk.git("fetch", "-q", "origin")
    work.desk.git(
        "merge", "-q", "--no-ff", "-m", "By hand", f"origin/{made.branch.removeprefix('refs/heads/')}"
    )
    work.desk.git("push", "-q", "origin", "main")

    signed = released(work, planned(work))

    assert (signed[RELEASE].merge_request, signed[RELEASE].approved_by) == (None, ())


def test_nothing_is_recorded_where_nobody_can_be_asked(shared: ForgeDesk) -> None:
    """Without a token that reads; it is said."""
    shared.promote()
    shared.forge.merge(1)

    plan = planned(shared)

    assert plan.reviews == {}
    assert len(plan.notes) == 1
    assert "no merge request is recorded: " in plan.notes[0]
    assert "there is no token for its API" in plan.notes[0]


def test_a_forge_that_fails_is_an_error_with_a_way_on(work: ForgeDesk) -> None:
    """7 when it does not answer, 4 when it does not know us; nothing is signed, and it is said how to do without."""
    work.promote()
    work.forge.merge(1)
    down = work.forge.fault(500, path="*/merge_requests", times=20)
    with pytest.raises(RemoteError, match="nothing was signed") as away:
        planned(work)
    down.left = 0
    work.desk.environ["GITREG_TOKEN"] = "glpat-unknown"

    with pytest.raises(CredentialsError, match="nothing was signed") as unknown:
        planned(work)

    assert all("gitreg release --no-forge" in str(error.value.hint) for error in (away, unknown))
    unasked = planned(work, ask=False)
    assert unasked.notes == ("the forge was not asked, so no merge request is recorded",)
    assert released(work, unasked)[RELEASE].merge_request is None


def test_job_signs_as_a_machine_tag_by_tag(
    work: ForgeDesk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A CI job signs unasked, with what its own token may read; each tag is a push of its own (a push starts four pipelines)."""
    hired(work)
    made = work.promote(stage="production")
    work.forge.approve(1, "bob")
    work.forge.merge(1)
    del work.desk.environ["GITREG_TOKEN"]
    work.let_job_in()
    for name, value in work.desk.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("GITREG_TOKEN", raising=False)
    del work.forge.pushes[:]

    code = outcome(["-C", str(work.desk.path), "release", "--yes"], work.desk.environ)

    told = capsys.readouterr()
    assert (code, told.out) == (0, "model/churn/v1.0.0\nstage/churn/production/1\n")
    assert f", brought by {made.url}\n" in told.err
    assert f"who approved {made.url} is not recorded: a job's own token may not read" in told.err
    assert [[ref for _, _, ref in push.changes] for push in work.forge.pushes] == [[RELEASE], [STAGE]]
    assert (said(work, RELEASE).merge_request, said(work, RELEASE).approved_by) == (made.url, ())


def test_job_that_loses_the_race_leaves_nothing(work: ForgeDesk) -> None:
    """Somebody signs between its plan and its signature: it hears who, and has no tag of its own."""
    work.promote()
    work.forge.merge(1)
    plan, theirs = planned(work), work.clone("theirs")
    work.desk.git("config", "gpg.format", "ssh", at=theirs)
    work.desk.git("config", "user.signingkey", str(work.desk.key), at=theirs)
    first = work.desk.open(theirs)
    carry_out(first, plan_release(first, Scope(), work.desk.author, merge=False), work.desk.author)

    with pytest.raises(
        ConflictError, match=r"model/churn/v1\.0\.0 exists already: ada@example\.com was faster"
    ):
        carry_out(work.desk.open(), plan, work.desk.author)

    assert work.desk.tip(RELEASE) is None


def test_job_without_a_key_tells_people_what_to_type(work: ForgeDesk) -> None:
    """Exit code 4, and the very words."""
    work.promote()
    work.forge.merge(1)
    work.desk.git("config", "--unset", "user.signingkey")
    work.desk.environ["CI"] = "true"
    registry = work.desk.open()
    author = Author("Job", "job@example.com", START)
    fetch(registry, author)
    plan = plan_release(registry, Scope("churn"), author, merge=False)

    with pytest.raises(CredentialsError, match="this job cannot sign: ") as refused:
        carry_out(registry, plan, author)

    assert refused.value.hint == "somebody whom the roles name types this in a clone: gitreg release churn"
