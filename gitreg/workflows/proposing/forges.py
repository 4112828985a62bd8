"""Which forge a registry's proposals are shown on, why, and with whose token; chosen without asking anybody.

A token goes to a host that its owner named: one of a variable as `token_hosts` says, one of Git's helpers or glab's to the host that it is kept
for. Never because a file of the repository names it, or a stranger's remote: they would else collect tokens.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias, cast, get_args
from urllib.parse import quote

from gitreg.domain.forge_place import forge_project, forge_url
from gitreg.domain.registry import ForgeSettings
from gitreg.errors import CredentialsError, UsageError
from gitreg.forge.base import Forge, ForgeKind
from gitreg.forge.choose import choose
from gitreg.forge.glab import glab_hosts
from gitreg.forge.local import Local
from gitreg.forge.place import Place, place_of
from gitreg.forge.tokens import TOKEN_VARIABLES, Token, environ_token, glab_token
from gitreg.workflows.proposing.token_hosts import HOST_VARIABLE, host_is_named, kept_back, may_go, origin
from gitreg.workflows.registry import Registry

KIND, URL, PROJECT = "gitreg.forge", "gitreg.forgeUrl", "gitreg.forgeProject"
"""Keys of Git's configuration: which forge, where it is, what the project is called there."""
VARIABLE = "GITREG_FORGE"
HELPER = "git's credential helper"
FILE = "gitreg.yaml"
JOB, DEPLOY = "gitlab-ci-token", ("gitlab+deploy-token", "gitlab-deploy-token")
"""Accounts in Git's credentials that are tokens: a job's (https://docs.gitlab.com/ci/jobs/ci_job_token/), and those of
https://docs.gitlab.com/user/project/deploy_tokens/, which open no API."""
Asked: TypeAlias = tuple[ForgeKind, str]
KINDS: tuple[str, ...] = get_args(ForgeKind)


@dataclass(frozen=True)
class Found:
    """A forge, and how it was found.

    Args:
        forge: it.
        kind: which kind.
        why: what decided, in words.
        place: where it is; None where there is no such place.
        source: where the token comes from, never what it is; None without one.
    """

    forge: Forge
    kind: ForgeKind
    why: str
    place: Place | None = None
    source: str | None = None

    def __str__(self) -> str:
        how = {"gitlab": "by GitLab's API", "push-options": "by options of a push", "local": "nowhere"}
        at = f" on {self.place.host}" if self.place and self.kind != "local" else ""
        token = f", with the token of {self.source}" if self.source else ""
        return f"merge requests are opened {how[self.kind]}{at}{token}; {self.why}"

    def requests_url(self, branch: str) -> str | None:
        """Where people see a branch's merge requests; None where that is not known."""
        if self.place is None or self.kind == "local":
            return None
        return f"{self.place.project_url}/-/merge_requests?state=all&source_branch={quote(branch, safe='')}"


def find_forge(registry: Registry, *, wait: Callable[[float], None] = time.sleep) -> Found:
    """The forge of a registry; no network is used.

    Args:
        registry: it.
        wait: how to wait when a forge asks for patience.

    Raises:
        CredentialsError: gitreg.yaml names a host or project that the user did not.
        UsageError: a setting is none.
    """
    settings = registry.rules.forge
    asked = _asked(registry, settings)
    if asked is not None and asked[0] == "local":
        return Found(Local(), "local", f"{asked[1]} says so")
    place = _place(registry, settings)
    if place is None:
        return _without_place(registry, asked)
    kind, why = (asked[0], f"{asked[1]} says so") if asked else _detected(registry, place)
    if kind == "local":
        return Found(Local(), "local", why, place)
    token = next(_tokens(registry, place), None) if kind == "gitlab" else None
    if kind == "gitlab" and token is None:
        kind, why = "push-options", f"{why}, and {_without_token(registry, place)}"
    forge = choose(kind, place, token, wait=wait, environ=registry.environ)
    return Found(forge, kind, why, place, token.source if token else None)


def by_each_token(registry: Registry, *, wait: Callable[[float], None] = time.sleep) -> list[Found]:
    """GitLab's API by each token that may go there, the nearest first; none where there is no such place.

    Raises:
        CredentialsError, UsageError: as `find_forge`.
    """
    settings = registry.rules.forge
    place = _place(registry, settings)
    if place is None:
        return []
    return [
        Found(
            choose("gitlab", place, one, wait=wait, environ=registry.environ), "gitlab", "", place, one.source
        )
        for one in _tokens(registry, place)
    ]


def _without_token(registry: Registry, place: Place) -> str:
    kept = kept_back(place, registry.environ, registry.repository.config(URL))
    return kept or "there is no token for its API"


def withheld(registry: Registry) -> str | None:
    """Why a variable's token is not sent to the forge, and which setting would allow it; None where nothing is kept back.

    Raises:
        CredentialsError, UsageError: as `find_forge`.
    """
    place = _place(registry, registry.rules.forge)
    return kept_back(place, registry.environ, registry.repository.config(URL)) if place else None


