"""Everything that the installed MLflow's stores have is implemented, or absent on purpose."""

from __future__ import annotations

import ast
import inspect
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow
import pytest
from desk import Desk
from mlflow.exceptions import MlflowException
from mlflow.store.entities import PagedList
from mlflow.store.model_registry.abstract_store import AbstractStore as AbstractRegistry
from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore as SqlRegistry
from mlflow.store.tracking.abstract_store import AbstractStore as AbstractTracking
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore as SqlTracking

from gitreg.mlflow_plugin.absence import WEBHOOKS, Absence, names_of
from gitreg.mlflow_plugin.models.store import ModelRegistryStore
from gitreg.mlflow_plugin.tracking.absent import FEATURES
from gitreg.mlflow_plugin.tracking.store import TrackingStore

INHERITED = {
    "_evenly_spaced_indices",
    "end_async_logging",
    "filter_active_experiment_ids",
    "flush_async_logging",
    "log_batch_async",
    "log_metric_async",
    "log_param_async",
    "log_spans_async",
    "resolve_trace_archival_config",
    "search_runs",
    "set_model_versions_tags",
    "set_tag_async",
    "shut_down_async_logging",
}
"""What MLflow's abstract tracking store does itself, by calling what a store implements."""
INHERITED_BY_REGISTRY = {
    "_await_model_version_creation",
    "_await_model_version_creation_impl",
    "_parse_experiment_id_filter",
    "create_prompt",
    "create_prompt_version",
    "delete_prompt",
    "delete_prompt_alias",
    "delete_prompt_tag",
    "delete_prompt_version",
    "delete_prompt_version_tag",
    "get_prompt",
    "get_prompt_version",
    "get_prompt_version_by_alias",
    "link_prompt_version_to_model",
    "link_prompt_version_to_run",
    "link_prompts_to_trace",
    "search_prompt_versions",
    "search_prompts",
    "set_prompt_alias",
    "set_prompt_tag",
    "set_prompt_version_tag",
}
OWN_TO_SQL = {
    "ManagedSessionMaker",
    "_get_artifact_location",
    "_get_run",
    "get_max_step_for_metric",
    "sanitize_metric_value",
    "search_entities_by_destination",
    "search_entities_by_source",
    "secret_cache",
}
"""What only MLflow's SQL store itself, and a command that is about its database, ask for."""
CALLERS = (
    "server/handlers.py",
    "server/graphql/graphql_schema_extensions.py",
    "cli/__init__.py",
    "experiments.py",
    "runs.py",
    "tracking/_tracking_service/client.py",
    "tracking/_model_registry/client.py",
    "tracking/client.py",
)


def test_every_method_of_the_tracking_store_is_there_or_absent_on_purpose() -> None:
    """A method that nobody thought of would be a 500 that the client tries again for minutes."""
    wanted = (_declared(AbstractTracking, SqlTracking) | _called(SqlTracking)) - INHERITED - OWN_TO_SQL

    missing = sorted(name for name in wanted if not _is_ours(TrackingStore, name))

    assert not missing


def test_every_method_of_the_registry_store_is_there_or_absent_on_purpose() -> None:
    """As above."""
    wanted = (_declared(AbstractRegistry, SqlRegistry) | _called(SqlRegistry)) - INHERITED_BY_REGISTRY
    wanted -= OWN_TO_SQL | _own_names(SqlTracking)

    missing = sorted(name for name in wanted if not _is_ours(ModelRegistryStore, name))

    assert not missing


def test_nothing_is_both_implemented_and_called_absent() -> None:
    """The tables name what is absent, and nothing that some part of the store does."""
    absent = names_of((*FEATURES, WEBHOOKS))
    owners = {*TrackingStore.__mro__, *ModelRegistryStore.__mro__}
    doing = [owner for owner in owners if owner.__module__.startswith("gitreg.")]

    both = {name: owner for name in absent for owner in doing if _does(owner, name)}

    assert not both


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_refusal(feature: Any) -> None:
    """What is asked for by name is refused with 501, whatever the words of the call."""
    for name in feature.refused:
        with pytest.raises(MlflowException, match=f"gitreg has no {feature.name}") as caught:
            getattr(_store(), name)("one", two=2)
        assert caught.value.get_http_status_code() == 501


