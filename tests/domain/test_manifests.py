"""Manifests and digests."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitreg.domain.digest import Digest
from gitreg.domain.manifest import Manifest, ManifestEntry
from gitreg.domain.words import artifact_path, folded

A, B = "a" * 64, "b" * 64


def is_path(value):
    try:
        return bool(artifact_path(value))
    except ValueError:
        return False


PATHS = (
    st.lists(st.text(st.sampled_from("abcé.- 日"), min_size=1, max_size=5), min_size=1, max_size=3)
    .map("/".join)
    .filter(is_path)
)
HASHES = st.binary(max_size=3).map(lambda content: Digest.of(content).hex)


@st.composite
def manifests(draw):
    paths = draw(st.lists(PATHS, max_size=5, unique_by=folded))
    kept = [
        path
        for path in paths
        if not any(path != other and folded(path).startswith(folded(other) + "/") for other in paths)
    ]
    return Manifest.of(ManifestEntry(path, draw(HASHES)) for path in kept)


@given(manifests())
def test_what_is_written_is_read(manifest):
    """`Manifest.parse(manifest.content()) == manifest`."""
    assert Manifest.parse(manifest.content()) == manifest


@given(manifests(), st.randoms())
def test_order_of_entries_does_not_matter(manifest, random):
    """The same files make the same bytes."""
    entries = list(manifest.entries)
    random.shuffle(entries)

    assert Manifest.of(entries).digest == manifest.digest


@given(st.binary(max_size=80) | st.text("ab01 /\n", max_size=80).map(str.encode))
def test_a_manifest_has_one_form(content):
    """Whatever is a manifest is written the same way again."""
    try:
        manifest = Manifest.parse(content)
    except ValueError:
        return

    assert manifest.content() == content


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (f"{B}  b\n{A}  a\n", "not sorted"), (f"{A}  a", "line 1 does not end"), (f"{A} a\n", "line 1: expected 64"), (f"{A} *a\n", "line 1: expected 64"), (f"{A.upper()}  a\n", "line 1: expected 64"),
        (f"{A[1:]}  a\n", "line 1: expected 64"), (f"\\{A}  a\n", "line 1: expected 64"), (f"{A}  a\n\n", "line 2: expected 64"), (f"{A}  a\r\n", "U\\+000D"), (f"{A}  ../a\n", "line 1: a path"),
        (f"{A}  /a\n", "line 1: a path"), (f"{A}  a\\b\n", "line 1: a path"), (f"{A}  .git/config\n", "line 1: a path"), (f"{A}  A\n{A}  a\n", "one file where case"), (f"{A}  a\n{A}  a\n", "one file where case"),
        (f"{A}  a\n{A}  a/b\n", "lies below a file"), (f"{A}  A\n{A}  a/b\n", "lies below a file"), (f"{A}  a\u202eb\n", "U\\+202E"), (f"{A}  e\u0301\n", "NFC"), (f"{A}   a\n{A}  a\n", None),
    ],
)  # fmt: skip
def test_what_is_no_manifest_is_refused(content, reason):
    """The line is named."""
    if reason is None:
        assert Manifest.parse(content.encode()).entries[0].path == " a"
        return
    with pytest.raises(ValueError, match=reason):
        Manifest.parse(content.encode())


def test_bytes_that_are_no_text_are_refused():
    """The place is named."""
    with pytest.raises(ValueError, match="not UTF-8 at byte 66"):
        Manifest.parse(f"{A}  ".encode() + b"\xff\n")


def test_an_entry_without_a_sha256_is_refused():
    """No manifest is made that could not be read."""
    with pytest.raises(ValueError, match="64 hex digits"):
        Manifest.of([ManifestEntry("a", "b")])


def test_sha256sum_reads_it(tmp_path):
    """Plain `sha256sum -c` checks the files, names with spaces and letters of any script included."""
    contents = {"a b.txt": b"1", "sub/日本.bin": b"2", "-x": b"3"}
    for path, content in contents.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(content)
    manifest = Manifest.of(ManifestEntry(path, Digest.of(content).hex) for path, content in contents.items())

    subprocess.run(
        ["sha256sum", "--strict", "--quiet", "-c"], input=manifest.content(), cwd=tmp_path, check=True
    )


@given(st.binary(max_size=10))
def test_a_digest_prints_what_parses(content):
    """`str(Digest.parse(text)) == text`."""
    assert Digest.parse(str(Digest.of(content))) == Digest.of(content)


@pytest.mark.parametrize(
    "text",
    ["", "sha256:", "sha256:" + "A" * 64, "sha256:" + "a" * 63, "sha256:" + "a" * 65, "sha256:" + "a" * 64 + "\n", "md5:" + "a" * 31, "sha1:" + "a" * 40, "a" * 64, "sha256:" + "a" * 64 + ".dir", "SHA256:" + "a" * 64],
)  # fmt: skip
def test_what_is_no_digest_is_refused(text):
    """Lower-case hex of the algorithm's length, and nothing else."""
    with pytest.raises(ValueError, match="not a digest"):
        Digest.parse(text)


@pytest.mark.parametrize("text", ["md5:" + "0" * 32, "md5:" + "0" * 32 + ".dir", "sha256:" + "f" * 64])
def test_digests_of_dvc_and_gitreg(text):
    """DVC's md5, also of folders, and sha256."""
    assert str(Digest.parse(text)) == text