def _without_place(registry: Registry, asked: Asked | None) -> Found:
    why = f"the remote {registry.remote} is no host" if registry.remote else "there is no remote"
    if asked is None or asked[1] == FILE:
        return Found(Local(), "local", why)
    raise UsageError(
        f"{asked[1]} is {asked[0]}, and {why} that has merge requests",
        hint=f"git config {URL} https://gitlab.example.com, and git config {PROJECT} group/name",
    )


def _asked(registry: Registry, settings: ForgeSettings | None) -> Asked | None:
    """The kind that somebody decided on, and where that is written."""
    found = registry.environ.get(VARIABLE), VARIABLE
    if not found[0]:
        found = registry.repository.config(KIND), f"git config {KIND}"
    if not found[0]:
        return (settings.kind, FILE) if settings else None
    if found[0] not in KINDS:
        raise UsageError(
            f"{found[1]} is {found[0][:40]!a}, which is none of {', '.join(KINDS)}",
            hint=f"git config {KIND} gitlab" if found[1] != VARIABLE else f"unset {VARIABLE}",
        )
    return cast("ForgeKind", found[0]), found[1]


def _detected(registry: Registry, place: Place) -> Asked:
    """Whether a host is a GitLab, by what is known of it here."""
    environ, host = registry.environ, place.host
    if host == "gitlab.com" or "gitlab" in host.split("."):
        return "gitlab", f"{host} is a GitLab by its name"
    if environ.get("CI_SERVER_HOST", "").lower() == host:
        return "gitlab", f"this is a job of {host}"
    if registry.repository.config(URL):
        return "gitlab", f"git config {URL} names it"
    if host_is_named(environ, place):
        return "gitlab", f"{HOST_VARIABLE} names it"
    if host in glab_hosts(environ):
        return "gitlab", f"glab knows {host}"
    return (
        "local",
        f"nothing says what {host} is; git config {KIND} gitlab says that it is one, and local that it is none",
    )


def _place(registry: Registry, settings: ForgeSettings | None) -> Place | None:
    """Where the forge is: as the user says, else by the remote; what gitreg.yaml says may only agree with that."""
    remote = registry.repository.push_url(registry.remote) or "" if registry.remote else ""
    named = _setting(registry, URL, forge_url)
    place = place_of(remote, named or _job_url(registry, place_of(remote)))
    url = named or (place.url if place else None)
    if url is None:
        return None
    if settings and settings.url and not named:
        if origin(settings.url) != origin(url):
            raise _unnamed(
                f"on {settings.url}", f"the remote is on {url}", f"git config {URL} {settings.url}"
            )
        place = place_of(remote, settings.url)
    said = _setting(registry, PROJECT, forge_project)
    project = said or (place.project if place else None)
    theirs = settings.project if settings else None
    if project is None:
        raise UsageError(
            f"nothing says which project of {url} this is", hint=f"git config {PROJECT} group/name"
        )
    if theirs and not said and theirs.lower() != project.lower():
        raise _unnamed(f"in {theirs}", f"the remote is {project}", f"git config {PROJECT} {theirs}")
    return Place(place.url, project) if place else _elsewhere(url, project)


def _elsewhere(url: str, project: str) -> Place:
    """Pages that are named for a remote which is a folder, or an address that tells no host."""
    place = Place(url, project)
    if place.is_clear:
        raise UsageError(
            f"git config {URL} is plain http, and a token sent there could be read on the way",
            hint=f"git config {URL} https://{place.url.removeprefix('http://')}",
        )
    return place


def _unnamed(theirs: str, ours: str, hint: str) -> CredentialsError:
    words = f"gitreg.yaml says that merge requests are {theirs}, and {ours}: no token of yours is sent there"
    return CredentialsError(words, hint=f"{hint}, if you trust it")


def _job_url(registry: Registry, remote: Place | None) -> str | None:
    """The URL of the GitLab whose job this is, where the remote is there too; it alone knows of a path before all projects.

    https://docs.gitlab.com/ci/variables/predefined_variables/
    """
    environ = registry.environ
    if remote is None or environ.get("CI_SERVER_HOST", "").lower() != remote.host:
        return None
    try:
        return forge_url(environ.get("CI_SERVER_URL", ""))
    except ValueError:
        return None


def _setting(registry: Registry, key: str, check: Callable[[str], str]) -> str | None:
    value = registry.repository.config(key)
    try:
        return check(value) if value else None
    except ValueError as error:
        raise UsageError(
            f"git config {key} is none: {error}", hint=f"git config --unset-all {key}"
        ) from error


def _tokens(registry: Registry, place: Place) -> Iterator[Token]:
    """Tokens that may go to that place, the nearest first: environment, Git's credentials, glab's configuration."""
    environ = registry.environ
    unnamed = {name: value for name, value in environ.items() if name not in TOKEN_VARIABLES}
    for token in (environ_token(environ, place.host), environ_token(unnamed, place.host)):
        if token is not None and may_go(token, place, environ, registry.repository.config(URL)):
            yield token
    known = registry.repository.credential(f"{place.project_url}.git")
    if known is not None and not known.username.startswith(DEPLOY):
        # `Authorization: Bearer` takes personal tokens and those of OAuth (https://docs.gitlab.com/api/rest/authentication/)
        yield Token(known.password, "job" if known.username == JOB else "oauth", HELPER)
    if (theirs := glab_token(environ, place.host)) is not None:
        yield theirs
