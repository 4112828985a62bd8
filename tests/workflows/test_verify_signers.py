"""Steps signature and role: who signed, and whether they may, by the accepted tip and by nothing else."""

from __future__ import annotations

import pytest
from workshop import ADA, V1, Trusted, Workshop, honest_roles

from gitreg.documents import places
from gitreg.domain.trust import FormerEntry, Permission, Role, Roles, SignerEntry
from gitreg.signing import format_tag, sign

RELEASE = "refs/tags/model/churn/v1.0.0"


def _as_ada(registry: Workshop, key: str, namespace: str = "git") -> None:
    """A release that says to be Ada's, signed with another key or for another purpose."""
    message = registry.statement().message()
    payload = format_tag(registry.tip(), "model/churn/v1.0.0", str(ADA), 1, "+0000", message)
    registry.raw_tag(payload + sign(payload, registry.key(key), namespace, registry.environ), RELEASE)


def test_an_unknown_key_is_refused(registry: Workshop) -> None:
    """Mallory signs as herself; nobody knows her."""
    registry.tag(registry.statement(), key="mallory")

    assert registry.refused() == "signature"


def test_an_unknown_key_under_a_known_name_is_refused(registry: Workshop) -> None:
    """The tagger's address is Ada's, the key is not."""
    _as_ada(registry, "mallory")

    assert registry.refused() == "signature"


def test_a_known_key_under_another_known_name_is_refused(registry: Workshop) -> None:
    """Bob's key is allowed, for Bob: the tagger must be the signer."""
    _as_ada(registry, "bob")

    assert registry.refused() == "signature"


@pytest.mark.parametrize("namespace", ["file", "gitreg-root"])
def test_a_signature_for_another_purpose_is_refused(registry: Workshop, namespace: str) -> None:
    """What Ada signed as a file, or as a trust root, she did not sign as a tag."""
    _as_ada(registry, "ada", namespace)

    assert registry.refused() == "signature"


def test_a_changed_payload_is_refused(registry: Workshop) -> None:
    """One letter in what was signed, the signature as it was."""
    content = registry.git("cat-file", "tag", RELEASE).encode() + b"\n"
    registry.raw_tag(content.replace(b"Ada Example", b"Eve Example", 1), RELEASE)

    assert registry.refused() == "signature"


def test_a_signer_known_only_in_the_tagged_commit_is_refused(registry: Workshop) -> None:
    """The trust files that count are those of the accepted tip, not those that a release brings along."""
    trusted = Trusted(signers={"mallory@example.com": ("mallory",), "ada@example.com": ("ada",)})
    registry.commit(registry.trust_files(trusted))
    registry.tag(registry.statement(), key="mallory")
    registry.commit(registry.trust_files(Trusted()))

    assert registry.refused() == "signature"


def test_a_revoked_key_loses_its_signatures(registry: Workshop) -> None:
    """Whatever the date on them says: who has the key can write any date."""
    signers = {"ada@example.com": ("ada", "bob")}
    roles = Roles(
        people={"ada": SignerEntry(principal="ada@example.com")}, roles=honest_roles().roles
    )  # Ada has a second key by now
    registry.commit(registry.next_root(Trusted(version=2, signers=signers, revoked=("ada",), roles=roles)))

    assert registry.refused() == "signature"


def test_a_release_signed_again_outlives_a_revoked_key(registry: Workshop) -> None:
    """`resign/...` tags are for this: any good signature of the same release will do."""
    signers = {"ada@example.com": ("ada", "bob")}
    roles = Roles(people={"ada": SignerEntry(principal="ada@example.com")}, roles=honest_roles().roles)
    registry.commit(registry.next_root(Trusted(version=2, signers=signers, revoked=("ada",), roles=roles)))
    commit = registry.tip(f"{RELEASE}^{{commit}}")
    registry.tag(registry.statement(action="resign"), commit, key="bob", email="ada@example.com")

    verdict = registry.verify()

    assert verdict.tag == "refs/tags/resign/churn/v1.0.0/1"
    assert "refs/tags/resign/churn/v1.0.0/1 is" in verdict.notes[0]


def test_a_person_without_the_permission_is_refused(registry: Workshop) -> None:
    """Bob's key is good, his signature too; he may not release."""
    registry.tag(registry.statement(), key="bob")

    assert registry.refused() == "role"


