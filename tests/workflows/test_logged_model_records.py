"""Logged models: begun, changed, measured, deleted; each act is one commit, and none is lost in a race."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from desk import START, Desk

from gitreg.artifacts import parse_dvc_file
from gitreg.documents import places
from gitreg.documents.conflicts import open_conflicts
from gitreg.domain.curves import MetricPoint
from gitreg.domain.experiment import Experiment
from gitreg.domain.logged_model import LoggedModel
from gitreg.drafts import Draft, DraftStart, process_mark
from gitreg.drafts.draft import JOURNAL
from gitreg.errors import AlreadyThereError, NotFoundError, UsageError
from gitreg.render.status import status_page
from gitreg.store import retrying
from gitreg.workflows.contents.add_files import stored_files
from gitreg.workflows.doctor.status import status, unpushed
from gitreg.workflows.logged_models.files import add_model_files, listed_model_files, remove_model_files
from gitreg.workflows.logged_models.fitting import fitting
from gitreg.workflows.logged_models.measured_now import Measuring
from gitreg.workflows.logged_models.metrics import MOST, joined, put_measured, thinned, value_of
from gitreg.workflows.logged_models.places import find_logged_model
from gitreg.workflows.logged_models.records import (
    NewLoggedModel,
    add_params,
    create_logged_model,
    delete_logged_model,
    finalize_logged_model,
    remove_logged_model,
    tag_logged_model,
)
from gitreg.workflows.publishing.exchange import fetch
from gitreg.workflows.registry import CANDIDATES, open_registry
from gitreg.workflows.searching.logged_models import indexed_logged_models

ID = "5e" + "0" * 30
RUN = "7f" + "0" * 30
OTHER_RUN = "8f" + "0" * 30


@pytest.fixture
def begun(desk: Desk) -> LoggedModel:
    """A logged model that has just begun."""
    return create_logged_model(desk.registry, new(), desk.author)


def new(model: str = ID, experiment: str = "churn", **more: object) -> NewLoggedModel:
    return NewLoggedModel(id=model, experiment=Experiment.called(experiment), name="forest", **more)  # type: ignore[arg-type]


def there(desk: Desk, model: str = ID) -> LoggedModel:
    return find_logged_model(desk.registry.candidates, model)


def commits(desk: Desk) -> int:
    return int(desk.git("rev-list", "--count", CANDIDATES))


def measure(desk: Desk, points: list[MetricPoint], run: str = RUN, experiment: str = "churn") -> None:
    registry, author = desk.registry, desk.author

    def commit() -> None:
        with registry.store.change(CANDIDATES, "Measure\n", author) as change:
            put_measured(change, points, run, experiment, author.when)

    retrying(commit)


def test_it_begins_as_one_commit(desk: Desk) -> None:
    """The record is there from the beginning, pending, beside the experiment that it makes."""
    model = create_logged_model(
        desk.registry, new(params={"depth": "8"}, tags={"team": "growth"}, candidate=RUN), desk.author
    )

    found = there(desk)
    assert found == model
    assert (found.status, found.candidate, found.params, found.tags) == (
        "pending",
        RUN,
        {"depth": "8"},
        {"team": "growth"},
    )
    assert desk.registry.candidates.record(Experiment, places.experiment_path("churn")) is not None
    assert desk.git("log", "-1", "--format=%s", CANDIDATES) == f"Begin churn/m-{ID[:8]}"


def test_the_same_id_twice(desk: Desk, begun: LoggedModel) -> None:
    """Nobody takes another's place."""
    with pytest.raises(AlreadyThereError):
        create_logged_model(desk.registry, new(), desk.author)
    assert there(desk) == begun


def test_a_name_that_cannot_be_recorded(desk: Desk) -> None:
    """It is refused before anything is committed."""
    with pytest.raises(UsageError, match="name"):
        create_logged_model(
            desk.registry,
            NewLoggedModel(id=ID, experiment=Experiment.called("churn"), name="a\x00"),
            desk.author,
        )
    assert desk.tip(CANDIDATES) is None or not list(desk.registry.candidates.paths("experiments"))


def test_secrets_are_cut(desk: Desk) -> None:
    """A param called password does not reach the repository."""
    create_logged_model(desk.registry, new(params={"password": "hunter2hunter2"}), desk.author)

    assert "hunter2" not in desk.git("show", f"{CANDIDATES}:{places.logged_model_path('churn', ID)}")


