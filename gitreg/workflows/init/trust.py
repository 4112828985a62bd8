"""The first trust root of a registry: one person, one key, everything allowed. Commits nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gitreg.documents import places
from gitreg.documents.writer import write
from gitreg.domain.registry import RegistrySettings
from gitreg.domain.trust import Root
from gitreg.errors import CredentialsError, GitregError
from gitreg.gitrepo import Repository
from gitreg.signing import SigningKey, find_signing_key, make_key, sign
from gitreg.store import Author
from gitreg.workflows.init.files import first_root, person_name, trust_files

ROOT_NAMESPACE = "gitreg-root"


@dataclass(frozen=True)
class Trust:
    """A trust root that nothing holds yet.

    Args:
        files: by path.
        root: the root among them.
        fingerprint: of the key that signed it.
        key_file: the key, where it was made just now.
    """

    files: Mapping[str, bytes]
    root: Root
    fingerprint: str
    key_file: Path | None

    @contextmanager
    def unless_kept(self) -> Iterator[None]:
        """A block that keeps it; where that fails, the key that was made for it goes too."""
        try:
            yield
        except GitregError:
            _forget(self.key_file)
            raise


def make_trust(
    repository: Repository,
    settings: RegistrySettings,
    signing_key: str | None,
    author: Author,
    environ: Mapping[str, str],
) -> Trust:
    """The trust files of a registry that has none, signed.

    Args:
        repository: the registry's.
        settings: the registry's.
        signing_key: whole path of a key file, or `new` for a key made here; Git's configured one when None.
        author: whose key it is.
        environ: of the process.

    Raises:
        CredentialsError: if there is no signing key.
    """
    key, made = _key(repository, signing_key, environ, settings.id)
    try:
        files = trust_files(author, key)
        root = first_root(settings, person_name(author), key, files)
        files[places.ROOT] = write(root)
        signature = sign(files[places.ROOT], key, ROOT_NAMESPACE, environ)
        files[f"{places.SIGNATURES}/{person_name(author)}.sig"] = signature
    except GitregError:
        _forget(made)
        raise
    return Trust(files, root, key.public.fingerprint, made)


def _forget(made: Path | None) -> None:
    for file in [made, made.with_name(f"{made.name}.pub")] if made else []:
        file.unlink(missing_ok=True)


def _key(
    repository: Repository, signing_key: str | None, environ: Mapping[str, str], registry_id: str
) -> tuple[SigningKey, Path | None]:
    """The key to sign with, and its file where it was made just now."""
    program = repository.config("gpg.ssh.program")
    if signing_key == "new":
        file = _config_folder(environ) / "gitreg" / "keys" / f"{registry_id}_ed25519"
        return make_key(file, f"gitreg {registry_id}", environ), file
    kind, name = ("ssh", signing_key) if signing_key else (
        repository.config("gpg.format"), repository.config("user.signingkey")
    )  # fmt: skip
    return find_signing_key(format=kind, key=name, program=program, environ=environ), None


def _config_folder(environ: Mapping[str, str]) -> Path:
    named = environ.get("XDG_CONFIG_HOME", "")
    if named.startswith("/"):
        return Path(named)
    if not environ.get("HOME"):
        raise CredentialsError("there is no HOME to keep a new key in", hint="gitreg init --signing-key FILE")
    return Path(environ["HOME"]) / ".config"
