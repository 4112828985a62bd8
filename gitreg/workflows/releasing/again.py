"""What must be signed again: releases and stages whose signature was good once and is not any more. Signs nothing.

A release is proven by any good signature, so a new one is made beside the old: `resign/<model>/v<version>/<k>`. A stage is what
its newest assignment says, so the same version is assigned once more. The old tags stay as they are: they are history.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gitreg.documents import layout, places
from gitreg.domain.digest import Digest
from gitreg.domain.model import Model
from gitreg.domain.statement import Statement
from gitreg.domain.version import VersionNumber
from gitreg.errors import AnswerIsNoError, GitregError, NotFoundError, VerificationError
from gitreg.gitrepo import ObjectId
from gitreg.store import Snapshot
from gitreg.workflows.registry import Registry
from gitreg.workflows.releasing.signing_case import signing_case, trust_at
from gitreg.workflows.releasing.waiting import Waiting
from gitreg.workflows.searching.find import models_in
from gitreg.workflows.verification.approvals import REFUSALS
from gitreg.workflows.verification.case import Case, Trust, refuse_unless
from gitreg.workflows.verification.record import check_record, check_review
from gitreg.workflows.verification.role import check_role
from gitreg.workflows.verification.root import TRUST_FILES
from gitreg.workflows.verification.signer import check_signature
from gitreg.workflows.verification.stage import check_chain
from gitreg.workflows.verification.statements import Claim, check_name, check_object
from gitreg.workflows.versions.due import Due, next_assignment
from gitreg.workflows.versions.stages import assignments


def again(
    registry: Registry, *, model: str | None = None, version: VersionNumber | None = None
) -> tuple[list[Due], list[Waiting]]:
    """What would be signed again, releases before stages; and what is no good and cannot be, with the reason.

    Raises:
        NotFoundError: if the model that is named is not there.
    """
    accepted = registry.accepted
    case = signing_case(registry, accepted)
    models = models_in(accepted)
    if model is not None and model not in models:
        raise NotFoundError(f"there is no model {model}", hint="gitreg model list")
    dues: list[Due] = []
    waiting: list[Waiting] = []
    for slug in models if model is None else [model]:
        for found in [*_releases(registry, case, slug, version), *_stages(registry, case, accepted, slug)]:
            if isinstance(found, Waiting):
                waiting.append(found)
            elif version in {None, found.statement.version}:
                dues.append(found)
    return dues, waiting


def _releases(
    registry: Registry, case: Case, model: str, only: VersionNumber | None
) -> Iterator[Due | Waiting]:
    versions = {tag.version for tag in case.known.tags if tag.model == model and tag.version}
    for version in sorted(versions if only is None else versions & {only}):
        tags = [tag for tag in case.known.of_version(model, version) if tag.action in {"release", "resign"}]
        faults = [_fault(case, tag.ref) for tag in tags]
        if not tags or None in faults:
            continue
        ref = layout.version_tag(model, version)
        number = max((tag.number or 0 for tag in tags), default=0) + 1
        try:
            claim = _once_good(registry, case, ref)
        except REFUSALS as error:
            yield Waiting(ref, _never(ref, error))
        else:
            statement = _signed_again(claim.statement)
            yield Due(
                layout.resign_tag(model, version, number), claim.commit, statement, why=faults[-1] or ""
            )


def _stages(registry: Registry, case: Case, accepted: Snapshot, model: str) -> Iterator[Due | Waiting]:
    """A stage in which another version should serve by now is due by itself; here it is about the same version."""
    record = accepted.record(Model, places.model_path(model))
    stages = {
        tag.stage for tag in case.known.tags if tag.action == "stage" and tag.model == model and tag.stage
    }
    for stage in sorted(stages) if record else []:
        chain = assignments(registry, model, stage)
        number, newest = chain[-1]
        ref = layout.stage_tag(model, stage, number)
        fault = _fault(case, ref)
        if fault is None or newest.version != (record.stages.get(stage) if record else None):
            continue
        try:
            check_chain(case, check_name(case, check_object(case, ref)), 0)
        except REFUSALS as error:
            yield Waiting(ref, _never(ref, error))
        else:
            yield replace(next_assignment(registry, accepted, newest), why=fault)


def _fault(case: Case, ref: str) -> str | None:
    """Why verification does not believe this signature any more; None when it does."""
    try:
        claim = _unchanged(case, ref)
        check_role(case, claim, check_signature(case, claim))
    except REFUSALS as error:
        return str(error)
    return None


def _unchanged(case: Case, ref: str) -> Claim:
    """What a tag says, where what it is of was accepted and has not changed since."""
    claim = check_name(case, check_object(case, ref))
    check_review(case, claim)
    if claim.statement.version is not None:
        check_record(case, claim)
    return claim


def _once_good(registry: Registry, case: Case, ref: str) -> Claim:
    """What a tag says that was good by an earlier trust root, and whose record is as it was.

    Whoever may push tags can put anything under a name; that it once was a signer's is what a new signature rests on.

    Raises:
        VerificationError: it was never good, or what it is of has changed.
    """
    claim = _unchanged(case, ref)
    first: GitregError | ValueError | None = None
    for commit in _roots(case):
        try:
            then = replace(case, trust=_trust_then(registry, case, commit))
            check_role(then, claim, check_signature(then, claim))
        except REFUSALS as error:
            first = first or error
        else:
            return claim
    raise first or VerificationError("no trust root was ever accepted", step="root")


def _trust_then(registry: Registry, case: Case, commit: ObjectId) -> Trust:
    """Whom the registry trusted at a commit, when its root is one of those that the chain of roots still holds.

    Raises:
        VerificationError: step `root`; whoever could push once may have put other files there.
    """
    at = Snapshot(case.repository, commit)
    trust = trust_at(registry, at)
    kept = {case.accepted.file(path) for path in (places.ROOT, places.root_history_path(trust.root.version))}
    files = {name: at.file(TRUST_FILES[name]) or b"" for name in trust.root.files}
    same = all(Digest.of(content) == trust.root.files[name] for name, content in files.items())
    refuse_unless(
        same and at.file(places.ROOT) in kept, "root", f"the trust files of {commit[:12]} are no root's"
    )
    return trust


def _roots(case: Case) -> list[ObjectId]:
    return case.repository.history(case.tip, places.ROOT, first_parent=True)


def _signed_again(statement: Statement) -> Statement:
    """The same about the version; what a forge reported then, the new signer does not know."""
    return replace(statement, action="resign", merge_request=None, approved_by=())


def _never(ref: str, error: GitregError | ValueError) -> AnswerIsNoError:
    name = ref.removeprefix("refs/tags/")
    return AnswerIsNoError(
        f"{name} is not good, and is not signed again: {error}", hint=f"gitreg verify {name}"
    )
