"""What a CI job is let do here, tier by tier, and the setting in GitLab that brings each further one.

Everything is tried harmlessly: reading calls of the API, and a push that sends nothing. What only a real write would tell is
said to be unknown. https://docs.gitlab.com/ci/jobs/ci_job_token/, https://docs.gitlab.com/user/project/settings/project_access_tokens/
and https://docs.gitlab.com/ci/variables/.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gitreg.errors import GitregError
from gitreg.gitrepo import without_credentials
from gitreg.workflows.doctor.forge import PROBE
from gitreg.workflows.proposing.forges import Found, by_each_token, withheld
from gitreg.workflows.proposing.known_requests import at_once
from gitreg.workflows.registry import Registry
from gitreg.workflows.releasing.signer import configured_key, find_signer
from gitreg.workflows.verification.anchor import read_anchor

TierState = Literal["available", "missing", "refused", "unknown"]
JOB_PAGE = "Settings > CI/CD > Job token permissions"
PUSH = f'{JOB_PAGE} > "Allow Git push requests to the repository" (GitLab 17.2 behind a flag, everywhere from 18.4)'
PROJECT_PAGE = (
    "Settings > Access tokens > Add new token: role Developer, scopes api and write_repository (on GitLab.com Free: a personal"
    " one, of an account made for it); then Settings > CI/CD > Variables > GITREG_TOKEN: masked and hidden, not expanded, and"
    " not protected, or pipelines of merge requests do not see it"
)
KEY = (
    "Settings > CI/CD > Variables > GITREG_SIGNING_KEY: type File, protected, not expanded, the private key with a line"
    " end at its end (GitLab masks no variable of several lines); its public half: gitreg key add NAME KEY.pub --machine"
)
ANCHOR = (
    "Settings > CI/CD > Variables > GITREG_ANCHOR: type File, not expanded, what gitreg key anchor prints"
)


@dataclass(frozen=True)
class Tier:
    """One tier.

    Args:
        name: what it takes.
        state: whether it is there: `refused` is what is there and does not work.
        brings: what can be done with it.
        found: what was seen.
        setting: what to set where; None where nothing is missing.
    """

    name: str
    state: TierState
    brings: str
    found: str
    setting: str | None = None


def ci_tiers(registry: Registry, *, offline: bool = False) -> list[Tier]:
    """Every tier, the one that needs least first."""
    try:
        founds, fault, kept = by_each_token(registry, wait=at_once), None, withheld(registry)
    except GitregError as error:
        founds, fault, kept = [], error.message, None
    return [
        _nothing(registry),
        _job_token(registry, founds, fault, offline=offline),
        _push(registry, offline=offline),
        _project_token(registry, founds, fault or kept, offline=offline),
        _signing_key(registry),
        _anchor(registry),
    ]


def _nothing(registry: Registry) -> Tier:
    brings = "validates records, judges gates, writes reports as files, verifies and pulls what its storage lets it read"
    where = (
        "a job of GitLab CI"
        if registry.environ.get("GITLAB_CI") or registry.environ.get("CI_JOB_ID")
        else "no CI job"
    )
    return Tier("no token", "available", brings, f"this is {where}")


def _job_token(registry: Registry, founds: Sequence[Found], fault: str | None, *, offline: bool) -> Tier:
    brings = "reads merge requests and their notes, not who approved; it opens none by API, writes no notes and makes no tags"
    name = "job token"
    found = next((one for one in founds if not one.forge.abilities.opens), None)
    if found is None:
        why = fault or "there is no CI_JOB_TOKEN of the remote's own GitLab here"
        return Tier(name, "missing", brings, why, "GitLab gives every job one; nothing is to be set")
    state, told = _asked(registry, found, offline=offline)
    setting = (
        f"{JOB_PAGE}: let this project in, and a job of somebody who may read it"
        if state == "refused"
        else None
    )
    return Tier(name, state, brings, told, setting)


def _push(registry: Registry, *, offline: bool) -> Tier:
    name = "push"
    brings = (
        "sends candidates and the branches of proposals, and opens their merge requests by push options; by the job token it"
        " starts no pipelines"
    )
    if registry.remote is None or offline:
        return Tier(
            name, "unknown", brings, "there is no remote" if not offline else "nobody was asked (--offline)"
        )
    if registry.repository.resolve(registry.accepted_ref) is None:
        told = f"no branch is here to try with; gitreg ci brings {registry.settings.accepted_branch}"
        return Tier(name, "unknown", brings, told)
    refusal = registry.repository.health.push_refusal(registry.remote, registry.accepted_ref)
    if refusal is not None:
        return Tier(
            name, "missing", brings, without_credentials(refusal), f"{PUSH}; or the project token below"
        )
    told = "the remote lets a push begin; whether it takes gitreg/* and refs/gitreg/*, only a push tells"
    return Tier(name, "available", brings, told)


def _project_token(registry: Registry, founds: Sequence[Found], fault: str | None, *, offline: bool) -> Tier:
    name = "project token"
    brings = "opens and updates merge requests, writes the report as their note; by Git it pushes, and starts pipelines"
    found = next((one for one in founds if one.forge.abilities.opens), None)
    if found is None:
        return Tier(
            name,
            "missing",
            brings,
            fault or "there is no GITREG_TOKEN, and none in Git's or glab's keeping",
            PROJECT_PAGE,
        )
    state, told = _asked(registry, found, offline=offline)
    more = "; whether its scopes and role let it write, only a write tells" if state == "available" else ""
    return Tier(name, state, brings, f"{told}{more}", PROJECT_PAGE if state == "refused" else None)


def _asked(registry: Registry, found: Found, *, offline: bool) -> tuple[TierState, str]:
    if offline:
        return "unknown", f"{found.source} is there; nobody was asked (--offline)"
    try:
        found.forge.find(PROBE, registry.settings.accepted_branch)
    except GitregError as error:
        return "refused" if error.exit_code == 4 else "unknown", f"{found.source}: {error.message}"
    return "available", f"{found.source} reads merge requests on {found.place.host if found.place else 'it'}"


def _signing_key(registry: Registry) -> Tier:
    name, brings = (
        "signing key",
        "signs what was merged, as a machine: gitreg release; a person can do that instead",
    )
    is_set = "GITREG_SIGNING_KEY" in registry.environ
    try:
        configured_key(registry, registry.accepted)
    except GitregError as error:
        told = f"GITREG_SIGNING_KEY is set, and {error.message}" if is_set else error.message
        return Tier(name, "refused" if is_set else "missing", brings, told, KEY)
    try:
        signer = find_signer(registry, registry.accepted)
    except GitregError as error:
        return Tier(name, "refused", brings, error.message, error.hint or KEY)
    return Tier(name, "available", brings, f"it is {signer.person}'s")


def _anchor(registry: Registry) -> Tier:
    name, brings = "anchor", "verifies and pulls in a fresh clone, which has no memory of its own to believe"
    given = registry.environ.get("GITREG_ANCHOR")
    if not given:
        return Tier(name, "missing", brings, "GITREG_ANCHOR is not set", ANCHOR)
    try:
        anchor = read_anchor(Path(given))
    except GitregError as error:
        return Tier(name, "refused", brings, str(error), ANCHOR)
    if anchor.registry != registry.rules.id:
        return Tier(name, "refused", brings, "GITREG_ANCHOR is of another registry", ANCHOR)
    return Tier(
        name, "available", brings, f"GITREG_ANCHOR is of this registry, trust root {anchor.root_version}"
    )
