"""The signing key of a CI job: from a variable into a private file that ssh-keygen takes. Knows no variables' names, no Git.

GitLab hands a key over as the path of a file that others may read, or as the variable's text; on its way through a web form it may
have got CRLF line ends and lost the line end at its end (https://docs.gitlab.com/ci/variables/#use-file-type-cicd-variables,
https://docs.gitlab.com/ci/ssh_keys/), and ssh-keygen refuses all three.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from gitreg.errors import CredentialsError, MachineError
from gitreg.signing.ssh_keygen import find_program

LARGEST = 64 * 1024
HOLDER = "the CI/CD variable with the signing key"
_BEGIN = re.compile(rb"\s*-----BEGIN [A-Z ]*PRIVATE KEY-----\s")
_HINT = "Give it the whole private key, of type File, from ssh-keygen -t ed25519 -N '' -f FILE."


def keep_job_key(given: str, folder: Path, environ: Mapping[str, str]) -> Path:
    """Writes a job's signing key, and its public half beside it, into a private folder; returns its file.

    Args:
        given: the variable's value: a path, or the key itself.
        folder: of the job, and nobody else's.
        environ: where ssh-keygen is found.

    Raises:
        CredentialsError: it is no private key, or has a passphrase, which nobody is there to type.
        MachineError: it cannot be written.
    """
    content = _mended(_content(given))
    if not _BEGIN.match(content):
        raise CredentialsError(f"{HOLDER} holds no private key in OpenSSH's or PEM form", hint=_HINT)
    key = folder / "signing_key"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(key, content)
        _write(folder / "signing_key.pub", _public_half(key, environ))
    except OSError as error:
        raise (
            MachineError.of(error, f"{key} cannot be written") or CredentialsError(f"{key}: {error.strerror}")
        ) from error
    return key


def _content(given: str) -> bytes:
    """What the variable means: a path where there is such a file, else the text."""
    if "PRIVATE KEY" in given or "\n" in given:
        return given.encode("utf-8", "surrogateescape")
    try:
        with Path(given).open("rb") as file:
            return file.read(LARGEST)
    except (OSError, ValueError) as error:
        raise CredentialsError(
            f"{HOLDER} is neither a key nor a file that can be read", hint=_HINT
        ) from error


def _mended(content: bytes) -> bytes:
    lines = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").strip().split(b"\n")
    return b"\n".join(line.rstrip() for line in lines) + b"\n"


def _write(file: Path, content: bytes) -> None:
    """Anew, so that nobody's link is followed and the rights are ours; written again where the job calls twice."""
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)


def _public_half(key: Path, environ: Mapping[str, str]) -> bytes:
    """What ssh-keygen makes of the key with an empty passphrase; it prints nothing of the private half."""
    program = find_program("ssh-keygen", environ)
    if program is None:
        raise CredentialsError(
            "ssh-keygen, which signs, is not on PATH", hint="Install OpenSSH 8.2 or newer."
        )
    done = subprocess.run(
        [program, "-y", "-P", "", "-f", str(key)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=dict(environ),
        check=False,
    )
    if done.returncode == 0:
        return done.stdout
    key.unlink()
    if b"passphrase" in done.stderr:  # ssh-keygen(1) has one exit code for everything
        raise CredentialsError(
            f"{HOLDER} is protected by a passphrase, and nobody is there to type it",
            hint="Make a key of its own for the job: ssh-keygen -t ed25519 -N '' -f FILE, then gitreg key add --machine",
        )
    raise CredentialsError(f"{HOLDER} is no key that ssh-keygen can read", hint=_HINT)
