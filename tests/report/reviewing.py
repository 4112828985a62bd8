"""Work for a reviewer: a desk at which churn 1.0.0 serves and 1.1.0 is proposed, with all that a report can show."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from html.parser import HTMLParser

from desk import Desk

from gitreg.documents import places
from gitreg.documents.writer import write
from gitreg.domain.candidate import Candidate, Code, DataSource, Pipeline
from gitreg.domain.curves import MetricPoint, fold
from gitreg.domain.digest import Digest
from gitreg.domain.experiment import Experiment, MetricRule
from gitreg.domain.gate import ApprovalsGate, Gate, NoRegressionGate, ThresholdGate
from gitreg.workflows.recording.log_candidate import log_candidates
from gitreg.workflows.registry import CANDIDATES

HOLDOUT = DataSource(name="holdout", uri="data/holdout.csv", digest=Digest.of(b"holdout"), context="test")
GATES: tuple[Gate, ...] = (
    ThresholdGate(kind="threshold", metric="auc", at_least=0.8),
    NoRegressionGate(kind="no-regression", metric="auc", against="production", tolerance=0.05),
    ApprovalsGate(kind="approvals", at_least=1),
)
RULES = {"auc": MetricRule(goal="maximize", primary=True), "loss": MetricRule(goal="minimize")}
OLD_FILES = {"model.bin": b"weights " * 100, "vocabulary.txt": b"one two\n", "old.json": b"{}"}
NEW_FILES = {"model.bin": b"others! " * 200, "vocabulary.txt": b"one two\n", "new/labels.json": b"[1]"}


def curve(key: str, values: Iterable[float]) -> list[MetricPoint]:
    """Points at steps 1, 2, 3."""
    return [MetricPoint(key, value, step) for step, value in enumerate(values, 1)]


def falling(start: float, speed: float, count: int = 60) -> list[float]:
    """A loss as it often goes."""
    return [start * math.exp(-speed * step) + 0.05 * math.sin(step) ** 2 for step in range(count)]


def log(desk: Desk, points: list[MetricPoint], files: Mapping[str, bytes], **more: object) -> Candidate:
    """A candidate with curves, code, data and a CI job."""
    given: dict[str, object] = {
        "name": "a run",
        "params": {"lr": "0.1", "depth": "6"},
        "data": [HOLDOUT],
        "code": Code(repository="https://git.example.com/team/churn.git", commit="c" * 40, branch="main"),
        "ci": Pipeline(
            project="team/churn", pipeline="https://git.example.com/team/churn/-/pipelines/7", job="42"
        ),
        **more,
    }
    new = replace(desk.new("churn", artifacts=files, **given), metrics=points)
    folded = fold(points)
    contents = {".gitreg/curves.csv": folded.table} if folded.table else {}
    return log_candidates(desk.registry, [replace(new, contents=contents)], desk.author)[0]


def first(desk: Desk) -> Candidate:
    """The candidate of churn 1.0.0."""
    points = [*curve("loss", falling(1.0, 0.05)), MetricPoint("auc", 0.91), MetricPoint("latency_ms", 12.0)]
    return log(desk, points, OLD_FILES)


def second(desk: Desk, **more: object) -> Candidate:
    """The candidate of churn 1.1.0: a better loss, a worse auc, other params and files."""
    points = [
        *curve("loss", falling(1.2, 0.09)), *curve("recall", [0.1, math.nan, 0.7, 0.8]),
        MetricPoint("auc", 0.9), MetricPoint("latency_ms", 12.0), MetricPoint("strange", math.inf),
    ]  # fmt: skip
    given: dict[str, object] = {"params": {"lr": "0.05", "depth": "6", "seed": "1"}, **more}
    return log(desk, points, NEW_FILES, **given)


def prepared(desk: Desk) -> Desk:
    """1.0.0 is released and serves in production, 1.1.0 is proposed for the same stage."""
    candidate = first(desk)
    desk.promote(candidate, stage="production")
    desk.accept()
    model = desk.model().model_copy(update={"gates": list(GATES)})
    desk.commit({places.model_path("churn"): write(model)})
    desk.git("reset", "-q", "--hard")
    rules = Experiment.called("churn").model_copy(update={"metrics": RULES})
    desk.commit({places.experiment_path("churn"): write(rules)}, CANDIDATES)
    desk.promote(second(desk), stage="production", description="Learns slower, and better.")
    return desk


class Elements(HTMLParser):
    """What a page consists of: its elements with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not {"style", "title"} & set(self.open):
            self.text.append(data)

    @property
    def names(self) -> set[str]:
        """Names of all elements."""
        return {name for name, _ in self.found}

    @property
    def words(self) -> str:
        """The text that is shown, in one line."""
        return " ".join(" ".join(self.text).split())
