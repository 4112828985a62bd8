"""What the configuration says of syncing: gitreg's own level, and Git's settings that win for Git's files."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitreg.errors import UsageError
from gitreg.gitrepo import Repository
from gitreg.gitrepo.hardening import HARDENED, Hardening, hardening_of
from gitreg.gitrepo.objects import TEMPORARY


def _of(**values: str) -> Hardening:
    known = {"durability": "gitreg.durability", "fsync": "core.fsync", "files": "core.fsyncObjectFiles"}
    return hardening_of({known[name]: value for name, value in values.items()}.get)


def test_by_default_nothing_waits_for_the_disk():
    """As Git does."""
    assert _of() == _of(durability="process") == Hardening()


def test_power_is_everything():
    """Objects, refs, and the processes of Git that write them."""
    assert _of(durability="power") == Hardening("power", objects=True, refs=True, options=HARDENED)


@pytest.mark.parametrize("word", ["Power", "", "fsync", "true", "power "])
def test_another_word_is_refused_with_the_key(word):
    """A typing error must not mean less than was asked for."""
    with pytest.raises(UsageError, match=r"gitreg\.durability"):
        _of(durability=word)


@pytest.mark.parametrize(
    ("fsync", "objects", "refs"),
    [
        ("none", False, False), ("loose-object", True, False), ("reference", False, True), ("all", True, True),
        ("committed", True, True), ("committed,-loose-object", True, True), ("objects reference", True, True),
        ("none,loose-object", True, False), ("-reference", False, False), ("pack,index", False, False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("level", ["process", "power"])
def test_what_the_user_told_git_decides_for_gits_files(level, fsync, objects, refs):
    """In both levels; gitreg hands Git no setting over theirs."""
    assert _of(durability=level, fsync=fsync) == Hardening(level, objects=objects, refs=refs)


@pytest.mark.parametrize(("value", "objects"), [("true", True), ("ON", True), ("false", False), ("0", False)])
def test_gits_former_setting_counts_too(value, objects):
    """It only ever adds loose objects."""
    assert _of(files=value).objects is objects
    assert _of(files=value, fsync="none").objects is objects


def test_half_written_objects_of_the_dead_are_swept_by_the_next_write(make_repository, environ, tmp_path):
    """Nobody has to know what a tmp_obj is."""
    place = make_repository(tmp_path / "work")
    left = Path(place, ".git/objects", f"{TEMPORARY}dead")
    left.write_bytes(b"half")
    with Repository.open(place, environ) as repository:
        repository.write_blob(b"something new")

    assert not left.exists()
