"""Changing or hiding a candidate: tags, notes, name, deletion; each one commit, history stays.

One that runs, or runs again, is changed in its draft: the commit comes when it ends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from gitreg.documents import places
from gitreg.documents.conflicts import deciding
from gitreg.documents.edit import DELETE
from gitreg.documents.reader import read
from gitreg.domain.candidate import Candidate
from gitreg.domain.reference import CandidateReference, PickReference
from gitreg.domain.times import time_text
from gitreg.drafts import Deletion, Draft, Entry, Named, Notes, Tag, Untag
from gitreg.errors import AnswerIsNoError, NotFoundError, UsageError
from gitreg.store import ATTEMPTS, Author, retrying
from gitreg.workflows.candidate_branch import keep_candidate_branch
from gitreg.workflows.edited import edited
from gitreg.workflows.recording.cut_secrets import cut_pairs, cut_text
from gitreg.workflows.registry import CANDIDATES, Registry
from gitreg.workflows.running.finish_draft import finish_draft
from gitreg.workflows.running.reopen import open_draft
from gitreg.workflows.searching.find import find_candidate, parsed
from gitreg.workflows.searching.show_draft import find_candidate_or_draft, so_far

Changes = Mapping[tuple[str, ...], Any]


def tag_candidate(
    registry: Registry, reference: str, tags: Mapping[str, str | None], author: Author
) -> Candidate:
    """Sets tags of a candidate; None removes one.

    Raises:
        UsageError: for a version (it is final), or a value that cannot be recorded.
        NotFoundError: if a tag to remove is not there.
    """

    def decided(candidate: Candidate) -> _Edit:
        missing = next(
            (key for key, value in tags.items() if value is None and key not in candidate.tags), None
        )
        if missing is not None:
            raise NotFoundError(f"{candidate} has no tag {missing}", hint=f"gitreg show {candidate.id[:8]}")
        kept = cut_pairs({key: value for key, value in tags.items() if value is not None})
        entries = [Tag(key, kept[key]) if key in kept else Untag(key) for key in tags]
        return _Edit(f"Tag {candidate}", {("tags", key): kept.get(key, DELETE) for key in tags}, entries)

    return _edit(registry, reference, author, decided)


def note_candidate(registry: Registry, reference: str, notes: str, author: Author) -> Candidate:
    """Replaces a candidate's notes."""
    kept = cut_text(notes)
    return _edit(
        registry,
        reference,
        author,
        lambda candidate: _Edit(f"Note on {candidate}", {("notes",): kept}, [Notes(kept)]),
    )


def name_candidate(registry: Registry, reference: str, name: str, author: Author) -> Candidate:
    """Gives a candidate another name.

    Raises:
        UsageError: for a version (it is final), or a name that cannot be recorded.
    """
    return _edit(
        registry,
        reference,
        author,
        lambda candidate: _Edit(f"Name {candidate}", {("name",): name}, [Named(name)]),
    )


def delete_candidate(registry: Registry, reference: str, author: Author) -> Candidate:
    """Hides a candidate; its record and history stay.

    Raises:
        AnswerIsNoError: if it is deleted already.
    """

    def decided(candidate: Candidate) -> _Edit:
        if candidate.deleted is not None:
            raise AnswerIsNoError(
                f"{candidate} is deleted already", hint=f"gitreg restore {candidate.id[:8]}"
            )
        now = author.when
        return _Edit(f"Delete {candidate}", {("deleted",): time_text(now)}, [Deletion(now)])

    return _edit(registry, reference, author, decided)


def restore_candidate(registry: Registry, reference: str, author: Author) -> Candidate:
    """Shows a deleted candidate again.

    Raises:
        AnswerIsNoError: if it is not deleted.
    """

    def decided(candidate: Candidate) -> _Edit:
        if candidate.deleted is None:
            raise AnswerIsNoError(f"{candidate} is not deleted", hint="gitreg list --deleted")
        return _Edit(f"Restore {candidate}", {("deleted",): None}, [Deletion(None)])

    return _edit(registry, reference, author, decided)


@dataclass(frozen=True)
class _Edit:
    """One change: to a record that is committed, and the same to one that still runs.

    Args:
        message: of the commit.
        changes: to the record.
        entries: for the draft's journal.
    """

    message: str
    changes: Changes
    entries: Sequence[Entry]


def _edit(
    registry: Registry, reference: str, author: Author, decide: Callable[[Candidate], _Edit]
) -> Candidate:
    if not isinstance(parsed(reference), (CandidateReference, PickReference)):
        raise UsageError(
            f"{reference} is a model version, and those never change", hint="promote another candidate"
        )
    candidate = find_candidate_or_draft(registry, reference)
    for _ in range(ATTEMPTS):
        draft = open_draft(registry, candidate.id)
        if draft is None:
            break
        if _is_said(registry, draft, decide):
            return so_far(registry, draft)
        with suppress(NotFoundError):  # it ended: what its end left undone comes before this change
            finish_draft(registry, draft, author, status="killed")
    recorded = find_candidate(registry, f"{candidate.experiment}/{candidate.id}")
    edit = decide(recorded)
    return _change(registry, recorded, edit.changes, edit.message, author)


def _is_said(registry: Registry, draft: Draft, decide: Callable[[Candidate], _Edit]) -> bool:
    """Says it to a draft; False where that has ended, and nothing was said."""
    if not draft.takes_more():
        return False
    try:
        edit = decide(so_far(registry, draft))
        draft.append(edit.entries)
    except NotFoundError:
        if draft.takes_more():
            raise
        return False
    return True


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
