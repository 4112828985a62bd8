"""What `release` would sign once a version is accepted, and who may. Signs nothing, and asks for no key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gitreg.documents import layout, places
from gitreg.domain.gate import ApprovalsGate, Gate
from gitreg.domain.statement import Action
from gitreg.domain.trust import Permission, Roles, permission_for
from gitreg.workflows.registry import Registry
from gitreg.workflows.report.values import PlannedTag, Subject


def planned_tags(registry: Registry, subject: Subject, gates: Iterable[Gate]) -> tuple[PlannedTag, ...]:
    """The release's tag, then those of the stages: by the roles that were accepted, whatever the proposal says of them."""
    if subject.state == "released":
        return ()
    asked = max((gate.at_least for gate in gates if isinstance(gate, ApprovalsGate)), default=0)
    return tuple(_tags(registry, subject, asked))


def _tags(registry: Registry, subject: Subject, approvals: int) -> Iterator[PlannedTag]:
    model, version = subject.version.model, subject.version.version
    roles = registry.accepted.record(Roles, places.ROLES)
    release = layout.version_tag(model, version)
    yield _tag(roles, model, release, f"Release {model} {version}", ("release", None), approvals)
    for stage in subject.stages:
        tag = layout.stage_tag(model, stage, _last(registry, model, stage) + 1)
        yield _tag(roles, model, tag, f"Assign {model} {version} to {stage}", ("assign", stage))


def _tag(
    roles: Roles | None,
    model: str,
    tag: str,
    title: str,
    act: tuple[Action, str | None],
    approvals: int = 0,
) -> PlannedTag:
    allowed = _permission(roles, model, *act)
    people = tuple(dict.fromkeys(allowed.by)) if allowed else ()
    machines = tuple(one for one in people if roles and roles.people[one].machine)
    threshold = allowed.threshold if allowed else 1
    return PlannedTag(tag.removeprefix("refs/tags/"), title, people, machines, threshold, approvals)


def _permission(roles: Roles | None, model: str, action: Action, stage: str | None) -> Permission | None:
    role = roles.role_of(model) if roles else None
    return permission_for(role, action, stage) if role else None


def _last(registry: Registry, model: str, stage: str) -> int:
    """The highest number of an assignment of the stage, by the tags' names."""
    found = (
        layout.parse_tag(ref.name) for ref in registry.repository.refs(f"refs/tags/stage/{model}/{stage}/")
    )
    return max((tag.number for tag in found if tag is not None and tag.number is not None), default=0)
