"""Scripts of the benchmarks, each alone: what they measure in one run, and what they say of it. No time is asserted."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
pytestmark = pytest.mark.checkout


def _run(script: str, *words: str) -> str:
    """What a benchmark script prints."""
    command = [sys.executable, str(BENCHMARKS / script), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_log_one_measures_in_one_run(environ: dict[str, str], tmp_path: Path) -> None:
    """One command measures our act and its floor, and says which peers it left out."""
    words = ("--sizes", "0", "--repeat", "3", "--without", "git", "--without", "mlflow")

    printed = _run("log_one.py", *words, "--json", str(tmp_path / "figures.json"))

    figures = json.loads((tmp_path / "figures.json").read_text())
    names = [result["name"] for result in figures["results"]]
    assert names == ["gitreg log", "gitreg log, artifact of 1 KB", "7 loose objects by gitdb (floor)"]
    assert {len(result["samples"]) for result in figures["results"]} == {3}
    assert [each["name"] for each in figures["skipped"]] == ["git", "mlflow"]
    assert "skipped: mlflow" in printed


def test_log_one_compares_sizes_and_plain_git(environ: dict[str, str], tmp_path: Path) -> None:
    """Each contestant is compared with ours at its size, and with itself at the smallest."""
    words = ("--sizes", "0", "30", "--repeat", "1", "--without", "mlflow")

    _run("log_one.py", *words, "--json", str(tmp_path / "figures.json"))

    results = {
        (each["name"], each["size"]): each
        for each in json.loads((tmp_path / "figures.json").read_text())["results"]
    }
    git, ours = results["git add + git commit", 30], results["gitreg log", 30]
    smallest = results["git add + git commit", 0]
    assert git["ratio_to_reference"] == pytest.approx(git["median"] / ours["median"])
    assert git["ratio_to_smallest_size"] == pytest.approx(git["median"] / smallest["median"])


def test_page_keeps_other_sections(environ: dict[str, str], tmp_path: Path) -> None:
    """A run replaces its own section of the page, and leaves the others alone."""
    page = tmp_path / "benchmarks.md"
    page.write_text("# Benchmarks\n\n<!-- start_up -->\nold\n<!-- end of start_up -->\n\nand other words\n")

    _run("start_up.py", "--programs", "gitreg", "--repeat", "1", "--markdown", str(page))

    text = page.read_text()
    assert text.endswith("<!-- end of start_up -->\n\nand other words\n")
    assert "| gitreg --version |" in text
    assert "python -c" in text
    assert "old" not in text


def test_page_names_the_machine(environ: dict[str, str], tmp_path: Path) -> None:
    """A figure on the page comes with the machine that it was taken on."""
    page = tmp_path / "benchmarks.md"

    _run("start_up.py", "--programs", "gitreg", "--repeat", "1", "--markdown", str(page))

    text = page.read_text()
    assert text.startswith("# Benchmarks\n")
    assert all(f"{word} " in text for word in ("processor", "cores", "python", "git", "file system"))
