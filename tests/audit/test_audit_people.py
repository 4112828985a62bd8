"""Whose acts an audit tells: approvals beside what they approve, and keys that were revoked."""

from __future__ import annotations

import pytest
from account import Auditor
from said import assigned
from workshop import V1, V2, Trusted, Workshop, honest_roles

from gitreg.documents import layout
from gitreg.domain.trust import Permission, Role, Roles
from gitreg.domain.version import VersionNumber
from gitreg.workflows.audit import approving, examine
from gitreg.workflows.verification import approvals, release

RELEASE = "refs/tags/model/churn/v1.0.0"
V3 = VersionNumber(2, 0, 0)


def both(threshold: int = 1) -> Roles:
    """Ada and Bob may do everything."""
    may = Permission(by=["ada", "bob"], threshold=threshold)
    return honest_roles().model_copy(update={"roles": {"default": Role(release=may, assign=may)}})


def ruled(registry: Workshop, said: Roles, **trusted: object) -> None:
    """Other roles, or other keys, by the next root."""
    version = registry.root().version + 1
    registry.commit(registry.next_root(Trusted(version=version, roles=said, **trusted)))  # type: ignore[arg-type]


def _lightweight(registry: Workshop) -> None:
    registry.git("update-ref", RELEASE, registry.tip())


# Approvals


def approve(registry: Workshop, said: object, person: str, key: str | None = None, **how: object) -> str:
    """Somebody's approval of a statement that is signed."""
    name = layout.approve_tag("churn", said.approval_id, person)  # type: ignore[attr-defined]
    commit = registry.tip(f"{RELEASE}^{{commit}}")
    registry.tag(
        said.approval(),
        commit,
        ref=name,
        key=key or person,
        email=f"{person}@example.com",
        **how,  # type: ignore[attr-defined, arg-type]
    )
    return name.removeprefix("refs/tags/")


def test_a_signed_approval_is_told_by_whom(registry: Workshop, auditor: Auditor) -> None:
    """The approver has a row, and stands beside what they approved."""
    ruled(registry, both(2))
    name = approve(registry, registry.statement(), "bob")

    account = auditor()
    assert account.row("model/churn/v1.0.0")["approvers"] == ["bob"]
    row = account.row(name)
    assert (row["result"], row["signer"], row["notes"]) == (
        "verified",
        "bob",
        ["approves model/churn/v1.0.0"],
    )
    assert row["fingerprint"] == registry.key("bob").public.fingerprint


def test_an_approval_is_verified_where_nobody_needed_it(registry: Workshop, auditor: Auditor) -> None:
    """Below a threshold of two nothing counts approvals, and the audit proves them all the same."""
    ruled(registry, both())
    good = approve(registry, registry.statement(V1), "bob")

    assert auditor(code=0).row(good)["result"] == "verified"


@pytest.mark.parametrize("key", ["mallory", "ada"])
def test_an_approval_in_another_s_name_is_marked(registry: Workshop, auditor: Auditor, key: str) -> None:
    """Bob's name on the tag, another's key in it."""
    ruled(registry, both())
    name = approve(registry, registry.statement(), "bob", key=key)

    assert auditor(code=6).refused == {name: "signature"}


def test_an_approval_before_its_statement_stands_alone(registry: Workshop, auditor: Auditor) -> None:
    """Who approves first is told, though nothing is signed yet."""
    ruled(registry, both())
    registry.commit(registry.add_version(V3))
    said = registry.statement(V3)
    name = layout.approve_tag("churn", said.approval_id, "bob")
    registry.tag(said.approval(), ref=name, key="bob")

    row = auditor().row(name.removeprefix("refs/tags/"))
    assert (row["result"], row["signer"]) == ("verified", "bob")
    assert "nobody signed yet" in row["notes"][0]


def test_an_audit_costs_one_verification_a_statement(
    registry: Workshop, auditor: Auditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each signature is checked once, approvals that a threshold counted included."""
    ruled(registry, both(2))
    said = registry.statement()
    approve(registry, said, "bob")
    checked: list[str] = []

    def counted(case: object, claim: object) -> object:
        checked.append(claim.tag.ref)  # type: ignore[attr-defined]
        return honest(case, claim)  # type: ignore[arg-type]

    honest = release.check_signature
    for place in (release, examine, approvals, approving):
        monkeypatch.setattr(place, "check_signature", counted)

    auditor()
    assert sorted(checked) == sorted(set(checked))
    assert len(checked) == 5


# Keys that were revoked


def revoke_ada(registry: Workshop, files: object = None) -> None:
    """Ada's key is revoked, and Bob may do everything."""
    ruled(registry, both(), revoked=("ada",))


def test_a_revoked_signer_s_rows_are_marked(registry: Workshop, auditor: Auditor) -> None:
    """All that a revoked key signed does not verify any more; the key is told."""
    revoke_ada(registry)

    account = auditor(code=6)
    assert set(account.refused.values()) == {"signature"}
    assert account.row("model/churn/v1.0.0")["fingerprint"] == registry.key("ada").public.fingerprint


def test_what_was_signed_again_outweighs_a_revoked_signature(registry: Workshop, auditor: Auditor) -> None:
    """The old signatures are marked, and refuse nothing: what they say is said again by a good key."""
    revoke_ada(registry)
    for version in (V1, V2):
        commit = registry.tip(f"refs/tags/model/churn/v{version}^{{commit}}")
        registry.tag(registry.statement(version, "resign"), commit, key="bob")
    last = assigned(registry, 2)
    registry.assign(V2, 3, last, key="bob")  # type: ignore[arg-type]

    account = auditor(code=0)
    old = account.row("model/churn/v1.0.0")
    assert (old["result"], old["step"], old["outweighed_by"]) == (
        "outweighed", "signature", "resign/churn/v1.0.0/1",
    )  # fmt: skip
    assert account.row("stage/churn/production/1")["outweighed_by"] == "stage/churn/production/3"
    assert account.row("resign/churn/v1.0.0/1")["signer"] == "bob"


def test_a_broken_link_outweighs_nothing(registry: Workshop, auditor: Auditor) -> None:
    """A later assignment that names another predecessor does not vouch for the one that is there."""
    revoke_ada(registry)
    other = registry.statement(
        V1, "assign", stage="production", sequence=2, previous=assigned(registry, 1).digest
    )  # type: ignore[attr-defined]
    registry.assign(V2, 3, other, key="bob")

    assert auditor(code=6).refused["stage/churn/production/2"] == "signature"


def test_a_replaced_first_link_is_not_outweighed(registry: Workshop, auditor: Auditor) -> None:
    """With a stolen key assignment 1 was replaced: what names assignment 2 vouches for 2, which names another 1."""
    second = assigned(registry, 2)
    registry.assign(V2, 1, None)
    revoke_ada(registry)
    registry.assign(V2, 3, second, key="bob")  # type: ignore[arg-type]

    refused = auditor(code=6).refused
    assert refused["stage/churn/production/1"] == "signature"
    assert "stage/churn/production/2" not in refused


def test_a_forgery_is_not_outweighed_by_a_good_signature(registry: Workshop, auditor: Auditor) -> None:
    """Only signature and role can be outweighed: a lightweight tag beside a good signature is still none."""
    _lightweight(registry)
    commit = registry.tip("refs/tags/stage/churn/production/1^{commit}")
    registry.tag(registry.statement(V1, "resign"), commit)

    assert auditor(code=6).refused == {"model/churn/v1.0.0": "object"}
