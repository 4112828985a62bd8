"""Params and metrics from a file that a training wrote: JSON or YAML, nested mappings flattened with dots."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gitreg.documents.events_ruamel import tree
from gitreg.documents.nodes import MappingNode, Node, ScalarNode, at
from gitreg.documents.screen import screen
from gitreg.errors import NotFoundError, RecordError, UsageError

LIMIT = 8 * 1024 * 1024
DEPTH = 16
YAML_NUMBERS = {".nan": "nan", ".inf": "inf", "+.inf": "inf", "-.inf": "-inf"}


def read_params(path: Path) -> dict[str, str]:
    """Every value as the text that stands in the file: `1e-4` stays `1e-4`, and a list stays a list.

    Raises:
        NotFoundError: if there is no such file.
        RecordError: if it is neither JSON nor YAML, or not a mapping.
    """
    return {key: _text(value) for key, value in _flat(_tree(path), path)}


def read_metrics(path: Path) -> tuple[dict[str, float], list[str]]:
    """Every value that is a number, and the names of those that are none.

    Raises:
        NotFoundError: if there is no such file.
        RecordError: if it is neither JSON nor YAML, or not a mapping.
    """
    values = {key: _number(value) for key, value in _flat(_tree(path), path)}
    numbers = {key: value for key, value in values.items() if value is not None}
    return numbers, [key for key in values if key not in numbers]


def _tree(path: Path) -> Any:  # noqa: ANN401 - what is in a stranger's file
    try:
        with path.open("rb") as file:
            content = file.read(LIMIT + 1)
    except FileNotFoundError:
        raise NotFoundError(f"{path} is not there: the command did not write it") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    if len(content) > LIMIT:
        raise RecordError("more than 8 MiB; params and metrics are small", place=f"{path}:1:1")
    if path.suffix.lower() == ".json":
        return _json(content, path)
    return _yaml(tree(screen(content, str(path)), str(path)), str(path))


def _json(content: bytes, path: Path) -> Any:  # noqa: ANN401 - what is in a stranger's file
    try:
        return json.loads(
            content, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_once
        )
    except json.JSONDecodeError as error:
        raise RecordError(f"not JSON: {error.msg}", place=f"{path}:{error.lineno}:{error.colno}") from error
    except (ValueError, RecursionError) as error:
        raise RecordError(f"not JSON: {error}", place=f"{path}:1:1") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key[:80]!r} is there twice")
        found[key] = value
    return found


def _flat(tree: Any, path: Path, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    if not isinstance(tree, dict):
        raise RecordError("not a mapping of names to values", place=f"{path}:1:1")
    if depth > DEPTH:
        raise RecordError(f"nested deeper than {DEPTH}", place=f"{path}:1:1")
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _flat(value, path, f"{prefix}{key}.", depth + 1)
        else:
            yield f"{prefix}{key}", value


def _text(value: Any) -> str:  # noqa: ANN401 - text, bool, None, or lists and mappings of these
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return f"[{', '.join(map(_text, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_text(part)}" for key, part in value.items()) + "}"
    return json.dumps(value)


def _number(value: Any) -> float | None:  # noqa: ANN401 - see _text
    if not isinstance(value, str):
        return None
    try:
        return float(YAML_NUMBERS.get(value.lower(), value))
    except ValueError:
        return None


def _yaml(node: Node, path: str) -> Any:  # noqa: ANN401 - text, or mappings and lists of it
    if isinstance(node, ScalarNode):
        return node.text
    if not isinstance(node, MappingNode):
        return [_yaml(item, path) for item in node.items]
    found: dict[str, Any] = {}
    for key, value in node.entries:
        if key.text in found:
            raise RecordError(
                f"the key {key.text[:80]!r} is there twice", place=at(path, key.place.line, key.place.column)
            )
        found[key.text] = _yaml(value, path)
    return found
