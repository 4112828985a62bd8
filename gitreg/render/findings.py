"""Findings as text, JSON, JUnit and Code Quality."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from gitreg.checks import Finding
from gitreg.render.document import document
from gitreg.render.junit import JUnitCase, junit
from gitreg.safe import json_text, one_line

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
    """GitLab's Code Quality report (https://docs.gitlab.com/ci/testing/code_quality/, implement a custom tool)."""
    issues: list[Mapping[str, Any]] = [
        {
            "description": one.message,
            "check_name": one.code,
            "fingerprint": hashlib.sha256(f"{one.code}\0{one.path}\0{one.message}".encode()).hexdigest(),
            "severity": SEVERITIES[one.severity],
            "location": {"path": one.path, "lines": {"begin": one.line}},
        }
        for one in findings
    ]
    return json_text(json.dumps(issues, ensure_ascii=False, indent=2)) + "\n"


FORMS: dict[str, Callable[[Sequence[Finding]], str]] = {
    "text": findings_text,
    "json": findings_json,
    "junit": findings_junit,
    "codequality": findings_code_quality,
}
