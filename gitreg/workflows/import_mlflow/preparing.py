"""One run or logged model, from its source to a record with stored artifacts: the part that many threads do at once.

Nothing is committed here, and no Git is asked.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from gitreg.artifacts import Cache, Progress, StoredFolder
from gitreg.domain.candidate import Candidate
from gitreg.domain.curves import Folded, MetricPoint, fold
from gitreg.domain.logged_model import LoggedModel
from gitreg.errors import GitregError
from gitreg.workflows.contents.curve_table import CurveTable
from gitreg.workflows.contents.record_room import WHOLE, fitting
from gitreg.workflows.import_mlflow.fitting import logged_model_id, run_id
from gitreg.workflows.import_mlflow.records import INCOMPLETE, Around, candidate_of, logged_model_of
from gitreg.workflows.import_mlflow.report import Kind
from gitreg.workflows.import_mlflow.source import Brought, Source
from gitreg.workflows.import_mlflow.values import SourceLoggedModel, SourceRun, Unreadable
from gitreg.workflows.recording.cut_secrets import cut_pairs, without_secrets
from gitreg.workflows.recording.log_candidate import CURVES, error_words, summary_of

IN_MEMORY = 50_000
"""Points of a run that are folded in memory; more go by a file."""


@dataclass(frozen=True)
class Prepared:
    """A record whose artifacts are stored, and what is to be told of it."""

    record: Candidate | LoggedModel
    folder: StoredFolder | None
    told: tuple[Unreadable, ...] = ()
    cut: bool = False

    @property
    def kind(self) -> Kind:
        """What it is at the source."""
        return "runs" if isinstance(self.record, Candidate) else "logged models"

    @property
    def size(self) -> int:
        """Bytes of its artifacts."""
        return self.folder.size if self.folder else 0


@dataclass(frozen=True)
class Workplace:
    """Where artifacts come from and go to.

    Args:
        source: what is imported.
        cache: takes artifacts.
        progress: hears of bytes, from many threads.
        around: what all records have in common.
        scratch: an empty folder.
    """

    source: Source
    cache: Cache
    progress: Progress
    around: Around
    scratch: Path

    def run(self, run: SourceRun, experiment: str) -> Prepared | Unreadable:
        """A run as a candidate; what is wrong with it where it cannot be one."""
        try:
            with self._scratch(run_id(run.id)) as scratch:
                return self._run(run, experiment, scratch)
        except ValueError as error:
            return Unreadable(f"run {run.id}", error_words(error))
        except GitregError as error:
            return Unreadable(f"run {run.id}", str(error))

    def _run(self, run: SourceRun, experiment: str, scratch: Path) -> Prepared:
        points = _folded(self.source.points(run), scratch)
        before = candidate_of(run, experiment, points.folded, self.around)
        candidate = without_secrets(before)
        is_cut = candidate is not before and candidate != before
        brought = self.source.bring(run, scratch / "artifacts")
        told = _of(f"run {run.id}", brought)
        tags = _counted(candidate.tags, brought)
        candidate, whole = fitting(candidate.model_copy(update={"tags": tags}))
        folder = self._stored(brought, {**points.contents, **({WHOLE: whole} if whole else {})})
        values = {"artifacts": summary_of(folder) if folder else None}
        return Prepared(candidate.model_copy(update=values), folder, told, cut=is_cut)

    def logged_model(self, model: SourceLoggedModel, experiment: str) -> Prepared | Unreadable:
        """A logged model; what is wrong with it where it cannot be one."""
        try:
            with self._scratch(logged_model_id(model.id)) as scratch:
                return self._logged_model(model, experiment, scratch)
        except ValueError as error:
            return Unreadable(f"logged model {model.id}", error_words(error))
        except GitregError as error:
            return Unreadable(f"logged model {model.id}", str(error))

    def _logged_model(self, model: SourceLoggedModel, experiment: str, scratch: Path) -> Prepared:
        record = logged_model_of(model, experiment, self.around)
        params, tags = cut_pairs(record.params), cut_pairs(record.tags)
        is_cut = (params, tags) != (record.params, record.tags)
        brought = self.source.bring(model, scratch / "artifacts")
        folder = self._stored(brought, {})
        values = {
            "params": params,
            "tags": _counted(tags, brought),
            "artifacts": summary_of(folder) if folder else None,
        }
        told = _of(f"logged model {model.id}", brought)
        return Prepared(record.model_copy(update=values), folder, told, cut=is_cut)

    @contextmanager
    def _scratch(self, name: str) -> Iterator[Path]:
        """A folder of somebody's own, which most never need to be there: making and removing one takes longer than reading a run."""
        own = self.scratch / name
        try:
            yield own
        finally:
            if own.exists():
                shutil.rmtree(own)

    def _stored(self, brought: Brought, contents: Mapping[str, bytes | Path]) -> StoredFolder | None:
        if not brought.sources and not contents:
            return None
        return self.cache.add(brought.sources, contents, progress=self.progress)


@dataclass(frozen=True)
class _Points:
    folded: Folded
    contents: Mapping[str, bytes | Path] = field(default_factory=dict)


def _folded(points: Iterator[MetricPoint], scratch: Path) -> _Points:
    first = list(islice(points, IN_MEMORY))
    if len(first) < IN_MEMORY:
        folded = fold(_once(first))
        return _Points(folded, {CURVES: folded.table} if folded.table else {})
    scratch.mkdir()
    table = CurveTable(scratch)
    for point in first:
        table.add(point)
    for point in points:
        table.add(point)
    written = table.write()
    return _Points(table.folded(), {CURVES: written} if written else {})


def _once(points: Iterable[MetricPoint]) -> Iterator[MetricPoint]:
    """The very same point that was logged twice is one, as in MLflow's databases; its folders hold what `log_model` repeats."""
    return iter({(one.key, one.step, one.time, repr(one.value)): one for one in points}.values())


def _counted(tags: Mapping[str, str], brought: Brought) -> dict[str, str]:
    return {INCOMPLETE: str(len(brought.left_out)), **tags} if brought.left_out else dict(tags)


def _of(owner: str, brought: Brought) -> tuple[Unreadable, ...]:
    return tuple(Unreadable(f"artifact {one.what} of {owner}", one.why) for one in brought.left_out)
