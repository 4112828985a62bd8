"""Values that several people gave one key of a record at the same time: kept in its `extra` until somebody decides.

```yaml
tags:
  team: growth
extra:
  conflicts:
    tags.team:
      - growth
      - risk
```

The key holds the first of the values, `notes` all of them one after the other; `[]` stands for "removed". An entry is
believed only while the key holds what the entry puts there: whoever sets the key, by gitreg or by hand, has decided.
An entry `artifacts.<path>` is about a file: the manifest holds its values (merging_files.py), and whoever writes that, the entry.
Knows values; how they came to differ is merging.py's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from gitreg.documents.edit import DELETE, Delete, KeyPath
from gitreg.documents.leaves import CONFLICTS, Leafy, leaves_of
from gitreg.documents.records_json import JsonValue

Values = frozenset[str | None]
"""What people gave a key, as text; None is "removed". One value is no conflict."""

ARTIFACTS = ("artifacts",)
FILES_NAMED = 100
"""How many files with several values a record names; the manifest has all of them."""

_NOTES = ("notes",)
_LONGEST_KEY = 250
_FILE = "artifacts."


def entry_name(keys: KeyPath) -> str:
    """The name of a key's entry, `tags.team`; a long one is cut and ends in a digest."""
    name = ".".join(keys)
    if len(name) <= _LONGEST_KEY:
        return name
    return f"{name[: _LONGEST_KEY - 17]}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def standing(keys: KeyPath, values: Values) -> str | None:
    """What the key holds until somebody decides: a pure function of the values, so that every clone holds the same."""
    texts = sorted(value for value in values if value is not None)
    if keys == _NOTES and len(texts) > 1:
        return "\n\n".join(filter(None, (text.strip("\n") for text in texts)))
    return texts[0] if texts else None


def values_of(keys: KeyPath, held: str | None, entries: Mapping[str, Values]) -> Values:
    """The values of a key that holds `held`: its entry's, where that is believed."""
    listed = entries.get(entry_name(keys), frozenset())
    return listed if len(listed) > 1 and standing(keys, listed) == held else frozenset({held})


def entries_of(record: Leafy) -> dict[str, Values]:
    """Every entry; what a stranger wrote there in another form is none."""
    return {
        name: frozenset(value if isinstance(value, str) else None for value in listing)
        for name, listing in _written(record).items()
        if isinstance(listing, list)
    }


def entry(values: Values) -> list[JsonValue]:
    """The entry of a key, as it is written."""
    return [[] if value is None else value for value in _ordered(values)]


def open_conflicts(record: Leafy) -> dict[str, tuple[str | None, ...]]:
    """What nobody has decided yet: the values by the name of the key; None is "removed"."""
    entries = entries_of(record)
    held = leaves_of(record).items() if entries else ()
    found = {entry_name(keys): values_of(keys, text, entries) for keys, text in held}
    found |= files_named(record)
    return {name: _ordered(values) for name, values in sorted(found.items()) if len(values) > 1}


def files_named(record: Leafy) -> dict[str, Values]:
    """The entries about files."""
    return {name: values for name, values in entries_of(record).items() if name.startswith(_FILE)}


def naming_files(extra: Mapping[str, Any], found: Mapping[str, Values]) -> dict[str, Any]:
    """A record's `extra` with entries about exactly these files.

    Args:
        extra: as it was.
        found: the values of each path that holds several, as sha256; None is "removed".
    """
    written = extra.get(CONFLICTS[-1])
    others = written.items() if isinstance(written, Mapping) else ()
    entries = {name: value for name, value in others if not name.startswith(_FILE)}
    for path in islice(sorted(found), FILES_NAMED):
        texts = frozenset(None if value is None else f"sha256:{value}" for value in found[path])
        entries[entry_name((*ARTIFACTS, path))] = entry(texts)
    rest = {name: value for name, value in extra.items() if name != CONFLICTS[-1]}
    return {**rest, CONFLICTS[-1]: entries} if entries else rest


def deciding(record: Leafy, decided: Iterable[KeyPath]) -> dict[KeyPath, Delete]:
    """The changes that remove the entries of keys that somebody sets, whatever they are set to."""
    written = _written(record)
    gone = written.keys() & set(map(entry_name, decided))
    if gone and len(gone) == len(written):
        return {CONFLICTS: DELETE}
    return {(*CONFLICTS, name): DELETE for name in sorted(gone)}


def _written(record: Leafy) -> Mapping[str, object]:
    found = record.extra.get(CONFLICTS[-1])
    return found if isinstance(found, Mapping) else {}


def _ordered(values: Values) -> tuple[str | None, ...]:
    return tuple(sorted(values, key=lambda value: (value is None, value or "")))
