"""A candidate that is running in this process, or in one that started it."""

from __future__ import annotations

import operator
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self, SupportsFloat, SupportsIndex, TypeVar

from gitreg.api.keeping import GitregWarning, Keeping, tell
from gitreg.api.process import new_id, now
from gitreg.api.registry import OpenRegistry, open_registry
from gitreg.domain import words
from gitreg.domain.candidate import Candidate, Status
from gitreg.domain.curves import MetricPoint
from gitreg.drafts import Draft, Heartbeat, Note, Param, Tag
from gitreg.errors import NotFoundError
from gitreg.workflows.registry import Registry, author_at
from gitreg.workflows.running.capture import capture_data
from gitreg.workflows.running.finish_draft import drafts_folder, finish_draft
from gitreg.workflows.running.start_draft import StartOptions, start_draft

__all__ = ["ActiveCandidate", "GitregWarning", "start"]

T = TypeVar("T")
EXCEPTION = "exception"
"""The tag that keeps the kind of exception that ended a candidate."""


class ActiveCandidate:
    """A running candidate: what is logged is kept at once, and becomes a record when it is finished.

    Use it in a `with` block, or call `finish`. Errors of logging do not raise, unless it was started with `strict`: the
    first one is warned of, and all are in `errors`.
    """

    def __init__(self, draft: Draft, registry: Registry | None, keeping: Keeping) -> None:
        self._draft = draft
        self._registry = registry
        self._keeping = keeping
        self._process = os.getpid()
        self._heartbeat = Heartbeat(draft.folder)
        if registry is not None:
            self._heartbeat.start()

    @property
    def id(self) -> str:
        """The candidate's id."""
        return self._draft.id

    @property
    def experiment(self) -> str:
        """The name of its experiment."""
        return self._draft.start.experiment

    @property
    def errors(self) -> list[Exception]:
        """What could not be logged, in order: the first hundred."""
        return self._keeping.errors

    def log_param(self, key: str, value: object) -> None:
        """Logs a parameter, as text; it cannot change later."""
        with self._keeping:
            self._draft.append([Param(key, str(value))])

    def log_params(self, params: Mapping[str, object]) -> None:
        """Logs parameters."""
        for key, value in self._pairs(params):
            self.log_param(key, value)

    def log_metric(self, key: str, value: SupportsFloat, step: SupportsIndex | None = None) -> None:
        """Logs one value of a metric. Of several, the one with the highest step is the candidate's, then the latest."""
        with self._keeping:
            at = None if step is None else operator.index(step)
            self._draft.append([MetricPoint(key, float(value), at, now())])

    def log_metrics(self, metrics: Mapping[str, SupportsFloat], step: SupportsIndex | None = None) -> None:
        """Logs one value of each of several metrics."""
        for key, value in self._pairs(metrics):
            self.log_metric(key, value, step)

    def set_tag(self, key: str, value: object) -> None:
        """Attaches a word, as text; the last value counts."""
        with self._keeping:
            self._draft.append([Tag(key, str(value))])

    def set_tags(self, tags: Mapping[str, object]) -> None:
        """Attaches words."""
        for key, value in self._pairs(tags):
            self.set_tag(key, value)

    def log_artifact(self, path: str | os.PathLike[str], name: str | None = None) -> None:
        """Keeps a file or folder as it is now; what happens to it later does not matter.

        Args:
            path: the file or folder.
            name: its path in the candidate; its own name when None. `''` puts a folder's files at the top.
        """
        with self._keeping:
            place = Path(path)
            self._draft.add_artifact(place, place.absolute().name if name is None else name)

    def log_text(self, text: str, name: str) -> None:
        """Keeps text as an artifact of that name, in UTF-8."""
        with self._keeping:
            self._draft.add_text(text.encode(), name)

    def log_data(
        self,
        path: str | os.PathLike[str],
        name: str | None = None,
        context: str = "",
        licence: str | None = None,
    ) -> None:
        """Names data that is used: a file or folder, whose digest is recorded, or a URL. The data is not stored.

        Args:
            path: the file, folder or URL.
            name: what it is called; its own name when None.
            context: what it is used for, e.g. `training`.
            licence: its SPDX identifier, e.g. `CC-BY-4.0`.
        """
        with self._keeping:
            place = os.fspath(path)
            word = place if name is None else f"{name}={place}"
            self._draft.append([capture_data(word, Path.cwd(), context=context, licence=licence)])

    def note(self, text: str) -> None:
        """Adds a paragraph to the notes."""
        with self._keeping:
            self._draft.append([Note(text)])

    def finish(self, status: Status = "finished") -> Candidate | None:
        """Commits the candidate, if it was started here and is not finished yet; it may be tried again where it failed.

        Returns:
            the record; None for a candidate that another process finishes, or that could not be committed: then all of
            it is kept as a draft.
        """
        registry = self._registry
        if registry is None or self._process != os.getpid():
            return None
        with self._keeping.meaning_that(self._failed):
            author = author_at(registry, now())
            candidate = finish_draft(registry, self._draft, author, status=status)
            self._registry = None
            self._heartbeat.stop()
            with self._keeping:
                registry.repository.tidy()
            return candidate
        return None

    def _failed(self) -> str:
        """What it means that the candidate could not be committed."""
        if not self._draft.folder.exists():
            return f"the candidate {self.id} could not be committed, and its draft is gone"
        return f"the candidate {self.id} could not be committed, and is kept as a draft: gitreg recover {self.id[:8]}"

    def _pairs(self, values: Mapping[str, T]) -> list[tuple[str, T]]:
        with self._keeping:
            return list(values.items())
        return []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None or (isinstance(error, SystemExit) and error.code in {None, 0}):
            self.finish()
        elif issubclass(kind, KeyboardInterrupt):
            self.finish("killed")
        else:
            self.set_tag(EXCEPTION, kind.__name__)
            self.finish("failed")


