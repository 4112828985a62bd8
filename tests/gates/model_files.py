"""Model files as other programs write them, made by hand: a few bytes each, and none of those programs."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import pickle
import struct
import zipfile
import zlib
from collections import OrderedDict


class Calls:
    """Its pickle calls something when it is loaded; nothing here ever loads it."""

    def __reduce__(self):
        return (print, ("loaded",))


CALLING = pickle.dumps(Calls())
WEIGHTS = pickle.dumps(OrderedDict(weights=[0.5, 1.5]))


def safetensors(data=b"\0" * 8, **tensors):
    """https://github.com/huggingface/safetensors#format."""
    header = tensors or {"w": {"dtype": "F32", "shape": [len(data) // 4], "data_offsets": [0, len(data)]}}
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def field(number, content):
    """A field of a protocol buffer: a small number, or bytes."""
    if isinstance(content, int):
        return bytes([number << 3, content])
    return bytes([number << 3 | 2, len(content)]) + content


def onnx():
    """A ModelProto: IR version, producer, operators, a graph of one node."""
    node = field(1, b"x") + field(2, b"y") + field(4, b"Relu")
    graph = field(1, node) + field(2, b"graph") + field(11, b"") + field(12, b"")
    return field(1, 8) + field(2, b"by hand") + field(8, field(2, 17)) + field(7, graph)


def npy(descr="'<f8'", data=b"\0" * 16):
    """https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html, version 1.0."""
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': (2,), }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data


def zipped(method=zipfile.ZIP_STORED, **files):
    """A zip file; `__` in a name is a slash, and `_` a dot."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        for name, content in files.items():
            made.writestr(name.replace("__", "/").replace("_", "."), content)
    return out.getvalue()


PACKERS = {
    "gzip": lambda content: gzip.compress(content, mtime=0),
    "zlib": zlib.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
}
