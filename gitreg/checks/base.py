"""What a check is: a rule that compares what was accepted with what is proposed. It prints nothing and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol, TypeVar

from gitreg.checks.asked import Origins, Severity, Stored
from gitreg.checks.files import Files, NoFiles
from gitreg.checks.proposed import Proposed
from gitreg.checks.reading import Judged, judged
from gitreg.documents import layout, places
from gitreg.domain.model import ModelVersion
from gitreg.domain.record import Record
from gitreg.errors import GitregError, RecordError
from gitreg.store import RECORD_LIMIT

R = TypeVar("R", bound=Record)
FOLDERS = ("experiments", "models", places.TRUST)
FILES = (places.REGISTRY, places.DVC_CONFIG)
"""Where records live, and what belongs to them; everything else in a repository is its owner's."""


@dataclass(frozen=True, order=True)
class Finding:
    """One place where a rule is broken.

    Args:
        path: the file.
        line: from 1.
        column: from 1.
        code: of the rule.
        message: what is wrong there, and what was expected.
        severity: whether it must be mended.
    """

    path: str
    line: int
    column: int
    code: str
    message: str
    severity: Severity = "error"


@dataclass(frozen=True)
class Change:
    """What is between the accepted and the proposed files, where these are two commits.

    Args:
        files: every file that differs, a record or not: `A`, `M`, `D` or `T` as git-diff-tree(1) says, and its path.
        proposal: what the branch proposes, by its name.
        tip: what is accepted by now, which may be more than what the change began at.
        target: what it is to be merged into, where that is not what it began at.
        editors: of each candidate's record that was changed or removed, the e-mail addresses of who did.
    """

    files: Sequence[tuple[str, str]]
    proposal: Proposed | None = None
    tip: Files = field(default_factory=NoFiles)
    target: Files | None = None
    editors: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """What rules look at.

    Args:
        accepted: what was accepted before; empty where nothing was.
        proposed: what is to be judged.
        paths: the files to be judged, those that are gone too. Rules that compare may look beyond them.
        named: those of them that somebody named as records, wherever they are.
        environ: where ssh-keygen is found, which judges signatures.
        change: how the two come to differ, where that is known.
        origins: knows the candidate branch's history; None where it is not asked.
        stored: knows the artifact storage; None where it is not asked.
    """

    accepted: Files
    proposed: Files
    paths: Sequence[str] = field(default=())
    named: frozenset[str] = frozenset()
    environ: Mapping[str, str] = field(default_factory=dict)
    change: Change | None = None
    origins: Origins | None = None
    stored: Stored | None = None

    @cached_property
    def _judged(self) -> dict[str, Judged]:
        return {}

    @cached_property
    def of_models(self) -> Sequence[str]:
        """The paths below `models/`: a handful beside many candidates, of which most rules say nothing."""
        return [path for path in self.paths if path.startswith("models/")]

    @cached_property
    def _kinds(self) -> dict[str, type[Record] | None]:
        return {}

    def kind_of(self, path: str) -> type[Record] | None:
        """The kind of record that lives at a path: every rule asks."""
        if path not in self._kinds:
            self._kinds[path] = layout.kind_of(path)
        return self._kinds[path]

    def is_record(self, path: str) -> bool:
        """Whether a record must be there, by the path or by what was said."""
        return path in self.named or self.kind_of(path) is not None

    def judged(self, path: str) -> Judged:
        """What the proposed file is, and what is wrong with it; nothing of either where no record is."""
        if path not in self._judged:
            self._judged[path] = judged(self.proposed, path, self.kind_of(path))
        return self._judged[path]

    def values(self, kind: type[Record], path: str) -> Mapping[str, Any] | None:
        """What a proposed record of that kind says, where its text is surely canonical: quicker than the record."""
        found = self.judged(path)
        return found.values if found.kind is kind else None

    def record(self, kind: type[R], path: str) -> R | None:
        """The proposed record; None where there is none, or a broken one, which is GR001's finding."""
        found = self.judged(path).record
        return found if isinstance(found, kind) else None

    def new_versions(self) -> Iterator[ModelVersion]:
        """Proposed versions that were not accepted before; broken ones are GR001's findings."""
        for path in self.of_models:
            if layout.version_of(path) and self.accepted.kind(path) is None:
                record = self.record(ModelVersion, path)
                if record is not None and layout.misplaced(record, path) is None:
                    yield record

    def content(self, path: str, *, limit: int = RECORD_LIMIT) -> bytes | None:
        """A proposed file; None where there is none, or something else, which is GR006's finding."""
        try:
            return self.proposed.content(path, limit=limit)
        except RecordError:
            return None


class Rule(Protocol):
    """One rule, in a file of its own; the list is in the package."""

    code: str

    def findings(self, case: Case) -> Iterator[Finding]:
        """Every place where it is broken."""


def at(error: GitregError, path: str, code: str) -> Finding:
    """An error about a file, as a finding at the place that it names."""
    name, _, rest = (error.place or "").rpartition(":")
    name, _, line = name.rpartition(":")
    if name and line.isdigit() and rest.isdigit():
        return Finding(name, int(line), int(rest), code, error.message)
    return Finding(path, 1, 1, code, error.message)
