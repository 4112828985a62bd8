"""Makes `mlruns/` folders by hand, in the layouts of all versions of MLflow, and in none of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

START = 1_700_000_000_000


def put(path: Path, content: str | bytes) -> Path:
    """Writes a file, its folders first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, str):
        path.write_text(content)
    else:
        path.write_bytes(content)
    return path


def meta(folder: Path, **values: object) -> Path:
    """Writes a `meta.yaml`, each value as PyYAML would."""
    lines = (f"{key}: {_scalar(value)}\n" for key, value in sorted(values.items()))
    return put(folder / "meta.yaml", "".join(lines))


def _scalar(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        is_plain = value.isprintable() and value[:1] not in "{['\"" and not value.isdigit()
        return value if value and is_plain else json.dumps(value)
    return json.dumps(value)


@dataclass
class Runs:
    """An `mlruns/` folder."""

    folder: Path

    def experiment(
        self, id_: str = "7", name: str = "churn", tags: Mapping[str, str] | None = None, **more: object
    ) -> Path:
        """An experiment."""
        folder = self.folder / (".trash" if more.get("lifecycle_stage") == "deleted" else "") / id_
        meta(folder, **{"experiment_id": id_, "name": name, "artifact_location": f"file://{folder}", "lifecycle_stage": "active", "creation_time": START, "last_update_time": START + 5} | more)  # fmt: skip
        for key, value in (tags or {}).items():
            put(folder / "tags" / key, value)
        return folder

    def run(
        self,
        number: int = 1,
        *,
        experiment: Path | None = None,
        params: Mapping[str, str] | None = None,
        metrics: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
        files: Mapping[str, str | bytes] | None = None,
        **more: object,
    ) -> Path:
        """A run; its id counts."""
        within = experiment or self.folder / "7"
        folder = within / str(more.get("run_id", f"{number:032x}"))
        values = {
            "run_id": folder.name, "run_uuid": folder.name, "run_name": f"run {number}", "experiment_id": within.name, "status": 3,
            "start_time": START + number, "end_time": START + number + 1000, "lifecycle_stage": "active", "user_id": "ada",
            "artifact_uri": f"file://{folder}/artifacts", "source_type": 4, "source_name": "", "source_version": "",
            "entry_point_name": "", "tags": [],
        }  # fmt: skip
        meta(folder, **{key: value for key, value in (values | more).items() if value is not ...})
        for place, found in (("params", params), ("metrics", metrics), ("tags", tags), ("artifacts", files)):
            (folder / place).mkdir(exist_ok=True)
            for key, value in (found or {}).items():
                put(folder / place / key, value)
        return folder

    def logged_model(
        self,
        id_: str = "m-" + "ab" * 16,
        *,
        experiment: Path | None = None,
        files: Mapping[str, str] | None = None,
        **more: object,
    ) -> Path:
        """A logged model of MLflow 3."""
        folder = (experiment or self.folder / "7") / "models" / id_
        values = {
            "model_id": id_, "experiment_id": "7", "name": "net", "model_type": None, "status": 2, "status_message": None,
            "creation_timestamp": START, "last_updated_timestamp": START + 9, "source_run_id": f"{1:032x}",
            "artifact_location": f"file://{folder}/artifacts",
        }  # fmt: skip
        meta(folder, **(values | more))
        for key, value in (files or {}).items():
            put(folder / "artifacts" / key, value)
        return folder

    def model(
        self,
        name: str = "churn",
        *,
        aliases: Mapping[str, int] | None = None,
        tags: Mapping[str, str] | None = None,
        **more: object,
    ) -> Path:
        """A registered model."""
        folder = self.folder / "models" / name
        meta(folder, **({"name": name, "description": "what it is for", "creation_timestamp": START, "last_updated_timestamp": START + 7} | more))  # fmt: skip
        for key, number in (aliases or {}).items():
            put(folder / "aliases" / key, str(number))
        for key, value in (tags or {}).items():
            put(folder / "tags" / key, value)
        return folder

    def version(
        self, number: int, *, model: str = "churn", tags: Mapping[str, str] | None = None, **more: object
    ) -> Path:
        """A version of it."""
        folder = self.folder / "models" / model / f"version-{number}"
        values = {
            "name": model, "version": number, "current_stage": "None", "status": "READY", "creation_timestamp": START + number,
            "last_updated_timestamp": START + number, "description": f"number {number}", "run_id": f"{1:032x}",
            "run_link": None, "source": f"file://{self.folder}/7/{1:032x}/artifacts/model", "user_id": None,
        }  # fmt: skip
        meta(folder, **(values | more))
        for key, value in (tags or {}).items():
            put(folder / "tags" / key, value)
        return folder
