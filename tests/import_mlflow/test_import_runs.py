"""Runs of an `mlruns/` folder become candidates, with everything they had, once."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from counting import calls_of
from mlruns_maker import START, meta, put
from searches import searched

from gitreg.documents import places
from gitreg.domain.experiment import Experiment
from gitreg.domain.logged_model import LoggedModel
from gitreg.errors import NotFoundError
from gitreg.workflows.import_mlflow import importing
from gitreg.workflows.import_mlflow.choosing import Choice
from gitreg.workflows.import_mlflow.mlruns import MlrunsSource
from gitreg.workflows.import_mlflow.places import ArtifactPlace, Places
from gitreg.workflows.recording.log_candidate import log_candidates
from gitreg.workflows.registry import CANDIDATES
from gitreg.workflows.running.read_points import read_points
from gitreg.workflows.validating.validate import validate_registry


def counts(report, kind="runs"):
    return {state: number for (one, state), number in report.counts.items() if one == kind and number}


def test_everything_of_a_run_comes(bring, runs, candidate):
    """Its id, name, status, times, user, params, tags, notes, parent, code, metrics."""
    runs.experiment()
    runs.run(
        1, params={"lr": "0.1"}, metrics={"auc": f"{START} 0.5 0\n{START + 9} 0.7 3\n"}, status=4,
        tags={"mlflow.note.content": "a\nb", "mlflow.parentRunId": f"{2:032x}", "mlflow.source.git.commit": "c" * 40, "team": "x"},
    )  # fmt: skip

    assert bring().is_whole

    found = candidate()
    assert (found.name, found.status, found.user, found.notes, found.parent) == (
        "run 1",
        "failed",
        "ada",
        "a\nb",
        f"{2:032x}",
    )
    assert (found.params, found.metrics, found.code.commit) == ({"lr": "0.1"}, {"auc": 0.7}, "c" * 40)
    assert [found.created.timestamp() * 1000, found.finished.timestamp() * 1000] == [START + 1, START + 1001]
    assert found.points["auc"][0] == 3
    assert found.tags["team"] == "x"
    assert "mlflow.note.content" not in found.tags


def test_every_point_comes(bring, runs, candidate, desk):
    """Of curves and of single values, strange ones too; what `log_model` wrote twice is one point."""
    runs.experiment()
    curve = "".join(f"{START + step} {step / 7} {step}\n" for step in range(300))
    runs.run(
        metrics={
            "loss": curve + curve[: curve.index("\n") + 1],
            "nan": f"{START} nan 0\n",
            "inf": f"{START} inf 0\n{START} -inf 1\n",
        }
    )

    bring()

    points = read_points(desk.registry, candidate())
    assert [(one.step, one.value) for one in points if one.key == "loss"] == [
        (step, step / 7) for step in range(300)
    ]
    assert [one.value for one in points if one.key == "inf"] == [math.inf, -math.inf]
    assert candidate().curves["loss"].points == 300


def test_more_points_than_memory_should_hold(bring, runs, candidate, desk, monkeypatch):
    """They go by a file, and none is lost."""
    monkeypatch.setattr("gitreg.workflows.import_mlflow.preparing.IN_MEMORY", 50)
    runs.experiment()
    runs.run(metrics={"loss": "".join(f"{START + step} {step} {step}\n" for step in range(200))})

    bring()

    assert len(read_points(desk.registry, candidate())) == 200


def test_datasets_and_logged_models_come(bring, runs, candidate, desk):
    """As the tracking store keeps them."""
    runs.experiment()
    folder = runs.run()
    meta(
        runs.folder / "7" / "datasets" / "d",
        name="train",
        digest="abc",
        source_type="local",
        source='{"uri": "s3://b/x"}',
        schema=None,
        profile=None,
    )
    put(
        folder / "inputs" / "i" / "meta.yaml",
        "source_type: DATASET\nsource_id: d\ntags:\n  mlflow.data.context: training\n",
    )
    put(
        folder / "outputs" / ("m-" + "ab" * 16) / "meta.yaml",
        f"destination_id: m-{'ab' * 16}\ndestination_type: MODEL_OUTPUT\nstep: 2\n",
    )
    model = runs.logged_model(files={"MLmodel": "x"})
    put(model / "metrics" / "auc", f"{START} 0.5 3 {1:032x} train abc\n")

    report = bring()

    [data], [link] = candidate().data, candidate().models
    assert (data.uri, data.fingerprint, data.context, data.tags) == ("s3://b/x", "abc", "training", {})
    assert (link.id, link.role, link.step) == ("ab" * 16, "output", 2)
    made = desk.registry.candidates.record(LoggedModel, places.logged_model_path("churn", "ab" * 16))
    assert (made.candidate, made.status, made.artifacts.files) == (f"{1:032x}", "ready", 1)
    assert [(one.value, one.data, one.fingerprint) for one in made.metrics] == [(0.5, "train", "abc")]
    assert counts(report, "logged models") == {"new": 1}


def test_an_experiment_keeps_its_name_and_tells_its_id(bring, runs, desk):
    """MLflow's id cannot stay, so a tag says it; description, tags and times stay."""
    runs.experiment("42", "Churn sweep!", tags={"mlflow.note.content": "why", "team": "x"})

    bring()

    found = desk.registry.candidates.record(
        Experiment, places.experiment_path(desk.git("ls-tree", "--name-only", f"{CANDIDATES}:experiments"))
    )
    assert (found.name, found.description) == ("Churn sweep!", "why")
    assert found.tags == {"team": "x", "gitreg.import.experiment": "42"}
    assert found.created.timestamp() * 1000 == START


