"""Many blobs at once: few stay loose, many become one pack, and a failure leaves nothing."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gitreg.errors import UsageError
from gitreg.gitrepo import Repository
from gitreg.gitrepo.bulk import FEW
from gitreg.gitrepo.objects import HELD

ID_OF_FIRST = hashlib.sha1(b"blob 180\0" + b"record 0\n" * 20).hexdigest()


@pytest.fixture
def place(make_repository, tmp_path):
    return make_repository(tmp_path / "work")


@pytest.fixture
def repository(place, environ):
    with Repository.open(place, environ) as opened:
        yield opened


def _git(place: Path, *words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=place, capture_output=True, text=True, check=True
    ).stdout.strip()


def _contents(count: int) -> list[bytes]:
    return [b"record %d\n" % number * 20 for number in range(count)]


def _leftovers(place: Path) -> list[Path]:
    objects = place / ".git/objects"
    return [*objects.glob("tmp_*"), *objects.glob("pack/tmp_*"), *objects.glob("pack/*.keep")]


@pytest.mark.parametrize("count", [0, 1, FEW, FEW + 1, 3 * FEW])
def test_every_blob_is_there_under_the_id_that_git_gives_it(repository, place, count):
    """However many they are, and nothing is left beside them."""
    contents = _contents(count)
    with repository.bulk() as bulk:
        ids = [bulk.write(content) for content in contents]
        bulk.store()
        bulk.store()

    assert [repository.find(one).content for one in ids] == contents
    assert len(list((place / ".git/objects/pack").glob("*.pack"))) == (count > FEW)
    assert _leftovers(place) == []
    assert _git(place, "fsck", "--strict", "--no-dangling") == ""


def test_large_blobs_make_a_pack_though_they_are_few(repository, place):
    """Memory holds two megabytes of them, no more."""
    with repository.bulk() as bulk:
        ids = [bulk.write(os.urandom(1_000_000)) for _ in range(3)]
        bulk.store()

    assert len(list((place / ".git/objects/pack").glob("*.pack"))) == 1
    assert all(repository.find(one) for one in ids)


@pytest.mark.parametrize("count", [3, FEW + 10])
def test_an_error_in_the_block_leaves_nothing(repository, place, count):
    """All or none."""
    before = _git(place, "count-objects", "-v")

    def fail() -> None:
        with repository.bulk() as bulk:
            for content in _contents(count):
                bulk.write(content)
            raise UsageError("the last one is wrong")

    with pytest.raises(UsageError):
        fail()
    assert _git(place, "count-objects", "-v") == before
    assert _leftovers(place) == []


def test_a_collector_beside_takes_nothing_until_the_block_ends(repository, place):
    """`git gc --prune=now` drops what no ref names, unless somebody holds it."""
    contents = _contents(FEW + 10)
    with repository.bulk() as bulk:
        ids = [bulk.write(content) for content in contents]
        bulk.store()
        _git(place, "gc", "-q", "--prune=now")

        assert _git(place, "cat-file", "-t", ids[0]) == "blob"
        assert _git(place, "cat-file", "-t", ids[-1]) == "blob"


def test_few_that_a_collector_took_are_stored_again_at_the_next_try(repository, place):
    """As whoever tries again asks for it."""
    with repository.bulk() as bulk:
        id_ = bulk.write(b"few")
        bulk.store()
        _git(place, "prune", "--expire=now")
        bulk.store()

    assert _git(place, "cat-file", "-p", id_) == "few"


KILLED = """
import os, sys
from pathlib import Path
from gitreg.gitrepo import Repository
repository = Repository.open(Path(sys.argv[1]), dict(os.environ))
with repository.bulk() as bulk:
    for number in range(1000):
        bulk.write(b"record %d" % number)
    if sys.argv[2] == "stored":
        bulk.store()
    print("here", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("moment", ["writing", "stored"])
def test_what_a_killed_process_left_is_swept(repository, place, moment):
    """The half-made pack, or the claim on a whole one; while it lives, neither is."""
    killed = subprocess.Popen(
        [sys.executable, "-c", KILLED, place, moment], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert killed.stdout is not None
    assert killed.stdout.readline() == b"here\n"
    repository.sweep()
    assert _leftovers(place)

    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    limit = time.monotonic() + 10  # Git, which it had started, has the claim too, and ends a moment later
    while _leftovers(place) and time.monotonic() < limit:
        repository.sweep()
    assert _leftovers(place) == []


def test_claims_of_others_on_packs_stay(repository, place):
    """A `.keep` file may be the user's own."""
    keep = place / ".git/objects/pack/pack-x.keep"
    keep.parent.mkdir(exist_ok=True)
    keep.write_bytes(HELD + b"not ours")
    repository.sweep()

    assert keep.exists()


def test_a_writer_that_dies_is_told_and_leaves_nothing(repository, place):
    """As on a full disk: Git's own words, and no half of anything."""
    contents = _contents(FEW + 10)

    def write() -> None:
        with repository.bulk() as bulk:
            for content in contents:
                bulk.write(content)
            bulk._import._process.kill()
            bulk.store()

    with pytest.raises(UsageError, match="could not store the records"):
        write()
    assert _leftovers(place) == []
    assert repository.find(ID_OF_FIRST) is None