def test_finalized(desk: Desk, begun: LoggedModel) -> None:
    """Whoever made it says whether it is whole."""
    ready = finalize_logged_model(desk.registry, ID, "ready", desk.author)

    assert (ready.status, there(desk).status) == ("ready", "ready")
    assert ready.updated > begun.updated
    assert ready.created == begun.created


def test_tags_set_and_removed(desk: Desk, begun: LoggedModel) -> None:
    """None removes; one that is not there cannot be removed."""
    tag_logged_model(desk.registry, ID, {"a": "1", "b": "2"}, desk.author)
    tag_logged_model(desk.registry, ID, {"a": None, "b": "3"}, desk.author)

    assert there(desk).tags == {"b": "3"}
    with pytest.raises(NotFoundError, match="no tag c"):
        tag_logged_model(desk.registry, ID, {"c": None}, desk.author)


def test_params_are_added_once(desk: Desk, begun: LoggedModel) -> None:
    """The same again makes no commit; another value is refused, and nothing of the call is kept."""
    add_params(desk.registry, ID, {"depth": "8"}, desk.author)
    before = commits(desk)
    add_params(desk.registry, ID, {"depth": "8"}, desk.author)

    assert commits(desk) == before
    with pytest.raises(AlreadyThereError, match="depth"):
        add_params(desk.registry, ID, {"width": "2", "depth": "9"}, desk.author)
    assert there(desk).params == {"depth": "8"}


def test_deleted(desk: Desk, begun: LoggedModel) -> None:
    """Its record stays."""
    delete_logged_model(desk.registry, ID, desk.author)

    assert there(desk).deleted is not None


def test_removed(desk: Desk, begun: LoggedModel) -> None:
    """The tip has it no more; the history has."""
    remove_logged_model(desk.registry, ID, desk.author)

    with pytest.raises(NotFoundError):
        there(desk)
    assert desk.git("log", "--format=%h", CANDIDATES, "--", places.logged_model_path("churn", ID))


@pytest.mark.parametrize("model", ["", "m-" + ID, "../" + ID, "5E" + "0" * 30])
def test_what_is_no_id(desk: Desk, begun: LoggedModel, model: str) -> None:
    """Ids become paths, so only ids are looked up."""
    with pytest.raises(UsageError, match="no id"):
        there(desk, model)


def test_all_of_an_experiment(desk: Desk, begun: LoggedModel) -> None:
    """Those of other experiments are none of them."""
    create_logged_model(desk.registry, new("ab" + "0" * 30, "other"), desk.author)

    assert indexed_logged_models(desk.registry, ["churn"]) == [begun]
    assert len(indexed_logged_models(desk.registry, ["other", "churn"])) == 2


def test_what_the_index_knows(desk: Desk, begun: LoggedModel) -> None:
    """It is what the record says."""
    measure(
        desk,
        [MetricPoint("auc", math.inf, 3, START, ID, ("train", "abc")), MetricPoint("b", 1, 0, START, ID)],
    )
    add_model_files(desk.registry, ID, desk.sources({"MLmodel": b"one"}), desk.author)
    finalize_logged_model(desk.registry, ID, "failed", desk.author, message="no room")
    tag_logged_model(desk.registry, ID, {"team": "growth"}, desk.author)
    delete_logged_model(desk.registry, ID, desk.author)

    assert indexed_logged_models(desk.registry, ["churn"]) == [there(desk)]


def test_writers_at_once(desk: Desk, begun: LoggedModel) -> None:
    """Everybody's tag is there in the end."""

    def tag(number: int) -> None:
        registry = open_registry(Path(desk.path), desk.environ)
        try:
            tag_logged_model(registry, ID, {f"tag{number}": "x"}, desk.author)
        finally:
            registry.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(tag, range(8)))

    assert there(desk).tags.keys() == {f"tag{number}" for number in range(8)}


def test_what_a_candidate_measured(desk: Desk, begun: LoggedModel) -> None:
    """Values name the candidate and the data; points of no model, or of one that is not there, are left out."""
    time = START + timedelta(hours=1)
    points = [
        MetricPoint("auc", 0.9, 3, time, ID, ("train", "abc")),
        MetricPoint("auc", 0.8, 3, time, ID),
        MetricPoint("auc", 0.7, 3, time),
        MetricPoint("auc", 0.6, 3, time, "ff" * 16),
    ]

    measure(desk, points)

    values = there(desk).metrics
    assert [(one.value, one.step, one.time, one.candidate, one.data, one.fingerprint) for one in values] == [
        (0.9, 3, time, RUN, "train", "abc"),
        (0.8, 3, time, RUN, "", ""),
    ]


