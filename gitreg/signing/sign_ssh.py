"""Signs bytes as git does it: by ssh-keygen, or the program that git is configured to use. Knows no passphrase."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from gitreg.errors import CredentialsError, VerificationError
from gitreg.signing.signing_key import SigningKey
from gitreg.signing.ssh_keygen import checked_namespace, find_program, first_words
from gitreg.signing.sshsig import parse_sshsig


def sign(payload: bytes, key: SigningKey, namespace: str, environ: Mapping[str, str]) -> bytes:
    """Signs `payload` and returns the armored signature.

    The payload goes by a file in a private folder, so that stdin and the terminal stay the user's: a passphrase, an agent
    or a security token can be asked for (git's gpg-interface.c does the same).

    Raises:
        CredentialsError: it cannot be signed with this key, and why, in ssh-keygen's words.
    """
    checked_namespace(namespace)
    with tempfile.TemporaryDirectory(prefix="gitreg-sign-") as name:
        file = Path(name, "payload")
        file.write_bytes(payload)
        words = ["-Y", "sign", "-n", namespace, *_key_words(key, Path(name)), str(file)]
        _run(words, key, environ)
        signature = _written(Path(name, "payload.sig"), key)
    _refuse_other_signature(signature, key, namespace)
    return signature


def _key_words(key: SigningKey, folder: Path) -> list[str]:
    if key.file is not None:
        return ["-f", str(key.file)]
    file = folder / "key.pub"
    file.write_text(f"{key.public}\n", encoding="ascii")
    return ["-f", str(file), "-U"]  # -U: the private half is in the agent


def _run(words: list[str], key: SigningKey, environ: Mapping[str, str]) -> None:
    program = find_program(key.program, environ)
    if program is None:
        raise CredentialsError(
            f"the program {key.program!r}, which should sign, is not there",
            hint="Install OpenSSH 8.2 or newer, or correct git's gpg.ssh.program.",
        )
    # A security token's request to be touched is written to stderr, and the user has to see it.
    errors = None if key.public.kind.startswith("sk-") else subprocess.PIPE
    try:
        done = subprocess.run(
            [program, *words], stdout=subprocess.DEVNULL, stderr=errors, env=dict(environ), check=False
        )
    except OSError as error:
        raise CredentialsError(
            f"the program {program!r}, which should sign, cannot be run: {error}"
        ) from error
    if done.returncode != 0:
        raise CredentialsError(
            f"signing with the key {key.public.fingerprint} failed: {first_words(done.stderr or b'')}",
            hint=f"Unlock the key first: ssh-add {str(key.file).removesuffix('.pub') if key.file else '<private key file>'}",
        )


def _written(file: Path, key: SigningKey) -> bytes:
    try:
        return file.read_bytes().replace(b"\r\n", b"\n")  # as git does for programs on Windows
    except OSError as error:
        raise CredentialsError(
            f"the program {key.program!r} said that it signed, but wrote no signature"
        ) from error


def _refuse_other_signature(signature: bytes, key: SigningKey, namespace: str) -> None:
    """A signature that nobody could verify must not be published: it is better to fail here."""
    try:
        made = parse_sshsig(signature)
    except VerificationError as error:
        raise CredentialsError(
            f"the program {key.program!r} wrote no usable signature: {error.message}"
        ) from error
    if made.public_key != key.public or made.namespace != namespace:
        raise CredentialsError(
            f"the program {key.program!r} signed with the key {made.public_key.fingerprint}, not {key.public.fingerprint}",
            hint="Check that the private key file and the .pub file beside it belong together.",
        )
