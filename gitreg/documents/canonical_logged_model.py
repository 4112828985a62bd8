"""Logged models from their canonical text, as canonical.py reads candidates: the index reads all of them.

At the slightest doubt the answer is None, and the strict reader decides. Knows no files, and costs nothing to import.
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
from gitreg.documents.canonical_sparse import INNER_TEXT
from gitreg.documents.canonical_text import (
    BLOCK,
    FLOAT,
    INTEGER,
    SCALAR,
    TIME,
    any_text,
    text_of,
    texts,
    whole,
)
from gitreg.documents.scalars import parse_float
from gitreg.domain.words import CANDIDATE_ID, display_name, key

_LOGGED_MODEL = (
    HEAD.format(r"\.\./\.\./\.\./\.\./", "logged-model") + rf"id: (?P<q>'?+)({CANDIDATE_ID})(?P=q)\n"
    rf"experiment: ({SCALAR})\n"
    rf"name: ({SCALAR})\n"
    rf"type: {TEXT}"
    r"status: (pending|ready|failed|unspecified)\n"
    rf"message: {TEXT}"
    rf"created: '({TIME})'\n"
    rf"updated: '({TIME})'\n"
    rf"{AUTHOR}"
    rf"candidate: (?:null|(?P<r>'?+)({CANDIDATE_ID})(?P=r))\n"
    rf"params:(?: \{{\}}\n|\n({BLOCK}))"
    rf"metrics:(?: \[\]\n|\n({BLOCK}))"
    rf"tags:(?: \{{\}}\n|\n({BLOCK}))"
    rf"artifacts:(?: (null)\n|\n{SUMMARY})"
    rf"deleted: {NULL_OR_TIME}\n"
    r"extra: \{\}\n"
)
_METRIC = (
    rf"  - key: ({SCALAR})\n    value: ({FLOAT})\n    step: ({INTEGER})\n    time: '({TIME})'\n"
    rf"    candidate: (?P<q>'?+)({CANDIDATE_ID})(?P=q)\n    data: {INNER_TEXT}    fingerprint: {INNER_TEXT}"
)


def logged_model(content: bytes) -> Values | None:
    """The values of the logged model that a canonical text is; None if it may be something else."""
    return taken(content, _LOGGED_MODEL, _logged_model)


def _logged_model(match: re.Match[str]) -> Values:
    """What the groups of `_LOGGED_MODEL` say.

    Raises:
        ValueError: if a record might not hold it.
    """
    _, id_, experiment, name, *rest = match.groups()
    type_, status, message, rest = rest[:4], rest[4], rest[5:9], rest[9:]
    created, updated, author, email, _, candidate, params, metrics, tags, *rest = rest
    null, files, size, manifest, deleted = rest
    return {
        "schema": "gitreg/logged-model/v1",
        "id": id_,
        "experiment": slug_of(experiment),
        "name": display_name(text_of(name)),
        "type": any_text(*type_),
        "status": status,
        "message": any_text(*message),
        "created": datetime.fromisoformat(created),
        "updated": datetime.fromisoformat(updated),
        "author": {"name": name_of(author), "email": name_of(email)},
        "candidate": candidate,
        "params": texts(params) if params else {},
        "metrics": list(map(_metric, whole(_METRIC, metrics))) if metrics else [],
        "tags": texts(tags) if tags else {},
        "artifacts": None if null else summary_of(files, size, manifest),
        "deleted": time_of(deleted),
        "extra": {},
    }


def _metric(parts: tuple[str, ...]) -> Values:
    name, value, step, time, _, candidate, *rest = parts
    return {
        "key": key(text_of(name)),
        "value": parse_float(value),
        "step": int(step),
        "time": time_of(time),
        "candidate": candidate,
        "data": any_text(*rest[:4]),
        "fingerprint": any_text(*rest[4:]),
    }
