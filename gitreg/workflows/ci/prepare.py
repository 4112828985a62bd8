"""Preparing a CI job: its clone, and the environment that the commands after this one are to have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gitreg.errors import MachineError
from gitreg.gitrepo import ObjectId, Repository, without_credentials
from gitreg.signing.job_key import keep_job_key
from gitreg.workflows.ci.clone import JobClone, fit_clone
from gitreg.workflows.ci.job import CiJob, ci_job
from gitreg.workflows.ci.settings import (
    TOKENS,
    Settings,
    credential_settings,
    has_token,
    identity_settings,
    key_settings,
    trusting_settings,
    with_settings,
)
from gitreg.workflows.registry import main_remote


@dataclass(frozen=True)
class Prepared:
    """A job that can begin.

    Args:
        environ: its environment from now on.
        since: the commit that its change is counted from, which is here now.
        told: what was done, a line each.
    """

    environ: Mapping[str, str]
    since: ObjectId | None
    told: tuple[str, ...]


def prepare(
    path: Path, environ: Mapping[str, str], *, history: bool, key: str | None, folder: Path | None
) -> Prepared:
    """Makes the clone of a CI job fit, and says how Git is to work in it. Done twice, it is as if done once.

    Args:
        path: a folder in the clone.
        environ: the job's environment.
        history: whether the accepted branch's whole history is needed.
        key: the signing key's file or text, if the job has one.
        folder: a private one of the job's, for that key.

    Raises:
        NotFoundError: there is no clone.
        MachineError: Git is too old.
        CredentialsError: the key is none, or the remote refuses; RemoteError: it cannot be reached.
    """
    job = ci_job(environ)
    trusted = trusting_settings(_folders(path, environ))
    settings = [*trusted, *identity_settings(environ)]
    if key and folder:
        settings += key_settings(keep_job_key(key, folder, environ))
    with Repository.open(path, with_settings(environ, trusted)) as repository:
        remote = main_remote(repository)
        told, asking = _clean_remote(repository, remote, environ)
    made = with_settings(environ, [*settings, *asking])
    with Repository.open(path, made) as repository:
        _require_heard(repository, settings)
        since = fit_clone(JobClone(repository, remote, job), history=history) if remote else None
    return Prepared(made, since, (*told, *_told(job, since, signs=bool(key))))


def _require_heard(repository: Repository, settings: Settings) -> None:
    """Git before 2.31 does not read its configuration from the environment, and says nothing of it."""
    key, value = settings[-1]
    if repository.config(key) != value:
        raise MachineError(
            "this job's Git does not take settings from the environment",
            hint="Install Git 2.31 or newer in its image.",
        )


def _folders(path: Path, environ: Mapping[str, str]) -> list[Path]:
    project = environ.get("CI_PROJECT_DIR", "")
    return [*([Path(project)] if project.startswith("/") else []), path.resolve()]


def _clean_remote(
    repository: Repository, remote: str | None, environ: Mapping[str, str]
) -> tuple[list[str], Settings]:
    """The remote's URL, from now on without a token in it: what is in a file stays when the job is over."""
    if remote is None:
        return ["this clone has no remote"], []
    url = repository.remote_url(remote) or ""
    clean = without_credentials(url)
    if not clean.startswith(("http://", "https://")):
        return [], []
    if not has_token(environ):
        return [f"the job has no token ({' or '.join(TOKENS)}); {remote} is asked as the clone is set up"], []
    for key in ("url", "pushurl"):
        written = repository.config(f"remote.{remote}.{key}")
        if written and without_credentials(written) != written:
            repository.set_config(f"remote.{remote}.{key}", without_credentials(written))
    return [f"{remote} is asked with {next(name for name in TOKENS if environ.get(name))}"], (
        credential_settings(clean)
    )


def _told(job: CiJob, since: ObjectId | None, *, signs: bool) -> list[str]:
    lines = [f"the change is counted from {since[:12]}"] if since else []
    if job.is_fork:
        lines.append(
            "the merge request comes from a fork: what was accepted is taken as it was where it began"
        )
    return [*lines, *(["the signing key is here for this job"] if signs else [])]
