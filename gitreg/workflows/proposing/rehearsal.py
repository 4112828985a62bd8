"""Rehearsal: an act done whole, with all its checks, in a registry whose refs, storage and remotes stay as they are.

What an act would change is known best by doing it. Objects that it writes are reachable from nothing, and Git collects
them in time. Knows refs and files; nothing of what the acts are for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from gitreg.artifacts import Cache
from gitreg.gitrepo import ZERO, GitObject, ObjectId, PushUpdate, Ref, RefUpdate, Repository
from gitreg.workflows.registry import Registry

LIMIT = 64 * 1024 * 1024


@dataclass(frozen=True)
class PlannedFile:
    """A file that would be different: `A` added, `M` changed, `D` removed."""

    status: str
    path: str


@dataclass(frozen=True)
class PlannedMove:
    """A ref that would move, with the files that would change; `remote` is where, None for here."""

    ref: str
    what: str
    files: tuple[PlannedFile, ...] = ()
    remote: str | None = None


class RehearsedRepository(Repository):
    """A repository whose refs move in memory only."""

    @cached_property
    def moved(self) -> dict[str, ObjectId]:
        """Refs that would be elsewhere; ZERO for one that would be gone."""
        return {}

    @cached_property
    def plan(self) -> list[PlannedMove]:
        """What would be done, in order."""
        return []

    def resolve(self, ref: str) -> ObjectId | None:
        """What the ref would point at."""
        if ref in self.moved:
            return None if self.moved[ref] == ZERO else self.moved[ref]
        return super().resolve(ref)

    def find(self, name: str, *, limit: int = LIMIT) -> GitObject | None:
        """The object of a ref as it would be, or of an id."""
        here = self.moved.get(name, name)
        return None if here == ZERO else super().find(here, limit=limit)

    def refs(self, prefix: str) -> list[Ref]:
        """The refs as they would be."""
        known = {ref.name: ref for ref in super().refs(prefix)}
        for name, id_ in self.moved.items():
            known.pop(name, None)
            found = super().find(id_) if name.startswith(prefix) and id_ != ZERO else None
            if found is not None:
                known[name] = Ref(name, id_, found.kind, None)
        return [known[name] for name in sorted(known)]

    def update_refs(self, updates: Sequence[RefUpdate], message: str) -> None:
        """Notes the moves, and what they are for."""
        for update in updates:
            # what is remembered of a remote is no news to anybody
            if not update.ref.startswith("refs/remotes/"):
                self.plan.append(PlannedMove(update.ref, self._words(update, message), self._files(update)))
            self.moved[update.ref] = update.new

    def push(
        self,
        remote: str,
        updates: Sequence[PushUpdate],
        options: Sequence[str] = (),  # noqa: ARG002
    ) -> tuple[str, ...]:
        """Notes what would be sent; nobody answers."""
        for update in updates:
            what = "delete" if update.new == ZERO else "send"
            self.plan.append(PlannedMove(update.ref, what, remote=remote))
        return ()

    def set_config(self, key: str, value: str) -> None:
        """Notes nothing: configuration is not rehearsed, and not written."""

    def _words(self, update: RefUpdate, message: str) -> str:
        """A commit says what it is for better than the reflog does."""
        if update.new == ZERO or not update.ref.startswith("refs/heads/"):
            return message.removeprefix("gitreg: ")
        return self.commit(update.new).message.partition("\n")[0]

    def _files(self, update: RefUpdate) -> tuple[PlannedFile, ...]:
        if update.new == ZERO or not update.ref.startswith("refs/heads/"):
            return ()
        parents = self.commit(update.new).parents
        before = update.old if update.old != ZERO else parents[0] if parents else None
        if before is None:
            return ()
        return tuple(PlannedFile(status, path) for status, path in self.changed_paths(before, update.new))


class ScratchCache(Cache):
    """A cache that reads from the real one and writes beside it."""

    def __init__(self, real: Cache, scratch: Path) -> None:
        super().__init__(None, scratch / "files" / "md5")
        self._real = real

    def places(self, object_id: str) -> list[Path]:
        """Where the object is, or would be."""
        return [*super().places(object_id), *self._real.places(object_id)]

    def unpushed_objects(self) -> list[str]:
        """What would wait for a push."""
        return [*super().unpushed_objects(), *self._real.unpushed_objects()]


@dataclass(frozen=True)
class RehearsedRegistry(Registry):
    """A registry in which everything can be done and nothing happens.

    Args:
        scratch: a folder for artifact bytes that would be stored.
    """

    scratch: Path = Path()

    @cached_property
    def cache(self) -> Cache:
        """Reads what is here; what would be stored goes to the scratch folder."""
        return ScratchCache(super().cache, self.scratch)


def rehearsed(registry: Registry, scratch: Path) -> RehearsedRegistry:
    """The registry, for a rehearsal."""
    repository = registry.repository
    twin = RehearsedRepository.open(repository.work_tree or repository.git_dir, registry.environ)
    return RehearsedRegistry(
        twin, registry.settings, registry.remote, registry.environ, registry.storage_url, scratch=scratch
    )


def plan_of(registry: Registry) -> list[PlannedMove]:
    """What was rehearsed; nothing for a registry in which things happen."""
    repository = registry.repository
    return list(repository.plan) if isinstance(repository, RehearsedRepository) else []


def merged(moves: Sequence[PlannedMove]) -> list[PlannedMove]:
    """Moves of the same ref joined, as one act may commit twice."""
    joined: dict[tuple[str, str | None], PlannedMove] = {}
    for move in moves:
        key = (move.ref, move.remote)
        known = joined.get(key)
        files = {file.path: file for file in (*known.files, *move.files)} if known else {}
        joined[key] = replace(move, files=tuple(files.values())) if known else move
    return list(joined.values())
