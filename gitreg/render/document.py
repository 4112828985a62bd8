"""The one JSON document that every reading command gives."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from gitreg.safe import json_text

Json: TypeAlias = Mapping[str, Any]
API_VERSION = "gitreg/v1"


def document(kind: str, items: Sequence[Json], warnings: Sequence[str] = ()) -> str:
    """The document's text; NaN and infinities must be words in it already, as RFC 8259 knows no such numbers."""
    whole = {"kind": kind, "apiVersion": API_VERSION, "items": list(items), "warnings": list(warnings)}
    return json_text(json.dumps(whole, ensure_ascii=False, indent=2, allow_nan=False)) + "\n"


def document_parts(kind: str, items: Iterable[Json], warnings: Callable[[], Sequence[str]]) -> Iterator[str]:
    """The same document for any number of items, one a line, as they come; warnings are asked for at the end."""
    yield f'{{\n  "kind": "{kind}",\n  "apiVersion": "{API_VERSION}",\n  "items": ['
    before, end = "\n", ""
    for item in items:
        yield f"{before}    {_line(item)}"
        before, end = ",\n", "\n  "
    yield f'{end}],\n  "warnings": {_line(list(warnings()))}\n}}\n'


def _line(value: object) -> str:
    return json_text(json.dumps(value, ensure_ascii=False, allow_nan=False))
