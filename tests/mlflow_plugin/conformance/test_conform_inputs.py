"""Datasets as inputs of runs, and runs found by them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from conformity import case
from grounds import INVALID, MISSING, Place, dataset, inputs_of, refused, told
from mlflow.entities import Dataset, DatasetInput, InputTag
from mlflow.utils import validation


def of(at: Place, run: str) -> list[Any]:
    """A run's datasets."""
    return inputs_of(at.store.get_run(run))


@case
@pytest.mark.parametrize("running", [True, False])
def test_datasets_are_inputs(at: Place, running: bool) -> object:
    """With all that is said of them."""
    run = at.run()
    if not running:
        at.end(run)
    at.store.log_inputs(run, [dataset("train", context="training", split="a"), dataset("test", "d2")])

    assert of(at, run) == [
        ("test", "d2", "local", "/data/test", "schema of test", "profile of test", []),
        ("train", "d1", "local", "/data/train", "schema of train", "profile of train",
         [("mlflow.data.context", "training"), ("split", "a")]),
    ]  # fmt: skip
    return told(at.store.get_run(run))


@case
def test_a_dataset_may_lack_columns_and_profile(at: Place) -> object:
    """They stay away."""
    run = at.run()
    at.store.log_inputs(run, [DatasetInput(Dataset("bare", "d", "local", "/x"), [])])
    at.end(run)
    found = at.store.get_run(run).inputs.dataset_inputs[0].dataset

    assert (found.schema, found.profile) == (None, None)
    return [dict(found)]


@case
def test_large_descriptions_come_back_whole(at: Place) -> object:
    """JSON of many columns."""
    run = at.run()
    columns = (
        '{"mlflow_colspec": [' + ", ".join(f'{{"name": "column {number}"}}' for number in range(500)) + "]}"
    )
    at.store.log_inputs(
        run, [DatasetInput(Dataset("wide", "d", "local", '{"uri": "/x"}', columns, '{"num_rows": 3}'), [])]
    )
    at.end(run)

    assert of(at, run)[0][4] == columns
    return []


@case
@pytest.mark.parametrize("running", [True, False])
def test_a_dataset_is_an_input_once(at: Place, running: bool) -> object:
    """By name and digest; what is said of it first stays, tags too."""
    run = at.run()
    at.dataset(run, "train", "d1", a="1", b="2")
    if not running:
        at.end(run)
    for number in range(3):
        other = Dataset(
            "train", "d1", f"st{number}", f"source{number}", f"schema{number}", f"profile{number}"
        )
        at.store.log_inputs(run, [DatasetInput(other, [InputTag(f"k{number}", "v")])])
    at.dataset(run, "other", "d1", k1="v1")
    at.dataset(run, "train", "d2", k2="v2")

    assert [one[:2] for one in of(at, run)] == [("other", "d1"), ("train", "d1"), ("train", "d2")]
    assert of(at, run)[1][6] == [("a", "1"), ("b", "2")]
    return of(at, run)


@case
def test_a_dataset_twice_in_one_request_is_one(at: Place) -> object:
    """The first counts."""
    run = at.run()
    at.store.log_inputs(run, [dataset("train", a="1"), dataset("train", b="2")])

    assert of(at, run)[0][6] == [("a", "1")]
    return of(at, run)


@case
def test_runs_share_a_dataset_with_tags_of_their_own(at: Place) -> object:
    """Within an experiment."""
    experiment = at.experiment()
    first, second = at.run("first", experiment), at.run("second", experiment)
    at.dataset(first, "train", context="training")
    at.dataset(second, "train", context="testing")

    assert of(at, first)[0][6] == [("mlflow.data.context", "training")]
    assert of(at, second)[0][6] == [("mlflow.data.context", "testing")]
    return []


@case
def test_no_datasets_are_no_change(at: Place) -> object:
    """Said in three ways."""
    run = at.run()
    at.store.log_inputs(run)
    at.store.log_inputs(run, datasets=None)
    at.store.log_inputs(run, datasets=[])

    assert of(at, run) == []
    return []


@case
def test_the_run_must_be_there(at: Place) -> None:
    """And its id an id."""
    refused(MISSING, "not found", at.dataset, "0" * 32, "train")
    refused(INVALID, ".", at.dataset, "../x", "train")


