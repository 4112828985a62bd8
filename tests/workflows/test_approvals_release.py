"""Approving and releasing where it takes more than one person: who may, who is still needed, and what is then signed."""

from __future__ import annotations

import pytest
from company import V1, V3, acting, approved, planned, released, roles, ruled
from workshop import Workshop

from gitreg.documents import layout, places
from gitreg.documents.reader import read
from gitreg.documents.writer import write
from gitreg.domain.gate import ApprovalsGate
from gitreg.domain.model import Model
from gitreg.domain.statement import Statement
from gitreg.domain.trust import Permission, Roles, SignerEntry
from gitreg.errors import (
    AlreadyThereError,
    AnswerIsNoError,
    ConflictError,
    CredentialsError,
    GateError,
    NotFoundError,
    RecordError,
    VerificationError,
)
from gitreg.signing import split_tag
from gitreg.workflows.releasing.plan_release import Scope, plan_release
from gitreg.workflows.releasing.release import release
from gitreg.workflows.releasing.reviewed import Review
from gitreg.workflows.versions.due import due

RELEASE = "refs/tags/model/churn/v1.2.0"
URL = "https://gitlab.example.com/group/models/-/merge_requests/7"
STAGE = "refs/tags/stage/churn/production/3"


@pytest.fixture
def waiting(registry: Workshop) -> Workshop:
    """1.2.0 was accepted, and shall serve; everything takes two of Ada, Bob and Carol."""
    ruled(registry, roles("ada", "bob", "carol"))
    registry.commit(registry.add_version(V3, stages={"production": V3}))
    return registry


def short(registry: Workshop, person: str) -> tuple[str, str | None]:
    """Why somebody cannot release, and what to do."""
    first = planned(registry, person).waiting[0].error
    return first.message, first.hint


def statement(registry: Workshop, ref: str) -> Statement:
    """What a tag says."""
    return Statement.parse(split_tag((registry.git("cat-file", "tag", ref) + "\n").encode()).message)


def test_one_person_is_told_who_is_missing(waiting: Workshop) -> None:
    """Exit 1 with names and the command; no name is used up."""
    assert short(waiting, "ada") == (
        "'Release churn 1.2.0' takes 2 people, and there is ada; bob or carol may still approve",
        "gitreg release --approve churn, by one of them",
    )
    assert released(waiting, "ada") == []
    assert not waiting.has(RELEASE)

    author = acting(waiting, "ada")
    with waiting.open() as opened, pytest.raises(AnswerIsNoError, match="takes 2 people"):
        release(opened, due(opened), author)


def test_with_an_approval_it_is_signed_and_verifies(waiting: Workshop) -> None:
    """Bob approves release and assignment, Ada signs both."""
    names = approved(waiting, "bob")
    assert [name.rpartition("/")[2] for name in names] == ["bob", "bob"]

    assert released(waiting, "ada") == [RELEASE, STAGE]

    ruled(waiting, roles("ada", "bob", "carol", role={"release": Permission(by=["ada"], threshold=1)}))
    assert waiting.verify("churn@1.2.0").version == V3


def test_what_two_people_signed_verifies_as_such(waiting: Workshop) -> None:
    """The stage rests on both statements, and both on two people."""
    approved(waiting, "bob")
    released(waiting, "ada")

    steps = {one.name: one.detail for one in waiting.verify("churn@production").steps}

    assert steps["role"] == "ada and bob may release churn"
    assert "signed by ada and bob" in steps["stage"]


def test_approving_twice_finds_it_there(waiting: Workshop) -> None:
    """The same tags, and nothing new."""
    first = approved(waiting, "bob")
    before = waiting.git("for-each-ref")

    assert sorted(approved(waiting, "bob")) == sorted(first)
    assert waiting.git("for-each-ref") == before


def test_who_approved_alone_is_still_one_person(waiting: Workshop) -> None:
    """Bob approves, then wants to release: that is Bob twice."""
    approved(waiting, "bob")

    assert "there is bob; ada or carol may still approve" in short(waiting, "bob")[0]


def test_somebody_without_the_role_approves_nothing(waiting: Workshop) -> None:
    """Exit 4."""
    ruled(waiting, roles("ada", "bob"))

    with pytest.raises(CredentialsError, match=r"carol may not approve 'Release churn 1\.2\.0'") as refusal:
        approved(waiting, "carol")

    assert refusal.value.exit_code == 4


def test_a_machine_approves_nothing(waiting: Workshop) -> None:
    """It may sign what people approved."""
    ruled(waiting, roles("ada", "bob", machines=("bob",)))
    with pytest.raises(CredentialsError, match="bob is a machine"):
        approved(waiting, "bob")

    approved(waiting, "ada")
    assert released(waiting, "bob") == [RELEASE, STAGE]


