"""Pushing to a storage, asking it, copying between two."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from gitreg.artifacts import Source, verify_stored
from gitreg.artifacts.storage import PushResult, Storage, copy_objects
from gitreg.errors import CredentialsError, NotFoundError, RemoteError, VerificationError


@pytest.fixture(params=["storage", "http_storage"])
def any_storage(request):
    """One contract for a folder and for what DVC reaches."""
    return request.getfixturevalue(request.param)


def test_a_push_sends_once(any_storage, cache, logged):
    """Everything is there afterwards, nothing is unpushed, and a second push sends nothing."""
    sent = any_storage.push(cache, logged.ids)

    assert sent == PushResult(len(logged.ids), logged.size + len(logged.listing))
    assert any_storage.has(logged.ids) == set(logged.ids)
    assert not cache.has_unpushed()
    assert any_storage.push(cache, logged.ids) == PushResult(0, 0)


def test_what_was_pushed_is_proven(any_storage, cache, logged):
    """The deep check reads every byte back."""
    any_storage.push(cache, logged.ids)

    verify_stored(logged, cache, any_storage, deep=True)


def test_the_cache_keeps_its_link(storage, cache, logged):
    """Letting go of what was pushed leaves plain DVC's copy."""
    storage.push(cache, logged.ids)

    assert all(cache.places(each)[0].is_relative_to(cache.cache) for each in logged.ids)


def test_objects_in_a_folder_are_as_dvc_leaves_them(storage, cache, logged, stored_at, bucket):
    """Read-only, under their names, with nothing temporary beside them."""
    storage.push(cache, logged.ids)

    files = [path for path in bucket.rglob("*") if path.is_file()]
    assert len(files) == len(logged.ids)
    assert {path.stat().st_mode & 0o777 for path in files} == {0o444}


def test_a_cut_object_is_sent_again(any_storage, cache, logged, stored_at, model):
    """A storage that kept half of a file gets the whole."""
    any_storage.push(cache, logged.ids)
    cut = logged.files[-1].md5
    stored_at(cut).write_bytes(b"half")
    cache.add([Source(model, "")])

    assert any_storage.push(cache, logged.ids).sent == 1
    verify_stored(logged, cache, any_storage, deep=True)


def test_listings_go_last(http_storage, cache, logged, http_posted):
    """A listing is there only after all that it lists, whatever the order of the ids."""
    http_storage.push(cache, reversed(logged.ids))

    assert [path.endswith(".dir") for path in http_posted] == [False] * (len(logged.ids) - 1) + [True]


def test_a_push_that_fails_lets_go_of_nothing(http_storage, cache, logged, http_faults):
    """Where a push fails, no listing is there, and everything is unpushed still."""
    http_faults["POST"] = 507
    before = cache.unpushed_objects()

    with pytest.raises(RemoteError, match="cannot be reached"):
        http_storage.push(cache, logged.ids)
    assert http_storage.has(logged.ids) == set()
    assert cache.unpushed_objects() == before


def test_a_storage_that_keeps_nothing_is_noticed(http_storage, cache, logged, http_faults):
    """An answer of success is not believed: the object is looked at before ours is let go of."""
    http_faults["POST"] = 204

    with pytest.raises(RemoteError, match="did not keep"):
        http_storage.push(cache, logged.ids)
    assert len(cache.unpushed_objects()) == len(logged.ids)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_is_a_matter_of_credentials(http_storage, cache, logged, http_faults, status):
    """Who may not enter is told so, with the user's configuration as the place to look."""
    http_faults |= {"HEAD": status, "GET": status}

    with pytest.raises(CredentialsError):
        http_storage.push(cache, logged.ids)


def test_a_host_that_is_not_there_is_a_remote_fault(environ, cache, logged):
    """Nothing is lost when the network is."""
    storage = Storage.open("", "store", environ=environ, url="http://127.0.0.1:9/x")

    with pytest.raises(RemoteError):
        storage.has(logged.ids)
    with pytest.raises(RemoteError):
        storage.push(cache, logged.ids)
    assert cache.has_unpushed(logged.ids)


