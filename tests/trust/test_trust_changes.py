"""Changes of the trust files: each is a proposal of the next root that keeps the registry usable."""

from __future__ import annotations

import pytest
from trust_desk import ROLES, ROOT, TrustDesk

from gitreg.documents import places
from gitreg.documents.layout import trust_branch
from gitreg.domain.trust import Permission
from gitreg.errors import AlreadyThereError, AnswerIsNoError, NotFoundError, UsageError
from gitreg.signing.signers import parse_revoked_keys
from gitreg.workflows.proposing.proposals import open_proposals
from gitreg.workflows.trust.add import NewKey, add_key
from gitreg.workflows.trust.edited_files import edited_draft
from gitreg.workflows.trust.role import assignment_of, permission_of


def test_a_new_signer_is_a_signed_proposal_of_the_next_root(ours: TrustDesk) -> None:
    """Root 2 is signed by the root key, and keeps root 1 with its signature."""
    before = ours.desk.read(ROOT)

    made = ours.add("bob")

    assert made.proposal.branch == trust_branch(2)
    assert (made.root.version, list(made.signed), list(made.lacking)) == (2, ["ada"], [])
    assert ours.read(places.root_history_path(1)) == before
    assert ours.trust.root.version == 1


def test_what_is_merged_is_what_verifiers_trust(ours: TrustDesk) -> None:
    """A release of before the change, and the chain of roots after it, verify."""
    ours.desk.released()
    ours.add("bob")

    ours.merge()

    assert ours.trust.active == {"ada", "bob"}
    assert "root 2" in ours.verify().steps[2].detail


def test_changes_come_together_in_one_proposal(ours: TrustDesk) -> None:
    """A newcomer and what they may do are one root, one review."""
    ours.add("bob")

    made = ours.role("default", release="2 of ada,bob")

    assert len(open_proposals(ours.desk.registry)) == 1
    assert [line for line in made.changes if "bob" in line][:1] == ["bob is bob@example.com"]
    assert made.lacking == []
    ours.merge()
    assert ours.trust.roles.roles["default"].release == Permission(by=["ada", "bob"], threshold=2)


def test_anew_gives_the_open_proposal_up(ours: TrustDesk) -> None:
    """Nothing of it is left."""
    ours.add("bob")

    made = ours.add("carol", anew=True)

    assert not any("bob" in line for line in made.changes)


def test_a_rehearsal_moves_nothing_and_signs_nothing(ours: TrustDesk) -> None:
    """`--dry-run` works without the private key, in a repository that only remembers its moves."""
    ours.desk.git("config", "user.signingkey", f"key::{ours.public('ada')}")

    made = ours.add("bob", rehearsal=True)

    assert made.lacking


def test_without_a_key_the_proposal_waits_for_a_signature(ours: TrustDesk) -> None:
    """Anybody may propose; who must sign is said."""
    ours.desk.git("config", "--unset", "user.signingkey")

    made = ours.add("bob")

    assert "ada" in made.lacking[0]
    assert "user.signingKey" in made.notes[0]


@pytest.mark.parametrize(
    ("person", "principal", "error", "words"),
    [
        ("carol", None, UsageError, "has no --principal"),
        ("CAROL", "carol@example.com", UsageError, "cannot name a person"),
        ("carol", "ada@example.com", AlreadyThereError, "is ada already"),
        ("ada", "carol@example.com", AlreadyThereError, "is ada@example.com already"),
        ("carol", "*@example.com", UsageError, "cannot name a signer"),
    ],
)
def test_who_it_is_must_be_clear(
    ours: TrustDesk, person: str, principal: str | None, error: type[Exception], words: str
) -> None:
    """One person has one name and one address."""
    new = ours.public("carol")

    with pytest.raises(error, match=words):
        ours.propose(lambda trust, draft: _added(trust, draft, person, principal, new))


def _added(trust, draft, person, principal, key):
    return add_key(trust, draft, NewKey(person, principal, key))


