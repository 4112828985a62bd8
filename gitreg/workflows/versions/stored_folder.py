"""A candidate's artifacts as they are stored: paths and proofs from its manifest, places from DVC's listing."""

from __future__ import annotations

from gitreg.artifacts import StoredFolder, parse_dvc_file
from gitreg.artifacts.storage import Storage
from gitreg.documents import places
from gitreg.domain.candidate import Candidate
from gitreg.domain.digest import Digest
from gitreg.domain.manifest import Manifest
from gitreg.errors import AnswerIsNoError, RecordError
from gitreg.store import MANIFEST_LIMIT
from gitreg.workflows.registry import Registry


def stored_folder(registry: Registry, candidate: Candidate, storage: Storage) -> StoredFolder:
    """A candidate's artifacts as they are stored: manifest from the record, places from DVC's listing.

    Raises:
        AnswerIsNoError: if it has none, or the manifest beside it is not the one that it names.
        RecordError: if one of the files is malformed.
    """
    manifest_path = places.candidate_manifest_path(candidate.experiment, candidate.id)
    manifest = registry.candidates.file(manifest_path, limit=MANIFEST_LIMIT)
    dvc = registry.candidates.file(places.candidate_dvc_path(candidate.experiment, candidate.id))
    if manifest is None or dvc is None or candidate.artifacts is None:
        raise AnswerIsNoError(
            f"{candidate} has no artifacts", hint=f"gitreg log {candidate.experiment} -a PATH"
        )
    if Digest.of(manifest) != candidate.artifacts.manifest:
        raise AnswerIsNoError(
            f"{manifest_path} is not the manifest that {candidate} names",
            hint=f"git log {places.CANDIDATES_BRANCH} -- {manifest_path}",
        )
    try:
        parsed = Manifest.parse(manifest)
    except ValueError as error:
        raise RecordError(str(error), place=manifest_path) from error
    return registry.cache.folder(parse_dvc_file(dvc).md5, parsed, storage)


def recorded_size(candidate: Candidate) -> int:
    """How many bytes a candidate's artifacts have, by its record."""
    return candidate.artifacts.size if candidate.artifacts else 0
