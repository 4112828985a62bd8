"""Releasing: what review accepted and no tag covers yet is signed, each by a tag of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gitreg.artifacts import parse_dvc_file, verify_stored
from gitreg.documents import layout, places
from gitreg.domain.digest import Digest
from gitreg.domain.manifest import Manifest
from gitreg.domain.model import Model, ModelVersion
from gitreg.domain.statement import Statement
from gitreg.domain.version import VersionNumber
from gitreg.errors import AnswerIsNoError, GateError, NotFoundError, RecordError
from gitreg.store import MANIFEST_LIMIT, Author, Snapshot
from gitreg.workflows.publishing.exchange import fetch
from gitreg.workflows.registry import Registry
from gitreg.workflows.releasing.quorum import backed, shortage
from gitreg.workflows.releasing.reviewed import Review
from gitreg.workflows.releasing.sign_tag import Signing, sign_tag
from gitreg.workflows.releasing.signer import find_signer, require_role
from gitreg.workflows.storage import open_storage
from gitreg.workflows.versions.check_gates import require_gates
from gitreg.workflows.versions.due import Due, due

__all__ = ["Due", "due", "refresh", "release"]


def refresh(registry: Registry, author: Author) -> None:
    """Brings the remote's news before anything is decided."""
    fetch(registry, author)


def release(
    registry: Registry, dues: Sequence[Due], author: Author, reviews: Mapping[str, Review] | None = None
) -> list[str]:
    """Signs each, in order, and sends each tag alone, so that its name is the compare-and-swap.

    Args:
        registry: the registry.
        dues: what to sign.
        author: whoever signs, and when.
        reviews: what the forge knows of their reviews, by their tags; it is frozen into what is signed.

    Returns:
        the tags' full ref names.

    Raises:
        CredentialsError: if the key is missing, or may not sign this.
        AnswerIsNoError: if it takes more people, a gate had failed, a record is not what it should be, or a retired version
            would serve.
        VerificationError: if artifacts are missing from the storage, or nobody would accept what was signed.
        ConflictError: if somebody else made the same tag first; the local one is then gone, as after every failed push.
    """
    accepted = registry.accepted
    signing = Signing(registry, accepted, find_signer(registry, accepted), author)
    ready = [_require_ready(signing, one, reviews or {}) for one in dues]
    return [sign_tag(signing, one) for one in ready]


def _require_ready(signing: Signing, one: Due, reviews: Mapping[str, Review]) -> Due:
    """What will be signed, when all that is asked of it holds."""
    registry, accepted, signer = signing.registry, signing.accepted, signing.signer
    require_role(accepted, signer, one.statement)
    (behind,) = backed(registry, signing.case, [one], reviews)
    if (short := shortage(signing.case, behind, signer.person)) is not None:
        raise short
    require_sound(accepted, one.statement)
    if one.statement.action == "release":
        _require_content(registry, accepted, one.statement)
        require_gates(registry, accepted, one)
    return replace(behind.due, statement=_frozen(one.statement, behind.review))


def require_sound(accepted: Snapshot, statement: Statement) -> None:
    """Refuses what should not be signed or approved, whoever does it.

    Raises:
        AnswerIsNoError: if a retired version would serve, a gate had failed, or a record is not what it should be.
    """
    _require_not_retired(accepted, statement)
    if statement.action == "release":
        _require_records(accepted, statement)


def _frozen(statement: Statement, review: Review | None) -> Statement:
    """With the review that the forge reported, as long as its words can stand in a statement."""
    if review is None:
        return statement
    try:
        return replace(
            statement, merge_request=review.url, approved_by=tuple(dict.fromkeys(review.approvers))
        )
    except ValueError as error:
        raise RecordError(f"the forge reports a review that cannot be recorded: {error}") from error


def _require_not_retired(accepted: Snapshot, statement: Statement) -> None:
    """A merge can bring together what no proposal would: a version retired here and assigned there."""
    model = accepted.record(Model, places.model_path(statement.model))
    if statement.action == "assign" and model is not None and statement.version in model.retired:
        raise AnswerIsNoError(
            f"{statement.model} {statement.version} is retired, and would serve in {statement.stage}",
            hint=f"gitreg rollback {statement.model} {statement.stage}",
        )


def _require_records(accepted: Snapshot, statement: Statement) -> None:
    version = _version(statement)
    record = accepted.record(ModelVersion, layout.version_path(statement.model, version))
    if record is None:
        raise NotFoundError(f"there is no {statement.model} {version}", hint="gitreg validate")
    failed = [result.detail for result in record.gates if result.result == "failed"]
    if failed:
        raise GateError(
            f"{record} did not pass its gates: {'; '.join(failed)}", hint="promote a candidate that does"
        )
    path = layout.version_manifest_path(record.model, version)
    listing = accepted.file(path, limit=MANIFEST_LIMIT) or b""
    raw = accepted.file(layout.version_candidate_path(record.model, version)) or b""
    if Digest.of(listing) != record.content.manifest:
        raise RecordError(f"it is not the manifest that {record} names", place=path)
    if Digest.of(raw) != record.origin.record:
        place = layout.version_candidate_path(record.model, version)
        raise RecordError(f"it is not the candidate that {record} names", place=place)


def _require_content(registry: Registry, accepted: Snapshot, statement: Statement) -> None:
    version = _version(statement)
    path = layout.version_manifest_path(statement.model, version)
    listing = accepted.file(path, limit=MANIFEST_LIMIT) or b""
    dvc = accepted.file(layout.version_dvc_path(statement.model, version)) or b""
    try:
        manifest = Manifest.parse(listing)
    except ValueError as error:
        raise RecordError(str(error), place=path) from error
    storage = open_storage(registry, accepted)
    folder = registry.cache.folder(parse_dvc_file(dvc).md5, manifest, storage)
    verify_stored(folder, registry.cache, storage, deep=False)


def _version(statement: Statement) -> VersionNumber:
    assert statement.version is not None  # noqa: S101 - a release has one, by Statement's own law
    return statement.version
