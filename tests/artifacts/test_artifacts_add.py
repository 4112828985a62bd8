"""Taking content in."""

from __future__ import annotations

import hashlib
import os
import socket
import threading
import unicodedata
from pathlib import Path

import pytest
from dvc_data.hashfile.build import build
from dvc_data.hashfile.db.local import LocalHashFileDB
from dvc_objects.fs import localfs

from gitreg.artifacts import SILENT, Cache, Source
from gitreg.artifacts.walk import Opener, listed
from gitreg.artifacts.writer import CHUNK, Writer
from gitreg.errors import GitregError, NotFoundError, UsageError

FILES = {"model.bin": b"weights" * 1000, "labels/de.txt": b"ja\nnein\n", "empty": b""}


def put(folder: Path, name: str, data: bytes = b"x") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_files_keep_names_and_bytes(cache, tmp_path):
    """A folder's files are stored under its name, with their true md5, sha256 and size."""
    put(tmp_path / "run", "sub/a.bin", b"abc")

    folder = cache.add([Source(tmp_path / "run", "model")])

    (file,) = folder.files
    assert (file.path, file.size) == ("model/sub/a.bin", 3)
    assert file.md5 == hashlib.md5(b"abc").hexdigest()
    assert file.sha256 == hashlib.sha256(b"abc").hexdigest()


@pytest.mark.parametrize("size", [0, 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5])
def test_sizes_around_a_chunk(cache, tmp_path, size):
    """Whether a file is read at once or in parts, the bytes and hashes are right."""
    data = os.urandom(size)

    (file,) = cache.add([Source(put(tmp_path, "a", data), "a")]).files

    assert file.sha256 == hashlib.sha256(data).hexdigest()
    assert [path.read_bytes() for path in cache.places(file.md5)] == [data, data]


def test_the_same_folder_has_the_id_that_dvc_gives_it(cache, logged, model, tmp_path):
    """`dvc add` of the folder would name the same object."""
    odb = LocalHashFileDB(localfs, str(tmp_path / "odb"))

    _, _, tree = build(odb, str(model), localfs, "md5")

    assert tree.hash_info.value == logged.dir_md5


def test_the_cache_holds_a_hard_link(cache, logged):
    """No byte is on the disk twice, and DVC takes its copy for checked: mode 0444."""
    for object_id in logged.ids:
        unpushed, linked = cache.places(object_id)

        assert unpushed.samefile(linked)
        assert linked.stat().st_mode & 0o777 == 0o444


