"""Verifies an OpenPGP signature by gpgv, which knows one key and no other. Believes no clock and no keyring of anybody."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from gitreg.errors import VerificationError
from gitreg.signing.openpgp import HASHES, NUMBERS, parse_openpgp
from gitreg.signing.openpgp_keys import OpenpgpKey
from gitreg.signing.other_keys import OtherKey
from gitreg.signing.revoked import RevokedKey
from gitreg.signing.room import Program, run_in_room
from gitreg.signing.ssh_keygen import first_words

GPGV = Program("gpgv", "Install GnuPG's gpgv 2.2 or newer (Debian's package gpgv).")

# doc/DETAILS of GnuPG: one signature was looked at, it is good, and this is its key. A key that expired is as good as
# another: until when a key counts is bounded by trust roots, as clocks are not.
_GOOD = {"GOODSIG", "EXPKEYSIG"}
_HARMLESS = {
    "NEWSIG", "KEY_CONSIDERED", "KEYEXPIRED", "SIG_ID", "VALIDSIG", "NOTATION_NAME", "NOTATION_FLAGS", "NOTATION_DATA",
    "POLICY_URL", "VERIFICATION_COMPLIANCE_MODE", "PLAINTEXT", "PLAINTEXT_LENGTH", "PROGRESS",
}  # fmt: skip


def verify_openpgp(
    payload: bytes,
    signature: bytes,
    *,
    expected: Collection[str],
    keys: Mapping[str, OpenpgpKey],
    revoked: Collection[RevokedKey],
    environ: Mapping[str, str],
) -> OtherKey:
    """Verifies that one of the expected keys signed `payload`, and returns that key.

    Args:
        payload: the bytes that should have been signed.
        signature: the armored signature over them.
        expected: the fingerprints of the primary keys of the person who should have signed.
        keys: the registry's keys by the fingerprint of their primary key.
        revoked: keys, or subkeys, that are never accepted.
        environ: only PATH is used.

    Raises:
        VerificationError: step `signature`; it could not be shown that the signature is good, for whatever reason.
    """
    claimed = parse_openpgp(signature)
    if not claimed.matches(payload):
        raise _refusal("the OpenPGP signature is of other bytes: its digest's start is another")
    key = next((found for found in keys.values() if claimed.issuer in found.members), None)
    for digest in (claimed.issuer, key.fingerprint if key else claimed.issuer):
        if OtherKey("openpgp", digest) in revoked:  # first, as a revoked key may be nobody's any more
            raise _refusal(f"the key openpgp:{digest} is revoked")
    if key is None:
        raise _refusal(f"the key openpgp:{claimed.issuer} is not among the registry's OpenPGP keys")
    if key.fingerprint not in expected:
        raise _refusal(f"the key openpgp:{key.fingerprint} is not the tagger's, by the roles")
    _judge(_ask_gpgv(payload, signature, key, environ), key.fingerprint, claimed.issuer)
    return OtherKey("openpgp", key.fingerprint)


def _ask_gpgv(
    payload: bytes, signature: bytes, key: OpenpgpKey, environ: Mapping[str, str]
) -> list[list[str]]:
    """The machine-readable lines of gpgv, word by word; its exit code has to be 0 as well."""
    files = {"ring.gpg": key.ring, "signature": signature, "payload": payload}
    words = ("--homedir", ".", "--keyring", "./ring.gpg", "--status-fd", "1", "--ignore-time-conflict")
    weak = ("--weak-digest", "SHA1", "--weak-digest", "RIPEMD160")
    answer = run_in_room(GPGV, (*words, *weak, "signature", "payload"), files, environ)
    if answer.returncode != 0:
        raise _refusal(f"gpgv refuses the signature: {first_words(answer.stderr)}")
    lines = answer.stdout.decode("utf-8", "replace").split("\n")
    return [line.split()[1:] for line in lines if line.startswith("[GNUPG:] ")]


def _judge(lines: list[list[str]], primary: str, issuer: str) -> None:
    kinds = [words[0] for words in lines if words]
    stranger = next((kind for kind in kinds if kind not in _HARMLESS | _GOOD), None)
    if stranger is not None:
        raise _refusal(f"gpgv says {stranger[:40]} of the signature")
    good = [kind for kind in kinds if kind in _GOOD]
    valid = [words for words in lines if words and words[0] == "VALIDSIG"]
    if kinds.count("NEWSIG") != 1 or len(good) != 1 or len(valid) != 1:
        raise _refusal("gpgv did not say of exactly one signature that it is good")
    said = valid[0]
    if len(said) < 11 or (said[1], said[10]) != (issuer, primary):
        raise _refusal("gpgv names another key than the one that was to be shown")
    if said[7] not in map(str, NUMBERS) or said[8] not in map(str, HASHES) or said[9] != "00":
        raise _refusal("gpgv names an algorithm that is not accepted")


def _refusal(message: str) -> VerificationError:
    return VerificationError(message, step="signature")
