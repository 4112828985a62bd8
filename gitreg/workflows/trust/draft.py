"""Trust files as they are to be: what the commands of `gitreg key` change, one pure step after another. Signs nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from gitreg.checks.trust_files import TrustFiles, digests
from gitreg.documents import places
from gitreg.documents.edit import Delete, KeyPath
from gitreg.documents.reader import read
from gitreg.documents.records_json import JsonValue
from gitreg.documents.writer import write
from gitreg.domain.trust import Roles, Root, TrustFile
from gitreg.errors import AlreadyThereError, UsageError
from gitreg.signing import AllowedSigner, PublicKey, parse_allowed_signers
from gitreg.signing.signers import allowed_line
from gitreg.workflows.edited import edited

_REASON = re.compile(r"(?:Value error, )?([^\n]*?) \[type=")  # pydantic's words around ours


@dataclass(frozen=True)
class TrustDraft:
    """The next trust files.

    Args:
        before: the root that is accepted; the next one follows it.
        files: every file's bytes, by the name that the root knows it by.
        keys: the next root's keys.
        threshold: how many of them must sign.
        accepted_branch: the branch that counts.
    """

    before: Root
    files: Mapping[TrustFile, bytes]
    keys: Mapping[str, str]
    threshold: int
    accepted_branch: str

    @property
    def roles(self) -> Roles:
        """Who may sign what."""
        return read(self.files["roles.yaml"], Roles, places.ROLES)

    @property
    def root(self) -> Root:
        """The next root.

        Raises:
            UsageError: there can be no such root.
        """
        try:
            return Root(
                registry=self.before.registry,
                version=self.before.version + 1,
                accepted_branch=self.accepted_branch,
                keys=dict(self.keys),
                threshold=self.threshold,
                files=digests(self.files),
            )
        except ValueError as error:
            reason = _REASON.search(str(error))
            raise UsageError(
                f"there can be no such trust root: {reason[1] if reason else error}", hint="gitreg key show"
            ) from error

    @property
    def content(self) -> bytes:
        """The next root's file."""
        return write(self.root)

    def with_file(self, name: TrustFile, content: bytes) -> TrustDraft:
        """The same with one file changed."""
        return replace(self, files={**self.files, name: content})

    def with_roles(self, changes: Mapping[KeyPath, JsonValue | Delete]) -> TrustDraft:
        """The same with keys of roles.yaml set or removed; people's comments in it stay.

        Raises:
            UsageError: that would be no roles.
        """
        return self.with_file(
            "roles.yaml", edited(self.files["roles.yaml"], Roles, places.ROLES, dict(changes))
        )

    def with_signer(self, signer: AllowedSigner) -> TrustDraft:
        """The same with one more key.

        Raises:
            AlreadyThereError: it is somebody's already.
        """
        content = self.files["allowed_signers"]
        for known in parse_allowed_signers(content):
            if known.key == signer.key:
                raise AlreadyThereError(
                    f"{signer.key.fingerprint} is a key of {known.principal} already", hint="gitreg key list"
                )
        return self.with_file("allowed_signers", _with_line(content, allowed_line(signer, "git")))

    def without_signer(self, key: PublicKey) -> TrustDraft:
        """The same without the line of a key; other lines and comments stay."""
        lines = self.files["allowed_signers"].decode().splitlines(keepends=True)
        kept = [line for line in lines if line.startswith("#") or f" {key}" not in line]
        return self.with_file("allowed_signers", "".join(kept).encode())

    def with_revoked(self, line: str) -> TrustDraft:
        """The same with one more line among the revoked keys."""
        return self.with_file("revoked_keys", _with_line(self.files["revoked_keys"], line))


def draft_of(trust: TrustFiles, before: Root) -> TrustDraft:
    """A draft that changes nothing yet.

    Args:
        trust: the accepted trust files, or those of an open proposal.
        before: the root that is accepted.
    """
    root = trust.root
    return TrustDraft(before, dict(trust.files), dict(root.keys), root.threshold, root.accepted_branch)


def _with_line(content: bytes, line: str) -> bytes:
    end = b"" if not content or content.endswith(b"\n") else b"\n"
    return content + end + f"{line}\n".encode()
