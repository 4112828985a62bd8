"""Where merge requests are opened: which forge, why, whose token; and whether it lets us in."""

from __future__ import annotations

from gitreg.errors import CredentialsError, GitregError, RemoteError
from gitreg.workflows.doctor.base import Check, Diagnosis, Kind, RegistrySubject
from gitreg.workflows.proposing.forges import KIND, Found, find_forge
from gitreg.workflows.proposing.known_requests import at_once

CHOSEN = Kind(
    "forge",
    "note",
    "where merge requests are opened, why, and whose token that takes",
    f"git config {KIND} KIND",
)
UNNAMED = Kind(
    "forge-not-named",
    "warning",
    "a gitreg.yaml that names a forge or project which the remote is not, or a setting that is none",
    "git config gitreg.forgeUrl URL, if you trust it",
)
REFUSES = Kind(
    "forge-refuses",
    "warning",
    "a forge that does not take our token",
    "a token with the scope api, in GITREG_TOKEN",
)
UNREACHABLE = Kind("forge-unreachable", "warning", "a forge that does not answer", "what its message says")
PROBE = "gitreg/doctor"
"""A branch that is nobody's: whether it has a merge request does not matter, only that the forge answers."""


def find_forge_faults(subject: RegistrySubject) -> list[Diagnosis]:
    """Asked once, for a merge request that does not exist; nothing is written."""
    if subject.registry.remote is None:
        return []
    try:
        found = find_forge(subject.registry, wait=at_once)
    except GitregError as error:
        why = "proposals are refused until that is decided: a token goes to no host that only a file names"
        return [Diagnosis(UNNAMED, error.message, why, _command(subject, error.hint))]
    if found.place is None:
        return []
    return [_chosen(subject, found), *([] if subject.offline else _asked(subject, found))]


def _chosen(subject: RegistrySubject, found: Found) -> Diagnosis:
    if found.kind == "local":
        what = f"no merge requests are opened on {found.place.host if found.place else 'the remote'}"
        return Diagnosis(CHOSEN, what, found.why, subject.git("config", KIND, "gitlab"))
    what, _, why = str(found).partition("; ")
    if found.kind == "push-options":
        why += "; titles change with a push alone, and nobody can be asked for state and approvals"
    elif not found.forge.abilities.opens:
        why += "; that token reads, and a push opens"
    return Diagnosis(CHOSEN, what, why)


def _asked(subject: RegistrySubject, found: Found) -> list[Diagnosis]:
    if not found.forge.abilities.reads:
        return []
    try:
        found.forge.find(PROBE, subject.registry.settings.accepted_branch)
    except CredentialsError as error:
        without = subject.git("config", KIND, "push-options")
        why = error.hint or "a push opens merge requests without a token"
        return [Diagnosis(REFUSES, error.message, why, without)]
    except RemoteError as error:
        return [Diagnosis(UNREACHABLE, error.message, "branches are pushed all the same")]
    return []


def _command(subject: RegistrySubject, hint: str | None) -> str | None:
    """The hint's own command, for this repository."""
    line, _, _ = (hint or "").partition(", if you trust it")
    words = line.split(" ")
    return subject.git(*words[1:]) if words[:2] == ["git", "config"] and len(words) > 3 else None


FORGE = Check("forge", (CHOSEN, UNNAMED, REFUSES, UNREACHABLE), find_forge_faults)
