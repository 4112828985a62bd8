"""Claims on files and folders, and what is swept when nobody holds them."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gitreg import disk

HOLDER = """
import sys, time
from pathlib import Path
from gitreg.disk import claimed_folder
with claimed_folder(Path(sys.argv[1]), "tmp-") as folder:
    print(folder, flush=True)
    time.sleep(60)
"""

SWEEPER = """
import sys
from pathlib import Path
from gitreg.disk import sweep
print(flush=True)
while True:
    sweep(Path(sys.argv[1]), "tmp-")
"""


def _holder(folder: Path) -> tuple[subprocess.Popen[str], Path]:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, folder], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    return holder, Path(holder.stdout.readline().strip())


def test_what_a_living_process_holds_stays_and_what_a_killed_one_left_goes(tmp_path):
    """At once, without an age to wait for."""
    holder, held = _holder(tmp_path)
    disk.sweep(tmp_path, "tmp-")
    assert held.is_dir()

    holder.send_signal(signal.SIGKILL)
    holder.wait()
    disk.sweep(tmp_path, "tmp-")
    assert list(tmp_path.iterdir()) == []


def test_other_names_are_not_touched(tmp_path):
    """Only what carries the prefix is ours to sweep; a link is never followed."""
    (tmp_path / "kept").mkdir()
    (tmp_path / "tmp-link").symlink_to(tmp_path / "kept")
    disk.sweep(tmp_path, "tmp-")
    disk.sweep(tmp_path / "nowhere", "tmp-")

    assert (tmp_path / "kept").is_dir()


@pytest.mark.parametrize(("age", "stays"), [(3600, True), (disk.DAY + 60, False)])
def test_where_no_locks_are_a_day_of_silence_counts(tmp_path, monkeypatch, age, stays):
    """NFS refuses flock(2) on a folder."""
    old = tmp_path / "tmp-old"
    old.mkdir()
    then = old.stat().st_mtime - age
    os.utime(old, (then, then))

    def refuse(*_: object) -> None:
        raise OSError(errno.EBADF, "no locks")

    monkeypatch.setattr(fcntl, "flock", refuse)
    disk.sweep(tmp_path, "tmp-")

    assert old.is_dir() is stays


def test_a_folder_is_claimed_where_no_locks_are(tmp_path, monkeypatch):
    """And gone when it was used."""

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with disk.claimed_folder(tmp_path, "tmp-") as folder:
        assert folder.is_dir()

    assert list(tmp_path.iterdir()) == []


def test_a_claimed_folder_that_was_renamed_stays_and_is_claimed_no_more(tmp_path):
    """Not even by a process that was forked meanwhile: whoever waits for its lock next would wait for that one's end."""
    with disk.claimed_folder(tmp_path, "tmp-") as folder:
        child = os.fork()
        if child == 0:
            signal.pause()
        folder.rename(tmp_path / "kept")
    descriptor = os.open(tmp_path / "kept", os.O_RDONLY)
    claimed = disk.is_claimed(descriptor)
    os.close(descriptor)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)

    assert list(tmp_path.iterdir()) == [tmp_path / "kept"]
    assert not claimed


def test_claiming_and_sweeping_at_once_never_take_from_each_other(tmp_path):
    """A folder that was handed out is there until its block ends."""
    sweeper = subprocess.Popen([
        sys.executable, "-c", SWEEPER, tmp_path,
    ], stdout=subprocess.PIPE)  # fmt: skip
    assert sweeper.stdout is not None
    sweeper.stdout.readline()
    for _ in range(300):
        with disk.claimed_folder(tmp_path, "tmp-") as folder:
            (folder / "file").write_bytes(b"mine")
            assert (folder / "file").read_bytes() == b"mine"
    sweeper.kill()
    sweeper.wait()
    sweeper.stdout.close()


def test_the_clock_is_the_file_systems(tmp_path):
    """Two looks in a row are in order, and like times of files written between them."""
    before = disk.clock_of(tmp_path)
    (tmp_path / "file").write_bytes(b"")
    after = disk.clock_of(tmp_path)

    assert before is not None
    assert after is not None
    assert before <= (tmp_path / "file").stat().st_mtime <= after


def test_without_a_place_to_write_there_is_no_clock(tmp_path):
    """Then nobody's age is known."""
    assert disk.clock_of(tmp_path / "nowhere") is None
