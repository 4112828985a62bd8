"""The reference page of every record and field, made from the records themselves: docs/records.md.

`python -m gitreg.documents.reference docs/records.md` writes it; a test finds a page that is not current.
"""

from __future__ import annotations

import sys
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

from pydantic.fields import FieldInfo

from gitreg.documents.places import ROLES, ROOT
from gitreg.domain.candidate import Candidate
from gitreg.domain.experiment import Experiment
from gitreg.domain.gate import GATES
from gitreg.domain.logged_model import LoggedModel
from gitreg.domain.model import Model, ModelVersion
from gitreg.domain.record import Record, Value
from gitreg.domain.registry import RegistrySettings
from gitreg.domain.trust import Roles, Root

PLACES: tuple[tuple[type[Record], str], ...] = (
    (RegistrySettings, "gitreg.yaml"),
    (Experiment, "experiments/EXPERIMENT/experiment.yaml"),
    (Candidate, "experiments/EXPERIMENT/candidates/ID[:2]/ID.yaml"),
    (LoggedModel, "experiments/EXPERIMENT/models/ID[:2]/ID.yaml"),
    (Model, "models/MODEL/model.yaml"),
    (ModelVersion, "models/MODEL/versions/VERSION/version.yaml"),
    (Roles, ROLES),
    (Root, ROOT),
)
HEAD = """# Records

Every kind of record, where it lives, and every field of it. How they are written is in [format.md](format.md). This page
is made by `python -m gitreg.documents.reference docs/records.md`.
"""
WORDS = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    type(None): "null",
    Any: "anything",
}


def page() -> str:
    """The page, as Markdown."""
    parts = [HEAD]
    parts += [_section(kind, f"`{place}`") for kind, place in PLACES]
    parts += [_section(gate, "in `gates` of the registry and of models") for gate in GATES]
    return "\n".join(parts)


def _section(kind: type[Value], place: str) -> str:
    title = kind.__name__
    summary = (kind.__doc__ or "").strip().partition("\n")[0]
    head = f"## {title}\n\n{summary} Lives {'at ' if place.startswith('`') else ''}{place}.\n\n"
    rows = "".join(f"| {' | '.join(row)} |\n" for row in _rows(kind, ""))
    return f"{head}| field | type | default | meaning |\n|---|---|---|---|\n{rows}"


def _rows(kind: type[Value], prefix: str) -> Iterator[tuple[str, str, str, str]]:
    for name, field in kind.model_fields.items():
        path = f"{prefix}{field.alias or name}"
        yield f"`{path}`", _words(field.annotation), _default(field), field.description or ""
        for inner, suffix in _inner(field.annotation):
            yield from _rows(inner, f"{path}{suffix}.")


def _default(field: FieldInfo) -> str:
    value = field.default
    if field.is_required() or isinstance(value, Value):
        return "required" if field.is_required() else ""
    if value is None or isinstance(value, bool):
        return str(value).lower().replace("none", "null")
    if isinstance(value, (list, dict)):
        return f"`[{', '.join(value)}]`" if value else f"`{value}`"
    return f"`{value!r}`"


def _inner(annotation: Any) -> Iterator[tuple[type[Value], str]]:  # noqa: ANN401 - annotations are any
    """The records within a field's type, each with what stands between: `[]` in a list, `.KEY` in a mapping."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Value):
        yield annotation, ""
    elif origin is Annotated:
        yield from _inner(arguments[0])
    elif origin is list:
        yield from ((kind, f"[]{rest}") for kind, rest in _inner(arguments[0]) if not _is_gate(kind))
    elif origin is dict:
        yield from ((kind, f".KEY{rest}") for kind, rest in _inner(arguments[1]))
    elif origin in {typing.Union, types.UnionType}:
        for argument in arguments:
            yield from _inner(argument)


def _is_gate(kind: type[Value]) -> bool:
    return issubclass(kind, GATES)


def _words(annotation: Any) -> str:  # noqa: ANN401 - annotations are any
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation in WORDS:
        return WORDS[annotation]
    if origin is Annotated:
        return _words(arguments[0])
    if origin is list:
        return f"list of {_words(arguments[0])}"
    if origin is dict:
        return f"mapping of {_words(arguments[0])} to {_words(arguments[1])}"
    if origin is tuple:
        return "list: " + ", ".join(_words(argument) for argument in arguments)
    if origin is typing.Literal:
        return ", ".join(f"`{argument}`" for argument in arguments)
    if origin in {typing.Union, types.UnionType}:
        return " or ".join(_words(argument) for argument in arguments)
    name = str(annotation.__name__)
    return {"datetime": "time", "Digest": "digest", "VersionNumber": "version"}.get(name, name)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page())
