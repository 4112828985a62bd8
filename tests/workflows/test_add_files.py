"""Folders of artifacts that grow: what is stored is neither read nor copied."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from desk import calm

from gitreg.artifacts import Source, verify_stored
from gitreg.documents import places
from gitreg.domain.candidate import Candidate
from gitreg.errors import UsageError
from gitreg.workflows.contents.add_files import ListedFolder, NewFiles, add_files
from gitreg.workflows.publishing.push import push
from gitreg.workflows.registry import Registry
from gitreg.workflows.storage import open_storage

FILES = {"model/weights.bin": b"weights" * 100, "model/labels.txt": b"ja\nnein\n", "notes.md": b"# notes\n"}


def _listed(registry: Registry, candidate: Candidate) -> ListedFolder:
    where = candidate.experiment, candidate.id
    manifest = registry.candidates.file(places.candidate_manifest_path(*where))
    pointer = registry.candidates.file(places.candidate_dvc_path(*where))
    assert manifest is not None
    assert pointer is not None
    assert candidate.artifacts is not None
    return ListedFolder(manifest, pointer, candidate.artifacts.size)


@pytest.fixture
def listed(desk) -> ListedFolder:
    return _listed(desk.registry, desk.log(artifacts=FILES))


def _new(tmp_path: Path, name: str, content: bytes) -> Source:
    path = tmp_path / "new"
    path.write_bytes(content)
    return Source(path, name)


def test_a_grown_folder_is_what_logging_all_at_once_makes(desk, listed, tmp_path):
    """Names, digests, size and DVC's own object are the same."""
    registry = desk.registry
    grown = add_files(registry, listed, NewFiles([_new(tmp_path, "a/new.bin", b"123")]))
    whole = registry.cache.add(
        [*desk.sources(FILES), _new(tmp_path, "a/new.bin", b"123")],
    )

    assert (grown.manifest, grown.dir_md5, grown.size) == (whole.manifest, whole.dir_md5, whole.size)


def test_a_file_takes_the_place_of_another_and_others_go(desk, listed, tmp_path):
    """The size is that of what is left."""
    new = NewFiles([_new(tmp_path, "notes.md", b"!")], removed=["model/labels.txt"])
    changed = add_files(desk.registry, listed, new)

    assert [file.path for file in changed.files] == ["model/weights.bin", "notes.md"]
    assert changed.size == len(FILES["model/weights.bin"]) + 1


def test_a_folder_goes_with_all_in_it(desk, listed):
    """And `mod` is not `model`."""
    assert [file.path for file in add_files(desk.registry, listed, NewFiles(removed=["model"])).files] == [
        "notes.md"
    ]
    assert len(add_files(desk.registry, listed, NewFiles(removed=["mod"])).files) == 3


def test_nothing_is_left_when_all_goes(desk, listed):
    """Then a record has no artifacts."""
    assert add_files(desk.registry, listed, NewFiles(removed=[""])) is None


def test_content_that_is_in_the_storage_only_need_not_come_here(desk, listed, tmp_path):
    """The listing does, and the sizes of what goes."""
    registry = desk.registry
    push(registry, desk.author, calm())
    for folder in (registry.cache.cache, registry.cache.unpushed):
        shutil.rmtree(folder)
    new = NewFiles([_new(tmp_path, "new.bin", b"123")], removed=["notes.md"])
    grown = add_files(registry, listed, new)
    storage = open_storage(registry)
    storage.push(registry.cache, registry.cache.unpushed_objects())

    assert grown.size == sum(map(len, FILES.values())) - len(FILES["notes.md"]) + 3
    assert not [path for file in grown.files[:2] for path in registry.cache.places(file.md5)]
    verify_stored(grown, registry.cache, storage, deep=True, size=grown.size)


@pytest.mark.parametrize("name", ["model", "notes.md/x", "Notes.md"])
def test_a_file_cannot_be_where_a_folder_is(desk, listed, tmp_path, name):
    """Nor a folder where a file is, nor a twin without case."""
    with pytest.raises(UsageError, match=r"lies below|one file"):
        add_files(desk.registry, listed, NewFiles([_new(tmp_path, name, b"1")]))
