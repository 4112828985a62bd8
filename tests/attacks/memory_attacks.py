"""Older, shorter or other registries than the verifier has seen; chains with holes; clocks."""

from __future__ import annotations

import shutil

from attack_case import ANCHOR, Attack, Harm, pull, verify
from attack_ground import MAIN, NEWER, RELEASE, STAGE, Ground
from workshop import V1, V2

from gitreg.documents import places
from gitreg.documents.writer import write
from gitreg.domain.digest import Digest
from gitreg.domain.model import Model

ROW = "memory"
PRODUCTION, LATEST = pull("churn@production"), pull("churn@latest")


def _after(reference: str, *harms: Harm) -> Harm:
    """What was verified once, before the attack."""

    def harm(ground: Ground) -> None:
        ground.seen(reference)
        for one in harms:
            one(ground)

    return harm


def _deleted(*refs: str) -> Harm:
    def harm(ground: Ground) -> None:
        for ref in refs:
            ground.point(ref, "")

    return harm


def _garbage(*refs: str) -> Harm:
    """The tag is still there, and good for nothing."""

    def harm(ground: Ground) -> None:
        for ref in refs:
            ground.point(ref, ground.tip())

    return harm


def _older_repository(ground: Ground) -> None:
    """Everything as it was before 1.1.0: branch, releases, assignments."""
    _deleted(NEWER, f"{STAGE}/2")(ground)
    ground.point(MAIN, ground.tip(f"{RELEASE}^{{commit}}"))


def _replaced_release(ground: Ground) -> None:
    """Ada signed another statement of the same version, as good as the first."""
    ground.release(ground.statement(merge_request="https://example.com/1"))


def _replaced_assignment(ground: Ground) -> None:
    first = ground.assignment(V1, 1)
    ground.release(ground.statement(V1, "assign", stage="production", sequence=2, previous=first.digest))


def _follows_another(ground: Ground) -> None:
    """Ada was shown another registry and signed on top of it: the chain forks."""
    said = ground.statement(V1, "assign", stage="production", sequence=3, previous=Digest.of(b"another 2"))
    ground.release(said)


def _follows_the_first(ground: Ground) -> None:
    first = ground.assignment(V1, 1)
    ground.release(ground.statement(V1, "assign", stage="production", sequence=3, previous=first.digest))


def _starts_again(ground: Ground) -> None:
    """The chain of a stage, begun a second time under the number 1."""
    _deleted(f"{STAGE}/2")(ground)
    ground.release(
        ground.statement(V1, "assign", stage="production", sequence=1, previous=None), commit=ground.tip()
    )


def _forked_below_what_was_seen(ground: Ground) -> None:
    """Assignment 2 is another one now, and 3 follows it in good form."""
    first = ground.assignment(V1, 1)
    second = ground.statement(V1, "assign", stage="production", sequence=2, previous=first.digest)
    ground.release(second)
    ground.release(ground.statement(V1, "assign", stage="production", sequence=3, previous=second.digest))


def _broken_memory(ground: Ground) -> None:
    (ground.clone / ".git" / "gitreg" / "seen.json").write_text("{}\n")


def _memory_of_another(ground: Ground) -> None:
    file = ground.clone / ".git" / "gitreg" / "seen.json"
    file.write_text(file.read_text().replace("0d8f1c5e", "ffffffff"))


def _unwritable_memory(ground: Ground) -> None:
    """What is not remembered could be rolled back the next time."""
    state = ground.clone / ".git" / "gitreg"
    shutil.rmtree(state)
    state.symlink_to("/nowhere")


def _retired(ground: Ground) -> None:
    ground.release(ground.statement(V2, "retire"))


def _unretired(ground: Ground) -> None:
    """1.1.0 was retired, the verifier saw it; then the host withholds the retirement."""
    _retired(ground)
    ground.seen("churn@latest")
    ground.point("refs/tags/retire/churn/v1.1.0", "")


def _unretired_everywhere(ground: Ground) -> None:
    """The branch and a statement said that 1.1.0 is retired; the host takes both back."""
    model = Model(slug="churn", name="churn", retired={V2: "wrong labels"}, stages={"production": V1})
    before = ground.tip()
    ground.commit({places.model_path("churn"): write(model)})
    _unretired(ground)
    ground.point(MAIN, before)


def _signed_again(ground: Ground) -> None:
    """The key that released 1.1.0 was revoked, it was signed again and seen; the host withholds the second signature."""
    signers = {"ada@example.com": ("ada", "laptop"), "bob@example.com": ("bob",)}
    ground.point(NEWER, "")
    ground.release(ground.statement(V2), "laptop", email="ada@example.com")
    ground.release(ground.statement(V2, "resign"))
    ground.next_root(revoked=("laptop",), signers=signers)
    ground.seen("churn@latest")
    ground.point("refs/tags/resign/churn/v1.1.0/1", "")


def _forged_retirement(ground: Ground) -> None:
    """It would make an older version the latest."""
    ground.release(ground.statement(V2, "retire"), "mallory")


