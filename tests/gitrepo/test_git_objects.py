"""Objects in and out."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
import zlib

import pytest

from gitreg.errors import NotFoundError, RecordError, UsageError
from gitreg.gitrepo import ZERO, ObjectId, Repository


def path_of(repository, id_):
    return repository.common_dir / "objects" / id_[:2] / id_[2:]


@pytest.mark.parametrize(
    "content", [b"", b"x", b"\0\n\xff" * 10, b"a" * 4075, b"a" * 4076, b"a" * 70_000, b"a" * 300_000]
)
def test_what_is_written_is_read(repository, git, folder, content):
    """Any bytes come back, and Git names them the same."""
    id_ = repository.write_blob(content)

    assert repository.find(id_).content == content
    assert git(folder, "hash-object", "--stdin", stdin=content).strip() == id_


@pytest.mark.parametrize("size", [0, 1, 4075, 4076, 70_000])
def test_git_finds_an_object_sound(repository, git, folder, size):
    """Those that fill a block of the disk are deflated, smaller ones are not: both are loose objects to every reader."""
    id_ = repository.write_blob(b"a" * size)
    git(folder, "tag", f"size-{size}", id_)

    git(folder, "fsck", "--strict", "--full", "--no-dangling")
    assert len(zlib.decompress(path_of(repository, id_).read_bytes())) == len(f"blob {size}\0") + size
    assert path_of(repository, id_).stat().st_size <= 4096


def test_an_object_file_has_gits_permissions(repository):
    """Readable for all, writable for nobody."""
    id_ = repository.write_blob(b"content")

    assert stat.S_IMODE(path_of(repository, id_).stat().st_mode) == 0o444


def test_in_a_shared_repository_new_folders_are_the_groups(tmp_path, environ):
    """Other members of the group can write into a folder that we made."""
    subprocess.run(
        ["git", "init", "-q", "--bare", "--shared=group", str(tmp_path / "r")], env=environ, check=True
    )

    with Repository.open(tmp_path / "r", environ) as shared:
        id_ = shared.write_blob(b"content")
        assert path_of(shared, id_).parent.stat().st_mode & 0o2070 == 0o2070


def test_an_object_written_again_becomes_younger(repository):
    """A prune at that moment must not take it."""
    id_ = repository.write_blob(b"content")
    os.utime(path_of(repository, id_), (1, 1))

    repository.write_blob(b"content")

    assert path_of(repository, id_).stat().st_mtime > 1


def test_a_written_again_object_survives_prune(repository, git, folder):
    """What Git's own garbage collection would take stays when it was just written again."""
    id_ = repository.write_blob(b"content")
    os.utime(path_of(repository, id_), (1, 1))
    repository.write_blob(b"content")

    git(folder, "prune", "--expire=1.hour.ago")

    assert repository.find(id_)


def test_objects_are_found_after_a_repack(repository, git, folder):
    """The process that reads notices that packs were replaced under it."""
    tip = repository.resolve("refs/heads/main")
    assert repository.find(tip)
    git(folder, "repack", "-adq")
    git(folder, "prune-packed")

    assert repository.find(f"{tip}^{{tree}}").kind == "tree"


def test_names_of_all_kinds_find_objects(repository):
    """Full refs, HEAD, ids and peeled ids."""
    tip = repository.resolve("refs/heads/main")

    kinds = [repository.find(name).kind for name in ("HEAD", "refs/heads/main", tip, f"{tip}^{{tree}}")]

    assert kinds == ["commit", "commit", "commit", "tree"]


@pytest.mark.parametrize("name", [ZERO, f"{ZERO}^{{tree}}", "refs/heads/none"])
def test_what_is_missing_is_none(repository, name):
    """A question about a missing object has an answer."""
    assert repository.find(name) is None


@pytest.mark.parametrize(
    "name", ["-x", "main", "HEAD\nHEAD", "a\0", "refs/heads/main..HEAD", "HEAD:train.py"]
)
def test_other_names_are_refused(repository, name):
    """Nothing else reaches Git."""
    with pytest.raises(UsageError):
        repository.find(name)