def test_measuring_again_changes_nothing(desk: Desk, begun: LoggedModel) -> None:
    """A candidate that is committed twice, after a crash, adds nothing the second time; NaN is a value like others."""
    points = [MetricPoint("loss", math.nan, 1, START, ID), MetricPoint("loss", math.inf, 2, START, ID)]
    measure(desk, points)
    before = commits(desk)

    measure(desk, points)

    assert commits(desk) == before
    assert len(there(desk).metrics) == 2


def test_a_model_of_another_experiment(desk: Desk, begun: LoggedModel) -> None:
    """An evaluation may be a candidate of another experiment than the model's."""
    measure(desk, [MetricPoint("auc", 0.9, 0, START, ID)], OTHER_RUN, "evaluation")

    assert [one.candidate for one in there(desk).metrics] == [OTHER_RUN]


def test_more_values_than_a_record_holds(desk: Desk, begun: LoggedModel) -> None:
    """A long training keeps the last value of each series, and the record stays readable."""
    points = [
        MetricPoint(key, float(step), step, START + timedelta(seconds=step), ID)
        for step in range(2 * MOST)
        for key in ("loss", "auc")
    ]

    measure(desk, points)

    last = 2 * MOST - 1
    assert {(one.key, one.step) for one in there(desk).metrics} == {("loss", last), ("auc", last)}


def test_as_many_values_as_a_record_holds(desk: Desk, begun: LoggedModel) -> None:
    """All of them can be read again."""
    points = [
        MetricPoint(f"metric{n}", 0.1, n, START, ID, ("a set of data", "0a1b2c3d")) for n in range(MOST + 9)
    ]

    measure(desk, points)

    assert len(there(desk).metrics) == MOST


def test_a_damaged_record_keeps_no_candidate_from_ending(desk: Desk, begun: LoggedModel) -> None:
    """What was measured is in the candidate; `gitreg validate` tells of the record."""
    path = places.logged_model_path("churn", ID)
    desk.commit({path: b"schema: nonsense\n"}, CANDIDATES)

    measure(desk, [MetricPoint("auc", 0.9, 0, START, ID)])

    assert desk.read(path, CANDIDATES) == b"schema: nonsense\n"


def test_more_params_than_a_record_holds(desk: Desk) -> None:
    """A program that copies all it knows is not refused; what is measured has room yet."""
    many = {f"param{n}": "x" * 6000 for n in range(2000)}
    create_logged_model(desk.registry, new(params=many, tags=dict(list(many.items())[:50])), desk.author)
    add_params(desk.registry, ID, {"param0": "x" * 6000, "one more": "1"}, desk.author)

    measure(desk, [MetricPoint(f"metric{n}", 0.1, n, START, ID) for n in range(MOST)])

    found = there(desk)
    assert found.params.keys() == set(list(many)[:1000])
    assert all(value.startswith("xxx") and value.endswith("…") for value in found.params.values())
    assert len(found.metrics) >= 100


def test_long_params_that_fit() -> None:
    """They are kept whole."""
    many = {f"param{n}": "x" * 6000 for n in range(90)}

    assert fitting(many) == many
    assert fitting({"a": "1"}, many) == {"a": "1"}


def test_few_values_are_all_kept() -> None:
    """Below the limit nothing is lost, whatever its order."""
    values = [value_of(MetricPoint("loss", 0.5, step, START), RUN, START) for step in (3, 1, 2)]

    assert thinned(joined(values, values)) == values


def test_files_are_added_beside_others(desk: Desk, begun: LoggedModel) -> None:
    """Each act is one commit; what was there is neither read nor lost, and one of the same name is replaced."""
    add_model_files(
        desk.registry, ID, desk.sources({"MLmodel": b"one", "data/x.bin": b"x" * 10}), desk.author
    )
    before = commits(desk)

    model = add_model_files(desk.registry, ID, desk.sources({"MLmodel": b"two"}), desk.author)

    assert commits(desk) == before + 1
    assert there(desk) == model
    assert model.artifacts is not None
    assert (model.artifacts.files, model.artifacts.size) == (2, 13)
    listed = listed_model_files(desk.registry.candidates, model)
    assert listed is not None
    assert [one.path for one in stored_files(desk.registry, listed).files] == ["MLmodel", "data/x.bin"]


