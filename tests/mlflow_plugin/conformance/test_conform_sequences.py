"""Random sequences of what clients do, on MLflow's store and on gitreg's at once: each answer must be the same.

CI draws few sequences; `GITREG_CONFORMANCE_EXAMPLES=2000 pytest tests/mlflow_plugin/conformance/test_conform_sequences.py` draws many.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from conformity import plain
from grounds import Place, dataset, pause, told
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from mlflow.entities import ExperimentTag, RunStatus, ViewType
from mlflow.exceptions import MlflowException

EXAMPLES = int(os.environ.get("GITREG_CONFORMANCE_EXAMPLES", "8"))
STEPS = 25 if EXAMPLES < 100 else 60
STATUSES = ("RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED")
KEYS = ("a", "b", "c/d")
TEXTS = ("x", "Y", "", "z z", "0.5")
FILTERS = (
    "",
    "metrics.a > 1",
    "metrics.a <= 2 and params.b = 'x'",
    "metrics.b != 1",
    "params.a LIKE '%'",
    "params.a != 'Y'",
    "tags.a = 'x'",
    "tags.b ILIKE 'y'",
    "status = 'FINISHED'",
    "status != 'RUNNING' and metrics.a < 3",
    "run_name LIKE '%1'",
    "start_time > 2",
    "datasets.name = 'a'",
    "datasets.context = 'x' and metrics.a > 0",
)
ORDERS = (
    ("run_name",),
    ("metrics.a DESC", "run_name"),
    ("params.a", "start_time", "run_name"),
    ("start_time ASC", "run_name ASC"),
    ("run_name DESC",),
    ("tags.a", "run_name"),
)
"""Each ends with what no two runs share."""
_NUMBERS = count(1)


@dataclass
class World:
    """What one sequence has made at one place; both places count alike.

    Args:
        at: the place.
        number: of the sequence, for names that no other has.
        experiments: ids, oldest first.
        runs: ids, oldest first.
    """

    at: Place
    number: int
    experiments: list[str] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)

    def experiment(self, choice: int) -> str:
        """One that was made."""
        return self.experiments[choice % len(self.experiments)]

    def run(self, choice: int) -> str:
        """One that was made, or one that never was."""
        return self.runs[choice % len(self.runs)] if self.runs else "0" * 32


LEFT_OUT = "left out: runs deleted both by themselves and with their experiment differ (known_differences.py)"
Draw = tuple[int, int, int, int]


def make_experiment(world: World, draw: Draw) -> Any:
    pause()
    name = f"sequence {world.number}: {draw[0] % 4}"
    made = world.at.store.create_experiment(name, tags=[ExperimentTag("a", TEXTS[draw[1] % 5])])
    world.experiments.append(world.at.call(made, f"experiment {len(world.experiments)}"))
    return shown_experiment(world, made)


def rename_experiment(world: World, draw: Draw) -> Any:
    chosen = world.experiment(draw[0])
    world.at.store.rename_experiment(chosen, f"sequence {world.number}: renamed {draw[1]} {len(world.runs)}")
    return shown_experiment(world, chosen)


def delete_experiment(world: World, draw: Draw) -> Any:
    chosen = world.experiment(draw[0])
    if any(deleted_itself(world, chosen)):
        return LEFT_OUT
    world.at.store.delete_experiment(chosen)
    return shown_experiment(world, chosen)


def restore_experiment(world: World, draw: Draw) -> Any:
    chosen = world.experiment(draw[0])
    world.at.store.restore_experiment(chosen)
    return shown_experiment(world, chosen)


def tag_experiment(world: World, draw: Draw) -> Any:
    chosen = world.experiment(draw[0])
    world.at.store.set_experiment_tag(chosen, ExperimentTag(KEYS[draw[1] % 3], TEXTS[draw[2] % 5]))
    return shown_experiment(world, chosen)


def untag_experiment(world: World, draw: Draw) -> Any:
    chosen = world.experiment(draw[0])
    world.at.store.delete_experiment_tag(chosen, KEYS[draw[1] % 3])
    return shown_experiment(world, chosen)


def make_run(world: World, draw: Draw) -> Any:
    experiment, name = world.experiment(draw[0]), f"run {len(world.runs)}"
    made = world.at.run(name, experiment, draw[1], {"a": TEXTS[draw[2] % 5]} if draw[3] % 2 else None)
    world.runs.append(made)
    return shown_run(world, made)


def log_metric(world: World, draw: Draw) -> Any:
    chosen, key = world.run(draw[0]), KEYS[draw[1] % 3]
    world.at.metric(chosen, key, float(draw[2] % 5), time=draw[3] % 7, step=draw[2] // 5 % 4)
    return world.at.history(chosen, key)


def log_param(world: World, draw: Draw) -> Any:
    chosen = world.run(draw[0])
    world.at.param(chosen, KEYS[draw[1] % 3], TEXTS[draw[2] % 5])
    return shown_run(world, chosen)


def set_tag(world: World, draw: Draw) -> Any:
    chosen = world.run(draw[0])
    world.at.tag(chosen, KEYS[draw[1] % 3], TEXTS[draw[2] % 5])
    return shown_run(world, chosen)


def delete_tag(world: World, draw: Draw) -> Any:
    chosen = world.run(draw[0])
    world.at.store.delete_tag(chosen, KEYS[draw[1] % 3])
    return shown_run(world, chosen)


def log_batch(world: World, draw: Draw) -> Any:
    chosen = world.run(draw[0])
    metrics = [
        (KEYS[(draw[1] + one) % 3], float(draw[2] % 5 + one), draw[3] % 7, one) for one in range(draw[3] % 4)
    ]
    params = [(KEYS[one], TEXTS[(draw[2] + one) % 5]) for one in range(draw[1] % 3)]
    world.at.batch(chosen, metrics, params, [(KEYS[draw[2] % 3], TEXTS[draw[3] % 5])])
    return shown_run(world, chosen)


def log_data(world: World, draw: Draw) -> Any:
    chosen = world.run(draw[0])
    world.at.store.log_inputs(
        chosen, [dataset(KEYS[draw[1] % 3], f"d{draw[2] % 2}", context=TEXTS[draw[3] % 2])]
    )
    return shown_run(world, chosen)


def end_run(world: World, draw: Draw) -> Any:
    chosen = world.run(draw[0])
    name = f"renamed {draw[3]}, {world.runs.index(chosen)}" if world.runs and draw[3] % 4 == 0 else None
    status = RunStatus.from_string(STATUSES[draw[1] % 5])
    world.at.store.update_run_info(chosen, status, 100 + draw[2], name)
    return shown_run(world, chosen)


def delete_run(world: World, draw: Draw) -> Any:
    chosen = world.run(draw[0])
    if is_hidden(world, chosen):
        return LEFT_OUT
    world.at.store.delete_run(chosen)
    return shown_run(world, chosen)


def restore_run(world: World, draw: Draw) -> Any:
    chosen = world.run(draw[0])
    if is_hidden(world, chosen):
        return LEFT_OUT
    world.at.store.restore_run(chosen)
    return shown_run(world, chosen)


def search(world: World, draw: Draw) -> Any:
    view = (ViewType.ACTIVE_ONLY, ViewType.DELETED_ONLY, ViewType.ALL)[draw[2] % 3]
    words, order = FILTERS[draw[0] % len(FILTERS)], list(ORDERS[draw[1] % len(ORDERS)])
    found = world.at.store.search_runs(world.experiments, words, view, 5 if draw[3] % 3 else 1000, order)
    return [words, order, [shown(one) for one in found]]


def purge_run(world: World, draw: Draw) -> Any:
    chosen = world.run(draw[0])
    if world.at.store.get_run(chosen).info.lifecycle_stage == "deleted" and draw[1] % 4 == 0:
        world.at.store._hard_delete_run(chosen)
    return shown_run(world, chosen)


ACTS: tuple[Callable[[World, Draw], Any], ...] = (
    make_experiment, rename_experiment, delete_experiment, restore_experiment, tag_experiment, untag_experiment,
    make_run, make_run, make_run, log_metric, log_metric, log_metric, log_param, set_tag, delete_tag, log_batch, log_data,
    end_run, end_run, delete_run, restore_run, search, search, search, purge_run,
)  # fmt: skip


def is_hidden(world: World, run: str) -> bool:
    """Whether a run's experiment is deleted."""
    experiment = world.at.store.get_run(run).info.experiment_id
    return bool(world.at.store.get_experiment(experiment).lifecycle_stage == "deleted")


