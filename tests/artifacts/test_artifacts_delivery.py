"""Bringing content out: the recorded bytes, or nothing."""

from __future__ import annotations

import io
import json
import os
import shutil
import threading
from collections.abc import Callable
from hashlib import md5
from typing import BinaryIO

import pytest

from gitreg.artifacts import Source, StoredFile, StoredFolder, deliver
from gitreg.artifacts.folder import dir_object
from gitreg.errors import AlreadyThereError, NotFoundError, RemoteError, VerificationError


def tree(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.fixture
def target(tmp_path):
    """Where to deliver to, in a folder of its own, so that anything left behind is seen."""
    (tmp_path / "out").mkdir()
    return tmp_path / "out/churn"


@pytest.fixture
def fetch(cache, storage, target):
    """What `pull` does with what was recorded."""

    def run(recorded: StoredFolder, dir_md5: str | None = None, storage=storage, **words: object) -> None:
        folder = cache.folder(dir_md5 or recorded.dir_md5, recorded.manifest, storage, sizes=False)
        deliver(folder, target, cache=cache, storage=storage, **words)

    return run


@pytest.fixture
def nothing_left(target):
    """After a refusal there is nothing in or beside the target."""
    yield
    assert list(target.parent.iterdir()) == []


def files(recorded):
    return {file.path: file.md5 for file in recorded.files}


def test_from_the_storage(pushed, fetch, target, model):
    """With an empty cache, all bytes come from the storage, names and all."""
    fetch(pushed)

    assert tree(target) == tree(model)


def test_over_http(pushed, fetch, target, model, http_storage):
    """What DVC reaches is delivered like a folder."""
    fetch(pushed, storage=http_storage)

    assert tree(target) == tree(model)


def test_from_what_is_unpushed(logged, cache, target, model):
    """Without any storage, what is here is enough."""
    deliver(logged, target, cache=cache, storage=None)

    assert tree(target) == tree(model)


def test_modes_are_ordinary(pushed, fetch, target):
    """The user may read and write what was delivered; only the filling was private."""
    before = os.umask(0o022)
    try:
        fetch(pushed)
    finally:
        os.umask(before)

    assert target.stat().st_mode & 0o777 == 0o755
    assert (target / "model.bin").stat().st_mode & 0o777 == 0o644


def test_a_wrong_copy_in_the_cache_is_made_good_from_the_storage(
    storage, cache, logged, fetch, target, model
):
    """An earlier job on the runner cannot choose our bytes."""
    storage.push(cache, logged.ids)
    for object_id in logged.ids:
        (path,) = cache.places(object_id)
        path.chmod(0o644)
        path.write_bytes(b"poison")

    fetch(logged)

    assert tree(target) == tree(model)


def test_a_link_in_the_cache_is_not_followed(storage, cache, logged, fetch, target, model):
    """A cache that points elsewhere is an empty one."""
    storage.push(cache, logged.ids)
    (path,) = cache.places(logged.files[0].md5)
    path.unlink()
    path.symlink_to("/dev/zero")

    fetch(logged)

    assert tree(target) == tree(model)


CUTS = {
    "flipped": lambda data: b"W" + data[1:],
    "truncated": lambda data: data[:-1],
    "emptied": lambda _: b"",
    "extended": lambda data: data + b"x",
    "swapped": lambda _: b"other weights",
}


@pytest.fixture(params=["storage", "http_storage"])
def hostile(request):
    """A folder, and what DVC reaches, in an attacker's hands."""
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("cut", CUTS)
def test_wrong_bytes_are_refused(pushed, fetch, stored_at, nothing_left, hostile, cut):
    """Any other bytes than those recorded, from any storage: the file is named, nothing is delivered."""
    path = stored_at(files(pushed)["model.bin"])
    path.write_bytes(CUTS[cut](path.read_bytes()))

    with pytest.raises(
        VerificationError, match=r"model\.bin is altered, truncated or longer in the storage"
    ) as caught:
        fetch(pushed, storage=hostile)
    assert caught.value.step == "content"


def test_sizes_tell_truncated_from_extended(pushed, storage, stored_at, target, nothing_left):
    """Where the size was recorded with the file, the message says which."""
    path = stored_at(files(pushed)["model.bin"])
    whole = path.read_bytes()

    path.write_bytes(whole[:-1])
    with pytest.raises(VerificationError, match="truncated to 6999 of 7000 bytes"):
        deliver(pushed, target, cache=None, storage=storage)
    path.write_bytes(whole + b"x")
    with pytest.raises(VerificationError, match="longer than its 7000 bytes"):
        deliver(pushed, target, cache=None, storage=storage)


def test_wrong_bytes_in_the_only_place_are_refused(logged, cache, target, nothing_left):
    """Without a storage, a poisoned cache is the end of it."""
    for path in cache.places(files(logged)["model.bin"]):
        path.unlink()
        path.write_bytes(b"poison")

    with pytest.raises(VerificationError, match=r"model\.bin is truncated .* in the cache"):
        deliver(logged, target, cache=cache, storage=None)


def test_a_missing_object_is_refused(pushed, fetch, stored_at, nothing_left):
    """What is nowhere is named as missing."""
    stored_at(files(pushed)["labels/de.txt"]).unlink()

    with pytest.raises(VerificationError, match=r"labels/de\.txt is missing"):
        fetch(pushed)


def test_a_missing_listing_is_refused(pushed, fetch, stored_at, nothing_left):
    """Without the listing nothing can be found."""
    stored_at(pushed.dir_md5).unlink()

    with pytest.raises(VerificationError, match=r"listing .* is missing"):
        fetch(pushed)


@pytest.fixture
def plant(bucket):
    """An attacker's own objects in the storage, under their true md5."""

    def put(data: bytes, suffix: str = "") -> str:
        name = md5(data).hexdigest() + suffix
        path = bucket / "files/md5" / name[:2] / name[2:]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return name

    return put


def test_a_listing_that_points_to_other_bytes_is_refused(pushed, fetch, plant, nothing_left):
    """A consistent forgery of `.dvc`, listing and object is told apart from damage."""
    listing = plant(dir_object(files(pushed) | {"model.bin": plant(b"evil")}), ".dir")

    with pytest.raises(VerificationError, match=r"model\.bin is other bytes than the manifest records"):
        fetch(pushed, listing)


@pytest.mark.parametrize(
    "extra", ["evil", "../evil", "/etc/cron.d/evil", ".git/hooks/post-checkout", "MODEL.bin"]
)
def test_a_listing_with_more_files_is_refused(pushed, fetch, plant, nothing_left, extra):
    """Paths come from the manifest only."""
    listing = plant(dir_object(files(pushed) | {extra: plant(b"evil")}), ".dir")

    with pytest.raises(VerificationError, match="extra"):
        fetch(pushed, listing)


def test_a_listing_with_fewer_or_renamed_files_is_refused(pushed, fetch, plant, nothing_left):
    """Exactly the manifest's files, under its names."""
    fewer = files(pushed)
    moved = fewer.pop("labels/de.txt")
    with pytest.raises(VerificationError, match="missing in it"):
        fetch(pushed, plant(dir_object(fewer), ".dir"))
    with pytest.raises(VerificationError, match="missing in it"):
        fetch(pushed, plant(dir_object(fewer | {"labels/en.txt": moved}), ".dir"))


def test_swapped_files_are_refused(pushed, fetch, plant, nothing_left):
    """Two files that change places are two altered files."""
    swapped = files(pushed)
    swapped["model.bin"], swapped["labels/de.txt"] = swapped["labels/de.txt"], swapped["model.bin"]

    with pytest.raises(VerificationError, match="other bytes"):
        fetch(pushed, plant(dir_object(swapped), ".dir"))


def test_a_listing_under_a_false_name_is_refused(pushed, fetch, stored_at, nothing_left):
    """A listing replaced in place is not what its name says."""
    stored_at(pushed.dir_md5).write_bytes(json.dumps([]).encode())

    with pytest.raises(VerificationError, match="not what its name says"):
        fetch(pushed)


def test_a_wrong_listing_in_the_cache_is_made_good_from_the_storage(storage, cache, logged):
    """The listing is a hint: another place may have a better one."""
    storage.push(cache, logged.ids)
    (path,) = cache.places(logged.dir_md5)
    path.unlink()
    path.write_bytes(b"[" * 1000)

    assert cache.folder(logged.dir_md5, logged.manifest, storage) == logged


def test_md5_twins_are_told_apart(cache, storage, target, tmp_path, nothing_left):
    """Two files with one md5 (the public 128-byte pair): only the recorded one is delivered."""
    one = bytes.fromhex(
        "d131dd02c5e6eec4693d9a0698aff95c2fcab58712467eab4004583eb8fb7f8955ad340609f4b30283e488832571415a"
        "085125e8f7cdc99fd91dbdf280373c5bd8823e3156348f5bae6dacd436c919c6dd53e2b487da03fd02396306d248cda0"
        "e99f33420f577ee8ce54b67080a80d1ec69821bcb6a8839396f9652b6ff72a70"
    )
    other = bytearray(one)
    for place, value in ((19, 0x07), (45, 0xF1), (59, 0x72), (83, 0x34), (109, 0x28), (123, 0xAB)):
        other[place] = value
    assert md5(one).hexdigest() == md5(other).hexdigest()
    assert one != other
    (tmp_path / "twin").write_bytes(one)
    recorded = cache.add([Source(tmp_path / "twin", "twin")])
    storage.push(cache, recorded.ids)
    (path,) = cache.places(recorded.files[0].md5)
    path.chmod(0o644)
    path.write_bytes(other)

    with pytest.raises(VerificationError, match="other bytes than the manifest records"):
        deliver(recorded, target, cache=cache, storage=None)


def test_a_storage_that_sends_without_end_is_stopped(pushed, fetch, stored_at, nothing_left):
    """No more bytes are written than were recorded in all."""
    path = stored_at(files(pushed)["model.bin"])
    with path.open("r+b") as file:
        file.truncate(50_000_000)

    class Counter:
        count = 0

        def start(self, total_bytes: int, label: str) -> None: ...
        def done(self) -> None: ...
        def advance(self, count: int) -> None:
            self.count += count

    counter = Counter()
    with pytest.raises(VerificationError, match=r"model\.bin"):
        fetch(pushed, size=pushed.size, progress=counter)
    assert counter.count <= pushed.size


def test_a_fifo_in_the_storage_does_not_hang(pushed, fetch, stored_at, nothing_left):
    """A special file is no object."""
    path = stored_at(files(pushed)["model.bin"])
    path.unlink()
    os.mkfifo(path)

    with pytest.raises(VerificationError, match=r"model\.bin is missing"):
        fetch(pushed)


def test_a_storage_that_breaks_off_leaves_nothing(
    pushed, fetch, http_storage, http_faults, nothing_left, cache
):
    """A server's failure is no verdict on the content, and nothing half is left."""
    folder = cache.folder(pushed.dir_md5, pushed.manifest, http_storage)
    http_faults["GET"] = 500

    with pytest.raises(RemoteError):
        fetch(folder, storage=http_storage)


@pytest.mark.parametrize("path", ["../evil", "/tmp/evil", "a\\b", ".git/config", "a\nb"])
def test_a_folder_made_by_hand_writes_nothing_outside(pushed, storage, target, nothing_left, path):
    """Even a caller's own paths are checked once more."""
    file = pushed.files[-1]
    folder = StoredFolder.of([StoredFile(path, file.md5, file.sha256, file.size)])

    with pytest.raises(ValueError, match="path"):
        deliver(folder, target, cache=None, storage=storage)


def test_an_empty_folder_is_filled(pushed, fetch, target, model):
    """`mkdir` before `pull` is fine."""
    target.mkdir()

    fetch(pushed)

    assert tree(target) == tree(model)


def test_the_same_again_is_success(pushed, fetch, target):
    """Nothing is fetched for what is there already."""
    fetch(pushed)
    before = (target / "model.bin").stat().st_ino

    fetch(pushed)

    assert (target / "model.bin").stat().st_ino == before


@pytest.mark.parametrize("change", ["altered", "extra", "missing", "link", "linked folder"])
def test_something_else_is_left_alone(pushed, fetch, target, tmp_path, change):
    """A target that holds anything else is refused and not touched."""
    fetch(pushed)
    if change == "altered":
        (target / "model.bin").write_bytes(b"my own")
    elif change == "extra":
        (target / "notes.txt").write_bytes(b"my own")
    elif change == "missing":
        (target / "empty").unlink()
    elif change == "link":
        (target / "model.bin").rename(tmp_path / "model.bin")
        (target / "model.bin").symlink_to(tmp_path / "model.bin")
    else:
        shutil.copytree(target / "labels", tmp_path / "labels")
        (target / "more").symlink_to(tmp_path / "labels")
    before = sorted(target.iterdir())

    with pytest.raises(AlreadyThereError):
        fetch(pushed)
    assert sorted(target.iterdir()) == before


def test_a_file_or_link_as_target_is_left_alone(pushed, fetch, target, tmp_path):
    """A target that is no folder of its own is refused, even if it leads to an empty one."""
    target.write_bytes(b"mine")
    with pytest.raises(AlreadyThereError):
        fetch(pushed)
    target.unlink()
    (tmp_path / "elsewhere").mkdir()
    target.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(AlreadyThereError):
        fetch(pushed)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_target_in_no_folder_is_said(pushed, storage, target):
    """A typing error makes no folders."""
    with pytest.raises(NotFoundError, match="is not a folder"):
        deliver(pushed, target / "a/b", cache=None, storage=storage)
    assert not target.exists()


class _Greedy:
    """A storage that sends `a` when all of `z` has been taken, and ends `z` when `a` has been."""

    def __init__(self, a: bytes, z: bytes) -> None:
        self.a, self.z = a, z
        self.z_is_taken, self.a_is_done = threading.Event(), threading.Event()

    def open_object(self, object_id: str) -> BinaryIO:
        if object_id == md5(self.a).hexdigest():
            assert self.z_is_taken.wait(10)
            return _Told(self.a, self.a_is_done.set, lambda: None)
        return _Told(self.z, lambda: None, self.end)

    def end(self) -> None:
        self.z_is_taken.set()
        assert self.a_is_done.wait(10)


class _Told(io.BytesIO):
    """Bytes that say when they are closed, and when they end."""

    def __init__(self, data: bytes, closed: Callable[[], None], ended: Callable[[], None]) -> None:
        super().__init__(data)
        self.told, self.ended = closed, ended

    def read(self, count: int | None = -1) -> bytes:
        data = super().read(count)
        if not data:
            self.ended()
        return data

    def close(self) -> None:
        self.told()
        super().close()


def test_a_file_that_is_too_long_does_not_take_the_blame_off_itself(cache, tmp_path, target):
    """It takes the room that its neighbour needs, and is still the one that is named."""
    for name, data in (("a", b"honest" * 10), ("z", b"short")):
        (tmp_path / name).write_bytes(data)
    folder = cache.add([Source(tmp_path / name, name) for name in "az"])
    greedy = _Greedy(b"honest" * 10, b"z" * folder.size)

    with pytest.raises(VerificationError, match="z is longer than its 5 bytes"):
        deliver(folder, target, cache=None, storage=greedy, size=folder.size)
