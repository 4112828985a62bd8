"""X.509 signatures by real openssl and gpgsm, believed or not by what real openssl says of one certificate."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gnupg_desk import MISSING, GnupgDesk, gnupg_desk
from hypothesis import given, settings
from hypothesis import strategies as st

from gitreg.errors import CredentialsError, RecordError, VerificationError
from gitreg.signing import OtherKey, find_user_key, parse_x509_certificates, sign, verify_x509
from gitreg.signing.armor import read_pem, write_pem
from gitreg.signing.cms import parse_cms, respelled_cms
from gitreg.signing.der import Node, parse_der

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")

PAYLOAD = b"object 1\n\nRelease churn 1.2.0\n"
BARE = ("-nocerts", "-md", "sha256")
NAMES = ("ada", "mallory", "curve")


@pytest.fixture(scope="session")
def desk() -> Iterator[GnupgDesk]:
    """Ada's and Mallory's certificates of RSA keys, and one of an elliptic curve; Ada's is gpgsm's, too."""
    with gnupg_desk(os.environ) as made:
        made.make_certificate("ada")
        made.make_certificate("mallory")
        made.make_certificate("curve", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")
        made.give_to_gpgsm("ada")
        yield made


def pem(desk: GnupgDesk, *names: str) -> bytes:
    """The certificates, as they would stand among the trust files."""
    return b"".join((desk.home / f"{name}.pem").read_bytes() for name in names)


def digest(desk: GnupgDesk, name: str) -> str:
    """How the roles name a certificate."""
    return next(iter(parse_x509_certificates(pem(desk, name))))


def armored(der: bytes) -> bytes:
    """As it stands in a tag."""
    return write_pem("SIGNED MESSAGE", der)


def made(desk: GnupgDesk, name: str = "ada", payload: bytes = PAYLOAD, *how: str) -> bytes:
    """A signature by openssl in the one spelling."""
    return respelled_cms(armored(desk.cms(payload, name, *(how or BARE))))


Check = Callable[..., OtherKey]


@pytest.fixture
def check(desk: GnupgDesk, environ: dict[str, str]) -> Check:
    """Verifies a signature as that of `of`."""

    def verified(signature: bytes, of: str = "ada", **more: object) -> OtherKey:
        how: dict[str, object] = {
            "expected": {digest(desk, of)},
            "certificates": parse_x509_certificates(pem(desk, *NAMES)),
            "revoked": (),
            "environ": environ,
        }
        return verify_x509(PAYLOAD, signature, **(how | more))  # type: ignore[arg-type]

    return verified


def refusal(check: Check, signature: bytes, *of: str, **more: object) -> str:
    """Why it is refused, in the step `signature`."""
    with pytest.raises(VerificationError) as refused:
        check(signature, *of, **more)
    assert refused.value.step == "signature"
    return refused.value.message


@pytest.mark.parametrize("name", ["ada", "curve"])
@pytest.mark.parametrize("md", ["sha256", "sha384", "sha512"])
def test_a_good_signature_names_the_certificate(name: str, md: str, desk: GnupgDesk, check: Check):
    """RSA and elliptic curves, with sha256 or better."""
    key = check(made(desk, name, PAYLOAD, "-nocerts", "-md", md), name)

    assert key.fingerprint == f"x509:{digest(desk, name)}"


def test_gpgsm_signs_by_the_agent_as_git_has_it_sign(desk: GnupgDesk, check: Check, environ: dict[str, str]):
    """Its passphrase is asked for by the agent's pinentry; what is not signed is left out."""
    config = {"user.signingkey": "ada@example.com", "gpg.format": "x509"}
    key = find_user_key(config.get, "", ["x509"], {**environ, **desk.environ})

    signature = sign(PAYLOAD, key, "git", {**environ, **desk.environ})

    assert check(signature) == key.public == OtherKey("x509", digest(desk, "ada"))


