"""The places that cases run at: MLflow's SQL store, and gitreg's, each with short words for what cases do."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.entities import (
    Dataset,
    DatasetInput,
    ExperimentTag,
    InputTag,
    Metric,
    Param,
    Run,
    RunStatus,
    RunTag,
    ViewType,
)
from mlflow.exceptions import MlflowException
from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore as SqlRegistryStore
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
from packaging.version import Version

from gitreg.mlflow_plugin.entry import model_registry_store, tracking_store

ORACLE_ONLY = os.environ.get("GITREG_CONFORMANCE") == "mlflow"
"""Whether cases are tried on MLflow's store only, as when one is written."""
MISSING = "RESOURCE_DOES_NOT_EXIST"
THERE = "RESOURCE_ALREADY_EXISTS"
INVALID = "INVALID_PARAMETER_VALUE"
STATE = "INVALID_STATE"
NOT_ACTIVE = "must be in the 'active' state"
since_3_16 = pytest.mark.skipif(
    Version(mlflow.__version__) < Version("3.16"), reason="MLflow has it since 3.16"
)
BEFORE_3_17 = Version(mlflow.__version__) < Version("3.17")
since_3_17 = pytest.mark.skipif(BEFORE_3_17, reason="MLflow has it since 3.17")
_NUMBERS = count(1)


@dataclass
class Place:
    """One store of runs and one of models, at the same address.

    Args:
        kind: `mlflow` or `gitreg`.
        uri: the address of both.
        store: the tracking store.
        open_models: opens the model registry store.
        known: ids that were given out here, and the name by which a case speaks of each.
        furnished: what several cases only read.
    """

    kind: str
    uri: str
    store: Any
    open_models: Callable[[], Any]
    known: dict[str, str] = field(default_factory=dict)
    furnished: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def models(self) -> Any:
        """The model registry store."""
        return self.open_models()

    @cached_property
    def client(self) -> MlflowClient:
        """MLflow's client of both stores."""
        return MlflowClient(self.uri, self.uri)

    def experiment(self, name: str | None = None, tags: Mapping[str, str] | None = None) -> str:
        """A new experiment's id; it has a name that nobody else uses, unless one is given."""
        pause()
        called = name or f"experiment {next(_NUMBERS)}"
        given = [ExperimentTag(key, value) for key, value in (tags or {}).items()]
        made = self.store.create_experiment(called, tags=given)
        self.known[made] = f"experiment {name}" if name else "an experiment"
        return str(made)

    def run(
        self,
        name: str = "run",
        experiment: str | None = None,
        start: int = 1,
        tags: Mapping[str, str] | None = None,
    ) -> str:
        """A new run's id."""
        place = experiment or self.experiment()
        given = [RunTag(key, value) for key, value in (tags or {}).items()]
        made = self.store.create_run(place, user_id="ada", start_time=start, tags=given, run_name=name)
        return self.call(made.info.run_id, f"run {name}")

    def call(self, identity: str, name: str) -> str:
        """Names an id, for comparing; returns it."""
        self.known[identity] = name
        return identity

    def once(self, work: Callable[[Place], Any]) -> Any:
        """What `work` made here, the first time that it is asked for; for cases that only read."""
        name = f"{work.__module__}.{work.__qualname__}"
        if name not in self.furnished:
            self.furnished[name] = work(self)
        return self.furnished[name]

    def metric(self, run: str, key: str, value: float, *, time: int = 1, step: int = 0) -> None:
        """Logs one point."""
        self.store.log_metric(run, Metric(key, value, time, step))

    def batch(
        self,
        run: str,
        metrics: Iterable[tuple[Any, ...]] = (),
        params: Iterable[tuple[str, str]] = (),
        tags: Iterable[tuple[str, str]] = (),
    ) -> None:
        """Logs a batch; metrics are (key, value, time, step)."""
        self.store.log_batch(
            run,
            [Metric(*one) for one in metrics],
            [Param(*one) for one in params],
            [RunTag(*one) for one in tags],
        )

    def param(self, run: str, key: str, value: str) -> None:
        """Logs one parameter."""
        self.store.log_param(run, Param(key, value))

    def tag(self, run: str, key: str, value: str) -> None:
        """Sets one tag of a run."""
        self.store.set_tag(run, RunTag(key, value))

    def end(self, run: str, status: str = "FINISHED", end: int | None = 1000, name: str | None = None) -> Any:
        """Ends a run."""
        return self.store.update_run_info(run, RunStatus.from_string(status), end, name)

    def dataset(self, run: str, name: str, digest: str = "d1", **tags: str) -> None:
        """Logs one dataset as input."""
        self.store.log_inputs(run, [dataset(name, digest, **tags)])

    def history(self, run: str, key: str) -> list[tuple[Any, ...]]:
        """A curve's points, in no order."""
        return sorted((one.step, one.timestamp, one.value) for one in self.store.get_metric_history(run, key))

    def found(self, experiments: str | list[str], filter_string: str = "", **options: Any) -> list[str]:
        """The names of the runs that a search finds, in its order."""
        chosen = [experiments] if isinstance(experiments, str) else experiments
        view = options.pop("view", ViewType.ACTIVE_ONLY)
        answer = self.store.search_runs(chosen, filter_string, view, **options)
        return [one.info.run_name for one in answer]

    def named(self, filter_string: str = "", **options: Any) -> list[str]:
        """The names of the experiments that a search finds, in its order."""
        return [one.name for one in self.store.search_experiments(filter_string=filter_string, **options)]


