"""The key that git itself would sign with, of whichever format its configuration says, and signing with it."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from gitreg.errors import CredentialsError
from gitreg.signing import sign_ssh
from gitreg.signing.other_keys import OtherKind
from gitreg.signing.sign_gnupg import GnupgKey, find_gnupg_key, sign_gnupg
from gitreg.signing.signing_key import SigningKey, find_signing_key
from gitreg.signing.ssh_keygen import find_program

UserKey = SigningKey | GnupgKey

_TAGS = "git"  # the only namespace in which other signatures than those of SSH count


def sign(payload: bytes, key: UserKey, namespace: str, environ: Mapping[str, str]) -> bytes:
    """Signs `payload` and returns the armored signature.

    Raises:
        CredentialsError: it cannot be signed with this key, and why.
    """
    if isinstance(key, SigningKey):
        return sign_ssh.sign(payload, key, namespace, environ)
    if namespace != _TAGS:
        raise CredentialsError(
            f"the key {key.public.fingerprint} cannot sign this: only SSH keys sign a trust root",
            hint="git config gpg.format ssh",
        )
    return sign_gnupg(payload, key, environ)


def find_user_key(
    config: Callable[[str], str | None],
    identity: str,
    takes: Collection[OtherKind],
    environ: Mapping[str, str],
) -> UserKey:
    """Finds the key by git's configuration, as git-config(1) and git-tag(1) say.

    Args:
        config: reads a value of git's configuration.
        identity: the committer's `Name <mail>`, by which gpg and gpgsm choose when user.signingKey is not set.
        takes: what this registry takes beside SSH signatures.
        environ: the user's environment.

    Raises:
        CredentialsError: there is no such key, or it is of a format that is not taken here.
    """
    configured, key = (config("gpg.format") or "openpgp").lower(), config("user.signingkey")
    kind: OtherKind | None = next((kind for kind in takes if kind == configured), None)
    if kind is None:
        if configured == "ssh" and not key:
            key = _default_key(config("gpg.ssh.defaultkeycommand"), environ)
        return find_signing_key(
            format=config("gpg.format"), key=key, program=config("gpg.ssh.program"), environ=environ
        )
    program = config(f"gpg.{kind}.program") or (config("gpg.program") if kind == "openpgp" else None)
    if program and program.startswith("~/"):
        program = str(Path(environ.get("HOME", "/"), program[2:]))
    return find_gnupg_key(kind, key or identity, program, environ)


def _default_key(command: str | None, environ: Mapping[str, str]) -> str | None:
    """What gpg.ssh.defaultKeyCommand prints, when its first line is a key; git asks it in the same way."""
    try:
        words = shlex.split(command or "")
        program = find_program(words[0], environ) if words else None
        if program is None:
            return None
        done = subprocess.run([program, *words[1:]], capture_output=True, env=dict(environ), check=False)
    except (OSError, ValueError) as error:
        raise CredentialsError(f"Git's gpg.ssh.defaultKeyCommand cannot be run: {error}") from error
    line = done.stdout.decode("utf-8", "replace").split("\n")[0].strip()
    return line if done.returncode == 0 and line.startswith(("key::", "ssh-", "ecdsa-", "sk-")) else None
