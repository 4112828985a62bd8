"""Words that every form of a report shares: verdict, numbers and what was cut. Escapes nothing; each form does its own."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import get_args

from gitreg.domain.gate import GateResult
from gitreg.render.sizes import size_text
from gitreg.workflows.report.values import FileRow, FileState, Metric, PlannedTag, Report

ORDER = ("failed", "skipped", "passed")
STATES: tuple[FileState, ...] = get_args(FileState)
ELLIPSIS = "\u2026"


def cut(words: str, most: int) -> str:
    """The beginning of a long text, and a mark where the rest was."""
    return words if len(words) <= most else words[: most - 1] + ELLIPSIS


def verdict(report: Report) -> str:
    """What the gates say together."""
    results, failed = report.checked.results, report.failed
    if failed:
        return f"{failed} of {count(len(results), 'gate')} {'fails' if failed == 1 else 'fail'}"
    skipped = sum(one.result == "skipped" for one in results)
    beside = f", {skipped} skipped" if skipped else ""
    passed = len(results) - skipped
    return f"{count(passed, 'gate')} {'passes' if passed == 1 else 'pass'}{beside}, none fails"


def standing(report: Report) -> str:
    """Where the version stands, and what it would do."""
    subject = report.subject
    stages = f" and put into {' and '.join(subject.stages)}" if subject.stages else ""
    return {
        "proposed": f"proposed to be released{stages}",
        "accepted": f"accepted{stages}, waits for its signature",
        "released": f"released{stages}; its signature is not looked at here",
    }[subject.state]


def measure(report: Report) -> str:
    """What it is compared with."""
    current = report.current
    if current is None:
        return f"the first version of {report.model}: there is nothing to compare it with"
    return f"compared with {current.version}, {current.why}"


def sorted_gates(results: Iterable[GateResult]) -> list[GateResult]:
    """Those that failed first, then those that were skipped."""
    return sorted(results, key=lambda one: ORDER.index(one.result))


def number(value: float | None) -> str:
    """A metric as people read it; nothing where there is none."""
    return "" if value is None else f"{value:.6g}"


def change(metric: Metric) -> str:
    """How much a metric changed, absolutely and as a part."""
    if metric.change is None:
        return _unlike(metric)
    relative = metric.relative
    part = f" ({_signed(relative * 100, 3)} %)" if relative is not None else ""
    return _signed(metric.change, 3) + part


def _unlike(metric: Metric) -> str:
    if metric.current is None:
        return "new"
    if metric.value is None:
        return "gone"
    return "cannot be compared" if metric.row.differs else "same"


def _signed(value: float, digits: int) -> str:
    return f"{value:+.{digits}g}"


def exact(value: float) -> float | str:
    """A number for JSON, which has no NaN and no infinities."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def count(number_of: int, word: str) -> str:
    """`1 gate`, `2 gates`."""
    return f"{number_of} {word}" if number_of == 1 else f"{number_of} {word}s"


def files_line(report: Report) -> str:
    """How many files, how large, and what became of them."""
    files = report.files
    before = f", before {size_text(files.current_size)}" if files.current_size is not None else ""
    counts = {state: files.number_of(state) for state in STATES} if report.current else {}
    states = [f"{found} {state}" for state, found in counts.items() if found]
    beside = f": {', '.join(states)}" if states else ""
    return f"{count(files.count, 'file')}, {size_text(files.size)}{before}{beside}"


def size(row: FileRow) -> str:
    """A file's size, where it is known."""
    return "" if row.size is None else size_text(row.size)


def formats(row: FileRow) -> str:
    """What a file could be taken for."""
    return " and ".join(row.formats) if row.formats else "" if row.state == "removed" else "not looked at"


def signers(tag: PlannedTag) -> str:
    """Who may sign a tag, and how many it takes."""
    if not tag.by:
        return "nobody: the roles give this to no one"
    people = " or ".join(f"{one} (machine)" if one in tag.machines else one for one in tag.by)
    need = people if tag.threshold == 1 else f"{tag.threshold} people of {people}, not machines alone"
    if tag.approvals:
        need += f"; a gate asks for {count(tag.approvals, 'approval')} of people other than the authors"
    return need


def sentence(words: str) -> str:
    """Words as a sentence begins."""
    return words[:1].upper() + words[1:]


def origin(report: Report) -> str:
    """Where it comes from, in a sentence."""
    one, version = report.subject.candidate, report.subject.version
    if one is None:
        return f"Registered from {version.elsewhere} by {version.author.name}: no candidate of this registry"
    code = f"code {one.code.commit[:12]}" if one.code.commit else "no code recorded"
    dirty = " with changes beside it" if one.code.commit and one.code.dirty else ""
    branch = f" of {one.code.branch}" if one.code.commit and one.code.branch else ""
    return f"Candidate {one}, {code}{branch}{dirty}, logged by {one.author.name}, proposed by {version.author.name}"