def test_gpgsm_believes_what_was_signed_here(desk: GnupgDesk):
    """The one spelling is still a signature that git's own verification takes."""
    (desk.home / "sig").write_bytes(made(desk))

    said = desk.run("gpgsm", "--status-fd=1", "--verify", str(desk.home / "sig"), "-", stdin=PAYLOAD)

    assert b"GOODSIG" in said


def test_an_unknown_certificate_is_refused(desk: GnupgDesk, check: Check):
    """No authority is asked whether it would vouch."""
    certificates = parse_x509_certificates(pem(desk, "ada"))

    assert "not among the registry's" in refusal(check, made(desk, "mallory"), certificates=certificates)


def test_another_persons_certificate_is_refused(desk: GnupgDesk, check: Check):
    """That it is pinned does not make it the tagger's."""
    assert "not the tagger's" in refusal(check, made(desk, "mallory"))


def test_a_revoked_certificate_is_refused(desk: GnupgDesk, check: Check):
    """By the list of revoked keys; no revocation list is fetched."""
    revoked = [OtherKey("x509", digest(desk, "ada"))]

    assert "revoked" in refusal(check, made(desk), revoked=revoked)


def test_other_bytes_are_refused(desk: GnupgDesk, check: Check):
    """A signature of something else says nothing here."""
    assert "openssl refuses" in refusal(check, made(desk, "ada", b"Release churn 9.9.9\n"))


def test_another_key_under_the_same_name_is_refused(desk: GnupgDesk, check: Check):
    """Issuer and serial number only say where to look: openssl computes with the pinned key."""
    mallory, ada = parse_cms(made(desk, "mallory")), parse_cms(made(desk, "ada"))
    named = _renamed(
        parse_der(mallory.der), parse_der(mallory.issuer_and_serial), parse_der(ada.issuer_and_serial)
    )

    assert "openssl refuses" in refusal(check, armored(named.encoded()))


def _renamed(node: Node, old: Node, new: Node) -> Node:
    if node == old:
        return new
    return Node(node.tag, node.content, tuple(_renamed(part, old, new) for part in node.parts))


REFUSED_FORMS: dict[str, tuple[tuple[str, ...], str]] = {
    "certificates inside": (("-md", "sha256"), "one spelling"),
    "sha1": (("-nocerts", "-md", "sha1"), "hash algorithm"),
    "md5": (("-nocerts", "-md", "md5"), "hash algorithm"),
    "no signed attributes": ((*BARE, "-noattr"), "no signed attributes"),
    "named by key identifier": ((*BARE, "-keyid"), "other parts"),
    "its own content": ((*BARE, "-nodetach"), "other parts"),
    "PSS": ((*BARE, "-keyopt", "rsa_padding_mode:pss"), "neither RSA"),
}


@pytest.mark.parametrize(("how", "reason"), REFUSED_FORMS.values(), ids=REFUSED_FORMS)
def test_other_forms_are_refused(how: tuple[str, ...], reason: str, desk: GnupgDesk, check: Check):
    """CMS has many; each that is not needed is one more to be wrong about."""
    assert reason in refusal(check, armored(desk.cms(PAYLOAD, "ada", *how)))


def test_two_signers_are_refused(desk: GnupgDesk, check: Check):
    """Whose statement would it be?"""
    more = ("-signer", str(desk.home / "mallory.pem"), "-inkey", str(desk.home / "mallory.key"))

    assert "exactly one signer" in refusal(check, armored(desk.cms(PAYLOAD, "ada", *BARE, *more)))


def test_what_nobody_signed_is_refused(desk: GnupgDesk, check: Check):
    """An unsigned attribute would make a second object that verifies as well."""
    good = parse_cms(made(desk))
    note = Node(0xA1, parts=(Node(0x30, parts=(Node(6, b"\x2a\x03"), Node(0x31, parts=(Node(4, b"x"),)))),))
    signer = _signer_of(parse_der(good.der))
    noted = _renamed(parse_der(good.der), signer, Node(0x30, parts=(*signer.parts, note)))

    assert "one spelling" in refusal(check, armored(noted.encoded()))
    assert respelled_cms(armored(noted.encoded())) == armored(good.der)


