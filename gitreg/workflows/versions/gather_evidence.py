"""What gates look at, gathered: only what the gates at hand ask for, so that a check costs what it checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gitreg.documents import layout
from gitreg.domain.candidate import Candidate
from gitreg.domain.gate import CleanCodeGate, FormatsGate, Gate, NoRegressionGate
from gitreg.domain.model import Model, ModelVersion
from gitreg.domain.version import VersionNumber
from gitreg.errors import RecordError
from gitreg.gates import Evidence, FileFacts
from gitreg.gates.patterns import matches
from gitreg.gitrepo import ObjectId, Ref
from gitreg.store import Snapshot
from gitreg.workflows.proposing import proposals
from gitreg.workflows.recording.log_candidate import summary_of
from gitreg.workflows.registry import Registry
from gitreg.workflows.searching.find import versions_of
from gitreg.workflows.searching.picks import experiment_of
from gitreg.workflows.versions.look_at_files import Content, look_at_files

NAMED = 20
"""Of so many branches it is found out which holds a commit; of more only whether one does."""


@dataclass(frozen=True)
class Subject:
    """What gates are asked about.

    Args:
        candidate: that is, or becomes, a version.
        model: the model's record.
        accepted: what serves, and which versions there are.
        content: brings the files; not called when no gate looks at them.
        version: the number that it has or will have, where it is known.
        description: what is new in it; None while there is no version.
        sections: of its card; None while people may still write it.
        again: whether another version of the candidate was asked for.
    """

    candidate: Candidate
    model: Model
    accepted: Snapshot
    content: Callable[[], Content]
    version: VersionNumber | None = None
    description: str | None = None
    sections: tuple[str, ...] | None = None
    again: bool = False


def gather_evidence(registry: Registry, subject: Subject, gates: Sequence[Gate]) -> Evidence:
    """What these gates look at.

    Raises:
        RecordError: if the record behind a serving version is missing: that is not an empty stage.
        VerificationError: if files are to be looked at and are nowhere as they were recorded.
    """
    candidate, kinds = subject.candidate, {gate.kind for gate in gates}
    compared = [gate for gate in gates if isinstance(gate, NoRegressionGate)]
    rules = experiment_of(registry.candidates, candidate.experiment).metrics if compared else {}
    content = subject.content() if "size" in kinds or any(map(_looks, gates)) else None
    return Evidence(
        candidate,
        goals={key: rule.goal for key, rule in rules.items()},
        serving=_serving(subject, {gate.against for gate in compared}),
        description=subject.description,
        model=subject.model,
        artifacts=summary_of(content.folder) if content and "size" in kinds else None,
        sections=subject.sections,
        branches=_branches(registry, candidate, gates),
        files=_files(content, gates) if content else None,
        versions=tuple(map(str, _twins(registry, subject))) if "once" in kinds else (),
        again=subject.again,
    )


def _looks(gate: Gate) -> bool:
    return isinstance(gate, FormatsGate) and ("any" not in gate.allow or bool(gate.scan))


def _files(content: Content, gates: Sequence[Gate]) -> tuple[FileFacts, ...] | None:
    looking = [gate for gate in gates if isinstance(gate, FormatsGate) and _looks(gate)]
    scanners = list(dict.fromkeys(scanner for gate in looking for scanner in gate.scan))
    return look_at_files(content, scanners) if looking else None


def _serving(subject: Subject, stages: Iterable[str]) -> dict[str, Candidate]:
    found = {}
    for stage in stages:
        version = subject.model.stages.get(stage)
        if version is None:
            continue
        path = layout.version_candidate_path(subject.model.slug, version)
        current = subject.accepted.record(Candidate, path)
        if current is None:
            raise RecordError(f"it is missing, and {subject.model.slug} {version} is in {stage}", place=path)
        found[stage] = current
    return found


def _twins(registry: Registry, subject: Subject) -> Iterator[VersionNumber]:
    """Other versions of the model that are made of the candidate: accepted ones, then proposed ones."""
    slug = subject.model.slug
    for number in versions_of(subject.accepted, slug):
        if number != subject.version and _is_of(subject, subject.accepted, number):
            yield number
    for proposal in proposals.open_proposals(registry):
        proposed = proposal.version if proposal.kind == "promote" and proposal.model == slug else None
        if proposed is None or proposed == subject.version:
            continue
        if _is_of(subject, proposals.at(registry, proposal), proposed):
            yield proposed


def _is_of(subject: Subject, where: Snapshot, number: VersionNumber) -> bool:
    try:
        record = where.record(ModelVersion, layout.version_path(subject.model.slug, number))
    except RecordError:
        return False  # no version; validate tells of it
    return record is not None and record.is_made_of(subject.candidate.id)


def _branches(
    registry: Registry, candidate: Candidate, gates: Sequence[Gate]
) -> Mapping[str, tuple[str, ...]]:
    """Which branches hold the candidate's commit, by the patterns of the gates; '' is the accepted branch."""
    asking = [gate for gate in gates if isinstance(gate, CleanCodeGate) and gate.repository is None]
    commit = ObjectId(candidate.code.commit or "")
    if not asking or not commit or not registry.repository.is_commit(commit):
        return {}
    prefix = f"refs/remotes/{registry.remote}/" if registry.remote else "refs/heads/"
    known = {ref.name.removeprefix(prefix): ref for ref in registry.repository.refs(prefix)}
    found = {}
    for pattern in {pattern for gate in asking for pattern in gate.branches or [""]}:
        wanted = pattern or registry.settings.accepted_branch
        named = {name: ref for name, ref in known.items() if name != "HEAD" and matches(wanted, name)}
        found[pattern] = _holding(registry, commit, named, wanted)
    return found


def _holding(registry: Registry, commit: ObjectId, named: Mapping[str, Ref], pattern: str) -> tuple[str, ...]:
    repository, tips = registry.repository, [ref.id for ref in named.values()]
    if not tips or repository.unmerged(tips, [commit]):
        return ()
    for name, ref in list(named.items())[:NAMED]:
        if repository.is_ancestor(commit, ref.id):
            return (name,)
    return (pattern,)
