"""Signing again: what a key that is not good any more leaves behind, that and nothing else, beside the old tags."""

from __future__ import annotations

import pytest
from company import SIGNERS, V1, V2, V3, approved, planned, released, roles, ruled
from workshop import Trusted, Workshop

from gitreg.documents import layout
from gitreg.domain.trust import FormerEntry, Roles
from gitreg.domain.version import VersionNumber
from gitreg.errors import NotFoundError
from gitreg.workflows.releasing.again import again

R1, R2 = "refs/tags/resign/churn/v1.0.0/1", "refs/tags/resign/churn/v1.1.0/1"
STAGE = "refs/tags/stage/churn/production/3"


def bobs(**more: object) -> Roles:
    """One person is enough, and Ada is not among them."""
    return roles("bob", "carol", threshold=1, **more)  # type: ignore[arg-type]


@pytest.fixture
def stolen(registry: Workshop) -> Workshop:
    """Ada's key was stolen: it is revoked, and Bob signs from now on."""
    return ruled(registry, bobs(), revoked=("ada",))


def dues(registry: Workshop, version: VersionNumber | None = None, model: str | None = None) -> list[str]:
    """The tags that would be made."""
    with registry.open() as opened:
        return [one.tag for one in again(opened, model=model, version=version)[0]]


def left(registry: Workshop) -> list[str]:
    """Why what is no good is not signed again."""
    with registry.open() as opened:
        return [one.error.message for one in again(opened)[1]]


def test_what_is_good_is_not_signed_again(registry: Workshop) -> None:
    """Nothing is due where every signature stands."""
    assert dues(registry) == []
    assert left(registry) == []


def test_a_revoked_key_s_releases_and_stages_are_signed_again(stolen: Workshop) -> None:
    """Both releases, and the newest assignment; everything verifies then, and the old tags are what they were."""
    assert stolen.refused() == "signature"
    assert stolen.refused("churn@production") == "stage"
    before = stolen.git("for-each-ref", "refs/tags")

    assert released(stolen, "bob", again=True) == [R1, R2, STAGE]

    assert stolen.verify().tag == R1
    assert stolen.verify("churn@production").version == V2
    assert set(before.splitlines()) < set(stolen.git("for-each-ref", "refs/tags").splitlines())
    assert dues(stolen) == []


def test_the_list_says_what_is_wrong(stolen: Workshop) -> None:
    """Whoever signs again should know why."""
    assert all("of ada@example.com is revoked" in one.why for one in planned(stolen, "bob", again=True).dues)


def test_the_record_is_what_is_signed_again(stolen: Workshop) -> None:
    """The same commit, record and manifest."""
    released(stolen, "bob", again=True)

    assert stolen.tip(f"{R1}^{{commit}}") == stolen.tip("refs/tags/model/churn/v1.0.0^{commit}")


def test_a_key_that_is_gone_is_as_good_as_revoked(registry: Workshop) -> None:
    """Somebody left, and their line was taken out."""
    ruled(registry, bobs(), signers={who: keys for who, keys in SIGNERS.items() if "ada" not in who})

    assert dues(registry) == [R1, R2, STAGE]


def test_a_rotated_key_needs_nothing(registry: Workshop) -> None:
    """Its old signatures stay good; that is what `former` is for."""
    former = {"ada-1": FormerEntry(key=registry.key("ada").public.fingerprint, until_root=1)}
    ruled(registry, roles("ada", "bob", threshold=1, former=former))

    assert dues(registry) == []


def test_one_version_may_be_named(stolen: Workshop) -> None:
    """With the stage that it serves in."""
    assert dues(stolen, V1) == [R1]
    assert dues(stolen, V2) == [R2, STAGE]
    with pytest.raises(NotFoundError, match="there is no model fraud"):
        dues(stolen, model="fraud")


def test_the_second_signature_may_be_lost_too(stolen: Workshop) -> None:
    """Then there is a third."""
    released(stolen, "bob", again=True)
    ruled(stolen, roles("carol", threshold=1), revoked=("ada", "bob"))

    assert released(stolen, "carol", again=True) == [
        R1.replace("/1", "/2"), R2.replace("/1", "/2"), STAGE.replace("/3", "/4"),
    ]  # fmt: skip
    assert stolen.verify().tag == R1.replace("/1", "/2")


