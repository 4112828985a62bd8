"""Runs through MLflow's tracking store: drafts while they run, records when they ended."""

from __future__ import annotations

import math
import time

import pytest
from desk import Desk
from mlflow.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    LoggedModelInput,
    Metric,
    Param,
    Run,
    RunStatus,
    RunTag,
)
from mlflow.exceptions import MlflowException

from gitreg.documents.writer import write
from gitreg.domain.candidate import Candidate
from gitreg.drafts import Draft
from gitreg.mlflow_plugin.tracking.store import TrackingStore
from gitreg.workflows.running.capture import own_environment
from gitreg.workflows.running.finish_draft import drafts_folder, finish_draft
from gitreg.workflows.searching.find import find_candidate

FINISHED = RunStatus.FINISHED
INVALID = "INVALID_PARAMETER_VALUE"
COMMIT = "9f1c" * 10


@pytest.fixture
def store(desk: Desk) -> TrackingStore:
    """MLflow's store on a fresh registry."""
    return TrackingStore(f"gitreg://{desk.path}")


def begin(store: TrackingStore, name: str | None = None, experiment: str = "0", **tags: str) -> str:
    """A run that runs."""
    words = [RunTag(key.replace("__", "."), value) for key, value in tags.items()]
    return str(store.create_run(experiment, "ada", 1_700_000_000_000, words, name).info.run_id)


def end(store: TrackingStore, run_id: str, status: int = FINISHED, at: int = 1_700_000_060_000) -> None:
    """It ended."""
    store.update_run_info(run_id, status, at, None)


def log(store: TrackingStore, run_id: str, key: str, *values: float) -> None:
    """A curve."""
    for step, value in enumerate(values):
        store.log_metric(run_id, Metric(key, value, 1_700_000_000_000 + step, step))


def record(desk: Desk, run_id: str) -> Candidate:
    """What became of a run."""
    return find_candidate(desk.registry, run_id)


def refused(call: object, *args: object) -> MlflowException:
    """The refusal."""
    with pytest.raises(MlflowException) as found:
        call(*args)  # type: ignore[operator]
    return found.value


def both(store: TrackingStore, run_id: str) -> tuple[Run, Run]:
    """A run before and after it ended."""
    running = store.get_run(run_id)
    end(store, run_id)
    return running, store.get_run(run_id)


def test_a_run_is_seen_as_soon_as_it_begins(store: TrackingStore) -> None:
    """Also by another store, which is another process's eyes."""
    run_id = begin(store, "first", team="growth")

    info = TrackingStore(store.store_uri).get_run(run_id).info
    assert (info.run_name, info.status, info.user_id, info.experiment_id) == ("first", "RUNNING", "ada", "0")
    assert (info.start_time, info.end_time, info.lifecycle_stage) == (1_700_000_000_000, None, "active")


def test_what_is_answered_is_the_same_before_and_after_the_end(store: TrackingStore) -> None:
    """The journal and the record say one thing."""
    run_id = begin(store, "first", team="growth", mlflow__user="ada", mlflow__source__name="train.py")
    store.log_param(run_id, Param("lr", "0.10"))
    log(store, run_id, "loss", 0.5, 0.25)
    store.log_inputs(
        run_id, [DatasetInput(Dataset("train", "abc", "local", '{"uri": "a.csv"}'), [InputTag("k", "v")])]
    )

    running, ended = both(store, run_id)
    assert running.data.to_dictionary() == ended.data.to_dictionary()
    assert running.inputs.to_dictionary() == ended.inputs.to_dictionary()  # type: ignore[union-attr]
    assert ended.data.params == {"lr": "0.10"}
    assert ended.data.metrics == {"loss": 0.25}
    assert ended.data.tags == {
        "mlflow.runName": "first",
        "team": "growth",
        "mlflow.user": "ada",
        "mlflow.source.name": "train.py",
    }
    assert (ended.info.status, ended.info.end_time) == ("FINISHED", 1_700_000_060_000)


def test_ending_a_run_commits_it(store: TrackingStore, desk: Desk) -> None:
    """From then on it is a record as any other."""
    run_id = begin(store, "first")
    store.log_metric(run_id, Metric("auc", 0.9, 1_700_000_000_000, 3))
    end(store, run_id)

    found = record(desk, run_id)
    assert (found.name, found.status, found.metrics, found.user) == ("first", "finished", {"auc": 0.9}, "ada")
    assert found.points["auc"][0] == 3


