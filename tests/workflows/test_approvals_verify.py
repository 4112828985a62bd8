"""More than one person, as verification counts them: signed approvals beside a statement, and everything that is none."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from company import KEYS, SIGNERS, roles, ruled
from workshop import OTHER_ID, V1, V2, Workshop, ref_of

from gitreg.documents import layout
from gitreg.domain.statement import Statement
from gitreg.domain.trust import FormerEntry
from gitreg.errors import VerificationError
from gitreg.workflows.verification import approvals, role
from gitreg.workflows.verification.signer import Signature

RELEASE = "refs/tags/model/churn/v1.0.0"


def approve(
    registry: Workshop,
    statement: Statement,
    person: str = "bob",
    *,
    said: Statement | None = None,
    commit: str | None = None,
    ref: str | None = None,
    **how: Any,
) -> str:
    """Somebody's approval of a statement, on the commit of its tag; or anything that looks like one."""
    name = ref or layout.approve_tag(statement.model, statement.approval_id, person)
    given = {"key": KEYS.get(person, person), "email": f"{person}@example.com", **how}
    at = commit or registry.tip(f"{ref_of(statement)}^{{commit}}")
    registry.tag(said or statement.approval(), at, ref=name, **given)
    return name


def detail(verdict: Any, step: str = "role") -> str:
    """What a step said."""
    return str(next(one.detail for one in verdict.steps if one.name == step))


def reason(registry: Workshop, reference: str = "churn@1.0.0") -> str:
    """Why it is refused, by the role step."""
    with pytest.raises(VerificationError) as refusal:
        registry.verify(reference)
    assert refusal.value.step in {"role", "stage"}
    return str(refusal.value)


@pytest.fixture
def two(registry: Workshop) -> Workshop:
    """The honest registry, in which everything takes two of Ada, Bob and Carol."""
    return ruled(registry, roles("ada", "bob", "carol"))


def test_a_second_person_s_approval_counts(two: Workshop) -> None:
    """Ada signed, Bob approved: the report names both."""
    approve(two, two.statement())

    assert detail(two.verify()) == "ada and bob may release churn"


def test_an_approval_may_come_after_the_fact(two: Workshop) -> None:
    """Where one became two, an old release is good again once somebody approves it."""
    assert "takes 2 people, and these signed: ada" in reason(two)

    approve(two, two.statement())
    assert two.verify().version == V1


def test_everybody_who_counts_is_named(two: Workshop) -> None:
    """More than are needed do no harm."""
    approve(two, two.statement())
    approve(two, two.statement(), "carol")

    assert detail(two.verify()) == "ada and bob and carol may release churn"


def test_three_are_not_two(registry: Workshop) -> None:
    """The threshold is what the roles say."""
    ruled(registry, roles("ada", "bob", "carol", threshold=3))
    approve(registry, registry.statement())
    assert "takes 3 people, and these signed: ada, bob" in reason(registry)

    approve(registry, registry.statement(), "carol")
    assert registry.verify().version == V1


def test_what_a_forge_reported_changes_no_approval(two: Workshop) -> None:
    """Approvals are of the statement without the lines that are known only when it is signed; those lines count for nobody."""
    two.tag(two.statement(approved_by=("carol",), merge_request="https://example.com/1"))
    assert "these signed: ada" in reason(two)

    approve(two, two.statement())
    assert two.verify().version == V1


def test_a_stage_takes_two_as_well(two: Workshop) -> None:
    """Assignment and release are approved each for itself."""
    for version in (V1, V2):
        approve(two, two.statement(version))
    first = two.statement(V1, "assign", stage="production", sequence=1)
    newest = two.statement(V2, "assign", stage="production", sequence=2, previous=first.digest)
    assert "to assign churn to production takes 2" in reason(two, "churn@production")

    approve(two, newest)

    assert "signed by ada and bob" in detail(two.verify("churn@production"), "stage")


def test_a_retirement_takes_two_as_well(two: Workshop) -> None:
    """One person's statement retires nothing; two people's does."""
    approve(two, two.statement())
    said = two.statement(action="retire")
    two.tag(said)
    assert two.refused() == "retired"

    approve(two, said)

    assert "retired" in two.verify(retired=True).notes[-1]


def test_a_release_signed_again_takes_two_as_well(registry: Workshop) -> None:
    """Approvals of the first signature are not approvals of the second."""
    ruled(registry, roles("bob", "carol"))
    approve(registry, registry.statement())
    approve(registry, registry.statement(), "carol")
    again = registry.statement(action="resign")
    registry.tag(again, registry.tip(f"{RELEASE}^{{commit}}"), key="bob")
    assert registry.refused() == "role"

    approve(registry, again, "carol")

    assert detail(registry.verify()) == "bob and carol may resign churn"


# What does not count


@dataclass(frozen=True)
class Bad:
    """An approval that is none.

    Args:
        build: builds it, and returns its tag.
        said: words of the reason.
        check: the check that stops it: where it is looked up, its name, and what it is replaced with.
    """

    build: Callable[[Workshop], object]
    said: str
    check: tuple[Any, str, Callable[..., Any]] | None = None


