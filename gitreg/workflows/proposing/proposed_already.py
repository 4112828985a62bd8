"""The version that an open proposal makes of a candidate already."""

from __future__ import annotations

from gitreg.documents import layout
from gitreg.domain.candidate import Candidate
from gitreg.domain.model import ModelVersion
from gitreg.domain.version import VersionNumber
from gitreg.errors import RecordError
from gitreg.workflows.proposing import proposals
from gitreg.workflows.registry import Registry


def proposed_already(
    registry: Registry, candidate: Candidate | None, model: str, version: VersionNumber | None
) -> ModelVersion | None:
    """The version that an open proposal makes of this candidate for this model.

    Args:
        registry: the registry.
        candidate: which.
        model: the model's slug.
        version: only a proposal of this number; of any when None.
    """
    if candidate is None:
        return None
    for proposal in proposals.open_proposals(registry):
        if proposal.kind != "promote" or proposal.model != model or version not in {None, proposal.version}:
            continue
        assert proposal.version is not None  # noqa: S101 - a promotion's branch names one
        path = layout.version_path(model, proposal.version)
        try:
            record = proposals.at(registry, proposal).record(ModelVersion, path)
        except RecordError:
            continue  # a stranger's branch; whoever merges it will hear of it
        if record and record.is_made_of(candidate.id) and registry.accepted.file(path) is None:
            return record
    return None
