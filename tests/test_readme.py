"""What README.md says is run as it stands there; its block about MLflow in tests/mlflow_plugin/test_mlflow_page.py."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent


def run_block(name: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Runs a block of README.md as it stands there."""
    script = [sys.executable, str(TOP / "examples" / "readme_commands.py"), str(TOP / "README.md"), name]
    commands = subprocess.run(script, capture_output=True, text=True, check=True).stdout
    environ = {
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "GIT_CONFIG_NOSYSTEM": "1",
        "DVC_NO_ANALYTICS": "1",
        "LC_ALL": "C.UTF-8",
    }

    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=TOP,
        env=environ,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )


@pytest.fixture(scope="session")
def quick_start(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The quick start, run once as README.md has it, with a HOME of its own; the HOME and what was printed."""
    home = tmp_path_factory.mktemp("quick-start")

    done = run_block("quick-start", home)

    assert done.returncode == 0, done.stdout + done.stderr
    return home, done.stdout


def test_quick_start_ends_with_predictions(quick_start: tuple[Path, str]) -> None:
    """The quick start ends with a model that was promoted, signed, verified, pulled, and predicts well."""
    _, said = quick_start

    right, _, rows = said.splitlines()[-1].partition(" tumours told right")[0].split()

    assert int(rows) == 143
    assert int(right) >= 138


def test_quick_start_logs_twelve_candidates(quick_start: tuple[Path, str]) -> None:
    """The sweep leaves twelve candidates, each with its code, its data and its model."""
    home, _ = quick_start
    words = ["git", "ls-tree", "-r", "--name-only", "gitreg/candidates"]

    paths = subprocess.run(
        words, cwd=home / "tumours", capture_output=True, text=True, check=True
    ).stdout.split()

    for suffix in ("yaml", "sha256", "dvc"):
        assert sum(path.endswith(f".{suffix}") and "/candidates/" in path for path in paths) == 12


def test_quick_start_leaves_the_work_tree_clean(quick_start: tuple[Path, str]) -> None:
    """After all of it, git status has nothing to say: gitreg commits its own files, and only those."""
    home, _ = quick_start
    words = ["git", "status", "--porcelain"]

    said = subprocess.run(words, cwd=home / "tumours", capture_output=True, text=True, check=True).stdout

    assert said == ""


def test_searches_find_what_they_say(quick_start: tuple[Path, str]) -> None:
    """The block of searches finds candidates of the quick start, lists columns, and compares with what serves."""
    home, _ = quick_start

    done = run_block("searches", home)

    assert done.returncode == 0, done.stderr
    found, _, rest = done.stdout.partition("id,")
    assert len(found.splitlines()) == 4
    assert "\nparams\tstrength\t12\n" in rest
    assert "\nmetrics.logloss\t" in rest


def test_the_next_version_is_proposed_on_a_remote(quick_start: tuple[Path, str], tmp_path: Path) -> None:
    """The block about merge requests sets CI up, proposes the next version and writes its report, on a remote without a forge, too."""
    home = Path(shutil.copytree(quick_start[0], tmp_path / "home", symlinks=True))
    bare = ["git", "init", "-q", "--bare", "-b", "main", str(tmp_path / "tumours.git")]
    subprocess.run(bare, check=True)
    origin = ["git", "-C", str(home / "tumours"), "remote", "add", "origin", str(tmp_path / "tumours.git")]
    subprocess.run(origin, check=True)

    done = run_block("merge-requests", home)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "tumours@1.1.0\tgitreg/promote/tumours/v1.1.0\n" in done.stdout
    assert "<title>" in (home / "tumours" / "report.html").read_text("utf-8")
    assert (home / "tumours" / ".gitlab" / "gitreg" / "release.yml").is_file()


def test_python_example_runs(environ: dict[str, str], tmp_path: Path) -> None:
    """The Python block logs a candidate and finds it again."""
    example = (TOP / "README.md").read_text().partition("```python\n")[2].partition("```")[0]
    registry = tmp_path / "registry"
    init = [sys.executable, "-m", "gitreg", "init", str(registry), "--signing-key", "new"]
    subprocess.run(init, env=environ, capture_output=True, check=True)
    (registry / "model.json").write_text("{}\n")

    said = subprocess.run(
        [sys.executable, "-c", example],
        cwd=registry,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )

    assert said.returncode == 0, said.stderr
    assert said.stdout.split()[1:] == ["0.93"]


def test_every_page_that_the_readme_names_is_there() -> None:
    """No link of README.md, CONTRIBUTING.md or the pages below docs/ points to nothing."""
    pages = [TOP / "README.md", TOP / "CONTRIBUTING.md", *(TOP / "docs").rglob("*.md")]

    broken = [
        (page.name, target)
        for page in pages
        for target in _links(page.read_text())
        if "://" not in target and not (page.parent / target.partition("#")[0]).exists()
    ]

    assert broken == []


def _links(text: str) -> list[str]:
    return [part.partition(")")[0] for part in text.split("](")[1:] if not part.startswith("#")]
