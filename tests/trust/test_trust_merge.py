"""What may be merged: a trust root that verifiers will accept, and nothing that would break or brick the registry."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from trust_desk import ROLES, ROOT, TrustDesk

from gitreg.documents import places
from gitreg.documents.layout import trust_branch
from gitreg.documents.reader import read
from gitreg.documents.writer import write
from gitreg.domain.digest import Digest
from gitreg.domain.trust import Roles, Root
from gitreg.errors import AnswerIsNoError, VerificationError
from gitreg.signing import sign
from gitreg.workflows.proposing.proposals import find_proposal, merge
from gitreg.workflows.releasing.plan_release import Scope, carry_out, plan_release
from gitreg.workflows.validating.validate import validate_since
from gitreg.workflows.verification.former import too_late

FORMER = places.root_history_path(1)
Files = dict[str, bytes | None]


def resigned(ours: TrustDesk, *signers: str, files: Files | None = None, **changes: object) -> Files:
    """The proposed root with other values and files, signed by whom the attacker likes."""
    given = files or {}
    names = {path: path.rpartition("/")[2] for path in (places.ALLOWED_SIGNERS, places.REVOKED_KEYS, ROLES)}
    contents = {path: given.get(path) or ours.read(path) for path in names}
    root = read(ours.read(ROOT), Root, ROOT)
    digests = {names[path]: Digest.of(content) for path, content in contents.items()}
    content = write(Root(**(root.model_dump(by_alias=True) | {"files": digests} | changes)))
    made: Files = {**given, ROOT: content, f"{places.SIGNATURES}/ada.sig": None}
    for name in signers:
        made[f"{places.SIGNATURES}/{name}.sig"] = sign(
            content, ours.key(name), "gitreg-root", ours.desk.environ
        )
    return made


def roles(ours: TrustDesk, change: Callable[[dict], None]) -> Files:
    """Other roles in the proposal."""
    values = read(ours.read(ROLES), Roles, ROLES).model_dump(by_alias=True, mode="json")
    change(values)
    return {ROLES: write(Roles(**values))}


Tamper = Callable[[TrustDesk], Files]
CHAIN: dict[str, tuple[Tamper, str]] = {
    "unsigned": (lambda ours: {f"{places.SIGNATURES}/ada.sig": None}, "lacks 1 more signature"),
    "signed by a stranger": (lambda ours: resigned(ours, "mallory"), "lacks 1 more signature"),
    "signed for another purpose": (
        lambda ours: {
            f"{places.SIGNATURES}/ada.sig": sign(
                ours.read(ROOT), ours.key("ada"), "git", ours.desk.environ
            )
        },
        "lacks 1 more signature",
    ),
    "a stranger's root key": (
        lambda ours: resigned(ours, "mallory", keys={"mallory": str(ours.public("mallory"))}),
        "by root keys of root 1: ada",
    ),
    "signed by the old side only": (
        lambda ours: resigned(ours, "ada", keys={"mallory": str(ours.public("mallory"))}),
        "by root keys of root 2: mallory",
    ),
    "another registry": (
        lambda ours: resigned(ours, "ada", registry="ffffffff-1111-4222-8333-444455556666"),
        "of another registry",
    ),
    "a changed file": (lambda ours: {ROLES: ours.read(ROLES) + b"# x\n"}, "is not the one that trust root 2"),
    "a file that is not there": (lambda ours: {places.REVOKED_KEYS: None}, "the trust root names it"),
    "no root": (lambda ours: {ROOT: None}, "does not bring trust root 2"),
    "a skipped version": (lambda ours: resigned(ours, "ada", version=3), "does not bring trust root 2"),
    "lost history": (lambda ours: {FORMER: None}, "the history of trust roots must be kept"),
    "changed history": (
        lambda ours: {FORMER: ours.read(FORMER) + b"# x\n"},
        "the history of trust roots must be kept",
    ),
    "lost signatures of history": (
        lambda ours: {f"{FORMER.rpartition('/')[0]}/signatures/ada.sig": None},
        "the history of trust roots must be kept",
    ),
}  # fmt: skip
BRICKS: dict[str, tuple[Tamper, str]] = {
    "a key of nobody": (
        lambda ours: resigned(ours, "ada", files={
            places.ALLOWED_SIGNERS: ours.read(places.ALLOWED_SIGNERS).replace(b"bob@", b"bert@")
        }),
        "bert@example.com has a key here, and is nobody",
    ),
    "two people of one address": (
        lambda ours: resigned(ours, "ada", files=roles(
            ours, lambda values: values["people"].update(eve={"principal": "ada@example.com"})
        )),
        "is the principal of two people",
    ),
    "an unreachable threshold": (
        lambda ours: resigned(ours, "ada", files={
            places.ALLOWED_SIGNERS: b"\n".join(
                line for line in ours.read(places.ALLOWED_SIGNERS).splitlines() if b"ada@" not in line
            ) + b"\n"
        }),
        "and nobody has a key that is good from now on",
    ),
    "a revoked root key": (
        lambda ours: resigned(ours, "ada", files={places.REVOKED_KEYS: f"{ours.public('ada')}\n".encode()}),
        "the root key of ada",
    ),
    "another branch than gitreg.yaml's": (
        lambda ours: resigned(ours, "ada", accepted_branch="other"),
        "says that the accepted branch is other, and gitreg.yaml says main",
    ),
    "a file of another kind": (lambda ours: {"models/churn/model.yaml": b"x"}, "a new trust root comes alone"),
}  # fmt: skip


@pytest.mark.parametrize("name", [*CHAIN, *BRICKS])
def test_what_would_break_the_registry_is_not_merged(ours: TrustDesk, name: str) -> None:
    """Exit 1, with what is wrong; and CI, where a forge merges, sees it in the merge request by the same rule."""
    tamper, words = {**CHAIN, **BRICKS}[name]
    ours.add("bob")
    ours.tamper(tamper(ours))
    registry, before = ours.desk.registry, ours.desk.tip()

    with pytest.raises(AnswerIsNoError) as refusal:
        merge(registry, find_proposal(registry, trust_branch(2)), ours.desk.author)

    assert words in refusal.value.message
    assert ours.desk.tip() == before
    if name != "a file of another kind":
        ours.desk.git("checkout", "-q", "gitreg/trust/2")
        found = validate_since(registry, "main").findings
        assert any(one.code == "GR105" for one in found)


def test_a_sound_proposal_has_no_finding(ours: TrustDesk) -> None:
    """Also several roots at once, seen from an old revision."""
    ours.desk.git("tag", "start")
    ours.add("bob")
    ours.merge()
    ours.rotate("ada", "ada2")
    ours.merge()
    ours.use("ada2")
    ours.revoke("bob")
    ours.desk.git("checkout", "-q", "gitreg/trust/4")

    assert validate_since(ours.desk.registry, "main").findings == ()
    assert validate_since(ours.desk.registry, "start").findings == ()


@pytest.mark.parametrize(
    "name", ["unsigned", "a stranger's root key", "signed by the old side only", "lost history"]
)
def test_the_verifier_refuses_what_a_host_merges_all_the_same(ours: TrustDesk, name: str) -> None:
    """The rule is a courtesy; the verifier does not rest on it."""
    ours.desk.released()
    ours.verify()
    ours.add("bob")
    ours.tamper(CHAIN[name][0](ours))
    ours.desk.git("merge", "-q", "gitreg/trust/2")

    with pytest.raises(VerificationError) as refusal:
        ours.verify()

    assert refusal.value.step == "root"


def test_a_broken_accepted_root_is_no_free_pass(ours: TrustDesk) -> None:
    """What follows it cannot be judged, and that is said."""
    ours.add("bob")
    ours.desk.git("checkout", "-q", "gitreg/trust/2")
    ours.desk.commit({ROOT: b"rubbish"})

    found = validate_since(ours.desk.registry, "main").findings

    assert [(one.code, one.path) for one in found] == [("GR105", ROOT)]


def test_a_revocation_is_never_taken_back(ours: TrustDesk) -> None:
    """Root 3 cannot know fewer revoked keys than root 2."""
    ours.add("bob")
    ours.revoke("bob")
    ours.merge()
    ours.add("carol")
    root = read(ours.read(ROOT, 3), Root, ROOT)
    digests = {**root.files, "revoked_keys": Digest.of(b"")}
    content = write(root.model_copy(update={"files": digests}))
    signature = sign(content, ours.key("ada"), "gitreg-root", ours.desk.environ)
    ours.tamper({ROOT: content, places.REVOKED_KEYS: b"", f"{places.SIGNATURES}/ada.sig": signature}, 3)
    registry = ours.desk.registry

    with pytest.raises(AnswerIsNoError, match="was revoked, and that is never taken back"):
        merge(registry, find_proposal(registry, trust_branch(3)), ours.desk.author)


def test_a_root_is_merged_before_what_it_judges(ours: TrustDesk) -> None:
    """Bob, who signs by the new root only, releases in the same call what the proposals beside it bring."""
    ours.desk.promote(ours.desk.log())
    ours.add("bob")
    ours.role("default", release="bob", every="ada")
    ours.use("bob")
    registry, author = ours.desk.registry, ours.desk.author

    plan = plan_release(registry, Scope(), author, merge=True)
    tags = carry_out(registry, plan, author)

    assert [one.kind for one in plan.proposals] == ["trust", "promote"]
    assert tags == ["refs/tags/model/churn/v1.0.0"]
    assert ours.verify().signer == "bob"


def test_a_proposal_that_lacks_a_signature_holds_no_other_up(ours: TrustDesk) -> None:
    """It is named, and the rest is merged."""
    ours.add("bob", root=True)
    ours.root(threshold=2)
    ours.desk.promote(ours.desk.log())

    plan = plan_release(ours.desk.registry, Scope(), ours.desk.author, merge=True)

    assert [one.kind for one in plan.proposals] == ["promote"]
    assert "lacks" in plan.misfits[0][1].message


def test_what_is_about_one_model_leaves_the_trust_files_alone(ours: TrustDesk) -> None:
    """`gitreg release churn --merge` merges no root."""
    ours.add("bob")
    ours.desk.promote(ours.desk.log())

    plan = plan_release(ours.desk.registry, Scope("churn"), ours.desk.author, merge=True)

    assert [one.kind for one in plan.proposals] == ["promote"]


def test_a_rotated_key_is_too_late_from_the_next_root_on() -> None:
    """The first root that is higher than the bound is named, in whatever order they come."""
    assert too_late(2, [1, 2, 2]) is None
    assert too_late(2, [1, 3, 4]) == 3
    assert too_late(2, []) is None
    assert too_late(2, [5, 1]) == 5
