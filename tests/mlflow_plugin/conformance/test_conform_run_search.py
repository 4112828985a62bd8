"""Searching runs: filters of every kind, on running, ended and deleted runs at once."""

from __future__ import annotations

import pytest
from conformity import case
from grounds import INVALID, Place, refused, since_3_16, since_3_17, told
from mlflow.entities import ViewType


def mixed(at: Place) -> str:
    """An experiment of two running runs, two ended ones and a deleted one."""
    experiment = at.experiment()
    runs = {
        name: at.run(name, experiment, start)
        for start, name in enumerate(("one", "two", "three", "four", "gone"), 1)
    }
    at.batch(
        runs["one"],
        [("loss", 1.0, 1, 0), ("only one", 5.0, 1, 0)],
        [("rate", "0.1"), ("opt", "Adam")],
        [("team", "red")],
    )
    at.batch(
        runs["two"],
        [("loss", 2.0, 1, 0)],
        [("rate", "0.2"), ("opt", "adam")],
        [("team", "Red"), ("k e y", "v")],
    )
    at.batch(runs["three"], [("loss", 9.0, 1, 0), ("loss", 3.0, 2, 1)], [("rate", "0.1")], [("team", "blue")])
    at.batch(runs["four"], [("loss", 4.0, 8, 0), ("loss", 8.0, 3, 0)], [("opt", "sgd_x")], [("mark", "50%")])
    at.batch(runs["gone"], [("loss", 1.0, 1, 0)], [("rate", "0.1")], [("team", "red")])
    for name in ("two", "four"):
        at.end(runs[name], "FINISHED" if name == "two" else "FAILED", 100 if name == "two" else 200)
    at.store.delete_run(runs["gone"])
    return experiment


@case
@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("metrics.loss = 1", ["one"]),
        ("metrics.loss = 1.0", ["one"]),
        ("metric.loss = 1", ["one"]),
        ("metrics.loss != 1", ["four", "three", "two"]),
        ("metrics.loss > 2", ["four", "three"]),
        ("metrics.loss >= 2", ["four", "three", "two"]),
        ("metrics.loss < 2", ["one"]),
        ("metrics.loss <= 2.0", ["two", "one"]),
        ("metrics.loss > -1e3", ["four", "three", "two", "one"]),
        ("metrics.loss = 9", []),
        ("metrics.loss = 8", []),
        ("metrics.loss = 4", ["four"]),
        ("metrics.`only one` > 1", ["one"]),
        ('metrics."only one" > 1', ["one"]),
        ("metrics.nothing > 1", []),
        ("metrics.nothing != 1", []),
        ("metrics.loss > 1 and metrics.loss < 4", ["three", "two"]),
        ("metrics.loss > 1 AND metrics.loss < 4 AND params.rate = '0.1'", ["three"]),
    ],
)
def test_filters_of_metrics(at: Place, words: str, names: list[str]) -> object:
    """The last value counts; a run without the metric is never found."""
    assert at.found(at.once(mixed), words) == names
    return names


@case
@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("params.rate = '0.1'", ["three", "one"]),
        ("param.rate = '0.1'", ["three", "one"]),
        ('params.rate = "0.1"', ["three", "one"]),
        ("params.`rate` = '0.1'", ["three", "one"]),
        ("parameters.rate = '0.1'", ["three", "one"]),
        ("params.rate != '0.1'", ["two"]),
        ("params.rate LIKE '0.%'", ["three", "two", "one"]),
        ("params.opt = 'adam'", ["two"]),
        ("params.opt LIKE 'A%'", ["one"]),
        ("params.opt LIKE '%dam'", ["two", "one"]),
        ("params.opt LIKE 'dam'", []),
        ("params.opt ILIKE 'a%'", ["two", "one"]),
        ("params.opt LIKE 'sgd_x'", ["four"]),
        ("params.opt LIKE 'sg__x'", ["four"]),
        ("params.opt LIKE '_'", []),
        ("params.nothing = 'x'", []),
        ("params.nothing != 'x'", []),
        ("params.rate = '0.1' and params.opt = 'Adam'", ["one"]),
    ],
)
def test_filters_of_parameters(at: Place, words: str, names: list[str]) -> object:
    """Equal, unequal, LIKE that minds case and ILIKE that does not."""
    assert at.found(at.once(mixed), words) == names
    return names


