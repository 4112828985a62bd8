"""Which entries that do not verify any more are said again by one that does: a key was revoked, and its good acts live on.

Only a signature or a role may be outweighed. What is misplaced, changed, unreviewed or gone stays refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gitreg.documents import layout, places
from gitreg.documents.reader import read
from gitreg.domain.model import Model
from gitreg.errors import RecordError
from gitreg.workflows.audit.chains import chains_of, vouched
from gitreg.workflows.audit.entry import Entry
from gitreg.workflows.verification.case import Case

OUTWEIGHED = frozenset({"signature", "role"})
RELEASES = ("release", "resign")


def outweigh(case: Case, entries: Sequence[Entry]) -> list[Entry]:
    """All entries again, each that is outweighed with the name of what outweighs it."""
    by = {**_released_again(entries), **_named_later(entries), **_retired_anyway(case, entries)}
    found = [_outweighed(entry, by) for entry in entries]
    approved = _approved_otherwise(case, found)
    return [_outweighed(entry, approved) for entry in found]


def _outweighed(entry: Entry, by: Mapping[str, str]) -> Entry:
    if entry.refusal is None or entry.refusal.step not in OUTWEIGHED:
        return entry
    return replace(entry, outweighed_by=entry.outweighed_by or by.get(entry.tag or ""))


def _released_again(entries: Sequence[Entry]) -> dict[str, str]:
    """A release is good if any signature of the same record and manifest is."""
    releases = [entry for entry in entries if entry.action in RELEASES and entry.statement and entry.tag]
    good = {_released(entry): entry.name for entry in releases if entry.refusal is None}
    return {entry.tag or "": good[_released(entry)] for entry in releases if _released(entry) in good}


def _released(entry: Entry) -> object:
    said = entry.statement
    return said and (said.model, said.version, said.record, said.manifest)


def _named_later(entries: Sequence[Entry]) -> dict[str, str]:
    return {tag: by.name for chain in chains_of(entries).values() for tag, by in vouched(chain).items()}


def _retired_anyway(case: Case, entries: Sequence[Entry]) -> dict[str, str]:
    """What the accepted branch retires is retired, whoever signed it."""
    found = {}
    for entry in entries:
        if entry.action == "retire" and entry.tag and entry.refusal and entry.version is not None:
            path = places.model_path(entry.model)
            if entry.version in _retired(case, path):
                found[entry.tag] = path
    return found


def _retired(case: Case, path: str) -> Mapping[object, str]:
    try:
        content = case.accepted.file(path)
        return read(content, Model, path).retired if content is not None else {}  # type: ignore[return-value]
    except RecordError:
        return {}


def _approved_otherwise(case: Case, entries: Sequence[Entry]) -> dict[str, str]:
    """An approval by a key that was revoked or rotated counts for nothing; what it approved may stand without it."""
    roles = case.trust.roles
    former = {key.fingerprint for key in case.trust.revoked} | {one.key for one in roles.former.values()}
    standing = {
        (entry.model, entry.statement.approval_id): entry.name
        for entry in entries
        if entry.statement
        and entry.action not in {"approve", "unknown"}
        and entry.result in {"verified", "outweighed"}
    }
    found = {}
    for entry in entries:
        identity = layout.parse_tag(entry.tag or "")
        if entry.action == "approve" and identity and entry.fingerprint in former:
            approved = standing.get((identity.model, identity.statement or ""))
            if approved is not None:
                found[identity.ref] = approved
    return found
