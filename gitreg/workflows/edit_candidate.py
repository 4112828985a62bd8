"""Changing or hiding a candidate: tags, notes, deletion; each one commit, history stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitreg.documents import places
from gitreg.documents.conflicts import deciding
from gitreg.documents.edit import DELETE
from gitreg.documents.reader import read
from gitreg.domain.candidate import Candidate
from gitreg.domain.reference import CandidateReference, PickReference
from gitreg.domain.times import time_text
from gitreg.errors import AnswerIsNoError, NotFoundError, UsageError
from gitreg.store import Author, retrying
from gitreg.workflows.candidate_branch import keep_candidate_branch
from gitreg.workflows.cut_secrets import cut_pairs, cut_text
from gitreg.workflows.edited import edited
from gitreg.workflows.find import find_candidate, parsed
from gitreg.workflows.registry import CANDIDATES, Registry

Changes = Mapping[tuple[str, ...], Any]


def tag_candidate(
    registry: Registry, reference: str, tags: Mapping[str, str | None], author: Author
) -> Candidate:
    """Sets tags of a candidate; None removes one.

    Raises:
        UsageError: for a version (it is final), or a value that cannot be recorded.
        NotFoundError: if a tag to remove is not there.
    """
    candidate = _candidate(registry, reference)
    missing = next((key for key, value in tags.items() if value is None and key not in candidate.tags), None)
    if missing is not None:
        raise NotFoundError(f"{candidate} has no tag {missing}", hint=f"gitreg show {candidate.id[:8]}")
    kept = cut_pairs({key: value for key, value in tags.items() if value is not None})
    changes: Changes = {("tags", key): kept.get(key, DELETE) for key in tags}
    return _change(registry, candidate, changes, f"Tag {candidate}", author)


def note_candidate(registry: Registry, reference: str, notes: str, author: Author) -> Candidate:
    """Replaces a candidate's notes."""
    candidate = _candidate(registry, reference)
    return _change(registry, candidate, {("notes",): cut_text(notes)}, f"Note on {candidate}", author)


def delete_candidate(registry: Registry, reference: str, author: Author) -> Candidate:
    """Hides a candidate; its record and history stay.

    Raises:
        AnswerIsNoError: if it is deleted already.
    """
    candidate = _candidate(registry, reference)
    if candidate.deleted is not None:
        raise AnswerIsNoError(f"{candidate} is deleted already", hint=f"gitreg restore {candidate.id[:8]}")
    return _change(registry, candidate, {("deleted",): time_text(author.when)}, f"Delete {candidate}", author)


def restore_candidate(registry: Registry, reference: str, author: Author) -> Candidate:
    """Shows a deleted candidate again.

    Raises:
        AnswerIsNoError: if it is not deleted.
    """
    candidate = _candidate(registry, reference)
    if candidate.deleted is None:
        raise AnswerIsNoError(f"{candidate} is not deleted", hint="gitreg list --deleted")
    return _change(registry, candidate, {("deleted",): None}, f"Restore {candidate}", author)


def _candidate(registry: Registry, reference: str) -> Candidate:
    if not isinstance(parsed(reference), (CandidateReference, PickReference)):
        raise UsageError(
            f"{reference} is a model version, and those never change", hint="promote another candidate"
        )
    return find_candidate(registry, reference)


def _change(
    registry: Registry, candidate: Candidate, changes: Changes, message: str, author: Author
) -> Candidate:
    path = places.candidate_path(candidate.experiment, candidate.id)

    def commit() -> Candidate:
        keep_candidate_branch(registry, author)
        with registry.store.change(CANDIDATES, f"{message}\n", author) as change:
            text = change.before.file(path)
            if text is None:
                raise NotFoundError(f"{candidate} is gone", hint="gitreg fetch")
            decided = deciding(read(text, Candidate, path), changes)
            after = edited(text, Candidate, path, {**changes, **decided})
            change.put_file(path, after)
        return read(after, Candidate, path)

    return retrying(commit, queued=registry.queue)
