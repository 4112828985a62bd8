"""Versions that are registered from runs and logged models of the same registry: their artifacts are the registry's."""

from __future__ import annotations

from pathlib import Path

import pytest
from artifact_desk import ArtifactDesk
from desk import Desk
from in_process import call
from mlflow.entities import RunStatus
from registry_calls import refusal, tag

from gitreg.documents import layout
from gitreg.documents.reader import read
from gitreg.domain.candidate import Candidate
from gitreg.domain.model import ModelVersion
from gitreg.domain.version import VersionNumber
from gitreg.mlflow_plugin.models.store import ModelRegistryStore

FIRST = VersionNumber(1, 0, 0)


@pytest.fixture
def work(desk: Desk, tmp_path: Path) -> ArtifactDesk:
    """A registry, and somebody at work with MLflow."""
    files = tmp_path / "files"
    (files / "model").mkdir(parents=True)
    (files / "model" / "MLmodel").write_text("flavors: {}\n")
    (files / "model" / "weights.bin").write_bytes(b"weights " * 10)
    return ArtifactDesk(desk.path, files)


@pytest.fixture
def store(work: ArtifactDesk) -> ModelRegistryStore:
    """MLflow's store of models, with one model in it."""
    store = ModelRegistryStore(work.uri)
    store.create_registered_model("churn")
    return store


def cli(desk: Desk, *words: str) -> tuple[int, str]:
    """A command; its exit code and what it said."""
    said = call(desk.path, *words, environ=desk.environ)
    return said.code, said.out + said.err


def logged_run(work: ArtifactDesk, *, ended: bool = True) -> str:
    """A run with a model in its artifacts."""
    run = work.run()
    work.repository(run.info.artifact_uri).log_artifacts(str(work.files / "model"), "model")
    if ended:
        work.end(run)
    return str(run.info.run_id)


def record(desk: Desk, version: VersionNumber = FIRST) -> ModelVersion:
    path = layout.version_path("churn", version)
    return read(desk.read(path), ModelVersion, path)


def candidate_of(desk: Desk) -> Candidate:
    path = layout.version_candidate_path("churn", FIRST)
    return read(desk.read(path), Candidate, path)


@pytest.mark.parametrize(
    "form",
    [
        "runs:/{run}/model",
        "{uri}/-/0/{run}/artifacts/model",
        "model",
        "mlflow-artifacts:/0/{run}/artifacts/model",
    ],
)
def test_every_way_to_name_a_folder_of_a_run_leads_to_its_files(
    work: ArtifactDesk, store: ModelRegistryStore, desk: Desk, form: str
) -> None:
    """The promoted part is that folder."""
    run = logged_run(work)
    source = form.format(run=run, uri=work.uri)

    made = store.create_model_version("churn", source, run)
    found = record(desk)
    assert (found.candidate and found.candidate.id, found.artifacts and found.artifacts.files) == (run, 2)
    assert (made.source, made.run_id) == (source, run)
    address = store.get_model_version_download_uri("churn", 1)
    assert address == f"{work.uri}/-/registered/churn/1.0.0/artifacts"
    assert sorted(one.path for one in work.repository(address).list_artifacts()) == ["MLmodel", "weights.bin"]


def test_what_was_registered_can_be_released_verified_and_pulled(
    work: ArtifactDesk, store: ModelRegistryStore, desk: Desk, tmp_path: Path
) -> None:
    """It is a version as any other; it is signed when somebody names it."""
    run = logged_run(work)
    for _ in range(2):
        store.create_model_version("churn", f"runs:/{run}/model", run)

    assert cli(desk, "validate")[0] == 0
    assert "v1.0.0" not in cli(desk, "status")[1]
    assert cli(desk, "release", "churn@1.1.0", "--yes")[0] == 0
    assert cli(desk, "verify", "churn@1.1.0")[0] == 0
    assert cli(desk, "pull", "churn@1.1.0", "-o", str(tmp_path / "out"))[0] == 0
    assert (tmp_path / "out" / "weights.bin").read_bytes() == b"weights " * 10
    assert store.get_model_version("churn", 2).tags["gitreg.state"] == "released"
    assert store.get_model_version("churn", 1).tags["gitreg.state"] == "accepted"


def test_a_run_that_goes_on_is_recorded_as_it_is(
    work: ArtifactDesk, store: ModelRegistryStore, desk: Desk
) -> None:
    """What it logs later is not the version's; it may be released when the run has ended well."""
    run = logged_run(work, ended=False)

    store.create_model_version("churn", f"runs:/{run}/model", run)
    assert candidate_of(desk).status == "running"
    code, words = cli(desk, "release", "churn@1.0.0", "--yes")
    assert (code, "the candidate is running" in words) == (1, True)
    work.store.update_run_info(run, RunStatus.FINISHED, 1, None)
    assert cli(desk, "release", "churn@1.0.0", "--yes")[0] == 0
    assert cli(desk, "validate")[0] == 0


