"""The key that git would sign with: hardware keys as far as they go without one, and the command that names a default key."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest

from gitreg.errors import CredentialsError
from gitreg.signing import SigningKey, find_user_key, sign

Environ = dict[str, str]
IDENTITY = "Ada <ada@example.com>"


def string(content: bytes) -> bytes:
    """A string of SSH's wire format."""
    return len(content).to_bytes(4, "big") + content


KIND = "sk-ssh-ed25519@openssh.com"
TOKEN = f"{KIND} {b64encode(string(KIND.encode()) + string(bytes(32)) + string(b'ssh:')).decode()}"


@pytest.mark.parametrize(("literal", "option"), [(False, []), (True, ["-U"])])
def test_a_hardware_key_is_asked_for_as_git_asks(
    *, literal: bool, option: list[str], tmp_path: Path, environ: Environ, capfd: pytest.CaptureFixture[str]
):
    """The same words as for any key, and the request to touch the token reaches the user. No token is here to sign more."""
    file = tmp_path / "id_ed25519_sk.pub"
    file.write_text(f"{TOKEN} ada@token\n")
    program = tmp_path / "asks"
    program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/words\necho "Confirm user presence" >&2\nexit 1\n')
    program.chmod(0o755)
    config = {"gpg.format": "ssh", "gpg.ssh.program": str(program)}
    config["user.signingkey"] = f"key::{TOKEN}" if literal else str(file)
    key = find_user_key(config.get, IDENTITY, [], environ)

    with pytest.raises(CredentialsError, match="signing with the key SHA256:"):
        sign(b"text", key, "git", environ)

    words = (tmp_path / "words").read_text().split()
    assert words[:5] == ["-Y", "sign", "-n", "git", "-f"]
    assert words[6:-1] == option
    assert literal or words[5] == str(file)
    assert "Confirm user presence" in capfd.readouterr().err


def test_the_default_key_command_names_a_key(ada: SigningKey, tmp_path: Path, environ: Environ):
    """As `git tag -s` takes it, where user.signingKey is not set."""
    program = tmp_path / "default key"
    program.write_text(f"#!/bin/sh\necho 'key::{ada.public}' $1\n")
    program.chmod(0o755)
    config = {"gpg.format": "ssh", "gpg.ssh.defaultkeycommand": f"'{program}' ada@laptop"}

    key = find_user_key(config.get, IDENTITY, [], environ)

    assert key == SigningKey(ada.public, None)


@pytest.mark.parametrize("command", [None, "", "/nowhere", "false", "echo hello", "echo 'unclosed"])
def test_a_default_key_command_without_a_key_is_none(command: str | None, environ: Environ):
    """Nothing is signed by a key that nobody named."""
    config = {"gpg.format": "ssh", "gpg.ssh.defaultkeycommand": command}

    with pytest.raises(CredentialsError):
        find_user_key(config.get, IDENTITY, [], environ)


def test_formats_that_are_not_taken_are_refused_by_name(environ: Environ):
    """With the way out."""
    config = {"gpg.format": "openpgp", "user.signingkey": "0xDEADBEEF"}

    with pytest.raises(CredentialsError, match="configured to sign with openpgp"):
        find_user_key(config.get, IDENTITY, ["x509"], environ)