def start(
    experiment: str,
    *,
    name: str | None = None,
    params: Mapping[str, object] | None = None,
    tags: Mapping[str, object] | None = None,
    registry: str | os.PathLike[str] | OpenRegistry | None = None,
    strict: bool = False,
) -> ActiveCandidate:
    """Starts a candidate: code, environment and CI job are recorded now, the rest as it is logged.

    In a process that `gitreg run` started, this is the candidate that runs already, and `gitreg run` finishes it.

    Args:
        experiment: name of the experiment.
        name: of the candidate; made from its params when None.
        params: the configuration.
        tags: words to attach.
        registry: path of the registry, or an open one; `GITREG_REGISTRY`, or the one around the current folder, when
            None.
        strict: raise when something cannot be logged, instead of going on.

    Raises:
        NotFoundError: if there is no registry.
        UsageError: for a name that cannot be recorded.
        CredentialsError: if Git knows no name and e-mail.
    """
    keeping = Keeping(strict=strict)
    active = _joined(keeping) or _started(experiment, name, registry, keeping)
    if active.experiment != experiment:
        tell(f"this candidate runs in the experiment {active.experiment}, not in {experiment}")
    active.log_params(params or {})
    active.set_tags(tags or {})
    return active


def _joined(keeping: Keeping) -> ActiveCandidate | None:
    """The candidate that runs around this process, by the variables that `gitreg run` sets."""
    folder, candidate = os.environ.get("GITREG_DRAFT"), os.environ.get("GITREG_CANDIDATE")
    if folder:
        return ActiveCandidate(Draft.open(Path(folder)), None, keeping)
    if not candidate:
        return None
    try:
        words.candidate_id(candidate)  # it becomes a path
    except ValueError as error:
        raise NotFoundError(f"GITREG_CANDIDATE names no candidate: {error}", hint="gitreg status") from error
    with open_registry() as around:
        return ActiveCandidate(Draft.open(drafts_folder(around.registry) / candidate), None, keeping)


def _started(
    experiment: str,
    name: str | None,
    registry: str | os.PathLike[str] | OpenRegistry | None,
    keeping: Keeping,
) -> ActiveCandidate:
    opened = registry if isinstance(registry, OpenRegistry) else open_registry(registry)
    options = StartOptions(experiment, sys.orig_argv, Path.cwd(), name)
    started = start_draft(opened.registry, options, candidate_id=new_id(), now=now(), pid=os.getpid())
    for problem in started.problems:
        tell(problem)
    opened.registry.close()  # its Git processes would stand idle for as long as the training takes
    return ActiveCandidate(started.draft, opened.registry, keeping)
