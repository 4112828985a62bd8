"""Releasing: what review accepted and no tag covers yet is signed, each by a tag of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gitreg.artifacts import parse_dvc_file, verify_stored
from gitreg.documents import layout
from gitreg.domain.digest import Digest
from gitreg.domain.manifest import Manifest
from gitreg.domain.model import Model, ModelVersion
from gitreg.domain.record import Person
from gitreg.domain.statement import Action, Statement
from gitreg.domain.trust import Permission, Role, Roles
from gitreg.domain.version import VersionNumber
from gitreg.errors import AnswerIsNoError, ConflictError, CredentialsError, GateError, NotFoundError
from gitreg.gitrepo import ZERO, ObjectId, RefUpdate
from gitreg.signing import (
    SigningKey,
    find_signing_key,
    format_tag,
    parse_allowed_signers,
    parse_revoked_keys,
    sign,
)
from gitreg.store import MANIFEST_LIMIT, Author, Snapshot
from gitreg.workflows import proposals
from gitreg.workflows.exchange import fetch, send
from gitreg.workflows.find import models_in, versions_of
from gitreg.workflows.registry import Registry
from gitreg.workflows.stages import assignments
from gitreg.workflows.storage import open_storage


@dataclass(frozen=True)
class Due:
    """Something that was accepted and waits for a signature.

    Args:
        tag: full ref name of the tag to come.
        commit: the commit of the accepted branch that brought it.
        statement: what will be signed.
    """

    tag: str
    commit: ObjectId
    statement: Statement


@dataclass(frozen=True)
class Signer:
    """The key that signs here, and whose it is by the accepted trust files."""

    key: SigningKey
    person: str
    principal: str


def merge_proposals(
    registry: Registry, author: Author, *, model: str | None = None, version: VersionNumber | None = None
) -> list[proposals.Proposal]:
    """Merges open proposals into the accepted branch here: those of a model or version, where one is named.

    Raises:
        NotFoundError: if there is none.
        ConflictError: if one does not fit any more; those before it stay merged.
    """
    chosen = [
        proposal
        for proposal in proposals.open_proposals(registry)
        if model in {None, proposal.model} and (version is None or proposal.name.endswith(f"/v{version}"))
    ]
    for proposal in chosen:
        proposals.merge(registry, proposal, author)
    return chosen


def refresh(registry: Registry, author: Author) -> None:
    """Brings the remote's news before anything is decided."""
    fetch(registry, author)


def due(registry: Registry, *, model: str | None = None, version: VersionNumber | None = None) -> list[Due]:
    """What the accepted branch holds and no tag covers yet: versions first, then retirements, then stages."""
    accepted = registry.accepted
    found: list[Due] = []
    for slug in models_in(accepted):
        record = accepted.record(Model, layout.model_path(slug)) if model in {None, slug} else None
        if record is not None:
            found += _versions_due(registry, accepted, record)
            found += _retirements_due(registry, accepted, record)
            found += _stages_due(registry, accepted, record)
    return [one for one in found if version is None or one.statement.version == version]


def release(registry: Registry, dues: list[Due], author: Author) -> list[str]:
    """Signs each, in order, and sends each tag alone, so that its name is the compare-and-swap.

    Returns:
        the tags' full ref names.

    Raises:
        CredentialsError: if the key is missing, or may not sign this.
        AnswerIsNoError: if artifacts are missing from the storage, or a gate had failed.
        ConflictError: if somebody else made the same tag first; the local one is then gone.
    """
    accepted = registry.accepted
    signer = find_signer(registry, accepted)
    for one in dues:
        _require_role(accepted, signer, one.statement)
        if one.statement.action == "release":
            _require_content(registry, accepted, one.statement)
    return [_sign(registry, one, signer, author) for one in dues]


def find_signer(registry: Registry, accepted: Snapshot) -> Signer:
    """Whose key Git is configured to sign with, by the accepted trust files.

    Raises:
        CredentialsError: if there is no key, or it is nobody's, or it is revoked.
    """
    config = registry.repository.config
    key = find_signing_key(
        format=config("gpg.format"),
        key=config("user.signingkey"),
        program=config("gpg.ssh.program"),
        environ=registry.environ,
    )
    roles = accepted.record(Roles, layout.ROLES)
    signers = parse_allowed_signers(accepted.file(layout.ALLOWED_SIGNERS) or b"")
    revoked = parse_revoked_keys(accepted.file(layout.REVOKED_KEYS) or b"")
    if key.public in revoked:
        raise CredentialsError(f"the key {key.public.fingerprint} is revoked")
    principal = next((signer.principal for signer in signers if signer.key == key.public), None)
    people = roles.people if roles else {}
    person = next((name for name, entry in people.items() if entry.principal == principal), None)
    if principal is None or person is None:
        raise CredentialsError(
            f"the key {key.public.fingerprint} is not among this registry's signers",
            hint=f"ask a signer to add it to {layout.ALLOWED_SIGNERS} and {layout.ROLES}",
        )
    return Signer(key, person, principal)


def permission_for(role: Role, action: Action, stage: str | None) -> Permission | None:
    """The permission that an act needs; None where nobody has it."""
    if action != "assign":
        return role.release
    return role.assign.get(stage or "") if isinstance(role.assign, dict) else role.assign


