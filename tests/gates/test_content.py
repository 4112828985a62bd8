"""Formats by content: what files are, whatever they are called, in bounded work, whoever wrote them."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
import zlib

import joblib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_files import CALLING, PACKERS, WEIGHTS, Calls, npy, onnx, safetensors, zipped

from gitreg.domain.gate import DATA_FORMATS
from gitreg.gates.content import formats_of
from gitreg.gates.content.pickles import is_pickle
from gitreg.gates.content.view import View
from gitreg.gates.content.zips import LOOKED


def formats(content, name=""):
    return sorted(formats_of(io.BytesIO(content), len(content), name))


@pytest.mark.parametrize(("content", "found"), [
    (safetensors(), "safetensors"), (safetensors(b""), "safetensors"), (onnx(), "onnx"), (b'{"a": [1, 2.5, null]}\n', "json"), (b"[]", "json"),
    (npy(), "npy"), (npy("[('a', '<f4'), ('O', '|S8')]"), "npy"), (zipped(a_npy=npy(), b_npy=npy()), "npz"), (b"a,b\n1,2\n", "text"),
    (zipped(zipfile.ZIP_DEFLATED, a_npy=npy()), "npz"), (b"GGUF\x03\0\0\0", "gguf"), (b"\x89PNG\r\n\x1a\n\0", "png"), ("größe: 1\n".encode(), "text"),
    (b"#!/bin/sh\ntrue\n", "script"), (b"\x7fELF\x02\x01", "executable"), (b"\x89HDF\r\n\x1a\n\0", "hdf5"), (b"\0" * 512 + b"\x89HDF\r\n\x1a\n", "hdf5"),
    (zipped(config_json=b"{}", metadata_json=b"{}", model_weights_h5=b"\x89HDF"), "keras"), (zipped(a_txt=b"text"), "zip"), (b"", "empty"),
    (b"\0\x01\x02\x03" * 9, "unknown"), (zlib.compress(b"text" * 99), "zlib"), (b"{L\0\0\0\0\0\0\0\x01", "ubj"), (b"PAR1\x15\x04", "parquet"),
])  # fmt: skip
def test_a_file_is_what_it_holds(content, found):
    """The content decides, and here leaves no doubt."""
    assert formats(content) == [found]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize(
    "value",
    [Calls(), {"a": [1, 2.5, "x", None]}, "word", {1, 2}, b"bytes" * 30_000],
    ids=["calls", "mapping", "word", "set", "bytes"],
)
def test_a_pickle_of_any_protocol(value, protocol):
    """Text ones too, and those that only hold values."""
    assert is_pickle(View(io.BytesIO(said := pickle.dumps(value, protocol)), len(said)))


@pytest.mark.parametrize("content", [
    CALLING[:-1], CALLING[:-1] + b"\xff\xff", b"cos\nsystem\n(S'true'\ntRgarbage", b"(S'true'\nios\nsystem\n.", b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7f" + CALLING[11:],
    b"\x82\x01)R.", b"0" * 0 + b"N0" * 300_000,
])  # fmt: skip
def test_a_pickle_that_breaks_off_after_its_call(content):
    """What is wrong behind a call comes too late; a walk without an end is one, too."""
    assert "pickle" in formats(content)


@pytest.mark.parametrize("content", [
    zipped(archive__data_pkl=WEIGHTS, archive__data__0=b"\0" * 64), zipped(archive__weights=CALLING), zipped(zipfile.ZIP_DEFLATED, inner__x=CALLING),
    zipped(a_npy=npy("'|O'", CALLING)), npy("'|O'", CALLING), npy("[('a', '<f4'), ('b', 'O')]", CALLING), npy("'\\x7cO'", CALLING), npy("'i4,O'", CALLING),
    *(pack(WEIGHTS) for pack in PACKERS.values()), b"see zip: " + zipped(data_pkl=CALLING), zipped(data_pkl=b"") + b"trailing words",
])  # fmt: skip
def test_a_pickle_in_something(content):
    """PyTorch's and NumPy's files, compressed ones, and what is found from the end of a file."""
    assert formats(content) == ["pickle"]


@pytest.mark.parametrize(
    "compress", [0, ("zlib", 3), ("gzip", 3), ("bz2", 3), ("lzma", 3), ("xz", 3)], ids=str
)
def test_what_joblib_writes(compress, tmp_path):
    """Arrays beside their pickle, and all compressions that it has by itself."""
    joblib.dump({"a": np.arange(40_000.0), "b": "x"}, tmp_path / "model", compress=compress)

    assert formats((tmp_path / "model").read_bytes()) == ["pickle"]


@pytest.mark.parametrize("array", [np.zeros(3), np.array(["a", "b"]), np.array([(1, 2.5)], dtype=[("O", "i4"), ("b", "f8")]), np.array([1, 2], dtype="M8[s]")], ids=str)  # fmt: skip
def test_what_numpy_writes(array):
    """Numbers, text, records and dates are data."""
    out = io.BytesIO()
    np.save(out, array, allow_pickle=False)

    assert formats(out.getvalue()) == ["npy"]


def test_what_is_two_things_is_called_both():
    """A reader takes a file for the one that it knows: so neither is forgotten."""
    assert formats(safetensors() + zipped(data_pkl=CALLING)) == ["pickle"]
    assert formats(onnx() + zipped(data_pkl=CALLING)) == ["pickle"]
    assert formats(b"GGUF" + zipped(a_txt=b"a")) == ["gguf", "zip"]
    assert formats(b"{L\0\0\0\0" + zipped(data_pkl=CALLING)) == ["pickle", "ubj"]


def test_a_large_pickle_of_pytorch_is_one():
    """Its tensors are more entries than are looked into; its pickle has a name."""
    entries = {f"archive__data__{at}": b"" for at in range(LOOKED + 1)}

    assert formats(zipped(**entries, archive__data_pkl=WEIGHTS)) == ["pickle"]


def test_a_text_that_is_a_pickle_is_a_pickle():
    """Protocol 0 is text."""
    assert formats(pickle.dumps(Calls(), 0)) == ["pickle"]


@pytest.mark.parametrize("words", ["cat\ndog\nbird\n", "Vase\nVan\nRose\n", "call me\nmaybe\n", "I am\n", "Fine\n", "good\n", "lr: 0.1\n", "(a)\n.", "x^2\n", "sun\n"])  # fmt: skip
def test_words_are_no_pickle(words):
    """Labels and vocabularies begin with letters that are opcodes."""
    assert formats(words.encode()) == ["text"]


@pytest.mark.parametrize("damage", [
    lambda whole: whole + b"\0", lambda whole: whole[:-1], lambda whole: whole[:40], lambda whole: whole[:8], lambda whole: b"\xff" * 8 + whole[8:],
    lambda whole: whole.replace(b'"data_offsets": [0, 8]', b'"data_offsets": [1, 8]'), lambda whole: whole.replace(b'"w"', b'"\\ud800'),
    lambda whole: whole.replace(b'"shape": [2]', b'"shape": [-]'), lambda whole: whole.replace(b'"shape": [2]', b'"shape": "2"'),
])  # fmt: skip
def test_a_safetensors_file_has_no_holes(damage):
    """What is not exactly a header and its tensors is not called one."""
    assert "safetensors" not in formats(damage(safetensors()))


def test_a_name_makes_nothing_harmless():
    """It can make a script of a text, and that is all that it can."""
    assert formats(CALLING, "model.safetensors") == ["pickle"]
    assert formats(b"import os\n", "load.py") == ["script"]
    assert formats(safetensors(), "model.pkl") == ["safetensors"]


def test_formats_that_run_something_are_no_data():
    """The formats of a gate that names none hold nothing that a reader could run."""
    running = {"pickle", "script", "executable", "keras", "hdf5", "zip", "tar", "unknown", "any"}

    assert not running & set(DATA_FORMATS)


class Counting(io.BytesIO):
    """Counts what is read of it."""

    taken = 0

    def read(self, size=-1):
        found = super().read(size)
        self.taken += len(found)
        return found


def overlapping(entries):
    """A zip file whose entries are all the same bytes."""
    inner = b"N0" * 32_000
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    content = packed.compress(inner) + packed.flush()
    local = (
        b"PK\x03\x04" + struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0, 0, len(content), len(inner), 1, 0) + b"x"
    )
    entry = b"PK\x01\x02" + struct.pack("<HHHHHHIIIHHHHHII", 20, 20, 0, 8, 0, 0, 0, len(content), len(inner), 1, 0, 0, 0, 0, 0, 0) + b"x"  # fmt: skip
    start = len(local) + len(content)
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, entries, entries, len(entry) * entries, start, 0)
    return local + content + entry * entries + end


@pytest.mark.parametrize(("content", "found"), [
    (overlapping(LOOKED), "pickle"), (zipped(**{f"a{at}": b"" for at in range(LOOKED + 1)}), "unknown"), (zlib.compress(b"\0" * 50_000_000), "zlib"), (b"PK\x05\x06" * 16_000, "unknown"),
    (b"[" * 1_000_000, "text"), (b"[" * 1_000_000 + b"]", "text"), (b"\x93NUMPY\x01\0" + struct.pack("<H", 9_000) + b"-" * 9_000, "unknown"),
    (b"\x93NUMPY\x02\0\0\0" + struct.pack("<I", 2**31), "unknown"), (struct.pack("<Q", 2**62) + b"{}", "unknown"), (b"X\xff\xff\xff\xff" + b"a" * 9, "unknown"),
    (struct.pack("<Q", 500_000) + b"[" * 500_000, "unknown"), (b"\x08\x01" * 400_000, "unknown"), (b"(" * 400_000, "pickle"),
])  # fmt: skip
def test_a_hostile_file_costs_no_more_than_its_size(content, found):
    """Bombs, lies about lengths, depth: answered with a name, after reading a bounded number of bytes."""
    stream = Counting(content)

    assert found in formats_of(stream, len(content))
    assert stream.taken <= 20 * len(content) + 1_000 * 64 * 1024


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([b"", b"PK\x03\x04", CALLING, npy(), safetensors(), onnx(), zipped(a_npy=npy()), b"\x1f\x8b\x08", b"BZh9", b"\xfd7zXZ\0", b"\x78\x9c", b"{"]),
    st.binary(max_size=200),
    st.integers(0, 400),
)  # fmt: skip
def test_no_bytes_raise(head, tail, cut):
    """Whatever a file holds, it is called something."""
    content = head[:cut] + tail

    assert formats(content)


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner), max_leaves=20),
    st.integers(0, pickle.HIGHEST_PROTOCOL),
)  # fmt: skip
def test_every_pickle_of_python_is_found(value, protocol):
    """The walk follows all that Python's own pickler writes."""
    content = pickle.dumps(value, protocol)

    assert is_pickle(View(io.BytesIO(content), len(content)))