@pytest.mark.parametrize("said", [roles("ada", "bob"), None], ids=["others-may", "nobody-may"])
def test_somebody_without_the_role_releases_nothing(waiting: Workshop, said: Roles | None) -> None:
    """However many approved it; exit 4."""
    approved(waiting, "bob")
    ruled(waiting, said or roles().model_copy(update={"roles": {"other": roles().roles["default"]}}))
    before = waiting.git("for-each-ref")

    with pytest.raises(CredentialsError, match="carol may not sign") as refusal:
        released(waiting, "carol")

    assert refusal.value.exit_code == 4
    assert waiting.git("for-each-ref") == before


def test_where_nothing_waits_nothing_is_approved(registry: Workshop) -> None:
    """Exit 1, and not a word of roles."""
    with pytest.raises(AnswerIsNoError, match="nothing waits for a signature"):
        approved(registry, "ada")


def test_machines_alone_release_nothing(waiting: Workshop) -> None:
    """However their approvals were made; a person among those who may is named."""
    approved(waiting, "bob")
    ruled(waiting, roles("ada", "bob", "carol", machines=("ada", "bob")))

    assert "takes a person beside machines" in short(waiting, "ada")[0]
    assert "carol may still approve" in short(waiting, "ada")[0]


def test_where_one_is_enough_nothing_is_approved(waiting: Workshop) -> None:
    """It would count for nothing."""
    ruled(waiting, roles("ada", "bob", threshold=1))

    with pytest.raises(AnswerIsNoError, match="takes more than one person"):
        approved(waiting, "bob")


def test_retiring_and_emptying_take_two_as_well(waiting: Workshop) -> None:
    """A stage that holds nothing has no record to approve, only its place in the chain."""
    waiting.commit(waiting.add_version(V3, retired={V1: "wrong labels"}))
    assert len(approved(waiting, "bob")) == 3

    assert released(waiting, "ada") == [RELEASE, "refs/tags/retire/churn/v1.0.0", STAGE]

    assert statement(waiting, STAGE).version is None
    with pytest.raises(NotFoundError, match="it was emptied"):
        waiting.verify("churn@production")


def test_a_stage_waits_for_the_release_of_its_version(waiting: Workshop) -> None:
    """Assigning may take one and releasing two: no stage is put on what nobody can verify."""
    ruled(waiting, roles("ada", "bob", role={"assign": Permission(by=["ada"], threshold=1)}))
    assert released(waiting, "ada") == []

    approved(waiting, "bob")
    assert released(waiting, "ada") == [RELEASE, STAGE]


def test_an_approved_commit_is_the_one_that_is_signed(waiting: Workshop) -> None:
    """Somebody corrects the model card in between: the approval is not lost."""
    brought = waiting.tip()
    approved(waiting, "bob")
    waiting.commit({layout.version_card_path("churn", V3): b"# churn\n"})

    assert released(waiting, "ada") == [RELEASE, STAGE]
    assert waiting.tip(f"{RELEASE}^{{commit}}") == brought
    assert waiting.verify("churn@production").version == V3


def test_an_approval_of_a_commit_that_nobody_accepted_moves_nothing(waiting: Workshop) -> None:
    """Bob's good signature, on a side branch: it counts for nothing, and the release stays where it belongs."""
    (one,) = [one for one in planned(waiting, "ada").waiting if one.tag == RELEASE]
    aside = waiting.commit({"x": b"x"}, ref=None, parents=[waiting.tip()])
    said = waiting.statement(V3)
    waiting.tag(said.approval(), aside, ref=layout.approve_tag("churn", said.approval_id, "bob"), key="bob")

    assert one.error.message in short(waiting, "ada")[0]
    assert "bob counts for nothing: it approves commit" in short(waiting, "ada")[0]


def test_a_name_that_somebody_took_is_told(waiting: Workshop) -> None:
    """Whoever may push tags put one there; Bob hears why he cannot approve."""
    said = waiting.statement(V3)
    name = layout.approve_tag("churn", said.approval_id, "bob")
    waiting.git("update-ref", name, waiting.tip())

    with pytest.raises(AlreadyThereError, match=r"/bob counts for nothing: .* no annotated tag"):
        approved(waiting, "bob")


