"""Verifying: is this what was trained, reviewed and signed? Fourteen steps in order; the first refusal ends it.

The steps are those of docs/verification.md. A verdict is made in one place, after all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from gitreg.artifacts.progress import SILENT, Progress
from gitreg.documents import layout
from gitreg.errors import NotFoundError, UsageError, VerificationError
from gitreg.workflows.registry import Registry
from gitreg.workflows.verification.case import Case, trusted_root
from gitreg.workflows.verification.hearing import Written, first_notes, opened_case, remember
from gitreg.workflows.verification.names import Wanted, check_names
from gitreg.workflows.verification.release import ContentStep, Release, check_latest, check_release, check_tag
from gitreg.workflows.verification.result import Log, StepResult, TrustedRoot, Verdict, VerifyOptions
from gitreg.workflows.verification.stage import Assigned, check_stage
from gitreg.workflows.verification.standing import lost_releases

__all__ = ["Failure", "StepResult", "Verdict", "VerifyOptions", "verify", "verify_all"]


@dataclass(frozen=True)
class Failure:
    """A release that was refused, among others that were looked at."""

    tag: str
    error: VerificationError


@dataclass(frozen=True)
class _Answer:
    """What the steps up to 12 found."""

    log: Log
    release: Release
    assigned: Assigned | None
    notes: tuple[str, ...]
    storage: str | None = None


def verify(
    registry: Registry,
    reference: str,
    options: VerifyOptions,
    *,
    now: datetime | None = None,
    progress: Progress = SILENT,
    content: ContentStep | None = None,
) -> Verdict:
    """Verifies a version, what serves in a stage, the latest version, or a release's tag.

    Args:
        registry: the registry; of its repository only the remote's URL, or the refs that count, are used.
        reference: `MODEL@VERSION`, `MODEL@STAGE`, `MODEL@latest`, or a tag's name.
        options: how.
        now: the time to write on the verdict; nothing is decided by it.
        progress: told of the bytes that `content` moves.
        content: what proves bytes: `check_stored` of verify_deep.py, or what pull.py makes; none proves records only.

    Raises:
        VerificationError: refused, naming the step; it is a RefusedError that has what each step said.
        NotFoundError: there is no such version, or nothing in that stage.
        RemoteError: the remote cannot be reached.
    """
    if options.deep and content is None:
        raise UsageError("to prove bytes, verify has to be given how", hint="Call verify_deep.")
    named, wanted = Log().run("names", check_names, reference)
    with opened_case(registry, wanted.model, options, named) as (trusted, case):
        answer = _proven(registry, case, _answer(case, trusted, wanted), content, progress)
        log, _ = answer.log.run("state", _remember, registry, case, [answer])
        notes = (*first_notes(registry, case, options), *answer.notes)
        return _verdict(answer, trusted_root(case), log, notes, now)


def verify_all(
    registry: Registry,
    options: VerifyOptions,
    *,
    now: datetime | None = None,
    progress: Progress = SILENT,
    content: ContentStep | None = None,
) -> list[Verdict | Failure]:
    """Verifies every release, retired ones too, by model and version; one refusal does not end it.

    Raises:
        VerificationError: the registry as a whole is refused (store, root), or what was seen cannot be written.
    """
    named = Log().having("names", "passed", "every release")
    with opened_case(registry, None, replace(options, retired=True), named) as (trusted, case):
        answers = [_one_of_all(case, trusted, ref) for ref in _releases(case)]
        proven = [_with_content(registry, case, one, content, progress) for one in answers]
        _, written = trusted.run(
            "state", _remember, registry, case, [one for one in proven if isinstance(one, _Answer)]
        )
        notes, root = first_notes(registry, case, options), trusted_root(case)
        return [
            one
            if isinstance(one, Failure)
            else _verdict(
                one, root, one.log.having("state", "passed", written.detail), (*notes, *one.notes), now
            )
            for one in (*proven, *(_lost(trusted, ref) for ref in lost_releases(case)))
        ]


def _answer(case: Case, log: Log, wanted: Wanted) -> _Answer:
    """Steps 4 to 12. A stage, or the latest version, is looked for only among what verifies."""
    if wanted.tag is not None:
        log, release = check_tag(case, log, wanted.tag)
        return _Answer(log, release, None, release.notes)
    if wanted.stage is not None:
        _, assigned = log.run("stage", check_stage, case, wanted.model, wanted.stage)
        if assigned.version is None:
            raise NotFoundError(f"no version of {wanted.model} is in {wanted.stage}: it was emptied")
        log, release = check_release(case, log, wanted.model, assigned.version)
        return _Answer(log, release, assigned, (*release.notes, *assigned.notes))
    if wanted.version is not None:
        log, release = check_release(case, log, wanted.model, wanted.version)
        return _Answer(log, release, None, release.notes)
    log, release, passed_over = check_latest(case, log, wanted.model)
    return _Answer(log, release, None, (*release.notes, *passed_over))


def _proven(
    registry: Registry, case: Case, answer: _Answer, content: ContentStep | None, progress: Progress
) -> _Answer:
    """The answer with what step 12 found, and with step 13 where bytes are asked for."""
    if answer.assigned is None:
        log = answer.log.skipped("stage", "no stage was asked for")
    else:
        log = answer.log.having("stage", "passed", answer.assigned.detail)
    if content is None:
        return replace(answer, log=log.skipped("content", "not asked for; --deep or pull proves the bytes"))
    log, proven = log.run("content", content, registry, case, answer.release, progress)
    return replace(answer, log=log, notes=(*answer.notes, *proven.notes), storage=proven.storage)


def _releases(case: Case) -> list[str]:
    """Every tag that says it is a release, by model and version; those of no grammar last."""
    refs = [ref for ref in case.refs if ref.startswith("refs/tags/model/")]
    known = [tag for tag in map(layout.parse_tag, refs) if tag and tag.version]
    known.sort(key=lambda tag: (tag.model, tag.version))
    return [tag.ref for tag in known] + sorted(set(refs) - {tag.ref for tag in known})


def _one_of_all(case: Case, log: Log, ref: str) -> _Answer | Failure:
    try:
        _, wanted = log.run("names", check_names, ref)
        return _answer(case, log, replace(wanted, tag=None))
    except VerificationError as error:
        return Failure(ref, error)


def _lost(log: Log, ref: str) -> Failure:
    """What cannot be listed any more would else be missed by nobody."""
    gone = VerificationError(f"{ref} was seen before and is gone", step="memory")
    return Failure(ref, log.refused("memory", gone))


def _with_content(
    registry: Registry, case: Case, one: _Answer | Failure, content: ContentStep | None, progress: Progress
) -> _Answer | Failure:
    if isinstance(one, Failure):
        return one
    try:
        return _proven(registry, case, one, content, progress)
    except VerificationError as error:
        return Failure(one.release.claim.tag.ref, error)


def _remember(registry: Registry, case: Case, answers: list[_Answer]) -> Written:
    """Step 14: what these answers rest on."""
    assigned = [answer.assigned for answer in answers if answer.assigned]
    tags = {ref: id_ for answer in answers for ref, id_ in answer.release.tags.items()}
    tags |= {one.ref: one.tag for one in assigned}
    storage = next((answer.storage for answer in answers if answer.storage), None)
    return remember(registry, case, tags, {one.stage: one.number for one in assigned}, storage)


def _verdict(
    answer: _Answer, root: TrustedRoot, log: Log, notes: tuple[str, ...], now: datetime | None
) -> Verdict:
    release = answer.release
    return Verdict(
        model=release.model,
        version=release.version,
        tag=release.claim.tag.ref,
        commit=release.claim.commit,
        signer=release.permit.person,
        principal=release.signature.principal,
        fingerprint=release.signature.fingerprint,
        record=release.recorded.version,
        manifest=release.recorded.manifest,
        candidate=release.recorded.candidate,
        root=root,
        steps=log.results,
        notes=notes,
        verified=now,
        approvers=release.permit.people[1:],
    )