def _signer_of(node: Node) -> Node:
    return node.parts[1].parts[0].parts[-1].parts[0]


def test_algorithms_have_one_name(desk: GnupgDesk, check: Check):
    """No signature covers what they are called, and openssl believes several names."""
    good = parse_cms(made(desk)).der
    named = Node(0x30, parts=(Node(6, bytes.fromhex("608648016503040201")), Node(5)))
    absent = _renamed(parse_der(good), named, Node(0x30, parts=named.parts[:1])).encoded()
    other = good.replace(bytes.fromhex("2a864886f70d010101"), bytes.fromhex("2a864886f70d01010b"))
    wrong = good.replace(bytes.fromhex("2a864886f70d010101"), bytes.fromhex("2a864886f70d01010c"))

    for der in (absent, other):
        assert "one spelling" in refusal(check, armored(der))
        assert respelled_cms(armored(der)) == armored(good)
    assert "neither RSA" in refusal(check, armored(wrong))


def test_lines_of_another_length_are_refused(desk: GnupgDesk, check: Check):
    """One signature has one spelling."""
    good = made(desk)
    lines = good.split(b"\n")
    other = b"\n".join([lines[0], lines[1] + lines[2][:4], lines[2][4:], *lines[3:]])

    assert "one spelling" in refusal(check, other)


def test_ber_is_refused_and_respelled_where_it_is_made(desk: GnupgDesk, check: Check):
    """Gpgsm writes lengths that are not known from the start; here they are written out."""
    ber = desk.run("gpgsm", "-bsau", "ada@example.com", stdin=PAYLOAD)

    assert "one spelling" in refusal(check, ber)
    assert check(respelled_cms(ber)).digest == digest(desk, "ada")


def test_a_missing_openssl_is_a_refusal_that_names_the_package(desk: GnupgDesk, check: Check):
    """Not being able to look is not believing."""
    with pytest.raises(VerificationError, match="openssl is not on PATH") as refused:
        check(made(desk), environ={"PATH": "/nowhere"})

    assert "package openssl" in str(refused.value.hint)


@pytest.mark.parametrize(
    ("script", "reason"), [("exit 0", "did not say"), ("cp {mallory} signer.pem", "another")]
)
def test_success_without_the_certificate_counts_for_nothing(
    script: str, reason: str, desk: GnupgDesk, check: Check, tmp_path: Path
):
    """Exit code 0 is not enough: openssl has to name the certificate, too."""
    program = tmp_path / "openssl"
    program.write_text(f"#!/bin/sh\n{script.format(mallory=desk.home / 'mallory.pem')}\n")
    program.chmod(0o755)

    message = refusal(check, made(desk), environ={"PATH": f"{tmp_path}:{os.environ['PATH']}"})

    assert reason in message


def test_the_users_openssl_configuration_is_not_read(
    desk: GnupgDesk, check: Check, environ: dict[str, str], tmp_path: Path
):
    """It can load modules; this one stops openssl from working at all."""
    signature = made(desk)
    file = tmp_path / "openssl.cnf"
    file.write_text(
        "openssl_conf = init\n[init]\nproviders = all\n[all]\nnull = null\n[null]\nactivate = 1\n"
    )
    environ = {**environ, "OPENSSL_CONF": str(file)}
    words = ["openssl", "x509", "-in", str(desk.home / "ada.pem"), "-noout"]

    assert subprocess.run(words, env=environ, capture_output=True, check=False).returncode != 0
    assert check(signature, environ=environ).kind == "x509"


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_mutated_signature_is_refused_and_never_a_traceback(data: st.DataObject):
    """Parsing decides nothing, but must not fall over."""
    blob = bytearray(read_pem("SIGNED MESSAGE", _EXAMPLE.encode()))
    for _time in range(data.draw(st.integers(1, 4))):
        blob[data.draw(st.integers(0, min(270, len(blob) - 1)))] = data.draw(st.integers(0, 255))
    del blob[data.draw(st.integers(1, len(blob))) :]
    try:
        parsed = parse_cms(armored(bytes(blob)))
    except VerificationError:
        return
    assert armored(parsed.der) == armored(bytes(blob))


