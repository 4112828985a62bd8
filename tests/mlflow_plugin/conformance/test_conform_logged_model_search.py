"""Searching logged models: filters, data that they were measured on, order and pages."""

from __future__ import annotations

from typing import Any

import pytest
from conformity import case
from grounds import INVALID, Place, pause, refused
from mlflow.entities import LoggedModelParameter, LoggedModelStatus, LoggedModelTag, Metric


def zoo(at: Place) -> str:
    """Four models with values of every kind, and a deleted one."""
    experiment = at.experiment()
    runs = [at.run("running", experiment), at.run("ended", experiment)]
    models = {}
    for number, name in enumerate(("alpha", "beta", "Gamma", "delta", "gone")):
        pause()
        models[name] = at.store.create_logged_model(
            experiment,
            name,
            source_run_id=runs[number % 2],
            model_type="agent" if number % 2 else "net",
            tags=[LoggedModelTag("team", "red" if number < 2 else "blue")],
            params=[LoggedModelParameter("rate", f"0.{number}")],
        ).model_id

    def point(
        run: str, name: str, measured: tuple[str, float, int], data: tuple[str, str] | None = None
    ) -> None:
        key, value, step = measured
        words = {"dataset_name": data[0], "dataset_digest": data[1]} if data else {}
        at.store.log_metric(
            run, Metric(key, value, 100 + step, step, model_id=models[name], run_id=run, **words)
        )

    point(runs[0], "alpha", ("auc", 0.9, 0), ("test", "d1"))
    point(runs[0], "alpha", ("auc", 0.2, 1))
    point(runs[1], "beta", ("auc", 0.5, 0), ("test", "d2"))
    point(runs[1], "Gamma", ("auc", 0.7, 0), ("train", "d1"))
    point(runs[0], "Gamma", ("loss", 3.0, 0), ("test", "d1"))
    at.end(runs[1])
    at.store.finalize_logged_model(models["alpha"], LoggedModelStatus.READY)
    at.store.finalize_logged_model(models["beta"], LoggedModelStatus.FAILED)
    at.store.set_logged_model_tags(models["delta"], [LoggedModelTag("extra", "x y")])
    at.store.delete_logged_model(models["gone"])
    return experiment


def names(at: Place, words: str | None = None, **options: Any) -> list[str]:
    """The names of the models that a search finds, in its order."""
    return [one.name for one in at.store.search_logged_models([at.once(zoo)], words, **options)]


@case
@pytest.mark.parametrize(
    ("words", "found"),
    [
        (None, ["delta", "Gamma", "beta", "alpha"]),
        ("", ["delta", "Gamma", "beta", "alpha"]),
        ("name = 'alpha'", ["alpha"]),
        ("attributes.name = 'alpha'", ["alpha"]),
        ("name != 'alpha'", ["delta", "Gamma", "beta"]),
        ("name LIKE '%a'", ["delta", "Gamma", "beta", "alpha"]),
        ("name LIKE 'g%'", []),
        ("name ILIKE 'g%'", ["Gamma"]),
        ("name IN ('alpha', 'delta')", ["delta", "alpha"]),
        ("name NOT IN ('alpha', 'delta')", ["Gamma", "beta"]),
        ("model_type = 'agent'", ["delta", "beta"]),
        ("params.rate = '0.1'", ["beta"]),
        ("params.rate LIKE '0.%'", ["delta", "Gamma", "beta", "alpha"]),
        ("params.rate != '0.1'", ["delta", "Gamma", "alpha"]),
        ("params.nothing = '1'", []),
        ("tags.team = 'red'", ["beta", "alpha"]),
        ("tags.team != 'red'", ["delta", "Gamma"]),
        ("tags.`team` = 'red' AND params.rate = '0.0'", ["alpha"]),
        ("tags.extra = 'x y'", ["delta"]),
        ("metrics.auc > 0.6", ["Gamma", "alpha"]),
        ("metrics.auc < 0.6", ["beta", "alpha"]),
        ("metrics.auc = 0.5", ["beta"]),
        ("metrics.auc != 0.5", ["Gamma", "alpha"]),
        ("metrics.auc > 0.6 AND metrics.loss >= 3", ["Gamma"]),
        ("metrics.nothing > 0", []),
        ("creation_timestamp > 0", ["delta", "Gamma", "beta", "alpha"]),
        ("creation_time < 100", []),
        ("last_updated_timestamp > 0 AND name = 'beta'", ["beta"]),
        ("status = 'READY'", None),
        ("source_run_id = 'nobody'", []),
    ],
)
def test_filters_of_models(at: Place, words: str | None, found: list[str] | None) -> object:
    """Attributes, parameters, tags, metrics; the deleted one is never found."""
    seen = names(at, words)

    assert found is None or seen == found
    return seen


@case
@pytest.mark.parametrize(
    "words",
    [
        "name > 'a'",
        "metrics.auc = 'high'",
        "metrics.auc LIKE '1'",
        "nothing.a = 'b'",
        "name = 'a' OR name = 'b'",
        "name",
        "name =",
        "params.rate > 1",
        "tags.team < 'a'",
    ],
)
def test_filters_that_mean_nothing_are_refused(at: Place, words: str) -> None:
    """Somehow: MLflow has no code for all of them."""
    at.once(zoo)

    with pytest.raises(Exception, match=r"."):
        names(at, words)


