"""Models and their versions from their canonical text, as canonical.py reads candidates: a list of versions reads them all.

At the slightest doubt the answer is None, and the strict reader decides. Knows no files. Version numbers make it as heavy
to import as the records are, which is why it stands apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime

from gitreg.documents.canonical_parts import (
    AUTHOR,
    HEAD,
    NULL_OR_TIME,
    SUMMARY,
    TEXT,
    Values,
    name_of,
    slug_of,
    summary_of,
    taken,
    time_of,
)
from gitreg.documents.canonical_sparse import INNER_BLOCK, INNER_TEXT, is_there, outdented, said
from gitreg.documents.canonical_text import (
    BLOCK,
    DIGEST,
    DOUBLE,
    FLOAT,
    SCALAR,
    TIME,
    UNSURE,
    any_text,
    keyed,
    text_of,
    texts,
    whole,
)
from gitreg.documents.scalars import NULLS, parse_float
from gitreg.domain.version import VersionNumber
from gitreg.domain.words import CANDIDATE_ID, alias, key, stage

_VERSION = (
    HEAD.format(r"\.\./\.\./\.\./\.\./", "model-version") + rf"model: ({SCALAR})\n"
    rf"version: ({SCALAR})\n"
    r"number: ([1-9][0-9]{0,17})\n"
    rf"created: '({TIME})'\n"
    rf"{AUTHOR}"
    rf"candidate:(?: null\n|\n  experiment: ({SCALAR})\n"
    rf"  id: (?P<q>'?+)({CANDIDATE_ID})(?P=q)\n"
    rf"  record: '({DIGEST})'\n)"
    rf"artifacts:(?: null\n|\n{SUMMARY})"
    rf"gates:(?: \[\]\n|\n({BLOCK}))"
    rf"description: {TEXT}"
    rf"tags:(?: \{{\}}\n|\n({BLOCK}))"
    r"extra: \{\}\n"
    rf"(?:source: {TEXT})?+(?:run: {TEXT})?+(?:run_link: {TEXT})?+"
    rf"(?:logged_model: (?P<r>'?+)({CANDIDATE_ID})(?P=r)\n)?+(?:location: {TEXT})?+"
)
_RESULT = (
    rf"  - kind: ({SCALAR})\n    result: (passed|failed|skipped)\n"
    rf"    detail: (?:({SCALAR})\n|\"({DOUBLE})\"\n|\|(-?)\n((?:      [^\n]*+\n|\n)++))"
)

_MODEL = (
    HEAD.format(r"\.\./\.\./", "model") + rf"slug: ({SCALAR})\n"
    rf"name: ({SCALAR})\n"
    rf"description: {TEXT}"
    rf"owners:(?: \[\]\n|\n({BLOCK}))"
    rf"tags:(?: \{{\}}\n|\n({BLOCK}))"
    rf"gates:(?: \[\]\n|\n({BLOCK}))"
    rf"stages:(?: \{{\}}\n|\n({BLOCK}))"
    rf"retired:(?: \{{\}}\n|\n({BLOCK}))"
    rf"deleted: {NULL_OR_TIME}\n"
    r"extra: \{\}\n"
    rf"(?:created: '({TIME})'\n)?+(?:updated: '({TIME})'\n)?+"
    rf"(?:aliases:\n({BLOCK}))?+(?:annotations:\n({BLOCK}))?+"
)
_OWNER = rf"  - ({SCALAR})\n"
_GATE = (
    rf"  - kind: (threshold|no-regression)\n    metric: ({SCALAR})\n"
    rf"    (?:at_least: (null|{FLOAT})\n    at_most: (null|{FLOAT})|against: ({SCALAR})\n    tolerance: ({FLOAT})\n"
    r"    goal: (null|maximize|minimize)\n    data: \[\]\n    same_data: (true|false))\n"
)
_NAMED = rf"  ({SCALAR}): ({SCALAR})\n"
_ANNOTATION = (
    rf"  ({SCALAR}):\n    description: (?:(null)\n|{INNER_TEXT})    tags:(?: \{{\}}\n|\n({INNER_BLOCK}))"
    rf"    stage: {INNER_TEXT}    updated: {NULL_OR_TIME}\n    deleted: {NULL_OR_TIME}\n"
)
_TAG = rf"  ({SCALAR}): (?:(null)\n|({SCALAR})\n|\"({DOUBLE})\"\n|\|(-?)\n((?:    [^\n]*+\n|\n)++))"
_SOURCES = (("source", 0), ("run", 4), ("run_link", 8))
_LOGGED_MODEL, _LOCATION = 13, 14
"""Which groups say which text of where a version came from."""


def model_version(content: bytes) -> Values | None:
    """The values of the model version that a canonical text is; None if it may be something else."""
    return taken(content, _VERSION, _model_version)


def model(content: bytes) -> Values | None:
    """The values of the model that a canonical text is; None if it may be something else."""
    return taken(content, _MODEL, _model)


def _model_version(match: re.Match[str]) -> Values:
    """What the groups of `_VERSION` say.

    Raises:
        ValueError: if a record might not hold it.
    """
    (
        model_, version, number, created, author, email, experiment, _, id_, record, files, size, manifest, gates, *rest,
    ) = match.groups()  # fmt: skip
    description, tags, rest = rest[:4], rest[4], rest[5:]
    location = rest[_LOCATION:]
    texts_of_source = {name: rest[place : place + 4] for name, place in _SOURCES}
    return {
        "schema": "gitreg/model-version/v1",
        "model": slug_of(model_),
        "version": _number(text_of(version)),
        "number": int(number),
        "created": datetime.fromisoformat(created),
        "author": {"name": name_of(author), "email": name_of(email)},
        "candidate": {"experiment": slug_of(experiment), "id": id_, "record": record} if id_ else None,
        "artifacts": summary_of(files, size, manifest) if manifest else None,
        "gates": list(map(_result, whole(_RESULT, gates))) if gates else [],
        "description": any_text(*description),
        "tags": texts(tags) if tags else {},
        "extra": {},
        **{name: said(any_text(*parts)) for name, parts in texts_of_source.items() if is_there(parts)},
        **({"logged_model": rest[_LOGGED_MODEL]} if rest[_LOGGED_MODEL] else {}),
        **({"location": said(any_text(*location))} if is_there(location) else {}),
    }


def _model(match: re.Match[str]) -> Values:
    """What the groups of `_MODEL` say.

    Raises:
        ValueError: if a record might not hold it.
    """
    (
        slug_, name, *description, owners, tags, gates, stages, retired, deleted, created, updated, aliases, annotations,
    ) = match.groups()  # fmt: skip
    return {
        "schema": "gitreg/model/v1",
        "slug": slug_of(slug_),
        "name": name_of(name),
        "description": any_text(*description),
        "owners": [name_of(raw) for (raw,) in whole(_OWNER, owners or "")],
        "tags": texts(tags) if tags else {},
        "gates": list(map(_gate, whole(_GATE, gates or ""))),
        "stages": _numbers(stages or "", stage),
        "retired": {_number(number): why for number, why in texts(retired or "").items()},
        "deleted": time_of(deleted),
        "extra": {},
        **({"created": time_of(created)} if created else {}),
        **({"updated": time_of(updated)} if updated else {}),
        **({"aliases": _numbers(aliases, alias)} if aliases else {}),
        **({"annotations": _annotations(annotations)} if annotations else {}),
    }


def _numbers(block: str, name: Callable[[str], str]) -> dict[str, str]:
    """The versions that names stand for, each name checked by `name`."""
    return {name(key_): _number(text_of(raw)) for key_, (raw,) in keyed(_NAMED, block).items()}


def _annotations(block: str) -> Values:
    """What was said of versions, by version."""
    return {_number(version): _annotation(parts) for version, parts in keyed(_ANNOTATION, block).items()}


def _annotation(parts: tuple[str, ...]) -> Values:
    null, *rest = parts
    description, tags, stage_, updated, deleted = rest[:4], rest[4], rest[5:9], rest[9], rest[10]
    return {
        "description": _nullable_text(null, description),
        "tags": {
            name: _nullable_text(is_null, text)
            for name, (is_null, *text) in keyed(_TAG, outdented(tags)).items()
        },
        "stage": any_text(*stage_),
        "updated": time_of(updated),
        "deleted": time_of(deleted),
    }


def _nullable_text(null: str, parts: Sequence[str]) -> str | None:
    """A text where null may stand.

    Raises:
        ValueError: if it is null in another way than the writer's.
    """
    if parts[0] and parts[0] in NULLS:
        raise ValueError(UNSURE)
    return None if null else any_text(*parts)


def _number(text: str) -> str:
    VersionNumber.parse(text)
    return text


def _result(parts: tuple[str, ...]) -> dict[str, str]:
    kind, result, *detail = parts
    return {"kind": text_of(kind), "result": result, "detail": any_text(*detail)}


def _gate(parts: tuple[str, ...]) -> Values:
    """A gate of one of the two common kinds; the others are left to the strict reader."""
    kind, metric, at_least, at_most, against, tolerance, goal, same_data = parts
    named: Values = {"kind": kind, "metric": key(text_of(metric))}
    if kind == "threshold" and (at_least, at_most) != ("null", "null"):
        return named | {"at_least": _bound(at_least), "at_most": _bound(at_most)}
    if kind == "no-regression" and parse_float(tolerance) >= 0:
        measure = {"against": stage(text_of(against)), "tolerance": parse_float(tolerance)}
        rest: Values = {
            "goal": None if goal == "null" else goal,
            "data": [],
            "same_data": same_data == "true",
        }
        return named | measure | rest
    raise ValueError(UNSURE)


def _bound(raw: str) -> float | None:
    return None if raw == "null" else parse_float(raw)
