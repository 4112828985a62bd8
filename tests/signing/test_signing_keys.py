"""Public keys as text."""

from __future__ import annotations

import subprocess
from base64 import b64decode, b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitreg.errors import UsageError
from gitreg.signing import PublicKey, SigningKey

from_bytes = st.binary(min_size=32, max_size=32)


def string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def ed25519(point: bytes = bytes(32), *, kind: bytes = b"ssh-ed25519", more: bytes = b"") -> str:
    return b64encode(string(kind) + string(point) + more).decode()


def ecdsa(curve: bytes, point: bytes) -> str:
    return b64encode(string(b"ecdsa-sha2-nistp256") + string(curve) + string(point)).decode()


def rsa(exponent: int, modulus: int, *, zeros: int = 0) -> str:
    numbers = [
        bytes(zeros) + number.to_bytes(number.bit_length() // 8 + 1, "big") for number in (exponent, modulus)
    ]
    return b64encode(string(b"ssh-rsa") + b"".join(map(string, numbers))).decode()


@settings(deadline=None)
@given(from_bytes)
def test_a_key_prints_as_it_was_read(point: bytes):
    """Whatever the bytes of an ed25519 key are, its line is parsed and printed without a change."""
    line = f"ssh-ed25519 {ed25519(point)}"

    assert str(PublicKey.parse(line)) == line


@pytest.mark.parametrize("name", ["ada", "ecdsa", "ecdsa384", "ecdsa521", "rsa", "pem"])
def test_the_fingerprint_is_the_one_of_ssh_keygen(name: str, key_folder: Path):
    """People compare fingerprints by eye, so ours is theirs."""
    file = key_folder / f"{name}.pub"
    shown = subprocess.run(["ssh-keygen", "-lf", file], capture_output=True, text=True, check=True).stdout

    assert PublicKey.parse(file.read_text()).fingerprint == shown.split()[1]


def test_the_comment_is_no_part_of_the_key(key_folder: Path):
    """The same key with another comment is the same key."""
    line = (key_folder / "ada.pub").read_text().strip()

    assert PublicKey.parse(line) == PublicKey.parse(f"{line} and more")


@pytest.mark.parametrize(
    ("kind", "blob"),
    [
        (
            "sk-ssh-ed25519@openssh.com",
            string(b"sk-ssh-ed25519@openssh.com") + string(bytes(32)) + string(b"ssh:"),
        ),
        (
            "sk-ecdsa-sha2-nistp256@openssh.com",
            string(b"sk-ecdsa-sha2-nistp256@openssh.com")
            + string(b"nistp256")
            + string(b"\4" + bytes(64))
            + string(b"ssh:"),
        ),
    ],
)
def test_keys_on_security_tokens_are_known(kind: str, blob: bytes):
    """The two kinds that FIDO tokens have are keys like the others."""
    line = f"{kind} {b64encode(blob).decode()}"

    assert str(PublicKey.parse(line)) == line


GOOD = ed25519()
HUGE = (1 << 2047) + 1


@pytest.mark.parametrize(
    "line",
    [
        "",
        "ssh-ed25519",
        GOOD,
        f" ssh-ed25519 {GOOD}",
        f"ssh-ed25519  {GOOD}",
        f"ssh-ed25519\t{GOOD}",
        f"ssh-ed25519 {GOOD}\r\n",
        f"ssh-ed25519 {GOOD}\nssh-ed25519 {GOOD}",
        f"ssh-ed25519 {GOOD} a\x1b[31mred",
        f"ssh-ed25519 {GOOD} \u202eoff",
        f'namespaces="git" ssh-ed25519 {GOOD}',
        f"cert-authority ssh-ed25519 {GOOD}",
        f"ssh-dss {GOOD}",
        f"ssh-rsa {GOOD}",
        f"ssh-ed25519 {ed25519(kind=b'ssh-ed25518')}",
        f"ssh-ed25519-cert-v01@openssh.com {ed25519(kind=b'ssh-ed25519-cert-v01@openssh.com')}",
        f"ssh-ed25519 {GOOD[:-4]}",
        f"ssh-ed25519 {GOOD}====",
        f"ssh-ed25519 {GOOD[:20]}!{GOOD[20:]}",
        f"ecdsa-sha2-nistp256 {ecdsa(b'nistp256', bytes([4, *bytes(64)])).replace('A=', 'B=')}",
        f"ssh-ed25519 {ed25519(bytes(31))}",
        f"ssh-ed25519 {ed25519(bytes(33))}",
        f"ssh-ed25519 {ed25519(more=b'x')}",
        f"ssh-rsa {rsa(65537, (1 << 2046) + 1)}",
        f"ssh-rsa {rsa(1, HUGE)}",
        f"ssh-rsa {rsa(4, HUGE)}",
        f"ssh-rsa {rsa(65537, HUGE - 1)}",
        f"ssh-rsa {rsa(65537, HUGE, zeros=1)}",
        f"ssh-rsa {rsa(65537, (1 << 16384) + 1)}",
        f"ecdsa-sha2-nistp256 {ecdsa(b'nistp384', bytes([4, *bytes(64)]))}",
        f"ecdsa-sha2-nistp256 {ecdsa(b'nistp256', bytes([2, *bytes(64)]))}",
    ],
)
def test_what_is_not_exactly_one_good_key_is_refused(line: str):
    """A key list decides who is trusted, so nothing in it may have two readings."""
    with pytest.raises(UsageError):
        PublicKey.parse(line)


def test_a_short_rsa_key_is_refused(key_folder: Path):
    """1024 bits are within reach of others."""
    with pytest.raises(UsageError, match="2048"):
        PublicKey.parse((key_folder / "short.pub").read_text())


@settings(deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_makes_a_key_that_is_not_one(kind: str, base64: str):
    """A value of the class is always a good key, however it was made."""
    with pytest.raises(UsageError):
        PublicKey(kind, base64)


@settings(deadline=None)
@given(st.data())
def test_a_changed_blob_is_another_key_or_none(data: st.DataObject):
    """There is one spelling for each key, so a revoked key cannot come back in another."""
    blob = bytearray(b64decode(rsa(65537, HUGE)))
    place = data.draw(st.integers(0, len(blob) - 1))
    blob[place] ^= data.draw(st.integers(1, 255))

    try:
        changed = PublicKey.from_blob(bytes(blob))
    except UsageError:
        return
    assert b64decode(changed.base64) == blob


def test_keys_are_values(key: Callable[[str], SigningKey]):
    """Two values of the same key are equal and one element of a set."""
    first, second = key("ada").public, PublicKey.parse(str(key("ada").public))

    assert len({first, second, key("rsa").public}) == 2
