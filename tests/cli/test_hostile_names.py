"""Names that strangers choose: stored exactly or refused, escaped where they are shown, never taken for options."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_calls import Gitreg

ESCAPES = "\x1b[31mred\x1b[0m\x9b2J\u202egnirts"
ODD = [
    "-rf",
    "--help",
    "a b",
    'say "hi"',
    "it's",
    "$(touch pwned)",
    "`touch pwned`",
    "%s%n",
    "a;b|c&d",
    "*",
    "ä→日本",
    "a\\b",
]


@pytest.mark.parametrize("name", ODD)
def test_odd_candidate_names_are_stored_exactly(gitreg: Gitreg, place: Path, name: str) -> None:
    """What a name holds is only ever text."""
    candidate = gitreg(
        "log", "lab", f"--name={name}", "-p", f"{name}={name}", "-t", f"{name}={name}", "--no-code"
    ).out.strip()

    item = json.loads(gitreg("show", candidate, "--json").out)["items"][0]
    assert item["name"] == name
    assert item["params"] == {name: name}
    assert not (place / "pwned").exists()
    assert gitreg("compare", candidate, "churn/best").code == 0


@pytest.mark.parametrize("name", ODD)
def test_odd_experiment_names_make_safe_folders(gitreg: Gitreg, name: str) -> None:
    """An experiment may be called nearly anything after `--`; its folder is a slug."""
    said = gitreg("log", "--no-code", "--", name)

    assert said.code == 0, said.err
    item = json.loads(gitreg("list", "-e", name, "--json").out)["items"][0]
    shown = json.loads(gitreg("experiment", "show", "--json", "--", name).out)["items"][0]
    assert shown["name"] == name
    assert shown["slug"] == item["experiment"]


@pytest.mark.parametrize("name", ["a\nb", "a\x1bb", "a\u202eb", " a", "", "a" * 501])
def test_names_that_act_are_refused(gitreg: Gitreg, refs: Callable[[], str], name: str) -> None:
    """Line ends, escapes, bidirectional characters: refused with a clear error; nothing is written."""
    before = refs()

    said = gitreg("log", "--no-code", "--", name)

    assert said.code == 2
    assert len(said.err.splitlines()) <= 3
    assert "\x1b" not in said.err
    assert refs() == before


@pytest.mark.parametrize(
    "name", ["../up", "/absolute", "a/../b", ".git/config", ".gitreg/x", "a\\b", "CON\x00"]
)
def test_artifact_names_that_leave_are_refused(gitreg: Gitreg, refs: Callable[[], str], name: str) -> None:
    """An artifact's name stays below its folder."""
    before = refs()

    assert gitreg("log", "lab", "-a", f"model.bin={name}", "--no-code").code == 2
    assert refs() == before


def test_escapes_in_git_s_words_and_arguments_are_shown_not_done(gitreg: Gitreg) -> None:
    """Arguments that come back in messages cannot act on the terminal."""
    for words in (
        ["show", ESCAPES],
        ["list", ESCAPES],
        ["--registry", ESCAPES, "list"],
        ["nosuch" + ESCAPES],
        ["validate", ESCAPES],
    ):
        said = gitreg(*words)

        assert said.code in {2, 3}
        assert not {"\x1b", "\x9b", "\u202e"} & set(said.err)


def test_escapes_in_records_are_shown_not_done(gitreg: Gitreg, place: Path) -> None:
    """A branch somebody pushed may hold anything: a draft record with escapes is a finding, printed escaped."""
    path = place / "models/churn/model.yaml"
    path.write_bytes(path.read_bytes().replace(b"name: churn", b'name: "\\e[31mred"'))

    said = gitreg("validate")

    assert said.code == 1
    assert "models/churn/model.yaml:" in said.out
    assert "\x1b" not in said.out


def test_names_that_differ_by_case_are_refused(gitreg: Gitreg, place: Path) -> None:
    """Two artifacts that are one file elsewhere are no candidate."""
    (place / "a.txt").write_text("a")

    said = gitreg("log", "lab", "-a", "a.txt", "-a", "a.txt=A.TXT", "--no-code")

    assert said.code == 2
    assert "case" in said.err


def test_nul_in_a_path_is_refused(gitreg: Gitreg) -> None:
    """No system call sees it."""
    assert gitreg("pull", "churn@1.0.0", "-o", "a\0b").code == 2
    assert gitreg("log", "lab", "-a", "a\0b", "--no-code").code == 2


def test_link_is_not_followed(gitreg: Gitreg, place: Path) -> None:
    """A symbolic link is refused, not read."""
    (place / "link").symlink_to("/etc/hostname")

    assert gitreg("log", "lab", "-a", "link", "--no-code").code == 2


def test_option_like_words_never_reach_git(gitreg: Gitreg, place: Path) -> None:
    """What looks like an option of Git's is a name, or is refused."""
    for words in (
        ["show", "--", "--output=pwned"],
        ["validate", "--since=--output=pwned"],
        ["validate", "--since", "HEAD --output=pwned"],
        ["model", "show", "--", "--upload-pack=touch pwned"],
        ["verify", "--", "-x@1.0.0"],
    ):
        assert gitreg(*words).code in {2, 3, 6}
    assert not (place / "pwned").exists()
    assert (
        "pwned"
        not in subprocess.run(
            ["git", "status", "-s"], cwd=place, capture_output=True, text=True, check=True
        ).stdout
    )


@pytest.mark.parametrize(
    "words",
    [
        ["show", "x" * 100_000], ["list", "x" * 100_000], ["verify", "x" * 100_000], ["model", "show", "x" * 100_000], ["log", "x" * 100_000, "--no-code"],
        ["log", "lab", "-n", "x" * 100_000, "--no-code"], ["x" * 100_000], ["pull", "churn@1.0.0", "-o", "x" * 100_000], ["list", "--columns", "x" * 100_000],
        ["log", "lab", "-p", "x" * 100_000, "--no-code"], ["log", "lab", "-m", "x=" + "9" * 100_000, "--no-code"], ["validate", "x" * 100_000],
        ["promote", "churn/best", "-m", "churn", "--version", "9" * 100_000], ["list", "(" * 100_000], ["list", "a = 1 or " * 20_000],
    ],
    ids=lambda words: " ".join(word[:9] for word in words),
)  # fmt: skip
def test_words_without_end_get_a_short_answer(gitreg: Gitreg, words: list[str]) -> None:
    """An error names the thing; it does not repeat all of it."""
    said = gitreg(*words)

    assert said.code in {0, 1, 2, 3, 6}
    assert len(said.err) < 9_000
    assert "bug in gitreg" not in said.err
