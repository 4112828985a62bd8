"""Requests as MLflow's pages send them: answers in JSON, files, and errors with their HTTP status."""

from __future__ import annotations

from typing import Any

import pytest
from conformity import served_case
from grounds import Place, dataset
from mlflow.utils.credentials import get_default_host_creds
from mlflow.utils.rest_utils import http_request
from registry_words import unused


def ask(at: Place, method: str, address: str, /, **words: Any) -> Any:
    """The response of one request; what is given is its query or its JSON."""
    given = {"params": words} if method == "GET" else {"json": words}
    return http_request(
        get_default_host_creds(at.uri), address, method, max_retries=0, raise_on_status=False, **given
    )


def logged(at: Place) -> str:
    """A run with a curve, data and a file."""
    run = at.run("run", at.experiment())
    at.batch(run, [("loss", 1.0 / (step + 1), 10 + step, step) for step in range(6)], [("rate", "1")])
    at.dataset(run, "train", context="training")
    at.client.log_text(run, "words", "a/note.txt")
    return run


@served_case
def test_errors_have_a_status_and_a_code(at: Place) -> object:
    """404 for what is missing, 400 for what means nothing or is there already."""
    name = unused("an experiment")
    at.client.create_experiment(name)
    answers = [
        ask(at, "GET", "/api/2.0/mlflow/runs/get", run_id="0" * 32),
        ask(at, "GET", "/api/2.0/mlflow/experiments/get", experiment_id="987654"),
        ask(at, "GET", "/api/2.0/mlflow/experiments/get-by-name", experiment_name="nobody"),
        ask(at, "POST", "/api/2.0/mlflow/experiments/create", name=name),
        ask(at, "POST", "/api/2.0/mlflow/experiments/create", name=7),
        ask(at, "POST", "/api/2.0/mlflow/runs/search", experiment_ids=["0"], filter="nothing"),
        ask(at, "POST", "/api/2.0/mlflow/runs/search", experiment_ids=["0"], max_results=1_000_000),
        ask(at, "GET", "/api/2.0/mlflow/registered-models/get", name="nobody"),
        ask(at, "GET", "/api/2.0/mlflow/logged-models/m-" + "0" * 32),
    ]
    seen = [(one.status_code, one.json()["error_code"]) for one in answers]

    assert [status for status, _ in seen] == [404, 404, 404, 400, 400, 400, 400, 404, 404]
    return seen


@served_case
def test_a_run_in_json(at: Place) -> object:
    """Whole numbers as numbers, ids under both names."""
    run = logged(at)
    found = ask(at, "GET", "/api/2.0/mlflow/runs/get", run_id=run).json()["run"]
    info = {
        key: value for key, value in found["info"].items() if key not in {"artifact_uri", "experiment_id"}
    }

    assert found["info"]["run_id"] == found["info"]["run_uuid"] == run
    assert found["inputs"]["dataset_inputs"][0]["dataset"]["name"] == "train"
    return [info, found["data"], found["inputs"]]


@served_case
def test_curves_of_several_runs(at: Place) -> object:
    """As the charts ask for them."""
    runs = [logged(at), logged(at)]
    bulk = ask(
        at,
        "GET",
        "/ajax-api/2.0/mlflow/metrics/get-history-bulk",
        run_id=runs,
        metric_key="loss",
        max_results=100,
    )
    part = ask(
        at, "GET", "/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval", run_ids=runs, metric_key="loss",
        start_step=1, end_step=3, max_results=100,
    )  # fmt: skip
    none = ask(
        at,
        "GET",
        "/ajax-api/2.0/mlflow/metrics/get-history-bulk",
        run_id=runs,
        metric_key="nothing",
        max_results=100,
    )

    assert len(bulk.json()["metrics"]) == 12
    assert sorted({one["step"] for one in part.json()["metrics"]}) == [1, 2, 3]
    assert none.json()["metrics"] == []
    return sorted((one["value"], one["step"], one["timestamp"], one["key"]) for one in bulk.json()["metrics"])


@served_case
def test_data_of_experiments(at: Place) -> object:
    """As the page of evaluations asks for it."""
    run = logged(at)
    experiment = at.client.get_run(run).info.experiment_id
    found = ask(
        at, "POST", "/ajax-api/2.0/mlflow/experiments/search-datasets", experiment_ids=[experiment]
    ).json()

    assert [(one["name"], one["digest"], one["context"]) for one in found["dataset_summaries"]] == [
        ("train", "d1", "training")
    ]
    return []


@served_case
def test_files_of_runs(at: Place) -> object:
    """Listed and read; nothing outside of the run's."""
    run = logged(at)
    top = ask(at, "GET", "/ajax-api/2.0/mlflow/artifacts/list", run_id=run).json()
    below = ask(at, "GET", "/ajax-api/2.0/mlflow/artifacts/list", run_id=run, path="a").json()
    got = ask(at, "GET", "/get-artifact", run_id=run, path="a/note.txt")
    away = [
        ask(at, "GET", "/get-artifact", run_id=run, path=path).status_code
        for path in ("../x", "/etc/passwd", "a/../../x")
    ]

    assert top["files"] == [{"path": "a", "is_dir": True}]
    assert (got.status_code, got.text) == (200, "words")
    assert all(status >= 400 for status in away)
    return [top["files"], below["files"], got.headers["Content-Type"], away]


