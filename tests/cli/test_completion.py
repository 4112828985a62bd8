"""What a shell is offered, by click's own protocol: the words that are there, at once, and never an error."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import in_process
import pytest
from cli_calls import SOURCES, Gitreg

CANDIDATE_COMMANDS = ["show", "compare", "tag", "note", "delete", "restore", "artifacts", "check", "promote"]


@pytest.fixture
def offered(place: Path, environ: dict[str, str], gitreg: Gitreg):
    """What is offered for the last of some words, `apart` in a process as a shell asks; the index is there, as any list makes it."""
    gitreg("list")

    def ask(*words: str, folder: Path = place, shell: str = "bash", apart: bool = False) -> list[str]:
        said = {
            "_GITREG_COMPLETE": f"{shell}_complete",
            "COMP_WORDS": " ".join(["gitreg", *words]),
            "COMP_CWORD": str(len(words)),
            "PYTHONPATH": SOURCES,
        }
        if apart:
            done = subprocess.run(
                [sys.executable, "-c", "from gitreg.cli import main; main()"],
                cwd=folder, env=environ | said, capture_output=True, text=True, check=False,
            )  # fmt: skip
            answer = in_process.Answer(done.returncode, done.stdout, done.stderr)
        else:
            answer = in_process.call(folder, environ=environ | said)
        assert (answer.code, answer.err) == (0, "")
        return [line.removeprefix("plain,") for line in answer.out.split()]

    return ask


def test_experiments(offered, gitreg: Gitreg) -> None:
    """Wherever one is named."""
    gitreg("log", "chess", "--no-code")
    gitreg("list")

    assert offered("list", "-e", "ch", apart=True) == ["chess", "churn"]
    assert offered("experiment", "show", "chu") == ["churn"]
    assert offered("log", "che") == ["chess"]
    assert offered("run", "-e", "zzz") == []


@pytest.mark.parametrize("command", CANDIDATE_COMMANDS)
def test_candidates_by_name_and_id(offered, gitreg: Gitreg, command: str) -> None:
    """In every command that takes one."""
    latest = gitreg("list", "-n", "1", "--columns", "id").out.split()[1]

    assert offered(command, "churn/bes") == ["churn/best"]  # no id begins so: s is no hex digit
    assert f"churn/{latest[:12]}" in offered(command, f"churn/{latest[:2]}")
    assert offered(command, latest[:10]) == [latest[:12]]


def test_versions_models_and_stages(offered) -> None:
    """Of what was released."""
    assert offered("verify", "chu") == ["churn@production", "churn@latest", "churn@1.0.0"]
    assert offered("show", "chu") == [
        "churn/best",
        "churn/latest",
        "churn@production",
        "churn@latest",
        "churn@1.0.0",
    ]
    assert offered("model", "show", "c") == ["churn"]
    assert offered("compare", "--against", "churn@p", shell="bash") == ["churn@production"]


def test_columns_behind_others(offered) -> None:
    """And orders."""
    assert offered("list", "--columns", "id,metrics.") == ["id,metrics.auc"]
    assert offered("list", "--sort", "par") == ["params.lr"]


def test_another_folder(offered, place: Path, tmp_path: Path) -> None:
    """`-C` and `--registry` count for the words that are offered."""
    assert offered("-C", str(place), "list", "-e", "c", folder=tmp_path) == ["churn"]
    assert offered("--registry", str(place), "list", "-e", "c", folder=tmp_path) == ["churn"]


def test_every_fault_is_silent(offered, place: Path, tmp_path: Path) -> None:
    """No registry, no index, a broken one: nothing is offered, and nothing is said or made."""
    index = place / ".git/gitreg/index.sqlite"
    assert offered("show", "chu", folder=tmp_path, apart=True) == []
    index.write_bytes(b"no database" * 1000)
    assert offered("list", "-e", "c") == []
    index.unlink()
    assert offered("list", "-e", "c") == []
    assert not index.exists()


def test_what_acts_on_a_terminal_is_not_offered(offered, gitreg: Gitreg) -> None:
    """Keys may be nearly anything; a shell would show them as they are."""
    gitreg("log", "lab", "-p", "plain=1", "-p", "tab's ä=1", "--no-code")
    gitreg("list")

    assert offered("list", "--columns", "params.p") == ["params.plain"]
