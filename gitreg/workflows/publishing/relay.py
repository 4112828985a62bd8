"""Publishing from a clone without the remote's candidate branch: shallow, of one branch only, as CI jobs have them.

What is needed of the remote's tip, a commit and a few trees, goes into a relay (gitrepo/relay.py) that lives for one push, so the
clone stays as it was, and what is fetched does not grow with the registry (docs/adr/0012).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath

from gitreg.errors import RemoteError
from gitreg.gitrepo import EMPTY_TREE, ZERO, ObjectId, RefUpdate
from gitreg.workflows.registry import CANDIDATES, Registry
from gitreg.workflows.remote_refs import known_candidates, known_sent, sent_ref, tracking_ref

ALL_BRANCHES = "refs/heads/*:"
FOLDER = "experiments"


def needs_relay(registry: Registry) -> bool:
    """Whether this clone was told not to have all of the remote's branches, and has no candidate branch of it."""
    if registry.remote is None or registry.relay_of or known_candidates(registry):
        return False
    repository = registry.repository
    follows_all = any(
        ALL_BRANCHES in spec for spec in repository.config_all(f"remote.{registry.remote}.fetch")
    )
    return not follows_all or (repository.common_dir / "shallow").exists()


@contextmanager
def relayed(registry: Registry, ours: ObjectId | None) -> Iterator[Registry]:
    """The registry through a relay: with our candidates, and the remote's accepted branch where this clone has none.

    Raises:
        RemoteError: if the remote cannot be reached.
    """
    with tempfile.TemporaryDirectory(prefix="gitreg-relay-") as folder:
        repository = registry.repository.relay(Path(folder) / "relay.git", registry.remote or "")
        with repository:
            relay = replace(registry, repository=repository, relay_of=registry)
            known = [(CANDIDATES, ours), (sent_ref(registry), known_sent(registry))]
            repository.update_refs([RefUpdate(ref, id_, ZERO) for ref, id_ in known if id_], "gitreg: relay")
            if registry.accepted.commit is None:
                spec = f"+{relay.local_accepted_ref}:{tracking_ref(relay, relay.local_accepted_ref)}"
                repository.fetch(registry.remote or "", [spec], depth=1, partial="tree:1")
            yield relay


def fetch_tip(relay: Registry) -> None:
    """Brings the tip of the remote's candidate branch, and of its trees those that ours goes into.

    Raises:
        UnableError: if the remote gives no objects by their ids.
        RemoteError: if it cannot be reached.
    """
    repository, remote = relay.repository, relay.remote or ""
    try:
        spec = f"+{CANDIDATES}:{tracking_ref(relay, CANDIDATES)}"
        repository.fetch(remote, [spec], depth=1, partial="tree:2")
    except RemoteError:
        if repository.ls_remote(remote, [CANDIDATES]):
            raise
        return  # nobody logged anything there yet
    theirs, ours = known_candidates(relay), repository.resolve(CANDIDATES)
    if theirs is not None and ours is not None:
        _fetch_folders(relay, repository.commit(theirs).tree, changed_files(relay, ours))


def changed_files(relay: Registry, ours: ObjectId) -> list[str]:
    """What of ours was not sent yet."""
    before = known_sent(relay) or EMPTY_TREE
    changed = relay.repository.changed_paths(before, ours, f"{FOLDER}/")
    return [path for status, path in changed if status != "D"]


def _fetch_folders(relay: Registry, root: ObjectId, files: list[str]) -> None:
    """Level by level: experiments/<experiment> with what is directly in it, then .../candidates/<two hex digits>."""
    folders = {parent for file in files for parent in PurePosixPath(file).parents}
    for depth, partial in ((2, "tree:1"), (4, "tree:0")):
        wanted = {folder.as_posix() for folder in folders if len(folder.parts) == depth}
        found = [relay.repository.entry(root, folder) for folder in sorted(wanted)]
        ids = [entry.id for entry in found if entry and entry.is_folder]
        if ids:
            relay.repository.fetch_objects(relay.remote or "", ids, partial)


def remember_sent(registry: Registry, ours: ObjectId) -> None:
    """Notes what was sent by way of a relay."""
    before = known_sent(registry)
    if before != ours:
        registry.repository.update_refs([RefUpdate(sent_ref(registry), ours, before or ZERO)], "gitreg: sent")
