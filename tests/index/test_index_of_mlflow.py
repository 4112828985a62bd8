"""What the index answers about what MLflow asks: logged models, points, users, data, numbers and names of experiments."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from histories import ADA, WHEN, History, experiment_file, identity, logged, model_place, place, record, some

from gitreg.documents.writer import write
from gitreg.domain.candidate import Candidate, DataSource, ModelLink
from gitreg.domain.experiment import Experiment, experiment_number
from gitreg.domain.logged_model import ModelMetric
from gitreg.index.contents import candidate_place, numbers_of
from gitreg.index.current import ask
from gitreg.index.drafts import DraftRow, KnownDraft, put_drafts
from gitreg.index.experiments import counts
from gitreg.index.extras import NOTHING, DataExtra, Link, extras
from gitreg.index.found import Candidate as Found
from gitreg.index.known_experiments import (
    all_experiments,
    experiment_by_name,
)
from gitreg.index.logged_models import experiments_of, logged_models
from gitreg.index.query.search import search
from gitreg.index.query.values import Query
from gitreg.index.raw_rows import LARGEST, datasets_of, points_of, stream_raw_rows
from gitreg.index.row import Dataset
from gitreg.index.rows import rows
from gitreg.index.schema import moment
from gitreg.index.task import Options
from gitreg.workflows.searching.columns import column_of, getter

RUN = Candidate(
    id=identity(1),
    experiment="churn",
    name="run",
    created=WHEN,
    author=ADA,
    user="ada",
    data=[
        DataSource(name="train", uri="a", context="training", kind="local", fingerprint="12e345", columns="[1]", tags={"a": "b"}),
        DataSource(name="eval", uri="b"),
    ],
    metrics={"auc": float("nan"), "loss": 0.5, "f1": 0.25},
    points={"auc": (3, WHEN), "loss": (-1, None)},
    models=[ModelLink(id=identity(9), role="output", step=4)],
)  # fmt: skip


def told(history: History, question: Any, *words: Any, running: Any = None) -> Any:
    """The answer of one question to the index of the branch's tip."""
    options = Options(running=running, way=history.way)
    return ask(
        history.reading,
        history.folder,
        history.tip,
        lambda index: question(index.connection, *words),
        options,
    )


@pytest.fixture
def run(history: History) -> History:
    """A branch with one run as MLflow logs it, and one candidate as `gitreg log` does."""
    history.commit({place(1): write(RUN), **some(range(2, 3)), **experiment_file()})
    return history


def test_a_row_has_points_and_who_ran_it(run: History) -> None:
    """Where the program did not say who ran it, its author did."""
    first, other = told(
        run, lambda index: rows(index, [numbers_of(index, [identity(n)])[identity(n)] for n in (1, 2)])
    )

    assert first.points == {"auc": (3, WHEN), "loss": (-1, None)}
    assert (first.user, other.user) == ("ada", "Ada Example <ada@example.com>")
    assert getter(column_of("user_id"))(first) == "ada"
    assert (first.author, other.points) == (other.author, {})
    assert first.datasets == (
        Dataset("train", "a", None, "training", "12e345"),
        Dataset("eval", "b", None, ""),
    )


def test_rows_as_they_are_kept_say_what_rows_say(history: History) -> None:
    """Whole numbers, 17 digits, quotes, signs of other alphabets: nothing is lost on the shorter way."""
    exact = {
        "third": 1 / 3,
        "tenth": 0.1 + 0.2,
        "small": 5e-324,
        "whole": 7.0,
        "nan": math.nan,
        "most": math.inf,
    }
    words = {'"a"': '"b\\', "ß": "\n\u2028😀", "empty": "", "[1]": "{}"}
    odd = RUN.model_copy(
        update={"id": identity(2), "metrics": exact, "points": {}, "params": words, "tags": {"t": "1"}}
    )
    plain = {"metrics": {}, "points": {}, "data": [], "models": []}
    bare = RUN.model_copy(update={"id": identity(3), **plain})
    history.commit({place(int(one.id[2:])): write(one) for one in (RUN, odd, bare)})

    def compared(connection: Any) -> list[tuple[Any, Any]]:
        numbers = [n for (n,) in connection.execute("SELECT n FROM candidates ORDER BY id DESC")]
        return list(zip(stream_raw_rows(connection, numbers), rows(connection, numbers), strict=True))

    for raw, row in told(history, compared):
        assert (raw.id, raw.name, raw.experiment, raw.user) == (row.id, row.name, row.experiment, row.user)
        assert (raw.params, raw.tags) == (row.params, row.tags)
        assert repr(sorted(raw.metrics.items())) == repr(sorted(row.metrics.items())).replace(
            "inf", repr(LARGEST)
        )
        points = {key: (step, time and moment(time)) for key, (step, time) in points_of(raw.points).items()}
        assert points == row.points
        assert [Dataset(*one) for one in datasets_of(raw)] == list(row.datasets)


