"""Experiments through MLflow's tracking store, as MLflow's SQL store has them."""

from __future__ import annotations

import pytest
from desk import Desk
from mlflow.entities import Experiment, ExperimentTag, ViewType
from mlflow.exceptions import MlflowException

from gitreg.mlflow_plugin.tracking.store import TrackingStore


@pytest.fixture
def store(desk: Desk) -> TrackingStore:
    """MLflow's store on a fresh registry."""
    return TrackingStore(f"gitreg://{desk.path}")


def code_of(call: object, *args: object, **kwargs: object) -> str:
    """The code that a refusal has."""
    with pytest.raises(MlflowException) as refused:
        call(*args, **kwargs)  # type: ignore[operator]
    return str(refused.value.error_code)


def names(found: list[Experiment]) -> list[str]:
    return [one.name for one in found]


def test_the_default_experiment_is_there_before_anything_was_logged(store: TrackingStore) -> None:
    """MLflow's client logs to experiment 0 without asking."""
    found = store.get_experiment("0")

    assert (found.name, found.experiment_id, found.lifecycle_stage) == ("Default", "0", "active")


def test_an_experiment_is_found_by_id_and_by_name(store: TrackingStore) -> None:
    """Both lead to the same one, whatever its folder is called."""
    made = store.create_experiment("Churn of Customers", tags=[ExperimentTag("team", "growth")])

    by_id, by_name = store.get_experiment(made), store.get_experiment_by_name("Churn of Customers")
    assert by_name is not None
    assert (by_id.name, by_id.tags, by_name.experiment_id) == ("Churn of Customers", {"team": "growth"}, made)
    assert by_id.creation_time == by_id.last_update_time > 0


def test_a_name_is_given_once(store: TrackingStore) -> None:
    """Also a deleted experiment has its name."""
    store.delete_experiment(store.create_experiment("churn"))

    assert code_of(store.create_experiment, "churn") == "RESOURCE_ALREADY_EXISTS"


def test_the_name_of_a_renamed_experiment_is_free(store: TrackingStore) -> None:
    """The folder is taken, so the new one gets another and another id."""
    first = store.create_experiment("churn")
    store.rename_experiment(first, "old churn")

    second = store.create_experiment("churn")
    assert second != first
    assert store.get_experiment(first).name == "old churn"
    assert store.get_experiment_by_name("churn").experiment_id == second  # type: ignore[union-attr]
    assert store.get_experiment_by_name("old churn").experiment_id == first  # type: ignore[union-attr]


def test_a_name_that_another_has_is_refused(store: TrackingStore) -> None:
    """Renaming cannot make two of one name."""
    store.create_experiment("one")
    other = store.create_experiment("two")

    assert code_of(store.rename_experiment, other, "one") == "RESOURCE_ALREADY_EXISTS"


def test_a_deleted_experiment_is_not_renamed(store: TrackingStore) -> None:
    """As in MLflow's SQL store."""
    made = store.create_experiment("churn")
    store.delete_experiment(made)

    assert code_of(store.rename_experiment, made, "other") == "INVALID_STATE"


def test_deleting_hides_and_restoring_shows(store: TrackingStore) -> None:
    """Each needs the other state."""
    made = store.create_experiment("churn")
    store.delete_experiment(made)
    assert store.get_experiment(made).lifecycle_stage == "deleted"
    assert code_of(store.delete_experiment, made) == "RESOURCE_DOES_NOT_EXIST"

    store.restore_experiment(made)
    assert store.get_experiment(made).lifecycle_stage == "active"
    assert code_of(store.restore_experiment, made) == "RESOURCE_DOES_NOT_EXIST"


def test_the_default_experiment_gets_tags(store: TrackingStore) -> None:
    """It has no record until then."""
    store.set_experiment_tag("0", ExperimentTag("team", "growth"))

    assert store.get_experiment("0").tags == {"team": "growth"}
    assert store.get_experiment("0").name == "Default"