def _versions_due(registry: Registry, accepted: Snapshot, model: Model) -> Iterator[Due]:
    for number in versions_of(accepted, model.slug):
        tag = layout.version_tag(model.slug, number)
        if registry.repository.resolve(tag) is None:
            path = layout.version_path(model.slug, number)
            yield Due(
                tag,
                _commit_of(registry, accepted, path),
                _statement(registry, accepted, "release", model.slug, number),
            )


def _retirements_due(registry: Registry, accepted: Snapshot, model: Model) -> Iterator[Due]:
    for number in sorted(model.retired):
        tag = layout.retire_tag(model.slug, number)
        if registry.repository.resolve(tag) is None:
            commit = _commit_where(
                registry, accepted, model.slug, lambda record, number=number: number in record.retired
            )
            yield Due(tag, commit, _statement(registry, accepted, "retire", model.slug, number))


def _stages_due(registry: Registry, accepted: Snapshot, model: Model) -> Iterator[Due]:
    known = {ref.name.split("/")[4] for ref in registry.repository.refs(f"refs/tags/stage/{model.slug}/")}
    for stage in sorted(known | model.stages.keys()):
        chain = assignments(registry, model.slug, stage)
        version = model.stages.get(stage)
        last = chain[-1][1] if chain else None
        if (last.version if last else None) == version:
            continue
        sequence = (chain[-1][0] if chain else 0) + 1
        commit = _commit_where(
            registry, accepted, model.slug, lambda record, s=stage, v=version: record.stages.get(s) == v
        )
        statement = _statement(
            registry, accepted, "assign", model.slug, version,
            stage=stage, sequence=sequence, previous=last.digest if last else None,
        )  # fmt: skip
        yield Due(layout.stage_tag(model.slug, stage, sequence), commit, statement)


def _statement(
    registry: Registry,
    accepted: Snapshot,
    action: Action,
    model: str,
    version: VersionNumber | None,
    **stage: object,
) -> Statement:
    record = manifest = None
    if version is not None:
        text = accepted.file(layout.version_path(model, version))
        listing = accepted.file(layout.version_manifest_path(model, version), limit=MANIFEST_LIMIT)
        if text is None or listing is None:
            raise NotFoundError(
                f"the accepted branch has no whole {model} {version}", hint=f"gitreg validate models/{model}"
            )
        record, manifest = Digest.of(text), Digest.of(listing)
    return Statement(
        registry=registry.settings.id, action=action, model=model, version=version, record=record, manifest=manifest, **stage  # type: ignore[arg-type]
    )  # fmt: skip


def _commit_of(registry: Registry, accepted: Snapshot, path: str) -> ObjectId:
    """The commit of the accepted branch that brought a file that never changes."""
    history = registry.repository.history(_tip(accepted), path, first_parent=True)
    if not history:
        raise NotFoundError(f"no commit of the accepted branch brought {path}")
    return history[-1]


def _commit_where(registry: Registry, accepted: Snapshot, model: str, holds: object) -> ObjectId:
    """The commit since which the model's record has said so without a break."""
    path = layout.model_path(model)
    since = _tip(accepted)
    for commit in registry.repository.history(since, path, first_parent=True):
        record = Snapshot(registry.repository, commit).record(Model, path)
        if record is None or not holds(record):  # type: ignore[operator]
            break
        since = commit
    return since


def _tip(accepted: Snapshot) -> ObjectId:
    if accepted.commit is None:
        raise NotFoundError("there is no accepted branch", hint="gitreg init")
    return accepted.commit


def _require_role(accepted: Snapshot, signer: Signer, statement: Statement) -> None:
    roles = accepted.record(Roles, layout.ROLES)
    role = roles.role_of(statement.model) if roles else None
    permission = permission_for(role, statement.action, statement.stage) if role else None
    if permission is None or signer.person not in permission.by:
        raise CredentialsError(
            f"{signer.person} may not sign '{statement.title}'",
            hint=f"the roles are in {layout.ROLES} of the accepted branch",
        )


def _require_content(registry: Registry, accepted: Snapshot, statement: Statement) -> None:
    version = statement.version
    assert version is not None  # noqa: S101 - a release has one, by Statement's own law
    record = accepted.record(ModelVersion, layout.version_path(statement.model, version))
    if record is None:
        raise NotFoundError(f"there is no {statement.model} {version}")
    failed = [result.detail for result in record.gates if result.result == "failed"]
    if failed:
        raise GateError(f"{record} did not pass its gates: {'; '.join(failed)}")
    listing = accepted.file(layout.version_manifest_path(record.model, version), limit=MANIFEST_LIMIT) or b""
    dvc = accepted.file(layout.version_dvc_path(record.model, version)) or b""
    if Digest.of(listing) != record.artifacts.manifest:
        raise AnswerIsNoError(f"{record}: its manifest is not the one its record names")
    storage = open_storage(registry, accepted)
    folder = registry.cache.folder(parse_dvc_file(dvc).md5, Manifest.parse(listing), storage)
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
    except ConflictError:
        registry.repository.update_refs([RefUpdate(one.tag, ZERO, tag)], "gitreg: somebody else was faster")
        raise
    return one.tag