@case
@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("tags.team = 'red'", ["one"]),
        ("tag.team = 'red'", ["one"]),
        ("tags.team != 'red'", ["three", "two"]),
        ("tags.team LIKE 'r%'", ["one"]),
        ("tags.team ILIKE 'RED'", ["two", "one"]),
        ("tags.team ILIKE '%E%' and params.rate = '0.1'", ["three", "one"]),
        ("tags.`k e y` = 'v'", ["two"]),
        ("tags.\"k e y\" = 'v'", ["two"]),
        ("tags.mark = '50%'", ["four"]),
        ("tags.mark LIKE '50%'", ["four"]),
        ("tags.TEAM = 'red'", []),
        ("tags.`mlflow.runName` = 'three'", ["three"]),
        ("tags.mlflow.runName = 'three'", ["three"]),
    ],
)
def test_filters_of_tags(at: Place, words: str, names: list[str]) -> object:
    """As of parameters; keys may hold blanks and dots."""
    assert at.found(at.once(mixed), words) == names
    return names


@case
@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("attribute.status = 'RUNNING'", ["three", "one"]),
        ("attributes.status = 'RUNNING'", ["three", "one"]),
        ("attr.status = 'RUNNING'", ["three", "one"]),
        ("run.status = 'RUNNING'", ["three", "one"]),
        ("status = 'RUNNING'", ["three", "one"]),
        ("status != 'RUNNING'", ["four", "two"]),
        ("status = 'running'", []),
        ("status = 'FAILED'", ["four"]),
        ("status = 'nothing'", []),
        ("status != 'nothing'", ["four", "three", "two", "one"]),
        ("status LIKE 'F%'", ["four", "two"]),
        ("status ILIKE 'fin%'", ["two"]),
        ("user_id = 'ada'", ["four", "three", "two", "one"]),
        ("user_id = 'bob'", []),
        ("user_id LIKE 'a_a'", ["four", "three", "two", "one"]),
        ("attributes.run_name = 'one'", ["one"]),
        ("attributes.`run name` = 'one'", ["one"]),
        ("attributes.`Run name` = 'one'", ["one"]),
        ("attributes.`Run Name` = 'one'", ["one"]),
        ("run_name LIKE 't%'", ["three", "two"]),
        ("run_name ILIKE 'T%' and status = 'RUNNING'", ["three"]),
        ("start_time = 1", ["one"]),
        ("start_time > 2", ["four", "three"]),
        ("attributes.created >= 3", ["four", "three"]),
        ("attributes.Created < 2", ["one"]),
        ("start_time != 2", ["four", "three", "one"]),
        ("end_time = 100", ["two"]),
        ("end_time > 100", ["four"]),
        ("end_time != 100", ["four"]),
        ("metrics.loss > 1 and tags.team = 'blue' and params.rate = '0.1' and status = 'RUNNING'", ["three"]),
        ("metrics.loss > 1 metrics.loss < 4", ["three", "two"]),
        ("metrics.loss > 3 and", ["four"]),
        ("", ["four", "three", "two", "one"]),
        (None, ["four", "three", "two", "one"]),
    ],
)
def test_filters_of_attributes(at: Place, words: str, names: list[str]) -> object:
    """Status, user, name and times, under all the names that MLflow knows them by."""
    assert at.found(at.once(mixed), words) == names
    return names


@since_3_16
@case
@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("tags.team IS NULL", ["four"]),
        ("tags.team IS NOT NULL", ["three", "two", "one"]),
        ("tags.team is not null and status = 'RUNNING'", ["three", "one"]),
        ("params.opt IS NULL", ["three"]),
        ("params.opt IS NOT NULL AND tags.team IS NOT NULL", ["two", "one"]),
        ("tags.nothing IS NULL and params.nothing IS NULL", ["four", "three", "two", "one"]),
        ("tags.nothing IS NOT NULL", []),
        ("tags.`k e y` IS NOT NULL", ["two"]),
    ],
)
def test_filters_of_what_is_missing(at: Place, words: str, names: list[str]) -> object:
    """A tag or parameter that a run has, or has not."""
    assert at.found(at.once(mixed), words) == names
    return names


