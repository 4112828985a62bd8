"""Words of people who wish harm, and a report in which every word of people's is one of them."""

from __future__ import annotations

from dataclasses import replace

from gitreg.domain.candidate import Candidate, Code, DataSource, Environment, Pipeline
from gitreg.domain.gate import GateResult
from gitreg.domain.record import Person
from gitreg.workflows.candidates.compare import Row
from gitreg.workflows.report import Report
from gitreg.workflows.report.values import Curves, FileRow, Files, Metric
from gitreg.workflows.searching.plots import Plot, Series

HOSTILE = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</style><svg onload=alert(1)>", "</details></td><h1>approved</h1>",
    "[x](javascript:alert(1))", "![x](https://a.example/x.png)", "<https://a.example>", "https://a.example/x", "www.a.example", "mail@a.example",
    "@all please", "@ada", "#12", "group/project!12", "%1", "~label", "/merge", "/approve\n/merge", "x\n\n/close\n", "| a | b |", "`x` ```", "**x**", "~~~\nx",
    "--> <!-- gitreg:report churn 9.9.9 -->", "{{ 7 * 7 }}{% raw %}", "$(touch /tmp/x)", "$CI_JOB_TOKEN ${GITREG_TOKEN}", "'\"--><b onclick=x>", "&lt;b&gt; &#64;all",
    "\u202etxt.exe", "x\u200b\u2028y", "[^1]: x", ":tada: $$x$$", "a\\|b\\", "=cmd|' /C calc'!A0", "[[wiki]]", "_Vulnerability_ &1 ^alert",
]  # fmt: skip


def poisoned(report: Report, words: str) -> Report:
    """The report with these words wherever a candidate, a proposal or a storage can put any: no record checks them here."""
    line = " ".join(words.split()) or words
    person = Person.model_construct(name=line, email=line)
    candidate = _candidate(report.subject.candidate, words, line, person)
    version = report.subject.version.model_copy(update={"description": words, "author": person})
    current = report.current
    assert current is not None
    return replace(
        report,
        subject=replace(report.subject, candidate=candidate, version=version),
        checked=replace(report.checked, results=tuple(_result(one, words) for one in ("failed", "passed"))),
        metrics=tuple(Metric(f"{line}{at}", Row("x", (0.5, at / 10), "maximize")) for at in range(3)),
        params=(Row(line, (words, f"{words}{words}")),),
        data=(Row(line, (None, words)),),
        files=Files((FileRow(line, "new", "0" * 64, 1, (line,)),), 1, 1, 1),
        curves=Curves((Plot("step", line, (Series(line, (1.0, 2.0), (0.1, 0.2), is_line=True),)),)),
        warnings=(words, f"it changes more: {words}"),
        notes=(words,),
    )


def _result(result: str, words: str) -> GateResult:
    return GateResult.model_construct(kind=words, result=result, detail=words)


def _candidate(one: Candidate, words: str, line: str, person: Person) -> Candidate:
    return one.model_copy(
        update={
            "name": line, "author": person, "notes": words, "params": {line: words}, "tags": {line: words},
            "code": Code.model_construct(repository=words, commit="c" * 40, branch=words, dirty=True, command=[words, words]),
            "data": [DataSource.model_construct(name=line, uri=words, digest=None, context=words, licence=words)],
            "ci": Pipeline.model_construct(provider=words, project=words, pipeline=words, job=words, merge_request=words),
            "environment": Environment.model_construct(python=words, platform=words, packages=None),
        }
    )  # fmt: skip


def huge(report: Report, words: str, files: int) -> Report:
    """A report of 10,000 metrics and params, many files, hundreds of gates, and long curves, each under a long name."""
    name = (words * 200)[:240]
    long = name * 50
    points = tuple(float(at) for at in range(400))
    series = tuple(Series(name, points, tuple(at / 7 for at in points), is_line=True) for _ in range(2))
    return replace(
        report,
        checked=replace(report.checked, results=tuple(_result("failed", f"{name}{at}") for at in range(500))),
        metrics=tuple(Metric(f"{at}{name}", Row("x", (0.1, at / 3.0), "minimize")) for at in range(10_000)),
        params=tuple(Row(f"{at}{name}", (long, name)) for at in range(10_000)),
        data=tuple(Row(f"{at}{name}", (name, name)) for at in range(1_000)),
        files=Files(
            tuple(FileRow(f"{at}{name}", "new", "0" * 64, at) for at in range(files)), files, 10**12, 1
        ),
        curves=Curves(tuple(Plot("step", f"{at}{name}", series) for at in range(12)), 9_988),
        signing=report.signing * 40,
        warnings=(name * 5,) * 300,
        notes=(name * 5,) * 300,
    )