def test_a_stage_that_should_change_anyway_is_no_second_signature(stolen: Workshop) -> None:
    """The next assignment is due by itself, and follows the one that is no good."""
    stolen.commit(stolen.add_version(V3, stages={"production": V3}))
    assert dues(stolen) == [R1, R2]

    assert released(stolen, "bob") == ["refs/tags/model/churn/v1.2.0", STAGE]
    assert stolen.verify("churn@production").version == V3


def test_a_release_that_was_never_good_is_left(registry: Workshop) -> None:
    """Who may push tags, but has no key that counted, does not bring others to sign for them."""
    registry.git("update-ref", "-d", "refs/tags/model/churn/v1.1.0")
    registry.tag(registry.statement(V2), key="mallory")

    assert dues(registry) == []
    assert "model/churn/v1.1.0 is not good, and is not signed again" in left(registry)[0]


def test_a_key_that_only_a_host_put_there_never_counted(registry: Workshop) -> None:
    """Trust files that no root key signed stood on the branch for a while; who looks back does not believe them."""
    honest = registry.trust_files(Trusted())
    registry.commit(
        registry.trust_files(
            Trusted(2, ("mallory",), ("mallory",), signers=SIGNERS, roles=roles("carol", threshold=1))
        )
    )
    registry.commit(honest)
    registry.git("update-ref", "-d", "refs/tags/model/churn/v1.1.0")
    registry.tag(registry.statement(V2), key="mallory", email="carol@example.com")

    assert dues(registry) == []
    assert len(left(registry)) == 1


@pytest.mark.parametrize(
    "path", [layout.version_path("churn", V1), layout.version_manifest_path("churn", V1)]
)
def test_a_record_that_changed_is_not_signed_again(stolen: Workshop, path: str) -> None:
    """A new signature is for what the old one was for, or for nothing."""
    stolen.commit({path: stolen.read(path) + b"\n"})

    assert dues(stolen) == [R2, STAGE]
    assert "was changed on the accepted branch" in left(stolen)[0]


def test_a_chain_with_a_hole_is_not_continued(stolen: Workshop) -> None:
    """Nobody could verify what comes after it."""
    stolen.git("update-ref", "-d", "refs/tags/stage/churn/production/1")

    assert dues(stolen) == [R1, R2]
    assert "has a hole" in left(stolen)[0]


def test_where_one_became_two_the_old_is_signed_again_by_two(registry: Workshop) -> None:
    """Ada's old release was good while one was enough; now Bob and Carol stand for it."""
    ruled(registry, roles("bob", "carol"))
    assert [one.tag for one in planned(registry, "bob", again=True).waiting] == [R1, R2, STAGE]
    first = planned(registry, "bob", again=True).waiting[0].error
    assert first.hint == "gitreg release --again --approve churn, by one of them"

    approved(registry, "carol", again=True)

    assert released(registry, "bob", again=True) == [R1, R2, STAGE]
    assert registry.verify("churn@production").version == V2


def test_nothing_else_is_signed(stolen: Workshop) -> None:
    """A version that waits for its first signature is not a matter of --again."""
    stolen.commit(stolen.add_version(V3, stages={"production": V2}))

    assert dues(stolen) == [R1, R2, STAGE]


def test_a_retired_version_is_signed_again_as_well(stolen: Workshop) -> None:
    """It stays retired, and it stays provable."""
    stolen.commit(stolen.add_version(V3, stages={"production": V2}, retired={V1: "wrong labels"}))
    released(stolen, "bob", again=True)

    assert stolen.refused() == "retired"
    assert stolen.verify(retired=True).tag == R1


def test_an_approver_s_lost_key_is_a_lost_signature(registry: Workshop) -> None:
    """Ada signed and Bob approved; Bob's key is revoked, and nobody else stands beside Ada."""
    ruled(registry, roles("ada", "bob", "carol"))
    registry.commit(registry.add_version(V3, stages={"production": V2}))
    approved(registry, "bob")
    released(registry, "ada", version=V3)
    assert dues(registry, V3) == []

    ruled(registry, roles("ada", "carol"), revoked=("bob",))

    assert dues(registry, V3) == ["refs/tags/resign/churn/v1.2.0/1"]
