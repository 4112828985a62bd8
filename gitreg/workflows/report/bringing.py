"""What a report needs and this clone lacks: brought from the remote, as much as belongs to one model and two candidates.

A CI job's clone is shallow and detached: it has neither the accepted branch nor the proposal's, no tags and no candidate branch.
Refs go where `gitreg fetch` puts them. The candidate branch, which may hold a million candidates, is looked at through a
relay (gitrepo/relay.py): its tip and the few objects that are asked for, and the clone stays what it was.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from gitreg.documents import places
from gitreg.documents.layout import promote_branch
from gitreg.domain.candidate import Candidate
from gitreg.domain.registry import RegistrySettings
from gitreg.domain.version import VersionNumber
from gitreg.errors import GitregError, RecordError, RemoteError
from gitreg.gitrepo import ObjectId, Repository
from gitreg.gitrepo.environment import NO_LAZY_FETCH
from gitreg.store import Snapshot
from gitreg.workflows.registry import CANDIDATES, Registry
from gitreg.workflows.remote_refs import tracking_ref
from gitreg.workflows.report.subject import branch_of
from gitreg.workflows.searching.find import parsed

TAGS = ("model", "stage")
"""Kinds of tags that say what is released, and where a stage's chain stands."""
HERE = "refs/gitreg/report/candidates"
DEFAULT = "refs/gitreg/report/default"
"""Where the remote's default branch is kept that was asked which branch counts as accepted."""


@dataclass(frozen=True)
class ReportRegistry(Registry):
    """A registry that knows candidates from somewhere else than its own branch.

    Args:
        tried: the candidate branch as it was brought.
    """

    tried: Snapshot | None = None

    @property
    def candidates(self) -> Snapshot:
        """What was tried, as far as it was asked for."""
        return self.tried or super().candidates


def bring_refs(registry: Registry, reference: str) -> Registry:
    """Brings the accepted branch, the model's proposals and its tags, where the proposal or the accepted branch is not here.

    Returns:
        the registry, with the settings that were accepted.

    Raises:
        RemoteError: if the remote cannot be reached.
        UsageError: if the reference has none of the forms.
    """
    branch = branch_of(registry, reference)
    remote = registry.remote
    if remote is None or not _lacks(registry, branch):
        return registry
    registry = _as_shared(registry, remote)
    accepted = registry.local_accepted_ref
    model = branch.split("/")[4] if branch else getattr(parsed(reference), "model", "")
    folder = promote_branch(model, VersionNumber(0, 0, 0)).rpartition("/")[0]
    patterns = [f"+{folder}/*:{tracking_ref(registry, folder)}/*"]
    patterns += [f"refs/tags/{kind}/{model}/*:refs/tags/{kind}/{model}/*" for kind in TAGS]
    registry.repository.fetch(remote, [f"+{accepted}:{tracking_ref(registry, accepted)}", *patterns])
    return replace(registry, settings=registry.rules)


def _as_shared(registry: Registry, remote: str) -> Registry:
    """The registry with the settings of the remote's default branch, where it has any.

    Where the accepted branch is not here, what is here may be the proposal alone; it must not say which branch judges it.
    """
    if registry.accepted.commit is not None:
        return registry
    registry.repository.fetch(remote, [f"+HEAD:{DEFAULT}"])
    settings = registry.store.at(DEFAULT).record(RegistrySettings, places.REGISTRY)
    return replace(registry, settings=settings) if settings else registry


def _lacks(registry: Registry, branch: str | None) -> bool:
    repository = registry.repository
    if repository.resolve(tracking_ref(registry, registry.local_accepted_ref)) is None:
        return True
    if branch is None:
        return False
    return not any(map(repository.resolve, (branch, tracking_ref(registry, branch))))


@contextmanager
def with_candidates(
    registry: Registry, wanted: Iterable[Candidate]
) -> Iterator[tuple[ReportRegistry, tuple[str, ...]]]:
    """The registry with what its candidate branch has of these candidates and their experiments; and why it has not."""
    remote = registry.remote
    if remote is None or registry.candidates.commit is not None:
        yield _known(registry, None), ()
        return
    with tempfile.TemporaryDirectory(prefix="gitreg-report-") as name:
        folder = Path(name) / "relay.git"
        registry.repository.relay(folder, remote).close()
        with Repository.open(folder, {**registry.environ, **NO_LAZY_FETCH}) as relay:
            try:
                brought, notes = _brought(relay, remote, wanted), tuple[str, ...]()
            except GitregError as error:
                brought, notes = None, (f"the candidate branch could not be looked at: {error}",)
            yield _known(registry, brought), notes


def _known(registry: Registry, tried: Snapshot | None) -> ReportRegistry:
    return ReportRegistry(
        registry.repository,
        registry.settings,
        registry.remote,
        registry.environ,
        registry.storage_url,
        bundle=registry.bundle,
        tried=tried,
    )


def _brought(relay: Repository, remote: str, wanted: Iterable[Candidate]) -> Snapshot | None:
    try:
        relay.fetch(remote, [f"+{CANDIDATES}:{HERE}"], depth=1, partial="tree:2")
    except RemoteError:
        if relay.ls_remote(remote, [CANDIDATES]):
            raise
        return None  # nobody logged anything there yet
    tip = relay.resolve(HERE)
    if tip is None:
        return None
    _bring_files(relay, remote, relay.commit(tip).tree, [path for one in wanted for path in _paths(one)])
    return Snapshot(relay, tip)


def _paths(one: Candidate) -> list[str]:
    where = one.experiment, one.id
    return [
        places.experiment_path(one.experiment),
        places.candidate_manifest_path(*where),
        places.candidate_dvc_path(*where),
    ]


def _bring_files(relay: Repository, remote: str, root: ObjectId, files: list[str]) -> None:
    """Level by level, trees before what is in them; a remote that knows no filters gave all of it already."""
    levels: dict[int, set[str]] = {}
    for file in files:
        for path in (file, *map(str, PurePosixPath(file).parents)):
            if path != ".":
                levels.setdefault(len(PurePosixPath(path).parts), set()).add(path)
    for _, paths in sorted(levels.items()):
        found = (relay.entry(root, path) for path in sorted(paths))
        ids = [entry.id for entry in found if entry is not None]
        if not all(_has(relay, one) for one in ids):
            relay.fetch_objects(remote, ids, "tree:0")


def _has(relay: Repository, id_: ObjectId) -> bool:
    """Whether the object is here; Git, which may not fetch it by itself, calls one that is not broken."""
    try:
        return relay.find(id_) is not None
    except RecordError:
        return False