def test_a_signature_that_nobody_would_accept_is_not_made(waiting: Workshop) -> None:
    """Ada's address is two people's, so nobody could tell whose signature it is: no name is used up."""
    said = roles("ada", "bob", threshold=1)
    people = {**said.people, "eve": SignerEntry(principal="ada@example.com")}
    ruled(waiting, said.model_copy(update={"people": people}))
    before = waiting.git("for-each-ref")

    with pytest.raises(VerificationError, match=r"v1\.2\.0 would not verify \(role\), and was not made"):
        released(waiting, "ada")

    assert waiting.git("for-each-ref") == before


def test_without_a_key_it_is_shown_who_is_missing(waiting: Workshop) -> None:
    """A plan is for looking, too; whoever would sign later is one person more."""
    author = acting(waiting, "ada")
    waiting.git("config", "--unset", "user.signingkey")
    with waiting.open() as opened:
        alone = plan_release(opened, Scope(), author, merge=False)
    approved(waiting, "bob")
    waiting.git("config", "--unset", "user.signingkey")
    with waiting.open() as opened:
        together = plan_release(opened, Scope(), author, merge=False)

    assert "there is nobody; ada or bob or carol may still approve" in alone.waiting[0].error.message
    assert [one.tag for one in together.dues] == [RELEASE, STAGE]


# The gate


def _gated(registry: Workshop, at_least: int = 1) -> Workshop:
    path = places.model_path("churn")
    model = read(registry.read(path), Model, path)
    registry.commit(
        {
            path: write(
                model.model_copy(update={"gates": [ApprovalsGate(kind="approvals", at_least=at_least)]})
            )
        }
    )
    return registry


@pytest.fixture
def gated(waiting: Workshop) -> Workshop:
    """One signature is enough, but the model asks for an approval before a release."""
    return _gated(ruled(waiting, roles("ada", "bob", "carol", threshold=1)))


def _release(registry: Workshop, person: str, *reported: str) -> list[str]:
    author = acting(registry, person)
    with registry.open() as opened:
        dues = due(opened, model="churn")
        reviews = {one.tag: Review(URL, (one.commit,), reported) for one in dues} if reported else {}
        return release(opened, dues, author, reviews)


def test_a_gate_asks_for_an_approval(gated: Workshop) -> None:
    """Exit 1, and nothing is signed; with Bob's approval it is."""
    with pytest.raises(GateError, match=r"churn 1\.2\.0 waits for 0 of 1 approvals"):
        _release(gated, "ada")
    assert not gated.has(RELEASE)

    assert [name.rpartition("/")[2] for name in approved(gated, "bob")] == ["bob"]
    assert _release(gated, "bob") == [RELEASE, STAGE]


def test_the_author_s_own_approval_does_not_count(gated: Workshop) -> None:
    """Ada proposed it: neither her signed approval nor what a forge calls hers."""
    approved(gated, "ada")

    with pytest.raises(GateError, match="0 of 1 approvals"):
        _release(gated, "ada", "ada", "Ada Example", "ADA@example.com")


def test_what_the_forge_reports_is_frozen_into_the_signature(gated: Workshop) -> None:
    """It lets the gate pass, stands in the statement, and the verifier says whom it trusts for it."""
    _release(gated, "ada", "dora", "dora")

    assert statement(gated, RELEASE).approved_by == ("dora",)
    assert "approvals are what it reported" in gated.verify("churn@1.2.0").notes[0]


def test_signed_approvals_and_reported_ones_are_added(gated: Workshop) -> None:
    """The same person on both ways is one."""
    _gated(gated, at_least=2)
    approved(gated, "bob")
    with pytest.raises(GateError, match="1 of 2 approvals"):
        _release(gated, "ada", "bob")

    assert _release(gated, "ada", "dora") == [RELEASE, STAGE]


def test_a_name_that_cannot_be_recorded_is_refused(gated: Workshop) -> None:
    """A forge's user may call themselves anything; a statement's line holds no line end."""
    with pytest.raises(RecordError, match="cannot be recorded"):
        _release(gated, "ada", "dora\nVersion: 9.9.9")


def test_reported_approvals_do_not_reach_a_threshold(waiting: Workshop) -> None:
    """Only people's own signatures do."""
    with pytest.raises(AnswerIsNoError, match="takes 2 people"):
        _release(waiting, "ada", "bob", "carol")


def test_the_loser_hears_who_was_faster(waiting: Workshop) -> None:
    """In one clone: Bob's tag came between Ada's look and her signature."""
    ruled(waiting, roles("ada", "bob", threshold=1))
    author = acting(waiting, "ada")
    with waiting.open() as opened:
        dues = due(opened)
        released(waiting, "bob")
        acting(waiting, "ada")
        with pytest.raises(ConflictError, match=r"exists already: bob@example\.com was faster"):
            release(opened, dues, author)
