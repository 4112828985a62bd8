"""OpenPGP signatures by real gpg, believed or not by what real gpgv says of one key."""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gnupg_desk import MISSING, GnupgDesk, gnupg_desk
from hypothesis import given, settings
from hypothesis import strategies as st

from gitreg.errors import CredentialsError, RecordError, VerificationError
from gitreg.signing import GnupgKey, OtherKey, find_user_key, parse_openpgp_keys, sign, verify_openpgp
from gitreg.signing.armor import read_openpgp, write_openpgp
from gitreg.signing.openpgp import packets, parse_openpgp, respelled_openpgp

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")

PAYLOAD = b"object 1\n\nRelease churn 1.2.0\n"
NAMES = ("ada", "mallory", "sub", "old", "gone")


@pytest.fixture(scope="session")
def desk() -> Iterator[GnupgDesk]:
    """Ada's key; Mallory's; one that signs by a subkey; one that expired in 2020; one that was revoked."""
    with gnupg_desk(os.environ) as made:
        for name in ("ada", "mallory", "gone"):
            made.make_key(name)
        made.make_key("sub", usage="cert")
        made.add_subkey("sub")
        made.make_key("old", "--faked-system-time", "20200101T000000", until="1d")
        yield made


@pytest.fixture(scope="session")
def trusted(desk: GnupgDesk) -> bytes:
    """The keys of everybody, in one file."""
    return desk.exported(*NAMES)


Check = Callable[..., OtherKey]


@pytest.fixture
def check(desk: GnupgDesk, trusted: bytes, environ: dict[str, str]) -> Check:
    """Verifies a signature as that of `of`."""

    def verified(signature: bytes, of: str = "ada", **more: object) -> OtherKey:
        how: dict[str, object] = {
            "expected": {desk.fingerprints[of]},
            "keys": parse_openpgp_keys(trusted),
            "revoked": (),
            "environ": environ,
        }
        return verify_openpgp(PAYLOAD, signature, **(how | more))  # type: ignore[arg-type]

    return verified


def refusal(check: Check, signature: bytes, *of: str, **more: object) -> str:
    """Why it is refused, in the step `signature`."""
    with pytest.raises(VerificationError) as refused:
        check(signature, *of, **more)
    assert refused.value.step == "signature"
    return refused.value.message


def test_a_good_signature_names_the_primary_key(desk: GnupgDesk, check: Check):
    """What plain gpg signs, as git has it sign, is believed."""
    key = check(desk.signed(PAYLOAD, "ada"))

    assert key.fingerprint == f"openpgp:{desk.fingerprints['ada']}"


@pytest.mark.parametrize("digest", ["SHA384", "SHA512"])
def test_stronger_digests_are_good_too(digest: str, desk: GnupgDesk, check: Check):
    """SHA-2 from 256 bits on."""
    assert check(desk.signed(PAYLOAD, "ada", "--digest-algo", digest)).digest == desk.fingerprints["ada"]


@pytest.mark.parametrize("algorithm", ["rsa2048", "nistp256"])
def test_keys_of_other_kinds_are_good_too(algorithm: str, desk: GnupgDesk, check: Check):
    """RSA and ECDSA beside EdDSA."""
    desk.make_key(algorithm, algorithm=algorithm)
    keys = parse_openpgp_keys(desk.exported(algorithm))

    assert check(desk.signed(PAYLOAD, algorithm), algorithm, keys=keys).kind == "openpgp"


def test_a_subkey_signs_for_its_primary_key(desk: GnupgDesk, check: Check):
    """The roles name the person's primary key, as people do."""
    assert check(desk.signed(PAYLOAD, "sub"), "sub").digest == desk.fingerprints["sub"]


def test_an_expired_key_counts_as_no_clock_is_trusted(desk: GnupgDesk, check: Check):
    """Until when a key counts is said by trust roots; that gpg would believe a wrong clock is why."""
    made = desk.signed(PAYLOAD, "old", "--faked-system-time", "20200101T010000")

    assert check(made, "old").digest == desk.fingerprints["old"]


def test_an_unknown_key_is_refused(desk: GnupgDesk, check: Check):
    """A key that is not among the trust files is nobody's."""
    keys = parse_openpgp_keys(desk.exported("ada"))

    assert "not among the registry's" in refusal(check, desk.signed(PAYLOAD, "mallory"), keys=keys)


