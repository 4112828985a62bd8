"""What a lost key signed, and what of it must be signed again."""

from __future__ import annotations

import pytest
from trust_desk import TrustDesk

from gitreg.documents.layout import parse_tag
from gitreg.domain.digest import Digest
from gitreg.domain.statement import Statement
from gitreg.domain.trust import Permission, Role, Roles, SignerEntry
from gitreg.domain.version import VersionNumber
from gitreg.errors import NotFoundError
from gitreg.gitrepo import ObjectId
from gitreg.workflows.releasing.again import again
from gitreg.workflows.trust.concerned import Signed, concerned, signed_tags, to_sign_again
from gitreg.workflows.trust.signed_with import signed_with

V1 = VersionNumber(1, 0, 0)
REGISTRY = "0d8f1c5e-1111-4222-8333-444455556666"
SHA = Digest.of(b"x")


def signed(ref: str, statement: Statement, person: str) -> Signed:
    """A tag that somebody signed with the one key they have."""
    identity = parse_tag(f"refs/tags/{ref}")
    assert identity is not None
    none = ObjectId("1" * 40)
    return Signed(identity, none, none, statement, f"{person}@example.com", f"SHA256:{person}")


def roles(threshold: int) -> Roles:
    """Ada, bob and carol may do everything."""
    people = ["ada", "bob", "carol"]
    may = Permission(by=people, threshold=threshold)
    entries = {name: SignerEntry(principal=f"{name}@example.com") for name in people}
    return Roles(people=entries, roles={"default": Role(release=may, assign=may)})


def release(action: str = "release") -> Statement:
    return Statement(REGISTRY, action, "churn", V1, SHA, SHA)  # type: ignore[arg-type]


def assignment(number: int, previous: Statement | None = None) -> Statement:
    before = previous.digest if previous else None
    return Statement(
        REGISTRY, "assign", "churn", V1, SHA, SHA, stage="production", sequence=number, previous=before
    )


def approval(of: Statement, person: str) -> Signed:
    return signed(f"approve/churn/{of.approval_id}/{person}", of.approval(), person)


FIRST = signed("model/churn/v1.0.0", release(), "ada")
AGAIN = signed("resign/churn/v1.0.0/1", release("resign"), "bob")
ONE, TWO = assignment(1), assignment(2, assignment(1))


@pytest.mark.parametrize(
    ("tags", "lost", "threshold", "names"),
    [
        ([FIRST], {"ada"}, 1, ["model/churn/v1.0.0"]),
        ([FIRST], {"bob"}, 1, []),
        ([FIRST, AGAIN], {"ada"}, 1, []),
        ([FIRST, AGAIN], {"ada", "bob"}, 1, ["model/churn/v1.0.0"]),
        ([signed("stage/churn/production/1", ONE, "ada"), signed("stage/churn/production/2", TWO, "bob")], {"ada"}, 1, []),
        (
            [signed("stage/churn/production/1", ONE, "ada"), signed("stage/churn/production/2", TWO, "bob")],
            {"bob"}, 1, ["stage/churn/production/2"],
        ),
        ([FIRST, approval(release(), "bob")], {"bob"}, 2, ["model/churn/v1.0.0"]),
        ([FIRST, approval(release(), "bob"), approval(release(), "carol")], {"bob"}, 2, []),
        ([FIRST, approval(release(), "bob")], {"carol"}, 2, []),
        ([signed("retire/churn/v1.0.0", release("retire"), "ada")], {"ada"}, 1, []),
    ],
)  # fmt: skip
def test_what_stands_on_nothing_is_signed_again(
    tags: list[Signed], lost: set[str], threshold: int, names: list[str]
) -> None:
    """A release without a good signature or enough approvals, and the newest assignment of a stage."""
    found = to_sign_again(tags, {f"SHA256:{name}" for name in lost}, roles(threshold))

    assert [one.name for one in found] == names


def test_the_list_is_what_is_signed_again(ours: TrustDesk) -> None:
    """What `key revoke` lists, `release --again` signs."""
    ours.desk.promote(ours.desk.log(), stage="production")
    ours.desk.accept()
    lost = {ours.public("ada").fingerprint}
    registry = ours.desk.registry
    listed = concerned(registry, lost)
    due = to_sign_again(listed, lost, ours.trust.roles)
    ours.revoke("ada", new="ada2")
    ours.merge()

    dues, waiting = again(ours.desk.registry)

    assert [one.name for one in listed] == ["model/churn/v1.0.0", "stage/churn/production/1"]
    assert [(one.statement.model, one.statement.version) for one in dues] == [
        (one.statement.model, one.statement.version) for one in due
    ]
    assert waiting == []


def test_what_is_no_statement_is_left_out(ours: TrustDesk) -> None:
    """Anybody may push a tag of any name; a list is no place to fail."""
    ours.desk.released()
    tip = ours.desk.tip()
    ours.desk.git("update-ref", "refs/tags/model/churn/v2.0.0", str(tip))
    ours.desk.git("tag", "-a", "-m", "x", "retire/churn/v1.0.0", str(tip))

    assert [one.name for one in signed_tags(ours.desk.registry)] == ["model/churn/v1.0.0"]


def test_a_person_s_tags_are_those_of_all_their_keys(ours: TrustDesk) -> None:
    """Revoked ones, too: that is when somebody asks."""
    ours.desk.released()
    ours.revoke("ada", new="ada2")
    ours.merge()

    assert [one.name for one in signed_with(ours.desk.registry, "ada").tags] == ["model/churn/v1.0.0"]
    with pytest.raises(NotFoundError, match="nobody called 'eve'"):
        signed_with(ours.desk.registry, "eve")
