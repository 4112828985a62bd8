"""`gitreg key`: what it prints, and where."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_calls import Gitreg, git


@pytest.fixture(scope="module")
def bob(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bob's key."""
    file = tmp_path_factory.mktemp("bob") / "bob"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "bob", "-f", str(file)], check=True)
    return file


def test_a_list_says_whose_each_key_is(gitreg: Gitreg) -> None:
    """TSV in a pipe, with the root on stderr; JSON for programs."""
    said = gitreg("key", "list")

    rows = [line.split("\t") for line in said.out.splitlines()]
    assert rows[0] == ["person", "principal", "key", "kind", "state", "root", "machine", "may"]
    assert rows[1][:2] == ["ada", "ada@example.com"]
    assert rows[1][3:] == ["ssh-ed25519", "current", "yes", "no", "default: release, assign"]
    assert said.err == "trust root 1; the next one needs 1 of these root keys: ada\n"
    item = json.loads(gitreg("key", "list", "--json").out)["items"][0]
    assert (item["person"], item["state"], item["root"], item["untilRoot"]) == ("ada", "current", True, None)


def test_the_root_is_shown_whole(gitreg: Gitreg) -> None:
    """With its roles; as JSON with its keys."""
    said = gitreg("key", "show")

    assert said.out.startswith("trust root 1\n")
    assert "default  release 1 of ada, assign 1 of ada, formats any" in said.out
    item = json.loads(gitreg("key", "show", "--json").out)["items"][0]
    assert (item["rootVersion"], item["threshold"], item["signedBy"]) == (1, 1, ["ada"])


def test_a_change_prints_its_branch(gitreg: Gitreg, bob: Path) -> None:
    """Stdout is the branch; what it changes and what comes next are for people."""
    said = gitreg("key", "add", "bob", "--principal", "bob@example.com", f"{bob}.pub")

    assert (said.code, said.out) == (0, "gitreg/trust/2\n")
    assert said.err.splitlines()[0] == "  bob is bob@example.com"
    assert "signed by ada" in said.err
    assert said.err.endswith(
        "  next: merge gitreg/trust/2 after review; without a forge: gitreg release --merge\n"
    )
    assert "  bob is bob@example.com" not in gitreg("key", "show").out
    assert "bob is bob@example.com" in gitreg("key", "show", "--proposed").out
    assert "gitreg/trust/2  it may lack signatures: gitreg key show --proposed" in gitreg("status").out


def test_a_key_may_be_given_as_its_line(gitreg: Gitreg, bob: Path) -> None:
    """As somebody sends it by mail."""
    line = bob.with_name("bob.pub").read_text()

    assert gitreg("key", "add", "bob", "--principal", "bob@example.com", line).code == 0


@pytest.mark.parametrize(
    "words",
    [
        ["add", "bob", "--principal", "bob@example.com", "KEY"],
        ["role", "default", "--assign", "production=ada"],
        ["rotate", "ada", "KEY"],
        ["revoke", "ada", "--new", "KEY"],
    ],
    ids=lambda words: words[0],
)
def test_a_rehearsal_changes_nothing(
    gitreg: Gitreg, bob: Path, refs: Callable[[], str], words: list[str]
) -> None:
    """`--dry-run` names the files that would change, and moves no ref."""
    before = refs()

    said = gitreg("key", *(str(bob) if word == "KEY" else word for word in words), "--dry-run")

    assert said.code == 0
    assert "change .gitreg/trust/root.yaml" in said.out
    assert refs() == before


def test_a_revocation_says_what_must_be_signed_again(gitreg: Gitreg, bob: Path, place: Path) -> None:
    """And afterwards that is what `release --again` does."""
    said = gitreg("key", "revoke", "ada", "--new", str(bob))

    assert said.err.splitlines()[:3] == [
        "2 tags signed with it; to be signed again: 2",
        "  model/churn/v1.0.0: Release churn 1.0.0",
        "  stage/churn/production/1: Assign churn 1.0.0 to production",
    ]
    assert "then: gitreg release --again" in said.err
    git(place, "config", "user.signingkey", str(bob))
    assert gitreg("release", "--merge", "--yes").code == 0
    refused = gitreg("verify", "churn@1.0.0")
    assert (refused.code, "is revoked" in refused.err) == (6, True)
    assert gitreg("release", "--again", "--yes").code == 0
    assert gitreg("verify", "churn@production").code == 0
    rows = gitreg("key", "signed", "ada").out.splitlines()
    assert [row.split("\t")[0] for row in rows] == [
        "tag", "model/churn/v1.0.0", "resign/churn/v1.0.0/1", "stage/churn/production/1", "stage/churn/production/2",
    ]  # fmt: skip


def test_a_signature_is_never_given_unasked(gitreg: Gitreg, bob: Path) -> None:
    """Where nobody can answer, `--yes` must say it."""
    gitreg("key", "add", "bob", "--principal", "bob@example.com", "--root", f"{bob}.pub")
    gitreg("key", "root", "--threshold", "2")

    said = gitreg("key", "sign", "--key", str(bob))

    assert said.code == 2
    assert "--yes" in said.err
    done = gitreg("key", "sign", "--key", str(bob), "--yes")
    assert (done.code, done.out) == (0, "gitreg/trust/2\n")
    assert "signed by ada, bob" in done.err


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["add", "bob"], 2, "give one key"),
        (["add", "bob", "no-such-file"], 3, "there is no key file 'no-such-file'"),
        (["add", "bob", "ssh-ed25519 AAAA", "--principal", "b@example.com"], 2, "the SSH key is refused"),
        (["rotate", "eve", "none"], 3, "there is nobody called 'eve'"),
        (["revoke", "SHA256:x"], 3, "there is no key SHA256:x"),
        (["role", "default"], 2, "say what is different"),
        (["role", "Churn", "--release", "ada"], 2, "Churn"),
        (["root"], 2, "say what is different"),
        (["sign", "--yes"], 3, "no proposal of trust root 2 is open"),
        (["show", "--proposed"], 3, "no proposal of trust root 2 is open"),
        (["propose"], 1, "say all of that already"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_fault_names_the_next_step(gitreg: Gitreg, words: list[str], code: int, why: str) -> None:
    """At most three lines: what, why, and what to type."""
    said = gitreg("key", *words)

    assert (said.code, said.out) == (code, "")
    assert why in said.err
    assert len(said.err.splitlines()) <= 3


def test_hostile_names_are_shown_as_text(gitreg: Gitreg, bob: Path) -> None:
    """What a stranger proposes acts on no terminal."""
    said = gitreg("key", "add", "bob\x1b[2J", "--principal", "bob@example.com", f"{bob}.pub")

    assert said.code == 2
    assert "\x1b" not in said.out + said.err
