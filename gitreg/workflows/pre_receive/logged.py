"""Whether a version's candidate was logged here. A server has the candidate branch whole, the inbox, and what is pushed."""

from __future__ import annotations

from collections.abc import Iterator

from gitreg.documents import places
from gitreg.domain.model import ModelVersion
from gitreg.errors import RecordError
from gitreg.gitrepo import ObjectId, Repository
from gitreg.store import Snapshot
from gitreg.workflows.pre_receive.push import Push
from gitreg.workflows.remote_refs import INBOX

NOT_LOGGED = "GR108"
"""The rule that asks this of a clone: candidate_was_logged.py. It knows of no inbox but a remote's."""


def is_logged(push: Push, after: ObjectId, copy: str) -> bool:
    """Whether a version's `candidate.yaml` is, byte for byte, what some candidate ever was.

    Args:
        push: the push.
        after: the commit that has the version.
        copy: the path of its `candidate.yaml`.
    """
    record = _version(Snapshot(push.repository, after), copy)
    blob = _blob(push.repository, after, copy)
    if record is None or record.candidate is None or blob is None:
        return False
    path = places.candidate_path(record.candidate.experiment, record.candidate.id)
    return any(_had(push.repository, tip, path, blob) for tip in _tips(push))


def _version(snapshot: Snapshot, copy: str) -> ModelVersion | None:
    try:
        return snapshot.record(ModelVersion, f"{copy.rpartition('/')[0]}/version.yaml")
    except RecordError:
        return None


def _tips(push: Push) -> Iterator[ObjectId]:
    if push.candidates:
        yield push.candidates
    yield from (ref.id for ref in push.repository.refs(INBOX) if ref.kind == "commit")
    yield from (one.new for one in push.updates.values() if one.new and one.ref.startswith(INBOX))


def _had(repository: Repository, tip: ObjectId, path: str, blob: ObjectId) -> bool:
    if not _is_commit(repository, tip):
        return False
    if _blob(repository, tip, path) == blob:
        return True
    line = repository.history(tip, path, first_parent=False)
    return any(_blob(repository, commit, path) == blob for commit in line)


def _is_commit(repository: Repository, id_: ObjectId) -> bool:
    found = repository.find(id_)
    return found is not None and found.kind == "commit"


def _blob(repository: Repository, commit: ObjectId, path: str) -> ObjectId | None:
    entry = repository.entry(repository.commit(commit).tree, path)
    return entry.id if entry is not None and entry.is_file else None
