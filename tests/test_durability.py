"""What each durability level brings to the disk, and when: seen from outside, by strace(1), at the real command."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from desk import Desk

SYNCS = ("fsync", "fdatasync", "sync", "syncfs")
CALLS = ",".join((*SYNCS, "rename", "renameat", "renameat2", "link", "linkat"))
CALL = re.compile(r"^\d+ +(?P<name>\w+)\((?P<words>.*)\) += 0")
BRANCH = "refs/heads/gitreg/candidates"


@dataclass(frozen=True)
class Call:
    """One system call that went well: its name, and the paths in it."""

    name: str
    paths: tuple[str, ...]


@pytest.fixture(autouse=True)
def _strace():
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")


def _calls(desk: Desk, *command: str) -> list[Call]:
    """What a command does to the disk, in order; git's own processes included."""
    trace = desk.path.parent / "trace"
    words = [
        "strace",
        "-f",
        "-qq",
        "-y",
        "-s",
        "4096",
        "-e",
        f"trace={CALLS}",
        "-e",
        "signal=none",
        "-o",
        str(trace),
    ]
    done = subprocess.run(
        [*words, *command], cwd=desk.path, env=desk.environ, capture_output=True, text=True, check=False
    )
    if done.returncode and "ptrace" in done.stderr.lower():
        pytest.skip("processes may not be traced here")
    assert done.returncode == 0, done.stderr
    return _parsed(trace.read_text(), desk.path)


def _parsed(trace: str, top: Path) -> list[Call]:
    begun: dict[str, str] = {}
    found = []
    for line in trace.splitlines():
        process = line.split()[0]
        if line.endswith("<unfinished ...>"):
            begun[process] = line.removesuffix("<unfinished ...>").rstrip()
            continue
        if " resumed>" in line:
            line = begun.pop(process) + line.partition(" resumed>")[2]  # noqa: PLW2901
        if match := CALL.match(line):
            paths = re.findall(r"\d+<([^>]*)>|\"([^\"]*)\"", match["words"])
            found.append(Call(match["name"], tuple(_below(one or two, top) for one, two in paths)))
    return found


def _below(path: str, top: Path) -> str:
    return path.removeprefix(f"{top}/")


def _log(desk: Desk, *words: str) -> list[Call]:
    (desk.path / "model.bin").write_bytes(b"weights")
    return _calls(
        desk, sys.executable, "-m", "gitreg", "log", "churn", "-m", "auc=0.9", "-a", "model.bin", *words
    )


def _move_of_the_branch(calls: list[Call]) -> int:
    return next(
        number for number, call in enumerate(calls)
        if call.name.startswith("rename") and call.paths[-1].endswith(BRANCH)
    )  # fmt: skip


def _synced(calls: list[Call]) -> set[str]:
    return {call.paths[0] for call in calls if call.name in SYNCS and call.paths}


def test_by_default_nothing_waits_for_the_disk(desk):
    """A dead process loses nothing that write(2) took."""
    assert [call for call in _log(desk) if call.name in SYNCS] == []


def test_with_power_everything_is_on_the_disk_before_the_branch_names_it(desk):
    """Artifacts, objects and their folders first; then the ref; then the folder that names the ref."""
    desk.git("config", "gitreg.durability", "power")
    calls = _log(desk)

    moved = _move_of_the_branch(calls)
    before, after = _synced(calls[:moved]), _synced(calls[moved:])
    tip = desk.git("rev-parse", BRANCH)
    named = [tip, *desk.git("rev-list", "--objects", "--no-object-names", f"{tip}~1..{tip}").splitlines()]
    names = {f".git/objects/{one[:2]}/{one[2:]}" for one in named}
    renamed = {call.paths[1]: call.paths[0] for call in calls[:moved] if call.name.startswith("rename")}
    assert names <= renamed.keys()
    assert {renamed[name] for name in names} <= before
    assert {str(Path(name).parent) for name in names} <= before
    unpushed = [path for path in renamed if "unpushed/files/md5/" in path]
    assert len(unpushed) >= 2
    assert {*unpushed, *(str(Path(path).parent) for path in unpushed)} <= before
    assert f".git/{BRANCH}.lock" in before
    assert {f".git/{BRANCH}", str(Path(f".git/{BRANCH}").parent)} <= after


def test_an_object_has_its_bytes_on_the_disk_before_it_has_its_name(desk):
    """Otherwise a power cut could leave an empty file where Git expects an object."""
    desk.git("config", "gitreg.durability", "power")
    calls = _log(desk)

    synced: set[str] = set()
    for call in calls:
        if call.name in SYNCS and call.paths:
            synced.add(call.paths[0])
        elif call.name.startswith("rename") and ".git/objects/" in call.paths[-1]:
            assert call.paths[0] in synced


def test_what_the_user_told_git_decides_for_gits_files(desk):
    """`core.fsync = none` leaves objects and refs alone; artifacts are gitreg's own."""
    desk.git("config", "gitreg.durability", "power")
    desk.git("config", "core.fsync", "none")

    synced = _synced(_log(desk))
    assert not [path for path in synced if ".git/objects" in path or ".git/refs" in path]
    assert [path for path in synced if "unpushed" in path]


def test_git_alone_may_be_hardened(desk):
    """`core.fsync = all` without gitreg's level: objects and ref, and no artifacts."""
    desk.git("config", "core.fsync", "all")

    synced = _synced(_log(desk))
    assert f".git/{BRANCH}.lock" in synced
    assert [path for path in synced if ".git/objects" in path]
    assert not [path for path in synced if "unpushed" in path]


TRAINING = """
import os, gitreg
with gitreg.start("churn", strict=True) as candidate:
    candidate.log_artifact("model.bin")
    for step in range(3):
        candidate.log_metric("loss", 1.0, step=step)
        os.rename("step", "step")
"""


@pytest.mark.parametrize(("level", "is_synced"), [("process", False), ("power", True)])
def test_each_call_of_a_training_is_on_the_disk_when_it_returns(desk, level, is_synced):
    """With power: the draft's own files before it begins, a copy before its line, and each line at once."""
    (desk.path / "model.bin").write_bytes(b"weights")
    (desk.path / "step").write_bytes(b"")
    desk.git("config", "gitreg.durability", level)
    calls = _calls(desk, sys.executable, "-c", TRAINING)

    steps = [number for number, call in enumerate(calls) if call.paths[:1] == ("step",)]
    assert len(steps) == 3
    between = [_synced(calls[one:two]) for one, two in pairwise(steps)]
    if not is_synced:
        assert _synced(calls) == set()
        return
    assert all(any(path.endswith("journal.ndjson") for path in one) for one in between)
    made = next(
        number
        for number, call in enumerate(calls)
        if call.paths and ".new-" in call.paths[0] and "rename" in call.name
    )
    assert {Path(path).name for path in _synced(calls[:made])} >= {
        "candidate.json",
        "journal.ndjson",
        "artifacts",
    }
    assert ".git/gitreg/drafts" in _synced(calls[made : steps[0]])
    copied = [
        path for path in _synced(calls[made : steps[0]]) if re.search(r"drafts/\w+/artifacts/\w+/0$", path)
    ]
    assert len(copied) == 1


def test_a_typing_error_in_the_level_is_told_before_anything_is_done(desk):
    """With the key, and what to write."""
    desk.git("config", "gitreg.durability", "powr")
    done = subprocess.run(
        [sys.executable, "-m", "gitreg", "log", "churn", "-m", "auc=1"],
        cwd=desk.path, env=os.environ, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 2
    assert "gitreg.durability is 'powr', and must be process or power" in done.stderr
