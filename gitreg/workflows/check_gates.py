"""What a model's gates, and the registry's, say of a candidate; nothing is proposed."""

from __future__ import annotations

from gitreg.documents import layout
from gitreg.domain.candidate import Candidate
from gitreg.domain.gate import GateResult
from gitreg.domain.model import Model
from gitreg.gates import Evidence, judge
from gitreg.workflows.find import experiment_of, find_candidate
from gitreg.workflows.models import model_slug
from gitreg.workflows.registry import Registry


def check_gates(registry: Registry, reference: str, model: str) -> list[GateResult]:
    """The gates' results, in the order in which promote asks; a model that is new has the registry's gates only.

    Raises:
        NotFoundError: if there is no such candidate.
    """
    slug, accepted = model_slug(model), registry.accepted
    candidate = find_candidate(registry, reference)
    record = accepted.record(Model, layout.model_path(slug)) or Model(slug=slug, name=model)
    goals = {
        key: rule.goal
        for key, rule in experiment_of(registry.candidates, candidate.experiment).metrics.items()
    }
    serving = {
        stage: current
        for stage, version in record.stages.items()
        if (current := accepted.record(Candidate, layout.version_candidate_path(slug, version)))
    }
    return judge([*registry.settings.gates, *record.gates], Evidence(candidate, goals, serving))