def told(run: Run) -> dict[str, Any]:
    """What a run says of itself, without its addresses."""
    info = run.info
    return {
        "id": info.run_id,
        "name": info.run_name,
        "experiment": info.experiment_id,
        "user": info.user_id,
        "status": info.status,
        "times": (info.start_time, info.end_time),
        "stage": info.lifecycle_stage,
        "metrics": sorted((one.key, one.value, one.timestamp, one.step) for one in run.data._metric_objs),
        "params": run.data.params,
        "tags": run.data.tags,
        "datasets": inputs_of(run),
        "models": [one.model_id for one in (run.inputs.model_inputs or [])] if run.inputs else [],
        "outputs": [(one.model_id, one.step) for one in run.outputs.model_outputs] if run.outputs else [],
    }


def inputs_of(run: Run) -> list[Any]:
    """A run's datasets, sorted."""
    return sorted(
        (one.dataset.name, one.dataset.digest, one.dataset.source_type, one.dataset.source,
         one.dataset.schema or "", one.dataset.profile or "", sorted((tag.key, tag.value) for tag in one.tags))
        for one in run.inputs.dataset_inputs
    )  # fmt: skip


def dataset(name: str, digest: str = "d1", **tags: str) -> DatasetInput:
    """A dataset as input, with tags; `context` is MLflow's tag of that meaning."""
    described = Dataset(
        name=name,
        digest=digest,
        source_type="local",
        source=f"/data/{name}",
        schema=f"schema of {name}",
        profile=f"profile of {name}",
    )
    words = {"context": "mlflow.data.context"}
    return DatasetInput(described, [InputTag(words.get(key, key), value) for key, value in tags.items()])


def refused(code: str, saying: str, act: Callable[..., Any], *args: Any, **named: Any) -> None:
    """Asserts that a call is refused with MLflow's error of this code, in words that match."""
    with pytest.raises(MlflowException, match=saying) as caught:
        act(*args, **named)

    assert caught.value.error_code == code, f"{caught.value.error_code}: {caught.value}"


def pause() -> None:
    """Lets the clock of milliseconds, by which stores order experiments and models, go on."""
    time.sleep(0.0015)


def sql_place(uri: str, artifacts: str | None = None) -> Place:
    """MLflow's own stores on a database."""
    root = artifacts or uri.removeprefix("sqlite:///") + "-artifacts"
    return Place("mlflow", uri, SqlAlchemyStore(uri, root), lambda: SqlRegistryStore(uri))


def gitreg_place(uri: str, artifacts: str | None = None) -> Place:
    """The plugin's stores on a registry."""
    return Place("gitreg", uri, tracking_store(uri, artifacts), lambda: model_registry_store(uri))


@dataclass
class Templates:
    """An empty database and an empty registry, made once and copied for each who wants one.

    Args:
        folder: where they and the copies are.
        numbers: of copies.
    """

    folder: Path
    numbers: Any = field(default_factory=lambda: count(1))

    def make(self) -> None:
        """Makes both."""
        (self.folder / "template").mkdir()
        sql_place(f"sqlite:///{self.folder}/template/mlflow.db").store._dispose_engine()
        _count_from(self.folder / "template" / "mlflow.db", 700_000_000_000_000_000)
        if not ORACLE_ONLY:
            self._make_registry(self.folder / "template" / "registry")

    def copy(self) -> tuple[Place, Place]:
        """A fresh pair of places, MLflow's first."""
        target = self.folder / f"copy-{next(self.numbers)}"
        shutil.copytree(self.folder / "template", target, symlinks=True)
        oracle = sql_place(f"sqlite:///{target}/mlflow.db")
        return oracle, oracle if ORACLE_ONLY else gitreg_place(f"gitreg://{target}/registry")

    def _make_registry(self, folder: Path) -> None:
        """One as the plugin makes it at first use, whose stages have other names than MLflow's, which would be protected."""
        gitreg_place(f"gitreg://{folder}").store.search_experiments()
        settings = folder / "gitreg.yaml"
        settings.write_text(settings.read_text().replace("- staging\n  - production", "- live"))
        subprocess.run(["git", "commit", "-qam", "Name the stages"], cwd=folder, check=True)


@dataclass
class Stock:
    """Pairs of places that were furnished once, by what furnished them."""

    templates: Templates
    pairs: dict[Callable[[Place], Any], tuple[Place, Place]] = field(default_factory=dict)

    def give(self, furnish: Callable[[Place], Any]) -> tuple[Place, Place]:
        """The pair, furnished."""
        if furnish not in self.pairs:
            pair = self.templates.copy()
            for place in pair[:1] if ORACLE_ONLY else pair:
                furnish(place)
            self.pairs[furnish] = pair
        return self.pairs[furnish]


def _count_from(database: Path, number: int) -> None:
    """Lets experiments have long numbers, which are not taken for a run's name: a row that no store shows has the first."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("PRAGMA ignore_check_constraints = 1")
        connection.execute(
            "INSERT INTO experiments (experiment_id, name, lifecycle_stage) VALUES (?, 'no experiment', 'nowhere')",
            (number,),
        )
