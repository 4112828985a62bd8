"""The registries that benchmarks run on are real, realistic, and always the same."""

from __future__ import annotations

import math
import subprocess
import sys
from collections import Counter
from pathlib import Path
from statistics import correlation

import pytest
from records import FIXED
from searches import searched
from shelf import Shelf

from gitreg.documents import layout, places
from gitreg.documents.reader import read_any
from gitreg.documents.writer import write
from gitreg.domain.candidate import Candidate
from gitreg.workflows.registry import open_registry
from gitreg.workflows.versions.models import show_model

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
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
def generated(environ: dict[str, str], shelf: Shelf) -> Path:
    """A generated registry, as it was generated once."""
    place, _ = shelf.folder("generated", lambda place: _run("generate.py", str(place / "one"), str(COUNT)))
    return place / "one"


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
    assert {path: write(record) for path, record in records.items()} == texts
    assert [layout.path_of(record) for record in records.values()] == paths


def test_gitreg_lists_what_was_generated(generated: Path, environ: dict[str, str]) -> None:
    """A generated registry is one that gitreg opens and lists."""
    registry = open_registry(generated, environ)

    found = searched(registry)

    registry.close()
    assert 0.9 * COUNT < len(found) < COUNT  # some are deleted
    assert found == sorted(found, key=lambda candidate: candidate.created, reverse=True)


def test_candidates_are_as_different_as_real_ones(generated: Path, environ: dict[str, str]) -> None:
    """A few large experiments, some failed and deleted, widths that differ; a metric follows from the others."""
    registry = open_registry(generated, environ)
    found = searched(registry, deleted="too")
    registry.close()

    sizes = sorted(Counter(each.experiment for each in found).values())
    assert sizes[-1] > 5 * sizes[0]
    assert {each.status for each in found} == {"finished", "failed", "killed"}
    assert any(each.deleted for each in found)
    assert len({each.author for each in found}) > 4
    assert all(10 <= len(each.params) <= 50 and 10 <= len(each.metrics) <= 50 for each in found)
    assert len({len(each.params) for each in found}) > 10
    measured = [each.metrics for each in found if {"auc", "accuracy"} <= each.metrics.keys()]
    assert correlation([each["auc"] for each in measured], [each["accuracy"] for each in measured]) > 0.8


def test_some_values_are_none() -> None:
    """In a thousand candidates there are losses that are NaN, and others that are infinite."""
    values = [value for number in range(1000) for value in FIXED.candidate(number).metrics.values()]

    assert any(map(math.isnan, values))
    assert any(map(math.isinf, values))


def test_fixed_shape_has_what_budgets_speak_of() -> None:
    """10 params, 10 metrics and 5 tags, in every candidate."""
    candidates = [FIXED.candidate(number) for number in range(200)]

    assert {(len(each.params), len(each.metrics), len(each.tags)) for each in candidates} == {(10, 10, 5)}


def test_shape_can_be_asked_for(environ: dict[str, str], tmp_path: Path) -> None:
    """Wider candidates and fewer experiments are a matter of options."""
    _run(
        "generate.py", str(tmp_path / "wide"), "5", "--params", "50", "--metrics", "40", "--experiments", "1"
    )

    registry = open_registry(tmp_path / "wide", environ)
    found = searched(registry, experiments=["experiment-01"], deleted="too")
    registry.close()
    assert {(len(each.params), len(each.metrics)) for each in found} == {(50, 40)}


def test_releases_are_listed(environ: dict[str, str], tmp_path: Path) -> None:
    """Releases stand on the accepted branch, each with its tag, and the candidates do not depend on them."""
    with_releases = _run("generate.py", str(tmp_path / "one"), "10", "--releases", "12").strip()
    without = _run("generate.py", str(tmp_path / "two"), "10").strip()

    registry = open_registry(tmp_path / "one", environ)
    _, versions = show_model(registry, "churn")
    registry.close()
    assert [str(each.version.version) for each in versions[:2]] == ["1.1.1", "1.1.0"]
    assert [each.released for each in versions] == [True] * 12
    assert with_releases == without
    assert not _git(tmp_path / "one", "status", "--porcelain")
