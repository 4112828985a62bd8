"""Who may sign, and which keys are revoked: the two key lists among the trust files. Knows text, not where it is stored.

Both are files that ssh-keygen and git read as they are (ssh-keygen(1), ALLOWED SIGNERS), in a subset so strict that there
is only one way to understand a line: no patterns, no certificate authorities, no validity times, no key twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gitreg.errors import RecordError, UsageError
from gitreg.signing.keys import PublicKey
from gitreg.signing.other_keys import OtherKey
from gitreg.signing.plain_text import strange_character
from gitreg.signing.revoked import RevokedKey

ALLOWED_SIGNERS = ".gitreg/trust/allowed_signers"
REVOKED_KEYS = ".gitreg/trust/revoked_keys"
MOST_LINES = 1000
LONGEST_LINE = 8192  # the largest RSA key that is accepted takes less than 3,000 characters

_PRINCIPAL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._%+-]{0,63}@[A-Za-z0-9][A-Za-z0-9.-]{0,252}")
_SIGNER_LINE = re.compile(r'(?P<principal>[^ ]+) namespaces="git" (?P<key>.+)')


def is_principal(text: str) -> bool:
    """Whether this can name a signer: a plain word like an e-mail address, nothing that ssh-keygen takes for a pattern."""
    return _PRINCIPAL.fullmatch(text) is not None


@dataclass(frozen=True)
class AllowedSigner:
    """A key and whose it is."""

    principal: str
    key: PublicKey

    def __post_init__(self) -> None:
        if not is_principal(self.principal):
            raise UsageError(
                f"{self.principal[:80]!r} cannot name a signer: it is not a plain e-mail address",
                hint="Use the address that stands in the signer's git configuration as user.email.",
            )


def parse_allowed_signers(text: bytes) -> tuple[AllowedSigner, ...]:
    """Reads the list of allowed signers, in its order.

    Raises:
        RecordError: a line is not `principal namespaces="git" key`, or a key stands twice; `place` has the line.
    """
    signers: dict[PublicKey, AllowedSigner] = {}
    for place, line in _lines(text, ALLOWED_SIGNERS):
        signer = _signer(line, place)
        if signer.key in signers:
            raise RecordError(
                f"the key {signer.key.fingerprint} stands here for the second time", place=place
            )
        signers[signer.key] = signer
    return tuple(signers.values())


def format_allowed_signers(signers: Iterable[AllowedSigner]) -> bytes:
    """The canonical file for these signers; `parse_allowed_signers` gives them back.

    Raises:
        UsageError: a key stands twice.
    """
    listed = tuple(signers)
    _refuse_repeated(signer.key for signer in listed)
    return "".join(f"{allowed_line(signer, 'git')}\n" for signer in listed).encode("ascii")


def allowed_line(signer: AllowedSigner, namespace: str) -> str:
    """The line that allows this key to this principal in one namespace."""
    return f'{signer.principal} namespaces="{namespace}" {signer.key}'


def parse_revoked_keys(text: bytes) -> tuple[RevokedKey, ...]:
    """Reads the list of revoked keys, in its order; an empty file revokes none.

    Keys that are not SSH keys stand in comments, `# openpgp FINGERPRINT` and `# x509 SHA256`, as ssh-keygen and git, which
    read the file too, would refuse all of it for a line that they do not understand.

    Raises:
        RecordError: a line is not a public key, or a key stands twice; `place` has the line.
    """
    keys: dict[RevokedKey, None] = {}
    for place, line in _every_line(text, REVOKED_KEYS):
        key = _revoked(line, place)
        if key is None:
            continue
        if key in keys:
            raise RecordError(f"the key {key.fingerprint} stands here for the second time", place=place)
        keys[key] = None
    return tuple(keys)


def format_revoked_keys(keys: Iterable[RevokedKey]) -> bytes:
    """The canonical file for these keys; `parse_revoked_keys` gives them back.

    Raises:
        UsageError: a key stands twice.
    """
    listed = tuple(keys)
    _refuse_repeated(listed)
    return "".join(f"{key}\n" for key in listed).encode("ascii")


def _revoked(line: str, place: str) -> RevokedKey | None:
    if not line.startswith("#"):
        return _key(line, place)
    try:
        return OtherKey.parse_comment(line)
    except UsageError as error:
        raise RecordError(error.message, hint=error.hint, place=place) from error


def _lines(text: bytes, file: str) -> Iterator[tuple[str, str]]:
    """The lines that say something, each with its place."""
    return ((place, line) for place, line in _every_line(text, file) if not line.startswith("#"))


def _every_line(text: bytes, file: str) -> Iterator[tuple[str, str]]:
    """The lines that are not empty, comments too, each with its place."""
    raw = text.split(b"\n")
    if len(raw) > MOST_LINES + 1 or (len(raw) == MOST_LINES + 1 and raw[-1]):
        raise RecordError(f"the file has more than {MOST_LINES} lines", place=f"{file}:{MOST_LINES + 1}:1")
    for number, data in enumerate(raw, start=1):
        place = f"{file}:{number}:1"
        line = _line(data, place)
        if line:
            yield place, line


def _line(data: bytes, place: str) -> str:
    if len(data) > LONGEST_LINE:
        raise RecordError(f"the line has more than {LONGEST_LINE} bytes", place=place)
    try:
        line = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RecordError("the line is not UTF-8", place=place) from error
    if strange := strange_character(line):
        raise RecordError(f"the line has the character {strange}, which has no place in it", place=place)
    return line


def _signer(line: str, place: str) -> AllowedSigner:
    match = _SIGNER_LINE.fullmatch(line)
    if match is None:
        raise RecordError(
            'The line is not `principal namespaces="git" key` with single blanks and no other option.',
            place=place,
        )
    key = _key(match["key"], place)
    try:
        return AllowedSigner(match["principal"], key)
    except UsageError as error:
        raise RecordError(error.message, hint=error.hint, place=place) from error


def _key(text: str, place: str) -> PublicKey:
    try:
        return PublicKey.parse(text)
    except UsageError as error:
        raise RecordError(error.message, hint=error.hint, place=place) from error


def _refuse_repeated(keys: Iterable[RevokedKey]) -> None:
    seen: set[RevokedKey] = set()
    for key in keys:
        if key in seen:
            raise UsageError(f"the key {key.fingerprint} is listed twice")
        seen.add(key)
