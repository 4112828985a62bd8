"""Trust files that would let fewer people act than they say cannot be made."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from gitreg.domain.digest import Digest
from gitreg.domain.trust import Anchor, FormerEntry, Permission, Role, Roles, Root, SignerEntry

ID = "0d8f1c5e-0000-4000-8000-000000000000"
FILES = {name: Digest.of(name.encode()) for name in ("allowed_signers", "revoked_keys", "roles.yaml")}
FPR, DER = "A" * 40, "b" * 64


def root(**more: Any) -> Root:
    """A root of two people, both of whom sign."""
    return Root(
        **{"registry": ID, "version": 1, "keys": {"ada": "a", "bob": "b"}, "threshold": 2, "files": FILES}
        | more
    )


def roles(**more: Any) -> Roles:
    """Ada and Bob, each of whom may do everything."""
    people = {name: SignerEntry(principal=f"{name}@example.com") for name in ("ada", "bob")}
    may = Permission(by=["ada", "bob"], threshold=2)
    return Roles(**{"people": people, "roles": {"default": Role(release=may, assign=may)}} | more)


def test_the_samples_are_good():
    """What the cases below change is right as it is."""
    assert root().accepted_branch == "main"
    assert roles().role_of("churn") == roles().roles["default"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"keys": {"ada": "a", "bob": "a"}}, "two people have one key"),
        ({"threshold": 3}, "the threshold is higher"),
        ({"threshold": 0}, "threshold"),
        ({"keys": {}}, "keys"),
        (
            {"files": {name: FILES[name] for name in ("allowed_signers", "roles.yaml")}},
            "files names allowed_signers",
        ),
        ({"files": FILES | {"other": FILES["roles.yaml"]}}, "files"),
        ({"accepted_branch": "gitreg/x"}, "another meaning"),
        ({"accepted_branch": "a..b"}, "a branch must not hold"),
        ({"registry": "churn"}, "registry"),
    ],
)
def test_a_root_that_promises_too_much_is_refused(change: dict[str, Any], reason: str):
    """One key of two people, a threshold that nobody reaches, a trust file that is not named."""
    with pytest.raises(ValidationError, match=reason):
        root(**change)


def test_the_two_optional_files_may_be_named():
    """Only then signatures of these kinds count."""
    more = {"openpgp_keys": Digest.of(b"k"), "x509_certificates": Digest.of(b"c")}

    assert root(files=FILES | more).files.keys() == FILES.keys() | more.keys()


def test_a_threshold_counts_different_people():
    """A name that stands twice is one person."""
    with pytest.raises(ValidationError, match="higher than the number of people"):
        Permission(by=["ada", "ada"], threshold=2)


@pytest.mark.parametrize(
    "role",
    [
        Role(release=Permission(by=["eve"]), assign=Permission(by=["ada"])),
        Role(release=Permission(by=["ada"]), assign=Permission(by=["eve"])),
        Role(release=Permission(by=["ada"]), assign={"production": Permission(by=["ada", "eve"])}),
    ],
)
def test_a_role_of_a_stranger_is_refused(role: Role):
    """Whoever is named is among the people, for every act and stage."""
    with pytest.raises(ValidationError, match=r"roles\.churn names eve"):
        roles(roles={"churn": role})


@pytest.mark.parametrize(("kind", "value"), [("openpgp", FPR), ("x509", DER)])
def test_one_key_of_two_people_is_refused(kind: str, value: str):
    """Or one would reach a threshold of two."""
    people = {
        name: SignerEntry(**{"principal": f"{name}@example.com", kind: value}) for name in ("ada", "bob")
    }

    with pytest.raises(ValidationError, match="ada and bob have one key"):
        roles(people=people)


def test_a_rotated_key_is_nobody_else_s():
    """Bob's present key cannot be what Ada left."""
    people = dict(roles().people) | {"bob": SignerEntry(principal="bob@example.com", openpgp=FPR)}

    with pytest.raises(ValidationError, match="have one key"):
        roles(people=people, former={"ada-1": FormerEntry(key=f"openpgp:{FPR}", until_root=1)})


def test_an_anchor_has_the_branch_and_may_name_storages():
    """What it does not say is not expected."""
    anchor = Anchor(registry=ID, keys={"ada": "a"}, threshold=1, root_version=1)

    assert (anchor.accepted_branch, list(anchor.storage)) == ("main", [])
