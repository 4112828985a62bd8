"""The trust files of one state of a registry, as values: the signed root, and whose which key is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from gitreg.checks.files import Files
from gitreg.documents import places
from gitreg.documents.reader import read
from gitreg.domain.digest import Digest
from gitreg.domain.trust import Roles, Root, TrustFile
from gitreg.errors import RecordError, UsageError
from gitreg.signing import AllowedSigner, PublicKey, parse_allowed_signers, parse_revoked_keys

PATHS: Mapping[TrustFile, str] = {
    "allowed_signers": places.ALLOWED_SIGNERS,
    "revoked_keys": places.REVOKED_KEYS,
    "roles.yaml": places.ROLES,
    "openpgp_keys": places.OPENPGP_KEYS,
    "x509_certificates": places.X509_CERTIFICATES,
}
MOST_SIGNATURES = 64
FORMER_NUMBER = re.compile(r"-[0-9]+$")
State = Literal["current", "former", "revoked"]


@dataclass(frozen=True)
class SignedRoot:
    """A trust root, its bytes, and the signatures beside it by file name."""

    root: Root
    content: bytes
    signatures: Mapping[str, bytes]


@dataclass(frozen=True)
class PersonKey:
    """A key, and whose it is.

    Args:
        person: as the roles call them; None where nobody knows.
        fingerprint: `SHA256:...`, `openpgp:...` or `x509:...`.
        kind: `ssh-ed25519` and its like, `openpgp`, `x509`.
        state: `former` keys are good for what was accepted while they were in use, `revoked` ones for nothing.
        until: the last root that a former key is good for.
    """

    person: str | None
    fingerprint: str
    kind: str
    state: State
    until: int | None = None


@dataclass(frozen=True)
class TrustFiles:
    """All trust files; each was read strictly, and whether they agree is another question.

    Args:
        signed: the root and its signatures.
        roles: who may sign what.
        allowed: the signers' SSH keys.
        revoked: fingerprints of keys that are never accepted.
        files: every file's bytes, by the name that the root knows it by.
    """

    signed: SignedRoot
    roles: Roles
    allowed: tuple[AllowedSigner, ...]
    revoked: frozenset[str]
    files: Mapping[TrustFile, bytes]

    @property
    def root(self) -> Root:
        """The trust root."""
        return self.signed.root

    @cached_property
    def keys(self) -> tuple[PersonKey, ...]:
        """Every key of every person, and those that are revoked."""
        return (*self._known_keys(), *_revoked(self))

    @property
    def active(self) -> frozenset[str]:
        """The people who can sign from now on."""
        return frozenset(key.person for key in self.keys if key.state == "current" and key.person)

    def _known_keys(self) -> Iterator[PersonKey]:
        former = {entry.key: entry.until_root for entry in self.roles.former.values()}
        for person, fingerprint, kind in dict.fromkeys(_claimed(self)):
            if fingerprint not in self.revoked:
                state: State = "former" if fingerprint in former else "current"
                yield PersonKey(person, fingerprint, kind, state, former.get(fingerprint))


def _claimed(trust: TrustFiles) -> Iterator[tuple[str | None, str, str]]:
    people = {entry.principal: name for name, entry in trust.roles.people.items()}
    for signer in trust.allowed:
        yield people.get(signer.principal), signer.key.fingerprint, signer.key.kind
    for name, entry in trust.roles.people.items():
        if entry.openpgp and "openpgp_keys" in trust.files:
            yield name, f"openpgp:{entry.openpgp}", "openpgp"
        if entry.x509 and "x509_certificates" in trust.files:
            yield name, f"x509:{entry.x509}", "x509"
    for name, former in trust.roles.former.items():
        kind, _, _ = former.key.partition(":")
        if kind in {"openpgp", "x509"}:  # the verifier, too, knows by the name whose it was
            yield _known(trust, FORMER_NUMBER.sub("", name)), former.key, kind


def _revoked(trust: TrustFiles) -> Iterator[PersonKey]:
    """A revoked SSH key has no line among the signers any more: whose it was, the comment in its own line tells."""
    owners = dict(_comments(trust.files["revoked_keys"]))
    owners |= {fingerprint: person for person, fingerprint, _ in _claimed(trust) if person}
    for key in parse_revoked_keys(trust.files["revoked_keys"]):
        yield PersonKey(_known(trust, owners.get(key.fingerprint)), key.fingerprint, key.kind, "revoked")


def _comments(listed: bytes) -> Iterator[tuple[str, str]]:
    for line in listed.decode().splitlines():
        if line and not line.startswith("#"):
            key = PublicKey.parse(line)
            yield key.fingerprint, line.partition(key.base64)[2].strip()


def _known(trust: TrustFiles, name: str | None) -> str | None:
    """The person of that name or principal; a comment may say anything."""
    people = trust.roles.people
    return next((person for person, entry in people.items() if name in {person, entry.principal}), None)


def read_trust(files: Files) -> TrustFiles | None:
    """The trust files; None where there is no trust root.

    Raises:
        RecordError: one is missing, or not what it should be.
    """
    signed = read_root(files, places.ROOT, places.SIGNATURES)
    if signed is None:
        return None
    found = {name: files.content(path) for name, path in PATHS.items()}
    there = {name: content for name, content in found.items() if content is not None}
    for name in signed.root.files:
        if name not in there:
            raise RecordError("the trust root names it, and it is not there", place=f"{PATHS[name]}:1:1")
    return TrustFiles(
        signed,
        read(there["roles.yaml"], Roles, places.ROLES),
        parse_allowed_signers(there["allowed_signers"]),
        frozenset(key.fingerprint for key in parse_revoked_keys(there["revoked_keys"])),
        there,
    )


def read_root(files: Files, path: str, folder: str) -> SignedRoot | None:
    """The root at a path and the signatures in a folder; None where no root is.

    Raises:
        RecordError: it is no root, or has too many signatures.
    """
    content = files.content(path)
    if content is None:
        return None
    names = [name for name in files.names(folder) if name.endswith(".sig")]
    if len(names) > MOST_SIGNATURES:
        raise RecordError(f"more than {MOST_SIGNATURES} signatures", place=f"{folder}:1:1")
    signatures = {name: files.content(f"{folder}/{name}") or b"" for name in names}
    return SignedRoot(read(content, Root, path), content, signatures)


def read_former_root(files: Files, version: int) -> SignedRoot | None:
    """A former root, and its signatures."""
    path = places.root_history_path(version)
    return read_root(files, path, former_signatures(version))


def former_signatures(version: int) -> str:
    """Where a former root's signatures are."""
    return f"{places.root_history_path(version).rpartition('/')[0]}/signatures"


def root_keys(root: Root) -> dict[str, PublicKey]:
    """The root keys by person.

    Raises:
        RecordError: one of them is no SSH key.
    """
    try:
        return {person: PublicKey.parse(key) for person, key in root.keys.items()}
    except UsageError as error:
        raise RecordError(f"a root key is none: {error.message}", place=f"{places.ROOT}:1:1") from error


def digests(files: Mapping[TrustFile, bytes]) -> dict[TrustFile, Digest]:
    """What a root says of these files."""
    return {name: Digest.of(content) for name, content in files.items()}
