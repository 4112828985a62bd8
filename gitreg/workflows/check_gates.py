"""What a model's gates, and the registry's, say of a candidate; nothing is proposed."""

from __future__ import annotations

from gitreg.documents import layout, places
from gitreg.domain.candidate import Candidate
from gitreg.domain.gate import GateResult
from gitreg.domain.model import Model
from gitreg.errors import RecordError
from gitreg.gates import Evidence, judge
from gitreg.store import Snapshot
from gitreg.workflows.find import find_candidate
from gitreg.workflows.models import model_slug
from gitreg.workflows.picks import experiment_of
from gitreg.workflows.registry import Registry


def check_gates(registry: Registry, reference: str, model: str) -> list[GateResult]:
    """The gates' results, in the order in which promote asks; a model that is new has the registry's gates only.

    Raises:
        NotFoundError: if there is no such candidate.
        RecordError: if the record behind a serving version is missing.
    """
    slug, accepted = model_slug(model), registry.accepted
    candidate = find_candidate(registry, reference)
    record = accepted.record(Model, places.model_path(slug)) or Model(slug=slug, name=model)
    return gate_results(registry, accepted, candidate, record)


def gate_results(
    registry: Registry, accepted: Snapshot, candidate: Candidate, model: Model
) -> list[GateResult]:
    """What the registry's gates and the model's say of a candidate, against what serves at `accepted`.

    Raises:
        RecordError: if the record behind a serving version is missing: that is not an empty stage.
    """
    experiment = experiment_of(registry.candidates, candidate.experiment)
    serving = {}
    for stage, version in model.stages.items():
        path = layout.version_candidate_path(model.slug, version)
        current = accepted.record(Candidate, path)
        if current is None:
            raise RecordError(f"it is missing, and {model.slug} {version} is in {stage}", place=path)
        serving[stage] = current
    goals = {key: rule.goal for key, rule in experiment.metrics.items()}
    return judge([*registry.rules.gates, *model.gates], Evidence(candidate, goals, serving))
