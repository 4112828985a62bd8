"""What docs/tutorial-trust.md says is run as it stands there, from the first block to the last, in one fresh home."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"^```sh (?P<name>\S+)\n(?P<commands>.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = "== block "


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each block printed, stderr too; all of them ran."""
    home = tmp_path_factory.mktemp("tutorial")
    text = (TOP / "docs" / "tutorial-trust.md").read_text("utf-8")
    script = "".join(f"echo '{MARK}{one['name']}'\n{one['commands']}\n" for one in BLOCK.finditer(text))
    environ = {
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "GIT_CONFIG_NOSYSTEM": "1",
        "DVC_NO_ANALYTICS": "1",
        "LC_ALL": "C.UTF-8",
    }

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=home,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-4000:]
    parts = done.stdout.split(MARK)[1:]
    return {part.partition("\n")[0]: part.partition("\n")[2] for part in parts}


def test_every_block_has_a_name_and_is_run(said: dict[str, str]) -> None:
    """No command in the tutorial is there for show."""
    text = (TOP / "docs" / "tutorial-trust.md").read_text("utf-8")

    assert text.count("```sh ") == len(said) == text.count("```") // 2


def test_two_people_release(said: dict[str, str]) -> None:
    """One waits, the other approves, and the verifier counts both."""
    assert "waits for a second person: exit 1" in said["release"]
    assert "ada and bob may release churn" in said["release"]


def test_what_was_signed_before_a_rotation_verifies(said: dict[str, str]) -> None:
    """The old key is former, and the release that it approved is good."""
    assert "former, until root 2" in said["rotation"]
    assert "churn 1.0.0 is verified" in said["rotation"]


def test_what_a_stolen_key_signed_is_refused_until_it_is_signed_again(said: dict[str, str]) -> None:
    """The list names what has to be signed, and that is what is signed."""
    assert "to be signed again: 2" in said["stolen"]
    assert "is revoked" in said["sign-again"]
    assert "refused, exit 6" in said["sign-again"]
    assert "churn 1.0.0 is verified: resign/churn/v1.0.0/1" in said["sign-again"]


def test_a_rollback_serves_the_former_bytes(said: dict[str, str]) -> None:
    """The second version served, and then the first one again."""
    assert "churn 1.1.0 is verified" in said["rollback"]
    assert said["rollback"].splitlines()[-1] == "weights, first"


def test_a_new_beginning_needs_a_new_anchor(said: dict[str, str]) -> None:
    """What no quorum signed is refused by whoever holds the old anchor."""
    assert "not merged, exit 1" in said["lost-quorum"]
    assert "refused, exit 6" in said["lost-quorum"]
    assert "root 6, signed by bob, safe" in said["lost-quorum"]
