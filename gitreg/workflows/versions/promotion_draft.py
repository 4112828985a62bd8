"""A promotion's proposal before it is made: its files, its commit's words, its merge request's words. Writes nothing."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from gitreg.documents import layout, places
from gitreg.documents.card import model_card
from gitreg.domain.candidate import Candidate
from gitreg.domain.experiment import Experiment
from gitreg.domain.model import Model, ModelVersion
from gitreg.errors import RecordError
from gitreg.workflows.proposing import proposals
from gitreg.workflows.proposing.proposal_branch import Draft
from gitreg.workflows.proposing.request_words import Promotion, plain_words, promotion_words
from gitreg.workflows.registry import Registry
from gitreg.workflows.searching.find import versions_of
from gitreg.workflows.versions.new_version import NewVersion, version_files


@dataclass(frozen=True)
class Said:
    """What the proposer says about the merge request: a title of their own, and whether it is a draft."""

    title: str | None = None
    is_draft: bool = False


def promotion_draft(
    registry: Registry, new: NewVersion, record: ModelVersion, earlier: ModelVersion | None, said: Said
) -> Draft:
    """The proposal of a version.

    Args:
        registry: the registry.
        new: what it is made of.
        record: the version's record.
        earlier: the same proposal's record as it was made before.
        said: what the proposer says about the merge request.

    Raises:
        UsageError: if the title is none.
    """
    slug, version = record.model, record.version
    branch, accepted = layout.promote_branch(slug, version), registry.accepted
    message = f"Propose {slug} {version}\n\n{_origin(record)}.\n"
    files = version_files(accepted, new, record, _written_card(registry, earlier))
    words = plain_words(message)
    if new.candidate is not None and new.part is not None:
        before = max(versions_of(accepted, slug), default=None)
        metric = _metric(registry, new.candidate)
        shown = Promotion(
            record, new.candidate, branch.removeprefix("refs/heads/"), new.stage, before, metric
        )
        words = promotion_words(shown, said.title, is_draft=said.is_draft)
    return Draft(branch, files, message, is_new=earlier is None, words=words)


def _origin(record: ModelVersion) -> str:
    if record.candidate is None:
        return f"From {record.elsewhere}"
    return f"From candidate {record.candidate.id} of {record.candidate.experiment}"


def _metric(registry: Registry, candidate: Candidate) -> str | None:
    """The metric that is told first; a broken record of an experiment is none of a merge request's business."""
    with suppress(RecordError):
        experiment = registry.candidates.record(Experiment, places.experiment_path(candidate.experiment))
        return experiment.primary_metric if experiment else None
    return None


def _written_card(registry: Registry, earlier: ModelVersion | None) -> bytes | None:
    """README.md of the proposal as it was made before, where people wrote in it: their words are not made anew."""
    if earlier is None:
        return None
    slug, version = earlier.model, earlier.version
    proposal = proposals.find_proposal(registry, layout.promote_branch(slug, version))
    if proposal is None:
        return None
    there = proposals.at(registry, proposal)
    candidate = there.record(Candidate, layout.version_candidate_path(slug, version))
    model = there.record(Model, places.model_path(slug))
    card = there.file(layout.version_card_path(slug, version))
    is_ours = candidate is not None and model is not None and card == model_card(earlier, candidate, model)
    return None if is_ours else card
