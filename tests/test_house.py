"""The house is in order: lint, format, types, floors and sizes, each by the tool that a developer runs."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent
SOURCES = sorted((TOP / "gitreg").rglob("*.py"))
pytestmark = pytest.mark.checkout


@pytest.mark.parametrize(
    "words",
    [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["mypy"],
        ["importlinter.cli", "--no-cache"],
    ],
    ids=["lint", "format", "types", "floors"],
)
def test_tool_finds_nothing(words: list[str]) -> None:
    """Lint, format, types and floors are clean."""
    module, *rest = words
    if module == "importlinter.cli":
        command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", *rest]
    else:
        command = [sys.executable, "-m", module, *rest]

    result = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(TOP)))
def test_file_is_small(path: Path) -> None:
    """No file has more than 400 lines, no function more than 60, and no import hides in a function."""
    text = path.read_text()
    functions = [
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]

    assert text.count("\n") <= 400
    assert [node.name for node in functions if (node.end_lineno or 0) - node.lineno >= 60] == []
    hidden = [
        node.name
        for node in functions
        for inner in ast.walk(node)
        if isinstance(inner, (ast.Import, ast.ImportFrom))
    ]
    assert hidden == []


def test_every_package_is_on_a_floor() -> None:
    """import-linter's layers are exhaustive, so a new package must be given a floor."""
    text = (TOP / "pyproject.toml").read_text()

    assert "exhaustive = true" in text
