"""Digests of data are DVC's."""

from __future__ import annotations

import hashlib
import os

import pytest

from gitreg.artifacts import parse_dvc_file, path_digest
from gitreg.errors import NotFoundError, UsageError


def test_a_file(tmp_path):
    """The md5 of the bytes, and how many."""
    (tmp_path / "train.csv").write_bytes(b"a,b\n")

    digest, size = path_digest(tmp_path / "train.csv")

    assert (str(digest), size) == (f"md5:{hashlib.md5(b'a,b' + bytes([10])).hexdigest()}", 4)


def test_a_folder_has_the_digest_that_dvc_records(tmp_path, environ, dvc):
    """`dvc add` writes the same digest, links to files and names in any order included."""
    data = tmp_path / "work/data"
    (data / "b/c").mkdir(parents=True)
    (data / "b/c/z").write_bytes(b"1")
    (data / "b-a").write_bytes(b"22")
    (data / "ä b").write_bytes(b"")
    (tmp_path / "real").write_bytes(b"linked")
    (data / "link").symlink_to(tmp_path / "real")
    dvc(tmp_path / "work", "init", "--no-scm", "-q")

    digest, size = path_digest(data)

    dvc(tmp_path / "work", "add", "-q", "data")
    out = parse_dvc_file((tmp_path / "work/data.dvc").read_bytes())
    assert (f"md5:{out.md5}", out.size) == (str(digest), size)


def test_what_is_not_there_is_said(tmp_path):
    """A missing data file is named."""
    with pytest.raises(NotFoundError, match="nothing is not there"):
        path_digest(tmp_path / "nothing")


def test_a_fifo_does_not_hang(tmp_path):
    """What never ends has no digest."""
    os.mkfifo(tmp_path / "fifo")

    with pytest.raises(UsageError, match="not a regular file"):
        path_digest(tmp_path / "fifo")
