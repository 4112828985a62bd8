"""What a verifier would rest on if it looked at this clone now: so that nothing is signed that no verifier accepts.

The trust files are those of the accepted tip as this clone knows it. Whether the root keys signed them, verification asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gitreg.documents import places
from gitreg.documents.reader import read
from gitreg.domain.trust import Root
from gitreg.errors import NotFoundError
from gitreg.gitrepo import ObjectId
from gitreg.store import Snapshot
from gitreg.workflows.registry import Registry
from gitreg.workflows.verification.case import Case, Trust
from gitreg.workflows.verification.root import TRUST_FILES, trust_from
from gitreg.workflows.verification.seen import Seen

TAGS = "refs/tags/"


def signing_case(registry: Registry, accepted: Snapshot) -> Case:
    """The clone's own refs and the accepted tip's trust files, as the steps of verification take them.

    Raises:
        NotFoundError: if there is no accepted branch, or it has no trust files.
        RecordError: if one of them is malformed.
    """
    if accepted.commit is None:
        raise NotFoundError("there is no accepted branch", hint="gitreg init")
    refs = {ref.name: ref.id for ref in registry.repository.refs(TAGS)}
    return Case(
        repository=registry.repository,
        tip=accepted.commit,
        refs=refs,
        trust=trust_at(registry, accepted),
        seen=Seen(registry.settings.id),
        environ=registry.environ,
        retired=True,
    )


def trust_at(registry: Registry, snapshot: Snapshot) -> Trust:
    """What the trust files of a commit say.

    Raises:
        NotFoundError: if one is missing; RecordError if one is malformed.
    """
    root = read(_file(snapshot, places.ROOT), Root, places.ROOT)
    files = {name: _file(snapshot, path) for name, path in TRUST_FILES.items() if name in root.files}
    return trust_from(registry.settings, root, files)


def with_tags(case: Case, tags: Mapping[str, ObjectId]) -> Case:
    """The case as it would be with some more tags."""
    return replace(case, refs={**case.refs, **tags})


def _file(snapshot: Snapshot, path: str) -> bytes:
    content = snapshot.file(path)
    if content is None:
        hint = "gitreg init" if path == places.ROOT else "gitreg doctor"
        raise NotFoundError(f"the accepted branch has no {path}", hint=hint)
    return content