def deleted_itself(world: World, experiment: str) -> list[bool]:
    """Which runs of an active experiment are deleted."""
    found = world.at.store.search_runs([experiment], "", ViewType.ALL)
    return [one.info.lifecycle_stage == "deleted" for one in found]


def shown_experiment(world: World, identity: str) -> Any:
    found = world.at.store.get_experiment(identity)
    return [found.experiment_id, found.name, found.lifecycle_stage, found.tags]


def shown_run(world: World, identity: str) -> Any:
    return shown(world.at.store.get_run(identity))


def shown(run: Any) -> Any:
    """A run, without the end of one that has none any more (docs/mlflow.md)."""
    seen = told(run)
    return seen | ({"times": seen["times"][:1]} if seen["status"] in {"RUNNING", "SCHEDULED"} else {})


def answer(world: World, act: Callable[[World, Draw], Any], draw: Draw) -> Any:
    """What an act shows, or the code by which it is refused."""
    try:
        return plain(act(world, draw), world.at)
    except MlflowException as error:
        return error.error_code


steps = st.lists(
    st.tuples(st.sampled_from(range(len(ACTS))), st.tuples(*[st.integers(0, 40)] * 4)),
    min_size=5,
    max_size=STEPS,
)


@pytest.fixture
def both(shared_places: tuple[Place, Place]) -> tuple[Place, Place]:
    """The places, under another name, for hypothesis runs many examples on them."""
    return shared_places


@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=EXAMPLES < 100, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(steps=steps)
def test_both_stores_answer_alike(both: tuple[Place, Place], steps: list[tuple[int, Draw]]) -> None:
    """Whatever is done in whatever order, and refused alike."""
    number = next(_NUMBERS)
    oracle, gitreg = (World(place, number) for place in both)
    for world in (oracle, gitreg):
        answer(world, make_experiment, (0, 0, 0, 0))
    for choice, draw in steps:
        act = ACTS[choice]
        expected, got = answer(oracle, act, draw), answer(gitreg, act, draw)
        note(f"{act.__name__} {draw}: {expected}")
        assert got == expected, f"{act.__name__} {draw}"
