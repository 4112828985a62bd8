"""Many signers at one registry: a key for each, and a trust root that lets each of them sign everything."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ground import Ground

from gitreg.documents import places
from gitreg.documents.reader import read
from gitreg.documents.writer import write
from gitreg.domain.digest import Digest
from gitreg.domain.trust import Permission, Role, Roles, Root, SignerEntry
from gitreg.signing import (
    AllowedSigner,
    find_signing_key,
    format_allowed_signers,
    make_key,
    parse_allowed_signers,
    sign,
)

NAMESPACE = "gitreg-root"


def principal_of(name: str) -> str:
    """A signer's address."""
    return f"{name}@example.com"


def admit(ground: Ground, first: Path, names: Sequence[str], threshold: int = 1) -> dict[str, Path]:
    """Makes a key for each, and a second root in which all of them may sign; returns the key files."""
    keys = {name: make_key(ground.folder / "keys" / name, name, ground.environ) for name in names}
    allowed = list(parse_allowed_signers((first / places.ALLOWED_SIGNERS).read_bytes()))
    allowed += [AllowedSigner(principal_of(name), key.public) for name, key in keys.items()]
    roles = read((first / places.ROLES).read_bytes(), Roles, places.ROLES)
    may = Permission(by=[*roles.people, *names], threshold=threshold)
    people = {**roles.people, **{name: SignerEntry(principal=principal_of(name)) for name in names}}
    files = {
        places.ALLOWED_SIGNERS: format_allowed_signers(allowed),
        places.ROLES: write(
            roles.model_copy(update={"people": people, "roles": {"default": Role(release=may, assign=may)}})
        ),
    }
    _next_root(ground, first, files)
    return {name: ground.folder / "keys" / name for name in names}


def _next_root(ground: Ground, first: Path, files: dict[str, bytes]) -> None:
    former = (first / places.ROOT).read_bytes()
    root = read(former, Root, places.ROOT)
    digests = {path.rpartition("/")[2]: Digest.of(content) for path, content in files.items()}
    root = root.model_copy(update={"version": root.version + 1, "files": {**root.files, **digests}})
    kept = places.root_history_path(root.version - 1)
    files = {**files, places.ROOT: write(root), kept: former}
    key = find_signing_key(
        format="ssh",
        key=ground.git("config", "user.signingkey", at=first),
        program=None,
        environ=ground.environ,
    )
    for name in root.keys:
        place = f"{places.SIGNATURES}/{name}.sig"
        files[f"{kept.rpartition('/')[0]}/signatures/{name}.sig"] = (first / place).read_bytes()
        files[place] = sign(write(root), key, NAMESPACE, ground.environ)
    for path, content in files.items():
        (first / path).parent.mkdir(parents=True, exist_ok=True)
        (first / path).write_bytes(content)
    ground.git("add", *files, at=first)
    ground.git("commit", "-q", "-m", "Let more people sign", at=first)
    ground.git("push", "-q", "origin", "HEAD", at=first)