def test_a_person_may_release_one_model_and_not_another(registry: Workshop) -> None:
    """A role of the model's own replaces the default."""
    bobs = Permission(by=["bob"])
    roles = honest_roles().model_copy(
        update={"roles": {**honest_roles().roles, "churn": Role(release=bobs, assign=bobs)}}
    )
    registry.commit(registry.next_root(Trusted(version=2, roles=roles)))

    assert registry.refused() == "role"


def test_without_any_role_nobody_may_release(registry: Workshop) -> None:
    """No default and no role of the model's own: refused, not free for all."""
    roles = honest_roles().model_copy(update={"roles": {"other": honest_roles().roles["default"]}})
    registry.commit(registry.next_root(Trusted(version=2, roles=roles)))

    assert registry.refused() == "role"


def test_a_threshold_of_two_people_is_not_reached_by_one(registry: Workshop) -> None:
    """Ada signed, and nobody approved."""
    registry.commit(registry.next_root(Trusted(version=2, roles=honest_roles(threshold=2))))

    assert registry.refused() == "role"


def test_a_principal_of_two_people_is_refused(registry: Workshop) -> None:
    """Who signed could not be told."""
    people = honest_roles().people | {"eve": SignerEntry(principal="ada@example.com")}
    registry.commit(
        registry.next_root(Trusted(version=2, roles=honest_roles().model_copy(update={"people": people})))
    )

    assert registry.refused() == "role"


def test_a_machine_that_signs_is_named_as_one(registry: Workshop) -> None:
    """Whoever rules the machine could sign: the reader should know."""
    people = honest_roles().people | {"ada": SignerEntry(principal="ada@example.com", machine=True)}
    registry.commit(
        registry.next_root(Trusted(version=2, roles=honest_roles().model_copy(update={"people": people})))
    )

    assert "machine" in registry.verify().notes[0]


def _with_ada_as_former(registry: Workshop, until: int) -> Roles:
    former = FormerEntry(key=registry.key("ada").public.fingerprint, until_root=until)
    return honest_roles().model_copy(update={"former": {"ada-1": former}})


def test_a_former_signer_s_releases_of_their_time_stay_good(registry: Workshop) -> None:
    """Rotated, not stolen: 1.0.0 was accepted under root 1."""
    registry.commit(registry.next_root(Trusted(version=2, roles=_with_ada_as_former(registry, 1))))

    assert registry.verify().signer == "ada"


def test_a_former_signer_releases_nothing_new(registry: Workshop) -> None:
    """The tagged commit is of root 2, and the key was good up to root 1."""
    registry.commit(registry.next_root(Trusted(version=2, roles=_with_ada_as_former(registry, 1))))
    registry.tag(registry.statement())

    assert registry.refused() == "role"


def test_a_former_signer_is_not_helped_by_an_old_root_put_back(registry: Workshop) -> None:
    """A commit after the rotation carries the root from before it; its history tells."""
    before = {path: registry.read(path) for path in (places.ROOT, places.ROLES)}
    after = registry.next_root(Trusted(version=2, roles=_with_ada_as_former(registry, 1)))
    registry.commit(after)
    registry.commit(before)
    registry.tag(registry.statement())
    registry.commit(after)

    assert registry.refused() == "role"


def test_a_former_signer_is_not_helped_by_a_time_without_roots(registry: Workshop) -> None:
    """A history in which no root was ever written says nothing of when the commit was accepted."""
    registry.commit(registry.next_root(Trusted(version=2, roles=_with_ada_as_former(registry, 1))))
    tip = registry.tip()
    names = registry.git("ls-tree", "-r", "--name-only", tip).splitlines()
    bare = registry.commit(
        {name: registry.read(name, tip) for name in names if "trust" not in name}, ref=None
    )
    trust = {name: registry.read(name, tip) for name in names if "trust" in name}
    registry.commit(trust, parents=[bare])
    registry.tag(registry.statement(), bare)

    assert registry.refused() == "role"


def test_an_assignment_needs_the_stage_s_own_permission(registry: Workshop) -> None:
    """Who may release need not be who may assign."""
    roles = honest_roles()
    role = roles.roles["default"].model_copy(update={"assign": {"staging": roles.roles["default"].release}})
    registry.commit(
        registry.next_root(Trusted(version=2, roles=roles.model_copy(update={"roles": {"default": role}})))
    )

    assert registry.refused("churn@production") == "stage"
    assert registry.verify("churn@1.0.0").version == V1
