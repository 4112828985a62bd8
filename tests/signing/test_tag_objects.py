"""Tag objects, byte for byte."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitreg.errors import UsageError, VerificationError
from gitreg.signing import SigningKey, format_tag, sign, split_tag

TARGET = "1234567890" * 4
PAYLOAD = format_tag(
    TARGET,
    "model/churn/v1.2.0",
    "Ada Example <ada@example.com>",
    1700000000,
    "+0100",
    "Release churn 1.2.0\n\nGitreg: v1",
)
SIGNATURE = b"-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n"
GOOD = PAYLOAD + SIGNATURE
PGP = b"-----BEGIN PGP SIGNATURE-----\n\niQEz\n-----END PGP SIGNATURE-----\n"
X509 = b"-----BEGIN SIGNED MESSAGE-----\nMIIB\n-----END SIGNED MESSAGE-----\n"


def test_a_tag_is_read_as_it_was_made():
    """Every part comes back, and payload and signature are the whole object."""
    tag = split_tag(GOOD)

    assert (tag.target, tag.name, tag.tagged, tag.zone) == (TARGET, "model/churn/v1.2.0", 1700000000, "+0100")
    assert (tag.tagger_name, tag.tagger_email) == ("Ada Example", "ada@example.com")
    assert tag.message == "Release churn 1.2.0\n\nGitreg: v1\n"
    assert (tag.payload, tag.signature) == (PAYLOAD, SIGNATURE)


@pytest.mark.parametrize(("block", "kind"), [(SIGNATURE, "ssh"), (PGP, "openpgp"), (X509, "x509")])
def test_the_kind_of_the_signature_is_told(block: bytes, kind: str):
    """Which kinds count is the registry's to say; the grammar takes one block of one of the three."""
    tag = split_tag(PAYLOAD + block)

    assert (tag.kind, tag.payload, tag.signature) == (kind, PAYLOAD, block)


names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._/+-]{0,30}", fullmatch=True)
people = st.from_regex(r"\w(?:[\w '.-]{0,10}\w)?", fullmatch=True)
messages = st.lists(
    st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=20), min_size=1, max_size=4
)


@settings(deadline=None)
@given(names, people, st.integers(0, 10**11), messages)
def test_what_can_be_made_can_be_read(name: str, person: str, when: int, lines: list[str]):
    """Whatever `format_tag` lets pass, `split_tag` takes apart again."""
    message = "\n".join(lines) + "\n"

    try:
        payload = format_tag(TARGET, name, f"{person} <a@example.com>", when, "+0000", message)
    except UsageError:
        assert re.search("^-----BEGIN", message, re.MULTILINE) or not person.isprintable()
        return
    tag = split_tag(payload + SIGNATURE)
    assert (tag.name, tag.tagger_name, tag.tagged, tag.message) == (name, person, when, message)


def with_header(line: bytes) -> bytes:
    return GOOD.replace(b"\n\n", b"\n" + line + b"\n\n", 1)


