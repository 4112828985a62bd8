"""MLflow's calls by gitreg's plugin, beside MLflow's own SQLite store: both are store objects, without a server between."""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow_rows
from budgets import Budget, Term
from contestants.base import Start
from figures import Contestant, Skipped
from queries import SEARCHES, Search
from records import FIXED
from report import Run
from setting import Setting, Words

PLUGIN, PEER = "gitreg's plugin", "MLflow SQLite store"
CALLS = 100
PAGE = 1000
SEARCHED = 10_000
METRIC, BATCH, WHOLE, SEARCH = "log_metric", "log_batch", "a small run", "search_runs"
NOTES = f"""The same calls of MLflow's store interface, in one process: {{calls}} times `log_metric` into a run; {{calls}} times `log_batch` of ten
metrics, two params and a tag; a run from `create_run` to its end with ten params, ten metrics and five tags (gitreg commits it; MLflow's rows
are in SQLite's file); and the page of {PAGE} runs that MLflow's client asks for, with every value of each run, of {SEARCHED:,} runs, by the searches of
the fixed set that MLflow's language can say. The two found the same runs in the same order (checked in this run)."""


@dataclass(frozen=True)
class _Calls:
    """MLflow's calls to one store.

    Args:
        name: of the contestant.
        store: MLflow's tracking store, or gitreg's.
        entities: the module of MLflow's values.
        experiment: the id of the experiment that is logged into.
        calls: so many in a turn.
    """

    name: str
    store: Any
    entities: Any
    experiment: str
    calls: int

    def contestants(self) -> list[Contestant]:
        """What is logged, by each kind of call."""
        acts = {METRIC: self._metrics, BATCH: self._batches, WHOLE: self._run}
        return [Contestant(self.name, 0, self._arranged(case), act, case=case) for case, act in acts.items()]

    def _arranged(self, case: str) -> Callable[[int], str]:
        return lambda turn: "" if case == WHOLE else self._started(f"{case} {turn}")

    def _started(self, name: str) -> str:
        run = self.store.create_run(self.experiment, "benchmark", _now(), [], name)
        return str(run.info.run_id)

    def _metrics(self, run: str) -> None:
        for step in range(self.calls):
            self.store.log_metric(run, self.entities.Metric("loss", 0.1234567, _now(), step))

    def _batches(self, run: str) -> None:
        for step in range(self.calls):
            metrics = [self.entities.Metric(f"loss-{key}", step / 7, _now(), step) for key in range(10)]
            params = [self.entities.Param(f"param-{step}-{key}", "0.1") for key in range(2)]
            self.store.log_batch(run, metrics, params, [self.entities.RunTag("step", str(step))])

    def _run(self, _: object) -> None:
        run = self._started("whole")
        metrics = [self.entities.Metric(f"metric-{key}", key / 7, _now(), 0) for key in range(10)]
        params = [self.entities.Param(f"param-{key}", str(key)) for key in range(10)]
        tags = [self.entities.RunTag(f"tag-{key}", "a word") for key in range(5)]
        self.store.log_batch(run, metrics, params, tags)
        self.store.update_run_info(run, self.entities.RunStatus.FINISHED, _now(), None)


def measure(setting: Setting) -> Run:
    """Logging into empty stores, searching in full ones."""
    calls = min(CALLS, setting.scale.points)
    if not mlflow_rows.is_there():
        return setting.told(_words(calls), [], [Skipped(PEER, mlflow_rows.MISSING)], [])
    found: dict[tuple[str, str], list[str]] = {}
    stores = {PLUGIN: _ours(setting), PEER: _theirs(setting)}
    logged = [one for name, store in stores.items() for one in _calls(name, store, calls).contestants()]
    size = min(SEARCHED, setting.scale.searched_most)
    ours = _plugin(setting.stock.start(size, FIXED))
    theirs = mlflow_rows.open_store(setting.stock.mlflow(size, FIXED))
    searched = [*_searches(PLUGIN, ours, size, found), *_searches(PEER, theirs, size, found)]
    run = setting.contest(_words(calls), [*logged, *searched], _budgets(), 15)
    for case in {case for _, case in found}:
        if found[PLUGIN, case] != found[PEER, case]:
            raise RuntimeError(f"answers differ: {case}")
    return run


def _words(calls: int) -> Words:
    return Words("mlflow_plugin", "MLflow's calls", NOTES.format(calls=calls), PLUGIN)


def _budgets() -> list[Budget]:
    logging = Budget("MLflow's calls that log: 1/3 of its SQLite store", PLUGIN, (Term(1 / 3, PEER),), size=0)
    return [
        logging,
        Budget(
            "search_runs of 10,000: 1/20 of MLflow's SQLite store",
            PLUGIN,
            (Term(1 / 20, PEER),),
            size=SEARCHED,
        ),
    ]


def _calls(name: str, store: Any, calls: int) -> _Calls:
    entities = importlib.import_module("mlflow.entities")
    return _Calls(name, store, entities, store.create_experiment("benchmark"), calls)


def _ours(setting: Setting) -> Any:
    return _plugin(setting.stock.start(0, FIXED), setting.place("registry"))


def _theirs(setting: Setting) -> Any:
    return mlflow_rows.open_store(setting.place("mlflow") / "mlflow.db")


def _plugin(start: Start, copied: Path | None = None) -> Any:
    """The store of a registry by the plugin, or of a copy of it to log into."""
    os.environ.update(start.environ)
    registry = start.registry
    if copied is not None:
        registry = start.copy(copied)
    return importlib.import_module("gitreg.mlflow_plugin.entry").tracking_store(f"gitreg://{registry}")


def _searches(name: str, store: Any, size: int, found: dict[tuple[str, str], list[str]]) -> list[Contestant]:
    active = importlib.import_module("mlflow.entities").ViewType.ACTIVE_ONLY
    ids = {each.name: each.experiment_id for each in store.search_experiments()}

    def contestant(search: Search) -> Contestant:
        among = [ids[one] for one in search.experiments or ids if one in ids]

        def act(_: object) -> None:
            runs = store.search_runs(among, search.filter, active, PAGE, list(search.order))
            found[name, search.name] = [run.info.run_id for run in runs]

        return Contestant(name, size, lambda turn: turn, act, case=f"{SEARCH}: {search.name}")

    return [contestant(search) for search in SEARCHES if search.in_mlflow]


def _now() -> int:
    return int(time.time() * 1000)