def test_another_persons_key_is_refused(desk: GnupgDesk, check: Check):
    """That a key is trusted does not make it the tagger's."""
    assert "not the tagger's" in refusal(check, desk.signed(PAYLOAD, "mallory"))


def test_other_bytes_are_refused(desk: GnupgDesk, check: Check):
    """A signature of something else says nothing here."""
    assert "other bytes" in refusal(check, desk.signed(b"Release churn 9.9.9\n", "ada"))


def test_gpgv_decides_and_not_the_digest_in_clear(
    desk: GnupgDesk, check: Check, monkeypatch: pytest.MonkeyPatch
):
    """The two bytes in clear only spare a process: gpgv refuses by itself."""
    monkeypatch.setattr("gitreg.signing.openpgp.OpenpgpSignature.matches", lambda *_: True)

    assert "gpgv refuses" in refusal(check, desk.signed(b"Release churn 9.9.9\n", "ada"))


def test_a_key_with_a_revocation_in_it_is_refused(desk: GnupgDesk, check: Check):
    """Gpgv says REVKEYSIG, and exits 0 or not; neither is believed as good."""
    made = desk.signed(PAYLOAD, "gone")
    desk.revoke("gone")

    message = refusal(check, made, "gone", keys=parse_openpgp_keys(desk.exported("gone")))

    assert "REVKEYSIG" in message or "gpgv refuses" in message


@pytest.mark.parametrize("name", ["ada", "sub"])
def test_a_revoked_fingerprint_is_refused(name: str, desk: GnupgDesk, check: Check):
    """The list of revoked keys decides, whatever the key says of itself."""
    revoked = [OtherKey("openpgp", desk.fingerprints[name])]

    assert "revoked" in refusal(check, desk.signed(PAYLOAD, name), name, revoked=revoked)


def test_a_revoked_subkey_is_refused(desk: GnupgDesk, check: Check):
    """A stolen subkey can be revoked without the primary key."""
    made = desk.signed(PAYLOAD, "sub")
    revoked = [OtherKey("openpgp", parse_openpgp(made).issuer)]

    assert "revoked" in refusal(check, made, "sub", revoked=revoked)


def test_a_subkey_that_its_primary_did_not_bind_is_refused(desk: GnupgDesk, check: Check):
    """Whoever appends a subkey to another's key gets no say: gpgv wants both halves' signatures."""
    made = desk.signed(PAYLOAD, "sub")
    keys = parse_openpgp_keys(desk.exported("sub"))
    ada, sub = parse_openpgp_keys(desk.exported("ada")), keys[desk.fingerprints["sub"]]
    packet = next(one.raw for one in packets(sub.ring) if one.tag == 14)
    forged = {
        name: type(key)(name, (*key.members, *sub.members), key.ring + packet) for name, key in ada.items()
    }

    assert "gpgv refuses" in refusal(check, made, "ada", keys=forged)


@pytest.mark.parametrize("digest", ["SHA1", "RIPEMD160", "SHA224"])
def test_weak_digests_are_refused(digest: str, desk: GnupgDesk, check: Check):
    """They are not looked at any further."""
    made = desk.signed(PAYLOAD, "mallory", "--digest-algo", digest, "--allow-weak-digest-algos")

    assert "hash algorithm" in refusal(check, made, "mallory")


def test_a_signature_that_expires_is_refused(desk: GnupgDesk, check: Check):
    """No clock could say when it has expired."""
    assert "expires" in refusal(check, desk.signed(PAYLOAD, "ada", "--default-sig-expire", "1y"))


def test_a_text_signature_is_refused(desk: GnupgDesk, check: Check):
    """It would cover other bytes than those: line ends do not count in it."""
    assert "binary document" in refusal(check, desk.signed(PAYLOAD, "ada", "--textmode"))


def test_two_signatures_in_one_block_are_refused(desk: GnupgDesk, check: Check):
    """Git takes what gpg says of the last one; here there is one."""
    both = desk.gpg("-bsa", "-u", desk.fingerprints["ada"], "-u", desk.fingerprints["mallory"], stdin=PAYLOAD)

    assert "exactly one packet" in refusal(check, both)


def test_a_whole_message_is_no_signature(desk: GnupgDesk, check: Check):
    """An inline message carries its own payload, and that is not the tag's."""
    inline = desk.gpg("-sa", "-u", desk.fingerprints["ada"], stdin=PAYLOAD)

    assert "not one block" in refusal(check, inline)