def _dated(when: int, version: object, number: int) -> Harm:
    """The signer's clock is wrong by decades; the older assignment looks newer, the newer older."""

    def harm(ground: Ground) -> None:
        first = ground.assignment(V1, number)
        tagger = f"Ada Example <ada@example.com> {when} +0000"
        raw = ground.signed(ground.payload(first, tag=f"stage/churn/production/{number}", tagger=tagger))
        ground.put(raw, f"{STAGE}/{number}")

    return harm


ATTACKS = [
    Attack(ROW, "an older repository, for a stage", "Git host", _after("churn@production", _older_repository), "memory",
           "was seen before", PRODUCTION, git="accepts", tag="stage/churn/production/1", process=True),
    Attack(ROW, "an older repository, for the latest", "Git host", _after("churn@latest", _older_repository), "memory",
           "was seen before and is gone", LATEST, git="accepts"),
    Attack(ROW, "an older repository, for a version that is gone", "Git host", _after("churn@1.1.0", _older_repository), None,
           "was never released", pull("churn@1.1.0"), 3),
    Attack(ROW, "the newest assignment deleted", "Git host", _after("churn@production", _deleted(f"{STAGE}/2")), "memory",
           "somebody holds news back", PRODUCTION, git="accepts", tag="stage/churn/production/1"),
    Attack(ROW, "all assignments deleted", "Git host", _after("churn@production", _deleted(f"{STAGE}/1", f"{STAGE}/2")), "memory",
           "somebody holds news back", PRODUCTION),
    Attack(ROW, "the newest release deleted", "Git host", _after("churn@latest", _deleted(NEWER)), "memory",
           "was seen before and is gone", LATEST, git="accepts"),
    Attack(ROW, "the newest release broken", "Git host", _after("churn@latest", _garbage(NEWER)), "memory", "was seen before",
           LATEST),
    Attack(ROW, "the newest assignment broken", "Git host", _after("churn@production", _garbage(f"{STAGE}/2")), "stage",
           "is no annotated tag", PRODUCTION),
    Attack(ROW, "a release deleted, all asked for", "Git host", _after("churn@1.1.0", _deleted(NEWER)), None,
           "was seen before and is gone", verify("--all")),
    Attack(ROW, "another good tag in the place of one that was seen", "signer", _after("churn@1.0.0", _replaced_release),
           "memory", "tags never move", git="accepts"),
    Attack(ROW, "another good assignment in the place of one that was seen", "signer",
           _after("churn@production", _replaced_assignment), "memory", "tags never move", PRODUCTION, git="accepts",
           tag="stage/churn/production/2"),
    Attack(ROW, "a chain that forks below what was seen", "signer", _after("churn@production", _forked_below_what_was_seen),
           "memory", "tags never move", PRODUCTION, git="accepts", tag="stage/churn/production/3"),
    Attack(ROW, "a hole in the chain", "Git host", _deleted(f"{STAGE}/1"), "stage", "has a hole", PRODUCTION, git="accepts",
           tag="stage/churn/production/2"),
    Attack(ROW, "an assignment that follows another statement", "signer", _follows_another, "stage", "follows another statement",
           PRODUCTION, git="accepts", tag="stage/churn/production/3"),
    Attack(ROW, "two assignments that follow one", "signer", _follows_the_first, "stage", "follows another statement", PRODUCTION,
           git="accepts", tag="stage/churn/production/3"),
    Attack(ROW, "a chain that was begun again", "signer", _after("churn@production", _starts_again), "memory",
           "somebody holds news back", PRODUCTION, git="accepts", tag="stage/churn/production/1"),
    Attack(ROW, "a broken memory", "earlier job", _after("churn@1.0.0", _broken_memory), "memory", "cannot be used"),
    Attack(ROW, "the memory of another registry", "earlier job", _after("churn@1.0.0", _memory_of_another), "memory",
           "cannot be used"),
    Attack(ROW, "a memory that cannot be written", "earlier job", _unwritable_memory, "state", "cannot be written",
           verify("--anchor", ANCHOR, "churn@1.0.0")),
    Attack(ROW, "a retired version", "developer", _retired, "retired", "is retired", pull("churn@1.1.0"), git="accepts",
           tag="model/churn/v1.1.0"),
    Attack(ROW, "a retirement withheld after it was seen", "Git host", _unretired, "memory", "was seen before", LATEST,
           git="accepts", tag="model/churn/v1.1.0"),
    Attack(ROW, "a retirement withheld, on the branch and as a statement", "Git host", _unretired_everywhere, "memory",
           "was seen before", LATEST, git="accepts", tag="model/churn/v1.1.0"),
    Attack(ROW, "a second signature withheld, to make an older version the latest", "Git host", _signed_again, "memory",
           "was seen before and is gone", LATEST, git="accepts"),
    Attack(ROW, "a forged retirement of the newest version", "developer", _forged_retirement, "retired", "is not an allowed key",
           LATEST, git="refuses", tag="retire/churn/v1.1.0"),
    Attack(ROW, "an older assignment dated 2096, the newest withheld", "Git host",
           _after("churn@production", _dated(4_000_000_000, V1, 1), _deleted(f"{STAGE}/2")), "memory",
           "somebody holds news back", PRODUCTION, git="accepts", tag="stage/churn/production/1"),
]  # fmt: skip