@since_3_16
@case
@pytest.mark.parametrize(
    "words", ["metrics.loss IS NULL", "status IS NULL", "IS NULL", "tags.team IS", "tags.team IS NOT"]
)
def test_other_things_are_not_sought_by_missing(at: Place, words: str) -> None:
    """Only tags and parameters are."""
    refused(INVALID, ".", at.found, at.once(mixed), words)


@case
def test_filters_of_ids(at: Place) -> object:
    """One, several, all but some; case counts."""
    experiment = at.once(mixed)
    ids = {one.info.run_name: one.info.run_id for one in at.store.search_runs([experiment], "", ViewType.ALL)}
    one, four = ids["one"], ids["four"]
    answers = [
        at.found(experiment, f"run_id = '{one}'"),
        at.found(experiment, f"attributes.run_id = '{four}'"),
        at.found(experiment, f"run_id != '{one}'"),
        at.found(experiment, f"run_id IN ('{one}', '{four}')"),
        at.found(experiment, f"run_id IN ('{one}')"),
        at.found(experiment, f"run_id NOT IN ('{one}','{four}')"),
        at.found(experiment, f"run_id LIKE '{one[:10]}%'"),
        at.found(experiment, f"run_id = '{one.upper()}X'"),
        at.found(experiment, f"run_id = '{ids['gone']}'"),
        at.found(experiment, f"run_id = '{ids['gone']}'", view=ViewType.ALL),
        at.found(experiment, f"run_name = 'one' and run_id IN ('{one}')"),
    ]

    assert answers == [
        ["one"],
        ["four"],
        ["four", "three", "two"],
        ["four", "one"],
        ["one"],
        ["three", "two"],
        ["one"],
        [],
        [],
        ["gone"],
        ["one"],
    ]
    return answers


@case
def test_filters_of_artifact_addresses(at: Place) -> object:
    """The address that a run says it has, whole or in part."""
    experiment = at.once(mixed)
    found = {
        one.info.run_name: one.info for one in at.store.search_runs([experiment], "", ViewType.ACTIVE_ONLY)
    }
    uri, identity = found["one"].artifact_uri, found["two"].run_id
    answers = [
        at.found(experiment, f"artifact_uri = '{uri}'"),
        at.found(experiment, f"attr.artifact_uri = '{uri.upper()}'"),
        at.found(experiment, f"artifact_uri != '{uri}'"),
        at.found(experiment, f"artifact_uri LIKE '%{identity}%'"),
        at.found(experiment, f"artifact_uri LIKE '%{identity[:16]}%'"),
        at.found(experiment, f"artifact_uri LIKE '%{identity.upper()}%'"),
        at.found(experiment, f"artifact_uri ILIKE '%{identity.upper()}%'"),
        at.found(experiment, "artifact_uri = 'elsewhere'"),
        at.found(experiment, "artifact_uri != 'elsewhere'"),
    ]

    everybody = ["four", "three", "two", "one"]
    assert answers == [["one"], [], ["four", "three", "two"], ["two"], ["two"], [], ["two"], [], everybody]
    return answers


@case
@pytest.mark.parametrize(
    "words",
    [
        "experiment_id = '0'",
        "attribute.lifecycle_stage = 'ACTIVE'",
        "metrics.loss = 'one'",
        "metrics.loss LIKE '1%'",
        "params.rate > '0.1'",
        "params.rate = 0.1",
        "tags.team > 'red'",
        "tags.team = red",
        "loss > 1",
        "nothing.loss > 1",
        "metrics.loss > 1 OR metrics.loss < 0",
        "metrics.loss",
        "metrics.loss >",
        "> 1",
        "run_name IN ('one', 'four')",
        "status IN ('RUNNING', 'FAILED')",
        "start_time = 'now'",
        "start_time LIKE '1%'",
        "status > 'RUNNING'",
        "run_id IN ()",
        "run_id IN 'one'",
        "run_id IN (1, 2)",
        "metrics.loss IN (1, 2)",
        "metrics.'loss > 1",
        "params.rate = '0.1' and (params.opt = 'x')",
        "dataset.name > 'a'",
        "dataset.nothing = 'a'",
        "--",
        ";",
        "metrics.loss > 1; DROP TABLE runs",
        "1 = 1",
    ],
)
def test_filters_that_mean_nothing_are_refused(at: Place, words: str) -> None:
    """With MLflow's code for it."""
    refused(INVALID, ".", at.found, at.once(mixed), words)


