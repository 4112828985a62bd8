"""What a journal's entries come to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from gitreg.domain.candidate import DataSource, ModelLink, Status
from gitreg.domain.curves import Folding, MetricPoint
from gitreg.drafts.entries import (
    Artifact,
    Deletion,
    Earlier,
    Ended,
    Entry,
    Linked,
    Named,
    Note,
    Notes,
    Param,
    Removal,
    Runs,
    Tag,
    Unknown,
    Untag,
)
from gitreg.drafts.journal import Journal
from gitreg.drafts.lines import entry_of, is_removed


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
        removed: files and folders that are none any more: of those that the draft goes on from. `""` is all of them.
        notes: paragraphs, with an empty line between two.
        data: the data that was named.
        models: the logged models that were used or made.
        name: the name that was given last, if any was.
        deleted: when it was deleted; None when it is not.
        ended: how and when it ended; None while nobody said so, or when it goes on.
        waits: whether it is scheduled, and does not run yet.
        until: when it ended, also where it goes on since; what MLflow calls its end.
        earlier: metrics whose curves began in the record that the draft goes on from.
        contents: files that gitreg itself adds.
        torn: how many lines were begun and never written whole; nobody was told that they are kept.
        unknown: kinds of entries that only a newer gitreg knows.
    """

    params: dict[str, str] = field(default_factory=dict)
    points: list[MetricPoint] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    artifacts: dict[str, DraftArtifact] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    notes: str = ""
    data: list[DataSource] = field(default_factory=list)
    models: list[ModelLink] = field(default_factory=list)
    name: str | None = None
    deleted: datetime | None = None
    ended: Ended | None = None
    waits: bool = False
    until: datetime | None = None
    earlier: dict[str, Earlier] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    torn: int = 0
    unknown: set[str] = field(default_factory=set)

    @property
    def files(self) -> dict[str, Path]:
        """Where the copies of the files are, by name."""
        return {one.name: one.path for one in self.artifacts.values()}

    @property
    def status(self) -> Status:
        """How it ended, or whether it runs or waits; whether its process lives is not said here."""
        going: Literal["scheduled", "running"] = "scheduled" if self.waits else "running"
        return self.ended.status if self.ended else going

    def join_earlier(self, folding: Folding) -> Folding:
        """Adds the points that came before the draft to those that were folded."""
        for one in self.earlier.values():
            folding.add_earlier(one.last, one.curve)
        return folding


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
        entry = entry_of(line.text, journal.path, line.number)
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
        case Param():
            content.params.setdefault(entry.key, entry.value)
        case Tag():
            content.tags[entry.key] = entry.value
        case Untag():
            content.tags.pop(entry.key, None)
        case Artifact():
            content.artifacts[entry.name] = DraftArtifact(entry.name, folder / entry.stored)
        case Removal():
            content.removed.append(entry.name)
            for name in [name for name in content.artifacts if is_removed(name, entry.name)]:
                del content.artifacts[name]
        case DataSource():
            content.data = joined_data(content.data, [entry])
        case Linked():
            content.models = list(_with_link(content.models, entry.link))
        case Note() | Notes() | Named():
            _take_in_words(content, entry)
        case _:
            _take_in_life(content, entry)


def take_in_files(content: DraftContent, texts: Iterable[bytes], journal: Path) -> None:
    """Adds what lines of a journal say of files, and nothing else that they say.

    Raises:
        RecordError: naming the journal, if a line says what no gitreg writes.
    """
    for text in texts:
        entry = entry_of(text, journal)
        if isinstance(entry, (Artifact, Removal)):
            take_in(content, entry, journal.parent)


def _take_in_words(content: DraftContent, entry: Note | Notes | Named) -> None:
    match entry:
        case Note():
            content.notes = f"{content.notes}\n\n{entry.text}" if content.notes else entry.text
        case Notes():
            content.notes = entry.text
        case Named():
            content.name = entry.name


def _take_in_life(content: DraftContent, entry: Entry | Unknown) -> None:
    match entry:
        case Deletion():
            content.deleted = entry.time
        case Ended():
            content.ended, content.until = entry, entry.time
        case Runs():
            content.ended, content.waits = None, entry.status == "scheduled"
            content.until = entry.until or content.until
        case Earlier():
            content.earlier[entry.last.key] = entry
        case Unknown():
            content.unknown.add(entry.kind)


def joined_data(known: Sequence[DataSource], more: Iterable[DataSource]) -> list[DataSource]:
    """Data in the order in which it was named, each once.

    Data of one name and fingerprint is known by what was said of it first, as in MLflow; other data by all of it.
    """
    found = list(known)
    for new in more:
        if new.fingerprint and any(
            (one.name, one.fingerprint) == (new.name, new.fingerprint) for one in found
        ):
            continue
        found = [*(one for one in found if one != new), new]
    return found


def _with_link(known: list[ModelLink], new: ModelLink) -> Iterator[ModelLink]:
    yield from (one for one in known if (one.id, one.role) != (new.id, new.role))
    yield new