REFUSED = {
    "nothing": (b"", "does not start"),
    "unsigned": (PAYLOAD, "no signature"),
    "only a signature": (SIGNATURE, "does not start"),
    "nested tag": (GOOD.replace(b"type commit", b"type tag"), "not a tag of a commit"),
    "tree": (GOOD.replace(b"type commit", b"type tree"), "not a tag of a commit"),
    "blob": (GOOD.replace(b"type commit", b"type blob"), "not a tag of a commit"),
    "extra header": (with_header(b"note x"), "headers"),
    "encoding": (with_header(b"encoding UTF-8"), "headers"),
    "signature in a header": (with_header(b"gpgsig-sha256 -----BEGIN SSH SIGNATURE-----"), "headers"),
    "tagger twice": (with_header(b"tagger Eve <eve@example.com> 1 +0000"), "headers"),
    "object twice": (b"object " + TARGET.encode() + b"\n" + GOOD, "does not start|headers"),
    "other order": (
        GOOD.replace(b"type commit\ntag model/churn/v1.2.0\n", b"tag model/churn/v1.2.0\ntype commit\n"),
        "start",
    ),
    "no tagger": (re.sub(rb"tagger .*\n", b"", GOOD), "headers"),
    "short object id": (GOOD.replace(TARGET.encode(), TARGET[:-1].encode()), "does not start"),
    "SHA-256 object id": (GOOD.replace(TARGET.encode(), TARGET.encode() + b"a" * 24), "does not start"),
    "big letters in the id": (GOOD.replace(TARGET.encode(), b"A" * 40), "does not start"),
    "leading empty line": (b"\n" + GOOD, "does not start"),
    "option as name": (GOOD.replace(b"tag model", b"tag -model"), "headers"),
    "blank in the name": (GOOD.replace(b"tag model/", b"tag model "), "headers"),
    "two addresses": (GOOD.replace(b"<ada", b"<eve@example.com> <ada"), "headers"),
    "time with a zero": (GOOD.replace(b" 1700000000", b" 01700000000"), "headers"),
    "negative time": (GOOD.replace(b" 1700000000", b" -1"), "headers"),
    "odd zone": (GOOD.replace(b"+0100", b"+01:00"), "headers"),
    "text after the signature": (GOOD + b"Stage: production\n", "after the signature"),
    "empty line after the signature": (GOOD + b"\n", "after the signature"),
    "no end of line": (GOOD[:-1], "right form"),
    "two signatures": (GOOD + SIGNATURE, "more than one"),
    "signature in the message": (PAYLOAD + SIGNATURE + b"more\n" + SIGNATURE, "more than one"),
    "OpenPGP before SSH": (PAYLOAD + PGP + SIGNATURE, "more than one"),
    "SSH before OpenPGP": (GOOD + PGP, "more than one"),
    "X.509 before OpenPGP": (PAYLOAD + X509 + PGP, "more than one"),
    "two OpenPGP signatures": (PAYLOAD + PGP + PGP, "more than one"),
    "inline OpenPGP": (PAYLOAD + PGP.replace(b"SIGNATURE", b"MESSAGE"), "no SSH, OpenPGP"),
    "cleartext OpenPGP": (
        PAYLOAD + b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nx\n" + PGP,
        "no SSH, OpenPGP",
    ),
    "OpenPGP with a comment": (PAYLOAD + PGP.replace(b"-----\n\n", b"-----\nComment: x\n\n", 1), "headers"),
    "OpenPGP without an empty line": (PAYLOAD + PGP.replace(b"-----\n\n", b"-----\n", 1), "headers"),
    "text after OpenPGP": (PAYLOAD + PGP + b"x\n", "after the signature"),
    "text after X.509": (PAYLOAD + X509 + b"x\n", "after the signature"),
    "X.509 with a header": (PAYLOAD + X509.replace(b"\nMIIB", b"\nComment: x\n\nMIIB"), "right form"),
    "X.509 as others call it": (PAYLOAD + X509.replace(b"SIGNED MESSAGE", b"PKCS7"), "no SSH, OpenPGP"),
    "begin and end of two kinds": (PAYLOAD + PGP.replace(b"END PGP", b"END SSH"), "right form"),
    "signature with a header": (GOOD.replace(b"\nAAAA", b"\nComment: x\n\nAAAA"), "right form"),
    "CRLF": (GOOD.replace(b"\n", b"\r\n"), "carriage return"),
    "CR in the message": (GOOD.replace(b"Gitreg", b"\rGitreg"), "carriage return"),
    "NUL": (GOOD.replace(b"Gitreg", b"\0Gitreg"), "control"),
    "escape": (GOOD.replace(b"Gitreg", b"\x1b[2JGitreg"), "control"),
    "tab": (GOOD.replace(b"Gitreg", b"\tGitreg"), "control"),
    "next line": (GOOD.replace(b"Gitreg", "\x85Gitreg".encode()), r"U\+0085"),
    "bidi": (GOOD.replace(b"Gitreg", "\u202eGitreg".encode()), r"U\+202E"),
    "line separator in the name": (GOOD.replace(b"Ada ", "Ada\u2028".encode()), r"U\+2028"),
    "Latin-1": (GOOD.replace(b"Ada", b"Ad\xe9"), "UTF-8"),
    "no message": (GOOD.replace(b"Release churn 1.2.0\n\nGitreg: v1\n", b""), "right form|headers|signature"),
    "10 MiB": (PAYLOAD + b"x" * (10 << 20) + b"\n" + SIGNATURE, "64 KiB"),
    "10 MiB of signature": (PAYLOAD + SIGNATURE.replace(b"AAAA\n", b"AAAA\n" * (2 << 20)), "64 KiB"),
    "a commit": (
        b"tree " + TARGET.encode() + b"\nauthor A <a@x> 1 +0000\ncommitter A <a@x> 1 +0000\n\nm\n",
        "start",
    ),
}


@pytest.mark.parametrize(("raw", "reason"), REFUSED.values(), ids=REFUSED)
def test_any_other_form_is_refused_with_its_reason(raw: bytes, reason: str):
    """`git verify-tag` lets most of these pass; here they have no meaning."""
    assert raw != GOOD

    with pytest.raises(VerificationError, match=reason) as refused:
        split_tag(raw)

    assert refused.value.step == "object"


def test_the_largest_tag_is_read():
    """The limit is 64 KiB and not less."""
    room = 64 * 1024 - len(GOOD) - 1
    raw = PAYLOAD + b"x" * room + b"\n" + SIGNATURE

    assert split_tag(raw).payload.endswith(b"x\n")

    with pytest.raises(VerificationError, match="64 KiB"):
        split_tag(PAYLOAD + b"x" * (room + 1) + b"\n" + SIGNATURE)


@pytest.mark.parametrize(
    "changed",
    [
        {"target": "HEAD"},
        {"name": "a\ntagger Eve <eve@example.com> 1 +0000"},
        {"name": "-d"},
        {"name": ""},
        {"tagger": "Ada"},
        {"tagger": "Ada <a@x>\nnote x"},
        {"tagger": "Ada <<a@x>"},
        {"when": -1},
        {"zone": "UTC"},
        {"message": f"a\n{SIGNATURE.decode()}"},
        {"message": "a\r\nb"},
        {"message": "a\0b"},
        {"message": "a\ud800b"},
        {"message": "a" * 65536},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_tag_that_would_be_refused_is_not_made(changed: dict[str, str | int]):
    """What is written into a tag comes from people, and may not become a header or a second signature."""
    words = {
        "target": TARGET,
        "name": "v1",
        "tagger": "Ada <a@x>",
        "when": 1,
        "zone": "+0000",
        "message": "m",
    }

    with pytest.raises(UsageError):
        format_tag(**{**words, **changed})


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(raw: bytes):
    """No input makes another error than the expected one."""
    with pytest.raises(VerificationError):
        split_tag(raw)


def test_a_message_made_to_be_slow_is_not(ada: SigningKey, environ: dict[str, str]):
    """The grammar takes time in proportion to the object: this would otherwise run for minutes."""
    lines = b"-----BEGI\n" * 4000 + b"<" * 8000 + b"\n"

    assert split_tag(PAYLOAD + lines + sign(PAYLOAD + lines, ada, "git", environ)).payload == PAYLOAD + lines

    with pytest.raises(VerificationError):
        split_tag(PAYLOAD + lines + SIGNATURE[:-2])