def test_a_logged_model_is_registered_by_its_id(
    work: ArtifactDesk, store: ModelRegistryStore, desk: Desk
) -> None:
    """Its run comes with it."""
    run = work.run()
    model = work.store.create_logged_model("0", "forest", run.info.run_id)
    work.repository(model.artifact_location).log_artifacts(str(work.files / "model"))

    made = store.create_model_version("churn", f"models:/{model.model_id}", model_id=model.model_id)
    found = record(desk)
    assert (made.model_id, made.run_id) == (model.model_id, run.info.run_id)
    assert (found.artifacts and found.artifacts.files, f"m-{found.logged_model}") == (2, model.model_id)
    assert cli(desk, "validate")[0] == 0


def test_a_logged_model_of_no_run_can_be_loaded_and_not_signed(
    work: ArtifactDesk, store: ModelRegistryStore, desk: Desk
) -> None:
    """Nobody could say what it was made of."""
    model = work.model()
    work.repository(model.artifact_location).log_artifacts(str(work.files / "model"))

    store.create_model_version("churn", f"models:/{model.model_id}")
    address = store.get_model_version_download_uri("churn", 1)
    assert [one.path for one in work.repository(address).list_artifacts()] == ["MLmodel", "weights.bin"]
    assert cli(desk, "validate")[0] == 0
    code, words = cli(desk, "release", "churn@1.0.0", "--yes")
    assert (code, "no candidate of this registry" in words) == (1, True)


def test_a_copy_has_the_same_files(work: ArtifactDesk, store: ModelRegistryStore, desk: Desk) -> None:
    """And the same maker."""
    run = logged_run(work)
    first = store.create_model_version("churn", f"runs:/{run}/model", run, [tag("k", "v")])
    copied = store.copy_model_version(first, "live")

    path = layout.version_path("live", FIRST)
    assert read(desk.read(path), ModelVersion, path).artifacts == record(desk).artifacts
    assert (copied.run_id, copied.source) == (run, "models:/churn/1")
    assert desk.read("models/live/versions/1.0.0/candidate.yaml") == desk.read(
        "models/churn/versions/1.0.0/candidate.yaml"
    )
    assert cli(desk, "validate")[0] == 0


def test_what_is_not_there_yet_is_registered_by_its_name(
    work: ArtifactDesk, store: ModelRegistryStore, desk: Desk
) -> None:
    """MLflow looks for it when it is loaded; nothing of it is the registry's."""
    run = work.run().info.run_id
    store.create_model_version("churn", f"runs:/{run}/never", run)

    assert store.get_model_version_download_uri("churn", 1) == f"runs:/{run}/never"
    assert (record(desk).candidate, record(desk).artifacts) == (None, None)


@pytest.mark.parametrize(
    "words",
    [("release", "churn@1.0.0", "--yes"), ("verify", "churn@1.0.0"), ("pull", "churn@1.0.0", "-o", "out"), ("promote", "churn@1.0.0", "-m", "other")],
)  # fmt: skip
def test_what_is_elsewhere_is_refused_where_it_is_needed(
    store: ModelRegistryStore, desk: Desk, words: tuple[str, ...]
) -> None:
    """With a reason, and nothing is left behind."""
    store.create_model_version("churn", "s3://elsewhere/model")

    code, said = cli(desk, *words)
    assert code in {1, 3, 6}
    assert "Traceback" not in said
    assert not (desk.path / "out").exists()


@pytest.mark.parametrize(
    "words",
    [("show", "churn@1.0.0"), ("report", "churn@1.0.0"), ("model", "versions", "churn"), ("validate",), ("status",), ("check", "churn@1.0.0")],
)  # fmt: skip
def test_what_is_elsewhere_can_be_looked_at(
    store: ModelRegistryStore, desk: Desk, words: tuple[str, ...]
) -> None:
    """It stands among the others, and is in nobody's way."""
    store.create_model_version("churn", "s3://elsewhere/model")

    code, said = cli(desk, *words)
    assert code == 0, said


def test_gates_are_asked_as_in_a_promotion(work: ArtifactDesk, store: ModelRegistryStore, desk: Desk) -> None:
    """What they demand of nothing that is here is not shown to hold."""
    text = desk.read("gitreg.yaml").decode()
    gates = "gates:\n  - kind: threshold\n    metric: auc\n    at_least: 0.9\n    at_most: null\n"
    desk.commit({"gitreg.yaml": text.replace("gates: []\n", gates).encode()})
    run = logged_run(work)

    for source in (f"runs:/{run}/model", "s3://elsewhere"):
        code, words = refusal(store.create_model_version, "churn", source, run)
        assert (code, "threshold" in words) == ("INVALID_STATE", True)
    store.create_prompt("greeting")
    assert store.create_prompt_version("greeting", "Hello").version == 1
