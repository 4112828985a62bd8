"""The verdict on a release as a verification summary: which files were verified, by whom, against which trust root.

SLSA verification summary v1, https://slsa.dev/spec/v1.0/verification_summary. There is one only for what verified: a
refusal is an exit code, and says nothing that a later reader could rest on.
"""

from __future__ import annotations

from collections.abc import Iterator

from gitreg.domain.times import time_text
from gitreg.errors import UsageError
from gitreg.workflows.export.in_toto import Json, statement
from gitreg.workflows.verification.result import Verdict

PREDICATE = "https://slsa.dev/verification_summary/v1"
VERIFIER = "urn:gitreg:verifier"
RECORD, CONTENT = "GITREG_RECORD", "GITREG_CONTENT"


def verification_summary(verdict: Verdict, version: str) -> Json:
    """The statement for a version that verified.

    Args:
        verdict: what was proven, with the time of it.
        version: gitreg's own.

    Raises:
        UsageError: the verdict has no time.
    """
    if verdict.verified is None:
        raise UsageError("a verification summary says when it was, and this verdict does not")
    subject = [{"name": entry.path, "digest": {"sha256": entry.sha256}} for entry in verdict.manifest.entries]
    predicate = {
        "verifier": {"id": f"{VERIFIER}:{version}"},
        "timeVerified": time_text(verdict.verified),
        "resourceUri": f"urn:gitreg:registry:{verdict.root.registry}:{verdict.model}@{verdict.version}",
        "policy": {
            "uri": f"urn:gitreg:root:{verdict.root.version}",
            "digest": {"sha256": verdict.root.digest.hex},
        },
        "inputAttestations": [{"uri": verdict.tag, "digest": {"gitCommit": verdict.commit}}],
        "verificationResult": "PASSED",
        "verifiedLevels": list(_levels(verdict)),
    }
    return statement(subject, PREDICATE, predicate)


def _levels(verdict: Verdict) -> Iterator[str]:
    """Records always; bytes where they were asked for."""
    yield RECORD
    if any(step.name == "content" and step.result == "passed" for step in verdict.steps):
        yield CONTENT
