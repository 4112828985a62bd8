"""Git itself, and what it is told about this repository and its user."""

from __future__ import annotations

import re
from collections.abc import Callable

from gitreg.documents import places
from gitreg.domain.forge_place import forge_project, forge_url
from gitreg.errors import CredentialsError, GitregError
from gitreg.gitrepo.hardening import KEY as DURABILITY
from gitreg.workflows.candidate_branch import MERGE_DRIVER
from gitreg.workflows.doctor.base import Check, Diagnosis, Kind, RegistrySubject, Subject
from gitreg.workflows.proposing.forges import KINDS
from gitreg.workflows.registry import CANDIDATES
from gitreg.workflows.releasing.signer import configured_key, find_signer

OLD_GIT = Kind("git-too-old", "error", "a Git older than 2.31", "an update of Git")
OLDISH_GIT = Kind(
    "git-cannot-sign", "warning", "a Git older than 2.34, which knows no SSH signatures", "an update of Git"
)
NO_IDENTITY = Kind(
    "no-identity", "error", "Git does not know who works here", "git config --global user.name 'Your Name'"
)
BAD_SETTING = Kind(
    "bad-setting", "error", "a value of a gitreg.* setting that is none", "git config --SCOPE --unset-all KEY"
)
BAD_KEY = Kind(
    "signing-key", "warning", "a signing key that is configured and cannot be used", "git config --SCOPE ..."
)
STRANGE_KEY = Kind(
    "signing-key-unknown",
    "note",
    "a signing key that is not among this registry's signers",
    "a signer adds it",
)
NO_DRIVER = Kind(
    "merge-driver",
    "note",
    "the candidate branch names a merge driver that Git is not told of here",
    "git config merge.gitreg.driver ...",
)

DRIVER = "merge.gitreg.driver"
OLDEST, SIGNING = (2, 31, 0), (2, 34, 0)


def _passes(check: Callable[[str], str], text: str) -> bool:
    """Whether a check of words lets them through."""
    try:
        check(text)
    except ValueError:
        return False
    return True


_SECONDS = re.compile(r"-?\d{1,9}[kmgKMG]?")
_VALUES: dict[str, Callable[[str], object]] = {
    DURABILITY: lambda text: text in {"process", "power"},
    "gitreg.timeout": _SECONDS.fullmatch,
    "gitreg.inbox": lambda text: text in {"true", "false"},
    "gitreg.forge": lambda text: text in KINDS,
    "gitreg.forgeUrl": lambda text: _passes(forge_url, text),
    "gitreg.forgeProject": lambda text: _passes(forge_project, text),
}
_PERSON = {"name": "'Your Name'", "email": "you@example.com"}


def find_old_git(subject: Subject) -> list[Diagnosis]:
    """Git itself."""
    version = subject.repository.health.version()
    if not version or version >= SIGNING:
        return []
    what = f"Git is {'.'.join(map(str, version))}"
    if version < OLDEST:
        return [Diagnosis(OLD_GIT, what, "gitreg needs 2.31 or newer: https://git-scm.com/downloads")]
    why = "plain `git verify-tag` knows SSH signatures from 2.34 on; gitreg's own verify does not need it"
    return [Diagnosis(OLDISH_GIT, what, why)]


def find_identity(subject: Subject) -> list[Diagnosis]:
    """Whoever has no name learns it now, not after hours of training."""
    try:
        subject.repository.identity(subject.now)
    except CredentialsError as error:
        what = next((what for what in _PERSON if what in error.message), "name")
        command = f"git config --global user.{what} {_PERSON[what]}"
        return [Diagnosis(NO_IDENTITY, error.message, "every candidate says who logged it", command)]
    return []


def find_bad_settings(subject: Subject) -> list[Diagnosis]:
    """Settings of gitreg that are not what they can be."""
    found = []
    for key, is_good in _VALUES.items():
        value = subject.repository.config(key)
        if value is None or is_good(value):
            continue
        scope = subject.repository.health.scope(key)
        command = None if scope == "command" else subject.git("config", f"--{scope}", "--unset-all", key)
        why = "commands that ask for it refuse to work; without it the default counts"
        found.append(Diagnosis(BAD_SETTING, f"{key} is {value!r}", why, command))
    return found


def find_signing(subject: RegistrySubject) -> list[Diagnosis]:
    """A key that is configured; who signs nothing needs none."""
    config = subject.repository.config
    if not config("user.signingkey"):
        return []
    try:
        configured_key(subject.registry, subject.registry.accepted)
    except CredentialsError as error:
        return [
            Diagnosis(BAD_KEY, error.message, "release, assign and retire need it", _key_command(subject))
        ]
    try:
        find_signer(subject.registry, subject.registry.accepted)
    except GitregError as error:
        return [
            Diagnosis(STRANGE_KEY, error.message, error.hint or "nothing that it signs would be accepted")
        ]
    return []


def _key_command(subject: RegistrySubject) -> str:
    config, scope = subject.repository.config, subject.repository.health.scope
    key = config("user.signingkey") or ""
    if (config("gpg.format") or "openpgp").lower() != "ssh" and key.startswith(("ssh-", "key::", "/", "~")):
        return subject.git("config", "gpg.format", "ssh")
    return subject.git("config", f"--{scope('user.signingkey')}", "--unset-all", "user.signingkey")


def find_driver(subject: RegistrySubject) -> list[Diagnosis]:
    """What plain `git merge` of two candidate branches asks for where both changed one record."""
    tip = subject.repository.resolve(CANDIDATES)
    attributes = subject.repository.health.attribute(tip, ".gitattributes") if tip else None
    if not attributes or b"merge=gitreg" not in attributes or subject.repository.config(DRIVER):
        return []
    what = f"{places.CANDIDATES_BRANCH} names the merge driver gitreg, and Git is not told what that is"
    why = "plain git merges two edits of one candidate line by line then, and may ask; gitreg itself does not need it"
    return [Diagnosis(NO_DRIVER, what, why, subject.git("config", DRIVER, MERGE_DRIVER[DRIVER]))]


GIT = Check("Git", (OLD_GIT, OLDISH_GIT), find_old_git)
IDENTITY = Check("identity", (NO_IDENTITY,), find_identity)
SETTINGS = Check("settings", (BAD_SETTING,), find_bad_settings)
SIGNING_KEY = Check("signing key", (BAD_KEY, STRANGE_KEY), find_signing)
MERGING = Check("merge driver", (NO_DRIVER,), find_driver)