def _my_own(registry: Workshop) -> object:
    return approve(registry, registry.statement(), "ada")


def _with_a_second_key(registry: Workshop) -> None:
    """Ada has two keys, as people do who have two machines."""
    file = registry.keys / "second"
    if not file.exists():
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(file)], check=True)
    ruled(registry, roles("ada", "bob", "carol"), signers={**SIGNERS, "ada@example.com": ("ada", "second")})


def _my_second_key(registry: Workshop) -> object:
    _with_a_second_key(registry)
    return approve(registry, registry.statement(), "ada", key="second")


def _my_second_key_in_another_name(registry: Workshop) -> object:
    _with_a_second_key(registry)
    return approve(registry, registry.statement(), "bob", key="second", email="ada@example.com")


def _forged(registry: Workshop) -> object:
    return approve(registry, registry.statement(), "bob", key="mallory", email="bob@example.com")


def _without_the_role(registry: Workshop) -> object:
    ruled(registry, roles("ada", "carol"))
    return approve(registry, registry.statement())


def _copied_to_a_name_that_counts(registry: Workshop) -> object:
    carols = approve(registry, registry.statement(), "carol")
    bobs = carols.replace("/carol", "/bob")
    registry.git("update-ref", bobs, registry.tip(carols))
    registry.git("update-ref", "-d", carols)
    return bobs


def _of_another_version(registry: Workshop) -> object:
    said = registry.statement(V2)
    return approve(registry, registry.statement(), said=said.approval())


def _copied_from_another_version(registry: Workshop) -> object:
    there = approve(registry, registry.statement(V2))
    here = layout.approve_tag("churn", registry.statement().approval_id, "bob")
    return registry.git("update-ref", here, registry.tip(there))


def _of_another_act(registry: Workshop) -> object:
    """Approving that it is retired is not approving that it is released."""
    return approve(registry, registry.statement(), said=registry.statement(action="retire").approval())


def _of_another_registry(registry: Workshop) -> object:
    return approve(
        registry, registry.statement(), said=replace(registry.statement(), registry=OTHER_ID).approval()
    )


def _of_another_commit(registry: Workshop) -> object:
    return approve(registry, registry.statement(), commit=registry.tip())


def _a_lightweight_tag(registry: Workshop) -> object:
    name = layout.approve_tag("churn", registry.statement().approval_id, "bob")
    return registry.git("update-ref", name, registry.tip())


def _the_release_itself(registry: Workshop) -> object:
    return registry.tag(
        registry.statement(),
        ref=layout.approve_tag("churn", registry.statement().approval_id, "bob"),
        key="bob",
    )


def _by_a_revoked_key(registry: Workshop) -> object:
    approved = approve(registry, registry.statement())
    ruled(registry, roles("ada", "bob", "carol"), revoked=("bob",))
    return approved


def _by_a_rotated_key(registry: Workshop) -> object:
    """It was good up to root 1; the release is of a commit with root 2 by then."""
    former = {"bob-1": FormerEntry(key=registry.key("bob").public.fingerprint, until_root=1)}
    ruled(registry, roles("ada", "bob", "carol", former=former))
    registry.tag(registry.statement())
    return approve(registry, registry.statement())


def _nobody_refuses(*_: object, **__: object) -> None:
    """A check that believes everything."""


def _anybody(case: Any, claim: Any) -> Signature:
    return Signature(claim.tag.signed.tagger_email, "SHA256:whatever")


NOT_THE_APPROVER = (approvals, "check_approver", lambda case, approval, signature: "bob")
NOT_WHAT_IT_APPROVES = (approvals, "check_approves", _nobody_refuses)
BAD = {
    "my-own": Bad(_my_own, "these signed: ada"),
    "my-second-key": Bad(_my_second_key, "these signed: ada"),
    "my-second-key-in-another-name": Bad(
        _my_second_key_in_another_name, "ada signed it in another's name", NOT_THE_APPROVER
    ),
    "forged": Bad(_forged, "not an allowed key", (approvals, "check_signature", _anybody)),
    "without-the-role": Bad(
        _without_the_role, "bob is not one of those who count", (approvals, "check_named", _nobody_refuses)
    ),
    "copied-to-a-name-that-counts": Bad(_copied_to_a_name_that_counts, "signed as"),
    "of-another-version": Bad(_of_another_version, "belongs to"),
    "copied-from-another-version": Bad(_copied_from_another_version, "signed as"),
    "of-another-act": Bad(_of_another_act, "belongs to"),
    "of-another-registry": Bad(_of_another_registry, "belongs to"),
    "of-another-commit": Bad(_of_another_commit, "approves commit", NOT_WHAT_IT_APPROVES),
    "a-lightweight-tag": Bad(_a_lightweight_tag, "no annotated tag"),
    "the-release-itself": Bad(_the_release_itself, "belongs to"),
    "by-a-revoked-key": Bad(_by_a_revoked_key, "is revoked", (approvals, "check_signature", _anybody)),
    "by-a-rotated-key": Bad(_by_a_rotated_key, "was rotated", NOT_THE_APPROVER),
}  # fmt: skip


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_what_is_no_good_approval_counts_for_nothing(two: Workshop, bad: Bad) -> None:
    """The release stays one person's, and the refusal says why; beside a good approval it is a note and no more."""
    bad.build(two)
    assert bad.said in reason(two)

    approve(two, two.statement(), "carol")
    verdict = two.verify()

    assert detail(verdict) == "ada and carol may release churn"
    assert bad.build in {_my_own, _my_second_key} or bad.said in " ".join(verdict.notes)