@dataclass(frozen=True)
class Odd:
    """An input that lacks something, or has too much of it."""

    words: dict[str, Any]
    saying: str


@case
@pytest.mark.parametrize(
    "odd",
    [
        Odd({"key": None}, "InputTag key cannot be None"),
        Odd({"value": None}, "InputTag value cannot be None"),
        Odd({"name": None}, "Dataset name cannot be None"),
        Odd({"digest": None}, "Dataset digest cannot be None"),
        Odd({"source_type": None}, "Dataset source_type cannot be None"),
        Odd({"source": None}, "Dataset source cannot be None"),
        Odd({"key": "x" * (validation.MAX_INPUT_TAG_KEY_SIZE + 1)}, "'key' exceeds the maximum length"),
        Odd({"value": "x" * (validation.MAX_INPUT_TAG_VALUE_SIZE + 1)}, "'value' exceeds the maximum length"),
        Odd({"name": "x" * (validation.MAX_DATASET_NAME_SIZE + 1)}, "'name' exceeds the maximum length"),
        Odd(
            {"digest": "x" * (validation.MAX_DATASET_DIGEST_SIZE + 1)}, "'digest' exceeds the maximum length"
        ),
        Odd(
            {"source": "x" * (validation.MAX_DATASET_SOURCE_SIZE + 1)}, "'source' exceeds the maximum length"
        ),
        Odd(
            {"schema": "x" * (validation.MAX_DATASET_SCHEMA_SIZE + 1)}, "'schema' exceeds the maximum length"
        ),
        Odd(
            {"profile": "x" * (validation.MAX_DATASET_PROFILE_SIZE + 1)},
            "'profile' exceeds the maximum length",
        ),
    ],
    ids=lambda odd: f"{next(iter(odd.words))}-{'none' if None in odd.words.values() else 'long'}",
)
def test_inputs_that_mean_nothing_are_refused(at: Place, odd: Odd) -> None:
    """By MLflow's own check; nothing of them is logged."""
    run = at.run()
    given = {"name": "n", "digest": "d", "source_type": "t", "source": "s"} | odd.words
    tag = InputTag(given.pop("key", "k"), given.pop("value", "v"))

    refused(INVALID, odd.saying, at.store.log_inputs, run, [DatasetInput(Dataset(**given), [tag])])
    assert of(at, run) == []


def longest(at: Place, fields: tuple[str, ...]) -> object:
    """Logs an input for each field that is as long as it may be; what comes back after the run has ended."""
    sizes = {"key": "INPUT_TAG_KEY", "value": "INPUT_TAG_VALUE"}
    run = at.run()
    for field in fields:
        size = getattr(validation, f"MAX_{sizes.get(field, f'DATASET_{field.upper()}')}_SIZE")
        given = {"name": f"n {field}", "digest": "d", "source_type": "t", "source": "s", field: "x" * size}
        tag = InputTag(given.pop("key", "k"), given.pop("value", "v"))
        at.store.log_inputs(run, [DatasetInput(Dataset(**given), [tag])])
    at.end(run)
    return of(at, run)


@case
def test_the_longest_inputs_are_logged(at: Place) -> object:
    """They come back whole, after the run has ended too."""
    return longest(at, ("value", "name", "digest", "source"))


@case
@pytest.mark.parametrize("field", ["key", "schema"])
def test_the_longest_descriptions_are_logged(at: Place, field: str) -> object:
    """As they are in MLflow's database."""
    return longest(at, (field,))


def trained(at: Place) -> str:
    """Three runs with datasets in several roles, the second ended."""
    experiment = at.experiment()
    one, two, three = (
        at.run(name, experiment, start) for start, name in enumerate(("one", "two", "three"), 1)
    )
    at.store.log_inputs(
        one, [dataset("name1", "digest1", context="train"), dataset("name2", "digest2", context="eval")]
    )
    at.store.log_inputs(
        two, [dataset("name1", "digest1", context="train"), dataset("name3", "digest3", context="eval")]
    )
    at.store.log_inputs(three, [dataset("name2", "digest2", context="test")])
    at.param(one, "rate", "0.1")
    at.param(one, "size", "32")
    at.param(two, "rate", "0.2")
    at.metric(one, "loss", 1.0)
    at.end(two)
    return experiment


