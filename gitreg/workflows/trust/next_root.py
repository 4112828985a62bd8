"""The next trust root as files: the former one moves into the history with its signatures, and new signatures are made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gitreg.checks.trust_files import PATHS, TrustFiles, former_signatures, root_keys
from gitreg.checks.trust_signatures import NAMESPACE
from gitreg.documents import places
from gitreg.domain.trust import Root
from gitreg.errors import CredentialsError
from gitreg.signing import PublicKey, SigningKey, find_signing_key, sign
from gitreg.workflows.registry import Registry
from gitreg.workflows.trust.draft import TrustDraft


@dataclass(frozen=True)
class Signatures:
    """Signatures of one root by file name, and why a key that was asked for gave none."""

    made: Mapping[str, bytes]
    refusals: tuple[str, ...] = ()


def configured_key(registry: Registry) -> SigningKey:
    """The SSH key that Git is configured to sign with here.

    Raises:
        CredentialsError: there is none; other kinds of keys sign no roots.
    """
    config = registry.repository.config
    return find_signing_key(
        format=config("gpg.format"),
        key=config("user.signingkey"),
        program=config("gpg.ssh.program"),
        environ=registry.environ,
    )


def owner_of(key: PublicKey, roots: Sequence[Root]) -> str | None:
    """Whose root key it is, by the first of some roots that has it."""
    return next((person for root in roots for person, known in root_keys(root).items() if known == key), None)


def signatures_by(
    keys: Sequence[SigningKey], content: bytes, roots: Sequence[Root], environ: Mapping[str, str]
) -> Signatures:
    """Signatures of a root by those of these keys that are root keys, before or after.

    Args:
        keys: the caller's.
        content: the new root's file.
        roots: the new root, and the one before it.
        environ: for ssh-keygen: an agent, PATH.
    """
    made: dict[str, bytes] = {}
    refusals = []
    for key in {one.public: one for one in keys}.values():
        person = owner_of(key.public, roots)
        if person is None:
            continue
        # somebody who rotates signs with two keys: the old one is called after the root that it belongs to
        name = person if owner_of(key.public, roots[:1]) else f"{person}.former"
        try:
            made[f"{name}.sig"] = sign(content, key, NAMESPACE, environ)
        except CredentialsError as error:
            refusals.append(f"{key.public.fingerprint} of {person} did not sign: {error.message}")
    return Signatures(made, tuple(refusals))


def next_files(
    accepted: TrustFiles, draft: TrustDraft, signatures: Mapping[str, bytes]
) -> dict[str, bytes | None]:
    """The files that a proposal of the next root changes on the accepted branch."""
    files: dict[str, bytes | None] = {path: draft.files.get(name) for name, path in PATHS.items()}
    files = {path: content for path, content in files.items() if content is not None or _had(accepted, path)}
    files[places.ROOT] = draft.content
    number = accepted.root.version
    files[places.root_history_path(number)] = accepted.signed.content
    for name, signature in accepted.signed.signatures.items():
        files[f"{former_signatures(number)}/{name}"] = signature
        files[f"{places.SIGNATURES}/{name}"] = None
    return files | {f"{places.SIGNATURES}/{name}": content for name, content in signatures.items()}


def _had(accepted: TrustFiles, path: str) -> bool:
    return any(PATHS[name] == path for name in accepted.files)
