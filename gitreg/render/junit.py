"""JUnit XML, as GitLab shows it (https://docs.gitlab.com/ci/testing/unit_test_reports/).

GitLab shows a case's text and not the `message` beside it, and of several cases of one class and name only the first: so
both say why, and names that come again are counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

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
    body = "".join(f"  {_case(one)}\n" for one in _apart(cases))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}{body}</testsuite>\n'


def _apart(cases: Sequence[JUnitCase]) -> Iterator[JUnitCase]:
    """The cases, those that would be taken for one another by names of their own."""
    seen: Counter[tuple[str, str]] = Counter()
    for one in cases:
        seen[one.classname, one.name] += 1
        count = seen[one.classname, one.name]
        yield one._replace(name=f"{one.name} ({count})") if count > 1 else one


def _case(one: JUnitCase) -> str:
    head = f"<testcase classname={_attribute(one.classname)} name={_attribute(one.name)}"
    head += f" file={_attribute(one.file)}" if one.file else ""
    if one.failure:
        words = f"type={_attribute(one.name)} message={_attribute(one.failure)}"
        return f"{head}><failure {words}>{escape(xml(one.failure))}</failure></testcase>"
    if one.skipped:
        return f"{head}><skipped message={_attribute(one.skipped)}>{escape(xml(one.skipped))}</skipped></testcase>"
    return f"{head}/>"


def _attribute(words: str) -> str:
    return quoteattr(xml(words))