def test_all_experiments_by_name_are_all_of_them(run: History) -> None:
    """MLflow's pages name each experiment there is, which is no restriction; one that is missing is."""
    run.commit({**some(range(2, 5), "pricing"), **experiment_file("pricing")})

    def found(*slugs: str) -> list[int]:
        return list(told(run, search, Query(experiments=slugs), WHEN).numbers)

    everything = list(told(run, search, Query(), WHEN).numbers)
    assert found("churn", "pricing") == found("pricing", "churn", "none") == everything
    assert sorted([*found("churn"), *found("pricing")]) == sorted(everything) != sorted(found("churn"))
    assert found() == found("none") == []


def test_what_few_ask_for_is_beside_the_rows(run: History) -> None:
    """Logged models and the rest of the data, in the order of the record; of a candidate without, nothing."""
    numbers = told(run, numbers_of, [identity(1), identity(2), "f" * 32])

    [extra] = told(run, extras, list(numbers.values())).values()

    assert len(numbers) == 2
    assert extra.models == (Link(identity(9), "output", 4),)
    assert extra.data == (
        DataExtra(kind="local", fingerprint="12e345", columns="[1]", tags={"a": "b"}),
        DataExtra(),
    )
    assert NOTHING == ((), ())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("attributes.user_id = 'ada'", [1]), ("user_id like 'Ada%'", [2]), ("tags.`mlflow.user` = 'ada'", [1]), ("author = 'ada@example.com'", [1, 2]),
        ("datasets.digest = '12e345'", [1]), ("data.digest != '12e345'", [2]), ("data.digest is null", []), ("data.digest in ('12e345', 'x')", [1]),
    ],
)  # fmt: skip
def test_users_and_digests_of_mlflow_are_searched(run: History, text: str, found: list[int]) -> None:
    """The program's word for who ran it; a digest of the content, or MLflow's of a sample."""
    numbers = told(run, lambda index: search(index, Query(text, ("id",)), WHEN).numbers)

    assert sorted(row.id for row in told(run, rows, numbers)) == sorted(map(identity, found))


def test_an_experiment_is_found_by_name(history: History) -> None:
    """Deleted or not; one without a record is there as it would be made."""
    made = Experiment.called("Größe der Welt").model_copy(
        update={
            "created": WHEN,
            "updated": WHEN + timedelta(days=1),
            "artifact_location": "s3://a",
            "deleted": WHEN,
        }
    )
    history.commit({f"experiments/{made.slug}/experiment.yaml": write(made), **some(range(1), "bare")})

    bare, known = sorted(told(history, all_experiments), key=lambda one: one.is_recorded)

    assert (known.slug, known.name, known.number) == (made.slug, made.name, made.number)
    assert (known.created, known.updated, known.location, known.deleted) == (
        WHEN,
        made.updated,
        "s3://a",
        WHEN,
    )
    assert (bare.slug, bare.name, bare.number, bare.created) == (
        "bare",
        "bare",
        experiment_number("bare"),
        None,
    )
    for one in (bare, known):
        assert told(history, experiment_by_name, one.name) == one
    assert told(history, experiment_by_name, "x") is None


def test_of_two_experiments_of_one_name_the_living_one_is_found(history: History) -> None:
    """Whichever folder comes first."""
    first, second = (Experiment.called(name) for name in ("a", "b"))
    files = [
        first.model_copy(update={"deleted": WHEN}),
        second.model_copy(update={"name": "a"}),
    ]
    history.commit({f"experiments/{one.slug}/experiment.yaml": write(one) for one in files})

    assert told(history, experiment_by_name, "a").slug == "b"