def test_the_end_is_answered_as_it_was_recorded(store: TrackingStore, desk: Desk) -> None:
    """The record that was made is not read again, so both must be the same, but for the order of what has none."""
    run_id = begin(
        store, "first: # 1", team="it's\n two lines ", number="0x1f", mlflow__note__content="# A\n\nnote\n"
    )
    store.log_batch(
        run_id,
        [
            Metric(key, value, 1_700_000_000_123, -3)
            for key, value in (("a", math.nan), ("b", math.inf), ("c", -0.0), ("d", 1e300), ("e", 0.1 + 0.2))
        ],
        [Param("lr", "1e-3"), Param("empty", ""), Param("token", "glpat-" + "x" * 20)],
        [],
    )
    log(store, run_id, "curve", 0.5, 0.25)
    registry = desk.registry
    draft = Draft.open(drafts_folder(registry) / run_id)
    answered = finish_draft(registry, draft, desk.author, status="finished")

    recorded = record(desk, run_id)
    assert write(answered) == write(recorded)
    assert {**answered.metrics, "a": 0.0} == {**recorded.metrics, "a": 0.0}
    rest = {"metrics"}  # a NaN is not like another
    assert answered.model_dump(exclude=rest) == recorded.model_dump(exclude=rest)


def test_ending_a_run_answers_what_is_found_afterwards(store: TrackingStore) -> None:
    """With the name that came with the end, too."""
    run_id = begin(store, "first", team="growth")
    log(store, run_id, "loss", 0.5, 0.25)
    answered = store.update_run_info(run_id, FINISHED, 1_700_000_060_000, "renamed")

    found = store.get_run(run_id).info
    assert dict(answered) == dict(found)
    assert (found.run_name, found.status) == ("renamed", "FINISHED")


def test_an_experiment_that_somebody_changed_is_seen_changed(store: TrackingStore, desk: Desk) -> None:
    """What is remembered of it counts only as long as its record is the same, whatever else was committed."""
    number = store.create_experiment("churn")
    end(store, begin(store, experiment=number))
    end(store, begin(store, experiment=number))
    path = "experiments/churn/experiment.yaml"
    with desk.registry.store.change("refs/heads/gitreg/candidates", "Rename\n", desk.author) as change:
        text = change.before.file(path)
        assert text is not None
        change.put_file(path, text.replace(b"name: churn", b"name: loss of customers"))

    assert store.get_experiment(number).name == "loss of customers"


def test_what_is_said_again_of_an_end_makes_no_commit(store: TrackingStore, desk: Desk) -> None:
    """Parent and child may both end a run; the later end counts, as in MLflow's SQL store."""
    run_id = begin(store)
    end(store, run_id)
    tip = desk.tip("refs/heads/gitreg/candidates")
    end(store, run_id)
    assert desk.tip("refs/heads/gitreg/candidates") == tip

    end(store, run_id, at=1_700_000_090_000)
    assert store.get_run(run_id).info.end_time == 1_700_000_090_000


@pytest.mark.parametrize("status", ["FINISHED", "FAILED", "KILLED"])
def test_a_run_ends_in_three_ways(store: TrackingStore, status: str) -> None:
    """Each is kept."""
    run_id = begin(store)
    info = store.update_run_info(run_id, RunStatus.from_string(status), 1_700_000_060_000, None)

    assert info.status == store.get_run(run_id).info.status == status


def test_tags_fill_the_fields_of_a_candidate(store: TrackingStore, desk: Desk) -> None:
    """Gitreg knows code, parent and notes by fields; MLflow gets its tags back."""
    parent = begin(store, "sweep")
    given = {
        "mlflow__parentRunId": parent,
        "mlflow__source__git__commit": COMMIT,
        "mlflow__source__git__branch": "main",
        "mlflow__note__content": "Try *this*.",
    }
    run_id = begin(store, "child", **given)
    running, ended = both(store, run_id)

    found = record(desk, run_id)
    assert (found.parent, found.code.commit, found.code.branch) == (parent, COMMIT, "main")
    assert found.notes == "Try *this*."
    expected = {key.replace("__", "."): value for key, value in given.items()} | {"mlflow.runName": "child"}
    assert running.data.tags == ended.data.tags == expected


