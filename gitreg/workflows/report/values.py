"""What a report of a proposed or accepted version holds. Values only: nothing is looked up or drawn here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gitreg.domain.candidate import Candidate
from gitreg.domain.model import Model, ModelVersion
from gitreg.domain.version import VersionNumber
from gitreg.gitrepo import ObjectId
from gitreg.workflows.candidates.compare import Row
from gitreg.workflows.searching.plots import Plot
from gitreg.workflows.versions.check_gates import Checked

State = Literal["proposed", "accepted", "released"]
FileState = Literal["new", "changed", "removed", "same"]


@dataclass(frozen=True)
class Subject:
    """The version that a report is about.

    Args:
        version: its record.
        candidate: what it is made of, as the version's own folder has it; None for what was registered from elsewhere.
        model: its model's record beside it.
        state: whether it waits for review, for a signature, or for neither; a tag being there is not its verification.
        branch: full ref name of the proposal; None for what was accepted.
        commit: where its files were read.
        stages: the stages that the proposal, or what was accepted with it, puts it into.
    """

    version: ModelVersion
    candidate: Candidate | None
    model: Model
    state: State
    branch: str | None
    commit: ObjectId
    stages: tuple[str, ...] = ()

    @property
    def reference(self) -> str:
        """As people name it on the command line."""
        mark = "!" if self.state == "proposed" else "@"
        return f"{self.version.model}{mark}{self.version.version}"


@dataclass(frozen=True)
class Current:
    """The version that it is compared with.

    Args:
        version: its record.
        candidate: what that was made of; None for what was registered from elsewhere.
        why: how it comes to be the measure, `now in production`.
    """

    version: ModelVersion
    candidate: Candidate | None
    why: str


@dataclass(frozen=True)
class Metric:
    """A metric against that of the current version: `row` holds the current value, then the new one."""

    name: str
    row: Row

    @property
    def current(self) -> float | None:
        """The current version's; None where it has none."""
        return _number(self.row.values[0])

    @property
    def value(self) -> float | None:
        """The new one; None where it is gone."""
        return _number(self.row.values[1])

    @property
    def change(self) -> float | None:
        """How much more it is now; None for what is the same, or cannot be compared."""
        return self.row.change(self.value)

    @property
    def relative(self) -> float | None:
        """The change as a part of the current value; None where that is nothing, or where one of them is not finite."""
        change, current = self.change, self.current
        if change is None or not current or abs(current) == float("inf") or abs(change) == float("inf"):
            return None
        return change / abs(current)

    @property
    def verdict(self) -> Literal["better", "worse"] | None:
        """Whether that is better or worse; None where nobody said which way is better."""
        return self.row.verdict(self.value)


@dataclass(frozen=True)
class PlannedTag:
    """A tag that `release` would sign.

    Args:
        tag: its short name.
        title: what it would say.
        by: who may sign and approve it, as the roles call them; nobody when empty.
        machines: those of them who are machines.
        threshold: how many different people it takes.
        approvals: how many people other than the authors a gate asks for beside that.
    """

    tag: str
    title: str
    by: tuple[str, ...]
    machines: tuple[str, ...]
    threshold: int
    approvals: int = 0

    @property
    def needs_approval(self) -> bool:
        """Whether one person's signature alone will not do."""
        return self.threshold > 1 or self.approvals > 0


@dataclass(frozen=True)
class FileRow:
    """A file of the model.

    Args:
        path: in the model's folder.
        state: against the current version.
        sha256: of its bytes; of those it had, where it is removed.
        size: in bytes; None where that was not looked up.
        formats: what it could be taken for; empty where it was not looked at.
    """

    path: str
    state: FileState
    sha256: str
    size: int | None = None
    formats: tuple[str, ...] = ()


@dataclass(frozen=True)
class Files:
    """The files of a version, those that differ from the current version's first.

    Args:
        rows: every file, removed ones too.
        count: how many the version has.
        size: bytes of all of them, as recorded.
        current_size: the same of the current version.
    """

    rows: tuple[FileRow, ...]
    count: int
    size: int
    current_size: int | None = None

    def number_of(self, state: FileState) -> int:
        """How many files are new, changed, removed or the same."""
        return sum(row.state == state for row in self.rows)


@dataclass(frozen=True)
class Curves:
    """Curves beside those of the current version.

    Args:
        plots: one for each metric; the new version's curve first.
        left_out: how many metrics with a curve are not among them.
    """

    plots: tuple[Plot, ...] = ()
    left_out: int = 0


@dataclass(frozen=True)
class Report:
    """What a reviewer needs to know of a version.

    Args:
        subject: the version.
        current: what it is compared with; None for a first version.
        checked: what the gates say, by what was accepted.
        metrics: changed ones first.
        params: params of either that differ: the current value, then the new one.
        data: data sources of either that differ, by name.
        signing: what `release` would sign.
        files: the model's files.
        curves: of its candidate.
        warnings: what a reviewer must not overlook.
        notes: what could not be looked at, and why.
    """

    subject: Subject
    current: Current | None
    checked: Checked
    metrics: tuple[Metric, ...]
    params: tuple[Row, ...]
    data: tuple[Row, ...]
    signing: tuple[PlannedTag, ...]
    files: Files
    curves: Curves
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def model(self) -> str:
        """The model's slug."""
        return self.subject.version.model

    @property
    def number(self) -> VersionNumber:
        """The version's number."""
        return self.subject.version.version

    @property
    def marker(self) -> str:
        """The line by which the one note of this report is found again."""
        return f"<!-- gitreg:report {self.model} {self.number} -->"

    @property
    def failed(self) -> int:
        """How many gates failed."""
        return sum(one.result == "failed" for one in self.checked.results)

    @property
    def commands(self) -> tuple[tuple[str, str], ...]:
        """How to look for oneself: a shell's words, and what they do. Models and versions need no quoting but the `!`."""
        name = f"{self.model}@{self.number}"
        if self.subject.state == "released":
            return (
                (f"gitreg verify {name}", "proves signature, signer, review and content"),
                (f"gitreg pull {name} -o model", "brings what was verified"),
            )
        reference = f"'{self.subject.reference}'"
        before = f"{self.model}@{self.current.version.version}" if self.current else ""
        return (
            ("gitreg fetch", "brings what is new on the remote"),
            (f"gitreg check {reference}", "asks the gates again, those that were accepted"),
            *([(f"gitreg compare {before} {reference}", "tells all that differs")] if before else []),
            (
                f"gitreg artifacts {reference} -o model",
                "brings the files, each proven by its recorded sha256",
            ),
            (f"gitreg verify {name}", "proves all of it, once it is released"),
        )


def _number(value: object) -> float | None:
    return value if isinstance(value, float) else None
