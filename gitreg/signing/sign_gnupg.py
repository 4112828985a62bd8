"""Signs bytes by gpg or gpgsm as git does it, and finds whose key that will be. Knows no passphrase and no key ring."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gitreg.errors import CredentialsError, UsageError
from gitreg.signing.cms import respelled_cms
from gitreg.signing.openpgp import respelled_openpgp
from gitreg.signing.other_keys import OtherKey, OtherKind
from gitreg.signing.ssh_keygen import find_program, first_words
from gitreg.signing.wire import WireError

PROGRAMS: Mapping[OtherKind, str] = {"openpgp": "gpg", "x509": "gpgsm"}

_STATUS = "[GNUPG:] SIG_CREATED "
_FINGERPRINT = "git config user.signingKey FINGERPRINT"


@dataclass(frozen=True)
class GnupgKey:
    """A key, or certificate, that gpg or gpgsm signs with.

    Attributes:
        public: the primary key's fingerprint, or the certificate's sha256.
        selector: what git's configuration calls it; the program decides by it, as it does for git.
        members: what the program may call it when it has signed: fingerprints of the key and its subkeys, or of the certificate.
        program: what signs.
    """

    public: OtherKey
    selector: str
    members: tuple[str, ...]
    program: str


def find_gnupg_key(
    kind: OtherKind, selector: str, program: str | None, environ: Mapping[str, str]
) -> GnupgKey:
    """The one secret key that a name means.

    Args:
        kind: what gpg.format says.
        selector: user.signingKey, or the committer's `Name <mail>`, as git falls back to it.
        program: gpg.openpgp.program or gpg.program; gpg.x509.program.
        environ: the user's, with GNUPGHOME, GPG_TTY and what else the agent is found by.

    Raises:
        CredentialsError: there is none, or several.
    """
    name = program or PROGRAMS[kind]
    words = ["--batch", "--with-colons", "--fingerprint", "--list-secret-keys", "--", selector]
    answer = _run(name, words, b"", environ)
    listed = list(_listed(kind, answer.stdout.decode("utf-8", "replace")))
    if len(listed) != 1:
        what = f"{len(listed)} keys" if listed else f"no secret key ({first_words(answer.stderr)})"
        raise CredentialsError(f"{name} has {what} for {selector[:100]!r}", hint=_FINGERPRINT)
    digest, members = listed[0]
    try:
        public = OtherKey(kind, digest)
    except UsageError as error:
        raise CredentialsError(f"the key {selector[:100]!r} cannot sign here: {error.message}") from error
    return GnupgKey(public, selector, members, name)


def sign_gnupg(payload: bytes, key: GnupgKey, environ: Mapping[str, str]) -> bytes:
    """Signs `payload`, and returns the armored signature in the one spelling that is accepted.

    The words are git's own (gpg-interface.c, sign_buffer_gpg), so agents, cards and pinentry are asked as git has them asked.

    Raises:
        CredentialsError: it cannot be signed with this key, and why, in the program's words.
    """
    answer = _run(key.program, ["--status-fd=2", "-bsau", key.selector], payload, environ)
    created = _created(answer.stderr.decode("utf-8", "replace"))
    if answer.returncode != 0 or created is None:
        raise CredentialsError(
            f"signing with the key {key.public.fingerprint} failed: {first_words(answer.stderr)}",
            hint=f"try by hand what git does: echo x | {key.program} -bsau '{key.selector}'",
        )
    if created not in key.members:
        raise CredentialsError(f"{key.program} signed with another key: {created[:80]}", hint=_FINGERPRINT)
    respelled = respelled_openpgp if key.public.kind == "openpgp" else respelled_cms
    try:
        return respelled(answer.stdout.replace(b"\r\n", b"\n"))
    except WireError as error:
        raise CredentialsError(
            f"the program {key.program!r} wrote no usable signature: {error}",
            hint="sha256 or better, RSA, ECDSA or EdDSA, no expiry date: see docs/verification.md",
        ) from error


def _run(
    name: str, words: list[str], payload: bytes, environ: Mapping[str, str]
) -> subprocess.CompletedProcess[bytes]:
    program = find_program(name, environ)
    if program is None:
        raise CredentialsError(
            f"the program {name!r}, which should sign, is not there",
            hint="Install GnuPG, or correct git's gpg.program, gpg.openpgp.program or gpg.x509.program.",
        )
    try:
        return subprocess.run(
            [program, *words], input=payload, capture_output=True, env=dict(environ), check=False
        )
    except OSError as error:
        raise CredentialsError(f"the program {name!r}, which should sign, cannot be run: {error}") from error


def _listed(kind: OtherKind, text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Digest and members of each secret key that may still sign (GnuPG, doc/DETAILS)."""
    keys: list[list[list[str]]] = []
    for fields in (line.split(":") for line in text.split("\n")):
        if fields[0] in {"sec", "crs"}:
            keys.append([fields])
        elif keys and len(fields) > 9:
            keys[-1].append(fields)
    for lines in keys:
        if lines[0][1] in {"r", "e", "d"}:  # revoked, expired, disabled: the program passes them over, too
            continue
        prints = tuple(fields[9] for fields in lines if fields[0] == "fpr")
        wide = [fields[9].lower() for fields in lines if fields[0] == "fp2"]
        digests = prints if kind == "openpgp" else wide
        yield (digests[0] if digests else ""), prints


def _created(status: str) -> str | None:
    """The fingerprint that the program says it signed with."""
    line = next((line for line in status.split("\n") if line.startswith(_STATUS)), None)
    return line.split()[-1] if line else None