def test_the_tags_of_a_ci_job_are_its_pipeline(store: TrackingStore, desk: Desk) -> None:
    """As `run_context` sets them; the job's commit stands in where MLflow found none."""
    tags = {
        "gitlab.CI_PROJECT_PATH": "ml/churn",
        "gitlab.CI_PIPELINE_ID": "12",
        "gitlab.CI_JOB_ID": "34",
        "gitlab.CI_COMMIT_SHA": COMMIT,
    }
    run_id = begin(store, **tags)
    end(store, run_id)

    found = record(desk, run_id)
    assert found.ci is not None
    assert (found.ci.project, found.ci.pipeline, found.ci.job) == ("ml/churn", "12", "34")
    assert found.code.commit == COMMIT
    assert tags.items() <= store.get_run(run_id).data.tags.items()


def test_a_run_is_renamed_by_its_tag_and_by_its_name(store: TrackingStore) -> None:
    """They are one thing."""
    run_id = begin(store, "first")
    store.set_tag(run_id, RunTag("mlflow.runName", "second"))
    assert store.get_run(run_id).info.run_name == "second"

    store.update_run_info(run_id, None, None, "third")
    running, ended = both(store, run_id)
    for one in (running, ended):
        assert (one.info.run_name, one.data.tags["mlflow.runName"]) == ("third", "third")


def test_a_name_and_a_tag_that_differ_are_refused(store: TrackingStore) -> None:
    """Nobody could tell which counts."""
    error = refused(store.create_run, "0", "ada", 0, [RunTag("mlflow.runName", "one")], "two")

    assert error.error_code == "INVALID_PARAMETER_VALUE"


def test_a_run_without_a_name_gets_one(store: TrackingStore) -> None:
    """As MLflow makes them up."""
    assert store.get_run(begin(store)).info.run_name


def test_the_last_value_has_the_highest_step(store: TrackingStore) -> None:
    """Then the latest time, then the greatest value."""
    run_id = begin(store)
    for value, moment, step in ((1.0, 5, 2), (2.0, 9, 1), (3.0, 5, 2), (2.5, 4, 2)):
        store.log_metric(run_id, Metric("m", value, moment, step))

    running, ended = both(store, run_id)
    assert running.data.metrics == ended.data.metrics == {"m": 3.0}


def test_infinities_are_clamped_in_answers_only(store: TrackingStore, desk: Desk) -> None:
    """MLflow's protocol has none, and the record keeps what was measured."""
    run_id = begin(store)
    for key, value in (("up", math.inf), ("down", -math.inf), ("nan", math.nan)):
        store.log_metric(run_id, Metric(key, value, 1, 0))
    running, ended = both(store, run_id)

    for one in (running, ended):
        assert one.data.metrics["up"] == -one.data.metrics["down"] == 1.7976931348623157e308
        assert math.isnan(one.data.metrics["nan"])
    assert record(desk, run_id).metrics["up"] == math.inf


def test_a_param_does_not_change(store: TrackingStore) -> None:
    """The same value again is no change."""
    run_id = begin(store)
    store.log_param(run_id, Param("lr", "0.1"))
    store.log_param(run_id, Param("lr", "0.1"))

    for error in (
        refused(store.log_param, run_id, Param("lr", "0.2")),
        refused(store.log_batch, run_id, [], [Param("lr", "0.2")], []),
    ):
        assert error.error_code == "INVALID_PARAMETER_VALUE"
        assert "Changing param values is not allowed" in error.message
        assert "0.2" in error.message
    assert store.get_run(run_id).data.params == {"lr": "0.1"}


def test_a_batch_is_logged_whole_or_not_at_all(store: TrackingStore) -> None:
    """One wrong metric, and nothing of it is there."""
    run_id = begin(store)
    store.log_batch(run_id, [Metric("a", 1, 1, 0)], [Param("p", "1")], [RunTag("t", "1")])
    refused(store.log_batch, run_id, [Metric("b", "x", 1, 0)], [Param("q", "1")], [RunTag("u", "1")])  # type: ignore[arg-type]

    found = store.get_run(run_id).data
    assert (found.metrics, found.params, found.tags["t"]) == ({"a": 1.0}, {"p": "1"}, "1")
    assert "u" not in found.tags


