"""Runs a program in a room without windows: a private folder with a few files, and nothing of the user's environment."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gitreg.errors import VerificationError
from gitreg.signing.ssh_keygen import find_program

TIMEOUT = 60.0  # seconds; it takes milliseconds, and a program that hangs must not hang the verifier


@dataclass(frozen=True)
class Program:
    """What verifies, and what to do where it is missing."""

    name: str
    hint: str


@dataclass(frozen=True)
class Answer:
    """What a program said, and the file it wrote, if it was asked for one."""

    returncode: int
    stdout: bytes
    stderr: bytes
    written: bytes = b""


def run_in_room(
    program: Program,
    words: Sequence[str],
    files: Mapping[str, bytes],
    environ: Mapping[str, str],
    *,
    writes: str | None = None,
) -> Answer:
    """Runs it, with the files beside it, and its home there.

    Args:
        program: looked for on PATH, never where a configuration says.
        words: the command line.
        files: what lies in the folder.
        environ: only PATH is used.
        writes: a file that it writes.

    Raises:
        VerificationError: step `signature`; the program is not there, or did not come to its end.
    """
    found = find_program(program.name, environ)
    if found is None:
        raise _refusal(f"{program.name} is not on PATH, so the signature cannot be verified", program.hint)
    try:
        with tempfile.TemporaryDirectory(prefix="gitreg-verify-") as name:
            for file, content in files.items():
                Path(name, file).write_bytes(content)
            done = subprocess.run(
                [found, *words],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                cwd=name,
                env={
                    "PATH": environ["PATH"], "HOME": name, "GNUPGHOME": name, "OPENSSL_CONF": "/dev/null", "LC_ALL": "C"
                },
                timeout=TIMEOUT,
                check=False,
            )  # fmt: skip
            written = Path(name, writes) if writes else None
            content = written.read_bytes() if written and written.is_file() else b""
    except (OSError, subprocess.SubprocessError) as error:
        raise _refusal(f"{program.name} could not be run to its end: {error}", None) from error
    return Answer(done.returncode, done.stdout, done.stderr, content)


def _refusal(message: str, hint: str | None) -> VerificationError:
    return VerificationError(message, step="signature", hint=hint)
