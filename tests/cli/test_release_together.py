"""`gitreg release` where it takes two, by the commands as people type them: exit codes, lists, what to type next."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cli_calls import Gitreg, git


def _key(folder: Path, name: str) -> Path:
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name)], check=True
    )
    return folder / name


@pytest.fixture
def bob(gitreg: Gitreg, place: Path) -> Path:
    """Bob's key; releases take Ada and Bob from now on, and churn 1.1.0 waits for one. A machine may release with them."""
    keys = {name: _key(place.parent, name) for name in ("bob", "bot")}
    for name, more in (("bob", []), ("bot", ["--machine"])):
        words = ["key", "add", name, f"{keys[name]}.pub", "--principal", f"{name}@example.com", *more]
        assert gitreg(*words).code == 0
    assert gitreg("key", "role", "default", "--release", "2 of ada,bob,bot").code == 0
    assert gitreg("release", "--merge", "--yes").code == 0
    candidate = gitreg("log", "churn", "-m", "auc=0.95", "-a", str(place / "model.bin")).out.strip()
    assert gitreg("promote", candidate, "-m", "churn").code == 0
    git(place, "merge", "-q", "--no-ff", "-m", "Accept", "gitreg/promote/churn/v1.1.0")
    return keys["bob"]


def test_two_people_release(gitreg: Gitreg, place: Path, bob: Path) -> None:
    """Too few: exit 1, and the command; the approval; then the release, which says who approved; then it verifies."""
    alone = gitreg("release", "--yes")
    assert (alone.code, alone.out) == (1, "")
    assert "takes 2 people, and there is ada; bob or bot may still approve" in alone.err
    assert "next: gitreg release --approve churn, by one of them" in alone.err

    ada = git(place, "config", "user.signingkey")
    git(place, "config", "user.signingkey", str(bob))
    rehearsed = gitreg("release", "--approve", "--dry-run")
    approved = gitreg("release", "--approve", "--yes")
    again = gitreg("release", "--approve", "--yes")
    assert (rehearsed.code, approved.code, again.code) == (0, 0, 0)
    assert rehearsed.out == f"sign {approved.out}"
    assert approved.out == again.out
    assert approved.out.startswith("approve/churn/")
    assert approved.out.endswith("/bob\n")
    assert "approve Release churn 1.1.0, commit " in approved.err
    assert "is there already" in again.err
    assert gitreg("release", "--yes").code == 1

    git(place, "config", "user.signingkey", ada)
    released = gitreg("release", "churn", "--yes")
    assert (released.code, released.out) == (0, "model/churn/v1.1.0\n")
    assert ", approved by bob" in released.err
    verified = gitreg("verify", "churn@1.1.0").out
    assert "ada and bob may release churn" in verified
    assert ", approved by bob, commit " in verified


def test_who_may_not_approve_is_refused(gitreg: Gitreg, place: Path, bob: Path) -> None:
    """A machine, and whoever the role does not name: exit 4. Words that do not go together: exit 2."""
    git(place, "config", "user.signingkey", str(bob.with_name("bot")))
    machine = gitreg("release", "--approve", "--yes")
    assert (machine.code, machine.out) == (4, "")
    assert "bot is a machine" in machine.err

    git(place, "config", "user.signingkey", str(_key(place.parent, "carol")))
    assert gitreg("release", "--approve", "--yes").code == 4

    assert gitreg("release", "--approve", "--merge").code == 2


def test_nobody_signs_unasked(gitreg: Gitreg, place: Path, bob: Path) -> None:
    """Without a terminal an approval needs --yes, as a release does."""
    git(place, "config", "user.signingkey", str(bob))
    before = git(place, "for-each-ref", "refs/tags")

    assert gitreg("release", "--approve").code == 2
    assert git(place, "for-each-ref", "refs/tags") == before
