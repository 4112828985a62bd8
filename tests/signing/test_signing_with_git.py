"""Signing keys as git is configured, signatures as git makes and reads them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from shutil import copy, which

import pytest

from gitreg.errors import AlreadyThereError, CredentialsError, UsageError
from gitreg.signing import (
    AllowedSigner,
    PublicKey,
    SigningKey,
    find_signing_key,
    format_allowed_signers,
    format_revoked_keys,
    format_tag,
    make_key,
    sign,
    split_tag,
    verify,
)

MAIL = "ada@example.com"
Environ = dict[str, str]


def git(folder: Path, *words: str, given: bytes | None = None) -> bytes:
    return subprocess.run(["git", *words], cwd=folder, input=given, capture_output=True, check=True).stdout


def found(
    environ: Environ, key: str | None, *, kind: str | None = "ssh", program: str | None = None
) -> SigningKey:
    return find_signing_key(format=kind, key=key, program=program, environ=environ)


# With git:


def store_tag(repository: Path, key: SigningKey, environ: Environ) -> str:
    target = git(repository, "rev-parse", "HEAD").decode().strip()
    payload = format_tag(
        target, "model/churn/v1.2.0", f"Ada <{MAIL}>", 1700000000, "+0000", "Release\n\nGitreg: v1"
    )
    raw = payload + sign(payload, key, "git", environ)
    tag = git(repository, "hash-object", "-t", "tag", "-w", "--stdin", given=raw).decode().strip()
    git(repository, "update-ref", "refs/tags/model/churn/v1.2.0", tag)
    return tag


@pytest.mark.parametrize("name", ["ada", "ecdsa", "rsa"])
def test_git_verifies_what_we_sign(
    name: str,
    key: Callable[[str], SigningKey],
    make_repository: Callable[[Path], Path],
    tmp_path: Path,
    environ: Environ,
):
    """Plain tools accept the tag, with our own list of signers and of revoked keys."""
    repository = make_repository(tmp_path / "r")
    store_tag(repository, key(name), environ)
    (tmp_path / "signers").write_bytes(format_allowed_signers([AllowedSigner(MAIL, key(name).public)]))
    (tmp_path / "revoked").write_bytes(format_revoked_keys([key("mallory").public]))
    trust = [
        "-c",
        f"gpg.ssh.allowedSignersFile={tmp_path}/signers",
        "-c",
        f"gpg.ssh.revocationFile={tmp_path}/revoked",
    ]

    git(repository, *trust, "verify-tag", "refs/tags/model/churn/v1.2.0")
    git(repository, "fsck", "--strict")

    (tmp_path / "revoked").write_bytes(format_revoked_keys([key(name).public]))
    with pytest.raises(subprocess.CalledProcessError):
        git(repository, *trust, "verify-tag", "refs/tags/model/churn/v1.2.0")


def test_we_verify_what_git_signs(
    ada: SigningKey, make_repository: Callable[[Path], Path], tmp_path: Path, environ: Environ
):
    """A tag by `git tag -s` has the form that is expected, and its signature is good."""
    repository = make_repository(tmp_path / "r")
    signing = ["-c", "gpg.format=ssh", "-c", f"user.signingKey={ada.file}"]
    git(repository, *signing, "tag", "-s", "v1", "-m", "Release churn 1.2.0", "-m", "Gitreg: v1")

    tag = split_tag(git(repository, "cat-file", "tag", "v1"))

    allowed = [AllowedSigner(MAIL, ada.public)]
    assert tag.message == "Release churn 1.2.0\n\nGitreg: v1\n"
    assert ada.public == verify(
        tag.payload,
        tag.signature,
        principal=tag.tagger_email,
        namespace="git",
        allowed=allowed,
        revoked=[],
        environ=environ,
    )


def test_git_and_we_sign_the_same_bytes(
    ada: SigningKey, make_repository: Callable[[Path], Path], tmp_path: Path, environ: Environ
):
    """An ed25519 signature has no randomness, so the two tag objects are equal to the last byte."""
    repository = make_repository(tmp_path / "r")
    signing = ["-c", "gpg.format=ssh", "-c", f"user.signingKey={ada.file}"]
    git(repository, *signing, "tag", "-s", "v1", "-m", "Release")
    made = split_tag(git(repository, "cat-file", "tag", "v1"))

    payload = format_tag(made.target, "v1", f"{made.tagger_name} <{MAIL}>", made.tagged, made.zone, "Release")

    assert payload + sign(payload, ada, "git", environ) == made.payload + made.signature


# Finding the key:


@pytest.mark.parametrize("name", ["ada", "ada.pub", "locked", "pem"])
def test_a_key_file_may_be_either_half(name: str, key_folder: Path, environ: Environ):
    """The public half is known without a passphrase."""
    public = PublicKey.parse((key_folder / f"{name.removesuffix('.pub')}.pub").read_text())

    assert found(environ, str(key_folder / name)) == SigningKey(public, key_folder / name, "ssh-keygen")


def test_a_private_key_needs_no_other_file(
    key_folder: Path, tmp_path: Path, environ: Environ, ada: SigningKey
):
    """OpenSSH's own format has the public half inside, whatever stands beside it."""
    copy(key_folder / "ada", tmp_path / "ada")
    copy(key_folder / "mallory.pub", tmp_path / "ada.pub")

    assert found(environ, str(tmp_path / "ada")).public == ada.public


