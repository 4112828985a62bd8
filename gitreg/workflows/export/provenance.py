"""The provenance of a verified version: which files, by which code, on which data, with which parameters, where.

SLSA provenance v1, https://slsa.dev/spec/v1.0/provenance. It repeats what the candidate's record says, as reviewers accepted
and a signer signed it: level 1 of SLSA's build track. docs/evidence.md says what each field means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from gitreg.documents import layout
from gitreg.domain.candidate import Candidate, Code, DataSource
from gitreg.domain.digest import Digest
from gitreg.domain.times import time_text
from gitreg.workflows.export.in_toto import Json, statement
from gitreg.workflows.verification.result import Verdict

PREDICATE = "https://slsa.dev/provenance/v1"
BUILD_TYPE = "urn:gitreg:training:v1"
BUILDER = "urn:gitreg:builder"

_SCP = re.compile(
    r"(?:(?P<user>[^@/:]+)@)?(?P<host>[A-Za-z0-9.-]+):(?P<path>[^/].*)"
)  # git-fetch(1), GIT URLS


def provenance(verdict: Verdict) -> Json:
    """The statement for a version that verified."""
    subject = [{"name": entry.path, "digest": {"sha256": entry.sha256}} for entry in verdict.manifest.entries]
    candidate = verdict.candidate
    predicate = {
        "buildDefinition": {
            "buildType": BUILD_TYPE,
            "externalParameters": _asked(candidate),
            "internalParameters": _environment(candidate),
            "resolvedDependencies": [
                *_code(candidate.code),
                *map(_data, candidate.data),
                *_packages(candidate),
            ],
        },
        "runDetails": {
            "builder": {"id": _builder(candidate)},
            "metadata": _metadata(candidate),
            "byproducts": list(_byproducts(verdict)),
        },
    }
    return statement(subject, PREDICATE, predicate)


def _asked(candidate: Candidate) -> Json:
    """What whoever started it chose."""
    return {
        "experiment": candidate.experiment,
        "command": list(candidate.code.command),
        "params": dict(candidate.params),
    }


def _environment(candidate: Candidate) -> Json:
    found = candidate.environment
    return {"python": found.python, "platform": found.platform} if found else {}


def _code(code: Code) -> Iterator[Json]:
    if code.repository is None and code.commit is None:
        return
    described: dict[str, Any] = {"name": "code"}
    if code.repository is not None:
        described["uri"] = _git_uri(code.repository) + (f"@{code.commit}" if code.commit else "")
    if code.commit is not None:
        described["digest"] = {"gitCommit": code.commit}
    described["annotations"] = {"branch": code.branch or "", "dirty": code.dirty}
    yield described


def _git_uri(repository: str) -> str:
    """The form that SLSA shows, e.g. `git+https://host/group/project`."""
    scp = _SCP.fullmatch(repository) if "://" not in repository else None
    if scp:
        user = f"{scp['user']}@" if scp["user"] else ""
        return f"git+ssh://{user}{scp['host']}/{scp['path']}"
    return f"git+{repository}" if "://" in repository else f"git+file://{quote(repository)}"


def _data(source: DataSource) -> Json:
    described: dict[str, Any] = {"name": source.name, "uri": source.uri}
    if source.digest is not None:
        described["digest"] = _digest(source.digest)
    told = {"context": source.context, "licence": source.licence}
    return {**described, "annotations": {name: text for name, text in told.items() if text}}


def _packages(candidate: Candidate) -> Iterator[Json]:
    """The list of installed packages, one line each, is known by its digest only."""
    found = candidate.environment.packages if candidate.environment else None
    if found is not None:
        yield {"name": "installed packages", "digest": _digest(found)}


def _builder(candidate: Candidate) -> str:
    job = candidate.ci
    if job is None:
        return f"{BUILDER}:local"
    if job.project and job.project.startswith(("https://", "http://")):
        return job.project
    return f"{BUILDER}:{quote(job.provider)}" + (f":{quote(job.project)}" if job.project else "")


def _metadata(candidate: Candidate) -> Json:
    job = candidate.ci
    told = {
        "invocationId": (job.job or job.pipeline if job else None) or candidate.id,
        "startedOn": time_text(candidate.created),
        "finishedOn": time_text(candidate.finished) if candidate.finished else None,
    }
    return {name: text for name, text in told.items() if text}


def _byproducts(verdict: Verdict) -> Iterator[Json]:
    """The registry's own records, and the signed tag on which the answer rests."""
    record = verdict.record
    named = (
        (layout.version_candidate_path(record.model, record.version), record.origin.record),
        (layout.version_manifest_path(record.model, record.version), verdict.manifest.digest),
    )
    for path, digest in named:
        yield {"name": path, "digest": _digest(digest)}
    yield {
        "name": verdict.tag,
        "digest": {"gitCommit": verdict.commit},
        "annotations": {"signer": verdict.principal, "key": verdict.fingerprint},
    }


def _digest(digest: Digest) -> Json:
    """A digest under its name; a folder's in DVC is the md5 of a listing, which is nobody else's md5."""
    return {"dvcDirMd5" if digest.hex.endswith(".dir") else digest.algorithm: digest.hex.removesuffix(".dir")}
