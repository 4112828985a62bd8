"""What the attacks are built with makes honest states, too: so they are refused for their harm and for nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attack_case import ANCHOR, Harm, pull
from attack_ground import MAIN, RELEASE, STAGE, Ground, roles, trusted
from clone_attacks import bundled
from record_attacks import loosened
from role_attacks import with_two
from workshop import V1, V2

from gitreg.documents import places
from gitreg.domain.trust import FormerEntry


def _nothing(ground: Ground) -> None:
    pass


def _signed_by_hand(ground: Ground) -> None:
    ground.put(ground.signed(ground.payload()))


def _dated(when: int) -> Harm:
    def honest(ground: Ground) -> None:
        ground.put(ground.signed(ground.payload(tagger=f"Ada Example <ada@example.com> {when} +0000")))

    return honest


def _second_key(ground: Ground) -> None:
    ground.put(ground.signed(ground.payload(), "laptop"))


def _next_root(ground: Ground) -> None:
    ground.next_root(2)
    ground.next_root(3)


def _new_root_owner(ground: Ground) -> None:
    ground.next_root(2, root_keys=("ada", "mallory"), root_signers=("ada", "bob", "mallory"))


def _unsigned_root_taken_back(ground: Ground) -> None:
    """Somebody broke the branch for a moment; it is not broken for ever."""
    names = ground.git("ls-tree", "-r", "--name-only", MAIN, ".gitreg/trust").splitlines()
    before: dict[str, bytes | None] = {name: ground.read(name) for name in names}
    ground.next_root(2, root_signers=("ada", "mallory"))
    after = ground.git("ls-tree", "-r", "--name-only", MAIN, ".gitreg/trust").splitlines()
    ground.commit(dict.fromkeys(after) | before)


def _files_by_hand(ground: Ground) -> None:
    ground.signed_files({places.REVOKED_KEYS: ground.read(places.REVOKED_KEYS)})


def _two_people(ground: Ground) -> None:
    with_two(lambda one: ground.approve(one.statement(), "bob", "bob", "bob@example.com") and None)(ground)


def _merged(ground: Ground) -> None:
    side = ground.commit({"note": b"x"}, ref=None)
    ground.release(ground.statement(), commit=ground.commit_tree("", [ground.tip(), side]))


def _rotated_since(ground: Ground) -> None:
    fingerprint = ground.shop.key("ada").public.fingerprint
    former = roles(former={"ada-1": FormerEntry(key=fingerprint, until_root=1)})
    ground.commit(ground.shop.next_root(trusted(version=2, roles=former)))


def _moved_back(ground: Ground) -> None:
    ground.release(ground.assignment(V1, 3))


def _clock_of_an_assignment(ground: Ground) -> None:
    """The newest assignment is the oldest by the clock."""
    tagger = "Ada Example <ada@example.com> 0 +0000"
    said = ground.assignment(V1, 3)
    ground.put(
        ground.signed(ground.payload(said, tag="stage/churn/production/3", tagger=tagger)), f"{STAGE}/3"
    )


def _loose_store(ground: Ground) -> None:
    ground.seen()
    loosened(next(Path(ground.environ["XDG_CACHE_HOME"]).glob("gitreg/verify/*.git")), ground.environ)


def _signed_again(ground: Ground) -> None:
    signers = {**trusted().signers, "ada@example.com": ("ada", "laptop")}
    commit = ground.tip(f"{RELEASE}^{{commit}}")
    ground.release(ground.statement(action="resign"), "laptop", email="ada@example.com", commit=commit)
    ground.next_root(2, signers=signers, revoked=("ada",))


def _retired_newest(ground: Ground) -> None:
    ground.release(ground.statement(V2, "retire"))


HONEST: dict[str, tuple[Harm, tuple[str, ...], str]] = {
    "a tag object put together by hand": (_signed_by_hand, pull(), "1.0.0"),
    "a tag dated 1970": (_dated(0), pull(), "1.0.0"),
    "a tag dated 2096": (_dated(4_000_000_000), pull(), "1.0.0"),
    "a person's second key": (_second_key, pull(), "1.0.0"),
    "two more roots": (_next_root, pull(), "1.0.0"),
    "a root with another owner": (_new_root_owner, pull(), "1.0.0"),
    "a root that too few signed, taken back": (_unsigned_root_taken_back, pull(), "1.0.0"),
    "trust files put together by hand": (_files_by_hand, pull(), "1.0.0"),
    "two people where it takes two": (_two_people, pull(), "1.0.0"),
    "a merge commit": (_merged, pull(), "1.0.0"),
    "a rotated key's release of before": (_rotated_since, pull(), "1.0.0"),
    "a signed rollback": (_moved_back, pull("churn@production"), "1.0.0"),
    "an assignment dated before those that it follows": (
        _clock_of_an_assignment,
        pull("churn@production"),
        "1.0.0",
    ),
    "a store without packs": (_loose_store, pull(), "1.0.0"),
    "a release signed again": (_signed_again, pull(), "1.0.0"),
    "the newest version retired": (_retired_newest, pull("churn@latest"), "1.0.0"),
    "a bundle": (bundled(_nothing), pull("churn@latest", "--anchor", ANCHOR), "1.1.0"),
}


@pytest.mark.parametrize("title", HONEST)
def test_the_honest_twin_of_an_attack_is_delivered(
    ground: Ground, call: Callable[..., Any], title: str
) -> None:
    """Made by the same hands, with nothing wrong in it."""
    harm, words, version = HONEST[title]
    variables = harm(ground) or {}

    reply = call(*words, **variables)

    assert reply.code == 0, reply.err
    assert f"churn {version}, signed by ada" in reply.err


def test_the_accepted_branch_is_not_changed_by_verifying(ground: Ground, call: Callable[..., Any]) -> None:
    """Neither the host nor the clone has another ref or file afterwards."""
    before = [ground.git("for-each-ref", at=place) for place in (ground.host, ground.clone)]
    call(*pull("churn@production"))

    assert [ground.git("for-each-ref", at=place) for place in (ground.host, ground.clone)] == before
    assert ground.git("status", "--porcelain", at=ground.clone) == ""
    assert ground.tip(MAIN) == ground.git("rev-parse", "HEAD", at=ground.clone)
