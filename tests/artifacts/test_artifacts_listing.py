"""The object that lists a folder is, byte for byte, DVC's."""

from __future__ import annotations

import json

import pytest
from dvc_data.hashfile.hash_info import HashInfo
from dvc_data.hashfile.tree import Tree
from hypothesis import given, settings
from hypothesis import strategies as st

from gitreg.artifacts import StoredFile, StoredFolder
from gitreg.artifacts.folder import dir_object, dir_object_limit, parse_dir_object

MD5 = "0" * 32
part = st.text(st.characters(exclude_characters="/", exclude_categories=["Cs"]), min_size=1, max_size=8)
md5 = st.text("0123456789abcdef", min_size=32, max_size=32)
listings = st.dictionaries(st.lists(part, min_size=1, max_size=3).map("/".join), md5, max_size=6)


@given(listings)
@settings(max_examples=100, deadline=None)
def test_a_listing_is_what_dvc_writes(md5s):
    """For any names, our bytes and our id are those of dvc_data's Tree."""
    tree = Tree()
    for path, value in md5s.items():
        tree.add(tuple(path.split("/")), None, HashInfo("md5", value))
    tree.digest()
    folder = StoredFolder.of(StoredFile(path, value, "", 0) for path, value in md5s.items())

    assert folder.listing == tree.as_bytes()
    assert folder.dir_md5 == tree.oid


@given(listings)
@settings(max_examples=100, deadline=None)
def test_what_is_printed_is_read_back(md5s):
    """Reading a listing gives what was written, and its size is within the limit."""
    content = dir_object(md5s)

    assert parse_dir_object(content) == md5s
    assert len(content) <= dir_object_limit(md5s)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[" * 100_000,
        b"{}",
        b"[1]",
        b'[{"relpath": "a"}]',
        b"\xff",
        json.dumps([{"md5": MD5, "relpath": "a"}, {"md5": MD5, "relpath": "a"}]).encode(),
        json.dumps([{"md5": MD5, "relpath": "a", "isexec": True}]).encode(),
        json.dumps([{"md5": MD5, "relpath": "b"}, {"md5": MD5, "relpath": "a"}]).encode(),
        json.dumps([{"md5": "../../etc/passwd", "relpath": "a"}]).encode(),
        json.dumps([{"md5": MD5 + ".dir", "relpath": "a"}]).encode(),
        f'[{{"md5": "{MD5}", "md5": "{MD5}", "relpath": "a"}}]'.encode(),
        f'[{{"md5":"{MD5}","relpath":"a"}}]'.encode(),
    ],
)
def test_a_hostile_listing_is_refused(content):
    """What DVC would not have written, to the byte, is no listing."""
    with pytest.raises(ValueError, match=r"listing|md5"):
        parse_dir_object(content)
