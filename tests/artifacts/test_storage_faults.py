"""Storages and caches that fail: what was sent is proven, what is damaged stays here, and nothing looks whole that is not."""

from __future__ import annotations

import errno
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from proxy import tcp_proxy

from gitreg.artifacts import Source, local, verify_stored
from gitreg.artifacts.layout import Stored
from gitreg.artifacts.storage import PushResult, Storage
from gitreg.errors import CredentialsError, RemoteError, VerificationError


@pytest.fixture(params=["storage", "http_storage"])
def any_storage(request):
    """One contract for a folder and for what DVC reaches."""
    return request.getfixturevalue(request.param)


def damage(cache, object_id):
    """Change a byte of the copies here, as a failing disk does; the size stays."""
    for path in cache.places(object_id):
        path.chmod(0o644)
        path.write_bytes(b"X" + path.read_bytes()[1:])


def test_a_damaged_object_is_not_sent(any_storage, cache, logged, model):
    """It is named, its listing waits for it, everything else goes; logged again, the rest goes too."""
    bad = next(file.md5 for file in logged.files if file.path == "model.bin")
    damage(cache, bad)

    with pytest.raises(VerificationError, match=f"object {bad} is damaged on this machine") as caught:
        any_storage.push(cache, logged.ids)

    assert caught.value.step == "content"
    assert any_storage.has(logged.ids) == set(logged.ids) - {bad, logged.dir_md5}
    assert set(cache.unpushed_objects()) == {bad, logged.dir_md5}
    for path in cache.places(bad):
        path.unlink()
    cache.add([Source(model, "")])
    assert any_storage.push(cache, logged.ids).sent == 2
    verify_stored(logged, cache, any_storage, deep=True)


def test_a_damaged_listing_is_not_sent(any_storage, cache, logged):
    """It is content as well."""
    damage(cache, logged.dir_md5)

    with pytest.raises(VerificationError, match=logged.dir_md5):
        any_storage.push(cache, logged.ids)
    assert any_storage.has(logged.ids) == set(logged.ids) - {logged.dir_md5}


def test_two_pushes_of_the_same_are_harmless(any_storage, cache, logged):
    """Both succeed, and everything is there once.

    Over HTTP a server may show half of what the other one sends: then the same push again succeeds, as the error says.
    """
    with ThreadPoolExecutor(2) as pool:
        pushes = [pool.submit(any_storage.push, cache, logged.ids) for _ in range(2)]
    faults = [fault for push in pushes if (fault := push.exception())]
    if any_storage.url.startswith("http"):
        any_storage.push(cache, logged.ids)
        faults = [fault for fault in faults if "as it was sent" not in str(fault)]

    assert not faults
    verify_stored(logged, cache, any_storage, deep=True)
    assert not cache.has_unpushed()


def test_a_faster_push_is_not_told_as_a_fault_of_the_storage(storage, cache, logged, tmp_path):
    """It sent an object and let go of it, in the instant after we asked where it is."""
    files = {each: cache.places(each)[0] for each in logged.ids}
    files[next(iter(files))] = tmp_path / "gone"

    with pytest.raises(FileNotFoundError):
        storage.put(files)


