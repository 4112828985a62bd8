"""JSON schemas of the record files (draft 2020-12), made from the records; `schemas/v1` holds them for editors.

    python -m gitreg.documents.schemas schemas/v1

They describe what stands in a *file*, as an editor sees it: where a record holds free text, a number or `no`
without quotes is fine too, because gitreg takes it for the text that was written.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from gitreg.documents.writer import kind_name
from gitreg.domain.candidate import Candidate
from gitreg.domain.experiment import Experiment
from gitreg.domain.logged_model import LoggedModel
from gitreg.domain.model import Model, ModelVersion
from gitreg.domain.record import Record
from gitreg.domain.registry import RegistrySettings
from gitreg.domain.trust import Anchor, Roles, Root
from gitreg.errors import NotFoundError

DIALECT = "https://json-schema.org/draft/2020-12/schema"
KINDS: tuple[type[Record], ...] = (
    RegistrySettings, Experiment, Candidate, LoggedModel, Model, ModelVersion, Root, Roles, Anchor,
)  # fmt: skip
RESTRICTED = frozenset({"pattern", "const", "enum"})


def schemas() -> dict[str, bytes]:
    """Every schema by its file name, e.g. `candidate.schema.json`."""
    return {f"{kind_name(kind)}.schema.json": schema_text(kind_name(kind)).encode() for kind in KINDS}


def schema_text(name: str) -> str:
    """The schema of one kind, e.g. `candidate`.

    Raises:
        NotFoundError: if there is no such kind.
    """
    kind = next((kind for kind in KINDS if kind_name(kind) == name), None)
    if kind is None:
        raise NotFoundError(f"there is no schema {name!r}; there are {', '.join(map(kind_name, KINDS))}")
    made: dict[str, Any] = _for_files(kind.model_json_schema(by_alias=True))
    made["required"] = ["schema", *made.get("required", [])]
    made["title"] = f"gitreg {name}"
    head = {"$schema": DIALECT, "$id": f"urn:gitreg:schema:{name}:v1"}
    return json.dumps(head | made, indent=2, ensure_ascii=False) + "\n"


def _for_files(part: Any) -> Any:  # noqa: ANN401 - JSON
    """The schema of a value as the schema of what an editor sees."""
    if isinstance(part, list):
        return [_for_files(item) for item in part]
    if not isinstance(part, dict):
        return part
    # `discriminator` is OpenAPI's; titles that repeat the key say nothing
    fitted = {
        key: _for_named(value) if key in {"properties", "$defs"} else _for_files(value)
        for key, value in part.items()
        if key not in {"discriminator", "title", "default"}
    }
    if "default" in part:
        fitted["default"] = part["default"]
    if fitted.get("type") == "string" and not RESTRICTED & fitted.keys():
        fitted["type"] = ["string", "number", "boolean", "null"]
    return fitted


def _for_named(parts: dict[str, Any]) -> dict[str, Any]:
    """Below these keywords the keys are names, not keywords."""
    return {name: _for_files(part) for name, part in parts.items()}


def write_all(folder: Path) -> None:
    """Writes every schema into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in schemas().items():
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    write_all(Path(sys.argv[1]))
