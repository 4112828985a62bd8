"""One record's file, changed on two sides, merged key by key: nobody's change is lost, and nobody is blocked.

Who merges whom makes no difference, so that clones that join in any order end with the same bytes. Where both sides gave one key
different values, both stay visible (conflicts.py). Knows text and values; nothing of commits or of who is asking.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from gitreg.documents.conflicts import (
    ARTIFACTS,
    Values,
    entries_of,
    entry,
    entry_name,
    files_named,
    standing,
    values_of,
)
from gitreg.documents.edit import DELETE, KeyPath, edit
from gitreg.documents.layout import misplaced
from gitreg.documents.leaves import CONFLICTS, Leafy, leaves_of, put_together
from gitreg.documents.places import candidate_of, experiment_of, logged_model_of
from gitreg.documents.reader import read
from gitreg.documents.records_json import JsonValue, from_json, to_json
from gitreg.documents.writer import write
from gitreg.domain.candidate import Candidate
from gitreg.domain.experiment import Experiment
from gitreg.domain.logged_model import LoggedModel
from gitreg.errors import RecordError

States: TypeAlias = Mapping[KeyPath, Values]
"""The values of every leaf of one side."""

ABSENT: Values = frozenset({None})
_DELETED = ("deleted",)
_EARLIEST = frozenset({"created"})
_LATEST = frozenset({"updated"})
"""Times of which clones have their own, because each made or changed the record: one of them is as good, so nobody is asked."""


def merge_record(path: str, base: bytes | None, ours: bytes, theirs: bytes) -> bytes | None:
    """The file that both changes give; which side is which makes no difference.

    Args:
        path: where it lives on the candidate branch.
        base: the file as both sides knew it; None where both added it.
        ours: one side's.
        theirs: the other side's.

    Returns:
        None where no candidate, experiment or logged model lives at that path, or a side is none, or the result would be too large.
    """
    if theirs in (ours, base):
        return ours
    if ours == base:
        return theirs
    try:
        one, two = _record(ours, path), _record(theirs, path)
        if one is None or two is None:
            return None
        merged = merge_values(_base(base, path, one), one, two)
        return _written(path, merged, {ours: one, theirs: two})
    except RecordError:
        return None


def merge_values(base: States, one: Leafy, two: Leafy) -> Leafy:
    """The record that both changes of what was known give.

    Raises:
        RecordError: if that is none.
    """
    ours, theirs = _states(one), _states(two)
    merged = {
        keys: _merged(keys, base.get(keys, ABSENT), ours.get(keys, ABSENT), theirs.get(keys, ABSENT))
        for keys in {**base, **ours, **theirs}
    }
    _keep_rules_whole(merged, ours, theirs)
    held = {keys: standing(keys, values) for keys, values in merged.items()}
    whole = put_together({keys: text for keys, text in held.items() if text is not None})
    entries = {entry_name(keys): entry(values) for keys, values in merged.items() if len(values) > 1}
    entries |= _of_files(held.get(ARTIFACTS), one, two)
    if entries:
        whole.setdefault("extra", {})[CONFLICTS[-1]] = entries
    return from_json(type(one), whole)


def _of_files(standing: str | None, *sides: Leafy) -> dict[str, list[JsonValue]]:
    """The entries about files of the side whose artifacts stand."""
    found: dict[str, Values] = {}
    for side in sides:
        if leaves_of(side).get(ARTIFACTS) == standing:
            for name, values in files_named(side).items():
                found[name] = found.get(name, frozenset()) | values
    return {name: entry(values) for name, values in found.items()}


def _merged(keys: KeyPath, base: Values, ours: Values, theirs: Values) -> Values:
    if ours != theirs and base not in (ours, theirs):
        if keys == _DELETED:
            return _merged_deletion(ours, theirs)
        if keys[0] in _EARLIEST | _LATEST:
            return _merged_time(ours | theirs, last=keys[0] in _LATEST)
    return joined_values(base, ours, theirs)


def joined_values(base: Values, ours: Values, theirs: Values) -> Values:
    """What one leaf holds after both changes of what was known."""
    if theirs in (ours, base):
        return ours
    if ours == base:
        return theirs
    merged = _given(ours, base) | _given(theirs, base) | (base & ours & theirs)
    return merged or ours | theirs


def _given(values: Values, base: Values) -> Values:
    """What a side gave: what is new; and where it dropped something of the base, it decided for all that it kept."""
    return values - base if base <= values else values


def _merged_deletion(ours: Values, theirs: Values) -> Values:
    """Both differ from the base. Deleted twice: the earlier time. Else it was deleted before, and one side restored it."""
    times = sorted(time for time in ours | theirs if time is not None)
    return ABSENT if None in ours | theirs else frozenset(times[:1])


def _merged_time(values: Values, *, last: bool) -> Values:
    times = sorted(time for time in values if time is not None)
    return frozenset({times[-1 if last else 0]}) if times else ABSENT


def _keep_rules_whole(merged: dict[KeyPath, Values], ours: States, theirs: States) -> None:
    """Where one side removed a metric's rule and the other changed a part of it, the other parts stay too."""
    rules = [keys for keys in merged if len(keys) == len(("metrics", "auc", "unit"))]
    there = {keys[1] for keys in rules if merged[keys] != ABSENT}
    for keys in rules:
        if merged[keys] == ABSENT and keys[1] in there:
            merged[keys] = (ours.get(keys, ABSENT) | theirs.get(keys, ABSENT)) - ABSENT


def _states(record: Leafy) -> dict[KeyPath, Values]:
    entries = entries_of(record)
    return {keys: values_of(keys, text, entries) for keys, text in leaves_of(record).items()}


def _base(text: bytes | None, path: str, side: Leafy) -> States:
    """What both sides knew; of a file that both made, what is the same in every such file."""
    try:
        known = _record(text, path) if text is not None else None
    except RecordError:
        known = None
    if known is not None:
        return _states(known)
    if isinstance(side, Experiment):
        return _states(Experiment.called(side.slug))
    defaults = {name: field for name, field in type(side).model_fields.items() if not field.is_required()}
    blank = side.model_copy(update={name: field.default for name, field in defaults.items()})
    return {keys: values for keys, values in _states(blank).items() if keys[0] in defaults}


def _record(text: bytes, path: str) -> Leafy | None:
    """The record in a text; None where none that can be merged lives, or where it says that it lives elsewhere."""
    record: Leafy
    if candidate_of(path):
        record = read(text, Candidate, path)
    elif experiment_of(path):
        record = read(text, Experiment, path)
    elif logged_model_of(path):
        record = read(text, LoggedModel, path)
    else:
        return None
    return None if misplaced(record, path) else record


def _written(path: str, merged: Leafy, sides: Mapping[bytes, Leafy]) -> bytes:
    """The canonical text; where people wrote in a side by hand, that text with the changes made in it.

    Where they did in both, the one with more comments; comments of the other are lost.
    """
    canonical = write(merged)
    by_hand = [text for text, record in sides.items() if write(record) != text]
    if not by_hand:
        return canonical
    text = max(by_hand, key=lambda text: (text.count(b"#"), text))
    before, after = to_json(sides[text]), to_json(merged)
    names = dict.fromkeys([*after, *before])
    changes: dict[KeyPath, Any] = {
        (name,): after.get(name, DELETE)
        for name in names
        if after.get(name, DELETE) != before.get(name, DELETE)
    }
    try:
        edited = edit(text, type(merged), path, changes)
    except RecordError:
        return canonical
    return edited if read(edited, type(merged), path) == merged else canonical
