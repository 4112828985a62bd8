"""No attack of the list makes `gitreg verify` or `pull` deliver other bytes: each through the command that people call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from attack_case import Attack, all_attacks, pull, verify
from attack_ground import Ground

ATTACKS = all_attacks()


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: f"{attack.row}: {attack.title}")
def test_the_attack_is_refused(ground: Ground, call: Callable[..., Any], attack: Attack) -> None:
    """The exit code, the step and the reason; nothing in the target; and what plain Git says of the same state."""
    variables = attack.harm(ground) or {}

    reply = call(*attack.command, process=attack.process, **variables)

    assert reply.code == attack.code, reply.err
    assert attack.words in reply.err
    assert attack.step is None or f"(step {attack.step})" in reply.err
    assert not ground.target.exists()
    if attack.git is not None:
        assert ground.plain_git(attack.tag) == (0 if attack.git == "accepts" else 1)


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