@pytest.mark.parametrize(
    "batch",
    [
        ([Metric("m", 1.0, 1, step) for step in range(1001)], [], []),
        ([], [Param(f"p{n}", "1") for n in range(101)], []),
        ([], [], [RunTag(f"t{n}", "1") for n in range(101)]),
        ([], [Param("p", "1"), Param("p", "2")], []),
        ([Metric("../m", 1.0, 1, 0)], [], []),
        ([Metric("m", 1.0, -1, 0)], [], []),
        ([Metric("m", 1.0, 1, 2**63)], [], []),
    ],
)
def test_a_batch_that_mlflow_refuses_is_refused(
    store: TrackingStore, batch: tuple[list[Metric], list[Param], list[RunTag]]
) -> None:
    """Its limits and names are MLflow's own."""
    assert refused(store.log_batch, begin(store), *batch).error_code == "INVALID_PARAMETER_VALUE"


def test_a_tag_is_removed(store: TrackingStore) -> None:
    """One that is not there cannot be."""
    run_id = begin(store, "first", team="growth", mlflow__note__content="words")
    store.delete_tag(run_id, "team")
    store.delete_tag(run_id, "mlflow.note.content")

    assert store.get_run(run_id).data.tags == {"mlflow.runName": "first"}
    assert refused(store.delete_tag, run_id, "team").error_code == "RESOURCE_DOES_NOT_EXIST"


def test_a_deleted_run_takes_nothing_until_it_is_restored(store: TrackingStore) -> None:
    """Also while it runs, and whoever deleted it."""
    run_id = begin(store)
    other = TrackingStore(store.store_uri)
    store.log_metric(run_id, Metric("m", 1, 1, 0))
    other.delete_run(run_id)

    assert store.get_run(run_id).info.lifecycle_stage == "deleted"
    for call in (
        lambda: store.log_metric(run_id, Metric("m", 1, 1, 0)),
        lambda: store.log_param(run_id, Param("p", "1")),
        lambda: store.set_tag(run_id, RunTag("t", "1")),
        lambda: store.update_run_info(run_id, FINISHED, 1, None),
        lambda: store.log_inputs(run_id, []),
    ):
        assert refused(call).error_code == "INVALID_PARAMETER_VALUE"
    store.restore_run(run_id)
    store.log_metric(run_id, Metric("m", 2, 2, 1))
    assert store.get_run(run_id).data.metrics == {"m": 2.0}


def test_the_runs_of_a_deleted_experiment_are_deleted(store: TrackingStore) -> None:
    """And are there again with it."""
    experiment = store.create_experiment("churn")
    running, ended = begin(store, experiment=experiment), begin(store, experiment=experiment)
    end(store, ended)
    store.delete_experiment(experiment)

    for run_id in (running, ended):
        assert store.get_run(run_id).info.lifecycle_stage == "deleted"
        assert refused(store.set_tag, run_id, RunTag("t", "1")).error_code == "INVALID_PARAMETER_VALUE"
    assert refused(begin, store, None, experiment).error_code == "INVALID_PARAMETER_VALUE"
    store.restore_experiment(experiment)
    assert store.get_run(ended).info.lifecycle_stage == "active"


@pytest.mark.parametrize("unknown", ["f" * 32, "no id", "../../etc", ""])
def test_a_run_that_is_none_is_not_found(store: TrackingStore, unknown: str) -> None:
    """Whatever is asked of it."""
    assert refused(store.get_run, unknown).error_code == "RESOURCE_DOES_NOT_EXIST"
    assert refused(store.log_metric, unknown, Metric("m", 1, 1, 0)).error_code == "RESOURCE_DOES_NOT_EXIST"


def test_text_that_no_record_holds_does_not_end_a_training(store: TrackingStore) -> None:
    """It is replaced, in every place where text can be."""
    run_id = begin(store, " na\x07me ", t="a\x1bb\r\nc")
    store.log_param(run_id, Param(" p ", "x\x00y"))
    store.log_metric(run_id, Metric(" m ", 1, 1, 0))
    store.set_tag(run_id, RunTag("u", "\u202eabc"))

    running, ended = both(store, run_id)
    for one in (running, ended):
        assert one.data.params == {"p": "x\ufffdy"}
        assert one.data.metrics == {"m": 1.0}
        assert (one.data.tags["t"], one.data.tags["u"]) == ("a\ufffdb\nc", "\ufffdabc")
        assert one.info.run_name == " na\ufffdme "