def test_a_note_is_the_experiment_s_description(store: TrackingStore, desk: Desk) -> None:
    """So that `gitreg experiment show` shows it; MLflow gets its tag back."""
    made = store.create_experiment("churn")
    store.set_experiment_tag(made, ExperimentTag("mlflow.note.content", "Who leaves?"))

    assert b"description: Who leaves?" in desk.read(
        "experiments/churn/experiment.yaml", "refs/heads/gitreg/candidates"
    )
    assert store.get_experiment(made).tags == {"mlflow.note.content": "Who leaves?"}
    store.delete_experiment_tag(made, "mlflow.note.content")
    assert store.get_experiment(made).tags == {}


def test_a_tag_that_is_not_there_cannot_be_deleted(store: TrackingStore) -> None:
    """As in MLflow's SQL store."""
    assert code_of(store.delete_experiment_tag, "0", "team") == "RESOURCE_DOES_NOT_EXIST"


def test_a_deleted_experiment_takes_no_tags(store: TrackingStore) -> None:
    """It must be active."""
    made = store.create_experiment("churn")
    store.delete_experiment(made)

    assert code_of(store.set_experiment_tag, made, ExperimentTag("a", "b")) == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize("wrong", ["", None, 7, "x" * 501])
def test_what_is_no_name_is_refused(store: TrackingStore, wrong: object) -> None:
    """By MLflow's own rules."""
    assert code_of(store.create_experiment, wrong) == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize(
    ("unknown", "code"), [("12", "RESOURCE_DOES_NOT_EXIST"), ("x", "INVALID_PARAMETER_VALUE")]
)
def test_an_id_of_nothing_is_told(store: TrackingStore, unknown: str, code: str) -> None:
    """Numbers are not there; words are no ids."""
    assert code_of(store.get_experiment, unknown) == code


def test_text_that_no_record_holds_is_replaced(store: TrackingStore) -> None:
    """A training does not end because of a character."""
    made = store.create_experiment(" churn\x07 ", tags=[ExperimentTag("a", "b\x1b[0m")])

    found = store.get_experiment(made)
    assert (found.name, found.tags) == ("churn\ufffd", {"a": "b\ufffd[0m"})
    assert store.get_experiment_by_name(" churn\x07 ").experiment_id == made  # type: ignore[union-attr]


def test_a_chosen_artifact_location_is_kept(store: TrackingStore) -> None:
    """Any other is computed when somebody asks."""
    chosen = store.create_experiment("one", artifact_location="s3://bucket/one")
    other = store.create_experiment("two")

    assert store.get_experiment(chosen).artifact_location == "s3://bucket/one"
    assert store.get_experiment(other).artifact_location == f"{store.store_uri}/-/{other}"


def test_experiments_are_searched_page_by_page(store: TrackingStore) -> None:
    """Filter, order, limit and token are MLflow's."""
    for name in ("alpha", "beta", "gamma"):
        store.create_experiment(name, tags=[ExperimentTag("first", name[0])])

    page = store.search_experiments(order_by=["name"], max_results=3)
    rest = store.search_experiments(order_by=["name"], max_results=3, page_token=page.token)
    assert (names(page), names(rest), rest.token) == (["Default", "alpha", "beta"], ["gamma"], None)
    assert names(store.search_experiments(filter_string="name LIKE '%et%'")) == ["beta"]
    assert names(store.search_experiments(filter_string="tags.first = 'g' AND name != 'beta'")) == ["gamma"]


def test_a_search_tells_living_from_deleted(store: TrackingStore) -> None:
    """By MLflow's three views."""
    store.delete_experiment(store.create_experiment("gone"))

    assert names(store.search_experiments()) == ["Default"]
    assert names(store.search_experiments(view_type=ViewType.DELETED_ONLY)) == ["gone"]
    assert sorted(names(store.search_experiments(view_type=ViewType.ALL))) == ["Default", "gone"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_results": 0},
        {"max_results": None},
        {"max_results": 50_001},
        {"filter_string": "colour = 'red'"},
        {"filter_string": "name > 'a'"},
        {"filter_string": "creation_time = 'soon'"},
        {"order_by": ["colour"]},
        {"page_token": "no token"},
    ],
)
def test_a_search_that_means_nothing_is_refused(store: TrackingStore, wrong: dict[str, object]) -> None:
    """With the code that MLflow's SQL store has."""
    assert code_of(store.search_experiments, **wrong) == "INVALID_PARAMETER_VALUE"
