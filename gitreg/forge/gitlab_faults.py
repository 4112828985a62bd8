"""What went wrong at GitLab, as an error of gitreg: what is missing, or that it cannot be reached. Sends nothing.

Status codes: https://docs.gitlab.com/api/rest/troubleshooting/ and https://docs.gitlab.com/api/rest/authentication/. The server's
words are shown in one short line without what acts on a terminal, and without the token, should it send that back.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

from gitreg import safe
from gitreg.errors import (
    AnswerIsNoError,
    ConflictError,
    CredentialsError,
    GitregError,
    NotFoundError,
    RemoteError,
)
from gitreg.forge.place import Place
from gitreg.forge.tokens import Token

Kind = Literal["status", "unreachable", "slow", "certificate", "unreadable"]
_PASSING = frozenset({429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
"""Codes that pass, most of them of whoever stands in front of GitLab."""
_REFUSALS = frozenset({400, 405, 413, 414, 422})
_WORDS = ("message", "error", "error_description")
_LONGEST = 200
_READ = 1 << 14


@dataclass(frozen=True)
class Need:
    """What a call is for, and what it takes (https://docs.gitlab.com/user/permissions/, .../api/rest/authentication/).

    Args:
        act: in words, to be put behind "may not".
        scope: of the token.
        role: of its user, at least.
        of_one: whether it is about one merge request, which may be missing in a project that is there.
    """

    act: str
    scope: str
    role: str
    of_one: bool = False


READ = Need("read merge requests", "read_api", "Reporter")
OPEN = Need("open merge requests", "api", "Developer")
CHANGE = Need("change merge requests", "api", "Developer", of_one=True)
NOTE = Need("write notes", "api", "Reporter", of_one=True)
APPROVALS = Need("read approvals", "read_api", "Reporter", of_one=True)


@dataclass(frozen=True)
class Fault:
    """A call that brought no answer.

    Args:
        kind: in which way.
        code: the status, where there is one.
        body: the first bytes of what came with it.
        retry_after: when to come back, as the server says.
    """

    kind: Kind
    code: int = 0
    body: bytes = b""
    retry_after: str | None = None

    @property
    def is_passing(self) -> bool:
        """Whether the same call may go well a little later."""
        return self.kind in {"unreachable", "slow"} or self.code in _PASSING

    @property
    def may_be_done(self) -> bool:
        """Whether the server may have done what was asked for, and only its answer was lost."""
        return self.kind in {"unreachable", "slow", "unreadable"} or (self.is_passing and self.code != 429)

    @property
    def pause(self) -> float | None:
        """For how many seconds the server wants to be left alone; None when it does not say so in seconds."""
        said = (self.retry_after or "").strip()
        return float(said) if said.isascii() and said.isdigit() and len(said) < 10 else None


def error_of(fault: Fault, place: Place, token: Token, need: Need) -> GitregError:
    """The error that tells of a fault, and what to do.

    Args:
        fault: it.
        place: where.
        token: with which token; its source is told.
        need: what for.
    """
    said = _said(fault.body, token)
    if fault.kind != "status":
        return _broken(fault, place)
    if fault.code == 401:
        return _unknown_token(said, place, token)
    if fault.code == 403:
        return _forbidden(said, place, token, need)
    if fault.code == 404:
        return _hidden(said, place, token, need)
    if fault.code == 409:
        return ConflictError(f"{place.host} is in the middle of another change{_in(said)}", hint="Try again.")
    if fault.code in _REFUSALS:
        return AnswerIsNoError(f"{place.host} refuses to {need.act} so{_in(said)}")
    return _ill(fault, said, place)


def _unknown_token(said: str, place: Place, token: Token) -> CredentialsError:
    why = next((word for word in ("expired", "revoked") if word in said.lower()), None)
    end = (
        f"has {why}"
        if why == "expired"
        else "was revoked"
        if why
        else "is not one that it knows, or not any more"
    )
    return CredentialsError(f"the token of {token.source} {end}, says {place.host}", hint=_again(token))


def _again(token: Token) -> str:
    if token.kind == "job":
        return "A job's token ends with its job; it may be used on its own GitLab only."
    if token.source.startswith("glab"):
        return "glab auth login"
    if not token.source.isupper():  # it may be a password, which opens Git and nothing else
        return "Set GITREG_TOKEN to a project access token; without a token: git config gitreg.forge push-options."
    return f"Make a project access token with the scope api and the role Developer, and set it as {token.source}."


def _forbidden(said: str, place: Place, token: Token, need: Need) -> CredentialsError:
    if token.kind == "job":
        return job_error(need)
    lacks = f"the scope {need.scope}" if "scope" in said.lower() or "privileges" in said.lower() else None
    missing = f"it lacks {lacks}" if lacks else f"its role in {place.project} must be {need.role} or more"
    return CredentialsError(
        f"the token of {token.source} may not {need.act} on {place.host}: {missing}",
        hint=f"Give it the scope {need.scope} and the role {need.role}{_or_without(need)}.",
    )


def _or_without(need: Need) -> str:
    """What does without any token: what Git's credential helper keeps is often good for Git alone."""
    return ", or do without: git config gitreg.forge push-options" if need in {READ, OPEN} else ""


def _hidden(said: str, place: Place, token: Token, need: Need) -> GitregError:
    """GitLab answers 404 to those who may not see (https://docs.gitlab.com/api/rest/troubleshooting/)."""
    if token.kind == "job":
        return job_error(need)
    if need.of_one and said and "project" not in said.lower():
        return NotFoundError(
            f"{place.project} has no such merge request", hint=f"See {place.project_url}/-/merge_requests."
        )
    return CredentialsError(
        f"{place.host} shows no project {place.project} to the token of {token.source}: it is not there, or the token may not see it",
        hint=f"See {place.project_url}, and give the token's user a role there: {need.role} or more.",
    )


def job_error(need: Need) -> CredentialsError:
    """The error for what a CI job's own token cannot do (https://docs.gitlab.com/ci/jobs/ci_job_token/)."""
    return CredentialsError(
        f"a job's own token may not {need.act} here",
        hint="Set GITREG_TOKEN to a project access token; see also the project's CI/CD settings, job token permissions.",
    )


def _broken(fault: Fault, place: Place) -> RemoteError:
    if fault.kind == "certificate":
        return RemoteError(
            f"the certificate of {place.host} is not one that is trusted here",
            hint="Set REQUESTS_CA_BUNDLE to the file of the authority that signed it.",
        )
    words = {
        "slow": "did not answer in time",
        "unreadable": "answered what is no answer of GitLab's API",
    }.get(fault.kind, "cannot be reached")
    return RemoteError(f"{place.authority} {words}", hint="Nothing is lost; try again later.")


def _ill(fault: Fault, said: str, place: Place) -> RemoteError:
    if 300 <= fault.code < 400:
        return RemoteError(
            f"{place.authority} points elsewhere, and a token is not sent after it: the project was moved, or that is not its address",
            hint="git remote set-url, or git config gitreg.forgeUrl https://gitlab.example.com",
        )
    if fault.code == 429:
        when = f" for {fault.pause:.0f} seconds" if fault.pause else ""
        return RemoteError(
            f"{place.host} wants to be left alone{when}: too many requests",
            hint="Nothing is lost; try again later.",
        )
    return RemoteError(
        f"{place.host} answers with an error of its own, {fault.code}{_in(said)}",
        hint="Nothing is lost; try again later.",
    )


def _in(said: str) -> str:
    return f": {said}" if said else ""


def _said(body: bytes, token: Token) -> str:
    """The server's words, where GitLab has them in its answers; nothing of what is not JSON."""
    try:
        found = json.loads(body[:_READ])
    except (ValueError, RecursionError):
        return ""
    if not isinstance(found, dict):
        return ""
    lists = ([given] if isinstance(given, str) else given for given in map(found.get, _WORDS))
    words = [one for given in lists if isinstance(given, list) for one in given[:5] if isinstance(one, str)]
    return safe.one_line(token.scrubbed("; ".join(words))[:_LONGEST])
