"""Verifying: good signatures pass, everything else is refused, and every refusal has the step `signature`."""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitreg.errors import VerificationError
from gitreg.signing import (
    AllowedSigner,
    PublicKey,
    SignedTag,
    SigningKey,
    format_tag,
    sign,
    split_tag,
    verify,
)

MAIL = "ada@example.com"
Environ = dict[str, str]


@pytest.fixture(scope="module")
def outside() -> Environ:
    """What `verify` needs of an environment: PATH."""
    return {"PATH": os.environ["PATH"]}


@pytest.fixture(scope="module")
def tag(ada: SigningKey, outside: Environ) -> SignedTag:
    payload = format_tag(
        "a" * 40, "model/churn/v1.2.0", f"Ada <{MAIL}>", 1700000000, "+0000", "Release churn 1.2.0"
    )
    return split_tag(payload + sign(payload, ada, "git", outside))


@pytest.fixture
def ask(tag: SignedTag, allowed: list[AllowedSigner], outside: Environ) -> Callable[..., PublicKey]:
    """Verifies a good tag with one thing changed."""

    def verified(**changed: Any) -> PublicKey:
        words: Mapping[str, Any] = {
            "payload": tag.payload,
            "signature": tag.signature,
            "principal": MAIL,
            "namespace": "git",
            "allowed": allowed,
            "revoked": [],
            "environ": outside,
            **changed,
        }
        return verify(
            words["payload"],
            words["signature"],
            **{k: v for k, v in words.items() if k not in ("payload", "signature")},
        )

    return verified


def refused(ask: Callable[..., PublicKey], reason: str, **changed: Any) -> None:
    with pytest.raises(VerificationError, match=reason) as refusal:
        ask(**changed)
    assert refusal.value.step == "signature"


def test_a_good_signature_gives_its_key(ask: Callable[..., PublicKey], ada: SigningKey):
    """With nothing revoked and the right signer, the key comes back."""
    assert ask() == ada.public


@pytest.mark.parametrize("name", ["ecdsa", "ecdsa384", "ecdsa521", "rsa", "pem"])
def test_every_kind_of_key_verifies(
    name: str, key: Callable[[str], SigningKey], ask: Callable[..., PublicKey], outside: Environ
):
    """RSA and ECDSA keys sign and verify as ed25519 does."""
    signer = key(name)
    signature = sign(b"text", signer, "git", outside)

    found = ask(payload=b"text", signature=signature, allowed=[AllowedSigner(MAIL, signer.public)])

    assert found == signer.public


def test_another_payload_is_refused(ask: Callable[..., PublicKey], tag: SignedTag):
    """One byte changed, removed or added anywhere is another payload."""
    for payload in (tag.payload[:-1], tag.payload + b"\n", tag.payload.replace(b"1.2.0", b"1.2.1"), b""):
        refused(ask, "ssh-keygen refuses", payload=payload)


def test_another_namespace_is_refused(
    ask: Callable[..., PublicKey], tag: SignedTag, ada: SigningKey, outside: Environ
):
    """A signature made for another purpose is not one for this."""
    signature = sign(tag.payload, ada, "file", outside)

    refused(ask, "made for 'file'", signature=signature)
    refused(ask, "made for 'git'", namespace="gitreg-root")


def test_another_principal_is_refused(
    ask: Callable[..., PublicKey], allowed: list[AllowedSigner], mallory: SigningKey
):
    """The key has to be one of the person who is named, not of somebody else who is trusted."""
    eve = AllowedSigner("eve@example.com", mallory.public)

    refused(ask, "not an allowed key of eve", principal="eve@example.com", allowed=[*allowed, eve])
    refused(ask, "not an allowed key of ADA", principal=MAIL.upper())


