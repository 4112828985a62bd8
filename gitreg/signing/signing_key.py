"""The user's own signing key: found by git's configuration, or made. Knows files and configured values, not who asks."""

from __future__ import annotations

import binascii
import os
import subprocess
import tempfile
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gitreg.errors import AlreadyThereError, CredentialsError, UsageError
from gitreg.signing.keys import PublicKey
from gitreg.signing.ssh_keygen import find_program, first_words
from gitreg.signing.wire import WireError, WireReader

SSH_KEYGEN = "ssh-keygen"
LARGEST_FILE = 64 * 1024
MAKE_ONE = "`gitreg init --signing-key new` makes an SSH key and configures this repository to sign with it."

_PRIVATE_BEGIN = b"-----BEGIN OPENSSH PRIVATE KEY-----"
_PRIVATE_END = b"-----END OPENSSH PRIVATE KEY-----"


@dataclass(frozen=True)
class SigningKey:
    """A key to sign with.

    Attributes:
        public: its public half.
        file: the private key's file, or a public key's file whose private half is beside it or in an agent; None if git's
            configuration has the public key itself, whose private half is in an agent then.
        program: what signs: `ssh-keygen`, or what git's `gpg.ssh.program` says.
    """

    public: PublicKey
    file: Path | None
    program: str = SSH_KEYGEN


def find_signing_key(
    *,
    format: str | None,  # noqa: A002 - git's word
    key: str | None,
    program: str | None,
    environ: Mapping[str, str],
) -> SigningKey:
    """Finds the key that git itself would sign with, by three values of git's configuration as git-config(1) defines them.

    Args:
        format: `gpg.format`.
        key: `user.signingKey`: a file, or a public key as it stands, optionally after `key::`.
        program: `gpg.ssh.program`.
        environ: HOME is used for paths that start with `~/`.

    Raises:
        CredentialsError: there is no such key, or it is not an SSH key.
    """
    if not key:
        raise CredentialsError("Git has no signing key configured (user.signingKey)", hint=MAKE_ONE)
    if (format or "openpgp").lower() != "ssh":
        raise CredentialsError(
            f"Git is configured to sign with {format or 'openpgp (gpg.format is not set)'}; here an SSH key has to sign",
            hint=f"If user.signingKey is an SSH key: git config gpg.format ssh. Otherwise {MAKE_ONE}",
        )
    signer = (
        str(_expanded(program, environ)) if program and program.startswith("~") else program or SSH_KEYGEN
    )
    if key.startswith(("key::", "ssh-")):
        return SigningKey(_literal(key.removeprefix("key::")), None, signer)
    file = _existing(_expanded(key, environ))
    return SigningKey(_public_half(file), file, signer)


def make_key(path: Path, comment: str, environ: Mapping[str, str]) -> SigningKey:
    """Makes a new ed25519 key without a passphrase in `path`, and its public half beside it.

    Raises:
        AlreadyThereError: one of the two files exists; nothing is ever overwritten.
        CredentialsError: the key could not be made.
    """
    if not comment.isprintable():
        raise UsageError("the comment of a key must be one line of printable characters")
    public = path.with_name(f"{path.name}.pub")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for file in (path, public):
        if file.is_symlink() or file.exists():
            raise AlreadyThereError(
                f"{file} exists already and is not overwritten", hint="Choose another file."
            )
    # Made elsewhere, then written with O_EXCL: ssh-keygen by itself would ask whether to overwrite.
    with tempfile.TemporaryDirectory(prefix="gitreg-key-", dir=path.parent) as name:
        made = Path(name, "key")
        _run_ssh_keygen(["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(made)], environ)
        _write_new(path, made.read_bytes(), mode=0o600)
        _write_new(public, made.with_name("key.pub").read_bytes(), mode=0o644)
    return SigningKey(_public_half(path), path)


def _literal(text: str) -> PublicKey:
    try:
        return PublicKey.parse(text.strip())
    except UsageError as error:
        raise CredentialsError(
            f"Git's user.signingKey is not a usable key: {error.message}", hint=MAKE_ONE
        ) from error


def _expanded(path: str, environ: Mapping[str, str]) -> Path:
    if path.startswith("~/") and environ.get("HOME"):
        return Path(environ["HOME"], path.removeprefix("~/"))
    if not path.startswith("/"):
        raise CredentialsError(
            f"Git's configuration names the signing key or program {path!r}, which is not a whole path",
            hint="Write it with the whole path: git config user.signingKey /home/.../key.pub",
        )
    return Path(path)


def _existing(file: Path) -> Path:
    """The file, or the public half beside it, which ssh-keygen tries as well."""
    for candidate in (file, file.with_name(f"{file.name}.pub")):
        if candidate.is_file():
            return candidate
    raise CredentialsError(
        f"Git's signing key {file} is not there", hint=f"Correct user.signingKey; or {MAKE_ONE}"
    )


def _public_half(file: Path) -> PublicKey:
    content = _content(file)
    try:
        if content.lstrip().startswith(_PRIVATE_BEGIN):
            return PublicKey.from_blob(_public_blob(content))
        if content.lstrip().startswith(b"-----BEGIN"):  # the older PEM files do not show their public half
            content = _content(_beside(file))
        return PublicKey.parse(content.decode("utf-8").strip())
    except (UsageError, WireError, UnicodeDecodeError) as error:
        raise CredentialsError(f"{file} is not a usable SSH key: {error}", hint=MAKE_ONE) from error


def _beside(file: Path) -> Path:
    public = file.with_name(f"{file.name}.pub")
    if not public.is_file():
        raise CredentialsError(
            f"the private key {file} does not show its public half, and {public.name} is not beside it",
            hint=f"ssh-keygen -y -f {file} > {public}",
        )
    return public


def _public_blob(content: bytes) -> bytes:
    """The public half that stands in clear in a private key file (OpenSSH, PROTOCOL.key), passphrase or not."""
    body = content.strip().removeprefix(_PRIVATE_BEGIN).removesuffix(_PRIVATE_END)
    try:
        reader = WireReader(b64decode(b"".join(body.split()), validate=True))
    except binascii.Error as error:
        raise WireError("it is not base64") from error
    if reader.take(15) != b"openssh-key-v1\0":
        raise WireError("it is not of version 1")
    for _cipher_kdf_options in range(3):
        reader.string()
    if reader.number() != 1:
        raise WireError("it does not have exactly one key")
    return reader.string()


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(LARGEST_FILE)
    except OSError as error:
        raise CredentialsError(f"the key file {file} cannot be read: {error.strerror}") from error


def _run_ssh_keygen(words: list[str], environ: Mapping[str, str]) -> None:
    program = find_program(SSH_KEYGEN, environ)
    if program is None:
        raise CredentialsError(
            "ssh-keygen, which makes keys, is not on PATH", hint="Install OpenSSH 8.2 or newer."
        )
    done = subprocess.run(
        [program, *words], stdin=subprocess.DEVNULL, capture_output=True, env=dict(environ), check=False
    )
    if done.returncode != 0:
        raise CredentialsError(f"ssh-keygen could not make a key: {first_words(done.stderr)}")


def _write_new(file: Path, content: bytes, *, mode: int) -> None:
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError as error:
        raise AlreadyThereError(
            f"{file} exists already and is not overwritten", hint="Choose another file."
        ) from error
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