def test_the_public_half_alone_is_found(key_folder: Path, tmp_path: Path, environ: Environ):
    """The private half can be in an agent: git takes this too."""
    copy(key_folder / "ada.pub", tmp_path / "id.pub")

    assert found(environ, str(tmp_path / "id")).file == tmp_path / "id.pub"


def test_the_home_of_a_path_is_the_callers(key_folder: Path, environ: Environ):
    """`~/` is HOME of the given environment."""
    home = Path(environ["HOME"])
    copy(key_folder / "ada.pub", home / "id.pub")

    assert found(environ, "~/id.pub", program="~/bin/signer").file == home / "id.pub"
    assert found(environ, "~/id.pub", program="~/bin/signer").program == str(home / "bin/signer")


@pytest.mark.parametrize("prefix", ["", "key::"])
def test_the_key_itself_may_be_configured(prefix: str, ada: SigningKey, environ: Environ):
    """`user.signingKey` may be the public key as it stands."""
    assert found(environ, f"{prefix}{ada.public} ada@laptop") == SigningKey(ada.public, None, "ssh-keygen")


@pytest.mark.parametrize("kind", ["openpgp", "x509", None, "pgp"])
def test_other_formats_are_refused_with_the_way_out(kind: str | None, environ: Environ):
    """Where only an SSH key will do, the user is told how to make one."""
    with pytest.raises(CredentialsError, match="an SSH key has to sign") as refused:
        found(environ, "0xDEADBEEF", kind=kind)

    assert "--signing-key new" in str(refused.value.hint)


@pytest.mark.parametrize("key", [None, ""])
def test_without_a_key_the_next_step_is_to_make_one(key: str | None, environ: Environ):
    """A newcomer has no signing key."""
    with pytest.raises(CredentialsError, match="no signing key") as refused:
        found(environ, key)

    assert "--signing-key new" in str(refused.value.hint)


@pytest.mark.parametrize("key", ["id.pub", "../id", "~eve/id"])
def test_a_path_that_depends_on_a_folder_is_refused(key: str, environ: Environ):
    """Nothing here depends on the current directory."""
    with pytest.raises(CredentialsError, match="not a whole path"):
        found(environ, key)


@pytest.mark.parametrize("key", ["key::", "key::ssh-ed25519 AAAA", "ssh-dss AAAA", "/is/not/there"])
def test_what_is_no_key_is_refused(key: str, environ: Environ):
    """A broken key, a missing file."""
    with pytest.raises(CredentialsError):
        found(environ, key)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
        b"-----BEGIN RSA PRIVATE KEY-----\n",
    ],
)
def test_a_file_that_is_no_key_is_refused(content: bytes, tmp_path: Path, environ: Environ):
    """Whatever the file has, the error names it."""
    (tmp_path / "id").write_bytes(content)

    with pytest.raises(CredentialsError, match="id"):
        found(environ, str(tmp_path / "id"))


# Making a key:


def test_a_new_key_signs(tmp_path: Path, environ: Environ):
    """The key is there, private, and good."""
    key = make_key(tmp_path / "new" / "id", "Ada on a laptop", environ)
    signature = sign(b"text", key, "gitreg-root", environ)

    assert key.public == verify(
        b"text",
        signature,
        principal=MAIL,
        namespace="gitreg-root",
        allowed=[AllowedSigner(MAIL, key.public)],
        revoked=[],
        environ=environ,
    )
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "new" / "id").stat().st_mode & 0o777 == 0o600
    assert sorted(file.name for file in (tmp_path / "new").iterdir()) == ["id", "id.pub"]
    assert (tmp_path / "new" / "id.pub").read_text() == f"{key.public} Ada on a laptop\n"


@pytest.mark.parametrize("name", ["id", "id.pub"])
def test_a_key_is_never_overwritten(name: str, tmp_path: Path, environ: Environ):
    """Neither half, nor a link to nowhere."""
    (tmp_path / name).write_text("precious")

    with pytest.raises(AlreadyThereError):
        make_key(tmp_path / "id", "", environ)

    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [(name, "precious")]


def test_a_link_is_not_followed(tmp_path: Path, environ: Environ):
    """A link to a file that is not there yet would let the key be written elsewhere."""
    (tmp_path / "id").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(AlreadyThereError):
        make_key(tmp_path / "id", "", environ)

    assert not (tmp_path / "elsewhere").exists()


