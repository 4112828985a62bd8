"""JUnit XML, as GitLab shows it (https://docs.gitlab.com/ci/testing/unit_test_reports/)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import quoteattr

from gitreg.safe import xml


class JUnitCase(NamedTuple):
    """One question and its answer.

    Args:
        classname: what it was asked about.
        name: the question.
        file: where, if it is about a file.
        failure: why the answer is no.
        skipped: why there is none.
    """

    classname: str
    name: str
    file: str = ""
    failure: str = ""
    skipped: str = ""


def junit(suite: str, cases: Sequence[JUnitCase]) -> str:
    """A test suite of these cases."""
    failures = sum(bool(one.failure) for one in cases)
    skipped = sum(bool(one.skipped) for one in cases)
    counts = f'tests="{len(cases)}" failures="{failures}" errors="0"' + (
        f' skipped="{skipped}"' if skipped else ""
    )
    head = f"<testsuite name={_attribute(suite)} {counts}>\n"
    body = "".join(f"  {_case(one)}\n" for one in cases)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}{body}</testsuite>\n'


def _case(one: JUnitCase) -> str:
    head = f"<testcase classname={_attribute(one.classname)} name={_attribute(one.name)}"
    head += f" file={_attribute(one.file)}" if one.file else ""
    if one.failure:
        return f"{head}><failure type={_attribute(one.name)} message={_attribute(one.failure)}/></testcase>"
    if one.skipped:
        return f"{head}><skipped message={_attribute(one.skipped)}/></testcase>"
    return f"{head}/>"


def _attribute(words: str) -> str:
    return quoteattr(xml(words))
