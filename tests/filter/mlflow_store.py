"""The same candidates in MLflow's own SQLite store, and filters that mean something to MLflow."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from pathlib import Path

from filter_ground import Made
from mlflow.entities import ViewType
from mlflow.store.tracking.dbmodels.models import (
    SqlDataset,
    SqlInput,
    SqlInputTag,
    SqlLatestMetric,
    SqlParam,
    SqlRun,
    SqlTag,
)
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
from sqlalchemy.orm import Session

from gitreg.index.query.values import Query

EXPERIMENTS = ("churn", "other", "gone")
DELETED = "gone"
"""An experiment that is deleted after its candidates were logged."""
VIEWS = {"no": ViewType.ACTIVE_ONLY, "too": ViewType.ALL, "only": ViewType.DELETED_ONLY}
KEYS = ("a", "b", "lr.x", "learning rate", "val/auc", "日本")
TEXTS = (
    "",
    "a",
    "A",
    "Ab",
    "aB",
    "AB",
    "ab%",
    "a_b",
    "é",
    "É",
    "日本",
    "it's",
    'say "x"',
    "0.1",
    "1e-3",
    "nan",
    "two\nlines",
    "a\\b",
    "[a]*",
)
NUMBERS = (0.0, -0.0, 1.0, 0.5, 0.25, -3.5, 1e-7, 1e300, float("inf"), float("-inf"), float("nan"))
USERS = ("ada", "Bob", "eve@example.com")
STATES = {"finished": "FINISHED", "failed": "FAILED", "running": "RUNNING", "killed": "KILLED"}
DATA = (("train", "d1", "training"), ("train", "d2", ""), ("Test", "d1", "eval"), ("日本", "d3", "training"))


def candidates(count: int, seed: int = 4) -> list[Made]:
    """Candidates with few keys, values and moments, so that much is equal."""
    chance = random.Random(seed)
    return [_candidate(chance, number) for number in range(count)]


def _candidate(chance: random.Random, number: int) -> Made:
    def some(values: Sequence[object]) -> dict[str, object]:
        return {key: chance.choice(values) for key in KEYS if chance.random() < 0.6}

    created = 1_700_000_000_000_000 + chance.randrange(40) * 1_000_000
    return Made(
        id=hashlib.md5(f"{number}".encode()).hexdigest(),
        experiment=chance.choice(EXPERIMENTS),
        name=chance.choice([text for text in TEXTS if text]),
        status=chance.choice(list(STATES)),
        created=created,
        finished=None if chance.random() < 0.2 else created + chance.randrange(5) * 60_000_000,
        author="Ada Example <ada@example.com>",
        user=chance.choice(USERS),
        deleted=None if chance.random() < 0.9 else created,
        params=some(TEXTS),
        metrics=some(NUMBERS),
        tags=some(TEXTS),
        data=[
            chance.choice([(name, digest, context, "uri"), (name, None, context, "uri", digest)])
            for name, digest, context in chance.sample(DATA, chance.randrange(3))
        ],
    )


class MlflowGround:
    """MLflow's store with those candidates: its own tables, written all at once, as logging them one by one takes minutes."""

    def __init__(self, folder: Path, made: list[Made]) -> None:
        self._store = SqlAlchemyStore(f"sqlite:///{folder}/mlflow.db", str(folder / "artifacts"))
        self._numbers = {slug: self._store.create_experiment(slug) for slug in EXPERIMENTS}
        with Session(self._store.engine) as session, session.begin():
            for name, digest, _ in {(name, digest, ""): None for name, digest, _ in DATA}:
                session.add(_dataset(name, digest, int(self._numbers["churn"])))
            session.flush()
            for one in made:
                session.add_all(self._rows(one))
        self._store.delete_experiment(self._numbers[DELETED])

    def answer(self, query: Query) -> list[str]:
        """The ids of the runs that MLflow finds."""
        slugs = EXPERIMENTS if query.experiments is None else query.experiments
        numbers = [self._numbers[slug] for slug in slugs]
        found = self._store.search_runs(
            numbers, query.filter, VIEWS[query.deleted], 50_000, list(query.order)
        )
        return [run.info.run_id for run in found]

    def _rows(self, one: Made) -> list[object]:
        run = one.id
        rows: list[object] = [
            SqlRun(
                run_uuid=run,
                name=one.name,
                user_id=one.user,
                status=STATES[one.status],
                start_time=one.created // 1000,
                end_time=None if one.finished is None else one.finished // 1000,
                lifecycle_stage="deleted" if one.deleted else "active",
                experiment_id=int(self._numbers[one.experiment]),
                source_type="LOCAL",
                source_name="",
                entry_point_name="",
                artifact_uri="here",
            ),
            SqlTag(run_uuid=run, key="mlflow.runName", value=one.name),
        ]
        rows += [SqlParam(run_uuid=run, key=key, value=value) for key, value in one.params.items()]
        rows += [SqlTag(run_uuid=run, key=key, value=value) for key, value in one.tags.items()]
        for key, number in one.metrics.items():
            is_nan, value = self._store.sanitize_metric_value(number)
            rows.append(
                SqlLatestMetric(run_uuid=run, key=key, value=value, is_nan=is_nan, step=0, timestamp=0)
            )
        for place, (name, content, context, _, *sample) in enumerate(one.data):
            digest = content or sample[0]
            own = f"{run[:30]}{place}"
            rows.append(
                SqlInput(
                    input_uuid=own,
                    source_type="DATASET",
                    source_id=f"{name}{digest}",
                    destination_type="RUN",
                    destination_id=run,
                )
            )
            if context:
                rows.append(SqlInputTag(input_uuid=own, name="mlflow.data.context", value=context))
        return rows


def _dataset(name: str, digest: str | None, experiment: int) -> SqlDataset:
    return SqlDataset(
        dataset_uuid=f"{name}{digest}",
        experiment_id=experiment,
        name=name,
        digest=digest,
        dataset_source_type="local",
        dataset_source="here",
    )
