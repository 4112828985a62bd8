"""The one command that runs every benchmark: it goes through to the end, and hides nothing. No time is asserted."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from queries import SEARCHES
from records import FIXED
from rows import ABSENT, ROWS
from rows.search import Answers
from setting import QUICK
from stock import Stock

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "run.py"
pytestmark = pytest.mark.checkout


@dataclass(frozen=True)
class Whole:
    """What a run said."""

    code: int
    printed: str
    errors: str
    figures: dict[str, Any]
    page: str


def _run(folder: Path, *words: str) -> Whole:
    places = folder / "figures.json", folder / "page.md"
    command = [sys.executable, SCRIPT, "--quick", "--folder", folder, *words]
    done = subprocess.run(
        [*command, "--json", places[0], "--markdown", places[1]], capture_output=True, text=True, check=False
    )
    figures = json.loads(places[0].read_text()) if places[0].is_file() else {}
    page = places[1].read_text() if places[1].is_file() else ""
    return Whole(done.returncode, done.stdout, done.stderr, figures, page)


def test_every_row_runs(environ, tmp_path):
    """Each row gives figures of ours, each budget a verdict, and each peer that is missing its reason."""
    whole = _run(tmp_path)

    assert whole.code == 0, whole.errors
    runs = {run["benchmark"]: run for run in whole.figures["runs"]}
    assert list(runs) == list(ROWS)
    for name, run in runs.items():
        assert any(result["name"].startswith("gitreg") for result in run["results"]), name
        assert all(result["samples"] for result in run["results"]), name
        assert all(each["reason"] and "failed" not in each["reason"] for each in run["skipped"]), name
        assert {each["state"] for each in run["budgets"]} <= {"kept", "missed", "not known"}
        assert f"<!-- {name} -->" in whole.page
    assert whole.figures["absent"] == ABSENT
    assert all(name in whole.printed for name in ABSENT)
    assert "## Budgets" in whole.page


def test_missing_peer_is_told(environ, tmp_path):
    """A program that is not installed is a value; the rest of its row is measured."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_DVC, SCRIPT.parent, tmp_path],
        capture_output=True,
        text=True,
        check=True,
    )

    assert "skipped: dvc --version: not installed: dvc" in done.stdout
    assert "gitreg --version" in done.stdout


WITHOUT_DVC = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import processes, report, rows.start_up, setting, start_up, stock
start_up.PROGRAMS = ("gitreg", "dvc")
found = processes.find
processes.find = lambda program: None if program == "dvc" else found(program)
folder = Path(sys.argv[2])
print(report.as_text(rows.start_up.measure(setting.Setting.at(folder, stock.Stock(folder), setting.QUICK))))
"""


def test_failing_row_is_told_and_the_others_go_on(environ, tmp_path):
    """A row that breaks ends the run with 1, after the others; here no registry can be kept."""
    cache = tmp_path / "cache"
    for size in QUICK.searched:
        place = Stock(cache).place(f"registry-{size}-0", FIXED)
        place.parent.mkdir(exist_ok=True)
        place.write_text("a file, where a folder should be")

    whole = _run(tmp_path, "--only", "memory", "readers", "--cache", str(cache))

    assert whole.code == 1
    assert "skipped: memory: failed:" in whole.printed
    assert "Reading one candidate's file" in whole.printed


def test_answers_that_differ_end_the_row():
    """The time of a search counts only if all found the same candidates in the same order; who was stopped found nothing."""
    answers, [one, other, *_] = Answers(), SEARCHES
    answers.keep(one, 100, "ours", ["a", "b"])
    answers.keep(one, 100, "theirs", ["a", "b"])
    answers.keep(other, 100, "ours", ["a", "b"])
    answers.check()

    answers.keep(other, 100, "theirs", ["b", "a"])

    with pytest.raises(RuntimeError, match=other.name):
        answers.check()


def test_rows_can_be_listed():
    """With what has no row, and why."""
    done = subprocess.run([sys.executable, SCRIPT, "--list"], capture_output=True, text=True, check=True)

    assert all(name in done.stdout for name in (*ROWS, *ABSENT))


def test_every_row_is_a_file():
    """And every file a row: what is measured stands in one list."""
    files = {path.stem for path in (SCRIPT.parent / "rows").glob("*.py")} - {"__init__"}

    assert files == set(ROWS)
