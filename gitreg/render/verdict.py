"""What a verification found, step by step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gitreg.documents.records_json import to_json
from gitreg.domain.times import time_text
from gitreg.errors import VerificationError
from gitreg.safe import one_line
from gitreg.workflows.verification.result import RefusedError, StepResult
from gitreg.workflows.verification.verify import Failure, Verdict

SIGNS = {"passed": "ok", "failed": "REFUSED", "skipped": "-"}


def steps_text(steps: Iterable[StepResult]) -> Iterator[str]:
    """One line for each step."""
    for step in steps:
        yield one_line(f"{step.number:>2}  {step.name:<10} {SIGNS[step.result]:<8} {step.detail}").rstrip()


def verdict_text(verdict: Verdict, *, brief: bool = False) -> str:
    """Each step and the verdict; the verdict alone when `brief`."""
    approved = f" approved by {', '.join(verdict.approvers)}," if verdict.approvers else ""
    line = (
        f"{verdict.model} {verdict.version} is verified: {verdict.tag.removeprefix('refs/tags/')},"
        f" signed by {verdict.signer} <{verdict.principal}> {verdict.fingerprint},{approved} commit {verdict.commit}"
    )
    steps = [] if brief else list(steps_text(verdict.steps))
    return "".join(f"{one}\n" for one in (*steps, one_line(line)))


def refusal_text(failure: Failure) -> str:
    """A release that was refused, in one line."""
    return (
        one_line(
            f"{failure.tag.removeprefix('refs/tags/')} is REFUSED at {failure.error.step}: {failure.error}"
        )
        + "\n"
    )


def verdict_json(one: Verdict | Failure) -> Mapping[str, Any]:
    """The same for programs."""
    if isinstance(one, Failure):
        return {"tag": one.tag, "result": "refused", **_refused(one.error)}
    return {
        "tag": one.tag, "result": "verified", "model": one.model, "version": str(one.version), "commit": one.commit,
        "signer": one.signer, "principal": one.principal, "fingerprint": one.fingerprint,
        "approvers": list(one.approvers),
        "record": to_json(one.record), "files": {entry.path: entry.sha256 for entry in one.manifest.entries},
        "steps": _steps(one.steps), "notes": list(one.notes),
        "verified": time_text(one.verified) if one.verified else None,
    }  # fmt: skip


def _refused(error: VerificationError) -> Mapping[str, Any]:
    steps = error.steps if isinstance(error, RefusedError) else ()
    return {"step": error.step, "reason": str(error), "steps": _steps(steps)}


def _steps(steps: Iterable[StepResult]) -> list[dict[str, Any]]:
    return [
        {"number": step.number, "name": step.name, "result": step.result, "detail": step.detail}
        for step in steps
    ]
