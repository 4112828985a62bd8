"""What a promotion adds to the accepted branch: the version's number, its record, and the files beside it. Writes nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from gitreg.artifacts import StoredFolder
from gitreg.documents import layout, places
from gitreg.documents.card import model_card
from gitreg.documents.writer import write
from gitreg.domain.candidate import Candidate
from gitreg.domain.digest import Digest
from gitreg.domain.gate import GateResult
from gitreg.domain.model import CandidateSource, Model, ModelVersion
from gitreg.domain.record import Person
from gitreg.domain.version import Part, VersionNumber, why_not_next
from gitreg.errors import AlreadyThereError, AnswerIsNoError, UsageError
from gitreg.store import Author, Snapshot
from gitreg.workflows.proposing import proposals
from gitreg.workflows.recording.log_candidate import error_words, summary_of
from gitreg.workflows.registry import Registry
from gitreg.workflows.searching.find import versions_of
from gitreg.workflows.versions.stages import staged

FIRST = VersionNumber(1, 0, 0)


@dataclass(frozen=True)
class Told:
    """What a registration was told beside, kept as it was told."""

    source: str = ""
    run: str = ""
    run_link: str = ""
    logged_model: str | None = None
    location: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class NewVersion:
    """A candidate that may become a version.

    Args:
        candidate: as it is recorded now; None for what was registered from elsewhere, and of what no record names the maker.
        raw: its record's bytes.
        part: the artifacts that are promoted; None where this registry does not hold them.
        model: the model's record as accepted, or a new one.
        gates: what the gates said.
        description: what is new in it.
        stage: the stage that it is put into, if any.
        told: what a registration was told.
    """

    candidate: Candidate | None
    raw: bytes
    part: StoredFolder | None
    model: Model
    gates: Sequence[GateResult]
    description: str
    stage: str | None
    told: Told = Told()


def free_version(
    registry: Registry, accepted: Snapshot, model: str, wanted: VersionNumber | None, bump: Part
) -> VersionNumber:
    """The version that was asked for, or the next one after all that are accepted, released or proposed.

    Raises:
        AlreadyThereError: if it is taken; versions that differ by case only would be one folder elsewhere.
        AnswerIsNoError: if it is lower than those that were accepted, and goes on no patch line.
    """
    taken = [*versions_of(accepted, model), *_released(registry, model)]
    proposed = [
        proposal.version
        for proposal in proposals.open_proposals(registry)
        if proposal.kind == "promote" and proposal.model == model and proposal.version is not None
    ]
    highest = max([*taken, *proposed], default=None)
    if wanted is None:
        return highest.bumped(bump) if highest else FIRST
    for twins, state in (
        (taken, "exists already"),
        (proposed, "is proposed already, from another candidate"),
    ):
        twin = next((one for one in twins if str(one).lower() == str(wanted).lower()), None)
        if twin is not None and highest is not None:
            raise AlreadyThereError(
                f"{model} {twin} {state}",
                hint=f"gitreg promote ... -m {model} --version {highest.bumped('minor')}",
            )
    if (fault := why_not_next(wanted, versions_of(accepted, model))) and highest is not None:
        raise AnswerIsNoError(
            f"{model}: {fault}", hint=f"gitreg promote ... -m {model} --version {highest.bumped('minor')}"
        )
    return wanted


def waiting_numbers(registry: Registry, model: str) -> set[int]:
    """MLflow's numbers that open proposals claim for a model."""
    found = set()
    for proposal in proposals.open_proposals(registry):
        if proposal.kind == "promote" and proposal.model == model:
            there = proposals.at(registry, proposal).names(places.numbers_folder(model))
            found |= {int(name) for name in there if name.isdecimal()}
    return found


def _released(registry: Registry, model: str) -> list[VersionNumber]:
    """Versions whose tags are here: a signed name is taken for ever, whatever the branch says."""
    found = (layout.parse_tag(ref.name) for ref in registry.repository.refs(f"refs/tags/model/{model}/"))
    return [identity.version for identity in found if identity is not None and identity.version is not None]


def version_record(
    accepted: Snapshot,
    new: NewVersion,
    version: VersionNumber,
    author: Author,
    earlier: ModelVersion | None,
    waiting: Collection[int] = (),
) -> ModelVersion:
    """The version's record.

    Args:
        accepted: what was accepted; it says which of MLflow's numbers are claimed.
        new: what it is made of.
        version: its number.
        author: who proposes it.
        earlier: the same proposal as it was made before: what is still right of it stays, so that it stays the same.
        waiting: numbers that open proposals claim: two of one number could not both be accepted.

    Raises:
        UsageError: if the description cannot be recorded.
    """
    slug = new.model.slug
    claimed = {int(name) for name in accepted.names(places.numbers_folder(slug)) if name.isdecimal()}
    number = (
        earlier.number
        if earlier and earlier.number not in claimed
        else max(claimed | set(waiting), default=0) + 1
    )
    told = new.told
    try:
        return ModelVersion(
            model=slug,
            version=version,
            number=number,
            created=earlier.created if earlier else author.when,
            author=earlier.author if earlier else Person(name=author.name, email=author.email),
            candidate=_origin(new),
            artifacts=summary_of(new.part) if new.part else None,
            gates=list(new.gates),
            description=new.description,
            tags=dict(told.tags),
            source=told.source,
            run=told.run,
            run_link=told.run_link,
            logged_model=told.logged_model,
            location=told.location,
        )
    except ValueError as error:
        raise UsageError(f"this version cannot be recorded: {error_words(error)}") from error


def _origin(new: NewVersion) -> CandidateSource | None:
    if new.candidate is None:
        return None
    return CandidateSource(
        experiment=new.candidate.experiment, id=new.candidate.id, record=Digest.of(new.raw)
    )


def version_files(
    accepted: Snapshot, new: NewVersion, record: ModelVersion, card: bytes | None = None
) -> Mapping[str, bytes | None]:
    """Every file that the proposal adds or changes; `card` is a README.md that people wrote, if they did."""
    slug, version = record.model, record.version
    files: dict[str, bytes | None] = {
        places.number_path(slug, record.number): f"{version}\n".encode(),
        layout.version_path(slug, version): write(record),
    }
    if new.candidate is not None:
        files[layout.version_candidate_path(slug, version)] = new.raw
    if new.part is not None:
        files[layout.version_manifest_path(slug, version)] = new.part.manifest.content()
        files[layout.version_dvc_path(slug, version)] = new.part.dvc_file("artifacts")
    if new.candidate is not None and new.part is not None:
        files[layout.version_card_path(slug, version)] = card or model_card(record, new.candidate, new.model)
    text = accepted.file(places.model_path(slug))
    if text is None:
        files[places.model_path(slug)] = write(new.model)
    if new.stage is not None:
        files[places.model_path(slug)] = staged(text or write(new.model), new.model, new.stage, version)
    return files