def test_the_default_experiment_is_the_default_one(bring, runs, desk, candidate):
    """MLflow's `0`, not a second one of that name."""
    runs.run(experiment=runs.experiment("0", "Default"))

    bring()

    assert candidate(1, "default").experiment == "default"


def test_what_was_deleted_is_deleted(bring, runs, desk, candidate):
    """Runs and experiments; a run that nobody ended is killed then."""
    runs.experiment()
    runs.run(1, lifecycle_stage="deleted", deleted_time=START + 50, status=1, end_time=None)
    runs.experiment("9", "old", lifecycle_stage="deleted")

    bring()

    assert (candidate().deleted.timestamp() * 1000, candidate().status) == (START + 50, "killed")
    assert desk.registry.candidates.record(Experiment, places.experiment_path("old")).deleted is not None
    assert searched(desk.registry) == []


def test_artifacts_come_and_can_be_fetched(bring, runs, desk, candidate):
    """The bytes, below their paths."""
    runs.experiment()
    runs.run(files={"model/MLmodel": "x", "plot.png": b"\x00\x01"})

    bring()

    manifest = desk.git("show", f"{CANDIDATES}:{places.candidate_manifest_path('churn', candidate().id)}")
    assert [line.split("  ")[1] for line in manifest.splitlines()] == ["model/MLmodel", "plot.png"]
    assert validate_registry(desk.registry).findings == ()


def test_a_second_import_makes_nothing(bring, runs, desk):
    """Not even a commit."""
    runs.experiment()
    runs.run(1, metrics={"auc": f"{START} 1 0\n"}, files={"a": "1"})
    runs.logged_model()
    bring()
    before = desk.tip(CANDIDATES)

    report = bring()

    assert counts(report) == {"there": 1}
    assert (counts(report, "experiments"), counts(report, "logged models")) == ({"there": 1}, {"there": 1})
    assert desk.tip(CANDIDATES) == before
    assert (report.is_whole, report.notices) == (True, [])


def test_what_is_new_at_the_source_comes_later(bring, runs, candidate):
    """Beside what was there."""
    runs.experiment()
    runs.run(1)
    bring()
    runs.run(2)

    report = bring()

    assert counts(report) == {"there": 1, "new": 1}
    assert candidate(2).name == "run 2"