# The file of certificates


def test_certificates_are_known_by_sha256_of_their_der(desk: GnupgDesk):
    """As `openssl x509 -fingerprint -sha256` shows it."""
    said = desk.run("openssl", "x509", "-in", str(desk.home / "ada.pem"), "-noout", "-fingerprint", "-sha256")

    assert digest(desk, "ada") == said.decode().strip().split("=")[1].replace(":", "").lower()


def test_a_certificate_twice_or_a_weak_key_is_refused(desk: GnupgDesk):
    """1024 bits sign nothing, and neither do keys that nobody here can judge."""
    with pytest.raises(RecordError, match="second time"):
        parse_x509_certificates(pem(desk, "ada", "ada"))
    with pytest.raises(RecordError, match="fewer than 2048 bits"):
        parse_x509_certificates(desk.make_certificate("weak", "rsa:1024"))
    with pytest.raises(RecordError, match="neither RSA nor"):
        parse_x509_certificates(desk.make_certificate("edwards", "ed25519"))


@pytest.mark.parametrize(
    "text", [b"hello\n", write_pem("CERTIFICATE", b"hello"), write_pem("PRIVATE KEY", b"x"), b"\xff\n"]
)
def test_something_else_is_no_file_of_certificates(text: bytes):
    """Nothing is passed over but comments and empty lines."""
    with pytest.raises(RecordError, match=r"X\.509 certificates are refused"):
        parse_x509_certificates(text)


def test_a_format_that_the_registry_does_not_take_is_refused_before_anything_is_signed(
    environ: dict[str, str],
):
    """A signature that no verifier accepts would use up a tag's name."""
    with pytest.raises(CredentialsError, match="an SSH key has to sign"):
        find_user_key({"gpg.format": "x509", "user.signingkey": "ada"}.get, "", ["openpgp"], environ)


_EXAMPLE = """-----BEGIN SIGNED MESSAGE-----
MIICEwYJKoZIhvcNAQcCoIICBDCCAgACAQExDzANBglghkgBZQMEAgEFADALBgkq
hkiG9w0BBwExggHbMIIB1wIBATAaMA4xDDAKBgNVBAMTA0JvYgIIXp2yhLYIiRgw
DQYJYIZIAWUDBAIBBQCggZMwGAYJKoZIhvcNAQkDMQsGCSqGSIb3DQEHATAcBgkq
hkiG9w0BCQUxDxcNMjYxMTIzMDI1NzQ2WjAoBgkqhkiG9w0BCQ8xGzAZMAsGCWCG
SAFlAwQBAjAKBggqhkiG9w0DBzAvBgkqhkiG9w0BCQQxIgQgWJG1tSLV3whtD/Cx
EPvZ0hu0/HFjrzTQgoai6Eb2vgMwDQYJKoZIhvcNAQEBBQAEggEA2EA4B3DIlgXR
49jUycgBdAkVJD2wXoYk2+mOId3w0W6YONUyEw0GGeaxakukrrFpEGvwiwPCALFf
L4gxf6uXiCrJVDaT5JMSnc9VbjvlpOYhfraNf1b2AKQ15CwPKfwHP39NxrABFNbR
qjHYYdusyhqmgS62deiU0vwY5eDOCVtECYHgHBP9nyYkWQLfMynePwfJoC9IAdoj
G+9l5evEDgNiU6JQdTQtNZiO3jRxk8Lwr8cH2nzyJyupyT0DB5Rz7N/sKaqxbr5S
Rtu4fdq2KM0fPKbGn6FiZxTOoVpVj6BakZzzFtmEqeCZPy2xO2Bif8E2JRUVDc9h
nc1r7qmo/A==
-----END SIGNED MESSAGE-----
"""
