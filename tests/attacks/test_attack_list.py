"""No attack of the list makes `gitreg verify` or `pull` deliver other bytes: each through the command that people call."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from attack_case import SERVED, Attack, all_attacks, pull, verify
from attack_ground import CONTENTS, Ground

ATTACKS = [
    pytest.param(
        attack,
        id=f"{attack.row}: {attack.title}",
        marks=[pytest.mark.xfail(reason=attack.accepted, strict=True)] if attack.accepted else [],
    )
    for attack in all_attacks()
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_attack_is_refused(
    ground: Ground, call: Callable[..., Any], attack: Attack, request: pytest.FixtureRequest
) -> None:
    """The exit code, the step and the reason; nothing in the target, nothing run; and what plain Git does in the same state."""
    variables = dict(attack.harm(ground) or {})
    words = attack.command
    if attack.served:
        url, more = request.getfixturevalue(f"{attack.served}_store")(ground.storage)
        words, variables = tuple(url if word == SERVED else word for word in words), variables | more

    reply = call(*words, process=attack.process, **variables)

    assert reply.code == attack.code, reply.err
    assert attack.words in reply.err + reply.out
    assert attack.step is None or f"(step {attack.step})" in reply.err
    assert not ground.mark.exists()
    if attack.code == 0:
        assert honest_bytes(ground)
    else:
        assert not ground.target.exists()
    if attack.git is not None:
        assert ground.plain_git(attack.tag) == (0 if attack.git == "accepts" else 1)
    if attack.springs:
        environ = ground.environ | variables
        subprocess.run(
            ["git", *attack.springs], cwd=ground.clone, env=environ, capture_output=True, check=False
        )
        assert ground.mark.exists()


def honest_bytes(ground: Ground) -> bool:
    """Whether the target holds exactly the files of one of the honest versions."""
    found = {
        str(file.relative_to(ground.target)): file.read_bytes()
        for file in ground.target.rglob("*")
        if not file.is_dir()
    }
    return found in CONTENTS.values()


CALLS = [
    verify(), verify("churn@1.1.0"), verify("churn@production"), verify("churn@latest"), verify("model/churn/v1.0.0"),
    verify("--all"), verify("--offline", "churn@production"), verify("--fresh", "churn@1.0.0"),
    verify("--anchor", "{anchor}", "churn@1.0.0"), verify("fraud@production"), verify("--deep", "churn@1.0.0"),
    pull(), pull("churn@production"), pull("churn@latest"),
]  # fmt: skip


@pytest.mark.parametrize("words", CALLS, ids=" ".join)
def test_the_honest_registry_passes_the_same_calls(
    ground: Ground, call: Callable[..., Any], words: tuple[str, ...]
) -> None:
    """Without this no refusal would mean anything."""
    reply = call(*words)

    assert reply.code == 0, reply.err
    assert ground.target.exists() == (words[0] == "pull")


def test_the_honest_registry_passes_in_a_process_of_its_own(ground: Ground, call: Callable[..., Any]) -> None:
    """As deployments call it."""
    assert call(*pull("--anchor", "{anchor}", "churn@production"), process=True, CI="true").code == 0
    assert (ground.target / "model.bin").read_bytes() == b"better " * 5000


def test_plain_git_accepts_the_honest_release(ground: Ground) -> None:
    """The comparison is fair: where it says that Git refuses, Git could have accepted."""
    assert ground.plain_git("model/churn/v1.0.0") == 0
