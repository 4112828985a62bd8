"""Verifying down to the bytes in the storage. A module of its own, as only this needs what reaches a storage."""

from __future__ import annotations

from datetime import datetime

from gitreg.artifacts.progress import SILENT, Progress
from gitreg.workflows.registry import Registry
from gitreg.workflows.verification.content import check_stored
from gitreg.workflows.verification.verify import Failure, Verdict, VerifyOptions, verify, verify_all


def verify_deep(
    registry: Registry,
    reference: str,
    options: VerifyOptions,
    *,
    now: datetime | None = None,
    progress: Progress = SILENT,
) -> Verdict:
    """As `verify`, and every byte in the storage is the recorded one.

    Raises:
        VerificationError: refused, naming the step; step `content` names the file.
    """
    return verify(registry, reference, options, now=now, progress=progress, content=check_stored)


def verify_all_deep(
    registry: Registry, options: VerifyOptions, *, now: datetime | None = None, progress: Progress = SILENT
) -> list[Verdict | Failure]:
    """As `verify_all`, down to the bytes of each release."""
    return verify_all(registry, options, now=now, progress=progress, content=check_stored)
