"""`gitreg doctor` as a command: its forms, its exit codes, its page of docs."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from cli_calls import Gitreg

from gitreg.render.doctor import kinds_table
from gitreg.workflows.doctor.base import command as command_line
from gitreg.workflows.doctor.examine import kinds

TOP = Path(__file__).resolve().parents[2]


def test_all_is_well(place: Path, gitreg: Gitreg) -> None:
    """Without a finding, one line says so."""
    gitreg("push")

    said = gitreg("doctor")

    assert said.code == 0
    assert re.fullmatch(r"all is well \(\d+ checks\)\n", said.out)


def test_an_error_ends_with_one(place: Path, gitreg: Gitreg) -> None:
    """A finding is three lines, the last of which can be pasted."""
    lock = place / ".git/index.lock"
    lock.touch()
    os.utime(lock, (1_700_000_000, 1_700_000_000))

    said = gitreg("doctor")

    assert said.code == 1
    what, why, mend = said.out.splitlines()[:3]
    assert what.startswith(f"error: {lock} is ")
    assert what.endswith("[stale-lock]")
    assert why.startswith("  ")
    assert mend == f"  $ rm -f -- {lock}"


def test_warnings_and_notes_end_with_zero(place: Path, gitreg: Gitreg) -> None:
    """What only this machine has is good to know, and no fault."""
    (place / "model.bin").write_bytes(b"new")
    gitreg("log", "churn", "-a", str(place / "model.bin"), "--no-code")

    said = gitreg("doctor", "--json")

    found = json.loads(said.out)
    assert said.code == 0
    assert found["kind"] == "DiagnosisList"
    assert "unpushed" in [one["code"] for one in found["items"]]
    assert {"code", "severity", "what", "why", "command"} == set(found["items"][0])


def test_commands_name_the_folder_when_called_from_elsewhere(place: Path, gitreg: Gitreg) -> None:
    """What is pasted works where it is pasted."""
    (place / "model.bin").write_bytes(b"new")
    gitreg("log", "churn", "-a", str(place / "model.bin"), "--no-code")

    found = json.loads(gitreg("doctor", "--json").out)["items"]

    assert [one["command"] for one in found if one["code"] == "unpushed"] == [f"gitreg -C {place} push"]


def test_no_repository_is_a_finding_and_no_error(tmp_path: Path, command: Gitreg) -> None:
    """Doctor answers where every other command refuses."""
    said = command("doctor", folder=tmp_path)

    assert said.code == 1
    assert "[no-repository]" in said.out
    assert said.err == ""


def test_the_docs_list_every_kind_of_finding() -> None:
    """docs/doctor.md holds the table that the code gives, as it is."""
    text = (TOP / "docs/doctor.md").read_text()

    assert kinds_table(kinds()) in text


def test_every_kind_has_a_name_of_its_own() -> None:
    """Programs tell findings apart by their codes."""
    codes = [kind.code for kind in kinds()]

    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    "word", ["plain", "", "it's", "$(id)", "-rf", "a b", "line\nend", "\x1b[31m", "\udcff", "\u202e", "é"]
)
def test_a_word_comes_through_the_shell_as_it_is(word: str) -> None:
    """A printed command can be pasted, whoever chose the names in it: it is one line, and nothing in it acts."""
    line = command_line("printf", "%s", word)
    done = subprocess.run(["bash", "-c", line], capture_output=True, check=True)

    assert line.isprintable()
    assert done.stdout == word.encode("utf-8", "surrogateescape")
