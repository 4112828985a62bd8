"""Candidates and experiments from their canonical text, at some hundred times the speed of a YAML parser.

Each kind of file is one regular expression: the writer's lines in the writer's order, so that what it finds is checked
for form by the way. What form alone does not say (a slug, a day of the calendar, a metric behind a point) is checked as
the records check it, by the same functions. At the slightest doubt the answer is None, and the strict reader decides:
it alone says what is wrong with a file. Knows no files, and costs nothing to import.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from datetime import datetime

from gitreg.documents.canonical_parts import (
    AUTHOR,
    HEAD,
    NULL_OR_DIGEST,
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
from gitreg.documents.canonical_sparse import (
    CANDIDATE_TAIL,
    SOURCE_TAIL,
    candidate_tail,
    is_there,
    said,
    source_tail,
)
from gitreg.documents.canonical_text import (
    BLOCK,
    FLOAT,
    INTEGER,
    SCALAR,
    TIME,
    UNSURE,
    any_text,
    floats,
    keyed,
    nullable,
    text_of,
    texts,
    whole,
    words,
)
from gitreg.documents.scalars import parse_float
from gitreg.domain.words import CANDIDATE_ID, display_name

_CANDIDATE = (
    HEAD.format(r"\.\./\.\./\.\./\.\./", "candidate") + rf"id: (?P<q>'?+)({CANDIDATE_ID})(?P=q)\n"
    rf"experiment: ({SCALAR})\n"
    rf"name: ({SCALAR})\n"
    r"status: (running|scheduled|finished|failed|killed)\n"
    rf"created: '({TIME})'\n"
    rf"finished: {NULL_OR_TIME}\n"
    rf"{AUTHOR}"
    rf"parent: (?:null|(?P<r>'?+)({CANDIDATE_ID})(?P=r))\n"
    rf"code:\n  repository: ({SCALAR})\n"
    r"  commit: (?:null|(?P<s>'?+)([0-9a-f]{40})(?P=s))\n"
    rf"  branch: ({SCALAR})\n"
    r"  dirty: (true|false)\n"
    r"  command:(?: \[\]\n|\n((?:    [^\n]*+\n)++))"
    rf"data:(?: \[\]\n|\n({BLOCK}))"
    rf"params:(?: \{{\}}\n|\n({BLOCK}))"
    rf"metrics:(?: \{{\}}\n|\n({BLOCK}))"
    rf"points:(?: \{{\}}\n|\n({BLOCK}))"
    rf"curves:(?: \{{\}}\n|\n({BLOCK}))"
    rf"tags:(?: \{{\}}\n|\n({BLOCK}))"
    rf"notes: {TEXT}"
    rf"environment:(?: (null)\n|\n  python: ({SCALAR})\n  platform: ({SCALAR})\n  packages: {NULL_OR_DIGEST}\n)"
    rf"ci:(?: (null)\n|\n  provider: ({SCALAR})\n  project: ({SCALAR})\n  pipeline: ({SCALAR})\n  job: ({SCALAR})\n"
    rf"  merge_request: ({SCALAR})\n)"
    rf"artifacts:(?: (null)\n|\n{SUMMARY})"
    rf"deleted: {NULL_OR_TIME}\n"
    r"extra: \{\}\n"
    rf"{CANDIDATE_TAIL}"
)
_SOURCE = (
    rf"  - name: ({SCALAR})\n    uri: ({SCALAR})\n    digest: {NULL_OR_DIGEST}\n    context: ({SCALAR})\n"
    rf"(?:    licence: ({SCALAR})\n)?{SOURCE_TAIL}"
)
_POINT = rf"  ({SCALAR}):\n    - ({INTEGER})\n    - {NULL_OR_TIME}\n"
_CURVE = rf"  ({SCALAR}):\n    points: ([1-9][0-9]{{0,17}})\n    min: ({FLOAT})\n    max: ({FLOAT})\n"

_EXPERIMENT = (
    HEAD.format(r"\.\./\.\./", "experiment") + rf"slug: ({SCALAR})\n"
    rf"name: ({SCALAR})\n"
    r"number: '(0|[1-9][0-9]{17})'\n"
    rf"description: {TEXT}"
    rf"metrics:(?: \{{\}}\n|\n({BLOCK}))"
    rf"tags:(?: \{{\}}\n|\n({BLOCK}))"
    rf"deleted: {NULL_OR_TIME}\n"
    rf"(?:created: '({TIME})'\n)?+(?:updated: '({TIME})'\n)?+(?:artifact_location: {TEXT})?+"
    r"extra: \{\}\n"
)
_RULE = rf"  ({SCALAR}):\n    goal: (maximize|minimize)\n    primary: (true|false)\n    unit: ({SCALAR})\n"


def candidate(content: bytes) -> Values | None:
    """The values of the candidate that a canonical text is; None if it may be something else."""
    return taken(content, _CANDIDATE, _candidate)


def experiment(content: bytes) -> Values | None:
    """The values of the experiment that a canonical text is; None if it may be something else."""
    return taken(content, _EXPERIMENT, _experiment)


def _candidate(match: re.Match[str]) -> Values:
    """What the groups of `_CANDIDATE` say.

    Raises:
        ValueError: if a record might not hold it.
    """
    (
        _, id_, experiment, name, status, created, finished, author, email, _, parent, repository, _, commit, branch, dirty,
        command, data, params, metrics, points, curves, tags, *rest, deleted, tail,
    ) = match.groups()  # fmt: skip
    values = floats(metrics) if metrics else {}
    return {
        "schema": "gitreg/candidate/v1",
        "id": id_,
        "experiment": slug_of(experiment),
        "name": display_name(text_of(name)),
        "status": status,
        "created": datetime.fromisoformat(created),
        "finished": time_of(finished),
        "author": {"name": name_of(author), "email": name_of(email)},
        "parent": parent,
        "code": {
            "repository": nullable(repository),
            "commit": commit,
            "branch": nullable(branch),
            "dirty": dirty == "true",
            "command": words(command) if command else [],
        },
        "data": list(map(_source, whole(_SOURCE, data))) if data else [],
        "params": texts(params) if params else {},
        "metrics": values,
        "points": _points(points, values) if points else {},
        "curves": _curves(curves, values) if curves else {},
        "tags": texts(tags) if tags else {},
        "notes": any_text(*rest[:4]),
        "environment": _environment(*rest[4:8]),
        "ci": _pipeline(*rest[8:14]),
        "artifacts": _artifacts(*rest[14:]),
        "deleted": time_of(deleted),
        "extra": {},
        **(candidate_tail(tail) if tail else {}),
    }


def _experiment(match: re.Match[str]) -> Values:
    """What the groups of `_EXPERIMENT` say.

    Raises:
        ValueError: if a record might not hold it.
    """
    slug_, name, number, *rest = match.groups()
    description, (metrics, tags, deleted, created, updated), location = rest[:4], rest[4:9], rest[9:]
    rules = {
        metric: {"goal": goal, "primary": primary == "true", "unit": text_of(unit)}
        for metric, (goal, primary, unit) in keyed(_RULE, metrics or "").items()
    }
    if sum(bool(rule["primary"]) for rule in rules.values()) > 1:
        raise ValueError(UNSURE)
    return {
        "schema": "gitreg/experiment/v1",
        "slug": slug_of(slug_),
        "name": name_of(name),
        "number": number,
        "description": any_text(*description),
        "metrics": rules,
        "tags": texts(tags) if tags else {},
        "deleted": time_of(deleted),
        **({"created": time_of(created)} if created else {}),
        **({"updated": time_of(updated)} if updated else {}),
        **({"artifact_location": said(any_text(*location))} if is_there(location) else {}),
        "extra": {},
    }


def _source(parts: tuple[str, ...]) -> Values:
    """A data source; files of before licences were recorded have no such line."""
    name, uri, digest, context, licence, tail = parts
    return {
        "name": name_of(name),
        "uri": text_of(uri),
        "digest": digest or None,
        "context": text_of(context),
        **({"licence": nullable(licence)} if licence else {}),
        **(source_tail(tail) if tail else {}),
    }


def _points(block: str, metrics: Container[str]) -> dict[str, tuple[int, datetime | None]]:
    found = keyed(_POINT, block)
    _check_metrics(found, metrics)
    return {key: (int(step), time_of(time)) for key, (step, time) in found.items()}


def _curves(block: str, metrics: Container[str]) -> dict[str, dict[str, int | float]]:
    found = keyed(_CURVE, block)
    _check_metrics(found, metrics)
    return {
        key: {"points": int(points), "min": parse_float(low), "max": parse_float(high)}
        for key, (points, low, high) in found.items()
    }


def _check_metrics(keys: Iterable[str], metrics: Container[str]) -> None:
    if any(key not in metrics for key in keys):
        raise ValueError(UNSURE)


def _environment(null: str, python: str, platform: str, packages: str | None) -> dict[str, str | None] | None:
    if null:
        return None
    return {"python": text_of(python), "platform": text_of(platform), "packages": packages}


def _pipeline(null: str | None, *parts: str) -> dict[str, str | None] | None:
    if null:
        return None
    provider, *others = parts
    keys = ("project", "pipeline", "job", "merge_request")
    return {"provider": text_of(provider), **dict(zip(keys, map(nullable, others), strict=True))}


def _artifacts(null: str | None, *parts: str) -> dict[str, int | str] | None:
    return None if null else summary_of(*parts)
