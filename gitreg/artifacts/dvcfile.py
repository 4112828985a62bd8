"""The text of a `.dvc` file with one output: written in DVC's own form, read strictly.

https://dvc.org/doc/user-guide/project-structure/dvc-files. DVC accepts far more: other stages' commands, dependencies,
working directories, paths that leave the folder. Of these, gitreg reads none: it takes one plain output or refuses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gitreg.artifacts.layout import is_object_id
from gitreg.domain.words import artifact_path

MAX_BYTES = 64 * 1024
KEYS = ("md5", "size", "nfiles", "hash", "path")
_LINE = re.compile(r"(?P<lead>- |  )(?P<key>[a-z0-9]+): (?P<value>[^ ].*)")
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class DvcOut:
    """The one output of a `.dvc` file: where it goes, and the object that it is."""

    md5: str
    size: int
    nfiles: int | None
    path: str

    def text(self) -> bytes:
        """The `.dvc` file.

        Raises:
            ValueError: if the path is not one plain name.
        """
        count = "" if self.nfiles is None else f"  nfiles: {self.nfiles}\n"
        # always quoted: a name of digits, such as 12e345, is a number to a YAML reader
        quoted = _plain_name(self.path).replace("'", "''")
        return (
            f"outs:\n- md5: {self.md5}\n  size: {self.size}\n{count}  hash: md5\n  path: '{quoted}'\n"
        ).encode()


def parse_dvc_file(text: bytes) -> DvcOut:
    """The output that a `.dvc` file names.

    Raises:
        ValueError: with what is wrong: more than one output, an absolute or climbing path, `wdir`, `deps`, `cmd`,
            `remote`, or anything else that gitreg does not write.
    """
    if len(text) > MAX_BYTES:
        raise ValueError(f"a .dvc file has at most {MAX_BYTES} bytes")
    first, *lines = text.decode("utf-8").removesuffix("\n").split("\n")
    if first != "outs:":
        raise ValueError(f"expected 'outs:' and one output, found {first[:80]!r}")
    found = _fields(lines)
    if found.get("hash") != "md5":
        raise ValueError("expected 'hash: md5'")
    missing = [key for key in ("md5", "size", "path") if key not in found]
    if missing:
        raise ValueError(f"'{missing[0]}' is missing")
    if not is_object_id(found["md5"]):
        raise ValueError("'md5' is not an object of DVC")
    nfiles = _number("nfiles", found["nfiles"]) if "nfiles" in found else None
    return DvcOut(found["md5"], _number("size", found["size"]), nfiles, _plain_name(found["path"]))


def _fields(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 2):
        match = _LINE.fullmatch(line)
        if match is None or (match["lead"] == "- ") != (number == 2):
            raise ValueError(
                f"line {number}: expected one output with {', '.join(KEYS)}, found {line[:80]!r}"
            )
        key = match["key"]
        if key not in KEYS or key in found:
            raise ValueError(f"line {number}: '{key}' is not allowed here")
        found[key] = _scalar(match["value"], number)
    return found


def _scalar(text: str, number: int) -> str:
    if len(text) > 1 and text[0] == text[-1] == "'" and "'" not in text[1:-1].replace("''", ""):
        return text[1:-1].replace("''", "'")
    if not _PLAIN.fullmatch(text):
        raise ValueError(f"line {number}: expected a plain word, found {text[:80]!r}")
    return text


def _number(key: str, text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"'{key}' is not a number: {text[:80]!r}")
    return int(text)


def _plain_name(path: str) -> str:
    if "/" in artifact_path(path):
        raise ValueError("'path' must be one plain name beside the .dvc file")
    return path
