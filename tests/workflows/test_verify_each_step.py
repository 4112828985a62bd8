"""No step is there for show: without it, an attack that it stops comes through.

For each step: the attack is refused by that very step; then the step is made to believe everything, and the same attack is
accepted. Should a check ever stop checking, the first half fails; should it never have been needed, the second.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from workshop import FILES, MAIN, V1, V2, Trusted, Workshop

from gitreg.documents import layout
from gitreg.domain.statement import Statement
from gitreg.errors import VerificationError
from gitreg.gitrepo import ObjectId
from gitreg.signing import parse_sshsig, split_tag
from gitreg.workflows.registry import Registry
from gitreg.workflows.verification import content, hearing, record, release, root, seen, stage
from gitreg.workflows.verification import verify as verifying
from gitreg.workflows.verification.case import Case
from gitreg.workflows.verification.names import Wanted
from gitreg.workflows.verification.own_store import Opened
from gitreg.workflows.verification.pull import pull
from gitreg.workflows.verification.result import STEPS, VerifyOptions
from gitreg.workflows.verification.role import Permit
from gitreg.workflows.verification.signer import Signature
from gitreg.workflows.verification.standing import Remembered, Standing
from gitreg.workflows.verification.statements import Claim, TagObject

RELEASE = "refs/tags/model/churn/v1.0.0"


@dataclass(frozen=True)
class Attack:
    """An attack, what it asks for, and the step that believes everything for once.

    Args:
        step: the step that stops it.
        build: builds it.
        place: the module in which the step is looked up.
        name: its name there.
        gullible: the same step without its checks.
        reference: what is asked for.
    """

    step: str
    build: Callable[[Workshop], object]
    place: Any
    name: str
    gullible: Callable[..., Any]
    reference: str = "churn@1.0.0"


# Attacks


def _nothing(registry: Workshop) -> None:
    """The reference is the attack."""


def _graft(registry: Workshop) -> None:
    proposed = registry.commit({"note": b"x"}, ref=None, parents=[registry.tip(f"{MAIN}~1")])
    registry.tag(registry.statement(), proposed)
    (registry.path / ".git" / "info").mkdir(exist_ok=True)
    (registry.path / ".git" / "info" / "grafts").write_text(f"{registry.tip()} {proposed}\n")


def _own_root(registry: Workshop) -> None:
    trusted = Trusted(
        root_keys=("mallory",), root_signers=("mallory",), signers={"ada@example.com": ("mallory",)}
    )
    registry.commit(registry.trust_files(trusted))
    registry.tag(registry.statement(), key="mallory", email="ada@example.com")


def _text_after_the_signature(registry: Workshop) -> None:
    registry.raw_tag(registry.git("cat-file", "tag", RELEASE).encode() + b"\nVersion: 9.9.9\n", RELEASE)


def _renamed(registry: Workshop) -> None:
    registry.git("update-ref", "refs/tags/model/churn/v2.0.0", registry.tip(RELEASE))


def _forged(registry: Workshop) -> None:
    registry.tag(registry.statement(), key="mallory", email="ada@example.com")


def _by_somebody_else(registry: Workshop) -> None:
    registry.tag(registry.statement(), key="bob")


def _never_accepted(registry: Workshop) -> None:
    registry.tag(registry.statement(), registry.commit({"x": b""}, ref=None, parents=[registry.tip()]))


def _changed_afterwards(registry: Workshop) -> None:
    path = layout.version_path("churn", V1)
    registry.commit({path: registry.read(path) + b"# x\n"})


def _replaced(registry: Workshop) -> None:
    registry.verify()
    registry.tag(registry.statement(merge_request="https://example.com/1"))


def _retired(registry: Workshop) -> None:
    registry.tag(registry.statement(action="retire"))


def _hole(registry: Workshop) -> None:
    registry.git("update-ref", "-d", "refs/tags/stage/churn/production/1")


# Steps without their checks


def _any_name(reference: str) -> Wanted:
    return Wanted("churn", V1)


def _the_clone_itself(registry: Registry, model: str | None, options: VerifyOptions) -> Opened:
    tip = registry.repository.resolve(MAIN)
    assert tip is not None
    refs = {ref.name: ref.id for ref in registry.repository.refs("refs/tags/")}
    return Opened(registry.repository, tip, refs, "the clone itself")


def _any_object(case: Case, ref: str) -> TagObject:
    found = case.repository.find(case.refs[ref])
    assert found is not None
    end = b"-----END SSH SIGNATURE-----\n"
    return TagObject(ref, ObjectId(found.id), split_tag(found.content.partition(end)[0] + end))


def _any_statement(case: Case, tag: TagObject) -> Claim:
    return Claim(tag, Statement.parse(tag.signed.message))


def _any_key(case: Case, claim: Claim) -> Signature:
    return Signature(claim.tag.signed.tagger_email, parse_sshsig(claim.tag.signed.signature).public_key)


ATTACKS = [
    Attack("names", _nothing, verifying, "check_names", _any_name, "churn@1.0.0\n"),
    Attack("store", _graft, hearing, "open_store", _the_clone_itself),
    Attack("root", _own_root, root, "_signers", lambda *_: ("somebody",)),
    Attack("object", _text_after_the_signature, release, "check_object", _any_object),
    Attack("name", _renamed, release, "check_name", _any_statement, "churn@2.0.0"),
    Attack("signature", _forged, release, "check_signature", _any_key),
    Attack("role", _by_somebody_else, release, "check_role", lambda *_: Permit("bob", "anything", ())),
    Attack("review", _never_accepted, release, "check_review", lambda case, claim: Remembered("accepted")),
    Attack("record", _changed_afterwards, record, "refuse_unless", lambda *_: None),
    Attack("memory", _replaced, release, "check_memory", lambda case, claim: Remembered("never seen")),
    Attack("retired", _retired, release, "check_retired", lambda *_: Standing(None)),
    Attack("stage", _hole, stage, "check_chain", lambda *_: None, "churn@production"),
]  # fmt: skip
BEYOND = {"content", "state"}
"""Steps that need more than a reference: they have tests of their own below."""


def test_every_step_has_its_attack() -> None:
    """A step that is added must be attacked as well."""
    assert {attack.step for attack in ATTACKS} | BEYOND == set(STEPS)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.step)
def test_the_attack_is_stopped_by_its_step(registry: Workshop, attack: Attack) -> None:
    """Refused, in that step's name (a graft breaks what is fetched, or has no effect there)."""
    attack.build(registry)

    assert registry.refused(attack.reference) in {
        attack.step,
        "review" if attack.step == "store" else attack.step,
    }


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.step)
def test_without_the_step_the_attack_comes_through(
    registry: Workshop, attack: Attack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So nothing else would have stopped it."""
    attack.build(registry)
    monkeypatch.setattr(attack.place, attack.name, attack.gullible)

    assert registry.verify(attack.reference).version in {V1, V2}


def test_without_step_content_a_flipped_byte_comes_through(
    registry: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing before it looks at the model's bytes."""
    md5 = hashlib.md5(FILES["model.bin"]).hexdigest()
    for root_folder in (registry.storage, registry.path / ".dvc" / "cache"):
        file = root_folder / "files" / "md5" / md5[:2] / md5[2:]
        file.chmod(0o644)
        file.write_bytes(b"evil")
    with registry.open() as opened, pytest.raises(VerificationError) as refusal:
        pull(opened, "churn@1.0.0", tmp_path / "model", VerifyOptions())
    assert refusal.value.step == "content"

    monkeypatch.setattr(content, "deliver", lambda *_, **__: None)
    with registry.open() as opened:
        assert pull(opened, "churn@1.0.0", tmp_path / "model", VerifyOptions()).version == V1


def test_without_step_state_a_replaced_tag_comes_through(
    registry: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory is only as good as what was written."""
    monkeypatch.setattr(seen, "write_seen", lambda *_: None)
    _replaced(registry)

    assert registry.verify().version == V1
