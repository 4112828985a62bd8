"""Findings as text, JSON, JUnit and Code Quality."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from gitreg.checks import Finding
from gitreg.render.document import document
from gitreg.render.junit import JUnitCase, junit
from gitreg.safe import json_text, one_line
from gitreg.workflows.validating.validate import Validation

SEVERITIES = {"error": "major", "warning": "minor"}


def findings_text(findings: Sequence[Finding]) -> str:
    """`path:line:column: message [code]`, one a line."""
    return "".join(
        one_line(f"{one.path}:{one.line}:{one.column}: {one.message} [{one.code}]") + "\n" for one in findings
    )


def findings_json(findings: Sequence[Finding]) -> str:
    """The one JSON document that every reading command gives."""
    return document("FindingList", [asdict(one) for one in findings])


def findings_junit(findings: Sequence[Finding]) -> str:
    """JUnit XML: a failed case for each."""
    cases = [
        JUnitCase(
            one.path, one.code, file=one.path, failure=f"{one.path}:{one.line}:{one.column}: {one.message}"
        )
        for one in findings
    ]
    return junit("gitreg validate", cases or [JUnitCase("gitreg", "validate")])


def findings_code_quality(findings: Sequence[Finding]) -> str:
    """GitLab's Code Quality report (https://docs.gitlab.com/ci/testing/code_quality/, "Code Quality report format").

    A fingerprint names one finding: GitLab shows the first one of each, and takes what has it in both branches for old. So it
    does not count lines, which move, and counts what would be the same.
    """
    issues: list[Mapping[str, Any]] = [
        {
            "description": one.message,
            "check_name": one.code,
            "fingerprint": fingerprint,
            "severity": SEVERITIES[one.severity],
            "location": {"path": one.path.lstrip("/"), "lines": {"begin": one.line}},
        }
        for one, fingerprint in _fingerprints(findings)
    ]
    return json_text(json.dumps(issues, ensure_ascii=False, indent=2)) + "\n"


def _fingerprints(findings: Sequence[Finding]) -> Iterator[tuple[Finding, str]]:
    seen: Counter[str] = Counter()
    for one in findings:
        words = f"{one.code}\0{one.path}\0{one.message}"
        seen[words] += 1
        counted = words if seen[words] == 1 else f"{words}\0{seen[words]}"
        yield one, hashlib.sha256(counted.encode("utf-8", "surrogatepass")).hexdigest()


def _as_named(found: Validation) -> list[Finding]:
    """Findings with the names that somebody typed, for an editor to open; reports have paths from the top."""
    return [replace(one, path=found.shown.get(one.path, one.path)) for one in found.findings]


FORMS: dict[str, Callable[[Validation], str]] = {
    "text": lambda found: findings_text(_as_named(found)),
    "json": lambda found: findings_json(_as_named(found)),
    "junit": lambda found: findings_junit(found.findings),
    "codequality": lambda found: findings_code_quality(found.findings),
}
