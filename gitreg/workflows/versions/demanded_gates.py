"""Which gates a version of a model must pass, by what review accepted; a proposal has no say in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gitreg.documents import layout, places
from gitreg.domain.gate import FormatsGate, Gate, GateResult, OnceGate
from gitreg.domain.model import Model
from gitreg.domain.registry import RegistrySettings
from gitreg.domain.trust import Roles
from gitreg.domain.version import VersionNumber
from gitreg.gates.formats import role_gate
from gitreg.gitrepo import ObjectId, Repository
from gitreg.store import Snapshot

ALWAYS = OnceGate(kind="once")


def demanded_gates(accepted: Snapshot, model: str) -> list[Gate]:
    """The registry's, the model's, the formats that the trust files allow, and the gate of every promotion.

    A model's own gate for formats stands in the place of the registry's; never in that of the trust files.
    """
    settings = accepted.record(RegistrySettings, places.REGISTRY)
    record = accepted.record(Model, places.model_path(model))
    roles = accepted.record(Roles, places.ROLES)
    role = roles.role_of(model) if roles else None
    own = record.gates if record else []
    common = settings.gates if settings else []
    if any(isinstance(gate, FormatsGate) for gate in own):
        common = [gate for gate in common if not isinstance(gate, FormatsGate)]
    formats = role_gate(role.formats) if role else None
    return _each_once([*common, *own, *([formats] if formats else []), ALWAYS])


def gates_before(befores: Sequence[Snapshot], model: str) -> list[Gate]:
    """What was demanded of a version when it was accepted.

    Args:
        befores: from `before_version`: the commit that brought the version may have changed the model's gates too.
        model: its slug.
    """
    return _each_once(gate for before in befores for gate in demanded_gates(before, model))


def gates_of_release(accepted: Snapshot, befores: Sequence[Snapshot], model: str) -> list[Gate]:
    """What was demanded when a version was accepted, and what is demanded now."""
    return _each_once([*gates_before(befores, model), *demanded_gates(accepted, model)])


def before_version(
    repository: Repository, accepted: Snapshot, model: str, version: VersionNumber
) -> list[Snapshot]:
    """The accepted branch before each of its commits that brought the version's record, which is mostly one; oldest last.

    A later commit may have corrected its card, or brought it again: what a version had to pass is not forgotten by that.
    """
    if accepted.commit is None:
        return [accepted]
    path = layout.version_path(model, version)
    commits = repository.history(accepted.commit, path, first_parent=True)
    return [_before(repository, commit) for commit in commits] or [accepted]


def _before(repository: Repository, commit: ObjectId) -> Snapshot:
    parents = repository.commit(commit).parents
    return Snapshot(repository, parents[0] if parents else None)


def without_result(gates: Sequence[Gate], results: Iterable[GateResult]) -> list[Gate]:
    """Gates of which a version has no result: whoever wrote its record left them out, or it was proposed before them.

    What is asked of every promotion is judged anew in any case, and older versions have no result of it.
    """
    given = [one.kind for one in results]
    missing: list[Gate] = []
    for gate in gates:
        if gate.kind in given:
            given.remove(gate.kind)
        elif gate != ALWAYS:
            missing.append(gate)
    return missing


def _each_once(gates: Iterable[Gate]) -> list[Gate]:
    found: list[Gate] = []
    for gate in gates:
        if gate not in found:
            found.append(gate)
    return found
