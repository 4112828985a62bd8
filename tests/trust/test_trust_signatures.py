"""Root keys and their signatures: who signs what, after seeing what; and nobody signs another one's changes unseen."""

from __future__ import annotations

from pathlib import Path

import pytest
from trust_desk import ROLES, ROOT, TrustDesk

from gitreg.documents.layout import trust_branch
from gitreg.errors import AlreadyThereError, AnswerIsNoError, CredentialsError, NotFoundError
from gitreg.store import Author
from gitreg.workflows.proposing.proposals import find_proposal, merge
from gitreg.workflows.publishing.exchange import fetch_unless
from gitreg.workflows.registry import Registry
from gitreg.workflows.trust.sign_root import sign_root, to_sign


def shared(ours: TrustDesk) -> Path:
    """Bob's clone of ada's registry, in which his key is configured."""
    ours.desk.share()
    clone = ours.desk.clone("bobs")
    ours.use("bob", clone)
    return clone


def test_a_threshold_of_two_takes_two_people(ours: TrustDesk) -> None:
    """Ada proposes, bob signs in his clone, and only then it can be merged."""
    bobs = shared(ours)
    ours.add("bob", root=True)
    made = ours.root(threshold=2)
    assert "bob" in made.lacking[0]
    registry = ours.desk.registry
    with pytest.raises(AnswerIsNoError, match="lacks 1 more signature by root keys of root 2: bob"):
        merge(registry, find_proposal(registry, trust_branch(2)), ours.desk.author)

    signed = ours.sign(bobs)

    assert (list(signed.signed), list(signed.lacking)) == (["ada", "bob"], [])
    ours.merge(bobs)
    assert ours.desk.open(bobs).accepted.file(ROLES)


def test_the_next_root_needs_both_as_well(ours: TrustDesk) -> None:
    """The root that is in force decides, too: one of two proposes nothing that counts."""
    ours.two_roots()

    made = ours.add("carol")

    assert "by root keys of root 2: bob" in made.lacking[0]


def test_two_who_sign_at_once_both_count(ours: TrustDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bob is faster, between carol's look at the remote and her push; nobody's signature is lost."""
    bobs = shared(ours)
    carols = ours.desk.clone("carols")
    ours.use("carol", carols)
    ours.add("bob", root=True)
    ours.add("carol", root=True)
    ours.root(threshold=3)
    registry = ours.desk.open(carols)
    asked = to_sign(registry, ours.desk.author)
    looks = []

    def look(where: Registry, author: Author, *, offline: bool) -> None:
        fetch_unless(where, author, offline=offline)
        if where is registry and not looks:
            looks.append(1)
            ours.sign(bobs)

    monkeypatch.setattr("gitreg.workflows.trust.sign_root.fetch_unless", look)

    made = sign_root(registry, asked, ours.desk.author)

    assert looks == [1]
    assert list(made.signed) == ["ada", "bob", "carol"]
    assert made.lacking == []


def test_what_changed_after_it_was_shown_is_not_signed(ours: TrustDesk) -> None:
    """Bob said yes to something else."""
    bobs = shared(ours)
    ours.add("bob", root=True)
    ours.root(threshold=2)
    registry = ours.desk.open(bobs)
    asked = to_sign(registry, ours.desk.author)
    ours.add("mallory", machine=True)

    with pytest.raises(AnswerIsNoError, match="changed while it was being signed"):
        sign_root(registry, asked, ours.desk.author)


def test_another_one_s_proposal_is_not_signed_unseen(ours: TrustDesk) -> None:
    """Mallory may push a branch of that name; ada's next change is not built on it."""
    ours.use("mallory")
    ours.add("mallory", root=True)
    ours.use("ada")

    with pytest.raises(AnswerIsNoError, match="you have not signed what it changes"):
        ours.add("bob")

    made = ours.add("bob", anew=True)
    assert not any("mallory" in line for line in made.changes)


def test_a_proposal_that_was_tampered_with_is_no_base(ours: TrustDesk) -> None:
    """Ada signed the root, and somebody changed a file beside it."""
    ours.add("bob")
    ours.tamper({ROLES: ours.read(ROLES).replace(b"default:", b"default :")})

    with pytest.raises(AnswerIsNoError, match=r"roles\.yaml: it is not the one that trust root 2 names"):
        ours.add("carol")


def test_rubbish_under_that_name_is_in_nobody_s_way(ours: TrustDesk) -> None:
    """Anybody may push such a branch: it is named, it is no base, and `--anew` gives it up."""
    ours.desk.git("branch", "gitreg/trust/2")
    ours.tamper({ROOT: b"rubbish"})
    with pytest.raises(AnswerIsNoError, match=r"gitreg/trust/2 is not sound: .*root\.yaml:1:1") as refusal:
        ours.add("bob")
    assert "--anew" in str(refusal.value.hint)

    made = ours.add("bob", anew=True)

    assert made.lacking == []


def test_every_change_is_shown(ours: TrustDesk) -> None:
    """Who signs sees each thing that verifiers would see differently."""
    ours.use("mallory")
    ours.add("bob", machine=True)
    ours.add("carol", root=True)
    ours.role("churn", release="2 of ada,bob")
    ours.root(threshold=2)
    ours.use("ada")

    asked = to_sign(ours.desk.registry, ours.desk.author)

    assert asked.changes == (
        "bob is bob@example.com, a machine",
        "carol is carol@example.com",
        f"bob's key {ours.public('bob').fingerprint} is good",
        f"carol's key {ours.public('carol').fingerprint} is good",
        "churn: release 2 of ada,bob, assign 1 of ada, formats any",
        f"root key of carol: {ours.public('carol').fingerprint}",
        "root keys that must sign: 2, until now 1",
    )


def test_nobody_signs_twice(ours: TrustDesk) -> None:
    """And it is said what comes next."""
    ours.add("bob")

    with pytest.raises(AlreadyThereError, match="ada signed gitreg/trust/2 already"):
        to_sign(ours.desk.registry, ours.desk.author)


def test_only_root_keys_sign(ours: TrustDesk) -> None:
    """Bob signs releases, and decides nothing about keys."""
    ours.add("bob")
    ours.use("bob")

    with pytest.raises(CredentialsError, match="is no root key"):
        to_sign(ours.desk.registry, ours.desk.author)


def test_nothing_open_is_nothing_to_sign(ours: TrustDesk) -> None:
    """There is no such proposal."""
    with pytest.raises(NotFoundError, match="no proposal of trust root 2 is open"):
        to_sign(ours.desk.registry, ours.desk.author)


def test_a_change_after_signatures_needs_them_again(ours: TrustDesk) -> None:
    """A signature is of one root, byte for byte."""
    ours.two_roots()
    ours.add("carol")
    ours.use("bob")
    ours.sign()
    ours.use("ada")

    made = ours.role("default", release="carol")

    assert list(made.signed) == ["ada"]
    assert "bob" in made.lacking[0]
