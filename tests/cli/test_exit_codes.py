"""What a call ends with: an exit code for each reaction, at most three lines, never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from cli_calls import EXECUTABLE, SOURCES, Gitreg

from gitreg.cli import list as list_module
from gitreg.cli import log as log_module


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["nosuch"], 2),
        (["list", "--nosuch"], 2),
        (["list", "metrics.auc >"], 2),
        (["list", "--sort", "nothing"], 2),
        (["list", "-e", "a\nb"], 2),
        (["promote", "churn/best"], 2),
        (["show", "?!"], 2),
        (["log", "churn", "-p", "lr"], 2),
        (["log", "churn", "-m", "auc=high"], 2),
        (["log", "churn", "-p", "a=1", "-p", "a=2"], 2),
        (["assign", "churn@production", "staging"], 2),
        (["tag", "churn/best"], 2),
        (["release"], 1),
        (["compare", "churn/best"], 2),
        (["verify"], 2),
        (["--registry", "https://example.com/x.git", "list"], 2),
        (["--registry", "git@example.com:x.git", "list"], 2),
        (["-C", "nowhere", "list"], 2),
        (["show", "0000"], 3),
        (["show", "churn@9.9.9"], 3),
        (["experiment", "show", "nosuch"], 3),
        (["model", "show", "nosuch"], 3),
        (["artifacts", "churn/best", "nosuch"], 3),
        (["log", "churn", "-a", "nosuch"], 3),
        (["schema", "show", "nosuch"], 3),
        (["validate", "nosuch.yaml"], 3),
        (["promote", "churn/latest", "-m", "churn"], 1),
        (["retire", "churn@1.0.0", "--reason", "old"], 1),
        (["restore", "churn/best"], 1),
        (["verify", "churn"], 6),
        (["verify", "churn@2.0.0"], 3),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_exit_code(gitreg: Gitreg, words: list[str], code: int) -> None:
    """Each kind of fault has its exit code, says one to three lines on stderr, and nothing on stdout."""
    said = gitreg(*words)

    assert said.code == code, said.err
    assert said.out == ""
    assert 1 <= len(said.err.splitlines()) <= 3
    assert "error: " in said.err or said.err.count(":") >= 3


def test_no_registry(command: Gitreg, tmp_path: Path) -> None:
    """Outside of any repository the next step is said."""
    said = command("list", folder=tmp_path)

    assert (said.code, said.out) == (3, "")
    assert said.err.splitlines()[1] == "  next: git init"


def test_repository_that_is_no_registry(
    command: Gitreg, make_repository: Callable[[Path], Path], tmp_path: Path
) -> None:
    """A repository without gitreg.yaml is no registry."""
    said = command("list", folder=make_repository(tmp_path / "plain"))

    assert said.code == 3
    assert "  next: gitreg init" in said.err


def test_ambiguous_prefix_lists_the_candidates(gitreg: Gitreg, monkeypatch: pytest.MonkeyPatch) -> None:
    """A prefix of several ids is refused with all of them."""
    ids = ["aaaa0000" + 24 * "0", "aaaa1111" + 24 * "0"]
    for one in ids:
        monkeypatch.setattr(log_module, "new_id", lambda one=one: one)
        assert gitreg("log", "many", "--no-code").out == f"{one}\n"

    said = gitreg("show", "aaaa")

    assert said.code == 3
    assert all(one[:12] in said.err for one in ids)
    assert gitreg("show", "aaaa1").code == 0


def test_bug_leaves_a_log(gitreg: Gitreg, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What nobody foresaw is one line, the place of a log with the traceback, and exit code 70."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(list_module, "answered_in", lambda *_: 1 / 0)

    said = gitreg("list")

    [log] = (tmp_path / "state/gitreg").iterdir()
    assert said.code == 70
    assert "Traceback" not in said.err
    assert len(said.err.splitlines()) == 2
    assert str(log) in said.err
    assert "ZeroDivisionError" in log.read_text()


def test_bug_shows_a_traceback_when_asked(gitreg: Gitreg, monkeypatch: pytest.MonkeyPatch) -> None:
    """GITREG_DEBUG=1 shows the traceback instead."""
    monkeypatch.setenv("GITREG_DEBUG", "1")
    monkeypatch.setattr(list_module, "answered_in", lambda *_: 1 / 0)

    said = gitreg("list")

    assert said.code == 70
    assert said.err.startswith("Traceback")


def test_bug_log_falls_back_to_a_temporary_folder(
    gitreg: Gitreg, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where the state folder cannot be written, the log is elsewhere."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(blocked))
    monkeypatch.setattr(list_module, "answered_in", lambda *_: 1 / 0)

    said = gitreg("list")

    place = said.err.split("report it with ")[1].split(" (")[0]
    assert "ZeroDivisionError" in Path(place).read_text()


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, click.Abort], ids=["ctrl-c", "at a prompt"])
def test_interrupt(gitreg: Gitreg, monkeypatch: pytest.MonkeyPatch, interrupt: type[BaseException]) -> None:
    """Ctrl-C ends with 130 and one word, at a prompt too."""

    def interrupted(*_: object) -> None:
        raise interrupt

    monkeypatch.setattr(list_module, "answered_in", interrupted)

    said = gitreg("list")

    assert (said.code, said.out, said.err.strip()) == (130, "", "error: interrupted")


def test_broken_pipe_is_quiet(place: Path, environ: dict[str, str]) -> None:
    """Whoever stops reading hears nothing of it."""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*EXECUTABLE, "list", "--json"], cwd=place, env=environ | {"PYTHONPATH": SOURCES},
        stdout=write, stderr=subprocess.PIPE, check=False,
    )  # fmt: skip
    os.close(write)

    assert done.stderr == b""
    assert done.returncode == 141


def test_registry_of_the_environment(command: Gitreg, place: Path, tmp_path: Path) -> None:
    """GITREG_REGISTRY names the registry from anywhere."""
    said = command("list", folder=tmp_path, GITREG_REGISTRY=str(place))

    assert said.code == 0
    assert len(said.out.splitlines()) == 4


def test_module_and_command_are_one(place: Path, environ: dict[str, str]) -> None:
    """`python -m gitreg` is the console script."""
    code = "import sys; from gitreg.cli import main; sys.argv = ['gitreg', 'list', '--json']; main()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=place,
        env=environ | {"PYTHONPATH": SOURCES},
        capture_output=True,
        check=True,
    )

    assert done.stdout.startswith(b'{\n  "kind": "CandidateList"')


def test_unknown_command_is_told_its_neighbour(gitreg: Gitreg) -> None:
    """A slip of the finger gets the word that was probably meant."""
    said = gitreg("promot")

    assert (said.code, said.err.splitlines()[0]) == (
        2,
        "error: there is no command 'promot'; did you mean promote?",
    )


def test_file_with_spaces_in_its_name_has_its_place(gitreg: Gitreg, place: Path) -> None:
    """A file's fault begins with the file."""
    (place / "my sweep.json").write_text("[")

    assert gitreg("log", "lab", "--from", "my sweep.json").err.startswith("my sweep.json:1:")
