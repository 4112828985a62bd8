"""Plain Git and DVC understand what gitreg stores, and cannot lose it."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from gitreg.artifacts import Cache, Source
from gitreg.artifacts.config import DVC_GITIGNORE, dvc_config
from gitreg.artifacts.storage import Storage


@pytest.fixture
def repository(make_repository, tmp_path, environ):
    """A real repository, configured with what gitreg writes."""
    path = make_repository(tmp_path / "work")
    (path / ".dvc").mkdir()
    (path / ".dvc/config").write_text(dvc_config(str(tmp_path / "bucket"), "store"))
    (path / ".dvc/.gitignore").write_text(DVC_GITIGNORE)
    (path / ".gitignore").write_text("/artifacts\n")
    return path


@pytest.fixture
def local(repository):
    """The local content of that repository."""
    return Cache(repository / ".dvc/cache/files/md5", repository / ".git/gitreg/unpushed/files/md5")


@pytest.fixture
def remote(repository, environ):
    text = (repository / ".dvc/config").read_text()
    return Storage.open(text, "store", environ=environ, allow_local=True)


@pytest.fixture
def committed(repository, local, model, environ):
    """The model, added and committed as gitreg does it, not pushed."""
    folder = local.add([Source(model, "")])
    (repository / "artifacts.dvc").write_bytes(folder.dvc_file("artifacts"))
    subprocess.run(["git", "add", "-A"], cwd=repository, check=True)
    subprocess.run(["git", "commit", "-q", "-m", "Log"], cwd=repository, check=True)
    return folder


def test_dvc_checks_out_what_was_added(repository, committed, dvc, model):
    """Before any push, the cache is enough for `dvc checkout`, and `dvc status` finds nothing to say."""
    dvc(repository, "checkout", "artifacts.dvc")

    assert (repository / "artifacts/model.bin").read_bytes() == (model / "model.bin").read_bytes()
    assert "up to date" in dvc(repository, "status").stdout


def test_dvc_pulls_what_was_pushed(repository, committed, local, remote, dvc, model):
    """In a fresh clone, `dvc pull` of the `.dvc` file brings the files, and the storage is complete for it."""
    remote.push(local, committed.ids)
    shutil.rmtree(repository / ".dvc/cache")

    dvc(repository, "pull", "artifacts.dvc")

    assert (repository / "artifacts/labels/de.txt").read_bytes() == (model / "labels/de.txt").read_bytes()
    assert "up to date" in dvc(repository, "status").stdout
    assert "in sync" in dvc(repository, "status", "--cloud").stdout
    assert "up to date" in dvc(repository, "push").stderr + dvc(repository, "push").stdout


def test_dvc_keeps_what_is_used(repository, committed, local, remote, dvc):
    """`dvc gc`, of the cache and of the storage, deletes nothing that a `.dvc` file names."""
    remote.push(local, committed.ids)

    dvc(repository, "gc", "--workspace", "--cloud", "-f")

    assert remote.has(committed.ids) == set(committed.ids)
    assert all(local.places(each) for each in committed.ids)


def test_cleaning_loses_nothing_that_is_unpushed(repository, committed, local, remote, dvc):
    """Neither `dvc gc` with nothing in use nor `git clean -ffdx`, as CI runners do it, reaches what is unpushed."""
    (repository / "artifacts.dvc").unlink()
    dvc(repository, "gc", "--workspace", "-f")
    assert not list((repository / ".dvc/cache/files/md5").rglob("*.dir"))
    subprocess.run(["git", "clean", "-ffdxq"], cwd=repository, check=True)
    assert not (repository / ".dvc/cache").exists()

    remote.push(local, local.unpushed_objects())

    assert remote.has(committed.ids) == set(committed.ids)


def test_content_that_dvc_added_is_taken_over(repository, local, dvc, model):
    """What `dvc add` has in the cache already is not written there again."""
    shutil.copytree(model, repository / "artifacts")
    dvc(repository, "add", "-q", "artifacts")
    before = {path: path.stat().st_ino for path in local.cache.rglob("*") if path.is_file()}

    folder = local.add([Source(model, "")])

    assert {path: path.stat().st_ino for path in local.cache.rglob("*") if path.is_file()} == before
    assert (repository / "artifacts.dvc").read_text().split() == folder.dvc_file(
        "artifacts"
    ).decode().replace("'", "").split()
