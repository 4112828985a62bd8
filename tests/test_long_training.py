"""An hour of training with the remote gone throughout, in many calls and little time."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import pytest

import gitreg
from gitreg.workflows.registry import CANDIDATES

HOUR = 36_000
"""Calls: ten a second."""
FIRST = HOUR // 4


@pytest.fixture
def lonely(desk, tmp_path, monkeypatch):
    """A registry whose remote and storage were there once, and are not now."""
    remote = desk.share()
    store = desk.path.parent / f"{desk.path.name}-store"
    for place in (remote, store):
        if place.exists():
            place.rename(place.with_suffix(".away"))
    monkeypatch.chdir(desk.path)
    yield desk
    for place in (remote, store):
        if place.with_suffix(".away").exists():
            place.with_suffix(".away").rename(place)


def _train(candidate: gitreg.ActiveCandidate) -> list[float]:
    """What each call took, in seconds."""
    times = []
    for step in range(HOUR):
        start = time.perf_counter()
        candidate.log_metric("loss", 1 / (step + 1), step=step)
        if step % (HOUR // 10) == 0:
            candidate.log_text(str(step), f"checkpoints/{step}.txt")
            candidate.set_tag("step", step)
        times.append(time.perf_counter() - start)
    return times


def test_nobody_notices_the_remote_until_it_is_there_again(lonely, recwarn):
    """No exception, no warning, no call slower at the end than at the start; then one push sends everything."""
    with gitreg.start("churn", params={"lr": 0.1}) as candidate:
        times = _train(candidate)
    away = _gitreg(lonely.path, "push")

    assert (
        candidate.errors,
        [str(one.message) for one in recwarn if one.category is gitreg.GitregWarning],
    ) == ([], [])
    assert median(times[-FIRST:]) < 3 * median(times[:FIRST])
    assert away.returncode == 7, away.stderr

    for place in (lonely.path.parent).glob("*.away"):
        place.rename(place.with_suffix(".git" if "remote" in place.name else ""))
    sent = _gitreg(lonely.path, "push")
    assert sent.returncode == 0, sent.stderr
    remote = lonely.path.parent / "remote.git"
    assert lonely.tip(CANDIDATES, at=remote) == lonely.tip(CANDIDATES)
    elsewhere = lonely.clone()
    shown = _gitreg(elsewhere, "show", candidate.id, "--json")
    assert '"points": 36000' in shown.stdout
    assert "nothing is running" in _gitreg(lonely.path, "status").stdout


def _gitreg(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gitreg", *words]
    return subprocess.run(command, cwd=folder, env=os.environ, capture_output=True, text=True, check=False)
