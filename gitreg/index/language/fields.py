"""The fields of a candidate: what they are called here and in MLflow, and what they are compared with.

MLflow's names are those of `search_runs` (https://mlflow.org/docs/latest/ml/search/search-runs/).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from gitreg.index.language.tree import Field, Group

Kind = Literal["text", "number", "time", "truth", "value"]
"""What a field holds; `value` is text that can be compared as a number: params and tags."""

ATTRIBUTES: dict[str, Kind] = {
    "id": "text",
    "experiment": "text",
    "name": "text",
    "status": "text",
    "created": "time",
    "finished": "time",
    "author": "text",
    "parent": "text",
    "notes": "text",
    "deleted": "time",
    "code.commit": "text",
    "code.branch": "text",
    "code.repository": "text",
    "code.dirty": "truth",
    "artifacts.files": "number",
    "artifacts.size": "number",
    "artifacts.manifest": "text",
    "user_id": "text",
}
DATA = ("name", "digest", "context", "uri")
GROUPS: dict[str, Group] = {
    "metrics": "metrics",
    "metric": "metrics",
    "params": "params",
    "param": "params",
    "parameters": "params",
    "parameter": "params",
    "tags": "tags",
    "tag": "tags",
    "data": "data",
    "dataset": "data",
    "datasets": "data",
    "attributes": "candidate",
    "attribute": "candidate",
    "attr": "candidate",
    "run": "candidate",
}
ALIASES = {
    "run_id": "id",
    "run_name": "name",
    "run name": "name",
    "Run name": "name",
    "Run Name": "name",
    "start_time": "created",
    "Created": "created",
    "end_time": "finished",
}
_CANONICAL = {
    "candidate": "attributes",
    "metrics": "metrics",
    "params": "params",
    "tags": "tags",
    "data": "data",
}
_KINDS: dict[Group, Kind] = {"metrics": "number", "params": "value", "tags": "value", "data": "text"}


class UnknownFieldError(ValueError):
    """There is no such field; the text says which there are."""


def kind_of(field: Field) -> Kind:
    """What a field holds."""
    return ATTRIBUTES[field.key] if field.group == "candidate" else _KINDS[field.group]


def field_of(group: str | None, key: str) -> Field:
    """The field that is called `group.key`, or `key` alone.

    Raises:
        UnknownFieldError: if there is none.
    """
    if group is None:
        return _attribute(key)
    if f"{group}.{key}" in ATTRIBUTES:
        return Field("candidate", f"{group}.{key}")
    found = GROUPS.get(group)
    if found is None:
        raise _unknown_group(group, key)
    if found == "candidate":
        return _attribute(key)
    if found == "data" and key not in DATA:
        raise UnknownFieldError(f"no field '{group}.{key[:40]}': data has {_list(DATA)}")
    return Field(found, key)


def _attribute(key: str) -> Field:
    name = ALIASES.get(key, key)
    if name in ATTRIBUTES:
        return Field("candidate", name)
    if key == "artifact_uri":
        raise UnknownFieldError("no field 'artifact_uri': a record names its artifacts by artifacts.manifest")
    groups = sorted(set(GROUPS.values()) - {"candidate", "data"})
    near = nearest(key, [*ATTRIBUTES, *ALIASES])
    advice = (
        f"did you mean {near}?"
        if near
        else f"there are {_list(one + '.KEY' for one in groups)}, and {_names()}"
    )
    raise UnknownFieldError(f"no field '{key[:40]}': {advice}")


def _unknown_group(group: str, key: str) -> UnknownFieldError:
    own = [name for name in ATTRIBUTES if "." in name]
    begun = nearest(group, GROUPS)
    near = nearest(f"{group}.{key}", own) or (f"{_CANONICAL[GROUPS[begun]]}.{key[:40]}" if begun else None)
    known = "fields with a dot begin with metrics, params, tags, data, code or artifacts"
    return UnknownFieldError(
        f"no field '{group[:40]}.{key[:40]}': {f'did you mean {near}?' if near else known}"
    )


def _names() -> str:
    return _list(name for name in ATTRIBUTES if name != "user_id")


def _list(names: Iterable[str]) -> str:
    return ", ".join(names)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` was probably meant to be: at most a third of it is mistyped."""
    if len(word) > 40:
        return None
    distance, found = min((_distance(word.lower(), one.lower()), one) for one in known)
    return found if distance <= max(1, len(word) // 3) else None


def _distance(one: str, other: str) -> int:
    """Levenshtein's: how many characters are put in, left out or changed."""
    row = list(range(len(other) + 1))
    for at, character in enumerate(one, 1):
        before = row
        row = [at]
        for place, against in enumerate(other, 1):
            row.append(min(before[place] + 1, row[-1] + 1, before[place - 1] + (character != against)))
    return row[-1]