def _wide(block: bytes) -> bytes:
    blob = b64encode(read_openpgp("PGP SIGNATURE", block))
    return (
        b"-----BEGIN PGP SIGNATURE-----\n\n"
        + blob[:76]
        + b"\n"
        + blob[76:]
        + b"\n-----END PGP SIGNATURE-----\n"
    )


def _repacked(block: bytes, change: Callable[[bytes], bytes]) -> bytes:
    return write_openpgp("PGP SIGNATURE", change(read_openpgp("PGP SIGNATURE", block)))


def _new_header(blob: bytes) -> bytes:
    return b"\xc2" + blob[1:]


def _long_header(blob: bytes) -> bytes:
    return b"\x89\x00" + blob[1:]


def _noted(blob: bytes) -> bytes:
    """One more unhashed subpacket: a note that nobody signed."""
    hashed = int.from_bytes(blob[6:8], "big")
    at = 8 + hashed
    note = b"\x05\x64note"
    unhashed = int.from_bytes(blob[at : at + 2], "big")
    body = blob[2:at] + (unhashed + len(note)).to_bytes(2, "big") + note + blob[at + 2 :]
    return b"\x88" + bytes([len(body)]) + body


OTHER_SPELLINGS: dict[str, Callable[[bytes], bytes]] = {
    "comment": lambda block: block.replace(b"-----\n\n", b"-----\nComment: reviewed by bob\n\n", 1),
    "version": lambda block: block.replace(b"-----\n\n", b"-----\nVersion: GnuPG v2\n\n", 1),
    "other checksum": lambda block: block.replace(b"\n=", b"\n=A", 1)[:-1] + b"\n",
    "wide lines": _wide,
    "newer header": lambda block: _repacked(block, _new_header),
    "longer length": lambda block: _repacked(block, _long_header),
    "unsigned note": lambda block: _repacked(block, _noted),
}


@pytest.mark.parametrize("change", OTHER_SPELLINGS.values(), ids=OTHER_SPELLINGS)
def test_one_signature_has_one_spelling(change: Callable[[bytes], bytes], desk: GnupgDesk, check: Check):
    """Gpgv believes all of these; a second object that verifies as well is what nobody should be able to make."""
    good = desk.signed(PAYLOAD, "ada")
    other = change(good)
    assert other != good

    assert "should be" in refusal(check, other)


@pytest.mark.parametrize("name", [name for name in OTHER_SPELLINGS if name != "other checksum"])
def test_what_is_signed_here_is_respelled(name: str, desk: GnupgDesk):
    """A comment in somebody's gpg.conf costs them nothing."""
    good = desk.signed(PAYLOAD, "ada")

    assert respelled_openpgp(OTHER_SPELLINGS[name](good)) == good


def test_a_missing_gpgv_is_a_refusal_that_names_the_package(desk: GnupgDesk, check: Check):
    """Not being able to look is not believing."""
    with pytest.raises(VerificationError, match="gpgv is not on PATH") as refused:
        check(desk.signed(PAYLOAD, "ada"), environ={"PATH": "/nowhere"})

    assert "package gpgv" in str(refused.value.hint)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "GOODSIG 1 Ada",
        "NEWSIG\nGOODSIG 1 Ada\n{valid}\nNEWSIG",
        "NEWSIG\nGOODSIG 1 Ada\n{valid}\nBADSIG 1 Ada",
        "NEWSIG\nGOODSIG 1 Ada\n{valid}\n{valid}",
        "NEWSIG\n{valid}",
        "NEWSIG\nGOODSIG 1 Ada\nEXPKEYSIG 1 Ada\n{valid}",
        "NEWSIG\nEXPSIG 1 Ada\n{valid}",
        "NEWSIG\nREVKEYSIG 1 Ada\n{valid}",
        "NEWSIG\nGOODSIG 1 Ada\nVALIDSIG short",
        "NEWSIG\nGOODSIG 1 Ada\n{other}",
        "NEWSIG\nGOODSIG 1 Ada\n{weak}",
    ],
)
def test_only_one_good_answer_of_gpgv_counts(said: str, desk: GnupgDesk, check: Check, tmp_path: Path):
    """Exit code 0 with anything but one good signature of the one key is a refusal."""
    ada, mallory = desk.fingerprints["ada"], desk.fingerprints["mallory"]
    valid = f"VALIDSIG {ada} 2026-01-01 1 0 4 0 22 8 00 {ada}"
    text = said.format(valid=valid, other=valid.replace(ada, mallory), weak=valid.replace(" 8 00", " 2 00"))
    script = tmp_path / "gpgv"
    lines = "\n".join(f"echo '[GNUPG:] {line}'" for line in text.split("\n"))
    script.write_text(f"#!/bin/sh\n{lines}\n")
    script.chmod(0o755)

    refusal(check, desk.signed(PAYLOAD, "ada"), environ={"PATH": f"{tmp_path}:{os.environ['PATH']}"})


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_mutated_signature_is_refused_and_never_a_traceback(data: st.DataObject):
    """Parsing decides nothing, but must not fall over."""
    blob = bytearray(b64decode(_EXAMPLE))
    for _time in range(data.draw(st.integers(1, 4))):
        blob[data.draw(st.integers(0, len(blob) - 1))] = data.draw(st.integers(0, 255))
    armored = write_openpgp("PGP SIGNATURE", bytes(blob))
    try:
        parsed = parse_openpgp(armored)
    except VerificationError:
        return
    assert respelled_openpgp(armored) == armored
    assert len(parsed.issuer) == 40


