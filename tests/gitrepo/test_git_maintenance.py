"""Git's own housekeeping: started as Git would, after the act, in the background; never twice, never against the user."""

from __future__ import annotations

import hashlib
import os
import subprocess
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from gitreg.gitrepo import Repository
from gitreg.gitrepo.maintenance import running_collector


def _lucky(number: int) -> list[bytes]:
    """Contents whose objects all lie in the folder that Git looks at."""
    found: list[bytes] = []
    for each in count():
        content = b"%d" % each
        if hashlib.sha1(b"blob %d\0%s" % (len(content), content)).hexdigest().startswith("17"):
            found.append(content)
            if len(found) == number:
                return found
    raise AssertionError


@pytest.fixture
def piled_up(repository: Repository, commit_on: Callable[..., str]) -> Repository:
    """A repository in which so many loose objects lie in one folder that 512 are guessed, which is taken for too many."""
    files = {f"file-{number}": content for number, content in enumerate(_lucky(3))}
    commit_on(repository, "refs/heads/many", files)
    repository.set_config("gc.auto", "512")
    repository.set_config("gc.autoDetach", "false")
    return repository


def _loose(repository: Repository) -> int:
    """How many loose objects there are, by Git's own count."""
    words = ["git", "count-objects"]
    said = subprocess.run(words, cwd=repository.common_dir, capture_output=True, check=True).stdout
    return int(said.split()[0])


def test_what_piled_up_is_packed(piled_up: Repository) -> None:
    """Above Git's own threshold, Git is started, and packs; with gc.autoDetach=false we wait, as Git would."""
    before = _loose(piled_up)

    started = piled_up.tidy()

    assert started
    assert before > 3
    assert _loose(piled_up) == 0


def test_in_the_background_nobody_waits(piled_up: Repository) -> None:
    """By default Git goes on by itself, and the act is over."""
    piled_up.set_config("gc.autoDetach", "true")

    assert piled_up.tidy()

    deadline = time.monotonic() + 20
    while _loose(piled_up) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert _loose(piled_up) == 0


@pytest.mark.parametrize(
    ("key", "value"), [("gc.auto", "0"), ("maintenance.auto", "false"), ("gc.auto", "1k")]
)
def test_the_user_decides(piled_up: Repository, key: str, value: str) -> None:
    """`gc.auto=0` and `maintenance.auto=false` turn it off, and a higher `gc.auto` puts it off."""
    piled_up.set_config(key, value)

    assert not piled_up.tidy()


def test_nonsense_in_the_configuration_fails_nothing(piled_up: Repository) -> None:
    """A number that is none starts nothing, and raises nothing: the act is done."""
    piled_up.set_config("gc.auto", "often")

    assert not piled_up.tidy()


def test_many_packs_are_too_much_as_well(
    repository: Repository, folder: Path, git: Callable[..., str], commit_on: Callable[..., str]
) -> None:
    """Git counts packs too (`gc.autoPackLimit`), but not those that somebody keeps."""
    for number in range(4):
        commit_on(repository, "refs/heads/many", {"file": b"%d" % number})
        git(folder, "repack", "-q", "-d")
    packs = sorted((repository.common_dir / "objects/pack").glob("*.pack"))
    repository.set_config("gc.autoPackLimit", "3")
    repository.set_config("gc.autoDetach", "false")
    packs[0].with_suffix(".keep").touch()
    commit_on(repository, "refs/heads/other", {"file": b"x"})

    kept = repository.tidy()
    packs[0].with_suffix(".keep").unlink()
    commit_on(repository, "refs/heads/other", {"file": b"y"})

    assert not kept
    assert repository.tidy()
    assert len(list((repository.common_dir / "objects/pack").glob("*.pack"))) == 1


def test_a_reader_starts_nothing(piled_up: Repository, environ: dict[str, str], folder: Path) -> None:
    """Whoever wrote nothing leaves the housekeeping to whoever did."""
    with Repository.open(folder, environ) as reader:
        reader.refs("refs/")

        assert not reader.tidy()


def test_below_the_threshold_no_process_is_started(
    repository: Repository, commit_on: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether there is something to do is seen in one folder: not even Git's configuration is asked."""
    commit_on(repository, "refs/heads/few", {"file": b"1"})
    started: list[object] = []
    monkeypatch.setattr(subprocess, "Popen", lambda *words, **_: started.append(words))

    repository.tidy()

    assert started == []


def test_two_at_once_are_harmless(piled_up: Repository, folder: Path, environ: dict[str, str]) -> None:
    """Git lets one of them work; nothing is lost."""
    piled_up.set_config("gc.autoDetach", "true")
    with Repository.open(folder, environ) as other:
        for repository in (piled_up, other):
            repository._has_grown = True
        started = [piled_up.tidy(), other.tidy()]

    deadline = time.monotonic() + 20
    while (_loose(piled_up) or (piled_up.common_dir / "gc.pid").exists()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert started[0]
    subprocess.run(["git", "fsck", "--strict"], cwd=folder, env=environ, check=True, capture_output=True)


def test_a_collector_that_works_is_not_joined(piled_up: Repository) -> None:
    """While `gc.pid` names a living process, no other one is started."""
    host = os.uname().nodename
    (piled_up.common_dir / "gc.pid").write_text(f"{os.getpid()} {host}")

    assert not piled_up.tidy()
    assert running_collector(piled_up.common_dir) == os.getpid()


@pytest.mark.parametrize("words", ["999999999 {host}", "99999999999999999999 {host}"])
def test_a_dead_collector_is_none(piled_up: Repository, words: str) -> None:
    """What a killed `git gc` left does not stop the next one."""
    (piled_up.common_dir / "gc.pid").write_text(words.format(host=os.uname().nodename))

    assert running_collector(piled_up.common_dir) is None
    assert piled_up.tidy()


def test_a_collector_elsewhere_counts_for_half_a_day(piled_up: Repository) -> None:
    """Another machine's is believed as long as Git believes it."""
    file = piled_up.common_dir / "gc.pid"
    file.write_text("1 another-machine")
    young = running_collector(piled_up.common_dir)
    os.utime(file, (time.time() - 13 * 3600,) * 2)

    assert young == 0
    assert running_collector(piled_up.common_dir) is None