def test_a_key_is_one_person_s(ours: TrustDesk) -> None:
    """Two people with one key could not be told apart."""
    with pytest.raises(AlreadyThereError, match=r"is a key of ada@example\.com already"):
        ours.propose(lambda trust, draft: _added(trust, draft, "bob", "bob@example.com", ours.public("ada")))


def test_a_revoked_key_never_comes_back(ours: TrustDesk) -> None:
    """Neither for its owner nor for anybody."""
    ours.add("bob")
    ours.revoke("bob")

    with pytest.raises(AnswerIsNoError, match="was revoked"):
        ours.propose(lambda trust, draft: _added(trust, draft, "bob", None, ours.public("bob")))


def test_a_rotated_key_is_bounded_by_the_root_of_until_now(ours: TrustDesk) -> None:
    """Its line stays, the root key goes along, and both keys sign."""
    made = ours.rotate("ada", "ada2")

    assert (list(made.signed), list(made.lacking)) == (["ada"], [])
    ours.merge()
    entry = ours.trust.roles.former["ada-1"]
    assert (entry.key, entry.until_root) == (ours.public("ada").fingerprint, 1)
    assert {signer.key for signer in ours.trust.allowed} == {ours.public("ada"), ours.public("ada2")}
    assert ours.trust.root.keys == {"ada": str(ours.public("ada2"))}


def test_releases_from_before_a_rotation_stay_good(ours: TrustDesk) -> None:
    """The old key signed them, and it was not stolen."""
    ours.desk.released()
    ours.rotate("ada", "ada2")
    ours.merge()

    assert ours.verify().fingerprint == ours.public("ada").fingerprint


def test_of_several_keys_one_is_named(ours: TrustDesk) -> None:
    """A rotation must not end another key of the same person."""
    ours.add("bob")
    ours.add("bob2", "bob")

    with pytest.raises(UsageError, match="bob has 2 keys"):
        ours.rotate("bob", "carol")
    ours.rotate("bob", "carol", old=ours.public("bob").fingerprint)
    ours.merge()

    states = {key.fingerprint: key.state for key in ours.trust.keys if key.person == "bob"}
    assert [states[ours.public(name).fingerprint] for name in ("bob", "bob2", "carol")] == [
        "former",
        "current",
        "current",
    ]


def test_who_leaves_has_former_keys_only(ours: TrustDesk) -> None:
    """What they signed stays good, and nobody needs them any more."""
    ours.add("bob", root=True)
    ours.merge()
    ours.rotate("bob", None)
    ours.merge()

    assert ours.trust.active == {"ada"}
    assert "bob" in ours.trust.roles.people
    assert list(ours.trust.root.keys) == ["ada"]


def test_nobody_leaves_whom_a_threshold_needs(ours: TrustDesk) -> None:
    """It would leave a model that nobody can release."""
    ours.add("bob")
    ours.role("default", release="2 of ada,bob")
    ours.merge()

    with pytest.raises(AnswerIsNoError, match=r"roles\.default\.release takes 2 of ada, bob, and only ada"):
        ours.rotate("bob", None)


def test_machines_alone_reach_no_threshold(ours: TrustDesk) -> None:
    """Two of two machines would be one host."""
    ours.add("bob", machine=True)
    ours.add("carol", machine=True)

    with pytest.raises(AnswerIsNoError, match="all who have a key are machines"):
        ours.role("default", release="2 of bob,carol")


def test_a_revoked_key_is_out_of_every_list(ours: TrustDesk) -> None:
    """Plain Git, which may know no revocation file, does not find it; and the file says whose it was."""
    ours.add("bob")
    ours.merge()
    ours.revoke("bob")
    ours.merge()

    listed = ours.trust.files["revoked_keys"]
    assert [key.fingerprint for key in parse_revoked_keys(listed)] == [ours.public("bob").fingerprint]
    assert b"bob@example.com" in listed
    assert b"bob" not in ours.trust.files["allowed_signers"]
    assert [key.person for key in ours.trust.keys if key.state == "revoked"] == ["bob"]


