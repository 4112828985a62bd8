"""Starting, and asking for help, cost little more than click; help, table and docs say the same."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from gitreg.cli.loading import load
from gitreg.cli.reference import reference
from gitreg.cli.root import gitreg as root
from gitreg.cli.table import SECTIONS
from gitreg.cli.version import VERSION

TOP = Path(__file__).resolve().parents[2]
HEAVY = (
    "pydantic",
    "git",
    "gitdb",
    "dvc",
    "dvc_data",
    "ruamel",
    "rich",
    "asyncio",
    "importlib.metadata",
    "subprocess",
)
ENTRIES = {name: entry for section in SECTIONS.values() for name, entry in section.items()}
READING = {"list", "show", "compare", "artifacts", "check", "status", "doctor", "verify", "signed", "audit"}
PRINTED = {"anchor", "provenance", "model-signing", "summary"}  # a document, on stdout unless a file is named
JUDGING = {"validate", "pre-receive"}  # a pre-receive hook's whole work is to say yes or no
LOCAL = {"ci"}  # brings refs into a job's own clone, as fetching does, and prints what its shell is to read
WITHOUT_PLAN = READING - {"artifacts"} | {"show", "versions", "ui"} | JUDGING | PRINTED | LOCAL


def leaves(
    command: click.Command, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that is no group."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        inner = command.get_command(context, name)
        assert inner is not None
        yield from leaves(inner, (*path, name))


LEAVES = dict(leaves(root))


@pytest.mark.parametrize("word", ["--version", "--help"])
def test_start_loads_click_only(word: str) -> None:
    """Asking for the version, or for help, imports no heavy library."""
    code = (
        "import sys, contextlib, io\nfrom gitreg.cli.entry import outcome\n"
        f"with contextlib.redirect_stdout(io.StringIO()): outcome(['{word}'], {{}})\n"
        "import json; print(json.dumps(sorted(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", code], cwd=TOP, capture_output=True, text=True, check=True)

    assert set(json.loads(done.stdout)) & set(HEAVY) == set()


def test_version_is_the_package_s() -> None:
    """The constant is the version in the package's metadata."""
    assert tomllib.loads((TOP / "pyproject.toml").read_text())["project"]["version"] == VERSION


@pytest.mark.parametrize("name", ENTRIES)
def test_short_help_in_table_is_the_command_s_own(name: str) -> None:
    """The table repeats each command's short help, so that help need not import it."""
    command = load(ENTRIES[name].target)

    assert (command.name, command.short_help) == (name, ENTRIES[name].short_help)


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_every_command_answers_help(path: tuple[str, ...]) -> None:
    """Every command explains itself, with exit code 0."""
    context = click.Context(LEAVES[path], info_name=" ".join(path))

    text = " ".join(LEAVES[path].get_help(context).split())

    assert inspect.cleandoc(LEAVES[path].help or "").partition("\n")[0] in text
    assert all(one.help for one in LEAVES[path].params if isinstance(one, click.Option))


def test_reference_is_current() -> None:
    """docs/commands.md is what `python -m gitreg.cli.reference` writes."""
    assert (TOP / "docs/commands.md").read_text("utf-8") == reference()


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_every_command_is_documented(path: tuple[str, ...]) -> None:
    """Every command has a section of its own."""
    assert f"# gitreg {' '.join(path)}\n" in (TOP / "docs/commands.md").read_text("utf-8")


@pytest.mark.parametrize("path", [path for path in LEAVES if path[-1] not in WITHOUT_PLAN], ids=" ".join)
def test_every_write_has_a_dry_run(path: tuple[str, ...]) -> None:
    """Whatever changes something can say so first."""
    assert "--dry-run" in {word for one in LEAVES[path].params for word in one.opts}


@pytest.mark.parametrize(
    "path", [path for path in LEAVES if path[-1] in READING and path[0] != "schema"], ids=" ".join
)
def test_everything_that_reads_has_json(path: tuple[str, ...]) -> None:
    """`--json` is everywhere that reads."""
    assert "--json" in {word for one in LEAVES[path].params for word in one.opts}


def test_no_words_at_all_show_help() -> None:
    """`gitreg` alone prints its help on stderr and ends with 2."""
    done = subprocess.run(
        [sys.executable, "-m", "gitreg"], cwd=TOP, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert "Candidates:" in done.stderr


def test_completion_is_click_s() -> None:
    """The shell can ask for completions."""
    environ = {
        **os.environ,
        "_GITREG_COMPLETE": "bash_complete",
        "COMP_WORDS": "gitreg prom",
        "COMP_CWORD": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", "from gitreg.cli import main; main()"],
        cwd=TOP,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout == "plain,promote\n"
