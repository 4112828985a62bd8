"""What an MLflow store holds, as values that can be compared: by names, as ids differ between stores."""

from __future__ import annotations

import hashlib
import math
import tempfile
from pathlib import Path
from typing import Any

import mlflow
from mlflow import MlflowClient
from mlflow.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    LoggedModelInput,
    LoggedModelOutput,
    Metric,
    Param,
    RunTag,
    ViewType,
)

LARGEST = 1.7976931348623157e308
START = 1_700_000_000_000


def seed(client: MlflowClient, folder: Path) -> None:
    """What a team leaves in MLflow in a few months."""
    plain = client.create_experiment("churn sweep", tags={"mlflow.note.content": "why", "team": "growth"})
    parent = client.create_run(
        plain, START, {"mlflow.user": "ada", "mlflow.source.name": "train.py"}, "parent"
    ).info.run_id
    curve = [Metric("loss", 1 / (step + 1), START + step, step) for step in range(250)]
    strange = [
        Metric("nan", float("nan"), START, 0),
        Metric("inf", float("inf"), START + 1, 0),
        Metric("val/auc", 0.5, START, 7),
    ]
    client.log_batch(
        parent,
        [*curve, *strange],
        [Param("lr", "0.1"), Param("net/depth", "3")],
        [RunTag("mlflow.note.content", "a\nb")],
    )
    data = Dataset("train", "abc", "local", '{"uri": "/data/train.csv"}', '{"a": "long"}', '{"rows": 2}')
    client.log_inputs(
        parent, [DatasetInput(data, [InputTag("mlflow.data.context", "training"), InputTag("own", "x")])]
    )
    files = folder / "files"
    (files / "sub").mkdir(parents=True, exist_ok=True)
    (files / "plot.png").write_bytes(b"\x00\x01")
    (files / "sub" / "notes.txt").write_text("text")
    client.log_artifacts(parent, str(files))
    client.log_artifacts(parent, str(_model(folder, "old")), "model")
    made = client.create_logged_model(plain, "net", parent, {"k": "v"}, {"depth": "3"}, "torch")
    client.log_model_artifacts(made.model_id, str(_model(folder, "new")))
    client.finalize_logged_model(made.model_id, "READY")
    client.log_outputs(parent, [LoggedModelOutput(made.model_id, 5)])
    client.log_batch(
        parent,
        [
            Metric(
                "acc", 0.75, START + 9, 5, model_id=made.model_id, dataset_name="train", dataset_digest="abc"
            )
        ],
    )
    client.set_terminated(parent, "FINISHED", START + 9000)
    child = client.create_run(
        plain, START + 10, {"mlflow.parentRunId": parent, "mlflow.user": "bob"}, "child"
    ).info.run_id
    client.log_inputs(child, models=[LoggedModelInput(made.model_id)])
    client.set_terminated(child, "FAILED", START + 20)
    _deleted(client)
    _registered(client, parent, made.model_id)


def _deleted(client: MlflowClient) -> None:
    old = client.create_experiment("old things")
    run = client.create_run(old, START, {"mlflow.user": "ada"}, "forgotten").info.run_id
    client.set_terminated(run, "KILLED", START + 1)
    client.delete_experiment(old)
    gone = client.create_run("0", START + 30, {"mlflow.user": "ada"}, "gone").info.run_id
    client.set_terminated(gone, "FINISHED", START + 31)
    client.delete_run(gone)


def _registered(client: MlflowClient, run: str, model: str) -> None:
    client.create_registered_model("churn", {"team": "growth"}, "what it is for")
    address = f"{client.get_run(run).info.artifact_uri}/model"
    for number in range(1, 4):
        client.create_model_version(
            "churn", address, run, {"n": str(number)}, description=f"number {number}", await_creation_for=0
        )
    client.create_model_version("churn", f"models:/{model}", run, model_id=model, await_creation_for=0)
    client.delete_model_version("churn", "2")
    client.set_registered_model_alias("churn", "champion", "3")
    client.transition_model_version_stage("churn", "1", "Archived")


def _model(folder: Path, words: str) -> Path:
    made = folder / f"model-{words}"
    (made / "data").mkdir(parents=True, exist_ok=True)
    (made / "MLmodel").write_text(f"flavors: {{}}\nmodel_uuid: {words}\n")
    (made / "data" / "weights.bin").write_bytes(words.encode() * 50)
    return made


