"""What a journal's entries come to, and what of them must be looked up before more is said."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from gitreg.domain.candidate import DataSource
from gitreg.domain.curves import MetricPoint
from gitreg.domain.words import folded
from gitreg.drafts.entries import Artifact, Ended, Entry, Note, Param, Tag, Unknown, parse
from gitreg.drafts.journal import Journal
from gitreg.errors import RecordError, UsageError


@dataclass(frozen=True, slots=True)
class DraftArtifact:
    """A logged file: its name in the candidate, and where its copy is."""

    name: str
    path: Path


@dataclass
class DraftContent:
    """All that a draft holds beside its start.

    Args:
        params: text by key.
        points: every metric point, in the order they were logged.
        tags: text by key.
        artifacts: the files, by name.
        notes: paragraphs, with an empty line between two.
        data: the data that was named.
        ended: how and when it ended; None while nobody said so.
        contents: files that gitreg itself adds.
        torn: how many lines were begun and never written whole; nobody was told that they are kept.
        unknown: kinds of entries that only a newer gitreg knows.
    """

    params: dict[str, str] = field(default_factory=dict)
    points: list[MetricPoint] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    artifacts: dict[str, DraftArtifact] = field(default_factory=dict)
    notes: str = ""
    data: list[DataSource] = field(default_factory=list)
    ended: Ended | None = None
    contents: dict[str, bytes] = field(default_factory=dict)
    torn: int = 0
    unknown: set[str] = field(default_factory=set)


def content_of(
    journal: Journal, folder: Path, take: Callable[[MetricPoint], object] | None = None
) -> DraftContent:
    """Reads a journal to its end.

    Args:
        journal: what is read.
        folder: the draft's.
        take: is given the metric points; the content holds them when None.

    Raises:
        RecordError: if a line is whole, and is none that gitreg writes.
    """
    content = DraftContent()
    take = take or content.points.append
    for line in journal.lines():
        try:
            entry = parse(line.text)
        except ValueError as error:
            raise RecordError(
                f"not an entry of a draft: {error}", place=f"{journal.path}:{line.number}:1"
            ) from error
        if entry is None:
            content.torn += 1
        elif isinstance(entry, MetricPoint):
            take(entry)
        else:
            take_in(content, entry, folder)
    return content


def take_in(content: DraftContent, entry: Entry | Unknown, folder: Path) -> None:
    """Adds what an entry says that is no metric point.

    Args:
        content: what was said before.
        entry: what is said now.
        folder: the draft's.
    """
    match entry:
        case Unknown():
            content.unknown.add(entry.kind)
        case Param():
            content.params.setdefault(entry.key, entry.value)
        case Tag():
            content.tags[entry.key] = entry.value
        case Artifact():
            content.artifacts[entry.name] = DraftArtifact(entry.name, folder / entry.stored)
        case Note():
            content.notes = f"{content.notes}\n\n{entry.text}" if content.notes else entry.text
        case DataSource():
            content.data = [*(one for one in content.data if one != entry), entry]
        case Ended():
            content.ended = entry


class Known:
    """The params and artifacts of a journal: what may not be said twice. It follows the journal as it grows."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._offset = 0
        self._params: dict[str, str] = {}
        self._files: dict[str, str] = {}
        self._folders: dict[str, str] = {}

    def admit(self, entries: Iterable[Entry]) -> None:
        """Looks whether these may be said; the caller keeps others out until they are.

        Raises:
            UsageError: for a param with another value, or a file where another one, or a folder, is.
        """
        news, self._offset = self._journal.news(self._offset)
        for text in news:
            entry = parse(text)
            if isinstance(entry, (Param, Artifact)):
                self._remember(entry)
        before = dict(self._params), dict(self._files), dict(self._folders)
        try:
            for one in entries:
                if isinstance(one, Param):
                    self._admit_param(one)
                elif isinstance(one, Artifact):
                    self._admit_file(one)
        except UsageError:
            self._params, self._files, self._folders = before
            raise

    def _admit_param(self, param: Param) -> None:
        known = self._params.get(param.key, param.value)
        if known != param.value:
            raise UsageError(
                f"the param {param.key} is {known[:80]!r} already, and cannot become {param.value[:80]!r}",
                hint="log what changes while it runs as a metric or a tag",
            )
        self._remember(param)

    def _admit_file(self, artifact: Artifact) -> None:
        place = folded(artifact.name)
        other = self._files.get(place, artifact.name)
        if other != artifact.name:
            raise UsageError(f"{artifact.name!r} and {other!r} are one file where case does not count")
        above = next((self._files[name] for name in _folders_of(place) if name in self._files), None)
        below = self._folders.get(place)
        if above or below:
            raise UsageError(
                f"{above or artifact.name!r} cannot be a file and the folder of {below or artifact.name!r}"
            )
        self._remember(artifact)

    def _remember(self, entry: Param | Artifact) -> None:
        if isinstance(entry, Param):
            self._params.setdefault(entry.key, entry.value)
            return
        place = folded(entry.name)
        self._files[place] = entry.name
        self._folders |= dict.fromkeys(_folders_of(place), entry.name)


def _folders_of(place: str) -> list[str]:
    parts = place.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]