def test_what_is_nowhere_is_said(storage, cache, logged):
    """An object that neither side has cannot be pushed."""
    for path in cache.places(logged.files[0].md5):
        path.unlink()

    with pytest.raises(NotFoundError, match=logged.files[0].md5):
        storage.push(cache, logged.ids)


def test_a_push_needs_no_cache(storage, cache, logged):
    """After `dvc gc` or `git clean` a push sends from what is unpushed, and makes no copy for the cache."""
    shutil.rmtree(cache.cache.parents[2])

    storage.push(cache, logged.ids)

    verify_stored(logged, cache, storage, deep=True)
    assert not cache.cache.exists()


def test_a_missing_object_names_its_file_and_the_next_step(storage, cache, logged):
    """What is only here has to be pushed."""
    with pytest.raises(VerificationError, match="is missing in the storage") as caught:
        verify_stored(logged, cache, storage, deep=False)
    assert (caught.value.step, caught.value.hint) == ("content", "gitreg push")


def test_a_size_that_differs_is_found_without_reading(storage, pushed, stored_at):
    """The quick check compares sizes."""
    stored_at(pushed.files[-1].md5).write_bytes(b"half")

    with pytest.raises(VerificationError, match=r"model\.bin has 4 bytes"):
        verify_stored(pushed, None, storage, deep=False)


def test_a_flipped_byte_is_found_by_reading(storage, pushed, stored_at):
    """The deep check compares bytes."""
    path = stored_at(pushed.files[-1].md5)
    path.write_bytes(b"W" + path.read_bytes()[1:])

    verify_stored(pushed, None, storage, deep=False)
    with pytest.raises(VerificationError, match=r"model\.bin is altered"):
        verify_stored(pushed, None, storage, deep=True)


def test_a_changed_listing_is_found_by_reading(storage, pushed, stored_at):
    """The listing is content too."""
    stored_at(pushed.dir_md5).write_bytes(b"[]")

    with pytest.raises(VerificationError, match="listing"):
        verify_stored(pushed, None, storage, deep=True)


def test_objects_are_copied_between_storages(any_storage, cache, logged, tmp_path, environ):
    """A registry can move: everything arrives, once."""
    target = Storage.open("", "new", environ=environ, url=str(tmp_path / "new"))
    any_storage.push(cache, logged.ids)

    assert copy_objects(any_storage, target, logged.ids).sent == len(logged.ids)
    assert copy_objects(any_storage, target, logged.ids).sent == 0
    verify_stored(logged, None, target, deep=True)


def test_a_wrong_object_is_not_copied(storage, pushed, stored_at, tmp_path, environ):
    """What is not what its name says does not spread."""
    target = Storage.open("", "new", environ=environ, url=str(tmp_path / "new"))
    stored_at(pushed.files[-1].md5).write_bytes(b"evil")

    with pytest.raises(VerificationError, match="altered"):
        copy_objects(storage, target, pushed.ids)
    assert target.has([pushed.dir_md5]) == set()


@pytest.mark.parametrize("hostile", ["../../etc/passwd", "a", "A" * 32, "0" * 32 + ".dir/x"])
def test_what_is_no_object_is_not_opened(storage, hostile):
    """An id becomes a path; so it must be one."""
    with pytest.raises(FileNotFoundError):
        storage.open_object(hostile)


def test_a_folder_and_nothing_load_no_dvc(bucket):
    """Logging, and a storage that is a folder, do not pay for importing DVC."""
    code = (
        "import sys, gitreg.artifacts\nfrom gitreg.artifacts.storage import Storage\n"
        f"Storage.open('', 'store', environ={{}}, url={str(bucket)!r}).has(['0' * 32])\n"
        "assert not [name for name in sys.modules if name.startswith(('dvc', 'fsspec', 'asyncio'))]"
    )

    subprocess.run([sys.executable, "-c", code], check=True)
