"""Signatures and keys that are nearly right: each part that a parser relies on, wrong in turn. No program is asked about them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gitreg.errors import RecordError, VerificationError
from gitreg.signing import parse_openpgp_keys, parse_x509_certificates
from gitreg.signing.armor import write_openpgp, write_pem
from gitreg.signing.cms import parse_cms
from gitreg.signing.der import Node, parse_der
from gitreg.signing.openpgp import parse_openpgp
from gitreg.signing.room import Program, run_in_room
from gitreg.signing.wire import WireError

# OpenPGP

ISSUER = bytes(range(20))
CREATED = b"\x05\x02\x60\x00\x00\x00"
FINGERPRINT = b"\x16\x21\x04" + ISSUER
KEY_ID = b"\x09\x10" + ISSUER[-8:]
NUMBERS = b"\x00\x08\xff\x00\x01\x01"


def body(
    *, head: bytes = b"\x04\x00\x16\x08", hashed: bytes = FINGERPRINT + CREATED, beside: bytes = KEY_ID,
    numbers: bytes = NUMBERS,
) -> bytes:  # fmt: skip
    """A signature packet's content; by default one of EdDSA, with sha256."""
    return (
        head
        + len(hashed).to_bytes(2, "big")
        + hashed
        + len(beside).to_bytes(2, "big")
        + beside
        + b"\0\0"
        + numbers
    )


def old(content: bytes, tag: int = 2) -> bytes:
    """A packet with a header of the older kind."""
    if len(content) < 256:
        return bytes([0x80 | tag << 2, len(content)]) + content
    return bytes([0x81 | tag << 2]) + len(content).to_bytes(2, "big") + content


def openpgp(blob: bytes) -> bytes:
    """In armor."""
    return write_openpgp("PGP SIGNATURE", blob)


def test_the_example_is_good():
    """So that what is refused below is refused for its one fault."""
    note = b"\xc0\x00\x14" + bytes(191)  # a part whose length takes two bytes

    assert parse_openpgp(openpgp(old(body()))).issuer == ISSUER.hex().upper()
    assert parse_openpgp(openpgp(old(body(hashed=FINGERPRINT + CREATED + KEY_ID, beside=b""))))
    assert parse_openpgp(openpgp(old(body(hashed=FINGERPRINT + CREATED + note))))


OPENPGP: dict[str, bytes] = {
    "no packet": b"\x00\x00",
    "a length that is not known": b"\x8b" + body(),
    "a partial length": b"\xc2\xe1" + body(),
    "cut off": old(body())[:-1],
    "a long new length": b"\xc2\xff" + len(body()).to_bytes(4, "big") + body(),
    "something after it": old(body() + b"x"),
    "version 3": old(body(head=b"\x03\x00\x16\x08")),
    "of a text": old(body(head=b"\x04\x01\x16\x08")),
    "of a key": old(body(head=b"\x04\x10\x16\x08")),
    "DSA": old(body(head=b"\x04\x00\x11\x08")),
    "SHA-1": old(body(head=b"\x04\x00\x16\x02")),
    "MD5": old(body(head=b"\x04\x00\x16\x01")),
    "a number with leading zeros": old(body(numbers=b"\x00\x09\x00\xff\x00\x01\x01")),
    "one number": old(body(numbers=b"\x00\x08\xff")),
    "two makers": old(body(hashed=FINGERPRINT + CREATED + b"\x09\x10" + bytes(8), beside=b"")),
    "its maker twice": old(body(hashed=FINGERPRINT + FINGERPRINT + CREATED)),
    "no maker": old(body(hashed=CREATED)),
    "a maker of version 5": old(body(hashed=b"\x22\x21\x05" + bytes(32) + CREATED)),
    "no time": old(body(hashed=FINGERPRINT)),
    "an end": old(body(hashed=FINGERPRINT + CREATED + b"\x05\x03\x00\x00\x00\x01")),
    "a critical end": old(body(hashed=FINGERPRINT + CREATED + b"\x05\x83\x00\x00\x00\x01")),
    "an empty part": old(body(hashed=FINGERPRINT + CREATED + b"\x00")),
    "a partial part": old(body(hashed=FINGERPRINT + CREATED + b"\xe1x")),
    "another key id beside": old(body(beside=b"\x09\x10" + bytes(8))),
    "nothing beside": old(body(beside=b"")),
    "its key id in both places": old(body(hashed=FINGERPRINT + CREATED + KEY_ID)),
    "a note beside": old(body(beside=KEY_ID + b"\x02\x64x")),
    "a longer length than needed": b"\x89" + len(body()).to_bytes(2, "big") + body(),
}


@pytest.mark.parametrize("blob", OPENPGP.values(), ids=OPENPGP)
def test_an_openpgp_signature_with_one_fault_is_refused(blob: bytes):
    """Step signature, and never a traceback."""
    with pytest.raises(VerificationError) as refused:
        parse_openpgp(openpgp(blob))

    assert refused.value.step == "signature"


