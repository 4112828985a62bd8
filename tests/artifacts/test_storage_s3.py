"""A real S3 server that checks credentials: pushed, read back, refused, down, cut, hung."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers import S3, s3_client, seaweed, tcp_proxy

from gitreg.artifacts import Source, verify_stored
from gitreg.artifacts.config import dvc_config
from gitreg.artifacts.storage import PushResult, Storage
from gitreg.errors import CredentialsError, RemoteError

pytest.importorskip("s3fs")
SOURCES = str(Path(__file__).resolve().parents[2])


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    with seaweed(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def store_at(s3, environ, tmp_path):
    """Opens the storage, in a folder of its own in the bucket, by the user's own DVC configuration."""

    def opened(endpoint=s3.endpoint, person="writer", secret=None, bucket="registry", patience=2):
        config = Path(environ["XDG_CONFIG_HOME"]) / "dvc/config"
        config.parent.mkdir(parents=True, exist_ok=True)
        config.write_text(
            f"""['remote "store"']\nendpointurl = {endpoint}\naccess_key_id = {person}\n"""
            f"secret_access_key = {secret or person + '-secret'}\nregion = us-east-1\n"
            f"read_timeout = {patience}\nconnect_timeout = {patience}\n"
        )
        url = f"s3://{bucket}/{tmp_path.name}"
        return Storage.open(dvc_config(url, "store"), "store", environ=environ)

    return opened


@pytest.fixture
def large(cache, tmp_path):
    """Three megabytes that nobody has."""
    (tmp_path / "large").write_bytes(os.urandom(3_000_000))
    return cache.add([Source(tmp_path / "large", "large")])


def test_what_is_pushed_is_there_and_proven(store_at, cache, logged):
    """Sent once, seen there, read back by its bytes."""
    storage = store_at()

    assert storage.push(cache, logged.ids) == PushResult(len(logged.ids), logged.size + len(logged.listing))
    assert storage.push(cache, logged.ids) == PushResult(0, 0)
    assert not cache.has_unpushed()
    verify_stored(logged, None, storage, deep=True)


def test_the_digest_is_compared_without_reading(store_at, cache, logged, monkeypatch):
    """S3 tells the md5 of what it got."""
    storage = store_at()
    monkeypatch.setattr(storage, "_read_back", lambda _: pytest.fail("nothing has to be read back"))

    storage.push(cache, logged.ids)

    assert {each: one.md5 for each, one in storage.look(logged.ids).items()} == {
        each: each[:32] for each in logged.ids
    }


def test_bytes_that_were_altered_on_the_way_are_noticed(store_at, cache, large, monkeypatch, tmp_path):
    """Of the same size: the server's digest differs, and ours is kept."""
    storage = store_at()
    put = storage._objects._odb.add
    (tmp_path / "other").write_bytes(os.urandom(3_000_000))
    monkeypatch.setattr(
        storage._objects._odb,
        "add",
        lambda paths, *rest, **more: put([str(tmp_path / "other")] * len(paths), *rest, **more),
    )

    with pytest.raises(RemoteError, match=f"did not keep {large.files[0].md5}"):
        storage.push(cache, large.ids)
    assert set(cache.unpushed_objects()) == set(large.ids)


@pytest.mark.parametrize("person", [{"secret": "wrong"}, {"person": "nobody"}, {"person": "reader"}], ids=str)
def test_wrong_credentials(store_at, cache, logged, person):
    """A wrong secret, an unknown key, somebody who may only read: exit code 4, and everything is kept."""
    with pytest.raises(CredentialsError, match="does not let us in"):
        store_at(**person).push(cache, logged.ids)
    assert set(cache.unpushed_objects()) == set(logged.ids)


def test_a_bucket_that_is_not_there(store_at, cache, logged):
    """It is told so, and nothing is lost."""
    with pytest.raises(RemoteError, match="bucket"):
        store_at(bucket="no-such-bucket").push(cache, logged.ids)
    assert set(cache.unpushed_objects()) == set(logged.ids)


def test_a_server_that_is_down(store_at, cache, logged):
    """Exit code 7, in bounded time."""
    begun = time.monotonic()
    with pytest.raises(RemoteError, match="cannot be reached"):
        store_at("http://127.0.0.1:9").push(cache, logged.ids)
    assert time.monotonic() - begun < 15
    assert set(cache.unpushed_objects()) == set(logged.ids)


@pytest.mark.parametrize("passed", [50_000, 1_500_000, 2_999_000])
def test_a_push_that_is_cut_is_made_again(s3, store_at, cache, large, passed):
    """Cut in the middle of an object, nothing of it is there; repeated, everything is."""
    with tcp_proxy(s3.endpoint) as proxy:
        storage = store_at(proxy.url)
        proxy.cut_after(passed)
        with pytest.raises(RemoteError):
            storage.push(cache, large.ids)
        proxy.heal()

        assert storage.has(large.ids) == set()
        assert storage.push(cache, large.ids).sent == 2
        verify_stored(large, None, storage, deep=True)


@pytest.mark.parametrize("passed", [0, 1_000_000], ids=["when asked", "in the middle of an upload"])
def test_a_server_that_hangs_is_given_up(s3, store_at, cache, tmp_path, passed):
    """Whether it does not answer or takes no more bytes: bounded, and everything is kept."""
    (tmp_path / "larger").write_bytes(os.urandom(20_000_000))
    added = cache.add([Source(tmp_path / "larger", "larger")])
    with tcp_proxy(s3.endpoint) as proxy:
        storage = store_at(proxy.url, patience=1)
        proxy.stall_after(passed)
        begun = time.monotonic()
        with pytest.raises(RemoteError, match="cannot be reached"):
            storage.push(cache, added.ids)

    assert time.monotonic() - begun < 30
    assert set(cache.unpushed_objects()) == set(added.ids)


def test_from_log_to_verified_model(s3, environ, make_repository, tmp_path):
    """Through the command line, with credentials from the environment: logged, pushed, promoted, released, pulled, verified."""
    work = make_repository(tmp_path / "work")
    (work / "model.bin").write_bytes(os.urandom(100_000))
    person = environ | s3.environment | {"PYTHONPATH": SOURCES}

    def gitreg(*words, at=work):
        done = subprocess.run(
            [sys.executable, "-m", "gitreg", *words],
            cwd=at,
            env=person,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    gitreg("init", "--signing-key", "new", "--storage", f"{s3.bucket}/whole")
    gitreg("log", "churn", "-m", "auc=0.9", "-a", "model.bin", "--no-code")
    gitreg("promote", "churn/latest", "-m", "churn", "--stage", "production")
    gitreg("release", "--merge", "--yes")
    gitreg("push")
    shutil.rmtree(work / ".dvc/cache")
    gitreg("verify", "churn@production", "--deep")
    gitreg("pull", "churn@production", "-o", str(tmp_path / "served"))

    assert (tmp_path / "served/model.bin").read_bytes() == (work / "model.bin").read_bytes()
    assert s3_client(s3).list_objects_v2(Bucket="registry", Prefix="whole/files/md5/")["KeyCount"] >= 2