@pytest.mark.parametrize(
    "principal", ["", "*", "*@example.com", "ada@example.co?", f"!{MAIL}", f"{MAIL},eve@x", f"{MAIL}\n", "-x"]
)
def test_a_principal_is_no_pattern(principal: str, ask: Callable[..., PublicKey]):
    """The name comes from the tag, which a stranger wrote."""
    refused(ask, "cannot name a signer", principal=principal)


def test_an_unknown_key_is_refused(
    ask: Callable[..., PublicKey], tag: SignedTag, mallory: SigningKey, outside: Environ
):
    """A good signature by a stranger is worth nothing."""
    refused(ask, "not an allowed key", signature=sign(tag.payload, mallory, "git", outside))


def test_nobody_is_allowed_by_an_empty_list(ask: Callable[..., PublicKey]):
    """No list, no trust."""
    refused(ask, "not an allowed key", allowed=[])


def test_a_revoked_key_is_refused(ask: Callable[..., PublicKey], ada: SigningKey, mallory: SigningKey):
    """A revoked key loses all that it signed, also when it stands among others or is allowed again."""
    refused(ask, "revoked", revoked=[ada.public])
    refused(ask, "revoked", revoked=[mallory.public, ada.public, ada.public])


def test_other_peoples_revoked_keys_change_nothing(
    ask: Callable[..., PublicKey], ada: SigningKey, mallory: SigningKey
):
    """Revoking one key does not take the others."""
    assert ask(revoked=[mallory.public, mallory.public]) == ada.public


def test_a_signature_with_the_key_swapped_is_refused(
    ask: Callable[..., PublicKey], tag: SignedTag, mallory: SigningKey, ada: SigningKey, outside: Environ
):
    """A stranger's signature that names a trusted key has the right form, and ssh-keygen finds it out."""
    made = b64decode(b"".join(sign(tag.payload, mallory, "git", outside).split(b"\n")[1:-2]))
    swapped = b64encode(made.replace(b64decode(mallory.public.base64), b64decode(ada.public.base64)))
    lines = [swapped[at : at + 70] for at in range(0, len(swapped), 70)]
    forged = b"\n".join([b"-----BEGIN SSH SIGNATURE-----", *lines, b"-----END SSH SIGNATURE-----", b""])

    refused(ask, "ssh-keygen refuses", signature=forged)


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s[:-1],
        lambda s: s + s,
        lambda s: s + b"x",
        lambda s: b"",
        lambda s: s.replace(b"\n", b"\r\n"),
    ],
)
def test_a_signature_of_another_form_is_refused(
    change: Callable[[bytes], bytes], ask: Callable[..., PublicKey], tag: SignedTag
):
    """Twice, cut, lengthened, empty or rewritten."""
    refused(ask, "not an SSH signature", signature=change(tag.signature))


def test_a_namespace_that_is_a_pattern_is_a_bug(ask: Callable[..., PublicKey]):
    """Namespaces are ours, never a stranger's; one that would allow more is not taken."""
    with pytest.raises(ValueError, match="namespace"):
        ask(namespace="*")


@pytest.mark.parametrize(
    "script",
    [
        "exit 1",
        "exit 255",
        "kill -9 $$",
        "kill -15 $$",
        "echo 'Good \"git\" signature for ada@example.com'; exit 1",
        "nonsense-program",
    ],
)
def test_a_verifier_that_fails_is_no_success(
    script: str, ask: Callable[..., PublicKey], fake_path: Callable[[str], Environ]
):
    """Whatever it printed before: no, killed, or half-way through is never a yes."""
    refused(ask, "ssh-keygen refuses", environ=fake_path(script))


def test_a_program_that_is_none_is_no_success(ask: Callable[..., PublicKey], tmp_path: Path):
    """A file of that name that cannot be run is an answer too: no."""
    (tmp_path / "ssh-keygen").write_bytes(b"\x7fELF nonsense")
    (tmp_path / "ssh-keygen").chmod(0o755)

    refused(ask, "could not be run", environ={"PATH": str(tmp_path)})