@pytest.mark.parametrize(
    "change", [{"params": {"lr": "2"}}, {"metrics": {"auc": f"{START} 1 0\n{START} 2 1\n"}}, {"status": 4}]
)
def test_a_run_that_changed_at_the_source_is_told_and_stays(bring, runs, candidate, change):
    """Until somebody asks for it."""
    runs.experiment()
    runs.run(1, metrics={"auc": f"{START} 1 0\n"})
    bring()
    before = candidate()
    runs.run(1, **({"metrics": {"auc": f"{START} 1 0\n"}} | change))

    told = bring()
    assert (counts(told), candidate() == before, told.is_whole) == ({"changed": 1}, True, False)
    assert "--update" in told.notices[0]

    assert counts(bring(Choice(update=True))) == {"new": 1}
    assert candidate() != before


def test_a_candidate_that_was_not_imported_stays(bring, runs, desk, candidate):
    """Whatever has its id by another way is somebody's work."""
    log_candidates(desk.registry, [replace(desk.new(), id=f"{1:032x}")], desk.author)
    before = candidate()
    runs.experiment()
    runs.run(1)

    report = bring(Choice(update=True))

    assert (counts(report), candidate() == before) == ({"clash": 1}, True)
    assert not report.is_whole


def test_an_import_that_was_killed_goes_on(bring, runs, desk, monkeypatch):
    """What was committed stays, and the rest comes; nothing twice."""
    monkeypatch.setattr(importing, "BATCH", 10)
    runs.experiment()
    for number in range(1, 36):
        runs.run(number)

    class Dying(MlrunsSource):
        def points(self, run):
            if run.name == "run 25":
                raise KeyboardInterrupt
            return super().points(run)

    with pytest.raises(KeyboardInterrupt):
        bring(source=Dying(runs.folder, Places()))
    done = counts(bring(dry=True))
    assert 10 <= done["there"] <= 24

    assert counts(bring()) == {"there": done["there"], "new": 35 - done["there"]}
    assert counts(bring()) == {"there": 35}


def test_many_runs_are_few_commits(bring, runs, desk):
    """One for experiments, one for a thousand records."""
    for id_ in ("7", "8"):
        experiment = runs.experiment(id_, f"sweep {id_}")
        for number in range(30):
            runs.run(int(id_) * 100 + number, experiment=experiment)
    before = desk.tip(CANDIDATES)

    bring()

    assert desk.git("rev-list", "--count", f"{before}..{CANDIDATES}") == "2"
    assert desk.git("fsck", "--strict", "--no-dangling") == ""


def test_a_rehearsal_changes_nothing(bring, runs, desk):
    """And counts what would come."""
    runs.experiment()
    runs.run(1, files={"a": "1"})
    before = desk.tip(CANDIDATES), desk.registry.cache.unpushed_objects()

    report = bring(dry=True)

    assert counts(report) == {"new": 1}
    assert (desk.tip(CANDIDATES), desk.registry.cache.unpushed_objects()) == before


def test_only_the_experiments_that_were_asked_for(bring, runs):
    """A name that is none is an error before anything is done."""
    runs.run(1, experiment=runs.experiment("7", "one"))
    runs.run(2, experiment=runs.experiment("8", "two"))

    assert counts(bring(Choice(frozenset({"two"})))) == {"new": 1}
    with pytest.raises(NotFoundError, match="'three'"):
        bring(Choice(frozenset({"three"})))


def test_a_run_that_has_not_ended_is_left_out_unless_asked_for(bring, runs, candidate):
    """A server may still write to it; a dead one of years ago is taken as killed, and says what it was."""
    runs.experiment()
    runs.run(1, status=1, end_time=None)

    told = bring()
    assert (counts(told), "--running" in told.notices[0]) == ({"left out": 1}, True)

    bring(Choice(running=True))
    assert (candidate().status, candidate().finished, candidate().tags["gitreg.import.status"]) == (
        "killed",
        None,
        "RUNNING",
    )


def test_an_id_that_is_none_is_mapped_and_kept_as_a_tag(bring, runs, candidate, desk):
    """The same one each time, so that a second import finds it."""
    runs.experiment()
    runs.run(run_id="my-run", tags={"mlflow.parentRunId": "my-parent"})

    bring()

    [found] = searched(desk.registry)
    assert found.tags["gitreg.import.run"] == "my-run"
    assert found.tags["mlflow.parentRunId"] == found.parent
    assert counts(bring()) == {"there": 1}


