"""Whether the artifacts of a registered version may be used: what `GITREG_VERIFY` demands (docs/adr/0036).

require   only released versions that verify; an unsigned one is refused, and so is one that cannot be verified now
warn      a released version must verify; of an unsigned one people are told, once, and a retired one is refused (the default)
off       nothing is asked

A version that was registered from elsewhere (`s3://...`, a folder) has nothing here that could be verified: MLflow loads it from
there, so it is asked before its place is told.
"""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import Literal

from gitreg.documents import layout, places
from gitreg.domain.digest import Digest
from gitreg.domain.model import Model, ModelVersion
from gitreg.errors import RemoteError, UsageError, VerificationError
from gitreg.gitrepo import ObjectId
from gitreg.gitrepo.environment import NO_LAZY_FETCH
from gitreg.mlflow_plugin.addresses import VersionPlace
from gitreg.mlflow_plugin.opening import now
from gitreg.mlflow_plugin.telling import tell_once
from gitreg.workflows.contents.artifact_files import ArtifactFiles
from gitreg.workflows.registry import Registry, open_registry
from gitreg.workflows.verification.verify import VerifyOptions, verify

VARIABLE = "GITREG_VERIFY"
Demand = Literal["require", "warn", "off"]
DEMANDS: tuple[Demand, ...] = ("require", "warn", "off")
GOOD_FOR = 300.0
"""Seconds for which a verdict holds in one process: of one load, MLflow asks for each file."""
_verdicts: dict[tuple[Path, VersionPlace, ObjectId, ObjectId | None, Digest | None], float] = {}
_lock = threading.Lock()


def require_trusted(registry: Registry, place: VersionPlace, files: ArtifactFiles) -> None:
    """Refuses a version that does not meet the demand.

    Args:
        registry: where it is.
        place: which.
        files: what is going to be read; it must be what was verified.

    Raises:
        VerificationError: with the reason.
        UsageError: if `GITREG_VERIFY` says something else.
    """
    demand = _demand()
    if demand == "off":
        return
    tag = registry.repository.resolve(layout.version_tag(place.model, place.version))
    if tag is None:
        _require_in_use(registry, place)
        _unsigned(place, demand)
        return
    listing = files.listing.manifest.digest if files.listing else None
    key = registry.repository.common_dir, place, tag, registry.accepted.commit, listing
    with _lock:
        if time.monotonic() - _verdicts.get(key, float("-inf")) < GOOD_FOR:
            return
    if _verified(registry, place, files, demand):
        with _lock:
            _verdicts[key] = time.monotonic()


def require_held(version: ModelVersion) -> None:
    """Refuses, where signatures are demanded, a version whose artifacts are elsewhere: a registry proves only what it holds.

    Raises:
        VerificationError: with the reason.
        UsageError: if `GITREG_VERIFY` says something else.
    """
    demand = _demand()
    if version.artifacts is not None or demand == "off":
        return
    words = f"the artifacts of {version} are not in the registry, so what is loaded may be anything"
    if demand == "require":
        raise VerificationError(
            f"{words}, and {VARIABLE}=require demands a signature", step="record", hint="gitreg log"
        )
    tell_once(words)


def _demand() -> Demand:
    said = os.environ.get(VARIABLE) or "warn"
    if said not in DEMANDS:
        raise UsageError(f"{VARIABLE} is {said!a}, which is no demand", hint=f"known: {', '.join(DEMANDS)}")
    return said


def _require_in_use(registry: Registry, place: VersionPlace) -> None:
    """What was retired is not loaded, signed or not: somebody said that it must not serve."""
    model = registry.accepted.record(Model, places.model_path(place.model))
    if model is not None and place.version in model.retired:
        reason = model.retired[place.version]
        raise VerificationError(f"{place.model} {place.version} is retired: {reason}", step="retired")


def _unsigned(place: VersionPlace, demand: Demand) -> None:
    name = f"{place.model} {place.version}"
    if demand == "require":
        raise VerificationError(
            f"{name} is not released, so nobody signed it, and {VARIABLE}=require demands that",
            step="signature",
            hint="gitreg release",
        )
    tell_once(
        f"{name} is not released, so nobody signed it; what is loaded is as it was registered, and no more"
    )


def _verified(registry: Registry, place: VersionPlace, files: ArtifactFiles, demand: Demand) -> bool:
    """Whether it was verified; False where the remote is away, and that may be."""
    anchor = os.environ.get("GITREG_ANCHOR")
    options = VerifyOptions(anchor=Path(anchor).absolute() if anchor else None, ci=bool(os.environ.get("CI")))
    repository = registry.repository
    distrusted = open_registry(
        repository.work_tree or repository.git_dir, {**registry.environ, **NO_LAZY_FETCH}
    )
    try:
        verdict = verify(distrusted, f"{place.model}@{place.version}", options, now=now())
    except RemoteError as error:
        if demand == "require":
            raise
        tell_once(
            f"{place.model} {place.version} could not be verified now: {error}", about=f"verify {place}"
        )
        return False
    finally:
        distrusted.close()
    if files.listing is None or files.listing.manifest != verdict.manifest:
        raise VerificationError(
            f"the files of {place.model} {place.version} in this clone are not those that were signed",
            step="record",
            hint="gitreg fetch",
        )
    return True


def _start_over() -> None:
    global _lock  # noqa: PLW0603 - a thread that is not here may have held it
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_start_over)
