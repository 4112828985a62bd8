"""The form of an SSH signature."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitreg.errors import VerificationError
from gitreg.signing import SigningKey, parse_sshsig, sign

BEGIN, END = b"-----BEGIN SSH SIGNATURE-----\n", b"-----END SSH SIGNATURE-----\n"


def string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def armored(blob: bytes, width: int = 70) -> bytes:
    text = b64encode(blob)
    return BEGIN + b"".join(text[at : at + width] + b"\n" for at in range(0, len(text), width)) + END


def blob(  # each part can be wrong by itself
    *,
    version: int = 1,
    namespace: bytes = b"git",
    reserved: bytes = b"",
    hashed: bytes = b"sha512",
    made: bytes = string(b"ssh-ed25519") + string(bytes(64)),
) -> bytes:
    key = string(b"ssh-ed25519") + string(bytes(32))
    start = b"SSHSIG" + version.to_bytes(4, "big")
    return start + string(key) + string(namespace) + string(reserved) + string(hashed) + string(made)


GOOD = armored(blob())


@pytest.mark.parametrize("name", ["ada", "ecdsa", "ecdsa384", "ecdsa521", "rsa", "pem"])
def test_a_real_signature_names_its_key_and_purpose(
    name: str, key: Callable[[str], SigningKey], environ: dict[str, str]
):
    """What ssh-keygen writes is read, for every kind of key."""
    signature = parse_sshsig(sign(b"text", key(name), "git", environ))

    assert signature.public_key == key(name).public
    assert (signature.namespace, signature.hash_algorithm) == ("git", "sha512")


@pytest.mark.parametrize("width", [64, 70, 76])
def test_the_common_widths_of_lines_are_read(width: int):
    """Other signing programs break lines elsewhere than ssh-keygen."""
    assert parse_sshsig(armored(blob(), width)).namespace == "git"


REFUSED = {
    "nothing": b"",
    "no armor": b64encode(blob()),
    "text before": b"x\n" + GOOD,
    "text after": GOOD + b"x\n",
    "empty line after": GOOD + b"\n",
    "no last end of line": GOOD[:-1],
    "twice": GOOD + GOOD,
    "CRLF": GOOD.replace(b"\n", b"\r\n"),
    "empty line inside": GOOD.replace(b"\n", b"\n\n", 1),
    "blank inside": GOOD.replace(b"U1NI", b"U1 NI"),
    "only armor": BEGIN + END,
    "OpenPGP": GOOD.replace(b"SSH SIGN", b"PGP SIGN"),
    "narrow lines": armored(blob(), 60),
    "wide lines": armored(blob(), 80),
    "uneven lines": GOOD.replace(b"U1NI", b"U1NI\n"),
    "stray padding": GOOD.replace(b"\n" + END, b"=\n" + END),
    "stray bits": armored(blob()).replace(b"A=\n" + END, b"B=\n" + END),
    "algorithm cut": armored(blob(made=(99).to_bytes(4, "big") + b"ssh-ed25519")),
    "huge namespace": armored(blob(namespace=b"git" * 100_000)),
    "other magic": armored(b"SSHSIX" + blob()[6:]),
    "version 2": armored(blob(version=2)),
    "version 0": armored(blob(version=0)),
    "no namespace": armored(blob(namespace=b"")),
    "namespace with NUL": armored(blob(namespace=b"git\0")),
    "namespace with newline": armored(blob(namespace=b"git\n")),
    "reserved": armored(blob(reserved=b"x")),
    "md5": armored(blob(hashed=b"md5")),
    "other algorithm": armored(blob(made=string(b"ssh-rsa") + string(bytes(64)))),
    "trailing": armored(blob() + b"x"),
    "cut": armored(blob()[:-1]),
    "huge": armored(blob() + bytes(1 << 20)),
    "length beyond the end": armored(blob()[:10] + b"\xff\xff\xff\xff" + blob()[14:]),
}


@pytest.mark.parametrize("signature", REFUSED.values(), ids=REFUSED)
def test_any_other_form_is_refused(signature: bytes):
    """One signature, one spelling: nobody can make a second object of it that verifies as well."""
    with pytest.raises(VerificationError) as refused:
        parse_sshsig(signature)

    assert refused.value.step == "signature"


@settings(deadline=None)
@given(st.data())
def test_no_other_spelling_of_a_signature_is_read(data: st.DataObject):
    """One inserted or removed byte of the armor never gives the same signature again."""
    place = data.draw(st.integers(0, len(GOOD) - 1))
    more = data.draw(st.sampled_from([b"", b"\n", b"=", b" ", b"A", b"\r"]))
    changed = GOOD[:place] + more + GOOD[place + (not more) :]

    with pytest.raises(VerificationError):
        parse_sshsig(changed)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_blob_is_read_or_refused(data: bytes):
    """No input makes another error than the expected one."""
    with pytest.raises(VerificationError):
        parse_sshsig(armored(b"SSHSIG\0\0\0\1" + data))


def test_our_armor_is_the_one_of_ssh_keygen(ada: SigningKey, environ: dict[str, str]):
    """The tests above vary the real thing."""
    real = sign(b"text", ada, "git", environ)

    assert armored(b64decode(b"".join(real.split(b"\n")[1:-2]))) == real
