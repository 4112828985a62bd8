"""GitLab's own OpenAPI description, against which the stand-in judges what comes and what it answers.

The description lies beside the checkout and is not part of it (CC BY-SA 4.0); without it nothing is judged. It is generated from GitLab's
source, and says less than is true in three ways: it has no null where a value is missing, an entity where a list of them is
answered (`assignees`, `approved_by`, lists of notes), and `labels` as an array only, where one string with commas is taken, too.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

try:
    import jsonschema
    import pytest
    import yaml
except ImportError:  # as a program for the demonstration, it does without
    jsonschema = yaml = pytest = None  # type: ignore[assignment]

FILE = Path(__file__).resolve().parents[2] / "shared" / "contracts" / "gitlab-openapi-subset.yaml"
SPLIT = frozenset({"labels", "add_labels", "remove_labels"})
MANY = frozenset({"assignees", "reviewers", "approved_by", "suggestions"})
LISTS = re.compile(r"/(notes|merge_requests|tags|branches|protected_tags)$")


def available() -> bool:
    """Whether there is something to judge by."""
    return jsonschema is not None and FILE.is_file()


def needs_contract() -> None:
    """Skip a test that says nothing without the description."""
    if not available():
        pytest.skip("GitLab's OpenAPI description is not beside the checkout (../shared/contracts)")


@dataclass(frozen=True)
class Operation:
    """One method of one path.

    Args:
        path: its template, `/api/v4/projects/{id}`.
        said: what the description says of it.
    """

    path: str
    method: str
    said: dict[str, Any]


@cache
def description() -> dict[str, Any]:
    """The whole description; the schemas in it as JSON Schema."""
    text = FILE.read_text("utf-8")
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    found = []
    for path in description()["paths"]:
        parts = re.split(r"\{\w+\}", path)
        found.append((re.compile("[^/]+".join(map(re.escape, parts))), path))
    return found


def operation(method: str, path: str) -> Operation | None:
    """What the description has for a request; None when it knows no such thing."""
    for pattern, template in _patterns():
        said = description()["paths"][template].get(method.lower())
        if said is not None and pattern.fullmatch(path):
            return Operation(template, method, said)
    return None


def judge_request(method: str, path: str, query: list[tuple[str, str]], kind: str, body: bytes) -> list[str]:
    """What is wrong with a request."""
    found = operation(method, path)
    if found is None:
        return [f"{method} {unquote(path)} is not in the contract"]
    return [f"{method} {found.path}: {one}" for one in [*_query(found, query), *_body(found, kind, body)]]


def judge_answer(method: str, path: str, status: int, body: Any) -> list[str]:
    """What is wrong with an answer of ours."""
    found = operation(method, path)
    if found is None:
        return []
    responses = found.said["responses"]
    if str(status) not in responses and status not in {401, 403, 405, 409, 422, 429}:
        return [f"{method} {found.path}: {status} is no answer of it"]
    schema = _content(responses.get(str(status), {}))
    if schema is None:
        return []
    if method == "GET" and LISTS.search(found.path) and schema.get("type") != "array":
        schema = {"type": "array", "items": schema}
    return [f"{method} {found.path} {status}: {one}" for one in _errors(schema, body, answer=True)]


def _query(found: Operation, query: list[tuple[str, str]]) -> list[str]:
    known = {one["name"]: one["schema"] for one in found.said.get("parameters", []) if one["in"] == "query"}
    for content in (
        found.said.get("requestBody", {}).get("content", {}).values()
    ):  # Grape takes them from both places
        reference = content["schema"].get("$ref", "").rpartition("/")[2]
        known |= description()["components"]["schemas"].get(reference, {}).get("properties", {})
    wrong = []
    for name, text in query:
        schema = known.get(name.removesuffix("[]"))
        if schema is None:
            wrong.append(f"query {name!r} is unknown")
        elif not any(not _errors(schema, value) for value in _values(text, schema)):
            wrong.append(f"query {name}={text!r} does not fit")
    return wrong


def _values(text: str, schema: dict[str, Any]) -> list[Any]:
    """What a word in a query may stand for."""
    found: list[Any] = [text]
    if re.fullmatch(r"-?\d+", text):
        found.append(int(text))
    if text.lower() in {"true", "false"}:
        found.append(text.lower() == "true")
    return [[one] for one in found] if schema.get("type") == "array" else found


def _body(found: Operation, kind: str, body: bytes) -> list[str]:
    content = found.said.get("requestBody", {}).get("content", {})
    if not content:
        return [f"a body of {len(body)} bytes where none belongs"] if body.strip() not in {b"", b"{}"} else []
    if kind.partition(";")[0].strip() not in content:
        return [f"content type {kind!r}"]
    try:
        value = json.loads(body)
    except ValueError as error:
        return [f"the body is no JSON: {error}"]
    return _errors(content[kind.partition(";")[0].strip()]["schema"], value)


def _content(response: dict[str, Any]) -> dict[str, Any] | None:
    return (response or {}).get("content", {}).get("application/json", {}).get("schema")


def _errors(schema: dict[str, Any], value: Any, *, answer: bool = False) -> list[str]:
    judge = jsonschema.Draft202012Validator(_translated(schema, answer=answer), format_checker=_formats())
    return [
        f"{'.'.join(map(str, one.absolute_path)) or 'body'}: {one.message[:300]}"
        for one in judge.iter_errors(value)
    ]


@cache
def _formats() -> Any:
    return jsonschema.Draft202012Validator.FORMAT_CHECKER


def _translated(schema: dict[str, Any], *, answer: bool, name: str = "") -> dict[str, Any]:
    """OpenAPI 3.0's schema as JSON Schema (references are followed; what is unknown is refused, null is let in)."""
    if "$ref" in schema:
        target = description()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        one = _translated(target, answer=answer)
        if answer and name in MANY:
            one = {"type": "array", "items": one}
        return {"anyOf": [one, {"type": "null"}]} if answer and name else one
    kept = {key: schema[key] for key in ("type", "enum", "maxLength", "format", "required") if key in schema}
    if "oneOf" in schema:
        kept["anyOf"] = [_translated(one, answer=answer) for one in schema["oneOf"]]
    if "items" in schema:
        kept["items"] = _translated(schema["items"], answer=answer)
    if "properties" in schema:
        kept["properties"] = {
            key: _translated(one, answer=answer, name=key) for key, one in schema["properties"].items()
        }
        kept["additionalProperties"] = False
    if name in SPLIT and not answer:
        kept["type"] = [kept["type"], "string"]
    if schema.get("nullable") or (answer and name):
        return {"anyOf": [kept, {"type": "null"}]}
    return kept