def test_lists_and_searches_are_empty() -> None:
    """MLflow's pages ask for these when they are opened; each answer is a list, and a page."""
    for feature in FEATURES:
        for name in feature.empty:
            answer = getattr(_store(), name)("0", filter_string=None)

            assert isinstance(answer, PagedList)
            assert answer == []
            assert answer.token is None


def test_search_of_traces() -> None:
    """It answers a page and a token, as MLflow's client takes them apart."""
    traces, token = _store().search_traces(experiment_ids=["0"])

    assert (traces, token) == ([], None)


def test_a_bare_refusal_of_a_newer_mlflow() -> None:
    """What a newer abstract store lets fall through is a proper refusal, not a server error."""
    newer = _newer()

    class Store(Absence, newer):  # type: ignore[valid-type,misc]
        pass

    for name in ("novelty", "rarity"):
        with pytest.raises(MlflowException, match=f"no {name} of this MLflow") as caught:
            getattr(Store(), name)()
        assert caught.value.get_http_status_code() == 501
    assert Store().works(2) == 3


def test_webhooks() -> None:
    """Each event asks for them, so there is an empty page; nobody can make one."""
    registry: Any = ModelRegistryStore.__new__(ModelRegistryStore)

    assert registry.list_webhooks_by_event("anything") == registry.list_webhooks() == []
    with pytest.raises(MlflowException, match="gitreg has no webhooks") as caught:
        registry.create_webhook("name", "https://localhost", [])
    assert caught.value.get_http_status_code() == 501


def test_no_workspaces() -> None:
    """`mlflow server --enable-workspaces` is refused at its start."""
    assert not TrackingStore.supports_workspaces
    assert not TrackingStore.supports_trace_archival


def _newer() -> type:
    """An abstract store such as a later MLflow may have."""

    class Newer:
        def novelty(self) -> None:
            raise NotImplementedError

        def rarity(self) -> None:
            """Abstract in name only."""

        def works(self, number: int) -> int:
            return number + 1

    Newer.rarity.__isabstractmethod__ = True  # type: ignore[attr-defined]
    for method in (Newer.novelty, Newer.rarity, Newer.works):
        method.__module__ = "mlflow.store.tracking.abstract_store"
    return Newer


def _store() -> Any:
    return TrackingStore.__new__(TrackingStore)  # of these methods none looks at a registry


def _declared(*stores: type) -> set[str]:
    """What an abstract store declares, and what a store of MLflow's offers beside."""
    abstract, sql = stores
    public = {name for name in _own_names(sql) if not name.startswith("_")}
    return _own_names(abstract) | public


def _own_names(store: type) -> set[str]:
    return {name for name in dir(store) if not name.startswith("__") and _is_method(store, name)}


def _is_method(store: type, name: str) -> bool:
    found = inspect.getattr_static(store, name)
    return isinstance(found, property) or callable(getattr(store, name))


def _called(sql: type) -> set[str]:
    """What handlers, client and commands call of a store, declared or not."""
    folder = Path(mlflow.__file__).parent
    return {name for caller in CALLERS for name in _calls(folder / caller)} & _own_names(sql)


def _calls(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Attribute) and "store" in ast.unparse(node.value).rpartition(".")[2].lower():
            yield node.attr
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "hasattr":
            named = node.args[1]
            yield named.value if isinstance(named, ast.Constant) else ""


def _is_ours(store: type, name: str) -> bool:
    found = inspect.getattr_static(store, name, None)
    function = found.fget if isinstance(found, property) else found
    if name.startswith("supports_"):
        return found is False
    return (getattr(function, "__module__", None) or "").startswith("gitreg.")


def _does(owner: type, name: str) -> bool:
    found = vars(owner).get(name)
    return found is not None and found.__module__.startswith("gitreg.") and "absence" not in found.__module__


def test_no_door_of_the_server_breaks(desk: Desk) -> None:
    """Whatever MLflow's UI and clients ask a server for, the answer is none that is asked for again for minutes."""
    script = Path(__file__).parent / "knocking.py"
    done = subprocess.run(
        [sys.executable, str(script), f"gitreg://{desk.path}"],
        env=desk.environ | {"MLFLOW_DISABLE_TELEMETRY": "true"}, capture_output=True, text=True, check=True,
    )  # fmt: skip

    answers: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    assert len(answers) > 100
    assert {door: status for door, status in answers.items() if status in {500, 502, 503, 504}} == {}
    assert {200, 501} <= set(answers.values())