def contents(client: MlflowClient, *, artifacts: bool = True) -> dict[str, Any]:
    """Everything that a store tells."""
    experiments = client.search_experiments(ViewType.ALL)
    runs = {
        run.info.run_id: run
        for one in experiments
        for run in client.search_runs([one.experiment_id], "", ViewType.ALL)
    }
    models = {
        model.model_id: model
        for one in experiments
        for model in client.search_logged_models([one.experiment_id])
    }
    return {
        "experiments": {one.name: (one.lifecycle_stage, _tags(one.tags)) for one in experiments},
        "runs": {run.info.run_name: _run(client, run, runs, models, artifacts) for run in runs.values()},
        "logged models": {model.name: _logged(client, model, runs, artifacts) for model in models.values()},
        "models": {
            model.name: _registered_model(client, model, artifacts)
            for model in client.search_registered_models()
        },
    }


def _run(
    client: MlflowClient, run: Any, runs: dict[str, Any], models: dict[str, Any], artifacts: bool
) -> dict[str, Any]:
    info, data = run.info, run.data
    parent = data.tags.get("mlflow.parentRunId")
    inputs = [
        (one.dataset.to_dictionary(), {tag.key: tag.value for tag in one.tags})
        for one in run.inputs.dataset_inputs
    ]
    return {
        "info": (info.status, info.start_time, info.end_time, info.lifecycle_stage, info.user_id),
        "params": data.params,
        "tags": _tags(data.tags),
        "parent": runs[parent].info.run_name if parent in runs else parent,
        "points": {
            key: sorted(
                (one.step, one.timestamp, _value(one.value))
                for one in client.get_metric_history(info.run_id, key)
            )
            for key in data.metrics
        },
        "inputs": inputs,
        "models": [(models[one.model_id].name, one.step) for one in run.outputs.model_outputs],
        "used": [models[one.model_id].name for one in run.inputs.model_inputs],
        "artifacts": _files(lambda folder: client.download_artifacts(info.run_id, "", folder))
        if artifacts
        else None,
    }


def _logged(client: MlflowClient, model: Any, runs: dict[str, Any], artifacts: bool) -> dict[str, Any]:
    metrics = [
        (
            one.key,
            _value(one.value),
            one.step,
            one.timestamp,
            runs[one.run_id].info.run_name,
            one.dataset_name,
            one.dataset_digest,
        )
        for one in model.metrics or ()
    ]
    found = _files(lambda folder: mlflow.artifacts.download_artifacts(model.artifact_location, dst_path=folder, tracking_uri=client.tracking_uri)) if artifacts else None  # fmt: skip
    return {
        "info": (model.status, model.model_type, runs[model.source_run_id].info.run_name),
        "params": model.params, "tags": _tags(model.tags), "metrics": sorted(metrics), "artifacts": found,
    }  # fmt: skip


def _registered_model(client: MlflowClient, model: Any, artifacts: bool) -> dict[str, Any]:
    versions = client.search_model_versions(f"name='{model.name}'")
    return {
        "info": (model.description, _tags(model.tags), {alias: str(version) for alias, version in model.aliases.items()}),
        "versions": {str(one.version): (one.description or "", _tags(one.tags), one.current_stage, _version_files(client, one) if artifacts else None) for one in versions},
    }  # fmt: skip


def _version_files(client: MlflowClient, version: Any) -> dict[str, str]:
    address = client.get_model_version_download_uri(version.name, version.version)
    return _files(
        lambda folder: mlflow.artifacts.download_artifacts(
            address, dst_path=folder, tracking_uri=client.tracking_uri
        )
    )


def _files(fetch: Any) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        top = Path(fetch(folder))
        return {
            str(path.relative_to(top)): hashlib.sha256(path.read_bytes()).hexdigest()[:12]
            for path in sorted(top.rglob("*"))
            if path.is_file()
        }


def _tags(tags: dict[str, str]) -> dict[str, str]:
    own = ("gitreg.", "mlflow.parentRunId", "mlflow.modelVersions")
    return {key: value for key, value in (tags or {}).items() if not key.startswith(own)}


def _value(value: float) -> str:
    return repr(math.copysign(LARGEST, value) if math.isinf(value) else value)
