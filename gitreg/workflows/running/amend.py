"""Adding to a candidate, whether it runs or ended: to its draft where it has one, else by one commit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress

from gitreg.artifacts import Source
from gitreg.domain.candidate import Candidate
from gitreg.drafts import Draft, Entry
from gitreg.errors import ConflictError, DraftGoneError, GitregError
from gitreg.store import Author
from gitreg.workflows.registry import Registry
from gitreg.workflows.running.finish_draft import finish_draft, finish_ended
from gitreg.workflows.running.reopen import reopen_draft

TRIES = 20


def amend(
    registry: Registry,
    candidate_id: str,
    entries: Iterable[Entry],
    author: Author,
    *,
    sources: Sequence[Source] = (),
    experiment: str | None = None,
) -> Candidate | None:
    """Says more of a candidate; all of it, or none. When this returns it is kept, whatever becomes of the process.

    One that ended keeps how it ended, unless an entry says otherwise (`Ended`, or `Runs`, which lets it run again); it gets one
    commit, or none where nothing changes. Where somebody else ends it at this moment, what is said comes after that.

    Args:
        registry: where the candidate is.
        candidate_id: all 32 digits.
        entries: what is said.
        author: who commits, and when.
        sources: files and folders to keep as artifacts, as they are now, after what `entries` say.
        experiment: its experiment's slug, where that is known.

    Returns:
        the new record; None where it runs, and its draft has what was said.

    Raises:
        NotFoundError: if there is neither such a candidate nor such a draft.
        UsageError: for what cannot be recorded, or a param that has another value.
        ConflictError: if the candidate branch moved at every try; what was said is kept as a draft.
    """
    said = list(entries)
    for _ in range(TRIES):
        draft = reopen_draft(registry, candidate_id, experiment=experiment)
        try:
            _say(draft, said, sources)
        except DraftGoneError:
            continue
        except GitregError:
            if draft.takes_more():
                _let_go(registry, draft, author)
                raise
            if draft.folder.is_dir():  # it ended, and its commit is being made, or was interrupted
                finish_draft(registry, draft, author, status="killed")
            continue
        return finish_ended(registry, draft, author)
    raise ConflictError(f"somebody else ends the candidate {candidate_id} all the time", hint="gitreg status")


def _say(draft: Draft, said: Sequence[Entry], sources: Sequence[Source]) -> None:
    copies = [entry for source in sources for entry in draft.kept(source.path, source.name)]
    draft.append([*said, *copies])


def _let_go(registry: Registry, draft: Draft, author: Author) -> None:
    """Nothing was said: a draft that was made to say it goes again, and nothing is committed."""
    with suppress(GitregError):
        finish_ended(registry, draft, author)
