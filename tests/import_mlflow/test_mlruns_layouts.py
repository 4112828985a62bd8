"""What MLflow 1.x, 2.x and 3.x left in `mlruns/` is read as they meant it."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from mlruns_maker import START, meta, put

from gitreg.errors import NotFoundError
from gitreg.workflows.import_mlflow.mlruns import MlrunsSource
from gitreg.workflows.import_mlflow.places import Places
from gitreg.workflows.import_mlflow.values import SourceLink, SourceRun


@pytest.fixture
def source(runs):
    runs.experiment()
    return MlrunsSource(runs.folder, Places())


def only_run(source) -> SourceRun:
    [experiment] = source.experiments()
    [run] = source.runs(experiment)
    assert isinstance(run, SourceRun), run
    return run


def at(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(START / 1000, UTC) + timedelta(milliseconds=milliseconds)


def test_a_run_of_today(source, runs):
    """Name, status, times, user, params and tags, with slashes in their keys."""
    runs.run(params={"lr": "0.1", "net/depth": "3"}, tags={"mlflow.source.name": "train.py", "a/b/c": ""})

    run = only_run(source)

    assert (run.name, run.status, run.started, run.ended, run.user) == (
        "run 1",
        "FINISHED",
        at(1),
        at(1001),
        "ada",
    )
    assert run.params == {"lr": "0.1", "net/depth": "3"}
    assert run.tags == {"mlflow.source.name": "train.py", "a/b/c": ""}


def test_a_run_of_the_first_versions(source, runs):
    """Before 1.0 source and commit were in meta.yaml, ids were `run_uuid`, experiment ids were numbers."""
    runs.run(run_id=f"{1:032x}", source_name="train.py", source_version="c0ffee", entry_point_name="main", source_type=3, experiment_id=7, run_name=..., name="old")  # fmt: skip
    text = (runs.folder / "7" / f"{1:032x}" / "meta.yaml").read_text()
    put(
        runs.folder / "7" / f"{1:032x}" / "meta.yaml",
        "".join(
            one for one in text.splitlines(keepends=True) if not one.startswith(("run_id", "lifecycle_stage"))
        ),
    )

    run = only_run(source)

    assert (run.id, run.name, run.deleted) == (f"{1:032x}", "old", False)
    assert run.tags == {
        "mlflow.source.name": "train.py", "mlflow.source.git.commit": "c0ffee", "mlflow.project.entryPoint": "main",
        "mlflow.source.type": "PROJECT",
    }  # fmt: skip


def test_points_of_every_layout(source, runs):
    """Two columns, three, and five with a dataset whose name may hold spaces; infinities and NaN."""
    lines = f"{START} 0.5\n{START + 1} 0.6 7\n{START + 2} nan 8\n{START + 3} -inf 9 my train set abc123\n"
    runs.run(metrics={"auc": lines, "val/auc": f"{START} 1e-3 0\n"})

    points = list(source.points(only_run(source)))

    assert [(one.key, one.step, one.time) for one in points] == [
        ("auc", 0, at(0)), ("auc", 7, at(1)), ("auc", 8, at(2)), ("auc", 9, at(3)), ("val/auc", 0, at(0)),
    ]  # fmt: skip
    assert [one.value for one in points[:2]] == [0.5, 0.6]
    assert math.isnan(points[2].value)
    assert (points[3].value, points[3].data) == (-math.inf, ("my train set", "abc123"))


def test_a_line_that_was_torn_by_a_crash_is_no_point(source, runs):
    """It was never written whole; the others count."""
    runs.run(metrics={"auc": f"{START} 0.5 0\n17000"})

    assert len(list(source.points(only_run(source)))) == 1


def test_datasets_and_models_of_a_run(source, runs):
    """Inputs point to datasets of the experiment, and to logged models; outputs to models, with their step."""
    folder = runs.run()
    meta(
        runs.folder / "7" / "datasets" / "d1",
        name="train",
        digest="abc",
        source_type="local",
        source="x.csv",
        schema=None,
        profile="p",
    )
    put(
        folder / "inputs" / "i1" / "meta.yaml",
        "source_type: DATASET\nsource_id: d1\ndestination_type: RUN\ntags:\n  mlflow.data.context: training\n",
    )
    put(folder / "inputs" / "i2" / "meta.yaml", "source_type: MODEL\nsource_id: m-1\ntags: {}\n")
    put(
        folder / "outputs" / "m-2" / "meta.yaml",
        "source_type: RUN_OUTPUT\nsource_id: m-2\ndestination_type: MODEL_OUTPUT\ndestination_id: m-2\nstep: 4\n",
    )

    run = only_run(source)

    [data] = run.data
    assert (data.name, data.digest, data.kind, data.source, data.profile) == (
        "train",
        "abc",
        "local",
        "x.csv",
        "p",
    )
    assert data.tags == {"mlflow.data.context": "training"}
    assert run.links == (SourceLink("m-1", "input"), SourceLink("m-2", "output", 4))


def test_a_deleted_experiment_is_found_in_the_trash(runs):
    """With its runs, and when they were deleted."""
    experiment = runs.experiment("9", "old", lifecycle_stage="deleted")
    runs.run(experiment=experiment, lifecycle_stage="deleted", deleted_time=START + 50)
    source = MlrunsSource(runs.folder, Places())

    [found] = source.experiments()
    [run] = source.runs(found)

    assert (found.name, found.deleted) == ("old", True)
    assert (run.deleted, run.deleted_at) == (True, at(50))


def test_a_logged_model(source, runs):
    """Its values were measured by runs, perhaps on data."""
    folder = runs.logged_model(status=3, status_message="no disk", model_type="net")
    run = f"{1:032x}"
    put(folder / "metrics" / "auc", f"{START} 0.5 3 {run}\n{START + 1} 0.7 4 {run} train set abc\n")
    put(folder / "params" / "lr", "0.1")
    [experiment] = source.experiments()

    [model] = source.logged_models(experiment)

    assert (model.id, model.name, model.kind, model.status, model.message) == (
        "m-" + "ab" * 16,
        "net",
        "net",
        "FAILED",
        "no disk",
    )
    assert (model.run, dict(model.params), model.created, model.updated) == (run, {"lr": "0.1"}, at(0), at(9))
    assert [(one.value, one.step, one.run, one.data, one.digest) for one in model.metrics] == [
        (0.5, 3, run, "", ""), (0.7, 4, run, "train set", "abc"),
    ]  # fmt: skip


def test_a_registered_model(source, runs):
    """Aliases stand in a folder, versions in folders of their own, by number and not by name."""
    runs.model(aliases={"best": 10}, tags={"team": "growth"})
    for number in (2, 10):
        runs.version(number, current_stage="Production" if number == 10 else "None", tags={"k": "v"})

    [model] = source.models()

    assert (model.name, model.description, dict(model.aliases), dict(model.tags)) == (
        "churn",
        "what it is for",
        {"best": 10},
        {"team": "growth"},
    )
    assert [(one.number, one.stage, one.run, dict(one.tags)) for one in model.versions] == [
        (2, "", f"{1:032x}", {"k": "v"}), (10, "Production", f"{1:032x}", {"k": "v"}),
    ]  # fmt: skip


def test_what_pyyaml_quotes_and_folds_is_read_back(source, runs):
    """Names that YAML would take for something else, long ones over several lines, escapes."""
    folder = runs.run()
    text = (
        (folder / "meta.yaml").read_text().replace("run_name: run 1", 'run_name: "yes: \\u263a\\\n  \\ more"')
    )
    put(folder / "meta.yaml", text)

    assert only_run(source).name == "yes: ☺ more"


def test_a_folder_above_is_no_mlruns_folder(runs, tmp_path):
    """The error names the one that was meant."""
    runs.experiment()

    with pytest.raises(NotFoundError, match="no mlruns folder") as caught:
        MlrunsSource(tmp_path, Places())

    assert str(runs.folder) in str(caught.value.hint)
