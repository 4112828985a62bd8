"""Canonical texts as registries hold them: many params or none, curves, notes of several lines, gates, every optional part."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from gitreg.documents.writer import write
from gitreg.domain.candidate import (
    ArtifactSummary,
    Candidate,
    Code,
    Curve,
    DataSource,
    Environment,
    ModelLink,
    Pipeline,
)
from gitreg.domain.digest import Digest
from gitreg.domain.experiment import Experiment, MetricRule
from gitreg.domain.gate import GateResult, NoRegressionGate, ThresholdGate
from gitreg.domain.logged_model import LoggedModel, ModelMetric
from gitreg.domain.model import Annotation, CandidateSource, Model, ModelVersion
from gitreg.domain.record import Person, Record
from gitreg.domain.version import VersionNumber

TIME = datetime(2026, 11, 22, 15, 4, 5, 123456, tzinfo=UTC)
IDS = ("7f3ac2d1e0b94c6f8a55d0c7b1e2f3a4", "0" * 31 + "1", "1e" + "3" * 30)
PARAMS = {
    "lr": "0.1", "depth": "8", "optimizer": "adamw", "data": "/data/team/v3.yaml", "augment": "true", "url": "https://a.example/b?c=d", "words": "two words",
    "json": '{"a": [1, 2], "b": "it\'s"}', "empty": "", "learning rate": "1e-4", "model/units": "64", "größe": "groß", "weird:key": "a: b", "on": "off", "1": "2",
    "script": "set -e\n\npython train.py\n  --lr 0.1", "code": "a\nb\n", "tabs": "a\tb", "long": "x" * 1001, "trailing": "a \nb", "emoji": "🎉 done",
}  # fmt: skip
METRICS = {
    "auc": 0.9312,
    "logloss": 1e-05,
    "loss/val": -2.5,
    "count": 1e16,
    "tiny": 5e-324,
    "huge": 1.7976931348623157e308,
    "bad": math.nan,
    "up": math.inf,
    "zero": -0.0,
}
PLAIN = Candidate(
    id=IDS[0],
    experiment="churn",
    name="lr=0.1,depth=8",
    created=TIME,
    author=Person(name="Ada", email="ada@example.com"),
)
FULL = Candidate(
    id=IDS[1],
    experiment="churn-v2.1",
    name="Größe: it's 'quoted'",
    status="failed",
    created=TIME,
    finished=TIME + timedelta(seconds=300),
    author=Person(name="Zoë O'Hara", email="zoe@example.com"),
    parent=IDS[2],
    code=Code(repository="https://git.example/churn", commit="9" + "1" * 39, branch="feature/lr", dirty=True, command=["python", "train.py", "--lr", "0.1", "-c", "a: b"]),
    data=[
        DataSource(name="train", uri="data/train.csv", digest=Digest.parse("md5:" + "ab" * 16 + ".dir"), context="training"),
        DataSource(name="null", uri="s3://bucket/valid", digest=Digest.of(b"")),
    ],
    params=PARAMS,
    metrics=METRICS,
    points={"logloss": (399, TIME), "auc": (-1, None)},
    curves={"logloss": Curve(points=400, min=0.2, max=math.inf), "loss/val": Curve(points=2, min=-2.5, max=1e300)},
    tags={"team": "growth", "note": "", "list": "a, b"},
    notes="first line\n\n- second\n  indented: more\n# no comment",
    environment=Environment(python="3.11.7", platform="linux-x86_64", packages=Digest.of(b"x")),
    ci=Pipeline(project="team/churn", pipeline="1234", job="https://ci.example/5"),
    artifacts=ArtifactSummary(files=12, size=345678, manifest=Digest.of(b"y")),
    deleted=TIME,
)  # fmt: skip
COMMON = PLAIN.model_copy(
    update={
        "id": IDS[2],
        "finished": TIME,
        "params": {name: PARAMS[name] for name in ("lr", "depth", "optimizer", "data", "augment")},
        "metrics": {name: METRICS[name] for name in ("auc", "logloss", "loss/val")},
        "points": {"auc": (3, TIME)},
        "curves": {"logloss": Curve(points=3, min=0.0, max=1.0)},
        "tags": {"team": "growth"},
        "notes": "a word",
        "code": FULL.code,
        "data": FULL.data[:1],
        "environment": Environment(python="3.11.7", platform="linux-x86_64"),
        "artifacts": FULL.artifacts,
    }
)
SMALL = COMMON.model_copy(
    update={
        "params": {"lr": "0.1"},
        "metrics": {"auc": 0.9312},
        "curves": {"auc": Curve(points=3, min=0.0, max=1.0)},
        "code": Code(command=["python"]),
        "ci": FULL.ci,
    }
)
"""One line of each kind."""
CHURN = Experiment.called("churn")
WHOLE = Experiment(
    slug="churn-v2.1",
    name="Größe",
    number="123456789012345678",
    description="What it is for.\n\nMore of it.\n",
    metrics={
        "auc": MetricRule(primary=True),
        "loss/val": MetricRule(goal="minimize", unit="ms"),
        "learning rate": MetricRule(unit="it's"),
    },
    tags={"team": "growth"},
    deleted=TIME,
)
SLIGHT = CHURN.model_copy(
    update={
        "description": "a word",
        "metrics": {"auc": MetricRule(primary=True), "ms": MetricRule(unit="ms")},
        "tags": {"a": "b"},
    }
)
BARE = ModelVersion(
    model="churn",
    version=VersionNumber(1, 4, 0),
    number=14,
    created=TIME,
    author=PLAIN.author,
    candidate=CandidateSource(experiment="churn", id=IDS[0], record=Digest.of(b"z")),
    artifacts=ArtifactSummary(files=12, size=345678, manifest=Digest.of(b"y")),
)
RELEASED = BARE.model_copy(
    update={
        "version": VersionNumber(2, 0, 0, "rc.1"),
        "author": FULL.author,
        "candidate": CandidateSource(experiment="churn-v2.1", id=IDS[1], record=Digest.of(b"z")),
        "gates": [
            GateResult(kind="threshold", result="passed", detail="auc: 0.93 is at least 0.9"),
            GateResult(kind="null", result="skipped", detail=""),
            GateResult(kind="it's", result="failed", detail="first line\n\n  second\n"),
            GateResult(kind="a", result="passed", detail="a \nb"),
        ],
        "description": "What is new in it.\n\nMore of it.",
        "tags": {"team": "growth", "note": "a\nb"},
    }
)
GATED = BARE.model_copy(
    update={
        "gates": [GateResult(kind="threshold", result="passed", detail="a word")],
        "description": "a word",
        "tags": {"a": "b"},
    }
)
NEW = Model(slug="churn", name="churn")
SERVED = Model(
    slug="churn-v2.1",
    name="Größe: it's 'quoted'",
    description="What it is for.\n\nMore of it.\n",
    owners=["Ada", "Zoë O'Hara", "null"],
    tags={"team": "growth", "list": "a, b"},
    gates=[
        ThresholdGate(kind="threshold", metric="auc", at_least=0.9),
        ThresholdGate(kind="threshold", metric="loss/val", at_most=1e-05, at_least=-math.inf),
        NoRegressionGate(kind="no-regression", metric="learning rate", against="production", tolerance=0.01),
    ],
    stages={"staging": VersionNumber(2, 0, 0, "rc.1"), "production": VersionNumber(1, 4, 0)},
    retired={VersionNumber(1, 0, 0): "it's wrong: badly", VersionNumber(1, 0, 1): "one\ntwo\n"},
    deleted=TIME,
)
OWNED = NEW.model_copy(
    update={
        "owners": ["Ada"],
        "tags": {"a": "b"},
        "gates": [SERVED.gates[0], SERVED.gates[2]],
        "stages": {"staging": BARE.version},
        "retired": {BARE.version: "why"},
    }
)
RUN = FULL.model_copy(
    update={
        "user": "ada",
        "data": [
            DataSource(
                name="train", uri="data/train.csv", context="training", kind="local", source='{"uri": "data/train.csv"}', fingerprint="12e345",
                columns='{"mlflow_colspec": [' + '{"type": "long", "name": "a", "required": true}, ' * 30 + "]}", profile='{"num_rows": 3}',
                tags={"mlflow.data.context": "training", "note": "a\nb"},
            ),
            DataSource(name="eval", uri="x", kind="code", profile="a\tb"),
            FULL.data[1],
        ],
        "models": [ModelLink(id=IDS[2], role="output", step=3), ModelLink(id=IDS[0], role="input")],
    }
)  # fmt: skip
"""A candidate as MLflow logs it, with everything that few have."""
ON_PURPOSE = WHOLE.model_copy(
    update={"created": TIME, "updated": TIME, "artifact_location": "s3://bucket/churn"}
)
PENDING = LoggedModel(
    id=IDS[0], experiment="churn", name="model", created=TIME, updated=TIME, author=PLAIN.author
)
READY = LoggedModel(
    id=IDS[2],
    experiment="churn-v2.1",
    name="Größe: it's 'quoted'",
    type="sklearn",
    status="ready",
    message="first line\n\n- second",
    created=TIME,
    updated=TIME,
    author=FULL.author,
    candidate=IDS[1],
    params=PARAMS,
    metrics=[
        ModelMetric(key="auc", value=0.9312, step=3, time=TIME, candidate=IDS[1], data="eval: a", fingerprint="12e345"),
        ModelMetric(key="loss/val", value=math.nan, time=TIME, candidate=IDS[2]),
        ModelMetric(key="auc", value=-math.inf, step=-4, time=TIME, candidate=IDS[0], data="x" * 1001, fingerprint="a\nb"),
    ],
    tags={"team": "growth", "note": "a\nb"},
    artifacts=FULL.artifacts,
    deleted=TIME,
)  # fmt: skip
REGISTERED = BARE.model_copy(
    update={
        "candidate": None,
        "artifacts": None,
        "source": "s3://bucket/model",
        "run": IDS[0],
        "run_link": "https://a.example/b#c",
        "logged_model": IDS[2],
        "location": "s3://bucket/elsewhere",
    }
)
SAID = OWNED.model_copy(
    update={
        "created": TIME,
        "updated": TIME,
        "aliases": {"champion": BARE.version, "1.0": RELEASED.version},
        "annotations": {
            BARE.version: Annotation(description="first line\n\n  second\n", tags={"a": None, "b": "null", "c": "a\nb"}, updated=TIME),
            RELEASED.version: Annotation(stage="Archived", deleted=TIME),
        },
    }
)  # fmt: skip
SAMPLES: list[tuple[type[Record], str]] = [
    (type(one), write(one).decode())
    for one in (
        PLAIN,
        FULL,
        COMMON,
        SMALL,
        CHURN,
        WHOLE,
        SLIGHT,
        BARE,
        RELEASED,
        GATED,
        NEW,
        SERVED,
        OWNED,
        RUN,
        ON_PURPOSE,
        PENDING,
        READY,
        REGISTERED,
        SAID,
    )
]