@pytest.mark.parametrize("name", [name for name, bad in BAD.items() if bad.check])
def test_without_its_check_a_bad_approval_counts(
    two: Workshop, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So nothing else would have stopped it."""
    BAD[name].build(two)
    assert BAD[name].check is not None

    monkeypatch.setattr(*BAD[name].check)

    assert two.verify().version == V1


def _reassigned(registry: Workshop) -> tuple[Statement, Statement]:
    """1.0.0 comes back into production by two people, is followed by 1.1.0, and put back by Ada alone."""
    for version in (V1, V2):
        approve(registry, registry.statement(version))
    commit = registry.tip("refs/tags/stage/churn/production/1^{commit}")
    first = registry.statement(V1, "assign", stage="production", sequence=1)
    second = registry.statement(V2, "assign", stage="production", sequence=2, previous=first.digest)
    approve(registry, second)
    third = registry.assign(V1, 3, second, commit=commit)
    approve(registry, third)
    assert registry.verify("churn@production").version == V1
    fourth = registry.assign(V2, 4, third)
    approve(registry, fourth)
    return third, registry.assign(V1, 5, fourth, commit=commit)


def test_an_approval_is_good_for_one_place_in_the_chain(two: Workshop) -> None:
    """The same version, stage and commit; the approval of then, copied or not, says nothing of now."""
    third, fifth = _reassigned(two)
    there = layout.approve_tag("churn", third.approval_id, "bob")
    assert "these signed: ada" in reason(two, "churn@production")

    two.git("update-ref", layout.approve_tag("churn", fifth.approval_id, "bob"), two.tip(there))
    assert "signed as" in reason(two, "churn@production")

    approve(two, fifth)
    assert two.verify("churn@production").version == V1


@pytest.mark.parametrize("lies", [{"stage": "staging"}, {"version": V1}], ids=["stage", "version"])
def test_an_approval_must_say_what_its_name_says(two: Workshop, lies: dict[str, Any]) -> None:
    """Under the right name, on the right commit, by Bob's own key: of another stage, or of another version."""
    for version in (V1, V2):
        approve(two, two.statement(version))
    first = two.statement(V1, "assign", stage="production", sequence=1)
    newest = two.statement(V2, "assign", stage="production", sequence=2, previous=first.digest)
    other = two.statement(**{"version": V2, "action": "assign", "stage": "production", "sequence": 1, **lies})
    approve(two, newest, said=other.approval())

    assert "it approves something else than it is beside" in reason(two, "churn@production")


def test_machines_alone_are_not_enough(registry: Workshop) -> None:
    """Whoever rules the CI system rules both of them."""
    ruled(registry, roles("ada", "bob", "carol", machines=("ada", "bob")))
    approve(registry, registry.statement())
    assert "only machines signed: ada, bob" in reason(registry)

    approve(registry, registry.statement(), "carol")
    assert registry.verify().notes == tuple(
        f"{name} is a machine: whoever rules it could sign." for name in ("ada", "bob")
    )


def test_a_machine_and_a_person_are_two(registry: Workshop) -> None:
    """The machine signs what a person approved."""
    ruled(registry, roles(machines=("ada",)))
    approve(registry, registry.statement())

    assert detail(registry.verify()) == "ada and bob may release churn"


@pytest.mark.parametrize("check", ["check_quorum", "count_approvals"])
def test_without_the_count_one_person_would_do(
    two: Workshop, check: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The role step rests on these two."""
    counted = approvals.Counted((replace_person(),))

    monkeypatch.setattr(role, check, lambda *_: counted)

    assert two.verify().version == V1


def replace_person() -> Any:
    """An approval that nobody gave."""
    return approvals.Approval("bob", None, None)  # type: ignore[arg-type]


def test_many_tags_beside_a_statement_are_told_in_few_words(two: Workshop) -> None:
    """Nobody's screen is filled, and no process is started for names that do not count."""
    for number in range(20):
        name = layout.approve_tag("churn", two.statement().approval_id, f"stranger-{number}")
        two.git("update-ref", name, two.tip())
    approve(two, two.statement())

    notes = two.verify().notes

    assert len(notes) == approvals.MOST_NOTES + 1
    assert notes[-1] == f"{20 - approvals.MOST_NOTES} more tags beside it count for nothing"