_EXAMPLE = (
    "iIYEABYIAC4WIQQGQmq/JwJxVXrZguVNlDf9vhyeSQUCawOraxAcYWRhQGV4YW1wbGUuY29tAAoJEE2UN/2+HJ5J/hUA/1AoyBObbD0kjvcxTKXt"
    "+LOqzb5kCb6IoppkXB0uSQcYAQDF4GtiUs9VowpVvheDC/U5z4KgdpUoO6n7kIZq2xApDg=="
)


# The file of keys


def test_keys_are_known_by_their_fingerprints(desk: GnupgDesk, trusted: bytes):
    """What gpg shows as the fingerprint is what is computed here."""
    assert set(parse_openpgp_keys(b"# keys\n\n" + trusted)) == {desk.fingerprints[name] for name in NAMES}


def test_a_private_key_among_the_keys_is_refused(desk: GnupgDesk):
    """Whoever committed it has to know, at once."""
    private = desk.gpg("--armor", "--export-secret-keys", desk.fingerprints["ada"])
    blob = read_openpgp("PGP PRIVATE KEY BLOCK", private)

    with pytest.raises(RecordError, match="PRIVATE"):
        parse_openpgp_keys(write_openpgp("PGP PUBLIC KEY BLOCK", blob))
    with pytest.raises(RecordError, match="more than blocks"):
        parse_openpgp_keys(private)


def test_a_key_twice_or_a_weak_key_is_refused(desk: GnupgDesk):
    """One key has one place, and 1024 bits sign nothing."""
    with pytest.raises(RecordError, match="second time"):
        parse_openpgp_keys(desk.exported("ada", "ada"))
    desk.make_key("weak", algorithm="rsa1024")
    with pytest.raises(RecordError, match="fewer than 2048 bits"):
        parse_openpgp_keys(desk.exported("weak"))