@pytest.mark.parametrize(
    "environ_of", [lambda path: {}, lambda path: {"PATH": ""}, lambda path: {"PATH": str(path)}]
)
def test_without_ssh_keygen_nothing_verifies(
    environ_of: Callable[[Path], Environ], ask: Callable[..., PublicKey], tmp_path: Path
):
    """A missing verifier is a refusal with the next step."""
    with pytest.raises(VerificationError, match="not on PATH") as refusal:
        ask(environ=environ_of(tmp_path))

    assert refusal.value.hint is not None


def test_a_program_in_the_current_directory_is_not_run(
    ask: Callable[..., PublicKey], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Empty and relative entries of PATH would run what an earlier job left behind."""
    (tmp_path / "ssh-keygen").write_text("#!/bin/sh\nexit 0\n")
    (tmp_path / "ssh-keygen").chmod(0o755)
    monkeypatch.chdir(tmp_path)

    refused(ask, "not on PATH", environ={"PATH": ":."})


def test_the_verifier_sees_nothing_of_the_environment(
    ask: Callable[..., PublicKey], fake_path: Callable[[str], Environ], tmp_path: Path
):
    """Only PATH, a HOME of its own and a fixed language reach ssh-keygen, and only one line allows."""
    environ = fake_path(f"env > {tmp_path}/seen; cat allowed > {tmp_path}/allowed; exit 1")

    refused(
        ask, "refuses", environ={**environ, "SSH_AUTH_SOCK": "/x", "LD_LIBRARY_PATH": "/x", "GIT_DIR": "/x"}
    )

    names = {line.split("=")[0] for line in (tmp_path / "seen").read_text().splitlines()}
    assert names <= {"PATH", "HOME", "LC_ALL", "PWD", "OLDPWD", "SHLVL", "_"}
    assert (tmp_path / "allowed").read_text().count("\n") == 1


def test_nothing_stays_behind(ask: Callable[..., PublicKey], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The private folder is gone afterwards."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    ask()

    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_no_success(
    ask: Callable[..., PublicKey], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Where the files for ssh-keygen cannot be written, nothing is verified."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "is not there"))

    refused(ask, "could not be run")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_change_to_a_good_tag_is_accepted(
    data: st.DataObject, tag: SignedTag, allowed: list[AllowedSigner], outside: Environ
):
    """Flip, insert, delete bytes or repeat lines anywhere: the object is refused, or it is the same."""
    good = tag.payload + tag.signature
    changed = _changed(data, good)

    try:
        found = split_tag(changed)
        verify(
            found.payload,
            found.signature,
            principal=found.tagger_email,
            namespace="git",
            allowed=allowed,
            revoked=[],
            environ=outside,
        )
    except VerificationError:
        return
    assert changed == good


def _changed(data: st.DataObject, good: bytes) -> bytes:
    lines = good.splitlines(keepends=True)
    place = data.draw(st.integers(0, len(good) - 1))
    line = data.draw(st.integers(0, len(lines) - 1))
    kind = data.draw(st.sampled_from(["flip", "letter", "insert", "delete", "repeat", "swap", "drop"]))
    if kind == "flip":
        return good[:place] + bytes([good[place] ^ 1 << data.draw(st.integers(0, 7))]) + good[place + 1 :]
    if kind == "letter":
        return (
            good[:place]
            + data.draw(st.sampled_from(b"aA0/+= \n").map(lambda byte: bytes([byte])))
            + good[place + 1 :]
        )
    if kind == "insert":
        return good[:place] + data.draw(st.binary(min_size=1, max_size=3)) + good[place:]
    if kind == "delete":
        return good[:place] + good[place + data.draw(st.integers(1, 4)) :]
    if kind == "repeat":
        return b"".join([*lines[:line], lines[line], *lines[line:]])
    if kind == "swap":
        return b"".join([*lines[:line], *reversed(lines[line : line + 2]), *lines[line + 2 :]])
    return b"".join([*lines[:line], *lines[line + 1 :]])
