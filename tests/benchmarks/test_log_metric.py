"""The benchmark of `log_metric` runs, and the memory of a long training does not follow its points."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "log_metric.py"
MARGIN = 20
"""Megabytes: rows that wait for their file, and what the interpreter keeps; the points themselves would take twice that."""
pytestmark = pytest.mark.checkout


def _run(folder: Path, points: int) -> tuple[str, dict[str, object]]:
    """The section of the page, and the figures."""
    page, figures = folder / f"{points}.md", folder / f"{points}.json"
    words = ("--calls", "5", "--repeat", "2", "--points", str(points), "--without-mlflow")
    subprocess.run(
        [sys.executable, SCRIPT, *words, "--json", figures, "--markdown", page],
        check=True,
        capture_output=True,
    )
    return page.read_text(), json.loads(figures.read_text())


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, object]]:
    """A run with a short training."""
    return _run(tmp_path_factory.mktemp("short"), 2000)


def test_one_run_measures_calls_floor_and_a_long_training(short):
    """And says which peers it left out."""
    page, figures = short

    names = [result["name"] for result in figures["results"]]
    assert names == ["gitreg log_metric", "gitreg, the same in one batch", "one appending write() (floor)"]
    assert [each["name"] for each in figures["skipped"]] == ["mlflow"]
    assert "2,000 points" in page


def test_memory_does_not_follow_the_number_of_points(short, environ, tmp_path):
    """Neither while they are logged nor when they are folded into a table."""
    (few, _), (many, _) = short, _run(tmp_path, 200_000)

    peaks = [int(re.findall(r"(\d+) MB\s+at the most", page)[0]) for page in (few, many)]
    assert peaks[1] - peaks[0] < MARGIN