@pytest.mark.parametrize("armored", [b"", openpgp(bytes(20_000)), openpgp(old(body())).replace(b"=", b"", 1)])
def test_what_is_no_armored_block_is_refused(armored: bytes):
    """Too long, cut, or nothing."""
    with pytest.raises(VerificationError):
        parse_openpgp(armored)


def key(content: bytes) -> bytes:
    """A public key packet in its armor."""
    return write_openpgp("PGP PUBLIC KEY BLOCK", old(content, 6))


GOOD_KEY = b"\x04\x60\x00\x00\x00\x16" + bytes(20)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (key(b"\x05" + GOOD_KEY[1:]), "version 4"),
        (key(b"\x04"), "version 4"),
        (key(GOOD_KEY[:5] + b"\x11" + bytes(20)), "not an RSA"),
        (key(GOOD_KEY[:5] + b"\x01\x07\xff" + bytes(20)), "fewer than 2048"),
        (write_openpgp("PGP PUBLIC KEY BLOCK", old(b"x", 13)), "belongs to no public key"),
        (write_openpgp("PGP PUBLIC KEY BLOCK", old(GOOD_KEY, 6) + old(b"x", 11)), "belongs to no public key"),
        (write_openpgp("PGP PUBLIC KEY BLOCK", old(GOOD_KEY, 5)), "PRIVATE"),
        (b"#" * (1024 * 1024 + 1), "1 MiB"),
        (key(GOOD_KEY).replace(b"\n\n", b"\n\n!!!\n"), "not one block"),
    ],
)
def test_an_openpgp_key_with_one_fault_is_refused(text: bytes, reason: str):
    """As a file that cannot be accepted, not as a key that is passed over."""
    with pytest.raises(RecordError, match=reason):
        parse_openpgp_keys(text)


def test_the_example_key_is_good():
    """And a trust packet, which some key rings have, is left out of what gpgv is shown."""
    text = write_openpgp("PGP PUBLIC KEY BLOCK", old(GOOD_KEY, 6) + old(b"x", 12) + old(b"Ada", 13))

    (found,) = parse_openpgp_keys(text).values()

    assert found.ring == old(GOOD_KEY, 6) + old(b"Ada", 13)


# CMS

SHA256, RSA = Node(6, bytes.fromhex("608648016503040201")), Node(6, bytes.fromhex("2a864886f70d010101"))
DATA, SIGNED = Node(6, bytes.fromhex("2a864886f70d010701")), Node(6, bytes.fromhex("2a864886f70d010702"))
ONE, NULL = Node(2, b"\x01"), Node(5)


def seq(*parts: Node) -> Node:
    """A sequence."""
    return Node(0x30, parts=parts)


NAMED = seq(seq(), Node(2, b"\x07"))
ATTRIBUTES = Node(0xA0, parts=(seq(DATA, Node(0x31, parts=(DATA,))),))


def signer(
    *, version: Node = ONE, named: Node = NAMED, digest: Node = SHA256, attributes: Node = ATTRIBUTES,
    algorithm: Node | None = RSA, more: tuple[Node, ...] = (),
) -> Node:  # fmt: skip
    """One signer's part."""
    algorithms = seq(algorithm, NULL) if algorithm else seq()
    return seq(version, named, seq(digest, NULL), attributes, algorithms, Node(4, b"sig"), *more)


def signed(
    *signers: Node, kind: Node = SIGNED, version: Node = ONE, content: Node | None = None, digests: int = 1,
    more: tuple[Node, ...] = (),
) -> Node:  # fmt: skip
    """Signed data."""
    listed = Node(0x31, parts=(seq(SHA256, NULL),) * digests)
    inner = seq(version, listed, content or seq(DATA), *more, Node(0x31, parts=signers or (signer(),)))
    return seq(kind, Node(0xA0, parts=(inner,)))


def cms(node: Node | bytes) -> bytes:
    """In lines."""
    return write_pem("SIGNED MESSAGE", node if isinstance(node, bytes) else node.encoded())


def test_the_cms_example_is_good():
    """So that what is refused below is refused for its one fault."""
    assert parse_cms(cms(signed())).issuer_and_serial == NAMED.encoded()


CMS: dict[str, Node | bytes] = {
    "nothing": b"",
    "another kind": signed(kind=DATA),
    "no data": seq(SIGNED, Node(0xA0)),
    "few parts": seq(SIGNED, Node(0xA0, parts=(seq(ONE, ONE),))),
    "other parts": seq(SIGNED, Node(0xA0, parts=(seq(ONE, ONE, ONE, ONE),))),
    "version 3": signed(version=Node(2, b"\x03")),
    "its own content": signed(content=seq(DATA, Node(0xA0, parts=(Node(4, b"x"),)))),
    "other content": signed(content=seq(SIGNED)),
    "two digests": signed(digests=2),
    "two signers": signed(signer(), signer()),
    "certificates": signed(more=(Node(0xA0, parts=(seq(),)),)),
    "revocation lists": signed(more=(Node(0xA1, parts=(seq(),)),)),
    "strange parts": signed(more=(Node(0xA2, parts=(seq(),)),)),
    "a signer of version 3": signed(signer(version=Node(2, b"\x03"))),
    "named by key identifier": signed(signer(named=Node(0x80, b"x"))),
    "no signed attributes": signed(signer(attributes=Node(0xA0))),
    "unsigned attributes": signed(signer(more=(Node(0xA1, parts=(seq(),)),))),
    "one more part": signed(signer(more=(Node(0xA2, parts=(seq(),)),))),
    "SHA-1": signed(signer(digest=Node(6, bytes.fromhex("2b0e03021a")))),
    "PSS": signed(signer(algorithm=Node(6, bytes.fromhex("2a864886f70d01010a")))),
    "another hash in the algorithm": signed(signer(algorithm=Node(6, bytes.fromhex("2a8648ce3d040303")))),
    "an algorithm without a name": signed(signer(algorithm=None)),
    "lengths that are not known": b"\x30\x80" + b"".join(part.encoded() for part in signed().parts) + b"\0\0",
    "a longer length than needed": b"\x30\x81" + signed().encoded()[1:],
    "too much": Node(4, bytes(20_000)),
}


