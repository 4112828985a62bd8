"""Steps 8 and 9, review and record: the commit is of the accepted branch, and holds what was signed, unchanged since."""

from __future__ import annotations

from dataclasses import dataclass

from gitreg.documents import layout
from gitreg.documents.reader import read
from gitreg.domain.candidate import Candidate
from gitreg.domain.digest import Digest
from gitreg.domain.manifest import Manifest
from gitreg.domain.model import CandidateSource, ModelVersion
from gitreg.domain.statement import Statement
from gitreg.domain.version import VersionNumber
from gitreg.errors import VerificationError
from gitreg.gitrepo import ObjectId
from gitreg.store import MANIFEST_LIMIT, Snapshot
from gitreg.workflows.verification.case import Case, refuse_unless, required
from gitreg.workflows.verification.statements import Claim


@dataclass(frozen=True)
class Reviewed:
    """A commit on the accepted branch's line of first parents."""

    commit: ObjectId

    @property
    def detail(self) -> str:
        """For the report."""
        return f"commit {self.commit[:12]} is on the accepted branch"


@dataclass(frozen=True)
class Recorded:
    """A version's record, its manifest and the candidate it was made from, as signed."""

    version: ModelVersion
    manifest: Manifest
    digest: Digest
    candidate: Candidate

    @property
    def detail(self) -> str:
        """For the report."""
        return f"version.yaml is {self.digest}, manifest of {len(self.manifest.entries)} files as signed"


def check_review(case: Case, claim: Claim) -> Reviewed:
    """Step 8: the accepted branch's tip has the commit among its first parents.

    Raises:
        VerificationError: step `review`.
    """
    refuse_unless(
        _is_accepted(case, claim.commit),
        "review",
        f"commit {claim.commit[:12]} is not on the accepted branch, so nobody accepted it",
    )
    return Reviewed(claim.commit)


def _is_accepted(case: Case, commit: ObjectId) -> bool:
    if case.line is not None:
        return commit in case.line
    return case.repository.is_first_parent_ancestor(commit, case.tip)


def check_record(case: Case, claim: Claim) -> Recorded:
    """Step 9: record, manifest and candidate at the commit are what was signed, and what the accepted tip still holds.

    Git names objects by SHA-1, so the bytes are hashed again here.

    Raises:
        VerificationError: step `record`.
    """
    version = claim.statement.version
    if version is None:
        raise VerificationError("the statement is of no version", step="record")
    at = Snapshot(case.repository, claim.commit)
    recorded = _recorded(at, claim.statement, version)
    for path in _final_paths(claim.statement.model, version):
        _check_unchanged(case, at, path)
    return recorded


def _recorded(at: Snapshot, statement: Statement, version: VersionNumber) -> Recorded:
    path = layout.version_path(statement.model, version)
    listing_path = layout.version_manifest_path(statement.model, version)
    content, listing = required(at, path), required(at, listing_path, limit=MANIFEST_LIMIT)
    digest = Digest.of(content)
    refuse_unless(
        digest == statement.record, "record", f"{path} is {digest}, and {statement.record} was signed"
    )
    found = Digest.of(listing)
    refuse_unless(
        found == statement.manifest,
        "record",
        f"{listing_path} is {found}, and {statement.manifest} was signed",
    )
    record, manifest = read(content, ModelVersion, path), Manifest.parse(listing)
    origin, artifacts = record.candidate, record.artifacts
    if origin is None or artifacts is None:
        raise VerificationError(
            f"{path} was registered from {record.elsewhere}, so nobody can prove what it is", step="record"
        )
    named = (record.model, record.version, artifacts.manifest, artifacts.files)
    refuse_unless(
        named == (statement.model, version, found, len(manifest.entries)),
        "record",
        f"{path} is of another version or manifest than its place",
    )
    return Recorded(record, manifest, digest, _candidate(at, record, origin))


def _candidate(at: Snapshot, record: ModelVersion, origin: CandidateSource) -> Candidate:
    path = layout.version_candidate_path(record.model, record.version)
    content = required(at, path)
    found = Digest.of(content)
    refuse_unless(
        found == origin.record,
        "record",
        f"{path} is {found}, and the version names {origin.record}",
    )
    candidate = read(content, Candidate, path)
    refuse_unless(
        (candidate.id, candidate.experiment) == (origin.id, origin.experiment),
        "record",
        f"{path} is another candidate than the version names",
    )
    return candidate


def _final_paths(model: str, version: VersionNumber) -> tuple[str, str, str]:
    return (
        layout.version_path(model, version),
        layout.version_manifest_path(model, version),
        layout.version_candidate_path(model, version),
    )


def _check_unchanged(case: Case, at: Snapshot, path: str) -> None:
    """One object id at both commits is one object; another id is another content, whatever it says."""
    ids = [_file_id(snapshot, path) for snapshot in (at, case.accepted)]
    refuse_unless(
        ids[0] == ids[1] is not None,
        "record",
        f"{path} was changed on the accepted branch after it was signed",
    )


def _file_id(snapshot: Snapshot, path: str) -> ObjectId | None:
    entry = snapshot.repository.entry(snapshot.tree, path) if snapshot.tree else None
    return entry.id if entry is not None and entry.is_file else None
