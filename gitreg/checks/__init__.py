"""Checks: rules on records. One file each, and the one list of them here; docs/checks.md says what to do about each."""

from __future__ import annotations

from gitreg.checks.artifacts_stored import ArtifactsStored
from gitreg.checks.asked import Origin, Origins, Stored
from gitreg.checks.author_of_candidate import AuthorOfCandidate
from gitreg.checks.base import FILES, FOLDERS, Case, Change, Finding, Rule
from gitreg.checks.candidate_of_version import CandidateOfVersion
from gitreg.checks.candidate_was_logged import CandidateWasLogged
from gitreg.checks.conflict_open import ConflictOpen
from gitreg.checks.dvc_file import DvcFile
from gitreg.checks.files import CommitFiles, Files, FolderFiles, HeldFiles, NoFiles
from gitreg.checks.manifest_of_record import ManifestOfRecord
from gitreg.checks.model_otherwise_same import ModelOtherwiseSame
from gitreg.checks.names_differ_by_case import NamesDifferByCase
from gitreg.checks.number_claimed_once import NumberClaimedOnce
from gitreg.checks.own_files_only import OwnFilesOnly
from gitreg.checks.proposed import Proposed, proposal_of
from gitreg.checks.record_in_place import RecordInItsPlace
from gitreg.checks.record_readable import RecordReadable
from gitreg.checks.regular_files import RegularFilesOnly
from gitreg.checks.settings_apart import SettingsApart
from gitreg.checks.stages_exist import StagesAndRetiredExist
from gitreg.checks.trust_holds import TrustHolds
from gitreg.checks.version_goes_up import VersionGoesUp
from gitreg.checks.version_is_final import VersionIsFinal

RULES: tuple[Rule, ...] = (
    RecordReadable(),
    RecordInItsPlace(),
    ManifestOfRecord(),
    DvcFile(),
    RegularFilesOnly(),
    NamesDifferByCase(),
    ConflictOpen(),
    VersionIsFinal(),
    CandidateOfVersion(),
    NumberClaimedOnce(),
    StagesAndRetiredExist(),
    TrustHolds(),
    OwnFilesOnly(),
    ModelOtherwiseSame(),
    CandidateWasLogged(),
    VersionGoesUp(),
    ArtifactsStored(),
    AuthorOfCandidate(),
    SettingsApart(),
)


def find_all(case: Case) -> list[Finding]:
    """What every rule finds, by place."""
    return sorted(finding for rule in RULES for finding in rule.findings(case))


__all__ = [
    "FILES",
    "FOLDERS",
    "RULES",
    "Case",
    "Change",
    "CommitFiles",
    "Files",
    "Finding",
    "FolderFiles",
    "HeldFiles",
    "NoFiles",
    "Origin",
    "Origins",
    "Proposed",
    "Rule",
    "Stored",
    "find_all",
    "proposal_of",
]
