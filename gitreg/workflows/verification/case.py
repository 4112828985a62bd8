"""What every step after the third may rest on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from gitreg.documents import places
from gitreg.domain.digest import Digest
from gitreg.domain.registry import RegistrySettings
from gitreg.domain.trust import Anchor, Roles, Root
from gitreg.errors import VerificationError
from gitreg.gitrepo import ObjectId, Repository
from gitreg.signing import AllowedSigner, Certificate, OpenpgpKey, RevokedKey
from gitreg.store import RECORD_LIMIT, Snapshot
from gitreg.workflows.verification.known import Known
from gitreg.workflows.verification.result import TrustedRoot
from gitreg.workflows.verification.seen import Seen


@dataclass(frozen=True)
class Trust:
    """Whom this registry trusts, by the accepted branch's tip, as the root keys signed it.

    Args:
        settings: `gitreg.yaml`.
        root: the trust root.
        roles: who may sign what.
        allowed: the signers' keys.
        revoked: keys that are never accepted.
        signers: who signed the root.
        openpgp_keys: OpenPGP keys by fingerprint, where the root names such a file: only then OpenPGP signatures count.
        x509_certificates: certificates by sha256, likewise.
        pinned: the anchor that was made of what was seen, where there was none.
    """

    settings: RegistrySettings
    root: Root
    roles: Roles
    allowed: tuple[AllowedSigner, ...]
    revoked: tuple[RevokedKey, ...]
    signers: tuple[str, ...]
    openpgp_keys: Mapping[str, OpenpgpKey] | None = None
    x509_certificates: Mapping[str, Certificate] | None = None
    pinned: Anchor | None = None

    @property
    def detail(self) -> str:
        """For the report."""
        first = "; first use: pinned" if self.pinned else ""
        return f"root {self.root.version}, signed by {', '.join(self.signers)}{first}"


@dataclass(frozen=True)
class Case:
    """The verifier's own repository, what is trusted, and what was seen before.

    Args:
        repository: the verifier's own.
        tip: the accepted branch's tip.
        refs: the statements' tags by full name.
        trust: whom the registry trusts.
        seen: what this verifier has seen before.
        environ: where programs are found.
        retired: whether a retired version will do.
        line: the accepted branch's tip and its first parents, where many commits are asked for.
        in_ci: whether nobody reads what is announced.
        storages: URLs of the storages that the anchor expects; none where it does not say.
    """

    repository: Repository
    tip: ObjectId
    refs: Mapping[str, ObjectId]
    trust: Trust
    seen: Seen
    environ: Mapping[str, str]
    retired: bool
    line: frozenset[ObjectId] | None = None
    in_ci: bool = False
    storages: tuple[str, ...] = ()

    @cached_property
    def known(self) -> Known:
        """The refs by what their names say."""
        return Known(tuple(self.refs))

    @cached_property
    def accepted(self) -> Snapshot:
        """The accepted branch's tip."""
        return Snapshot(self.repository, self.tip)

    @cached_property
    def in_time(self) -> dict[int, frozenset[ObjectId]]:
        """By trust root the commits that rotated keys of that time are good for, as former.py finds them out."""
        return {}


def trusted_root(case: Case) -> TrustedRoot:
    """The root that the answer rests on, as its file has it."""
    root = case.trust.root
    return TrustedRoot(root.registry, root.version, Digest.of(required(case.accepted, places.ROOT)))


def required(snapshot: Snapshot, path: str, *, limit: int = RECORD_LIMIT) -> bytes:
    """The content of a regular file that must be there.

    Raises:
        RecordError: something else is there, or it is too large.
        ValueError: nothing is there.
    """
    content = snapshot.file(path, limit=limit)
    if content is None:
        raise ValueError(f"{path} is not in commit {str(snapshot.commit)[:12]}")
    return content


def refuse_unless(holds: bool, step: str, message: str) -> None:  # noqa: FBT001 - the condition is the first word
    """Refuses in the name of a step.

    Raises:
        VerificationError: unless it holds.
    """
    if not holds:
        raise VerificationError(message, step=step)
