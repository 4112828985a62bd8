"""Files of one artifact that several sides changed, united path by path: nobody's file is lost, whoever unites whom.

A path has a set of values, usually one: the sha256 of its bytes, None for "removed". What only one side changed is taken;
where both did, both values stay, as in records (merging.py). Of several the first stands at the path, and each of the others has a
file below `.gitreg/clashes/`, so that DVC keeps their bytes like all others; that of "removed" is empty. Whoever logs or
removes the path again decides, and these files go. Knows manifests; nothing of bytes, records or who is asking.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping

from gitreg.documents.conflicts import Values
from gitreg.documents.merging import ABSENT, joined_values
from gitreg.domain.manifest import Manifest, ManifestEntry
from gitreg.domain.words import folded

CLASHES = ".gitreg/clashes/"
EMPTY = hashlib.sha256(b"").hexdigest()
"""Of the file that stands for "removed"."""
FileValues = Mapping[str, Values]
"""What each path holds."""

_CLASH = re.compile(rf"{re.escape(CLASHES)}(?P<mark>[0-9a-f]{{16}})/(?P<path>.+)", re.DOTALL)


def united_files(base: FileValues, ours: FileValues, theirs: FileValues) -> dict[str, Values]:
    """What each path holds after both changes of what was known; which side is which makes no difference."""
    return {
        path: joined_values(base.get(path, ABSENT), ours.get(path, ABSENT), theirs.get(path, ABSENT))
        for path in {**base, **ours, **theirs}
    }


def file_values(manifest: Manifest) -> dict[str, Values]:
    """What each path of an artifact holds."""
    found: dict[str, Values] = {}
    for entry in manifest.entries:
        path = clashing_path(entry)
        value = None if path and entry == _clash(path, None) else entry.sha256
        found[path or entry.path] = found.get(path or entry.path, frozenset()) | {value}
    return found


def manifest_of(values: FileValues) -> Manifest:
    """The manifest of what each path holds.

    A path that is another's without case, or lies below another file, cannot be in one folder with it: the later of
    them is among the clashes.

    Raises:
        ValueError: if a path becomes too long among these.
    """
    entries: list[ManifestEntry] = []
    taken: set[str] = set()
    for path in sorted(values):
        standing, *others = ordered(values[path])
        if standing is None:
            continue
        place = folded(path)
        if place in taken or any(parent in taken for parent in _parents(place)):
            others = [standing, *others]
        else:
            taken.add(place)
            entries.append(ManifestEntry(path, standing))
        entries += [_clash(path, value) for value in others]
    return Manifest.of(entries)


def file_conflicts(manifest: Manifest) -> dict[str, Values]:
    """The paths that hold several values."""
    if not any(entry.path.startswith(CLASHES) for entry in manifest.entries):
        return {}
    return {path: values for path, values in file_values(manifest).items() if len(values) > 1}


def clashing_path(entry: ManifestEntry) -> str | None:
    """The path that a file below `.gitreg/clashes/` holds a value of; None for every other file."""
    match = _CLASH.fullmatch(entry.path)
    if match is None:
        return None
    known = (_clash(match["path"], value).path for value in (entry.sha256, None))
    return match["path"] if entry.path in known else None


def ordered(values: Iterable[str | None]) -> list[str | None]:
    """Values in the order of which the first stands."""
    return sorted(values, key=lambda value: (value is None, value or ""))


def _clash(path: str, value: str | None) -> ManifestEntry:
    # named by path and value, so that no two of them ever meet at one place or one lies below the other
    mark = hashlib.sha256(f"{value or 'removed'} {path}".encode()).hexdigest()[:16]
    return ManifestEntry(f"{CLASHES}{mark}/{path}", value or EMPTY)


def _parents(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path