def test_where_links_do_not_reach_it_is_copied(model, tmp_path):
    """A cache on another file system holds a copy."""
    shared = Path("/dev/shm")
    if not shared.is_dir() or shared.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system")
    other = shared / f"gitreg-test-{os.getpid()}-{tmp_path.name}"
    cache = Cache(other, tmp_path / "unpushed")
    try:
        folder = cache.add([Source(model, "")])

        for object_id in folder.ids:
            unpushed, copied = cache.places(object_id)
            assert copied.read_bytes() == unpushed.read_bytes()
            assert copied.stat().st_mode & 0o777 == 0o444
    finally:
        for path in sorted(other.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        other.rmdir()


def test_without_a_work_tree_there_is_no_cache(model, tmp_path):
    """A registry opened by URL keeps only what is unpushed."""
    cache = Cache(None, tmp_path / "unpushed")

    folder = cache.add([Source(model, "")])

    assert cache.unpushed_objects() == sorted(folder.ids)


def test_a_umask_does_not_matter(cache, model):
    """Objects are readable by all, as DVC's are, under any umask."""
    before = os.umask(0o077)
    try:
        folder = cache.add([Source(model, "")])
    finally:
        os.umask(before)

    assert {cache.places(each)[0].stat().st_mode & 0o777 for each in folder.ids} == {0o444}


def test_content_that_is_there_is_not_written_again(cache, logged, model):
    """Adding the same again leaves the very files."""
    before = {each: [path.stat().st_ino for path in cache.places(each)] for each in logged.ids}

    assert cache.add([Source(model, "")]) == logged
    assert {each: [path.stat().st_ino for path in cache.places(each)] for each in logged.ids} == before


def test_content_of_the_wrong_size_is_made_good(cache, logged, model):
    """A file that a crash cut short, in both places, is written anew."""
    md5 = hashlib.md5(FILES["model.bin"]).hexdigest()
    for path in cache.places(md5):
        path.unlink()
        path.write_bytes(b"cut")

    cache.add([Source(model, "")])

    assert [path.read_bytes() for path in cache.places(md5)] == [FILES["model.bin"]] * 2


def test_nothing_temporary_is_left(cache, logged):
    """After an add there are objects, and nothing else."""
    left = [path for path in cache.unpushed.parent.parent.rglob("*") if path.is_file()]

    assert len(left) == len(logged.ids)


def test_what_gitreg_makes_goes_under_its_own_folder(cache, model):
    """`contents` may be under `.gitreg/`, and is no part of the promoted model."""
    folder = cache.add([Source(model, "")], {".gitreg/code.patch": b"diff"})

    assert ".gitreg/code.patch" in {file.path for file in folder.files}
    assert {file.path for file in cache.part(folder, None).files} == set(FILES)


def test_empty_folders_vanish(cache, tmp_path):
    """As in Git and in DVC, a folder is there for its files."""
    put(tmp_path / "run", "a")
    (tmp_path / "run/nothing/here").mkdir(parents=True)

    assert [file.path for file in cache.add([Source(tmp_path / "run", "")]).files] == ["a"]


@pytest.mark.parametrize(
    "name",
    ["a b", "it's", 'say "x"', "$(x)", "`x`", "-rf", "--help", "#1", "a;b", "äöü", "重み", "😀"],
)
def test_unusual_names_are_kept(cache, tmp_path, name):
    """A legal name is stored exactly, whatever shells and parsers would make of it."""
    name = unicodedata.normalize("NFC", name)
    put(tmp_path / "run", name)

    assert [file.path for file in cache.add([Source(tmp_path / "run", "")]).files] == [name]


@pytest.mark.parametrize(
    "name",
    ["a\nb", "a\\b", "a\x1b[0m", "\u202etxt", "a\u0308", ".git", ".DVC/config", ".gitreg/x", ".Gitreg/x"],
)
def test_forbidden_names_on_disk_are_refused(cache, tmp_path, name):
    """A name that could mislead or escape is refused before anything is stored."""
    put(tmp_path / "run", name)

    with pytest.raises(UsageError, match="cannot be"):
        cache.add([Source(tmp_path / "run", "")])
    assert not cache.has_unpushed()


def test_a_name_that_is_not_utf8_is_refused(cache, tmp_path):
    """Bytes that are no text have no name in a manifest."""
    (tmp_path / "run").mkdir()
    Path(os.fsdecode(os.fsencode(tmp_path / "run") + b"/\xff")).write_bytes(b"x")

    with pytest.raises(UsageError, match="cannot be"):
        cache.add([Source(tmp_path / "run", "")])


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../b", "./a", "a//b", "a/", ""])
def test_forbidden_names_given_are_refused(cache, tmp_path, name):
    """The name that a caller gives is no way out either."""
    with pytest.raises(UsageError, match="cannot be"):
        cache.add([Source(put(tmp_path, "a"), name)])


@pytest.mark.parametrize(
    ("one", "other"), [("Model", "model"), ("straße", "STRASSE"), ("a", "A/b"), ("É", "é")]
)
def test_twins_without_case_are_refused(cache, tmp_path, one, other):
    """Two names that one file system takes for one."""
    file = put(tmp_path, "file")

    with pytest.raises(UsageError, match=r"case does not count|below a file"):
        cache.add([Source(file, one), Source(file, other)])


def test_links_are_refused(cache, model, tmp_path):
    """A link, wherever it stands and whatever it points to, is no content."""
    put(tmp_path, "secret")
    inside, alone = model / "labels/link", tmp_path / "alone"
    inside.symlink_to(tmp_path / "secret")
    alone.symlink_to(tmp_path / "secret")

    with pytest.raises(UsageError, match="labels/link is a symbolic link"):
        cache.add([Source(model, "")])
    with pytest.raises(UsageError, match="alone is a symbolic link"):
        cache.add([Source(alone, "a")])


def test_links_to_folders_are_refused(cache, model, tmp_path):
    """A linked folder is not walked."""
    (model / "loop").symlink_to(model)

    with pytest.raises(UsageError, match="loop is a symbolic link"):
        cache.add([Source(model, "")])


def test_fifos_sockets_and_devices_are_refused(cache, model, tmp_path, monkeypatch):
    """What would block or never end is refused at once."""
    os.mkfifo(model / "fifo")
    with pytest.raises(UsageError, match="fifo is not a regular file"):
        cache.add([Source(model, "")])
    with pytest.raises(UsageError, match="null is not a regular file"):
        cache.add([Source(Path("/dev/null"), "null")])
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        with pytest.raises(UsageError, match="socket is not a regular file"):
            cache.add([Source(Path("socket"), "socket")])


class Meddler:
    """Progress that changes the disk while a file is read."""

    def __init__(self, act) -> None:
        self.act = act

    def start(self, total_bytes: int, label: str) -> None:
        self.act("start")

    def advance(self, count: int) -> None:
        self.act("advance")

    def done(self) -> None:
        pass


def test_a_file_that_grows_while_it_is_read_is_refused(cache, tmp_path):
    """A half-written checkpoint is not stored as if it were one."""
    path = put(tmp_path, "a", b"x" * (CHUNK + 1))

    def grow(moment):
        if moment == "advance":
            with path.open("ab") as file:
                file.write(b"more")

    with pytest.raises(UsageError, match="changed while it was read"):
        cache.add([Source(path, "a")], progress=Meddler(grow))
    assert not cache.has_unpushed()


@pytest.mark.parametrize("change", [b"longer than before", b"same"])
def test_a_small_file_that_changes_while_it_is_read_is_refused(cache, tmp_path, change):
    """Between opening and reading, even where the size stays."""
    path = put(tmp_path, "a", b"four")
    os.utime(path, (1, 1))
    (file,) = listed([Source(path, "a")])

    with Writer(cache.unpushed, None) as writer, Opener() as opener, opener.open(file) as source:
        path.write_bytes(change)
        with pytest.raises(UsageError, match="changed while it was read"):
            writer.file(source, SILENT)


@pytest.mark.parametrize("swapped", ["labels/de.txt", "labels"])
def test_a_file_swapped_for_a_link_after_the_listing_is_refused(cache, model, tmp_path, swapped):
    """The race between looking and opening leads nowhere, for files and for the folders above them."""
    (tmp_path / "secrets").mkdir()
    put(tmp_path / "secrets", "de.txt", b"password")
    target = tmp_path / "secrets" / ("de.txt" if swapped.endswith("txt") else "")

    def swap(moment):
        if moment == "start":
            (model / swapped).rename(tmp_path / "away")
            (model / swapped).symlink_to(target)

    with pytest.raises(UsageError, match="cannot be read"):
        cache.add([Source(model, "")], progress=Meddler(swap))


def test_a_file_swapped_for_a_fifo_after_the_listing_does_not_hang(cache, model):
    """Opening does not wait for a writer."""

    def swap(moment):
        if moment == "start":
            (model / "empty").unlink()
            os.mkfifo(model / "empty")

    with pytest.raises(UsageError, match="not a regular file"):
        cache.add([Source(model, "")], progress=Meddler(swap))


def test_what_is_not_there_is_said(cache, tmp_path):
    """A source that is missing is named."""
    with pytest.raises(NotFoundError, match="nothing is not there"):
        cache.add([Source(tmp_path / "nothing", "a")])


def test_folders_too_deep_are_refused(cache, tmp_path):
    """A nesting that no model needs ends with a sentence, not with a stack."""
    deep = tmp_path.joinpath("run", *["d"] * 120)
    deep.mkdir(parents=True)

    with pytest.raises(UsageError, match="deep"):
        cache.add([Source(tmp_path / "run", "")])


def test_two_adds_at_once_store_the_same(cache, model):
    """Writers of the same content do not disturb each other."""
    faults: list[GitregError | OSError] = []

    def add():
        try:
            cache.add([Source(model, "")])
        except (GitregError, OSError) as error:
            faults.append(error)

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not faults
    assert len(cache.unpushed_objects()) == len(FILES) + 1


def test_a_part_is_named_from_its_own_top(cache, logged):
    """A file by its base name, a folder's content relative to it; only a listing is new."""
    before = set(cache.unpushed_objects())

    file, folder = cache.part(logged, "labels/de.txt"), cache.part(logged, "labels/")

    assert [each.path for each in file.files] == ["de.txt"]
    assert file == folder
    assert set(cache.unpushed_objects()) - before == {file.dir_md5}


@pytest.mark.parametrize("path", ["nothing", "label", "labels/d", "../x", "", "/"])
def test_a_part_that_is_not_there_is_said(cache, logged, path):
    """A path that names no file and no folder is not found; part of a name is none."""
    with pytest.raises(NotFoundError):
        cache.part(logged, path)