def test_files_are_removed(desk: Desk, begun: LoggedModel) -> None:
    """A folder goes with all in it; when nothing is left, there is no manifest."""
    add_model_files(desk.registry, ID, desk.sources({"MLmodel": b"one", "data/x.bin": b"x"}), desk.author)

    some = remove_model_files(desk.registry, ID, "data", desk.author)
    assert some.artifacts is not None
    assert some.artifacts.files == 1
    none = remove_model_files(desk.registry, ID, "", desk.author)

    assert none.artifacts is None
    assert listed_model_files(desk.registry.candidates, none) is None
    assert list(desk.registry.candidates.paths("experiments/churn/models")) == [
        places.logged_model_path("churn", ID)
    ]


def test_files_of_no_model(desk: Desk, begun: LoggedModel) -> None:
    """It is said, and nothing is committed."""
    before = commits(desk)

    with pytest.raises(NotFoundError):
        add_model_files(desk.registry, "ff" * 16, desk.sources({"MLmodel": b"one"}), desk.author)
    assert commits(desk) == before


def test_plain_dvc_brings_the_files(desk: Desk, begun: LoggedModel) -> None:
    """A colleague without gitreg has Git and DVC."""
    add_model_files(desk.registry, ID, desk.sources({"MLmodel": b"one"}), desk.author)

    pointer = desk.git("show", f"{CANDIDATES}:{places.logged_model_dvc_path('churn', ID)}")

    assert parse_dvc_file(pointer.encode() + b"\n").path == ID


def test_a_running_candidate_is_heard(desk: Desk, begun: LoggedModel) -> None:
    """What is appended to a journal is seen at the next look, once, whatever was written half meanwhile."""
    folder = desk.path / "drafts"
    draft = Draft.create(folder, draft_start())
    following = Measuring(folder)
    assert following.values() == {}

    draft.append([MetricPoint("auc", 0.5, 1, START, ID), MetricPoint("auc", 0.6, 1, START)])
    assert [one.value for one in following.values()[ID]] == [0.5]
    whole = (draft.folder / JOURNAL).read_bytes()
    draft.append([MetricPoint("auc", 0.7, 2, START, ID, ("train", "abc"))])
    grown = (draft.folder / JOURNAL).read_bytes()
    (draft.folder / JOURNAL).write_bytes(grown[: len(whole) + 20])
    assert [one.value for one in following.values()[ID]] == [0.5]
    (draft.folder / JOURNAL).write_bytes(grown)
    assert [(one.value, one.data) for one in following.values()[ID]] == [(0.5, ""), (0.7, "train")]
    assert following.values() == Measuring(folder).values()

    draft.remove()
    assert following.values() == {}


def draft_start() -> DraftStart:
    return DraftStart(
        id=RUN, experiment="churn", name="run", created=START, process=process_mark(1), durability="process"
    )


def test_two_clones_change_one_model(desk: Desk, begun: LoggedModel) -> None:
    """Both tag it and both measured it: all of it is there in both clones, and a tag set again is decided."""
    desk.share()
    clone = desk.clone()
    fetch(desk.open(clone), desk.author)
    for path, team, run in ((desk.path, "growth", RUN), (clone, "risk", OTHER_RUN)):
        registry, author = desk.open(path), desk.author
        tag_logged_model(registry, ID, {"team": team, team: "yes"}, author)
        with registry.store.change(CANDIDATES, "Measure\n", author) as change:
            put_measured(change, [MetricPoint("auc", 0.9, 0, START, ID)], run, "churn", author.when)

    desk.publish(clone)
    desk.pause()
    desk.publish()
    fetch(desk.open(clone), desk.author)

    found = there(desk)
    assert find_logged_model(desk.open(clone).candidates, ID) == found
    assert (found.tags["growth"], found.tags["risk"]) == ("yes", "yes")
    assert {one.candidate for one in found.metrics} == {RUN, OTHER_RUN}
    assert open_conflicts(found) == {"tags.team": ("growth", "risk")}
    assert not open_conflicts(tag_logged_model(desk.registry, ID, {"team": "growth"}, desk.author))


def test_status_counts_those_that_only_this_machine_has(desk: Desk) -> None:
    """Beside candidates: both are records of the candidate branch."""
    desk.log()
    desk.share()
    desk.git("fetch", "-q", "origin")
    create_logged_model(desk.registry, new(), desk.author)
    add_model_files(desk.registry, ID, desk.sources({"weights": b"7"}), desk.author)

    found = unpushed(desk.registry)
    assert (found.candidates, found.models) == (0, 1)
    assert "1 new or changed" in status_page(status(desk.registry, offline=True))
