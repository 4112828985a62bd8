"""What merging a proposal would do beside adding a version: a branch may hold anything, and its name says nothing of that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gitreg.documents import layout, places
from gitreg.domain.candidate import Candidate
from gitreg.domain.model import ModelVersion
from gitreg.errors import ConflictError
from gitreg.workflows.registry import Registry
from gitreg.workflows.report.subject import Found
from gitreg.workflows.versions.check_gates import Checked

NAMED = 5
"""So many paths are named; of more, how many they are."""


def warnings_of(registry: Registry, found: Found, checked: Checked) -> tuple[str, ...]:
    """What a reviewer must not overlook, the most important first."""
    notes = list(_of_merge(registry, found))
    if checked.changes_gates:
        notes.append("it changes the model's gates; it was judged by the accepted ones")
    candidate = found.subject.candidate
    return (*notes, *(_of_candidate(candidate) if candidate else _of_elsewhere(found.subject.version)))


def _of_merge(registry: Registry, found: Found) -> Iterator[str]:
    repository, tip = registry.repository, found.before.commit
    if found.proposal is None or tip is None:
        return
    if repository.merge_base(tip, found.proposal.commit) is None:
        yield "this clone is too shallow to tell what merging it would change"
        return
    try:
        tree = repository.merge_trees([tip, found.proposal.commit])
    except ConflictError as error:
        yield f"it does not fit what was accepted meanwhile: {error.message}"
        return
    yield from _of_changes(found, repository.changed_paths(tip, tree))


def _of_changes(found: Found, changes: Iterable[tuple[str, str]]) -> Iterator[str]:
    version = found.subject.version
    folder, own = f"models/{version.model}/", f"{layout.version_folder(version.model, version.version)}/"
    beside: list[str] = []
    final: list[str] = []
    for status, text in changes:
        if not text.startswith(folder):
            beside.append(text)
        elif status != "A" and _is_final(text):
            final.append(text)
        elif not text.startswith(own) and text != places.model_path(version.model) and not _is_number(text):
            beside.append(text)
    if beside:
        yield f"it changes more than a promotion does: {_few(beside)}"
    if final:
        yield f"it changes accepted versions, which are final: {_few(final)}"


def _is_number(path: str) -> bool:
    return places.number_of(path) is not None


def _is_final(path: str) -> bool:
    found = layout.version_file_of(path)
    return (found is not None and found[2] != "README.md") or _is_number(path)


def _of_elsewhere(version: ModelVersion) -> Iterator[str]:
    yield f"it was registered from {version.elsewhere}, so nothing of its making is recorded here, and no signature covers it"


def _of_candidate(candidate: Candidate) -> Iterator[str]:
    code = candidate.code
    if code.commit is None:
        yield "no code commit is recorded"
    elif code.dirty:
        yield "the code was not only the commit: .gitreg/code.patch among the candidate's artifacts holds the rest"
    bare = [one.name for one in candidate.data if one.digest is None]
    if bare:
        yield f"data without a digest: {_few(bare)}"


def _few(words: list[str]) -> str:
    more = f" and {len(words) - NAMED} more" if len(words) > NAMED else ""
    return ", ".join(word[:200] for word in words[:NAMED]) + more
