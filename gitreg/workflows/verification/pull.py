"""Pulling: a verified model into a folder. Either all of it is there and proven, or nothing is."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from gitreg.artifacts.progress import SILENT, Progress
from gitreg.workflows.registry import Registry
from gitreg.workflows.target import check_target
from gitreg.workflows.verification.content import content_to
from gitreg.workflows.verification.verify import Verdict, VerifyOptions, verify


def pull(
    registry: Registry,
    reference: str,
    target: Path,
    options: VerifyOptions,
    *,
    now: datetime | None = None,
    progress: Progress = SILENT,
) -> Verdict:
    """Verifies a version, then brings exactly its files into `target`.

    Args:
        registry: the registry.
        reference: `MODEL@VERSION`, `MODEL@STAGE`, `MODEL@latest`, or a release's tag.
        target: a folder that is absent or empty; one that holds exactly these files is success as well.
        options: how to verify.
        now: the time to write on the verdict.
        progress: told of the bytes.

    Raises:
        VerificationError: refused, naming the step, and the file where it is one; then nothing is in `target`.
        AlreadyThereError: something else is at `target`.
        UsageError: `target` lies below a link of the work tree.
        NotFoundError: there is no such version.
        RemoteError: the remote or the storage cannot be reached.
    """
    check_target(registry, target)
    return verify(registry, reference, options, now=now, progress=progress, content=content_to(target))
