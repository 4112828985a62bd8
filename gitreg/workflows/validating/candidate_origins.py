"""Whether a record was ever on the candidate branch: asked of this clone, then of its remote, at a cost that does not grow.

The tip is asked first, which is a look into four folders. Only where the record is another one by now, the history of its one
path is followed. A CI job's clone has no candidate branch: then the remote's tip, some commits before it, and of each the trees
on the way to the record go into a relay (gitrepo/relay.py) and are gone afterwards, so that the clone stays as it is.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

from gitreg.checks import Origin
from gitreg.errors import CredentialsError, GitregError, RemoteError
from gitreg.gitrepo import ObjectId, Repository
from gitreg.workflows.registry import CANDIDATES, Registry
from gitreg.workflows.remote_refs import known_candidates, known_inbox

BACK = 50
"""How many commits before the remote's tip are looked at where this clone has no history of the branch."""


class CandidateOrigins:
    """The candidate branch of a clone and of its remote.

    Args:
        registry: the registry.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._lack = "there is no candidate branch here"

    def find(self, path: str, content: bytes) -> Origin:
        """Whether a file on the candidate branch ever had this content."""
        header = b"blob %d\0" % len(content)
        blob = ObjectId(hashlib.sha1(header + content, usedforsecurity=False).hexdigest())
        known = self._here(path, blob)
        if not known and self._registry.remote is not None:
            known = self._there(path, blob)
        if known is None:
            is_fault = self._registry.remote is not None and bool(self._registry.environ.get("CI"))
            return Origin(is_there=False, lack=self._lack, severity="error" if is_fault else "warning")
        return Origin(known)

    def _here(self, path: str, blob: ObjectId) -> bool | None:
        """What this clone knows; None where it does not have the whole branch."""
        repository, tips = self._registry.repository, self._tips()
        if any(_entry(repository, tip, path) == blob for tip in tips):
            return True
        if not tips or (repository.common_dir / "shallow").exists():
            return None
        found = (
            _entry(repository, commit, path) == blob
            for tip in tips
            for commit in repository.history(tip, path, first_parent=False)
        )
        return any(found)

    def _tips(self) -> list[ObjectId]:
        registry = self._registry
        tips = [registry.repository.resolve(CANDIDATES), known_candidates(registry)]
        return list(dict.fromkeys([tip for tip in tips if tip] + list(known_inbox(registry).values())))

    def _there(self, path: str, blob: ObjectId) -> bool | None:
        """What the remote knows; None where it does not tell, or not all."""
        remote = self._registry.remote or ""
        try:
            with (
                tempfile.TemporaryDirectory(prefix="gitreg-relay-") as folder,
                self._registry.repository.relay(Path(folder) / "relay.git", remote) as relay,
            ):
                return self._in_relay(relay, path, blob)
        except (RemoteError, CredentialsError) as error:
            self._lack = error.message
        return None

    def _in_relay(self, relay: Repository, path: str, blob: ObjectId) -> bool | None:
        remote = self._registry.remote or ""
        for depth in (1, BACK):
            relay.fetch(remote, [f"+{CANDIDATES}:{CANDIDATES}"], depth=depth, partial="tree:0")
            tip = relay.resolve(CANDIDATES)
            if tip is None:
                return None
            if depth == 1 and tip in self._tips() and self._here(path, blob) is False:
                return False  # all of that branch is here, and was looked at
            if blob in _blobs(relay, remote, relay.first_parent_line(tip), path):
                return True
        self._lack = f"its last {BACK} commits do not have it, and this clone has no more of them"
        return None


def _blobs(relay: Repository, remote: str, commits: Sequence[ObjectId], path: str) -> set[ObjectId]:
    """What was at a path in any of some commits: the trees on the way are fetched level by level, each once."""
    ids = {relay.commit(commit).tree for commit in commits}
    for name in path.split("/"):
        relay.fetch_objects(remote, sorted(ids), "tree:0")
        entries = [relay.tree(id_).get(name) for id_ in ids]
        ids = {entry.id for entry in entries if entry is not None}
        if not ids:
            break
    return ids


def _entry(repository: Repository, commit: ObjectId, path: str) -> ObjectId | None:
    try:
        entry = repository.entry(repository.commit(commit).tree, path)
    except GitregError:
        return None  # a partial clone that cannot fetch it
    return entry.id if entry is not None and entry.is_file else None
