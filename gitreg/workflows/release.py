"""Releasing: what review accepted and no tag covers yet is signed, each by a tag of its own."""

from __future__ import annotations

from gitreg.artifacts import parse_dvc_file, verify_stored
from gitreg.documents import layout, places
from gitreg.domain.digest import Digest
from gitreg.domain.manifest import Manifest
from gitreg.domain.model import Model, ModelVersion
from gitreg.domain.record import Person
from gitreg.domain.statement import Statement
from gitreg.errors import AnswerIsNoError, GateError, GitregError, NotFoundError, RecordError
from gitreg.gitrepo import ZERO, RefUpdate
from gitreg.signing import format_tag, sign
from gitreg.store import MANIFEST_LIMIT, Author, Snapshot
from gitreg.workflows.due import Due, due
from gitreg.workflows.exchange import fetch, send
from gitreg.workflows.registry import Registry
from gitreg.workflows.signer import Signer, find_signer, require_role
from gitreg.workflows.storage import open_storage

__all__ = ["Due", "due", "refresh", "release"]


def refresh(registry: Registry, author: Author) -> None:
    """Brings the remote's news before anything is decided."""
    fetch(registry, author)


def release(registry: Registry, dues: list[Due], author: Author) -> list[str]:
    """Signs each, in order, and sends each tag alone, so that its name is the compare-and-swap.

    Returns:
        the tags' full ref names.

    Raises:
        CredentialsError: if the key is missing, or may not sign this.
        AnswerIsNoError: if a gate had failed, a record is not what it should be, or a retired version would serve.
        VerificationError: if artifacts are missing from the storage.
        ConflictError: if somebody else made the same tag first; the local one is then gone, as after every failed push.
    """
    accepted = registry.accepted
    signer = find_signer(registry, accepted)
    for one in dues:
        require_role(accepted, signer, one.statement)
        _require_not_retired(accepted, one.statement)
        if one.statement.action == "release":
            _require_content(registry, accepted, one.statement)
    return [_sign(registry, one, signer, author) for one in dues]


def _require_not_retired(accepted: Snapshot, statement: Statement) -> None:
    """A merge can bring together what no proposal would: a version retired here and assigned there."""
    model = accepted.record(Model, places.model_path(statement.model))
    if statement.action == "assign" and model is not None and statement.version in model.retired:
        raise AnswerIsNoError(
            f"{statement.model} {statement.version} is retired, and would serve in {statement.stage}",
            hint=f"gitreg rollback {statement.model} {statement.stage}",
        )


def _require_content(registry: Registry, accepted: Snapshot, statement: Statement) -> None:
    version = statement.version
    assert version is not None  # noqa: S101 - a release has one, by Statement's own law
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
    dvc = accepted.file(layout.version_dvc_path(record.model, version)) or b""
    if Digest.of(listing) != record.artifacts.manifest:
        raise RecordError(f"it is not the manifest that {record} names", place=path)
    if Digest.of(raw) != record.candidate.record:
        place = layout.version_candidate_path(record.model, version)
        raise RecordError(f"it is not the candidate that {record} names", place=place)
    try:
        manifest = Manifest.parse(listing)
    except ValueError as error:
        raise RecordError(str(error), place=path) from error
    storage = open_storage(registry, accepted)
    folder = registry.cache.folder(parse_dvc_file(dvc).md5, manifest, storage)
    verify_stored(folder, registry.cache, storage, deep=False)


def _sign(registry: Registry, one: Due, signer: Signer, author: Author) -> str:
    name = one.tag.removeprefix("refs/tags/")
    tagger = Person(name=author.name, email=signer.principal)
    payload = format_tag(
        one.commit, name, str(tagger), int(author.when.timestamp()), "+0000", one.statement.message()
    )
    signature = sign(payload, signer.key, "git", registry.environ)
    tag = registry.repository.write_tag(payload + signature)
    registry.repository.update_refs([RefUpdate(one.tag, tag, ZERO)], f"gitreg: {one.statement.title}")
    try:
        send(registry, one.tag, tag, None)
    except GitregError:
        # a tag that is only here is no release; left here, it would hide that the release is still due
        registry.repository.update_refs([RefUpdate(one.tag, ZERO, tag)], "gitreg: not sent")
        raise
    return one.tag
