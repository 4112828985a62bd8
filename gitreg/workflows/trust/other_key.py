"""OpenPGP keys and X.509 certificates of signers, for a registry that takes them: the file that has one, and what the roles say."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gitreg.domain.trust import TrustFile
from gitreg.errors import AlreadyThereError, NotFoundError, UsageError
from gitreg.signing import OtherKind, parse_openpgp_keys, parse_x509_certificates
from gitreg.workflows.trust.draft import TrustDraft

FILES: dict[OtherKind, TrustFile] = {"openpgp": "openpgp_keys", "x509": "x509_certificates"}
LARGEST = 1024 * 1024


@dataclass(frozen=True)
class OtherKeyFile:
    """One public key that is no SSH key, as a file has it.

    Args:
        kind: `openpgp` or `x509`.
        digest: the primary key's fingerprint, or the sha256 of the certificate.
        text: the armored block, or the PEM.
    """

    kind: OtherKind
    digest: str
    text: bytes

    @property
    def fingerprint(self) -> str:
        """`openpgp:...` or `x509:...`."""
        return f"{self.kind}:{self.digest}"


def read_other_key(kind: OtherKind, path: Path) -> OtherKeyFile:
    """The one key in a file.

    Raises:
        NotFoundError: the file cannot be read.
        RecordError: it holds something else.
        UsageError: it holds several keys.
    """
    try:
        with path.open("rb") as stream:
            text = stream.read(LARGEST)
    except OSError as error:
        raise NotFoundError(f"{path} cannot be read: {error.strerror}") from error
    text = text if text.endswith(b"\n") else text + b"\n"
    found = list(parse_openpgp_keys(text) if kind == "openpgp" else parse_x509_certificates(text))
    if len(found) != 1:
        raise UsageError(f"{path} holds {len(found)} keys, and one is meant", hint=_EXPORT[kind])
    return OtherKeyFile(kind, found[0], text)


_EXPORT = {
    "openpgp": "gpg --armor --export-options export-minimal --export FINGERPRINT",
    "x509": "openssl x509 -in FILE -outform PEM",
}


def with_other_key(draft: TrustDraft, person: str, new: OtherKeyFile) -> TrustDraft:
    """The draft with a person's OpenPGP key or certificate; the registry takes that kind of signature from then on.

    Raises:
        AlreadyThereError: they have one of that kind.
    """
    entry = draft.roles.people[person]
    known = entry.openpgp if new.kind == "openpgp" else entry.x509
    if known is not None:
        raise AlreadyThereError(
            f"{person} has {new.kind}:{known}", hint=f"gitreg key rotate {person} --{new.kind} FILE"
        )
    return replaced_other_key(draft, person, new)


def replaced_other_key(draft: TrustDraft, person: str, new: OtherKeyFile) -> TrustDraft:
    """The same where they had another one, which stays in the file: what it signed may count still."""
    name = FILES[new.kind]
    content = draft.files.get(name, b"")
    held = parse_openpgp_keys(content) if new.kind == "openpgp" else parse_x509_certificates(content)
    if new.digest not in held:
        draft = draft.with_file(name, content + new.text)
    return draft.with_roles({("people", person, new.kind): new.digest})