def test_a_logged_model_is_found_by_id_experiment_and_candidate(history: History) -> None:
    """With everything that its record says."""
    metric = ModelMetric(
        key="auc", value=float("-inf"), step=2, time=WHEN, candidate=identity(1), data="eval"
    )
    history.commit(
        logged(
            range(1),
            metrics=[metric],
            params={"a": "b"},
            tags={"c": "d"},
            status="ready",
            type="sklearn",
            deleted=WHEN,
        )
        | logged(range(1, 2), created=WHEN + timedelta(seconds=1))
        | logged(range(2, 3), "other", candidate=None)
    )

    _, found = told(history, logged_models, ["churn"])

    assert (found.experiment, found.name, found.status, found.type, found.deleted) == (
        "churn",
        "model",
        "ready",
        "sklearn",
        WHEN,
    )
    assert found.document["metrics"][0]["value"] == float("-inf")
    assert (found.document["params"], found.document["tags"]) == ({"a": "b"}, {"c": "d"})
    assert found.document["author"] == str(ADA)
    assert [one.id for one in told(history, logged_models, ["churn"])] == [identity(1), identity(0)]
    assert len(told(history, logged_models, None)) == 3
    assert told(history, experiments_of, identity(2)) == ["other"]
    assert told(history, experiments_of, identity(3)) == []


def test_a_logged_model_elsewhere_is_a_fault(history: History) -> None:
    """As a candidate's would be."""
    history.commit({model_place(1): logged(range(2, 3))[model_place(2)]})

    [fault] = told(history, lambda index: index.execute("SELECT message FROM faults").fetchall())

    assert "it says that it is logged model" in fault[0]
    assert told(history, logged_models, None) == []


def draft_of(number: int, **values: Any) -> DraftRow:
    """A draft as the index is told of it."""
    row = Found(
        "churn", identity(number), None, "draft", "running", 0, None, str(ADA), None, None, None, None, False, "", None, None, None, None,
        {}, values.get("metrics", {}), {}, [],
    )  # fmt: skip
    return DraftRow(row, KnownDraft("mark", "state"))


def test_a_draft_is_shown_in_place_of_what_it_goes_on_from(run: History) -> None:
    """While it is there; whoever leaves out drafts sees what is committed, and no count has it twice."""

    def running(index: Any) -> None:
        put_drafts(index, [identity(1)], [draft_of(1)])

    def asked(index: Any) -> Any:
        pages = (search(index, Query(drafts=drafts), WHEN).numbers for drafts in (True, False))
        return [{row.id: row.draft for row in rows(index, numbers)} for numbers in pages]

    with_drafts, without = told(run, asked, running=running)

    assert with_drafts == {identity(1): True, identity(2): False}
    assert without == {identity(1): False, identity(2): False}
    assert told(run, candidate_place, identity(1), running=running) == ("churn", True)
    count = told(run, counts, running=running)["churn"]
    assert (count.living, count.drafts) == (1, 1)
    assert [*told(run, asked)[0].values()] == [False, False]
    assert told(run, candidate_place, identity(1)) == ("churn", False)
    assert told(run, candidate_place, "f" * 32) is None


def test_a_record_that_changes_behind_a_draft_is_followed(run: History) -> None:
    """When the draft is gone, the newer record is shown."""

    def running(index: Any) -> None:
        put_drafts(index, [identity(2)], [draft_of(2)])

    told(run, counts, running=running)
    run.commit({place(2): record(2, name="newer")})
    told(run, counts, running=running)

    [row] = told(run, lambda index: rows(index, list(numbers_of(index, [identity(2)]).values())))

    assert (row.name, row.draft) == ("newer", False)
    assert run.answers() == run.fresh()


def test_candidates_of_a_deleted_experiment_are_deleted_while_it_is(run: History) -> None:
    """Nothing of them is rewritten, and those that were deleted themselves stay so when it is restored."""
    gone = RUN.model_copy(update={"deleted": datetime(2026, 1, 1, tzinfo=UTC)})
    experiment = Experiment.called("churn")
    path = "experiments/churn/experiment.yaml"

    def asked(index: Any) -> list[int]:
        return [len(search(index, Query(deleted=deleted), WHEN).numbers) for deleted in ("no", "too", "only")]

    run.commit({place(1): write(gone), path: write(experiment.model_copy(update={"deleted": WHEN}))})
    deleted = told(run, asked)
    run.commit({path: write(experiment)})

    assert deleted == [0, 2, 2]
    assert told(run, asked) == [1, 2, 1]