@served_case
def test_files_of_versions_and_logged_models(at: Place) -> object:
    """By their own addresses."""
    run, name = logged(at), unused("net")
    at.client.create_registered_model(name)
    at.client.create_model_version(name, f"{at.client.get_run(run).info.artifact_uri}/a", run)
    model = at.client.create_logged_model(at.experiment(), "net").model_id
    at.client.log_model_artifacts(model, at.client.download_artifacts(run, "a"))
    version = ask(at, "GET", "/model-versions/get-artifact", name=name, version="1", path="note.txt")
    files = ask(at, "GET", f"/ajax-api/2.0/mlflow/logged-models/{model}/artifacts/directories").json()
    got = ask(
        at,
        "GET",
        f"/ajax-api/2.0/mlflow/logged-models/{model}/artifacts/files",
        artifact_file_path="note.txt",
    )

    assert (version.text, got.text) == ("words", "words")
    return files["files"]


@served_case
@pytest.mark.parametrize(
    "source",
    ["/etc", "file:///etc", "../x", "{uri}/../../../../../x", "{uri}/%2e%2e/x", "mlflow-artifacts:/../x"],
)
def test_versions_are_not_made_of_the_server_s_own_files(at: Place, source: str) -> object:
    """Whatever a client says that they are."""
    run, name = logged(at), unused("net")
    at.client.create_registered_model(name)
    uri = at.client.get_run(run).info.artifact_uri
    answer = ask(
        at,
        "POST",
        "/api/2.0/mlflow/model-versions/create",
        name=name,
        source=source.format(uri=uri),
        run_id=run,
    )

    assert answer.status_code == 400
    return answer.json()["error_code"]


QUERY = """
query Run($id: String!) { mlflowGetRun(input: {runId: $id}) {
  run { info { runName status lifecycleStage startTime } data { metrics { key value step } params { key value } }
        inputs { datasetInputs { dataset { name digest } tags { key value } } } }
  apiError { code message } } }
"""


@served_case
def test_the_run_page_s_query(at: Place) -> object:
    """By GraphQL."""
    run = logged(at)
    found = ask(at, "POST", "/graphql", query=QUERY, variables={"id": run}, operationName="Run").json()

    assert found["data"]["mlflowGetRun"]["run"]["info"]["runName"] == "run"
    return found


@served_case
def test_pages_of_lists_in_json(at: Place) -> object:
    """Tokens where more follows; runs by their experiments."""
    experiment = at.experiment()
    for number in range(3):
        at.run(f"run {number}", experiment, number + 1)
    first = ask(
        at, "POST", "/ajax-api/2.0/mlflow/runs/search", experiment_ids=[experiment], max_results=2
    ).json()
    second = ask(
        at, "POST", "/ajax-api/2.0/mlflow/runs/search", experiment_ids=[experiment], max_results=2,
        page_token=first["next_page_token"],
    ).json()  # fmt: skip
    none = ask(at, "POST", "/ajax-api/2.0/mlflow/runs/search", experiment_ids=["987654"]).json()

    assert [one["info"]["run_name"] for one in (*first["runs"], *second["runs"])] == [
        "run 2",
        "run 1",
        "run 0",
    ]
    return ["next_page_token" in second, sorted(none)]


@served_case
def test_data_are_logged_by_requests(at: Place) -> object:
    """As other languages' clients do."""
    run = at.run()
    given = dataset("train", context="training")
    words = {"dataset": dict(given.dataset), "tags": [dict(tag) for tag in given.tags]}
    answers = [
        ask(at, "POST", "/api/2.0/mlflow/runs/log-inputs", run_id=run, datasets=[words]),
        ask(
            at,
            "POST",
            "/api/2.0/mlflow/runs/log-metric",
            run_id=run,
            key="loss",
            value=1.5,
            timestamp=7,
            step="3",
        ),
        ask(at, "POST", "/api/2.0/mlflow/runs/log-metric", run_id=run, key="nan", value="NaN", timestamp=7),
        ask(at, "POST", "/api/2.0/mlflow/runs/log-parameter", run_id=run, key="rate", value="1"),
        ask(at, "POST", "/api/2.0/mlflow/runs/log-metric", run_id=run, key="loss"),
        ask(at, "POST", "/api/2.0/mlflow/runs/update", run_id=run, status="FINISHED", end_time=99),
    ]
    found = at.client.get_run(run)

    assert at.history(run, "loss") == [(3, 7, 1.5)]
    assert (found.info.status, found.info.end_time) == ("FINISHED", 99)
    return [[one.status_code for one in answers], found.data.metrics, found.data.params]
