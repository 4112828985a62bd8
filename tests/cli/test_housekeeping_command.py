"""After a command that wrote, Git's own housekeeping is started where Git would start it, and never before the answer."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from itertools import count, islice
from pathlib import Path

import pytest
from cli_calls import SOURCES, Gitreg, git


def _lucky() -> list[bytes]:
    """Contents of objects in the one folder by which Git guesses how many there are."""
    contents = (b"%d" % number for number in count())
    found = (
        each
        for each in contents
        if hashlib.sha1(b"blob %d\0%s" % (len(each), each)).hexdigest().startswith("17")
    )
    return list(islice(found, 3))


@pytest.fixture
def piled_up(place: Path) -> Path:
    """A registry in which so many loose objects seem to lie that Git would pack them."""
    for number, content in enumerate(_lucky()):
        (place / str(number)).write_bytes(content)
        git(place, "hash-object", "-w", str(number))
        (place / str(number)).unlink()
    git(place, "config", "gc.auto", "512")
    git(place, "config", "gc.autoDetach", "false")
    return place


def _packs(place: Path) -> int:
    return len(list((place / ".git/objects/pack").glob("*.pack")))


def test_a_command_that_wrote_is_followed_by_housekeeping(piled_up: Path, command: Gitreg) -> None:
    """`gitreg note` prints its line, and what piled up is packed."""
    said = command("note", "churn/latest", "fine")

    assert (said.code, said.err) == (0, "")
    assert _packs(piled_up) == 1
    git(piled_up, "fsck", "--strict")


@pytest.mark.parametrize("words", [("list",), ("note", "churn/latest", "fine", "--dry-run")])
def test_a_command_that_wrote_nothing_is_not(piled_up: Path, command: Gitreg, words: tuple[str, ...]) -> None:
    """Reading and rehearsing leave the repository alone."""
    assert command(*words).code == 0

    assert _packs(piled_up) == 0


def test_a_training_that_ends_is_followed_by_housekeeping(piled_up: Path, environ: dict[str, str]) -> None:
    """What a Python training leaves is packed when its candidate is committed."""
    code = "import gitreg; gitreg.start('churn').finish()"

    subprocess.run(
        [sys.executable, "-c", code], cwd=piled_up, env=environ | {"PYTHONPATH": SOURCES}, check=True
    )

    assert _packs(piled_up) == 1


def test_housekeeping_that_fails_fails_nothing(piled_up: Path, command: Gitreg) -> None:
    """Where Git cannot pack, the act is done all the same."""
    (piled_up / ".git/gc.pid.lock").touch()

    assert command("note", "churn/latest", "fine").code == 0
