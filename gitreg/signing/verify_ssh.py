"""Verifies an SSH signature by ssh-keygen, in a room without windows. Knows whom it was told to allow, nobody else."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from gitreg.errors import VerificationError
from gitreg.signing.keys import PublicKey
from gitreg.signing.revoked import RevokedKey
from gitreg.signing.signers import AllowedSigner, allowed_line, format_revoked_keys, is_principal
from gitreg.signing.ssh_keygen import checked_namespace, find_program, first_words
from gitreg.signing.sshsig import parse_sshsig

TIMEOUT = 60.0  # seconds; it takes milliseconds, and a program that hangs must not hang the verifier


def verify(  # noqa: PLR0913 - each is a thing that the verdict rests on, and none may have a default
    payload: bytes,
    signature: bytes,
    *,
    principal: str,
    namespace: str,
    allowed: Sequence[AllowedSigner],
    revoked: Sequence[RevokedKey],
    environ: Mapping[str, str],
) -> PublicKey:
    """Verifies that `principal` signed `payload`, and returns the key that did.

    What the signature says of itself is only used to choose the one line that ssh-keygen may accept; ssh-keygen's exit
    code then decides. It is taken from PATH, never from git's configuration, which somebody else may have written.

    Args:
        payload: the bytes that should have been signed.
        signature: the armored signature over them.
        principal: who should have signed.
        namespace: the purpose that the signature should have been made for.
        allowed: the signers that are trusted.
        revoked: keys that are never accepted, whoever has them.
        environ: only PATH is used.

    Raises:
        VerificationError: step `signature`; it could not be shown that the signature is good, for whatever reason.
    """
    claimed = parse_sshsig(signature)
    key = claimed.public_key
    if claimed.namespace != checked_namespace(namespace):
        raise _refusal(f"The signature was made for {claimed.namespace[:60]!r}, not for {namespace!r}")
    if not is_principal(principal):
        raise _refusal(f"{principal[:80]!r} cannot name a signer")
    if key in revoked:  # first, as a revoked key has no line among the allowed ones any more
        raise _refusal(f"The key {key.fingerprint} of {principal} is revoked")
    if not any(signer.key == key and signer.principal == principal for signer in allowed):
        raise _refusal(f"The key {key.fingerprint} is not an allowed key of {principal}")
    line = allowed_line(AllowedSigner(principal, key), namespace)
    _ask_ssh_keygen(
        payload,
        {"allowed": f"{line}\n".encode("ascii"), "signature": signature, "revoked": _revoked_file(revoked)},
        ("-I", principal, "-n", namespace),
        environ,
    )
    return key


def _ask_ssh_keygen(
    payload: bytes, files: Mapping[str, bytes], words: Sequence[str], environ: Mapping[str, str]
) -> None:
    program = find_program("ssh-keygen", environ)
    if program is None:
        raise _refusal(
            "ssh-keygen is not on PATH, so the signature cannot be verified",
            hint="Install OpenSSH 8.2 or newer.",
        )
    try:
        with tempfile.TemporaryDirectory(prefix="gitreg-verify-") as name:
            for file, content in files.items():
                Path(name, file).write_bytes(content)
            answer = subprocess.run(
                [program, "-Y", "verify", "-f", "allowed", *words, "-s", "signature", "-r", "revoked"],
                input=payload,
                capture_output=True,
                cwd=name,
                env={"PATH": environ["PATH"], "HOME": name, "LC_ALL": "C"},
                timeout=TIMEOUT,
                check=False,
            )
    except (OSError, subprocess.SubprocessError) as error:
        raise _refusal(f"ssh-keygen could not be run to its end: {error}") from error
    if answer.returncode != 0:
        raise _refusal(f"ssh-keygen refuses the signature: {first_words(answer.stderr or answer.stdout)}")


def _revoked_file(revoked: Sequence[RevokedKey]) -> bytes:
    # A comment first: then the file is neither empty nor could it be taken for a binary key revocation list.
    return b"# revoked keys\n" + format_revoked_keys(dict.fromkeys(revoked))


def _refusal(message: str, *, hint: str | None = None) -> VerificationError:
    return VerificationError(f"{message}", step="signature", hint=hint)