def test_the_last_root_key_is_not_revoked_without_another(ours: TrustDesk) -> None:
    """Nobody could ever sign a root again."""
    with pytest.raises(AnswerIsNoError, match="0 root keys are left") as refusal:
        ours.revoke("ada")

    assert "gitreg key revoke ada --new NEWKEY" in str(refusal.value.hint)


def test_the_only_key_is_revoked_and_replaced_in_one_root(ours: TrustDesk) -> None:
    """Ada still has the key that a thief has, too, and it signs for the last time."""
    made = ours.revoke("ada", new="ada2")

    assert list(made.lacking) == []
    ours.merge()
    assert ours.trust.active == {"ada"}
    assert ours.trust.revoked == {ours.public("ada").fingerprint}
    assert ours.trust.root.keys == {"ada": str(ours.public("ada2"))}


def test_roles_of_one_stage_leave_the_others(ours: TrustDesk) -> None:
    """Who could assign anywhere still can where nothing was said."""
    ours.add("bob")

    ours.role("churn", production="bob")
    ours.merge()

    role = ours.trust.roles.roles["churn"]
    assert role.assign == {"staging": Permission(by=["ada"]), "production": Permission(by=["bob"])}
    assert role.release == Permission(by=["ada"])


def test_roles_name_known_people_and_stages(ours: TrustDesk) -> None:
    """A slip of the hand is no role."""
    with pytest.raises(NotFoundError, match="would name bob"):
        ours.role("churn", release="ada,bob")
    with pytest.raises(UsageError, match="no stage live"):
        ours.role("churn", live="ada")


def test_permissions_are_written_as_they_are_read() -> None:
    """`PEOPLE`, `N of PEOPLE`, and `STAGE=` before either."""
    assert permission_of("ada") == Permission(by=["ada"])
    assert permission_of("2 of ada,bob, carol") == Permission(by=["ada", "bob", "carol"], threshold=2)
    assert assignment_of("production=2 of ada,bob")[0] == "production"
    assert assignment_of("ada,bob")[0] is None
    for words in ("", "0 of ada", "3 of ada,bob", "2 of ada,ada", "ada bob", "ada;bob", "2 ada", "=ada"):
        with pytest.raises(UsageError):
            assignment_of(words)


def test_comments_of_people_stay(ours: TrustDesk) -> None:
    """Roles and signers are files that people read and write."""
    text = b"# who may sign\n" + ours.desk.read(ROLES)
    (ours.desk.path / ROLES).write_bytes(text)
    ours.propose(lambda _, draft: edited_draft(draft, ours.desk.path))

    ours.add("bob")

    assert ours.read(ROLES).startswith(b"# who may sign\n")


def test_files_edited_by_hand_become_the_next_root(ours: TrustDesk) -> None:
    """Hashes and version are made; what the files say is taken."""
    edited = ours.desk.read(ROLES).replace(b"ada@example.com", b"ada@example.org")
    (ours.desk.path / ROLES).write_bytes(edited)
    signers = places.ALLOWED_SIGNERS
    (ours.desk.path / signers).write_bytes(ours.desk.read(signers).replace(b".com", b".org"))

    made = ours.propose(lambda _, draft: edited_draft(draft, ours.desk.path))

    assert any("ada@example.org" in line for line in made.changes)
    assert made.root.version == 2
    assert made.lacking == []


def test_files_edited_by_hand_must_agree(ours: TrustDesk) -> None:
    """An address that only one of the files knows."""
    edited = ours.desk.read(ROLES).replace(b"ada@example.com", b"ada@example.org")
    (ours.desk.path / ROLES).write_bytes(edited)

    with pytest.raises(AnswerIsNoError, match=r"ada@example\.com has a key here, and is nobody"):
        ours.propose(lambda _, draft: edited_draft(draft, ours.desk.path))


def test_nothing_to_change_is_no_proposal(ours: TrustDesk) -> None:
    """What is accepted already is not proposed again."""
    with pytest.raises(AlreadyThereError, match="say all of that already"):
        ours.propose(lambda _, draft: edited_draft(draft, ours.desk.path))