def test_what_another_writer_sent_meanwhile_is_not_sent_again(storage, cache, logged, bucket, monkeypatch):
    """Between asking and sending somebody was faster: his file is left as it is."""
    storage.push(cache, logged.ids)
    before = {path: path.stat().st_ino for path in bucket.rglob("*") if path.is_file()}
    files = {each: cache.places(each)[0] for each in logged.ids}

    assert storage.put(files) == set()
    assert {path: path.stat().st_ino for path in bucket.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (errno.ENOSPC, RemoteError),
        (errno.EIO, RemoteError),
        (errno.EACCES, CredentialsError),
        (errno.EROFS, CredentialsError),
    ],
)
def test_a_folder_that_takes_nothing(storage, cache, logged, monkeypatch, code, kind):
    """A full disk over there is a remote's fault, a read-only one a matter of permission; all is kept here."""

    def fail(*_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(local, "_copy", fail)

    with pytest.raises(kind, match=os.strerror(code)):
        storage.push(cache, logged.ids)
    assert set(cache.unpushed_objects()) == set(logged.ids)
    assert storage.has(logged.ids) == set()


def test_a_folder_that_may_not_be_read(storage, cache, logged, monkeypatch):
    """Asking is refused: a matter of permission, not of missing content."""

    def fail(*_):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(local, "stored_size", fail)

    with pytest.raises(CredentialsError, match="cannot be read"):
        storage.has(logged.ids)


def test_what_a_killed_push_left_is_swept(storage, cache, logged, bucket):
    """It lies beside the objects, where nobody takes it for one, and the next push removes it."""
    left = bucket / "files/tmp-dead"
    left.mkdir(parents=True)
    (left / "object").write_bytes(b"half")

    storage.push(cache, logged.ids)

    assert not left.exists()


def test_an_interrupted_copy_has_no_name(storage, cache, logged, bucket, monkeypatch):
    """Ctrl-C in the middle of a file leaves no file."""

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)

    with pytest.raises(KeyboardInterrupt):
        storage.push(cache, logged.ids)
    assert [path for path in bucket.rglob("*") if path.is_file()] == []


class Telling:
    """A storage that tells an md5 of what it has, right or wrong."""

    def __init__(self, objects, told):
        self._objects, self._told, self.opened = objects, told, 0

    def look(self, ids):
        return {each: Stored(one.size, self._told) for each, one in self._objects.look(ids).items()}

    def open_object(self, object_id):
        self.opened += 1
        return self._objects.open_object(object_id)

    def __getattr__(self, name):
        return getattr(self._objects, name)


def test_a_digest_that_is_no_md5_is_asked_for_once(storage, cache, logged):
    """A storage that encrypts tells something else: the bytes are read back, and after that it is not asked again."""
    storage._objects = Telling(storage._objects, "0" * 32)

    storage.push(cache, logged.ids)

    assert storage._objects.opened == 1
    assert not cache.has_unpushed()


def test_other_bytes_of_the_same_size_are_noticed(storage, cache, bucket, monkeypatch, model):
    """What the storage tells differs, and so do its bytes: ours are kept."""
    logged = cache.add([Source(model / "model.bin", "model.bin")])
    objects = Telling(storage._objects, "0" * 32)
    put = objects._objects.put

    def alter(files, progress):
        refused = put(files, progress)
        for path in (path for path in bucket.rglob("*") if path.is_file()):
            path.chmod(0o644)
            path.write_bytes(b"X" * path.stat().st_size)
        return refused

    monkeypatch.setattr(objects._objects, "put", alter)
    storage._objects = objects

    with pytest.raises(RemoteError, match="did not keep"):
        storage.push(cache, logged.ids)
    assert set(cache.unpushed_objects()) == set(logged.ids)


@pytest.fixture
def impatient(environ):
    """The user's own configuration: little patience with the storage."""
    config = Path(environ["XDG_CONFIG_HOME"]) / "dvc/config"
    config.parent.mkdir(parents=True)
    config.write_text("""['remote "store"']\nread_timeout = 0.3\nconnect_timeout = 0.3\n""")


@pytest.mark.parametrize("passed", [0, 300_000], ids=["when asked", "in the middle of an upload"])
def test_a_storage_that_hangs_is_given_up(impatient, http_url, environ, cache, tmp_path, passed):
    """Over HTTP, whether it does not answer or takes no more bytes: bounded, and everything is kept."""
    (tmp_path / "large").write_bytes(os.urandom(20_000_000))
    added = cache.add([Source(tmp_path / "large", "large")])
    with tcp_proxy(http_url) as proxy:
        storage = Storage.open("", "store", environ=environ, url=proxy.url)
        proxy.stall_after(passed)
        begun = time.monotonic()
        with pytest.raises(RemoteError, match="cannot be reached"):
            storage.push(cache, added.ids)
        took = time.monotonic() - begun
        proxy.heal()

        assert took < 15
        assert set(cache.unpushed_objects()) == set(added.ids)
        assert storage.push(cache, added.ids) == PushResult(2, added.size + len(added.listing))
