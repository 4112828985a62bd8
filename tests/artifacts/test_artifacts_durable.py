"""What was stored is on the disk before anybody is told, where a power cut may lose nothing."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from gitreg.artifacts import Cache, Source, deliver, durable


@pytest.fixture
def synced(monkeypatch):
    """The files and folders that were brought to the disk; 'everything' for a sync of all."""
    seen: set[object] = set()
    fsync = os.fsync

    def note(descriptor: int) -> None:
        seen.add(Path(f"/proc/self/fd/{descriptor}").readlink())
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    monkeypatch.setattr(os, "sync", lambda: seen.add("everything"))
    return seen


@pytest.fixture(autouse=True)
def _linux():
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("only Linux tells which file a descriptor is")


@pytest.fixture
def hardened(cache):
    """The same places, with everything synced."""
    return Cache(cache.cache, cache.unpushed, synced=True)


def test_every_object_and_its_folders_are_synced(synced, hardened, model):
    """The bytes, the names, and the folders that hold the names."""
    folder = hardened.add([Source(model, "")])

    for object_id in folder.ids:
        place = hardened.places(object_id)[0]
        assert {place, place.parent, place.parent.parent} <= synced


def test_many_objects_are_synced_at_once(synced, hardened, tmp_path, monkeypatch):
    """Beyond a few, the file system is asked once."""
    monkeypatch.setattr(durable, "FEW", 2)
    for name in "abc":
        (tmp_path / name).write_text(name)

    hardened.add([Source(tmp_path / name, name) for name in "abc"])

    assert "everything" in synced


def test_what_another_process_wrote_a_moment_ago_is_synced_too(synced, hardened, logged, model):
    """Its bytes are what we acknowledge, and it may not have synced them yet."""
    synced.clear()

    folder = hardened.add([Source(model, "")])

    assert {hardened.places(object_id)[0] for object_id in folder.ids} <= synced


def test_nothing_is_synced_for_the_death_of_processes(synced, cache, model):
    """What write(2) took, the kernel keeps; waiting for the disk is for whoever asked for it."""
    cache.add([Source(model, "")])

    assert not synced


def test_what_a_killed_process_left_is_swept_by_the_next(cache, model):
    """Half-written objects of nobody; those of somebody stay."""
    beside = cache.unpushed.parent
    for name in ("tmp-dead", "tmp-alive"):
        (beside / name).mkdir(parents=True)
        (beside / name / "1").write_bytes(b"half")
    held = os.open(beside / "tmp-alive", os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)

    cache.add([Source(model, "")])

    assert sorted(path.name for path in beside.iterdir()) == ["md5", "tmp-alive"]
    os.close(held)


def test_a_storage_has_it_on_the_disk_before_we_let_go(synced, cache, logged, storage, bucket):
    """A push to a folder is as durable as what it takes the place of."""
    synced.clear()

    storage.push(cache, logged.ids)

    assert {path for path in bucket.rglob("*") if path.is_file()} <= synced


def test_a_delivery_is_synced_with_its_name(synced, logged, cache, tmp_path):
    """The target's folder too: a deployment that was reported is there after a power cut."""
    (tmp_path / "out").mkdir()
    synced.clear()

    deliver(logged, tmp_path / "out/churn", cache=cache, storage=None)

    assert tmp_path / "out" in synced
    assert (
        len(
            [path for path in synced if "content/" in str(path) and Path(path).name in {"model.bin", "empty"}]
        )
        == 2
    )