def test_a_tag_name_does_not_find_a_branch_that_looks_like_it(repository, git, folder):
    """`refs/tags/v1` never means the branch `refs/heads/refs/tags/v1`, as it would to git rev-parse."""
    git(folder, "branch", "refs/tags/v1")

    assert repository.find("refs/tags/v1") is None


def test_an_object_over_the_limit_is_refused(repository):
    """A huge object does not fill the memory, and the next question is answered all the same."""
    id_ = repository.write_blob(b"x" * 1001)

    with pytest.raises(RecordError, match="1001 bytes"):
        repository.find(id_, limit=1000)
    assert repository.find(id_, limit=1001).content == b"x" * 1001


def test_a_broken_object_is_refused(repository):
    """An object whose bytes are not those of its name is not read."""
    id_ = repository.write_blob(b"content")
    other = repository.write_blob(b"other")
    path_of(repository, id_).unlink()
    path_of(repository, id_).write_bytes(path_of(repository, other).read_bytes()[:-3])

    with pytest.raises(RecordError, match="cannot read"):
        repository.find(id_)
    assert repository.find(other)


def test_a_killed_reader_is_started_again(repository):
    """A question after the process died is answered by a new one."""
    tip = repository.resolve("HEAD")
    assert repository.find(tip)
    repository._objects._reader._conversation._process.kill()

    assert repository.find(tip).kind == "commit"


def test_a_forked_child_has_a_reader_of_its_own(repository):
    """Parent and child never mix their answers in one pipe, and the child's end leaves the parent's process alone."""
    tip = repository.resolve("HEAD")
    assert repository.find(tip)
    ours = repository._objects._reader._conversation._process
    child = os.fork()
    if child == 0:
        found = repository.find(f"{tip}^{{tree}}")
        other = repository._objects._reader._conversation._process
        repository.close()
        os._exit(0 if found.kind == "tree" and other.pid != ours.pid else 1)

    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 0
    assert ours.poll() is None
    assert repository.find(tip).kind == "commit"


def test_processes_end_with_the_interpreter(folder, environ):
    """A program that forgets to close leaves no process of Git behind."""
    program = (
        "import os, sys; from pathlib import Path; from gitreg.gitrepo import Repository\n"
        "r = Repository.open(Path(sys.argv[1]), os.environ); r.find('HEAD')\n"
        "print(r._objects._reader._conversation._process.pid)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, str(folder)],
        env=environ,
        capture_output=True,
        check=True,
    )

    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout), 0)
    assert done.stderr == b""


def test_a_commit_that_is_missing_is_not_found(repository):
    """An object that must be there and is not is an error."""
    with pytest.raises(NotFoundError):
        repository.commit(ObjectId("1" * 40))


def test_an_object_of_another_kind_is_refused(repository):
    """A blob is no commit."""
    with pytest.raises(RecordError, match="a blob where a commit should be"):
        repository.commit(repository.write_blob(b"x"))


def test_an_object_is_never_there_in_half(repository):
    """Its name is the hash of what is in it, whoever reads it."""
    content = os.urandom(1000)
    id_ = repository.write_blob(content)

    assert hashlib.sha1(b"blob 1000\0" + repository.find(id_).content).hexdigest() == id_


def test_work_that_is_done_while_python_ends_has_its_processes(folder, environ):
    """MLflow ends its runs then, after everything that was open has been closed once."""
    program = (
        "import atexit, os, sys\n"
        "atexit.register(lambda: print(r.find('HEAD').kind))\n"
        "from pathlib import Path; from gitreg.gitrepo import Repository\n"
        "r = Repository.open(Path(sys.argv[1]), os.environ); r.find('HEAD')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder)], env=environ, capture_output=True, check=True
    )

    assert done.stdout.strip() == b"commit"
    assert done.stderr == b""
