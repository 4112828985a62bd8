"""What is going on: running drafts, what only this machine has, open proposals, what waits for a signature. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gitreg.documents import places
from gitreg.drafts import Draft, Liveness, drafts
from gitreg.errors import GitregError
from gitreg.gitrepo import EMPTY_TREE, ObjectId
from gitreg.workflows.proposing.known_requests import KnownRequests, known_requests
from gitreg.workflows.proposing.proposals import Proposal, open_proposals
from gitreg.workflows.registry import Registry
from gitreg.workflows.releasing.release import Due, due
from gitreg.workflows.remote_refs import known_candidates, known_inbox, known_sent
from gitreg.workflows.running.finish_draft import drafts_folder


@dataclass(frozen=True)
class Unpushed:
    """What no remote has yet.

    Args:
        candidates: how many candidates are new or changed.
        objects: how many artifact objects.
        size: their bytes.
        models: how many logged models are new or changed.
    """

    candidates: int
    objects: int
    size: int
    models: int = 0


@dataclass(frozen=True)
class DraftState:
    """A running candidate; `fault` where its draft cannot be read."""

    id: str
    experiment: str
    started: datetime | None
    heard: datetime | None
    liveness: Liveness | None
    fault: str | None = None


@dataclass(frozen=True)
class Status:
    """All of it."""

    drafts: tuple[DraftState, ...]
    unpushed: Unpushed
    proposals: tuple[Proposal, ...]
    due: tuple[Due, ...]
    remote: str | None
    known: KnownRequests


def status(registry: Registry, *, offline: bool = False) -> Status:
    """What is going on in this clone, as far as it was fetched; the forge is asked for open proposals, if there is one."""
    proposals = tuple(open_proposals(registry))
    return Status(
        tuple(draft_states(registry)),
        unpushed(registry),
        proposals,
        tuple(due(registry)),
        registry.remote,
        known_requests(registry, proposals, offline=offline),
    )


def draft_states(registry: Registry) -> list[DraftState]:
    """Every draft of this clone, by id; damaged ones too."""
    return [_state(draft) for draft in drafts(drafts_folder(registry))]


def unpushed(registry: Registry) -> Unpushed:
    """What no remote has yet; without a Git remote there is nowhere to send records, and none is counted."""
    ids = registry.cache.unpushed_objects()
    size = sum(registry.cache.places(one)[0].stat().st_size for one in ids)
    paths = _unpushed_paths(registry)
    models = len(list(filter(places.logged_model_of, paths)))
    return Unpushed(_candidates(paths), len(ids), size, models)


def changed_candidates(registry: Registry, before: ObjectId | None, after: ObjectId | None) -> int:
    """How many candidates differ between two commits of the candidate branch."""
    return 0 if after is None or before == after else _candidates(_changed(registry, before, after))


def _candidates(paths: set[str]) -> int:
    return len(list(filter(places.candidate_of, paths)))


def _unpushed_paths(registry: Registry) -> set[str]:
    ours = registry.candidates.commit
    if registry.remote is None or ours is None:
        return set()
    tip = [commit for commit in [known_candidates(registry)] if commit]
    beside = [commit for commit in (known_sent(registry), *known_inbox(registry).values()) if commit]
    heads = [*tip, *registry.repository.unmerged_heads(tip, beside)]
    if not heads:
        return _changed(registry, None, ours)
    return set.intersection(*(_changed(registry, head, ours) for head in heads))


def _changed(registry: Registry, before: ObjectId | None, after: ObjectId) -> set[str]:
    """The files that one commit has, and another one lacks or has otherwise."""
    changed = registry.repository.changed_paths(before or ObjectId(EMPTY_TREE), after, "experiments/")
    return {path for status, path in changed if status != "D"}


def _state(draft: Draft) -> DraftState:
    try:
        start = draft.start
        return DraftState(draft.id, start.experiment, start.created, draft.last_heard, draft.liveness)
    except (GitregError, OSError) as error:
        return DraftState(draft.id, "", None, None, None, str(error))
