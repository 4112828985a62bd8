"""What a new registry consists of: the files of its first commit. Writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gitreg.artifacts.config import (
    DVC_GITIGNORE,
    checked_url,
    committed_options,
    default_remote,
    with_default_remote,
)
from gitreg.documents import places
from gitreg.documents.writer import write
from gitreg.domain.digest import Digest
from gitreg.domain.registry import RegistrySettings
from gitreg.domain.trust import Permission, Role, Roles, Root, SignerEntry
from gitreg.domain.words import slug_of
from gitreg.errors import UsageError
from gitreg.signing import AllowedSigner, SigningKey, format_allowed_signers, format_revoked_keys
from gitreg.store import Author, Snapshot
from gitreg.workflows.candidate_branch import DVC_IGNORE_FILE

MODELS_IGNORE = "/*/versions/*/artifacts/"
STORAGE = "store"


@dataclass(frozen=True)
class StorageChoice:
    """Where artifacts will be kept.

    Args:
        name: of the DVC remote.
        url: of it, as `.dvc/config` has it.
        config: the whole `.dvc/config`.
    """

    name: str
    url: str
    config: bytes

    @property
    def is_local(self) -> bool:
        """Whether it serves this machine only."""
        return "://" not in self.url


def choose_storage(before: Snapshot, root: Path, url: str | None) -> StorageChoice:
    """DVC's default remote where the repository has one, else a new one.

    Args:
        before: the commit that the registry is made on.
        root: the work tree; the storage lies beside it unless `url` says otherwise.
        url: what the user asks for: a URL or a whole path.

    Raises:
        UsageError: if gitreg cannot use that remote, or the user asks for another one than DVC has.
    """
    present = (before.file(places.DVC_CONFIG) or b"").decode("utf-8", "replace")
    try:
        known = default_remote(present)
        if known is None:
            wanted = checked_url(url or f"{root}-store", allow_local=True)
            return StorageChoice(STORAGE, wanted, with_default_remote(present, wanted, STORAGE).encode())
        found = checked_url(committed_options(present, known).get("url", ""), allow_local=True)
    except (ValueError, KeyError) as error:
        raise UsageError(
            f"the storage for artifacts cannot be used: {str(error).strip(chr(39))}",
            hint="gitreg init --storage URL; what DVC has already: dvc remote list",
        ) from error
    if url is not None and checked_url(url, allow_local=True) != found:
        raise UsageError(
            f"this repository's DVC keeps its data in {found} already, and plain DVC knows one default remote",
            hint=f"gitreg init without --storage, or first: dvc remote modify {known} url {url}",
        )
    return StorageChoice(known, found, present.encode())


def files_beside_trust(
    before: Snapshot, settings: RegistrySettings, storage: StorageChoice
) -> dict[str, bytes]:
    """The settings, DVC's files and the ignore file; what people wrote into these stays."""
    ignored = (before.file(places.MODELS_IGNORE) or b"").decode("utf-8", "surrogateescape")
    if MODELS_IGNORE not in ignored.splitlines():
        ignored += ("" if not ignored or ignored.endswith("\n") else "\n") + f"{MODELS_IGNORE}\n"
    return {
        places.REGISTRY: write(settings),
        places.MODELS_IGNORE: ignored.encode("utf-8", "surrogateescape"),
        places.DVC_CONFIG: storage.config,
        DVC_IGNORE_FILE: before.file(DVC_IGNORE_FILE) or DVC_GITIGNORE.encode(),
    }


def trust_files(author: Author, key: SigningKey) -> dict[str, bytes]:
    """Who may sign: the one person who is there, everything."""
    person = person_name(author)
    may = Permission(by=[person], threshold=1)
    roles = Roles(
        people={person: SignerEntry(principal=author.email)}, roles={"default": Role(release=may, assign=may)}
    )
    return {
        places.ALLOWED_SIGNERS: format_allowed_signers([AllowedSigner(author.email, key.public)]),
        places.REVOKED_KEYS: format_revoked_keys([]),
        places.ROLES: write(roles),
    }


def first_root(settings: RegistrySettings, person: str, key: SigningKey, files: Mapping[str, bytes]) -> Root:
    """Version 1 of the trust root."""
    return Root(
        registry=settings.id,
        version=1,
        accepted_branch=settings.accepted_branch,
        keys={person: str(key.public)},
        threshold=1,
        files={
            "allowed_signers": Digest.of(files[places.ALLOWED_SIGNERS]),
            "revoked_keys": Digest.of(files[places.REVOKED_KEYS]),
            "roles.yaml": Digest.of(files[places.ROLES]),
        },
    )


def person_name(author: Author) -> str:
    """What a signer is called in the roles: the e-mail's first part.

    Raises:
        UsageError: if nobody can be called so.
    """
    try:
        return slug_of(author.email.partition("@")[0].lower() or "owner")
    except ValueError as error:
        raise UsageError(f"no signer can be named after {author.email!a}: {error}") from error