@pytest.mark.parametrize("text", [b"hello\n", b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n", b"\xff\n"])
def test_something_else_is_no_file_of_keys(text: bytes):
    """Nothing is passed over but comments and empty lines."""
    with pytest.raises(RecordError, match="OpenPGP keys are refused"):
        parse_openpgp_keys(text)


# Signing


@pytest.fixture
def found(desk: GnupgDesk, environ: dict[str, str]) -> Callable[..., GnupgKey]:
    """The key that a git configuration means."""

    def key(**config: str) -> GnupgKey:
        values = {name.replace("_", "."): value for name, value in config.items()}
        made = find_user_key(values.get, "Ada <ada@example.com>", ["openpgp"], {**environ, **desk.environ})
        assert isinstance(made, GnupgKey)
        return made

    return key


@pytest.mark.parametrize("how", ["fingerprint", "mail", "identity", "subkey"])
def test_the_configured_key_signs(how: str, desk: GnupgDesk, check: Check, found: Callable[..., GnupgKey]):
    """By fingerprint, by mail, by the committer's name, by one subkey: as git has gpg choose."""
    sub = parse_openpgp(desk.signed(PAYLOAD, "sub")).issuer
    name = "sub" if how == "subkey" else "ada"
    config = {
        "fingerprint": {"user_signingkey": desk.fingerprints["ada"]},
        "mail": {"user_signingkey": "ada@example.com", "gpg_format": "openpgp"},
        "identity": {},
        "subkey": {"user_signingkey": f"{sub}!"},
    }[how]
    key = found(**config)

    assert key.public == check(sign(PAYLOAD, key, "git", desk.environ), name)


def test_the_configured_program_signs(
    desk: GnupgDesk, check: Check, found: Callable[..., GnupgKey], tmp_path: Path
):
    """gpg.openpgp.program goes before gpg.program, and both before gpg."""
    for name in ("first", "second"):
        (tmp_path / name).write_text(
            f'#!/bin/sh\necho {name} >> {tmp_path}/log\nexec gpg --comment hello "$@"\n'
        )
        (tmp_path / name).chmod(0o755)
    programs = {"gpg_openpgp_program": str(tmp_path / "first"), "gpg_program": str(tmp_path / "second")}

    check(sign(PAYLOAD, found(**programs), "git", desk.environ))

    assert (tmp_path / "log").read_text() == "first\nfirst\n"


def test_a_program_that_signs_with_another_key_is_caught(
    desk: GnupgDesk, found: Callable[..., GnupgKey], tmp_path: Path
):
    """The tag would name one person and be signed by another."""
    program = tmp_path / "gpg-of-mallory"
    mallory = desk.fingerprints["mallory"]
    program.write_text(f'#!/bin/sh\n[ "$2" = -bsau ] && exec gpg "$1" "$2" {mallory}\nexec gpg "$@"\n')
    program.chmod(0o755)
    key = found(gpg_program=str(program))

    with pytest.raises(CredentialsError, match=f"signed with another key: {mallory}"):
        sign(PAYLOAD, key, "git", desk.environ)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (
            '[ "$2" = -bsau ] || exec gpg "$@"; exec gpg --digest-algo SHA1 "$@"',
            "no usable signature: its hash",
        ),
        ("echo sec:u::::::::; echo fpr:::::::::0123:", "is no fingerprint"),
    ],
)
def test_what_no_verifier_would_believe_is_not_signed(
    script: str, reason: str, desk: GnupgDesk, found: Callable[..., GnupgKey], tmp_path: Path
):
    """A weak digest by somebody's gpg.conf; a key of another version."""
    program = tmp_path / "gpg-weak"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)

    with pytest.raises(CredentialsError, match=reason):
        sign(PAYLOAD, found(gpg_program=str(program)), "git", desk.environ)


@pytest.mark.parametrize("script", [None, "#!/nowhere/interpreter\n"])
def test_a_program_that_is_missing_or_broken_is_named(
    script: str | None, found: Callable[..., GnupgKey], tmp_path: Path
):
    """The user's configuration says what signs, so it is what has to be corrected."""
    program = tmp_path / "gpg-absent"
    if script:
        program.write_text(script)
        program.chmod(0o755)

    with pytest.raises(CredentialsError, match="gpg-absent"):
        found(gpg_program=str(program))


def test_several_keys_or_none_are_refused_with_the_way_out(desk: GnupgDesk, found: Callable[..., GnupgKey]):
    """Who signs has to be known before anything is signed."""
    for name, reason in (
        ("example.com", "keys for"),
        ("nobody@example.org", "no secret key"),
        ("--version", "no secret key"),
    ):
        with pytest.raises(CredentialsError, match=reason) as refused:
            found(user_signingkey=name)
        assert "FINGERPRINT" in str(refused.value.hint)


def test_a_key_that_cannot_sign_says_why(desk: GnupgDesk, found: Callable[..., GnupgKey]):
    """In gpg's own words."""
    key = found(user_signingkey=desk.fingerprints["ada"])
    for file in (desk.home / "private-keys-v1.d").iterdir():
        file.rename(file.with_suffix(".away"))
    try:
        with pytest.raises(CredentialsError, match=r"signing with the key openpgp:.* failed"):
            sign(PAYLOAD, key, "git", desk.environ)
    finally:
        for file in (desk.home / "private-keys-v1.d").iterdir():
            file.rename(file.with_suffix(".key"))


def test_only_tags_are_signed_with_it(found: Callable[..., GnupgKey], desk: GnupgDesk):
    """A trust root is signed by SSH keys alone."""
    with pytest.raises(CredentialsError, match="only SSH keys sign a trust root"):
        sign(PAYLOAD, found(), "gitreg-root", desk.environ)
