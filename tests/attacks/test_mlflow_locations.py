"""Records of a shared registry that say where artifacts are: whoever may push a candidate may write one."""

from __future__ import annotations

import pytest
from desk import Desk
from mlflow.entities import RunStatus, ViewType

from gitreg.documents import places
from gitreg.mlflow_plugin import opening, telling
from gitreg.mlflow_plugin.tracking.elsewhere import followed
from gitreg.mlflow_plugin.tracking.store import TrackingStore
from gitreg.workflows.candidates.experiments import ExperimentChange, edit_experiment
from gitreg.workflows.registry import CANDIDATES

PLACES = [
    "file:///home/ada/.config",
    "/home/ada/.config",
    "s3://stranger/bucket",
    "http://stranger.example/api",
    "ftp://stranger.example/x",
    "mlflow-artifacts://stranger.example/x",
    "gitreg+ssh://git@stranger.example/x",
    "gitreg:///elsewhere/-/0",
    "s3://team/../stranger",
    "s3://team/%2e%2e/stranger",
    "s3://teamwork/x",
]


@pytest.fixture(autouse=True)
def forgetful():
    """No word of another test counts."""
    telling._told.clear()
    yield
    opening.close_all()


@pytest.fixture
def shared(desk: Desk):
    """The store of a clone of a shared registry, whose machine agrees to one place."""
    desk.git("remote", "add", "origin", str(desk.path.parent / "origin.git"))
    desk.git("config", "--add", "gitreg.artifactLocation", "s3://team")
    return TrackingStore(f"gitreg://{desk.path}")


def pushed(store: TrackingStore, location: str) -> str:
    """An experiment whose record somebody wrote; its id."""
    made = store.create_experiment("churn")
    registry = opening.opened(store.store_uri)
    change = ExperimentChange(artifact_location=location)
    edit_experiment(registry, "churn", change, opening.author(registry))
    opening.close_all()
    return made


def places_of(store: TrackingStore, experiment: str) -> set[str]:
    """Every place of artifacts that the store tells of an experiment, its run and its model."""
    run = store.create_run(experiment, "ada", 0, [], "run")
    model = store.create_logged_model(experiment_id=experiment, name="forest")
    known = store.get_experiment_by_name("churn")
    found, _ = store._search_runs([experiment], "", ViewType.ALL, 10, None, None)
    return {
        store.get_experiment(experiment).artifact_location,
        known.artifact_location if known else "",
        *(one.artifact_location for one in store.search_experiments() if one.name == "churn"),
        run.info.artifact_uri,
        store.get_run(run.info.run_id).info.artifact_uri,
        *(one.info.artifact_uri for one in found),
        model.artifact_location,
        store.get_logged_model(model.model_id).artifact_location,
        *(one.artifact_location for one in store.search_logged_models([experiment])),
    }


def test_artifacts_go_nowhere_that_this_machine_has_not_agreed_to(shared, caplog):
    """Not into its folders, not to a stranger's server: they stay in the registry's storage, and people are told once."""
    found = places_of(shared, pushed(shared, "file:///home/ada/.config"))

    assert all(one.startswith(f"{shared.store_uri}/-/") for one in found), found
    assert len([one for one in caplog.messages if "has not agreed" in one]) == 1


def test_no_way_to_write_a_place_is_taken_for_another_one(shared):
    """Names that begin alike, and paths that climb, are not below the place that was agreed to."""
    registry = opening.opened(shared.store_uri)

    assert [one for one in PLACES if followed(registry, shared.artifact_root_uri, one)] == []


def test_artifacts_go_where_this_machine_has_agreed_to(shared):
    """A place, and what is below it."""
    found = places_of(shared, pushed(shared, "s3://team/churn"))

    assert all(one.startswith("s3://team/churn") for one in found), found


def test_who_shares_with_nobody_chooses_freely(desk):
    """As with MLflow's own stores: all records are of this machine."""
    store = TrackingStore(f"gitreg://{desk.path}")
    made = store.create_experiment("churn", "s3://anything")

    assert store.get_experiment(made).artifact_location == "s3://anything"


def test_an_experiment_that_says_it_is_another_one_is_not(desk):
    """A record with somebody else's number neither hides that experiment, nor mixes its runs into that one's."""
    store = TrackingStore(f"gitreg://{desk.path}")
    churn, posing = store.create_experiment("churn"), store.create_experiment("posing")
    store.update_run_info(
        store.create_run(posing, "eve", 0, [], "run").info.run_id, RunStatus.FINISHED, 1, None
    )
    registry = opening.opened(store.store_uri)
    path = places.experiment_path("posing")
    with registry.store.change(CANDIDATES, "Pose\n", opening.author(registry)) as made:
        made.put_file(path, (made.before.file(path) or b"").replace(posing.encode(), churn.encode()))

    assert {one.name: one.experiment_id for one in store.search_experiments()} == {
        "churn": churn,
        "posing": posing,
        "Default": "0",
    }
    assert store.get_experiment_by_name("posing").experiment_id == posing
    assert store._search_runs([churn], "", ViewType.ALL, 10, None, None)[0] == []
    assert [one.info.experiment_id for one in store._search_runs([posing], "", 1, 10, None, None)[0]] == [
        posing
    ]
