"""Files of an `mlruns/` folder, read as a stranger's: no links, nothing but regular files, nothing larger than it may be.

Knows names, text and YAML of MLflow's own making; nothing of experiments and runs.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from gitreg.documents.events_ruamel import tree
from gitreg.documents.nodes import MappingNode, Node, ScalarNode, SequenceNode
from gitreg.documents.screen import UNSHOWN, screen
from gitreg.domain.words import unprintable
from gitreg.errors import RecordError

META = "meta.yaml"
MAX_TEXT = 1024 * 1024
MAX_LINE = 8192
MAX_DEPTH = 16
MAX_FILES = 100_000
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
# What PyYAML writes for most of MLflow's values: anything else goes to the whole parser, which takes a hundred times as long
_QUICK = re.compile(
    r"([a-z_]+): (?:(null|\[\]|\{\})|'([^'\\]*)'|([A-Za-z0-9][A-Za-z0-9_/.-]*|[a-z0-9]+:/[A-Za-z0-9_/.-]+))"
)
# where a quoted scalar begins in what PyYAML writes: a quote within another scalar begins none
_QUOTED = re.compile(r"""(?:^ *|: )(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')""", re.MULTILINE | re.DOTALL)
_ESCAPE = re.compile(
    r"\\(x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U0010[0-9A-Fa-f]{4}|U000[0-9A-Fa-f]{5}|[^xuU])", re.DOTALL
)

Meta: TypeAlias = dict[str, "str | Meta | None"]


def is_folder(path: Path) -> bool:
    """Whether a folder itself is there, not a link to one."""
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except (OSError, ValueError):
        return False


def folders(path: Path) -> list[Path]:
    """The folders in a folder, by name; none where there is none. Links are not followed."""
    if not is_folder(path):
        return []
    return [path / one.name for one in entries(path) if one.is_dir(follow_symlinks=False)]


def entries(folder: Path) -> list[os.DirEntry[str]]:
    """What a folder holds, by name.

    Raises:
        RecordError: if nobody may look into it.
    """
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda one: one.name)
    except OSError as error:
        raise refusal(folder, error.strerror or "it cannot be read") from error


def child(folder: Path, name: str) -> Path:
    """The folder of that name in a folder, where the name is a stranger's.

    Raises:
        RecordError: if it is no plain name.
    """
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,100}", name):
        raise refusal(folder, f"not the name of a folder: {name[:40]!a}")
    return folder / name


def texts(folder: Path) -> dict[str, str]:
    """What the files below a folder hold, by their path in it: MLflow keeps a param, tag or alias so.

    Raises:
        RecordError: for what is no such file.
    """
    return {key: read_text(path) for key, path in files_below(folder)}


def files_below(folder: Path) -> list[tuple[str, Path]]:
    """The files below a folder with their paths in it, in order.

    Raises:
        RecordError: for a link, a device, or more than anybody would log.
    """
    found: list[tuple[str, Path]] = []
    if is_folder(folder):
        _collect(folder, "", found)
    return found


def _collect(folder: Path, above: str, found: list[tuple[str, Path]]) -> None:
    if above.count("/") >= MAX_DEPTH or len(found) > MAX_FILES:
        raise refusal(folder, "more folders or files than MLflow makes")
    for entry in entries(folder):
        name = f"{above}{_name(entry.name, folder)}"
        if entry.is_dir(follow_symlinks=False):
            _collect(folder / entry.name, f"{name}/", found)
        else:
            found.append((name, folder / entry.name))


def _name(name: str, folder: Path) -> str:
    try:
        name.encode()
    except UnicodeEncodeError:
        raise refusal(folder, f"a name that is not UTF-8: {name!a}") from None
    return name