@case
@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("dataset.name = 'name1'", ["two", "one"]),
        ("datasets.name = 'name1'", ["two", "one"]),
        ("dataset.digest = 'digest2'", ["three", "one"]),
        ("dataset.name = 'name4'", []),
        ("dataset.context = 'train'", ["two", "one"]),
        ("dataset.context = 'test'", ["three"]),
        ("dataset.context = 'test' and dataset.name = 'name2'", ["three"]),
        ("dataset.name = 'name2' and dataset.context = 'test'", ["three"]),
        ("dataset.name = 'name1' and dataset.name = 'name3'", ["two"]),
        ("dataset.name = 'name1' and dataset.digest = 'digest2'", ["one"]),
        ("datasets.name IN ('name1', 'name2')", ["three", "two", "one"]),
        ("datasets.name IN ('name3')", ["two"]),
        ("datasets.digest IN ('digest1', 'digest2')", ["three", "two", "one"]),
        ("datasets.context IN ('test', 'train')", ["three", "two", "one"]),
        ("datasets.name LIKE 'Name%'", []),
        ("datasets.name LIKE '%3'", ["two"]),
        ("datasets.name ILIKE 'Name%'", ["three", "two", "one"]),
        ("datasets.context ILIKE 'TES%'", ["three"]),
        ("datasets.name != 'name1'", ["three", "two", "one"]),
        ("params.rate = '0.1' AND dataset.name = 'name1'", ["one"]),
        ("params.rate = '0.1' AND params.size = '32' AND dataset.context = 'train'", ["one"]),
        ("metrics.loss = 1 AND dataset.name = 'name2' AND status = 'RUNNING'", ["one"]),
        ("params.rate = '0.2' AND dataset.name = 'name1' AND dataset.context = 'eval'", ["two"]),
    ],
)
def test_runs_are_found_by_datasets(at: Place, words: str, names: list[str]) -> object:
    """By name, digest and role, beside everything else."""
    assert at.found(at.once(trained), words) == names
    return names


@case
def test_a_search_shows_each_run_s_own_datasets(at: Place) -> object:
    """In whatever order it finds them."""
    experiment = at.once(trained)
    found = {
        order: {
            one.info.run_name: inputs_of(one)
            for one in at.store.search_runs([experiment], "", 1, order_by=[order])
        }
        for order in ("start_time", "start_time DESC")
    }

    assert found["start_time"] == found["start_time DESC"]
    return found


@case
def test_datasets_of_experiments_are_listed(at: Place) -> object:
    """Each name, digest and role once; those of other experiments are not."""
    first, second = at.experiment(), at.experiment()
    one, two, three = at.run("1", first), at.run("2", first), at.run("3", second)
    at.store.log_inputs(
        one, [dataset("a", context="train"), dataset("b", context="eval"), dataset("c", other="x")]
    )
    at.store.log_inputs(two, [dataset("a", context="train"), dataset("b", context="test")])
    at.store.log_inputs(three, [dataset("d", context="train")])
    at.end(two)

    def listed(*experiments: str) -> list[tuple[Any, ...]]:
        found = at.store._search_datasets(list(experiments))
        return sorted((one.experiment_id, one.name, one.digest, one.context or "") for one in found)

    assert [one[1:] for one in listed(first)] == [
        ("a", "d1", "train"),
        ("b", "d1", "eval"),
        ("b", "d1", "test"),
        ("c", "d1", ""),
    ]
    assert len(listed(first, second)) == 5
    assert listed(second) == [(second, "d", "d1", "train")]
    return [one[1:] for one in listed(first)]


@case
def test_no_more_than_a_thousand_datasets_are_listed(at: Place) -> object:
    """More is not asked for by anybody."""
    experiment = at.experiment()
    run = at.run("many", experiment)
    at.store.log_inputs(run, [dataset(f"name {number}", context="x") for number in range(1010)])

    assert len(at.store._search_datasets([experiment])) == 1000
    return []
