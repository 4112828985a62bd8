"""Where each record lives in a registry, and what its tags and branches are called: docs/format.md, both ways.

Every grammar is matched whole: a path or ref is exactly what gitreg would write, or it is none of gitreg's.
Knows names, kinds of records and version numbers; what names alone say is in places.py. Reads no files.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from gitreg.documents.places import (
    COUNT,
    HISTORY,
    REGISTRY,
    ROLES,
    ROOT,
    candidate_of,
    candidate_path,
    experiment_of,
    experiment_path,
    holds,
    logged_model_of,
    logged_model_path,
    model_of,
    model_path,
    numbered,
    root_history_path,
    versions_folder,
)
from gitreg.domain.candidate import Candidate
from gitreg.domain.experiment import Experiment
from gitreg.domain.logged_model import LoggedModel
from gitreg.domain.model import Model, ModelVersion
from gitreg.domain.record import Record
from gitreg.domain.registry import RegistrySettings
from gitreg.domain.trust import Roles, Root
from gitreg.domain.version import VersionNumber
from gitreg.domain.words import SLUG, STAGE, slug, stage

_VERSION = r"[0-9A-Za-z.-]{1,64}"
_VERSION_FILE = re.compile(
    rf"models/({SLUG})/versions/({_VERSION})/(version\.yaml|candidate\.yaml|artifacts\.sha256|artifacts\.dvc|README\.md)"
)
_HISTORY_FILE = re.compile(rf"{re.escape(HISTORY)}/({COUNT})/root\.yaml")


def version_folder(model: str, version: VersionNumber) -> str:
    """The folder of a version."""
    return f"{versions_folder(model)}/{VersionNumber.parse(str(version))}"


def version_path(model: str, version: VersionNumber) -> str:
    """The version's record."""
    return f"{version_folder(model, version)}/version.yaml"


def version_candidate_path(model: str, version: VersionNumber) -> str:
    """The record of the candidate that was promoted, byte for byte."""
    return f"{version_folder(model, version)}/candidate.yaml"


def version_manifest_path(model: str, version: VersionNumber) -> str:
    """The manifest of the version's artifacts."""
    return f"{version_folder(model, version)}/artifacts.sha256"


def version_dvc_path(model: str, version: VersionNumber) -> str:
    """The DVC file of the version's artifacts."""
    return f"{version_folder(model, version)}/artifacts.dvc"


def version_card_path(model: str, version: VersionNumber) -> str:
    """The version's model card."""
    return f"{version_folder(model, version)}/README.md"


def version_of(path: str) -> tuple[str, VersionNumber] | None:
    """The model and version whose record lives at `path`."""
    found = version_file_of(path)
    return found[:2] if found and found[2] == "version.yaml" else None


def version_file_of(path: str) -> tuple[str, VersionNumber, str] | None:
    """Model, version and file name of a file in a version's folder."""
    match = _VERSION_FILE.fullmatch(path)
    version = _version(match[2]) if match else None
    return (match[1], version, match[3]) if match and version and holds(slug, match[1]) else None


def kind_of(path: str) -> type[Record] | None:
    """The kind of record that lives at `path`; None where no record lives."""
    fixed: dict[str, type[Record]] = {REGISTRY: RegistrySettings, ROLES: Roles, ROOT: Root}
    if path in fixed:
        return fixed[path]
    in_version = version_file_of(path)
    kinds: tuple[tuple[object, type[Record]], ...] = (
        (candidate_of(path), Candidate),
        (in_version and in_version[2] == "version.yaml", ModelVersion),
        (in_version and in_version[2] == "candidate.yaml", Candidate),
        (experiment_of(path), Experiment),
        (logged_model_of(path), LoggedModel),
        (model_of(path), Model),
        (_HISTORY_FILE.fullmatch(path), Root),
    )
    return next((kind for found, kind in kinds if found), None)


def path_of(record: Record) -> str:
    """Where the record lives; a candidate's place is that on the candidate branch.

    Raises:
        ValueError: for a record that lives in no registry, like an anchor.
    """
    fixed: dict[type[Record], str] = {RegistrySettings: REGISTRY, Roles: ROLES, Root: ROOT}
    if type(record) in fixed:
        return fixed[type(record)]
    if isinstance(record, Candidate):
        return candidate_path(record.experiment, record.id)
    path = _own_path(record, "")
    if not path:
        raise ValueError(f"no registry holds a {type(record).__name__}")
    return path


def misplaced(record: Record, path: str) -> str | None:
    """Why the record is not the one that lives at `path`; None when it is.

    A version's candidate.yaml may be any candidate's: the version's record says whose.
    """
    if not isinstance(record, kind_of(path) or ()):
        return f"no {type(record).__name__} lives at {path}"
    expected = _own_path(record, path)
    return None if expected == path else f"it says that it lives at {expected}"


def _own_path(record: Record, path: str) -> str:
    if isinstance(record, Experiment):
        return experiment_path(record.slug)
    if isinstance(record, Candidate) and candidate_of(path):
        return candidate_path(record.experiment, record.id)
    if isinstance(record, LoggedModel):
        return logged_model_path(record.experiment, record.id)
    if isinstance(record, Model):
        return model_path(record.slug)
    if isinstance(record, ModelVersion):
        return version_path(record.model, record.version)
    if isinstance(record, Root) and path != ROOT:
        return root_history_path(record.version)
    return path


