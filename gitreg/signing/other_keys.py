"""Names of keys that are not SSH keys. Knows fingerprints, neither the keys nor whose they are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, Self

from gitreg.errors import UsageError

OtherKind = Literal["openpgp", "x509"]

_LINE = re.compile(r"# (?P<kind>openpgp|x509) (?P<digest>[0-9A-Fa-f]+)")
_MEANT = re.compile(r"#\W*(openpgp|x509|gpg|pgp)\b", re.IGNORECASE)
_DIGESTS = {"openpgp": re.compile(r"[0-9A-F]{40}"), "x509": re.compile(r"[0-9a-f]{64}")}


@dataclass(frozen=True)
class OtherKey:
    """An OpenPGP key or an X.509 certificate, by the digest that cannot mean another.

    Attributes:
        kind: `openpgp` or `x509`.
        digest: 40 upper-case hex digits (the fingerprint of an OpenPGP key of version 4, RFC 4880, section 12.2), or 64
            lower-case ones (sha256 of a certificate's DER).
    """

    kind: OtherKind
    digest: str

    def __post_init__(self) -> None:
        if not _DIGESTS[self.kind].fullmatch(self.digest):
            raise UsageError(
                f"{self.digest[:80]!r} is no fingerprint of kind {self.kind}",
                hint="An OpenPGP fingerprint has 40 upper-case hex digits, the sha256 of a certificate 64 lower-case ones.",
            )

    @classmethod
    def parse_comment(cls, line: str) -> Self | None:
        """Reads a comment line of the list of revoked keys; None where it speaks of no key.

        ssh-keygen and git pass comments over. A comment that nearly says a key is refused: a revocation must not be lost
        by a missing blank.

        Raises:
            UsageError: it looks like such a line, and is not exactly `# openpgp FINGERPRINT` or `# x509 SHA256`.
        """
        match = _LINE.fullmatch(line)
        if match is None:
            if _MEANT.match(line):
                raise UsageError(
                    "the comment names a kind of key, but is not exactly `# openpgp FINGERPRINT` or `# x509 SHA256`"
                )
            return None
        return cls("openpgp" if match["kind"] == "openpgp" else "x509", match["digest"])

    @property
    def fingerprint(self) -> str:
        """The kind and the digest, e.g. `openpgp:0123...`."""
        return f"{self.kind}:{self.digest}"

    def __str__(self) -> str:
        return f"# {self.kind} {self.digest}"