@pytest.mark.parametrize("node", CMS.values(), ids=CMS)
def test_a_cms_signature_with_one_fault_is_refused(node: Node | bytes):
    """Step signature, and never a traceback."""
    with pytest.raises(VerificationError) as refused:
        parse_cms(cms(node))

    assert refused.value.step == "signature"


@pytest.mark.parametrize(
    "data",
    [
        b"\x1f\x81\x01\x00",
        b"\x04\x80\x00\x00",
        b"\x30\x85\x00\x00\x00\x00\x00",
        b"\x30\x80" * 200,
        b"\x04\x02x",
        b"",
    ],
)
def test_what_is_no_asn1_value_is_refused(data: bytes):
    """Tags of several bytes, primitive values without length, long lengths, deep nesting, cut values."""
    with pytest.raises(WireError):
        parse_der(data)


CERTIFICATE_FAULTS: dict[str, bytes] = {
    "one part": seq(seq()).encoded(),
    "few fields": seq(seq(ONE, ONE), seq(), Node(3, b"\0")).encoded(),
    "not DER": b"\x30\x81\x00",
    "a key without parts": seq(seq(ONE, seq(), seq(), seq(), seq(), seq()), seq(), Node(3, b"\0")).encoded(),
    "another curve": seq(
        seq(
            Node(0xA0, parts=(ONE,)), ONE, seq(), seq(), seq(), seq(),
            seq(seq(Node(6, bytes.fromhex("2a8648ce3d0201")), Node(6, b"\x2b")), Node(3, b"\0")),
        ),
        seq(), Node(3, b"\0"),
    ).encoded(),
}  # fmt: skip


@pytest.mark.parametrize("der", CERTIFICATE_FAULTS.values(), ids=CERTIFICATE_FAULTS)
def test_a_certificate_with_one_fault_is_refused(der: bytes):
    """As a file that cannot be accepted."""
    with pytest.raises(RecordError):
        parse_x509_certificates(write_pem("CERTIFICATE", der))


def test_a_file_of_certificates_has_an_end():
    """Which is far beyond what a team needs."""
    with pytest.raises(RecordError, match="1 MiB"):
        parse_x509_certificates(b"#" * (1024 * 1024 + 1))


@pytest.mark.parametrize("block", [b"A\n", b"AAA=A\n", b"A===\n"])
def test_what_is_not_base64_is_refused(block: bytes):
    """In either armor."""
    with pytest.raises(VerificationError, match="base64"):
        parse_cms(b"-----BEGIN SIGNED MESSAGE-----\n" + block + b"-----END SIGNED MESSAGE-----\n")


# The room


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], dict[str, str]]:
    """An environment with a program of that script."""

    def made(script: str) -> dict[str, str]:
        file = tmp_path / "judge"
        file.write_text(script)
        file.chmod(0o755)
        return {"PATH": f"{tmp_path}:{os.environ['PATH']}", "SECRET": "x"}

    return made


JUDGE = Program("judge", "Install it.")


def test_a_program_that_hangs_or_cannot_run_is_a_refusal(
    program: Callable[[str], dict[str, str]], monkeypatch: pytest.MonkeyPatch
):
    """A verifier that waits for ever says nothing; one that could not ask must not say yes."""
    monkeypatch.setattr("gitreg.signing.room.TIMEOUT", 0.2)
    for script in ("#!/bin/sh\nexec sleep 60\n", "#!/nowhere/interpreter\n"):
        with pytest.raises(VerificationError, match="could not be run to its end") as refused:
            run_in_room(JUDGE, (), {}, program(script))
        assert refused.value.step == "signature"


def test_the_room_has_nothing_of_the_users(program: Callable[[str], dict[str, str]]):
    """Neither environment nor home."""
    answer = run_in_room(
        JUDGE, ("a",), {"given": b"text"}, program("#!/bin/sh\nenv; cat given; ls; exit 3\n")
    )

    said = answer.stdout.decode()
    assert answer.returncode == 3
    assert "SECRET" not in said
    assert f"HOME={Path.home()}" not in said
    assert said.endswith("textgiven\n")
