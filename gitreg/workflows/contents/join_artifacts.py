"""Manifests and DVC files that two clones changed for one record: those of one side stay, whole.

Which side's is decided as the record's own `artifacts` is when it is merged key by key (documents/merging.py): its text comes first.
So the three files fit together in every clone, whoever joins whom; the record names the other side's until somebody decides.
"""

from __future__ import annotations

from collections.abc import Iterable

from gitreg.documents import places
from gitreg.documents.leaves import leaves_of
from gitreg.documents.reader import read
from gitreg.domain.candidate import Candidate
from gitreg.domain.logged_model import LoggedModel
from gitreg.errors import RecordError
from gitreg.gitrepo import ObjectId, Repository
from gitreg.store import MANIFEST_LIMIT

_ARTIFACTS = ("artifacts",)


def chosen_file(
    repository: Repository, commits: Iterable[ObjectId], path: str, ours: bytes, theirs: bytes
) -> bytes | None:
    """The file that goes with the joined record.

    Args:
        repository: where the commits are.
        commits: those that are joined: each side is the file of one of them.
        path: of the file.
        ours: one side's.
        theirs: the other side's.

    Returns:
        None where the file is none of a candidate's or logged model's, or a side's record does not say what it holds.
    """
    owner = places.logged_owner(path)
    if owner is None or owner == path:
        return None
    claims: dict[bytes, str] = {}
    for commit in commits:
        content = repository.blob_at(commit, path, limit=MANIFEST_LIMIT)
        claim = _claim(repository.blob_at(commit, owner), owner) if content in (ours, theirs) else None
        if content is not None and claim is not None:
            claims[content] = min(claim, claims.get(content, claim))
    if not {ours, theirs} <= claims.keys():
        return None
    return min((ours, theirs), key=lambda content: (claims[content], content))


def _claim(text: bytes | None, path: str) -> str | None:
    """What a record says of its artifacts, as it is compared when records are merged."""
    if text is None:
        return None
    try:
        record = read(text, Candidate, path) if places.candidate_of(path) else read(text, LoggedModel, path)
    except RecordError:
        return None
    return leaves_of(record).get(_ARTIFACTS)
