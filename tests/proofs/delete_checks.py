"""Takes each check of verification away in turn: at least one test has to fail for each.

    python tests/proofs/delete_checks.py [--write] [--match TEXT] [--jobs 2] [--unlisted] [--thorough] [--list]

The tests are run once, and it is written down which lines of verification stood in the way of whom. Then, for each check,
gitreg is copied without it, and the tests whose refusals came through its lines are run against the copy, then some that
verify what is honest, until one fails. `--write` keeps in deletions.json which test noticed; the suite tries some
of them again, and every check that is not listed there.
"""

# ruff: noqa: T201 - what a command says
from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import hypothesis  # noqa: F401 - loaded before the forks, which is quicker
import pydantic  # noqa: F401
import pytest
import ruamel.yaml  # noqa: F401

sys.path.insert(0, str(Path(__file__).resolve().parent))

from deletions import TOP, Check, checks, without

TABLE = Path(__file__).with_name("deletions.json")
TESTS = (
    "tests/workflows/test_verify*.py", "tests/workflows/test_anchor.py", "tests/workflows/test_approvals*.py",
    "tests/workflows/test_pull.py", "tests/signing/test_*.py", "tests/domain/test_statements.py", "tests/domain/test_trust*.py",
    "tests/attacks/test_*.py", "tests/proofs/test_proof_refusals.py", "tests/trust/test_*.py",
)  # fmt: skip
BESIDE = (
    ("gitreg/domain/statement.py", "tests/domain/test_statements.py"),
    ("gitreg/domain/trust.py", "tests/domain/test_records.py"),
    ("gitreg/signing/", "tests/signing"),
    ("gitreg/workflows/verification/anchor.py", "tests/workflows/test_anchor.py"),
    ("gitreg/workflows/verif", "tests/workflows/test_verify_each_step.py"),
    ("gitreg/workflows/verification/own_store.py", "tests/workflows/test_verify_clone.py"),
    ("gitreg/workflows/verification/hearing.py", "tests/workflows/test_verify_clone.py"),
    ("gitreg/workflows/verification/root.py", "tests/workflows/test_verify_signers.py"),
    ("gitreg/workflows/verification/role.py", "tests/workflows/test_verify_signers.py"),
    ("gitreg/workflows/verification/se", "tests/workflows/test_verify_standing.py"),
    ("gitreg/workflows/verification/sta", "tests/workflows/test_verify_standing.py"),
    ("gitreg/workflows/verification/release.py", "tests/workflows/test_verify_standing.py"),
    ("gitreg/workflows/verification/verify.py", "tests/workflows/test_verify_standing.py"),
    ("gitreg/workflows/verification/approvals.py", "tests/workflows/test_approvals_verify.py"),
    ("gitreg/workflows/verification/content.py", "tests/workflows/test_pull.py"),
)
"""Tests beside a module: what they see is not told as an error of gitreg, so it is not recorded."""
HONEST = ("three_names", "git_variables_change_nothing", "clock_of_the_tagger")
"""Words in the names of tests that verify what is good: a check that refuses too much fails them."""
TIMEOUT = 1200.0
FEW, MANY = 12, 40


