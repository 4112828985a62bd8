"""`.dvc` files: what gitreg writes it reads, and nothing else."""

from __future__ import annotations

import pytest
from dvc.schema import COMPILED_SINGLE_STAGE_SCHEMA
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from gitreg.artifacts import DvcOut, parse_dvc_file

MD5 = "0123456789abcdef0123456789abcdef.dir"
GOOD = f"outs:\n- md5: {MD5}\n  size: 7\n  nfiles: 1\n  hash: md5\n  path: artifacts\n"
names = st.one_of(
    st.from_regex(r"[0-9a-f]{32}", fullmatch=True),
    st.sampled_from(["1e5", "no", "it's", "a b", "-x", "null"]),
)


@given(
    st.from_regex(r"[0-9a-f]{32}\.dir", fullmatch=True), st.integers(0, 2**62), st.integers(0, 2**31), names
)
@settings(max_examples=100, deadline=None)
def test_what_is_printed_is_read_back_by_us_and_by_dvc(md5, size, nfiles, path):
    """A `.dvc` file means the same to us, to a YAML reader and to DVC's schema, whatever its path looks like."""
    out = DvcOut(md5, size, nfiles, path)

    assert parse_dvc_file(out.text()) == out
    read = YAML(typ="safe").load(out.text())
    assert read == {"outs": [{"md5": md5, "size": size, "nfiles": nfiles, "hash": "md5", "path": path}]}
    COMPILED_SINGLE_STAGE_SCHEMA(read)


def test_a_file_that_dvc_wrote_is_read():
    """DVC leaves plain words unquoted."""
    assert parse_dvc_file(GOOD.encode()) == DvcOut(MD5, 7, 1, "artifacts")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("outs:", "wdir: /etc\nouts:"),
        ("outs:", "deps:\n- path: x\nouts:"),
        ("outs:", "cmd: rm -rf ~\nouts:"),
        ("outs:", "frozen: true\nouts:"),
        ("outs:", "outs: &a"),
        ("  hash: md5", "  remote: elsewhere"),
        ("  hash: md5", "  hash: sha256"),
        ("  hash: md5", "  hash: md5\n  push: false"),
        ("  hash: md5", "  hash: md5\n  hash: md5"),
        ("  hash: md5", "  hash: md5\n  cache: false"),
        ("  hash: md5\n", ""),
        ("path: artifacts", "path: ../artifacts"),
        ("path: artifacts", "path: /etc/passwd"),
        ("path: artifacts", "path: a/b"),
        ("path: artifacts", "path: '..'"),
        ("path: artifacts", "path: .git"),
        ("path: artifacts", "path: 'git~1'"),
        ("path: artifacts", "path: '.git.'"),
        ("path: artifacts", "path: '.git::$INDEX_ALLOCATION'"),
        ("path: artifacts", "path: 'a\\b'"),
        ("path: artifacts", "path: s3://bucket/x"),
        ("path: artifacts", "path: *a"),
        ("path: artifacts", "path: !!python/object:os.system x"),
        ("path: artifacts\n", f"path: artifacts\n- md5: {MD5}\n  path: second\n"),
        ("size: 7", "size: 0x7"),
        ("size: 7", "size: -7"),
        (MD5, "d41d8"),
        (MD5, "a" * 64),
        (MD5, "../" + MD5[3:]),
        ("outs:\n", "outs: []\n"),
    ],
)
def test_what_gitreg_does_not_write_is_refused(old, new):
    """Stages, second outputs, other hashes, paths that leave: none is read."""
    with pytest.raises(ValueError, match=r".+"):
        parse_dvc_file(GOOD.replace(old, new).encode())


def test_a_path_that_is_no_plain_name_is_not_written():
    """What would not be read is not written either."""
    with pytest.raises(ValueError, match="plain name"):
        DvcOut(MD5, 1, 1, "a/b").text()