def test_secrets_are_cut_and_told(bring, runs, candidate, desk):
    """As `log` cuts them; the value is in no object of the repository."""
    token = "glpat-" + "x7" * 10
    runs.experiment(tags={"note": f"token {token}"})
    runs.run(1, params={"gitlab_token": token}, tags={"url": "https://ada:hunter2hunter@host/x"})

    report = bring()

    assert candidate().params["gitlab_token"] == "***"
    assert any("secret" in one for one in report.notices)
    assert token not in desk.git("log", "-p", "--all")
    assert "hunter2hunter" not in desk.git("log", "-p", "--all")


def test_text_that_no_record_holds_is_replaced(bring, runs, candidate):
    """A history comes over whole, with a mark where a character was."""
    runs.experiment()
    runs.run(1, params={"a": "x\x07y\r\nz"}, run_name="a\x07b", tags={"k\u202e": "v"})

    bring()

    assert (candidate().params["a"], candidate().tags["k\ufffd"]) == ("x\ufffdy\nz", "v")


def test_artifacts_that_did_not_come_are_tried_again(bring, runs, candidate):
    """Once somebody says where they are."""
    runs.experiment()
    runs.run(1, artifact_uri="s3://bucket/1")
    put(runs.folder.parent / "store" / "1" / "model.bin", "x")

    assert counts(bring()) == {"new": 1}
    assert candidate().tags["gitreg.import.incomplete"] == "1"
    told = bring()
    assert "--update" in told.notices[0]

    bring(Choice(update=True), allowed=(ArtifactPlace("s3://bucket", runs.folder.parent / "store"),))
    assert candidate().artifacts.files == 1
    assert "gitreg.import.incomplete" not in candidate().tags


def test_a_run_larger_than_its_record_comes_whole(bring, runs, candidate):
    """As one that is logged here: the record has what fits, and all of it is an artifact."""
    runs.experiment()
    runs.run(1, params={f"p{number}": "x" for number in range(6000)}, tags={f"t{number}": "x" for number in range(3000)})  # fmt: skip

    assert bring().is_whole

    assert (candidate().extra["left_out"], candidate().artifacts.files) == (".gitreg/whole.json", 1)
    assert counts(bring()) == {"there": 1}


def test_what_no_record_can_hold_is_left_out_alone(bring, runs):
    """A logged model of ten thousand params is too large to be read again; the run comes."""
    runs.experiment()
    runs.run(1)
    model = runs.logged_model()
    for number in range(6000):
        put(model / "params" / f"p{number}", "x")

    report = bring()

    assert (counts(report), counts(report, "logged models")) == ({"new": 1}, {"left out": 1})


@pytest.mark.parametrize("where", ["there", "here"])
def test_an_experiment_that_was_renamed_is_joined(bring, runs, desk, candidate, where):
    """By its id and the time when it was made; else all of its runs would be here twice."""
    runs.run(1, experiment=runs.experiment("7", "churn"))
    bring()
    if where == "there":
        runs.experiment("7", "churn of customers")
    else:
        record = desk.registry.candidates.record(Experiment, places.experiment_path("churn"))
        with desk.registry.store.change(CANDIDATES, "Rename", desk.author) as change:
            change.put(record.model_copy(update={"name": "leaving"}))

    report = bring()

    assert (counts(report), counts(report, "experiments")) == ({"there": 1}, {"there": 1})


def test_two_experiments_whose_names_fit_one_folder(bring, runs, desk):
    """The second gets a folder of its own."""
    runs.run(1, experiment=runs.experiment("7", "churn"))
    runs.run(2, experiment=runs.experiment("8", "churn\u200e"))

    bring()

    assert len(desk.git("ls-tree", "--name-only", f"{CANDIDATES}:experiments").split()) == 2


def test_a_run_is_as_much_work_among_many(bring, runs):
    """Ten times as many are hardly more than ten times the work."""
    runs.experiment()
    work = []
    for numbers in (range(20), range(20, 220)):
        for number in numbers:
            runs.run(number, params={"lr": "1"}, metrics={"auc": f"{START} 1 0\n{START} 2 1\n"})
        work.append(calls_of(bring))

    assert work[1] < 12 * work[0]