def read_bytes(path: Path, limit: int = MAX_TEXT) -> bytes:
    """What a regular file holds.

    Raises:
        RecordError: if it is none, or holds more than `limit` bytes.
    """
    descriptor = _opened(path)
    with os.fdopen(descriptor, "rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise refusal(path, f"it holds more than {limit:,} bytes")
    return content


def read_text(path: Path) -> str:
    """The text of a file, as MLflow keeps a value.

    Raises:
        RecordError: if it is no regular file, or not UTF-8.
    """
    try:
        return read_bytes(path).decode()
    except UnicodeDecodeError:
        raise refusal(path, "it is not UTF-8") from None


def lines(path: Path) -> Iterator[str]:
    """The lines of a file, one at a time; a last one without an end was never written whole, and is left out.

    Raises:
        RecordError: if it is no regular file, not UTF-8, or a line is longer than any that MLflow writes.
    """
    with os.fdopen(_opened(path), "rb") as file:
        while line := file.readline(MAX_LINE):
            if not line.endswith(b"\n"):
                if len(line) == MAX_LINE:
                    raise refusal(path, "a line that is longer than any of MLflow's")
                return
            try:
                yield line.decode().rstrip("\n")
            except UnicodeDecodeError:
                raise refusal(path, "it is not UTF-8") from None


def size(path: Path) -> int:
    """How many bytes a file has."""
    try:
        return path.lstat().st_size
    except OSError as error:
        raise refusal(path, error.strerror or "it cannot be read") from error


def meta(folder: Path) -> Meta:
    """What a folder's `meta.yaml` says: text, None, and mappings of them; lists are left out.

    Raises:
        RecordError: if it is no such file.
    """
    path = folder / META
    content = read_bytes(path)
    return _quick(content) or _whole(content, str(path))


def _quick(content: bytes) -> Meta | None:
    if not content.isascii():
        return None
    found: Meta = {}
    for line in content.decode("ascii").split("\n")[:-1]:
        match = _QUICK.fullmatch(line)
        if match is None or match[1] in found:
            return None
        quoted = match[3] if match[3] is not None else match[4]
        if match[2] != "[]":
            found[match[1]] = {} if match[2] == "{}" else None if match[2] else quoted
    return found


def _whole(content: bytes, path: str) -> Meta:
    try:
        root = tree(screen(content, path), path)
    except RecordError:
        softened = _softened(content)
        if softened == content:
            raise
        root = tree(screen(softened, path), path)
    if not isinstance(root, MappingNode):
        raise RecordError("it is not what MLflow writes: a mapping is expected", place=f"{path}:1:1")
    return _mapping(root, path)


def _softened(content: bytes) -> bytes:
    """The same without characters that no record holds, which MLflow takes for names: PyYAML writes most of them as escapes."""
    try:
        text = UNSHOWN.sub("\ufffd", content.decode())
    except UnicodeDecodeError:
        return content
    return _QUOTED.sub(_plain, text).encode()


def _plain(quoted: re.Match[str]) -> str:
    return _ESCAPE.sub(_printable, quoted[0]) if quoted[0].endswith('"') else quoted[0]


def _printable(escape: re.Match[str]) -> str:
    """An escape, or that of U+FFFD where records could not hold what it stands for."""
    character = chr(int(escape[1][1:], 16)) if escape[1][0] in "xuU" else escape[1]
    lost = (
        character in "0abefvN_LPr"
        if len(escape[1]) == 1
        else unprintable(character, allowed="\n\t") is not None
    )
    return "\\ufffd" if lost else escape[0]


def _mapping(node: MappingNode, path: str) -> Meta:
    found: Meta = {}
    for key, value in node.entries:
        if key.text in found:
            raise RecordError(
                f"{key.text[:40]!a} is there twice", place=f"{path}:{key.place.line}:{key.place.column}"
            )
        if not isinstance(value, SequenceNode):
            found[key.text] = _value(value, path)
    return found


def _value(node: Node, path: str) -> str | Meta | None:
    if isinstance(node, MappingNode):
        return _mapping(node, path)
    assert isinstance(node, ScalarNode)  # noqa: S101 - sequences were left out
    return None if node.plain and node.text in {"", "~", "null", "Null", "NULL"} else node.text


def refusal(path: Path, why: str) -> RecordError:
    """A file that is not what MLflow writes."""
    return RecordError(why, place=os.fspath(path))


def _opened(path: Path) -> int:
    try:
        descriptor = os.open(path, _FLAGS)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "it cannot be opened"
        raise refusal(path, why) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise refusal(path, "it is not a regular file")
    return descriptor
