"""Real keys of every kind, made once; whoever needs one reads it, nobody writes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gitreg.signing import AllowedSigner, SigningKey, find_signing_key

KINDS = {
    "ada": ["-t", "ed25519"],
    "mallory": ["-t", "ed25519"],
    "ecdsa": ["-t", "ecdsa", "-b", "256"],
    "ecdsa384": ["-t", "ecdsa", "-b", "384"],
    "ecdsa521": ["-t", "ecdsa", "-b", "521"],
    "rsa": ["-t", "rsa", "-b", "2048"],
    "pem": ["-t", "rsa", "-b", "2048", "-m", "PEM"],
    "short": ["-t", "rsa", "-b", "1024"],
}
SIGNING_KINDS = ["ada", "ecdsa", "ecdsa384", "ecdsa521", "rsa", "pem"]


@pytest.fixture(scope="session")
def key_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    for name, words in KINDS.items():
        subprocess.run(["ssh-keygen", "-q", *words, "-N", "", "-C", name, "-f", folder / name], check=True)
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-C", "x", "-f", folder / "locked"], check=True
    )
    return folder


@pytest.fixture(scope="session")
def key(key_folder: Path) -> Callable[[str], SigningKey]:
    """The signing key of a name in KINDS."""

    def found(name: str) -> SigningKey:
        return find_signing_key(format="ssh", key=str(key_folder / name), program=None, environ={})

    return found


@pytest.fixture(scope="session")
def ada(key: Callable[[str], SigningKey]) -> SigningKey:
    return key("ada")


@pytest.fixture(scope="session")
def mallory(key: Callable[[str], SigningKey]) -> SigningKey:
    return key("mallory")


@pytest.fixture(scope="session")
def allowed(ada: SigningKey) -> list[AllowedSigner]:
    return [AllowedSigner("ada@example.com", ada.public)]


@pytest.fixture
def fake_path(tmp_path: Path, environ: dict[str, str]) -> Callable[[str], dict[str, str]]:
    """An environment whose ssh-keygen is the given shell script."""

    def made(script: str) -> dict[str, str]:
        folder = tmp_path / "bin"
        folder.mkdir()
        program = folder / "ssh-keygen"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        return {**environ, "PATH": f"{folder}{os.pathsep}{environ['PATH']}"}

    return made


@pytest.fixture
def agent(
    key_folder: Path, tmp_path_factory: pytest.TempPathFactory, environ: dict[str, str]
) -> Iterator[dict[str, str]]:
    """An environment with a real ssh-agent that has ada's private key."""
    socket = tmp_path_factory.mktemp("a") / "s"
    running = subprocess.Popen(["ssh-agent", "-D", "-a", socket], env=environ, stdout=subprocess.DEVNULL)
    with_agent = {**environ, "SSH_AUTH_SOCK": str(socket)}
    try:
        for _attempt in range(100):
            if socket.exists():
                break
            subprocess.run(["sleep", "0.05"], check=True)
        subprocess.run(["ssh-add", "-q", key_folder / "ada"], env=with_agent, check=True)
        yield with_agent
    finally:
        running.terminate()
        running.wait()