def _version(text: str) -> VersionNumber | None:
    try:
        return VersionNumber.parse(text)
    except ValueError:
        return None


# Tags and branches


@dataclass(frozen=True, slots=True)
class TagIdentity:
    """What a tag's name says; which fields are there follows from `action`.

    Args:
        action: release (version), stage (stage, number), retire (version), resign (version, number) or
            approve (statement: the first 16 hex digits of the approved statement's sha256; person).
    """

    action: Literal["release", "stage", "retire", "resign", "approve"]
    model: str
    version: VersionNumber | None = None
    stage: str | None = None
    number: int | None = None
    statement: str | None = None
    person: str | None = None

    @property
    def ref(self) -> str:
        """The tag's full name."""
        if self.action == "stage":
            return f"refs/tags/stage/{self.model}/{self.stage}/{self.number}"
        if self.action == "approve":
            return f"refs/tags/approve/{self.model}/{self.statement}/{self.person}"
        folder = "model" if self.action == "release" else self.action
        number = f"/{self.number}" if self.action == "resign" else ""
        return f"refs/tags/{folder}/{self.model}/v{self.version}{number}"


_TAG = re.compile(
    rf"refs/tags/(?:"
    rf"(?P<versioned>model|retire)/(?P<m1>{SLUG})/v(?P<v1>{_VERSION})"
    rf"|resign/(?P<m2>{SLUG})/v(?P<v2>{_VERSION})/(?P<k>{COUNT})"
    rf"|stage/(?P<m3>{SLUG})/(?P<stage>{STAGE})/(?P<n>{COUNT})"
    rf"|approve/(?P<m4>{SLUG})/(?P<statement>[0-9a-f]{{16}})/(?P<person>{SLUG})"
    rf")"
)


def parse_tag(ref: str) -> TagIdentity | None:
    """What the tag of that full name is; None when it is none of gitreg's."""
    match = _TAG.fullmatch(ref)
    if match is None:
        return None
    words = match.groupdict()
    model = words["m1"] or words["m2"] or words["m3"] or words["m4"]
    text, count = words["v1"] or words["v2"], words["k"] or words["n"]
    folder = ref.split("/")[2]
    identity = TagIdentity(
        action="release" if folder == "model" else folder,  # type: ignore[arg-type]  # the grammar knows no other
        model=model,
        version=_version(text) if text else None,
        stage=words["stage"],
        number=int(count) if count else None,
        statement=words["statement"],
        person=words["person"],
    )
    return identity if _is_sound(identity, text) else None


def _is_sound(identity: TagIdentity, version: str | None) -> bool:
    checks: tuple[tuple[Callable[[str], object], str | None], ...] = (
        (slug, identity.model),
        (VersionNumber.parse, version),
        (stage, identity.stage),
        (slug, identity.person),
    )
    return all(holds(check, text) for check, text in checks if text is not None)


def version_tag(model: str, version: VersionNumber) -> str:
    """The tag that releases a version."""
    return _sound(TagIdentity("release", model, version=version))


def stage_tag(model: str, name: str, number: int) -> str:
    """The tag of a stage's assignment number `number`."""
    return _sound(TagIdentity("stage", model, stage=name, number=number))


def retire_tag(model: str, version: VersionNumber) -> str:
    """The tag that retires a version."""
    return _sound(TagIdentity("retire", model, version=version))


def resign_tag(model: str, version: VersionNumber, number: int) -> str:
    """The tag that signs a release again."""
    return _sound(TagIdentity("resign", model, version=version, number=number))


def approve_tag(model: str, statement: str, person: str) -> str:
    """The tag by which a person approves the statement whose sha256 begins with 16 hex digits."""
    return _sound(TagIdentity("approve", model, statement=statement, person=person))


def approvals_folder(model: str, statement: str) -> str:
    """The beginning of every tag that says to approve the statement whose sha256 begins with 16 hex digits."""
    return _sound(TagIdentity("approve", model, statement=statement, person="a")).removesuffix("a")


def _sound(identity: TagIdentity) -> str:
    if parse_tag(identity.ref) != identity:
        raise ValueError(f"no tag can be called {identity.ref!r}")
    return identity.ref


def promote_branch(model: str, version: VersionNumber) -> str:
    """The branch that proposes a version."""
    return f"refs/heads/gitreg/promote/{slug(model)}/v{VersionNumber.parse(str(version))}"


def assign_branch(model: str, name: str) -> str:
    """The branch that proposes an assignment."""
    return f"refs/heads/gitreg/assign/{slug(model)}/{stage(name)}"


def retire_branch(model: str, version: VersionNumber) -> str:
    """The branch that proposes a retirement."""
    return f"refs/heads/gitreg/retire/{slug(model)}/v{VersionNumber.parse(str(version))}"


def edit_branch(model: str) -> str:
    """The branch that proposes a change of a model's own record: description, owners, tags."""
    return f"refs/heads/gitreg/edit/{slug(model)}"


def trust_branch(root_version: int) -> str:
    """The branch that proposes a new trust root."""
    return f"refs/heads/gitreg/trust/{numbered(root_version)}"
