"""The accepted branch: it only grows, its line of first parents goes on, and what it holds is sound."""

from __future__ import annotations

from collections.abc import Iterator

from gitreg.documents import layout, places
from gitreg.domain.registry import RegistrySettings
from gitreg.domain.version import VersionNumber
from gitreg.errors import RecordError
from gitreg.gitrepo import EMPTY_TREE, ObjectId
from gitreg.store import Snapshot
from gitreg.workflows.pre_receive.push import Push, Update
from gitreg.workflows.pre_receive.records import record_faults


def accepted_faults(push: Push, update: Update) -> Iterator[str]:
    """Why the accepted branch cannot move like this."""
    if update.new is None:
        yield "the accepted branch is never deleted"
    elif push.is_first:
        yield from _sound_faults(push, None, update.new)
    elif update.old is None or not push.repository.is_ancestor(update.old, update.new):
        yield "it would lose commits that were accepted; git fetch, and merge or rebase on what is there"
    elif not push.repository.is_first_parent_ancestor(update.old, update.new):
        yield (
            "what was accepted would leave its line of first parents, and no release on it would verify any more; "
            "rebase on it, or merge into it instead of merging it"
        )
    else:
        yield from _sound_faults(push, update.old, update.new)
        for step in push.repository.steps(update.old, update.new, "models"):
            yield from _promotion_faults(push, step)


def _sound_faults(push: Push, old: ObjectId | None, new: ObjectId) -> Iterator[str]:
    """What it holds; at the first push everything, by its own trust root, for nothing was accepted before."""
    yield from _settings_faults(push, new)
    if old is None and Snapshot(push.repository, new).file(places.ROOT) is None:
        yield f"{places.ROOT}: it is not there, and no verifier accepts anything without it"
    yield from record_faults(push, old, new)


def _settings_faults(push: Push, new: ObjectId) -> Iterator[str]:
    """The registry stays this registry, and this branch its accepted one: who changes that goes to the server."""
    try:
        said = Snapshot(push.repository, new).record(RegistrySettings, places.REGISTRY)
    except RecordError:
        return  # a finding of its own
    known, ref = push.settings, push.accepted_ref
    if said is None:
        yield f"{places.REGISTRY}: it is not there, and without it there is no registry"
    elif known is not None and said.id != known.id:
        yield f"{places.REGISTRY}: the registry is {known.id}, and this is {said.id}"
    elif f"refs/heads/{said.accepted_branch}" != ref:
        yield f"{places.REGISTRY}: it calls {said.accepted_branch} the accepted branch, and here that is {ref}"


def _promotion_faults(push: Push, step: ObjectId) -> Iterator[str]:
    """One commit of the accepted line: where it brings a version, it is what a reviewed promotion may be."""
    parents = push.repository.commit(step).parents
    before = parents[0] if parents else None
    changed = push.repository.changed_paths(before or EMPTY_TREE, step, "models")
    new = [version for status, path in changed if status == "A" and (version := layout.version_of(path))]
    if len(new) > 1:
        names = ", ".join(f"{model} {version}" for model, version in new[:3])
        yield f"commit {step[:12]} brings {len(new)} versions ({names}...); each comes by a proposal of its own"
    elif new:
        yield from _as_proposed(push, before, step, *new[0])


def _as_proposed(
    push: Push, before: ObjectId | None, step: ObjectId, model: str, version: VersionNumber
) -> Iterator[str]:
    branch = layout.promote_branch(model, version)
    known = set(record_faults(push, before, step))
    for line in record_faults(push, before, step, branch):
        if line not in known:
            yield f"commit {step[:12]}, which brings {model} {version}: {line}"