@case
@pytest.mark.parametrize(
    ("view", "names"),
    [
        (ViewType.ACTIVE_ONLY, ["one"]),
        (ViewType.DELETED_ONLY, ["gone"]),
        (ViewType.ALL, ["gone", "one"]),
    ],
)
def test_views_choose_by_life(at: Place, view: int, names: list[str]) -> object:
    """With a filter."""
    assert at.found(at.once(mixed), "metrics.loss = 1", view=view) == names
    return names


@case
def test_several_experiments_are_searched_at_once(at: Place) -> object:
    """In one order; an experiment that is named twice is searched once, one that is not there finds nothing."""
    first, second, third = at.experiment(), at.experiment(), at.experiment()
    at.run("a", first, 1)
    at.end(at.run("b", second, 2))
    at.run("c", first, 3)
    at.run("d", third, 4)

    answers = [
        at.found([first, second]),
        at.found([second, first, second]),
        at.found([first, "987654"]),
        at.found(["987654"]),
        at.found([]),
    ]
    assert answers == [["c", "b", "a"], ["c", "b", "a"], ["c", "a"], [], []]
    return answers


@since_3_17
@case
def test_an_id_that_is_no_number_is_refused(at: Place) -> None:
    """Among the experiments."""
    refused(INVALID, "experiment ID", at.found, ["first"])


@case
def test_a_search_shows_runs_as_reading_them_does(at: Place) -> object:
    """Metrics, parameters, tags, datasets, times."""
    experiment = at.experiment()
    for number, name in enumerate(("running", "ended")):
        run = at.run(name, experiment, number)
        at.batch(run, [("loss", 0.5, 7, 3)], [("rate", "1")], [("kind", "x")])
        at.dataset(run, "train", context="training")
    at.end(run)
    found = [told(one) for one in at.store.search_runs([experiment], "", ViewType.ALL)]

    assert found == [told(at.store.get_run(one["id"])) for one in found]
    return found


@case
def test_a_search_sees_each_change_at_once(at: Place) -> object:
    """Of a running run, of its end, and of what comes later."""
    experiment = at.experiment()
    run = at.run("run", experiment)
    seen = []
    for act in (
        lambda: at.metric(run, "loss", 3.0, time=1, step=0),
        lambda: at.metric(run, "loss", 1.0, time=2, step=1),
        lambda: at.end(run),
        lambda: at.metric(run, "loss", 5.0, time=3, step=2),
        lambda: at.tag(run, "kind", "x"),
        lambda: at.store.delete_run(run),
        lambda: at.store.restore_run(run),
    ):
        act()
        seen.append(
            [
                at.found(experiment, "metrics.loss < 2"),
                at.found(experiment, "tags.kind = 'x'"),
                at.found(experiment),
            ]
        )

    assert [len(one[0]) for one in seen] == [0, 1, 1, 0, 0, 0, 0]
    assert [len(one[1]) for one in seen] == [0, 0, 0, 0, 1, 0, 1]
    assert [len(one[2]) for one in seen] == [1, 1, 1, 1, 1, 0, 1]
    return seen


@case
def test_text_in_quotes_is_text(at: Place) -> object:
    """Signs of SQL in a value are looked for as they are."""
    experiment = at.experiment()
    for number, value in enumerate(
        ("a;b", "a--b", "x OR 1=1", "100%", 'say "hi"', "it's", "a\\b", "ünï", "")
    ):
        at.run(f"run {number}", experiment, number, tags={"odd": value})
    answers = [
        at.found(experiment, "tags.odd = 'a;b'"),
        at.found(experiment, "tags.odd = 'a--b'"),
        at.found(experiment, "tags.odd = 'x OR 1=1'"),
        at.found(experiment, "tags.odd = '100%'"),
        at.found(experiment, "tags.odd = 'say \"hi\"'"),
        at.found(experiment, 'tags.odd = "it\'s"'),
        at.found(experiment, "tags.odd = 'ünï'"),
        at.found(experiment, "tags.odd ILIKE 'ÜNÏ'"),
        at.found(experiment, "tags.odd = 'a\\b'"),
        at.found(experiment, "tags.odd LIKE 'a%b'"),
        at.found(experiment, "tags.odd != ''"),
    ]

    assert answers[0] == ["run 0"]
    return answers