def test_a_file_that_appears_meanwhile_is_not_overwritten(
    tmp_path: Path, fake_path: Callable[[str], Environ]
):
    """Somebody else may make the same key at the same time."""
    racing = fake_path(f'{which("ssh-keygen")} "$@"; echo precious > {tmp_path}/id')

    with pytest.raises(AlreadyThereError):
        make_key(tmp_path / "id", "", racing)

    assert (tmp_path / "id").read_text() == "precious\n"


def test_a_comment_is_one_line(tmp_path: Path, environ: Environ):
    """A second line in a public key file would be a second key."""
    with pytest.raises(UsageError):
        make_key(tmp_path / "id", "a\nb", environ)


def test_without_ssh_keygen_no_key_is_made(tmp_path: Path):
    """The error says what to install, and nothing is left."""
    with pytest.raises(CredentialsError, match="not on PATH"):
        make_key(tmp_path / "id", "", {"PATH": ""})

    assert list(tmp_path.iterdir()) == []


# Signing:


def test_an_agent_signs_by_public_key_file(
    agent: Environ, key_folder: Path, tmp_path: Path, allowed: list[AllowedSigner]
):
    """The private half never needs to be on this disk."""
    copy(key_folder / "ada.pub", tmp_path / "id.pub")
    signature = sign(b"text", found(agent, str(tmp_path / "id.pub")), "git", agent)

    assert (
        verify(
            b"text", signature, principal=MAIL, namespace="git", allowed=allowed, revoked=[], environ=agent
        )
        == allowed[0].key
    )


def test_an_agent_signs_by_literal_key(agent: Environ, ada: SigningKey, allowed: list[AllowedSigner]):
    """A configuration that names no file works too."""
    signature = sign(b"text", found(agent, f"key::{ada.public}"), "git", agent)

    assert (
        verify(
            b"text", signature, principal=MAIL, namespace="git", allowed=allowed, revoked=[], environ=agent
        )
        == allowed[0].key
    )


def test_without_an_agent_a_public_key_cannot_sign(key_folder: Path, tmp_path: Path, environ: Environ):
    """ssh-keygen's reason is shown, with the next step."""
    copy(key_folder / "ada.pub", tmp_path / "id.pub")

    with pytest.raises(CredentialsError, match="id") as refused:
        sign(b"text", found(environ, str(tmp_path / "id.pub")), "git", environ)

    assert "ssh-add" in str(refused.value.hint)


def test_a_locked_key_asks_by_the_users_own_program(key_folder: Path, tmp_path: Path, environ: Environ):
    """SSH_ASKPASS works; gitreg never sees the passphrase."""
    ask = tmp_path / "ask"
    ask.write_text("#!/bin/sh\necho secret\n")
    ask.chmod(0o755)
    asking = {**environ, "SSH_ASKPASS": str(ask), "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":0"}

    assert sign(b"text", found(environ, str(key_folder / "locked")), "git", asking).startswith(
        b"-----BEGIN SSH"
    )


def test_a_locked_key_without_an_answer_is_an_error(key_folder: Path, environ: Environ):
    """A wrong passphrase is said in ssh-keygen's words."""
    silent = {**environ, "SSH_ASKPASS": "/bin/false", "SSH_ASKPASS_REQUIRE": "force"}

    with pytest.raises(CredentialsError, match="passphrase"):
        sign(b"text", found(environ, str(key_folder / "locked")), "git", silent)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo no such token >&2; exit 3", "no such token"),
        ("printf '\\033[31mred' >&2; exit 1", r"\?\[31mred"),
        ("kill -9 $$", "no reason"),
        ("exit 0", "wrote no signature"),
        ("for last; do :; done; echo text > $last.sig", "no usable signature"),
    ],
)
def test_a_signing_program_that_fails_is_an_error(
    script: str, reason: str, ada: SigningKey, tmp_path: Path, environ: Environ
):
    """Another program may sign, and may fail in any way."""
    program = tmp_path / "signer"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)

    with pytest.raises(CredentialsError, match=reason):
        sign(b"text", SigningKey(ada.public, ada.file, str(program)), "git", environ)


@pytest.mark.parametrize("program", ["is-not-there", "/is/not/there", "./here"])
def test_a_signing_program_that_is_not_there_is_an_error(program: str, ada: SigningKey, environ: Environ):
    """The error names it."""
    with pytest.raises(CredentialsError, match="is not there"):
        sign(b"text", SigningKey(ada.public, ada.file, program), "git", environ)


def test_a_signature_by_another_key_is_not_handed_out(ada: SigningKey, mallory: SigningKey, environ: Environ):
    """It is better to fail here than to publish what nobody can verify."""
    with pytest.raises(CredentialsError, match="not SHA256"):
        sign(b"text", SigningKey(ada.public, mallory.file), "git", environ)


def test_signing_leaves_nothing_behind(
    ada: SigningKey, environ: Environ, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Payload and key files are gone afterwards."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    sign(b"text", ada, "git", environ)

    assert list(tmp_path.iterdir()) == []
