"""Findings as text, JSON, JUnit and Code Quality."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any
from xml.sax.saxutils import quoteattr

from gitreg.checks import Finding
from gitreg.render.document import document
from gitreg.render.safe import json_text, one_line

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
    """JUnit XML, as GitLab shows it (https://docs.gitlab.com/ci/testing/unit_test_reports/): a failed case for each."""
    cases = [
        f"  <testcase classname={_attribute(one.path)} name={_attribute(one.code)} file={_attribute(one.path)}>"
        f"<failure type={_attribute(one.code)} message={_attribute(f'{one.path}:{one.line}:{one.column}: {one.message}')}/>"
        "</testcase>\n"
        for one in findings
    ] or ['  <testcase classname="gitreg" name="validate"/>\n']
    count = len(findings)
    head = f'<testsuite name="gitreg validate" tests="{len(cases)}" failures="{count}" errors="0">\n'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}{"".join(cases)}</testsuite>\n'


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


def _attribute(words: str) -> str:
    """An XML attribute: XML 1.0 has no control characters at all, so they are escaped as text first."""
    return quoteattr(one_line(words))


FORMS: dict[str, Callable[[Sequence[Finding]], str]] = {
    "text": findings_text,
    "json": findings_json,
    "junit": findings_junit,
    "codequality": findings_code_quality,
}