@case
@pytest.mark.parametrize(
    ("words", "data", "found"),
    [
        (None, [{"dataset_name": "test"}], ["Gamma", "beta", "alpha"]),
        (None, [{"dataset_name": "train"}], ["Gamma"]),
        (None, [{"dataset_name": "test", "dataset_digest": "d1"}], ["Gamma", "alpha"]),
        (
            None,
            [{"dataset_name": "train"}, {"dataset_name": "test", "dataset_digest": "d2"}],
            ["Gamma", "beta"],
        ),
        (None, [{"dataset_name": "nothing"}], []),
        ("metrics.auc > 0.6", [{"dataset_name": "test"}], ["alpha"]),
        ("metrics.auc < 0.6", [{"dataset_name": "test"}], ["beta"]),
        ("metrics.auc > 0.1", [{"dataset_name": "test", "dataset_digest": "d2"}], ["beta"]),
        ("name = 'alpha'", [{"dataset_name": "test"}], ["alpha"]),
        ("name = 'delta'", [{"dataset_name": "test"}], []),
    ],
)
def test_models_are_found_by_data(
    at: Place, words: str | None, data: list[dict[str, str]], found: list[str]
) -> object:
    """That they were measured on: any of what is named."""
    assert names(at, words, datasets=data) == found
    return found


@case
def test_data_must_have_a_name(at: Place) -> None:
    """A digest alone means nothing."""
    refused(
        INVALID,
        "`dataset_name` in the `datasets` clause must be specified",
        names,
        at,
        datasets=[{"dataset_digest": "d1"}],
    )


@case
@pytest.mark.parametrize(
    ("order", "found"),
    [
        ([{"field_name": "name"}], ["Gamma", "alpha", "beta", "delta"]),
        ([{"field_name": "name", "ascending": False}], ["delta", "beta", "alpha", "Gamma"]),
        ([{"field_name": "creation_timestamp"}], ["alpha", "beta", "Gamma", "delta"]),
        ([{"field_name": "creation_time", "ascending": False}], ["delta", "Gamma", "beta", "alpha"]),
        ([{"field_name": "creation_timestamp_ms", "ascending": True}], ["alpha", "beta", "Gamma", "delta"]),
        ([{"field_name": "model_type"}, {"field_name": "name"}], ["beta", "delta", "Gamma", "alpha"]),
        ([{"field_name": "metrics.auc"}], ["alpha", "beta", "Gamma", "delta"]),
        ([{"field_name": "metrics.auc", "ascending": False}], ["Gamma", "beta", "alpha", "delta"]),
        (
            [{"field_name": "metrics.auc", "ascending": False, "dataset_name": "test"}],
            ["alpha", "beta", "delta", "Gamma"],
        ),
        (
            [{"field_name": "metrics.auc", "dataset_name": "test", "dataset_digest": "d2"}],
            ["beta", "delta", "Gamma", "alpha"],
        ),
        ([{"field_name": "metrics.nothing"}], ["delta", "Gamma", "beta", "alpha"]),
        ([], ["delta", "Gamma", "beta", "alpha"]),
    ],
)
def test_orders_of_models(at: Place, order: list[dict[str, Any]], found: list[str]) -> object:
    """By attributes and metrics; those without come last, then the newest first."""
    assert names(at, order_by=order) == found
    return found


@case
@pytest.mark.parametrize("field", ["nothing", "params.rate", "tags.team"])
def test_orders_that_mean_nothing_are_refused(at: Place, field: str) -> None:
    """With MLflow's code for it."""
    refused(INVALID, "Invalid order by field name", names, at, order_by=[{"field_name": field}])


@case
@pytest.mark.parametrize("size", [1, 2, 3])
def test_pages_of_models_follow_each_other(at: Place, size: int) -> object:
    """The last one without a token."""
    experiment, pages, token = at.once(zoo), [], None
    while True:
        page = at.store.search_logged_models([experiment], max_results=size, page_token=token)
        pages.append([one.name for one in page])
        token = page.token
        if token is None:
            break

    assert sum(map(len, pages)) == 4
    return pages


@case
def test_a_token_belongs_to_its_search(at: Place) -> None:
    """Another filter, order or experiment has other pages."""
    experiment = at.once(zoo)
    token = at.store.search_logged_models([experiment], max_results=1).token
    for words in (
        {"filter_string": "name = 'alpha'"},
        {"order_by": [{"field_name": "name"}]},
        {"experiment_ids": ["0"]},
    ):
        given = {"experiment_ids": [experiment]} | words
        refused(INVALID, ".", at.store.search_logged_models, page_token=token, max_results=1, **given)


@case
@pytest.mark.parametrize("token", ["nothing", "eyJ4IjogMX0="])
def test_tokens_that_mean_nothing_are_refused(at: Place, token: str) -> None:
    """Somehow: MLflow has no code for all of them."""
    at.once(zoo)

    with pytest.raises(Exception, match=r"."):
        names(at, page_token=token)


@case
def test_models_of_several_experiments_are_found(at: Place) -> object:
    """Those of others are not."""
    first, second, third = at.experiment(), at.experiment(), at.experiment()
    for name, experiment in (("a", first), ("b", second), ("c", third)):
        pause()
        at.store.create_logged_model(experiment, name)
    answers = [
        [one.name for one in at.store.search_logged_models(list(chosen))]
        for chosen in ((first,), (first, second), (third, "987654"), ())
    ]

    assert answers == [["a"], ["b", "a"], ["c"], []]
    return answers
