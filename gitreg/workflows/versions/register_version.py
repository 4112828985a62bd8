"""Registering a version as MLflow's API does it: at once on the accepted branch, or as a proposal, by the registry's policy.

Gates are asked as in a promotion, but for the one that a candidate becomes a version only once: MLflow registers the same run
as often as it is told to. What is registered at once is unsigned; `gitreg release` signs it when somebody names it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from gitreg.artifacts import StoredFolder, verify_stored
from gitreg.artifacts.storage import Storage
from gitreg.documents import places
from gitreg.domain.candidate import Candidate
from gitreg.domain.gate import GateResult, OnceGate
from gitreg.domain.model import Model, ModelVersion
from gitreg.domain.version import VersionNumber
from gitreg.errors import AlreadyThereError, AnswerIsNoError, GateError, NotFoundError
from gitreg.gates import judge
from gitreg.store import Author, Change, Snapshot, retrying
from gitreg.workflows.pacing import Pacing
from gitreg.workflows.proposing import proposals
from gitreg.workflows.publishing.accepted_branch import change_accepted
from gitreg.workflows.publishing.exchange import fetch
from gitreg.workflows.publishing.push import push
from gitreg.workflows.registry import Registry
from gitreg.workflows.storage import open_storage
from gitreg.workflows.versions.check_gates import judge_nothing
from gitreg.workflows.versions.demanded_gates import demanded_gates
from gitreg.workflows.versions.gather_evidence import Subject, gather_evidence
from gitreg.workflows.versions.look_at_files import Content
from gitreg.workflows.versions.new_version import (
    NewVersion,
    Told,
    free_version,
    version_files,
    version_record,
    waiting_numbers,
)
from gitreg.workflows.versions.promotion_draft import Said, promotion_draft
from gitreg.workflows.versions.registered import Shelves, find_registered
from gitreg.workflows.versions.registered_source import Made, Origin, bring

ATTEMPTS = 5
ASKED_AGAIN = GateResult(
    kind="once", result="skipped", detail="registered by MLflow's API, as often as it was asked to"
)
"""At release the gate is asked again, and told this: what it says of a candidate that failed or runs still counts then."""


@dataclass(frozen=True)
class Registration:
    """What is to be registered.

    Args:
        name: of the model, which is there.
        told: what the API was told, kept as it was told.
        origin: what of this registry it is made from; None for what is elsewhere.
        description: what is new in it.
        version: its semantic version; the next minor one when None.
        is_preferred: whether another version will do where that one is taken or too low.
        is_deployed: whether it is something that gates have a say in; a prompt is not.
    """

    name: str
    told: Told = field(default_factory=Told)
    origin: Origin | None = None
    description: str = ""
    version: VersionNumber | None = None
    is_preferred: bool = False
    is_deployed: bool = True


@dataclass(frozen=True)
class Done:
    """A registered version.

    Args:
        record: its record.
        url: where people see the merge request that it waits in, where that is known.
        notes: what came of it, for people.
    """

    record: ModelVersion
    url: str | None = None
    notes: tuple[str, ...] = ()


def register_version(
    registry: Registry, wanted: Registration, shelves: Shelves, author: Author, pacing: Pacing
) -> Done:
    """Makes a version of a model; artifacts and candidates are shared before anything names them.

    Raises:
        NotFoundError: if there is no such model.
        GateError: if a gate refuses, naming each.
        AlreadyThereError: if the semantic version is taken.
        CredentialsError: if the accepted branch takes nothing without review.
        RemoteError: if the remote or the storage cannot be reached.
    """
    model = _model(registry, wanted.name, shelves)
    made = _made(registry, wanted, author, pacing)
    new = NewVersion(
        made.candidate,
        made.raw,
        made.part,
        model,
        _judged(registry, wanted, model, made),
        wanted.description,
        None,
        replace(wanted.told, logged_model=wanted.told.logged_model or made.logged_model),
    )
    if registry.rules.registration == "proposal":
        return _proposed(registry, wanted, new, author)
    return Done(_committed(registry, wanted, new, author))


def _model(registry: Registry, name: str, shelves: Shelves) -> Model:
    found = find_registered(registry, name, shelves)
    if found is None:
        raise NotFoundError(f"there is no model called {name[:80]!a}", hint="gitreg model list")
    return found.model


def _made(registry: Registry, wanted: Registration, author: Author, pacing: Pacing) -> Made:
    """What it is made of, stored where everybody can get it; nothing where it names nothing that is here."""
    if wanted.origin is None:
        return Made()
    storage = open_storage(registry)
    try:
        made = bring(registry, wanted.origin, author, storage)
    except NotFoundError:
        return Made()  # MLflow registers what is not there yet, and looks for it when it is loaded
    if registry.remote is not None:
        push(registry, author, pacing)
    if made.part is not None:
        _store(registry, made.part, storage)
    return made


def _store(registry: Registry, part: StoredFolder, storage: Storage) -> None:
    storage.push(registry.cache, sorted(set(part.ids) & set(registry.cache.unpushed_objects())))
    verify_stored(part, registry.cache, storage, deep=False)


def _judged(registry: Registry, wanted: Registration, model: Model, made: Made) -> list[GateResult]:
    if not wanted.is_deployed:
        return []
    results = _results(registry, wanted, model, made)
    failed = [one for one in results if one.result == "failed"]
    if failed:
        words = "; ".join(f"{one.kind}: {one.detail}" for one in failed)
        raise GateError(
            f"{made.candidate or wanted.told.source or 'this'} may not become a version of {model.slug}: {words}",
            hint=f"gitreg model show {model.slug}",
        )
    return results


def _results(registry: Registry, wanted: Registration, model: Model, made: Made) -> list[GateResult]:
    accepted, candidate, part = registry.accepted, made.candidate, made.part
    if candidate is None or part is None:
        return judge_nothing(demanded_gates(accepted, model.slug))

    def content() -> Content:
        return Content(part, registry.cache, open_storage(registry), part.size)

    subject = Subject(candidate, model, accepted, content, wanted.version, wanted.description, again=True)
    gates = [one for one in demanded_gates(accepted, model.slug) if not isinstance(one, OnceGate)]
    return [*judge(gates, gather_evidence(registry, subject, gates)), ASKED_AGAIN]


def _committed(registry: Registry, wanted: Registration, new: NewVersion, author: Author) -> ModelVersion:
    slug = new.model.slug

    def act(change: Change) -> ModelVersion:
        before = change.before
        there = before.record(Model, places.model_path(slug))
        if there is None or there.deleted is not None:
            raise NotFoundError(f"the model {slug} is gone", hint="gitreg model list")
        record = _record(registry, before, wanted, new, author)
        for path, content in version_files(before, new, record).items():
            change.files[path] = content
        return record

    return change_accepted(registry, f"Register {slug}\n\n{_words(new)}.\n", author, act)


def _proposed(registry: Registry, wanted: Registration, new: NewVersion, author: Author) -> Done:
    def act() -> Done:
        if registry.remote is not None:
            fetch(registry, author)
        record = _record(registry, registry.accepted, wanted, new, author)
        draft = promotion_draft(registry, new, record, None, Said())
        made = proposals.propose(registry, draft, author)
        return Done(record, made.url, made.notes)

    return retrying(act, ATTEMPTS)


def _record(
    registry: Registry, accepted: Snapshot, wanted: Registration, new: NewVersion, author: Author
) -> ModelVersion:
    slug = new.model.slug
    version = _version(registry, accepted, slug, wanted)
    return version_record(accepted, new, version, author, None, waiting_numbers(registry, slug))


def _version(registry: Registry, accepted: Snapshot, slug: str, wanted: Registration) -> VersionNumber:
    try:
        return free_version(registry, accepted, slug, wanted.version, "minor")
    except (AlreadyThereError, AnswerIsNoError):
        if not wanted.is_preferred:
            raise
    return free_version(registry, accepted, slug, None, "minor")


def _words(new: NewVersion) -> str:
    candidate: Candidate | None = new.candidate
    if candidate is None:
        return f"From {ascii(new.told.source[:200]) if new.told.source else 'elsewhere'}"
    return f"From candidate {candidate.id} of {candidate.experiment}"
