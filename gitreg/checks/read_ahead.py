"""The files of one state, part by part: what belongs together comes together, and is read by few questions.

Memory stays flat, however much there is: a part ends after some hundred files, and what is large is read when it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from gitreg.checks.files import CommitFiles, Files, Kind, Listed
from gitreg.errors import RecordError
from gitreg.store import RECORD_LIMIT

PART = 1000
"""After so many files a part ends, where the next one belongs to something else."""
SMALL = 64 * 1024
"""Bytes that are read ahead of one file, and """
AHEAD = 32 * 1024 * 1024
"""of all files of a part; what has more is asked for by itself."""
NOBODY = "\0"
"""A name that no file has."""


@dataclass(frozen=True)
class ReadAhead:
    """Some files that are read already, and behind them all others.

    Args:
        behind: everything.
        kinds: what was listed, and what is there.
        owners: the things of which everything was listed.
        held: content of those that are small, and files.
    """

    behind: Files
    kinds: Mapping[str, Kind | None]
    owners: frozenset[str]
    held: Mapping[str, bytes]

    def content(self, path: str, *, limit: int = RECORD_LIMIT) -> bytes | None:
        """A file."""
        found = self.held.get(path)
        if found is not None and len(found) <= limit:
            return found
        is_nowhere = path not in self.kinds and _owner(path) in self.owners
        return None if is_nowhere else self.behind.content(path, limit=limit)

    def kind(self, path: str) -> Kind | None:
        """As it was listed."""
        return self.kinds[path] if path in self.kinds else self.behind.kind(path)

    def names(self, folder: str) -> list[str]:
        """What a folder holds; the files behind are asked where not all of it was listed, and about strange names."""
        if _owner(f"{folder}/{NOBODY}") not in self.owners or not isinstance(self.behind, CommitFiles):
            return self.behind.names(folder)
        names = self._folders.get(folder, ())
        return sorted(names) if all(map(_is_plain, names)) else self.behind.names(folder)

    @cached_property
    def _folders(self) -> Mapping[str, set[str]]:
        """The names in every folder that is on the way to what was listed."""
        found: dict[str, set[str]] = {}
        for path in self.kinds:
            here = path
            while "/" in here:
                here, _, name = here.rpartition("/")
                names = found.setdefault(here, set())
                if name in names:
                    break
                names.add(name)
        return found

    def paths(self, folder: str) -> Iterator[str]:
        """Everything below a folder."""
        return self.behind.paths(folder)

    def listed(self, folder: str) -> Iterator[Listed]:
        """Everything below a folder."""
        return self.behind.listed(folder)


def in_parts(files: Files, folder: str) -> Iterator[tuple[list[str], Files]]:
    """Everything below a folder that is no folder, part by part: its paths, and the files to read them from."""
    part: list[Listed] = []
    for _, together in groupby(files.listed(folder), key=lambda one: _owner(one.path)):
        part.extend(together)
        if len(part) >= PART:
            yield _read(files, part)
            part = []
    if part:
        yield _read(files, part)


def ahead(files: Files, some: Sequence[Listed]) -> Files:
    """The same files, of which some are read already; nothing is said of what lies beside them."""
    return ReadAhead(files, {one.path: one.kind for one in some}, frozenset(), dict(_contents(files, some)))


def _read(files: Files, part: Sequence[Listed]) -> tuple[list[str], Files]:
    kinds = {one.path: one.kind for one in part}
    owners = frozenset(map(_owner, kinds))
    return list(kinds), ReadAhead(files, kinds, owners, dict(_contents(files, part)))


def _contents(files: Files, part: Sequence[Listed]) -> Iterator[tuple[str, bytes]]:
    """Contents of what is small; nothing more from where Git finds an object broken: the rest is asked for one by one."""
    if not isinstance(files, CommitFiles):
        return
    wanted = [(one.path, one.blob) for one in part if one.blob]
    left = AHEAD
    with suppress(RecordError):
        contents = files.snapshot.repository.blobs((blob for _, blob in wanted), limit=SMALL)
        for (path, _), (_, content) in zip(wanted, contents, strict=True):
            if content is not None:
                left -= len(content)
                yield path, content
            if left < 0:
                return


def _is_plain(name: str) -> bool:
    """Whether a name is surely one that a tree may have; what else there is, whoever reads trees refuses."""
    return (
        name.isascii()
        and name.isprintable()
        and not name.startswith((".", "git~"))
        and ".git" not in name.lower()
    )


def _owner(path: str) -> str:
    """What a file belongs to, as far as rules look at once: a model, or the candidates in one folder."""
    parts = path.split("/", 4)
    return "/".join(parts[:2] if parts[0] == "models" else parts[:4])
