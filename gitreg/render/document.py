"""The one JSON document that every reading command gives."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from gitreg.render.safe import json_text

Json: TypeAlias = Mapping[str, Any]
API_VERSION = "gitreg/v1"


def document(kind: str, items: Sequence[Json], warnings: Sequence[str] = ()) -> str:
    """The document's text; NaN and infinities must be words in it already, as RFC 8259 knows no such numbers."""
    whole = {"kind": kind, "apiVersion": API_VERSION, "items": list(items), "warnings": list(warnings)}
    return json_text(json.dumps(whole, ensure_ascii=False, indent=2, allow_nan=False)) + "\n"
