"""A signed annotated tag as bytes: put together, and taken apart strictly. Knows no refs, no repository, no models.

Git itself accepts much more: further headers, text after the signature, several signatures, a signature in the middle
(`git verify-tag` and `parse_signed_buffer` in git's gpg-interface.c). Here one grammar has to match from the first byte to
the last; what explains a refusal is separate from it and decides nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from gitreg.errors import UsageError, VerificationError
from gitreg.signing.plain_text import strange_character
from gitreg.signing.sshsig import LARGEST as LARGEST_SIGNATURE

SignatureKind = Literal["ssh", "openpgp", "x509"]

LARGEST = 64 * 1024

_HEADERS = (
    rb"object (?P<target>[0-9a-f]{40})\n"
    rb"type commit\n"
    rb"tag (?P<name>[A-Za-z0-9][A-Za-z0-9._/+-]{0,254})\n"
    rb"tagger (?P<tagger_name>[^<>\x00-\x20\x7f](?:[^<>\x00-\x1f\x7f]*[^<>\x00-\x20\x7f])?)"
    rb" <(?P<tagger_email>[^<>\x00-\x20\x7f]+)>"
    rb" (?P<tagged>0|[1-9][0-9]{0,11}) (?P<zone>[+-][0-9]{4})\n"
)
_PAYLOAD = _HEADERS + rb"\n(?P<message>(?:(?!-----BEGIN)[^\x00-\x1f\x7f]*\n)+)"
_LINES = rb"(?:[A-Za-z0-9+/=]{1,76}\n)+"
_SIGNATURE = (
    rb"(?P<ssh>-----BEGIN SSH SIGNATURE-----\n%b-----END SSH SIGNATURE-----\n)"
    rb"|(?P<openpgp>-----BEGIN PGP SIGNATURE-----\n\n%b-----END PGP SIGNATURE-----\n)"
    rb"|(?P<x509>-----BEGIN SIGNED MESSAGE-----\n%b-----END SIGNED MESSAGE-----\n)"
) % (_LINES, _LINES, _LINES)
_KINDS: tuple[SignatureKind, ...] = ("ssh", "openpgp", "x509")
_UNSIGNED_TAG = re.compile(_PAYLOAD)
_SIGNED_TAG = re.compile(rb"(?P<payload>" + _PAYLOAD + rb")(?P<signature>" + _SIGNATURE + rb")")


@dataclass(frozen=True)
class SignedTag:
    """A tag object that has the right form. Whether its signature is good is another question.

    Attributes:
        target: the id of the commit.
        name: the name inside the object; the ref may have another.
        tagger_name: who says to have made it.
        tagger_email: their address.
        tagged: when they say to have made it, in seconds since 1970.
        zone: the time zone of their clock, e.g. `+0000`.
        message: the whole message, with its last line's end, without the signature.
        payload: the bytes that the signature has to cover: all before it.
        signature: the armored signature.
        kind: what kind of signature it says to be; whether this registry takes that kind is another question.
    """

    target: str
    name: str
    tagger_name: str
    tagger_email: str
    tagged: int
    zone: str
    message: str
    payload: bytes
    signature: bytes
    kind: SignatureKind = "ssh"


def format_tag(target: str, name: str, tagger: str, when: int, zone: str, message: str) -> bytes:
    """The payload of a tag of a commit; the tag object is this and, right after it, the signature.

    Args:
        target: the commit's id.
        name: the tag's name, without `refs/tags/`.
        tagger: `Name <mail>`.
        when: seconds since 1970.
        zone: e.g. `+0000`.
        message: lines of plain text; the last line's end is added when it is missing.

    Raises:
        UsageError: `split_tag` would refuse such a tag.
    """
    lines = message if message.endswith("\n") else f"{message}\n"
    text = f"object {target}\ntype commit\ntag {name}\ntagger {tagger} {when} {zone}\n\n{lines}"
    payload = text.encode("utf-8", "surrogatepass")
    if reason := _fault_of_payload(payload):
        raise UsageError(f"the tag {name[:80]!r} cannot be made: {reason}")
    return payload


def split_tag(raw: bytes) -> SignedTag:
    """Takes a raw tag object apart.

    Raises:
        VerificationError: step `object`; it is not one signed tag of a commit, byte for byte of the expected form.
    """
    if len(raw) > LARGEST:
        raise _refusal(f"it has more than {LARGEST // 1024} KiB")
    match = _SIGNED_TAG.fullmatch(raw)
    if match is None:
        raise _refusal(_explained(raw))
    if reason := _not_plain(match["payload"]):
        raise _refusal(reason)
    return SignedTag(
        target=match["target"].decode("ascii"),
        name=match["name"].decode("ascii"),
        tagger_name=match["tagger_name"].decode("utf-8"),
        tagger_email=match["tagger_email"].decode("utf-8"),
        tagged=int(match["tagged"]),
        zone=match["zone"].decode("ascii"),
        message=match["message"].decode("utf-8"),
        payload=match["payload"],
        signature=match["signature"],
        kind=next(kind for kind in _KINDS if match[kind]),
    )


def _fault_of_payload(payload: bytes) -> str | None:
    if len(payload) > LARGEST - LARGEST_SIGNATURE:
        return f"it has more than {(LARGEST - LARGEST_SIGNATURE) // 1024} KiB without its signature"
    return _not_plain(payload) if _UNSIGNED_TAG.fullmatch(payload) else _explained(payload)


def _not_plain(payload: bytes) -> str | None:
    try:
        strange = strange_character(payload.decode("utf-8"))
    except UnicodeDecodeError:
        return "it is not UTF-8"
    return f"it has the character {strange}" if strange else None


_FAULTS: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb".*\r", re.DOTALL), "it has a carriage return"),
    (re.compile(rb".*[\x00-\x09\x0b-\x1f\x7f]", re.DOTALL), "it has a control character"),
    (re.compile(rb"object [0-9a-f]{40}\ntype (?!commit\n)"), "it is not a tag of a commit"),
    (re.compile(rb"(?!object [0-9a-f]{40}\ntype )"), "it does not start with the headers object and type"),
    (
        re.compile(rb".*\n-----BEGIN (?!(?:SSH SIGNATURE|PGP SIGNATURE|SIGNED MESSAGE)-----\n)", re.DOTALL),
        "it has an armored block that is no SSH, OpenPGP or X.509 signature",
    ),
    (re.compile(rb"(?:.*?\n-----BEGIN){2}", re.DOTALL), "it has more than one signature"),
    (
        re.compile(rb"(?!" + _HEADERS + rb"\n)"),
        "its headers are not exactly object, type, tag and tagger in their plain form",
    ),
    (re.compile(rb"(?!.*\n-----BEGIN)", re.DOTALL), "it has no signature"),
    (
        re.compile(rb".*\n-----END (?:SSH SIGNATURE|PGP SIGNATURE|SIGNED MESSAGE)-----\n.", re.DOTALL),
        "it has text after the signature",
    ),
    (
        re.compile(rb".*\n-----BEGIN PGP SIGNATURE-----\n[^\n]", re.DOTALL),
        "its signature has armor headers, as Comment or Version are",
    ),
)


def _explained(raw: bytes) -> str:
    """Why the grammar did not match, for people."""
    return next(
        (text for fault, text in _FAULTS if fault.match(raw)),
        "its message or signature is not of the right form",
    )


def _refusal(reason: str) -> VerificationError:
    return VerificationError(f"the tag object is refused: {reason}", step="object")
