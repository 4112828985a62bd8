"""A push, as a server's hook hears of it: which refs would move, and the registry as it was before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from gitreg.domain.registry import RegistrySettings
from gitreg.errors import UsageError
from gitreg.gitrepo import ZERO, ObjectId, is_object_id
from gitreg.gitrepo.quarantine import HookRepository
from gitreg.store import Snapshot
from gitreg.workflows.registry import CANDIDATES, Registry

NOT_GIT = "gitreg hook install writes a hook that Git calls; by hand there is nothing to judge"


@dataclass(frozen=True)
class Update:
    """One ref that would move.

    Args:
        ref: its full name, any text that Git takes for one.
        old: where it points now; None where it does not exist.
        new: where it would point; None where it would go.
    """

    ref: str
    old: ObjectId | None
    new: ObjectId | None


@dataclass(frozen=True)
class Push:
    """Refs that would move all at once, or not at all.

    Args:
        repository: with what was pushed, as the hook sees it.
        accepted_ref: full name of the accepted branch, as the server knows it.
        settings: `gitreg.yaml` of the accepted branch as it was before; at the first push of a registry as it would be. None
            where there is no registry before or after.
        is_first: whether this push brings the registry.
        updates: by ref.
    """

    repository: HookRepository
    accepted_ref: str
    settings: RegistrySettings | None
    is_first: bool
    updates: Mapping[str, Update]

    def after(self, ref: str) -> ObjectId | None:
        """What a ref would be."""
        return self.updates[ref].new if ref in self.updates else self.repository.resolve(ref)

    @cached_property
    def before(self) -> Snapshot:
        """The accepted branch as it was; nothing before the first push."""
        return Snapshot(
            self.repository, None if self.is_first else self.repository.resolve(self.accepted_ref)
        )

    @cached_property
    def accepted(self) -> Snapshot:
        """The accepted branch as it would be."""
        return Snapshot(self.repository, self.after(self.accepted_ref))

    @cached_property
    def trusted(self) -> Snapshot:
        """Whose trust files say who may sign: those from before the push, so that none can bring its own."""
        return self.accepted if self.is_first else self.before

    @cached_property
    def candidates(self) -> ObjectId | None:
        """The candidate branch as it would be."""
        return self.after(CANDIDATES)

    @cached_property
    def registry(self) -> Registry | None:
        """The registry, with its refs as they were before; None where there is none before or after."""
        if self.settings is None:
            return None
        return Registry(self.repository, self.settings, None, self.repository.environ)

    def is_commit(self, id_: ObjectId) -> bool:
        """Whether it is a commit itself, and no tag of one."""
        found = self.repository.find(id_)
        return found is not None and found.kind == "commit"


def read_updates(lines: bytes) -> dict[str, Update]:
    """What Git says to a pre-receive hook (githooks(5)): `<old> SP <new> SP <ref> LF` for each ref.

    Raises:
        UsageError: it is something else, so that nobody knows what would move.
    """
    text = lines.decode("utf-8", "surrogateescape")
    updates = [_update(line) for line in text.removesuffix("\n").split("\n") if text]
    found = {one.ref: one for one in updates}
    if len(found) != len(updates):
        raise UsageError("standard input names one ref twice", hint=NOT_GIT)
    return found


def _update(line: str) -> Update:
    words: Sequence[str] = line.split(" ", 2)
    if len(words) != 3 or not all(map(is_object_id, words[:2])) or not words[2].startswith("refs/"):
        raise UsageError(
            f"standard input is not what Git says to a pre-receive hook: {line[:200]!a}", hint=NOT_GIT
        )
    old, new = (None if word == ZERO else ObjectId(word) for word in words[:2])
    return Update(words[2], old, new)