def test_inputs_are_kept_with_all_that_mlflow_says(store: TrackingStore, desk: Desk) -> None:
    """The first description of data counts."""
    run_id = begin(store)
    given = Dataset("train", "abc", "local", '{"uri": "data/train.csv"}', '{"x": "long"}', '{"rows": 3}')
    store.log_inputs(run_id, [DatasetInput(given, [InputTag("mlflow.data.context", "training")])])
    store.log_inputs(run_id, [DatasetInput(Dataset("train", "abc", "other", "?"), [])])
    model = "a" * 32
    store.log_inputs(run_id, models=[LoggedModelInput(f"m-{model}")])

    running, ended = both(store, run_id)
    for one in (running, ended):
        assert one.inputs is not None
        [found] = one.inputs.dataset_inputs
        assert found.dataset.to_dictionary() == given.to_dictionary()
        assert found.to_dictionary()["tags"] == {"mlflow.data.context": "training"}
        assert [used.model_id for used in one.inputs.model_inputs] == [f"m-{model}"]
    [data] = record(desk, run_id).data
    assert (data.uri, data.context) == ("data/train.csv", "training")


def test_the_environment_is_the_trainings_never_the_servers(
    store: TrackingStore, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python and packages of the process that trains; a server's are no part of any run."""
    trained = begin(store)
    monkeypatch.setenv("_MLFLOW_SERVER_FILE_STORE", "gitreg:///elsewhere")
    served = begin(store)
    end(store, trained)
    end(store, served)

    assert record(desk, trained).environment == own_environment()
    assert record(desk, served).environment is None


def test_a_candidate_of_gitreg_is_a_run(store: TrackingStore, desk: Desk) -> None:
    """What its fields say, MLflow's pages look for in tags."""
    logged = desk.log("churn", params={"lr": "0.1"}, notes="words", tags={"team": "growth"})

    run = store.get_run(logged.id)
    assert run.data.tags == {
        "mlflow.runName": "lr=0.1",
        "mlflow.note.content": "words",
        "mlflow.user": "Ada Example",
        "team": "growth",
    }
    assert (run.info.user_id, run.data.metrics) == ("Ada Example", {"auc": 0.9})
    assert store.get_experiment(run.info.experiment_id).name == "churn"


def test_async_logging_is_whole_when_it_was_flushed(store: TrackingStore) -> None:
    """MLflow's own queue, on this store."""
    run_id = begin(store)
    for step in range(50):
        store.log_metric_async(run_id, Metric("m", step, step, step))
    store.log_param_async(run_id, Param("p", "1")).wait()
    store.flush_async_logging()

    found = store.get_run(run_id).data
    assert (found.metrics, found.params) == ({"m": 49.0}, {"p": "1"})


def test_a_process_owns_what_it_runs(
    store: TrackingStore, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A training's own process says whether it lives; a server's says nothing of it."""
    began = time.time()
    own = begin(store)
    monkeypatch.setenv("_MLFLOW_SERVER_FILE_STORE", store.store_uri)
    served = begin(store)

    folder = desk.registry.local_state / "drafts"
    assert (folder / own / "heartbeat").stat().st_mtime >= began - 1
    assert '"served": false' in (folder / own / "candidate.json").read_text()
    assert '"served": true' in (folder / served / "candidate.json").read_text()


@pytest.mark.parametrize("moment", [math.nan, math.inf])
def test_a_time_that_is_none_is_refused(store: TrackingStore, moment: float) -> None:
    """In MLflow's words."""
    run_id = begin(store)

    assert refused(store.log_metric, run_id, Metric("m", 1.0, moment, 0)).error_code == INVALID  # type: ignore[arg-type]
    assert refused(store.update_run_info, run_id, FINISHED, moment, None).error_code == INVALID


@pytest.mark.parametrize("status", [0, 6, "FINISHED"])
def test_a_status_that_is_none_is_refused(store: TrackingStore, status: object) -> None:
    """It changes nothing."""
    run_id = begin(store)

    assert refused(store.update_run_info, run_id, status, 1, None).error_code == INVALID
    assert store.get_run(run_id).info.status == "RUNNING"
