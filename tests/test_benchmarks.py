"""The benchmarks run, and the registries that they run on are real and always the same. No time is asserted."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gitreg.documents import layout, places
from gitreg.documents.reader import read_any
from gitreg.documents.writer import write
from gitreg.domain.candidate import Candidate
from gitreg.workflows.list_candidates import ListOptions, list_candidates
from gitreg.workflows.registry import open_registry

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
COUNT = 150
pytestmark = pytest.mark.checkout


def _run(script: str, *words: str) -> str:
    """What a benchmark script prints."""
    command = [sys.executable, str(BENCHMARKS / script), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _git(folder: Path, *words: str) -> str:
    return subprocess.run(
        ["git", "-C", str(folder), *words], check=True, capture_output=True, text=True
    ).stdout


@pytest.fixture
def generated(environ: dict[str, str], tmp_path: Path) -> Path:
    """A generated registry."""
    _run("generate.py", str(tmp_path / "one"), str(COUNT))
    return tmp_path / "one"


def test_same_seed_same_commit(generated: Path, tmp_path: Path) -> None:
    """The tip of the candidate branch depends on seed and count, not on place, key or time."""
    again = _run("generate.py", str(tmp_path / "elsewhere" / "two"), str(COUNT)).strip()

    assert again == _git(generated, "rev-parse", places.CANDIDATES_BRANCH).strip()


def test_other_seed_other_commit(generated: Path, tmp_path: Path) -> None:
    """Another seed gives other candidates."""
    other = _run("generate.py", str(tmp_path / "two"), str(COUNT), "--seed", "2").strip()

    assert other != _git(generated, "rev-parse", places.CANDIDATES_BRANCH).strip()


def test_small_registry_is_the_beginning_of_a_large_one(generated: Path, tmp_path: Path) -> None:
    """Fewer candidates are the first ones of more, byte for byte."""
    _run("generate.py", str(tmp_path / "two"), "20")

    fewer, more = (
        set(_git(folder, "ls-tree", "-r", places.CANDIDATES_BRANCH, "experiments").splitlines())
        for folder in (tmp_path / "two", generated)
    )
    assert fewer < more


def test_git_finds_nothing_wrong(generated: Path) -> None:
    """Every object that fast-import wrote is one that Git itself would write."""
    found = subprocess.run(
        ["git", "-C", str(generated), "fsck", "--full", "--strict"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


def test_records_are_real(generated: Path) -> None:
    """Each record is read back, and is what gitreg itself would write in that place."""
    paths = _git(generated, "ls-tree", "-r", "--name-only", places.CANDIDATES_BRANCH, "experiments").split()
    texts = {
        path: _git(generated, "cat-file", "blob", f"{places.CANDIDATES_BRANCH}:{path}").encode()
        for path in paths
    }

    records = {path: read_any(text, path) for path, text in texts.items()}

    candidates = [record for record in records.values() if isinstance(record, Candidate)]
    assert len(candidates) == COUNT
    assert {(len(each.params), len(each.metrics), len(each.tags)) for each in candidates} == {(10, 10, 5)}
    assert {path: write(record) for path, record in records.items()} == texts
    assert [layout.path_of(record) for record in records.values()] == paths


def test_gitreg_lists_what_was_generated(generated: Path, environ: dict[str, str]) -> None:
    """A generated registry is one that gitreg opens and lists."""
    registry = open_registry(generated, environ)

    found = list_candidates(registry, ListOptions())

    registry.close()
    assert len(found) == COUNT
    assert found == sorted(found, key=lambda candidate: candidate.created, reverse=True)


def test_shape_can_be_asked_for(environ: dict[str, str], tmp_path: Path) -> None:
    """Wider candidates and fewer experiments are a matter of options."""
    _run(
        "generate.py", str(tmp_path / "wide"), "5", "--params", "50", "--metrics", "40", "--experiments", "1"
    )

    registry = open_registry(tmp_path / "wide", environ)
    found = list_candidates(registry, ListOptions(experiment="experiment-01"))
    registry.close()
    assert {(len(each.params), len(each.metrics)) for each in found} == {(50, 40)}


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