class Recorder:
    """A plugin of pytest: which lines of gitreg stood on the way of which test's errors; which test failed first."""

    def __init__(self) -> None:
        self.lines: dict[str, dict[str, None]] = {}
        self.tests: list[str] = []
        self.failed: list[str] = []
        self._test = ""

    def pytest_sessionstart(self) -> None:
        from gitreg import errors  # noqa: PLC0415 - the copy's

        made = errors.GitregError.__init__

        def noticed(error: Any, *words: Any, **more: Any) -> None:
            made(error, *words, **more)
            self._notice()

        errors.GitregError.__init__ = noticed  # type: ignore[method-assign]

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._test = nodeid
        self.tests.append(nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failed.append(f"collecting {report.nodeid}")

    def _notice(self) -> None:
        frame = sys._getframe(2)
        while frame is not None:
            self._line(frame.f_code.co_filename, frame.f_lineno)
            frame = frame.f_back  # type: ignore[assignment]
        error = sys.exc_info()[1]
        while error is not None:
            trace = error.__traceback__
            while trace is not None:
                self._line(trace.tb_frame.f_code.co_filename, trace.tb_lineno)
                trace = trace.tb_next
            error = error.__context__

    def _line(self, file: str, line: int) -> None:
        name = file.partition("/gitreg/")[2]
        if name.startswith(("workflows/", "signing/", "domain/")):
            self.lines.setdefault(f"gitreg/{name}:{line}", {})[self._test] = None


def files_of_tests() -> list[str]:
    """The files of the tests that have to notice."""
    return sorted(str(path.relative_to(TOP)) for pattern in TESTS for path in TOP.glob(pattern))


def run_in_fork(package: Path, words: Sequence[str]) -> dict[str, Any]:
    """What pytest found with gitreg taken from a folder, in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="gitreg-run-") as name:
        told = Path(name, "told.json")
        child = os.fork()
        if child == 0:
            _run_here(package, words, told, Path(name))
        limit = time.monotonic() + TIMEOUT
        while os.waitpid(child, os.WNOHANG) == (0, 0):
            if time.monotonic() > limit:
                os.killpg(child, signal.SIGKILL)
                os.waitpid(child, 0)
                return {"failed": ["it never ended"], "tests": [], "lines": {}}
            time.sleep(0.02)
        words_said = Path(name, "output").read_text(errors="replace")[-2000:]
        if not told.exists():
            return {"failed": ["pytest itself ended"], "tests": [], "lines": {}, "said": words_said}
        answer: dict[str, Any] = json.loads(told.read_text())
        return {**answer, "said": words_said}


def _run_here(package: Path, words: Sequence[str], told: Path, scratch: Path) -> None:
    try:
        os.setpgid(0, 0)
        output = os.open(scratch / "output", os.O_WRONLY | os.O_CREAT)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.chdir(TOP)
        sys.path.insert(0, str(package))
        os.environ["PYTHONPATH"] = str(package)
        recorder = Recorder()
        always = [
            "-q",
            "-p",
            "no:randomly",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:xdist",
            f"--basetemp={scratch}/t",
        ]
        pytest.main([*always, *words], plugins=[recorder])
        import gitreg  # noqa: PLC0415 - the copy

        assert gitreg.__file__ is not None
        assert gitreg.__file__.startswith(str(package)), gitreg.__file__
        lines = {line: list(tests) for line, tests in recorder.lines.items()}
        told.write_text(json.dumps({"failed": recorder.failed, "tests": recorder.tests, "lines": lines}))
    finally:
        os._exit(0)


def record() -> dict[str, Any]:
    """The tests once, with everything in its place; all have to pass."""
    answer = run_in_fork(TOP, files_of_tests())
    for failed in answer["failed"]:
        print(f"fails with nothing deleted: {failed}")
    return answer


def noticed(check: Check, rounds: Iterable[Sequence[str]]) -> str | None:
    """The first test that fails without the check."""
    with tempfile.TemporaryDirectory(prefix="gitreg-without-") as name:
        without(check, Path(name))
        for tests in rounds:
            failed = run_in_fork(Path(name), ["-x", *tests])["failed"] if tests else []
            if failed:
                return str(failed[0])
    return None


def rounds_for(
    check: Check, known: dict[str, Any], listed: dict[str, str], *, thorough: bool
) -> Iterator[list[str]]:
    """Which tests to try, the likeliest first."""
    good = [test for test in known["tests"] if test not in known["failed"]]
    if (before := listed.get(check.id)) in good:
        yield [str(before)]
    hit: dict[str, None] = {}
    for line in range(check.first, check.last + 1):
        hit |= dict.fromkeys(known["lines"].get(f"{check.module}:{line}", ()))
    there = set(good)
    likely = sorted((test for test in hit if test in there), key=lambda test: "/attacks/" in test)
    yield likely[:FEW]
    yield [file for place, file in BESIDE if check.module.startswith(place) and (TOP / file).exists()]
    yield [test for test in good if any(word in test for word in HONEST)]
    yield likely[FEW:MANY]
    if thorough:
        near = [line for line in known["lines"] if line.startswith(f"{check.module}:")]
        yield sorted({test for line in near for test in known["lines"][line]} & there)


def write(listed: dict[str, str]) -> None:
    """Keeps which test noticed which check, of the checks that there are."""
    there = {one.id for one in checks()}
    kept = {id_: test for id_, test in sorted(listed.items()) if id_ in there}
    TABLE.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")


def main() -> int:
    """Deletes them, and says which nobody missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--match", default="")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--unlisted", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument(
        "--thorough", action="store_true", help="try all tests that a module refused, before giving up"
    )
    parser.add_argument("--record", type=Path, help="keep, or use again, what was recorded")
    words = parser.parse_args()
    listed: dict[str, str] = json.loads(TABLE.read_text()) if TABLE.exists() else {}
    wanted = [one for one in checks() if words.match in one.id and not (words.unlisted and one.id in listed)]
    wanted.sort(key=lambda one: ("workflows/verif" not in one.module, one.place[1] not in {"raise", "call"}))
    if words.list:
        print("\n".join(one.id for one in wanted))
        return 0
    started = time.monotonic()
    if words.record and words.record.exists():
        known = json.loads(words.record.read_text())
    else:
        known = record()
        if words.record:
            words.record.write_text(json.dumps(known))
    print(
        f"{len(known['tests'])} tests recorded in {time.monotonic() - started:.0f} s; {len(wanted)} checks",
        flush=True,
    )
    survivors = []
    with ThreadPoolExecutor(words.jobs) as pool:
        asked = [
            (one, pool.submit(noticed, one, rounds_for(one, known, listed, thorough=words.thorough)))
            for one in wanted
        ]
        for one, answer in asked:
            test = answer.result()
            print(f"{'.' if test else '!'} {one.id[:100]} <- {test}", flush=True)
            if test is None:
                survivors.append(one)
                listed.pop(one.id, None)
                print(f"NOBODY NOTICED {one.id} ({one.module}:{one.first})", flush=True)
            else:
                listed[one.id] = test
            if words.write:  # each time: a run that is ended has done something
                write(listed)
    print(f"{len(wanted)} deleted, {len(survivors)} survived, in {time.monotonic() - started:.0f} s")
    return 1 if survivors else 0


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
