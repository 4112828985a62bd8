"""Models and their versions from their canonical text, as canonical.py reads candidates: a list of versions reads them all.

At the slightest doubt the answer is None, and the strict reader decides. Knows no files. Version numbers make it as heavy
to import as the records are, which is why it stands apart.
"""

from __future__ import annotations

import re
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
from gitreg.documents.scalars import parse_float
from gitreg.domain.version import VersionNumber
from gitreg.domain.words import CANDIDATE_ID, key, stage

_VERSION = (
    HEAD.format(r"\.\./\.\./\.\./\.\./", "model-version") + rf"model: ({SCALAR})\n"
    rf"version: ({SCALAR})\n"
    r"number: ([1-9][0-9]{0,17})\n"
    rf"created: '({TIME})'\n"
    rf"{AUTHOR}"
    rf"candidate:\n  experiment: ({SCALAR})\n"
    rf"  id: (?P<q>'?+)({CANDIDATE_ID})(?P=q)\n"
    rf"  record: '({DIGEST})'\n"
    rf"artifacts:\n{SUMMARY}"
    rf"gates:(?: \[\]\n|\n({BLOCK}))"
    rf"description: {TEXT}"
    rf"tags:(?: \{{\}}\n|\n({BLOCK}))"
    r"extra: \{\}\n"
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
)
_OWNER = rf"  - ({SCALAR})\n"
_GATE = (
    rf"  - kind: (threshold|no-regression)\n    metric: ({SCALAR})\n"
    rf"    (?:at_least: (null|{FLOAT})\n    at_most: (null|{FLOAT})|against: ({SCALAR})\n    tolerance: ({FLOAT})\n"
    r"    goal: (null|maximize|minimize)\n    data: \[\]\n    same_data: (true|false))\n"
)
_STAGE = rf"  ({SCALAR}): ({SCALAR})\n"


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
        model_, version, number, created, author, email, experiment, _, id_, record, files, size, manifest, gates,
        *description, tags,
    ) = match.groups()  # fmt: skip
    return {
        "schema": "gitreg/model-version/v1",
        "model": slug_of(model_),
        "version": _number(text_of(version)),
        "number": int(number),
        "created": datetime.fromisoformat(created),
        "author": {"name": name_of(author), "email": name_of(email)},
        "candidate": {"experiment": slug_of(experiment), "id": id_, "record": record},
        "artifacts": summary_of(files, size, manifest),
        "gates": list(map(_result, whole(_RESULT, gates))) if gates else [],
        "description": any_text(*description),
        "tags": texts(tags) if tags else {},
        "extra": {},
    }


def _model(match: re.Match[str]) -> Values:
    """What the groups of `_MODEL` say.

    Raises:
        ValueError: if a record might not hold it.
    """
    slug_, name, *description, owners, tags, gates, stages, retired, deleted = match.groups()
    return {
        "schema": "gitreg/model/v1",
        "slug": slug_of(slug_),
        "name": name_of(name),
        "description": any_text(*description),
        "owners": [name_of(raw) for (raw,) in whole(_OWNER, owners or "")],
        "tags": texts(tags) if tags else {},
        "gates": list(map(_gate, whole(_GATE, gates or ""))),
        "stages": {
            stage(name): _number(text_of(raw)) for name, (raw,) in keyed(_STAGE, stages or "").items()
        },
        "retired": {_number(number): why for number, why in texts(retired or "").items()},
        "deleted": time_of(deleted),
        "extra": {},
    }


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
