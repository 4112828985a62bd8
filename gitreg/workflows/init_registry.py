"""Making a registry: settings, storage, trust files and the candidate branch, in one commit and nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gitreg.artifacts.config import committed_options, default_remote, dvc_config
from gitreg.documents import layout
from gitreg.documents.writer import write
from gitreg.domain.digest import Digest
from gitreg.domain.names import slug_of
from gitreg.domain.registry import RegistrySettings
from gitreg.domain.trust import Permission, Role, Roles, Root, SignerEntry
from gitreg.errors import CredentialsError, GitregError, UsageError
from gitreg.gitrepo import EMPTY_TREE, ZERO, Identity, ObjectId, RefUpdate, Repository
from gitreg.signing import (
    AllowedSigner,
    SigningKey,
    find_signing_key,
    format_allowed_signers,
    format_revoked_keys,
    make_key,
    sign,
)
from gitreg.store import Author, RegistryStore, Snapshot
from gitreg.workflows.anchor import anchor_from_root, write_anchor
from gitreg.workflows.registry import CANDIDATES, accepted_ref, main_remote

ROOT_NAMESPACE = "gitreg-root"
# The same in every clone, so that any two candidate branches have a common ancestor and merge.
FIRST_CANDIDATE_COMMIT = Identity("gitreg", "gitreg@localhost", datetime(2000, 1, 1, tzinfo=UTC))
DVC_IGNORE = b"/config.local\n/tmp\n/cache\n"
CANDIDATE_IGNORE = b"# artifacts of candidates, as `dvc pull` brings them\n/experiments/*/candidates/*/*/\n"
MODELS_IGNORE = b"/*/versions/*/artifacts/\n"


@dataclass(frozen=True)
class InitOptions:
    """What the newcomer may say; everything has a default.

    Args:
        name: of the registry; the folder's name when None.
        storage: URL or path of the artifact storage; `<repository>-store` beside the repository when None.
        signing_key: a key file, or `new` for a key made here; Git's configured one when None.
        identity: name and e-mail for this repository's Git configuration; Git's own when None.
        commit: whether to commit; otherwise the files are left staged.
    """

    name: str | None = None
    storage: str | None = None
    signing_key: str | None = None
    identity: tuple[str, str] | None = None
    commit: bool = True


@dataclass(frozen=True)
class Initialized:
    """What was made.

    Args:
        root: the work tree.
        settings: the registry's settings.
        written: paths that were written; nothing when the registry was there already.
        storage: where artifacts are kept.
        local_storage: whether that serves this machine only.
        fingerprint: of the key that is the trust root.
        key_file: the key that was made, when one was.
    """

    root: Path
    settings: RegistrySettings
    written: tuple[str, ...]
    storage: str
    local_storage: bool
    fingerprint: str
    key_file: Path | None = None


def init_registry(
    path: Path, options: InitOptions, environ: Mapping[str, str], *, now: datetime, registry_id: str
) -> Initialized:
    """Makes a registry in a new or existing repository; where there is one already, changes nothing.

    Raises:
        UsageError: where a registry cannot be (a bare repository, a submodule, a branch called `gitreg`, ...).
        CredentialsError: if there is no signing key or identity; nothing is written then.
    """
    repository = _repository(path, environ)
    branch = _current_branch(repository)
    existing = _existing(repository, branch)
    if existing is not None:
        return existing
    if repository.resolve("refs/heads/gitreg"):
        raise UsageError(
            "a branch is called gitreg, and Git cannot keep branches gitreg/... beside it",
            hint="git branch -m gitreg other-name",
        )
    author = _author(repository, options, now)
    key, made = _key(repository, options, environ, registry_id)
    settings = _settings(repository, options, branch, registry_id)
    files = _files(repository, settings, options, author, key, environ)
    _store_files(repository, branch, files, author, commit=options.commit)
    _candidate_branch(repository, files, author)
    root = _root(settings.id, person_name(author), key, files)
    write_anchor(repository.common_dir, anchor_from_root(root))
    url = _storage_url(files[layout.DVC_CONFIG], settings.storage)
    return Initialized(
        root=_work_tree(repository),
        settings=settings,
        written=tuple(sorted(files)),
        storage=url,
        local_storage="://" not in url,
        fingerprint=key.public.fingerprint,
        key_file=made,
    )


def person_name(author: Author) -> str:
    """What a signer is called in the roles: the e-mail's first part."""
    return slug_of(author.email.partition("@")[0].lower() or "owner")


def _repository(path: Path, environ: Mapping[str, str]) -> Repository:
    try:
        repository = Repository.open(path, environ) if path.is_dir() else None
    except GitregError as error:
        if error.exit_code != 3:
            raise
        repository = None
    if repository is None:
        path.mkdir(parents=True, exist_ok=True)
        return Repository.init(path, environ)
    if repository.work_tree is None:
        raise UsageError(
            f"{path} is a bare repository; a registry is made in a work tree",
            hint="git clone it and run gitreg init there",
        )
    if "modules" in repository.common_dir.parts:
        raise UsageError(
            f"{path} is a submodule; a registry is a repository of its own",
            hint="git clone it elsewhere and run gitreg init there",
        )
    if repository.work_tree.resolve() != path.resolve():
        raise UsageError(
            f"{path} lies inside the repository {repository.work_tree}, and a registry is a whole repository",
            hint=f"gitreg init {repository.work_tree}",
        )
    return repository


def _work_tree(repository: Repository) -> Path:
    if repository.work_tree is None:
        raise UsageError("a registry is made in a work tree")
    return repository.work_tree


def _current_branch(repository: Repository) -> str:
    branch = repository.head_branch()
    if branch is None:
        raise UsageError("no branch is checked out (HEAD is detached)", hint="git switch main")
    return branch


def _existing(repository: Repository, branch: str) -> Initialized | None:
    remote = main_remote(repository)
    snapshot = RegistryStore(repository).at(branch)
    settings = snapshot.record(RegistrySettings, layout.REGISTRY)
    if settings is None:
        return None
    accepted = RegistryStore(repository).at(accepted_ref(repository, remote, settings.accepted_branch))
    root = accepted.record(Root, layout.ROOT) or snapshot.record(Root, layout.ROOT)
    url = _storage_url(snapshot.file(layout.DVC_CONFIG) or b"", settings.storage)
    keys = sorted(root.keys.values()) if root else []
    return Initialized(_work_tree(repository), settings, (), url, "://" not in url, ", ".join(keys))


def _author(repository: Repository, options: InitOptions, now: datetime) -> Author:
    if options.identity is not None:
        name, email = options.identity
        if not re.fullmatch(r"[^\s<>@]+@[^\s<>@]+", email) or not name.strip():
            raise UsageError(
                f"not an identity: {name} <{email}>", hint="--identity 'Name <mail@example.com>'"
            )
        repository.set_config("user.name", name)
        repository.set_config("user.email", email)
    identity = repository.identity(now)
    return Author(identity.name, identity.email, now)


def _key(
    repository: Repository, options: InitOptions, environ: Mapping[str, str], registry_id: str
) -> tuple[SigningKey, Path | None]:
    program = repository.config("gpg.ssh.program")
    if options.signing_key is None:
        key = find_signing_key(
            format=repository.config("gpg.format"),
            key=repository.config("user.signingkey"),
            program=program,
            environ=environ,
        )
        return key, None
    made = None
    if options.signing_key == "new":
        made = _config_folder(environ) / "gitreg" / "keys" / f"{registry_id}_ed25519"
        make_key(made, f"gitreg {registry_id}", environ)
    file = made or Path(options.signing_key).expanduser().absolute()
    key = find_signing_key(format="ssh", key=str(file), program=program, environ=environ)
    repository.set_config("gpg.format", "ssh")
    repository.set_config("user.signingkey", str(file))
    return key, made


def _config_folder(environ: Mapping[str, str]) -> Path:
    named = environ.get("XDG_CONFIG_HOME", "")
    if named.startswith("/"):
        return Path(named)
    if not environ.get("HOME"):
        raise CredentialsError("there is no HOME to keep a new key in", hint="gitreg init --signing-key FILE")
    return Path(environ["HOME"]) / ".config"


def _settings(
    repository: Repository, options: InitOptions, branch: str, registry_id: str
) -> RegistrySettings:
    remote = main_remote(repository)
    default = repository.symbolic_target(f"refs/remotes/{remote}/HEAD") if remote else None
    accepted = (
        default.removeprefix(f"refs/remotes/{remote}/") if default else branch.removeprefix("refs/heads/")
    )
    config = _work_tree(repository) / layout.DVC_CONFIG
    known = default_remote(config.read_text()) if config.is_file() and options.storage is None else None
    try:
        return RegistrySettings(
            id=registry_id,
            name=options.name or _work_tree(repository).name,
            accepted_branch=accepted,
            storage=known or "store",
        )
    except ValueError as error:
        raise UsageError(
            f"the registry cannot be called so: {str(error).splitlines()[-2].strip()}"
        ) from error


def _files(
    repository: Repository,
    settings: RegistrySettings,
    options: InitOptions,
    author: Author,
    key: SigningKey,
    environ: Mapping[str, str],
) -> dict[str, bytes]:
    files = {
        layout.REGISTRY: write(settings),
        layout.MODELS_IGNORE: MODELS_IGNORE,
        **_dvc_files(repository, settings, options),
        layout.ALLOWED_SIGNERS: format_allowed_signers([AllowedSigner(author.email, key.public)]),
        layout.REVOKED_KEYS: format_revoked_keys([]),
        layout.ROLES: write(_roles(person_name(author), author.email)),
    }
    files[layout.ROOT] = write(_root(settings.id, person_name(author), key, files))
    signature = sign(files[layout.ROOT], key, ROOT_NAMESPACE, environ)
    files[f"{layout.SIGNATURES}/{person_name(author)}.sig"] = signature
    return files


def _dvc_files(repository: Repository, settings: RegistrySettings, options: InitOptions) -> dict[str, bytes]:
    root = _work_tree(repository)
    config = root / layout.DVC_CONFIG
    present = config.read_bytes() if config.is_file() else b""
    url = options.storage or f"{root}-store"
    if "://" not in url:
        url = str(Path(url).expanduser().absolute())
    known = present and default_remote(present.decode()) == settings.storage and options.storage is None
    ignore = root / ".dvc" / ".gitignore"
    return {
        layout.DVC_CONFIG: present if known else present + dvc_config(url, settings.storage).encode(),
        ".dvc/.gitignore": ignore.read_bytes() if ignore.is_file() else DVC_IGNORE,
    }


def _storage_url(config: bytes, name: str) -> str:
    try:
        return committed_options(config.decode("utf-8", "replace"), name).get("url", "")
    except (KeyError, ValueError):
        return ""


def _roles(person: str, email: str) -> Roles:
    may = Permission(by=[person], threshold=1)
    return Roles(
        people={person: SignerEntry(principal=email)}, roles={"default": Role(release=may, assign=may)}
    )


def _root(registry: str, person: str, key: SigningKey, files: Mapping[str, bytes]) -> Root:
    return Root(
        registry=registry,
        version=1,
        keys={person: str(key.public)},
        threshold=1,
        files={
            "allowed_signers": Digest.of(files[layout.ALLOWED_SIGNERS]),
            "revoked_keys": Digest.of(files[layout.REVOKED_KEYS]),
            "roles.yaml": Digest.of(files[layout.ROLES]),
        },
    )


def _store_files(
    repository: Repository, branch: str, files: Mapping[str, bytes], author: Author, *, commit: bool
) -> None:
    if not commit:
        repository.stage(files)
        return
    with RegistryStore(repository).change(branch, "Make this repository a gitreg registry", author) as change:
        change.files.update(files)


def _candidate_branch(repository: Repository, files: Mapping[str, bytes], author: Author) -> None:
    """Makes the candidate branch where neither this repository nor its remote has one."""
    if repository.resolve(CANDIDATES):
        return
    remote = main_remote(repository)
    shared = repository.resolve(f"refs/remotes/{remote}/{layout.CANDIDATES_BRANCH}") if remote else None
    tip = shared or _first_candidate_commit(repository, files, author)
    repository.update_refs([RefUpdate(CANDIDATES, tip, ZERO)], "gitreg: start the candidate branch")


def _first_candidate_commit(repository: Repository, files: Mapping[str, bytes], author: Author) -> ObjectId:
    first = repository.write_commit(
        ObjectId(EMPTY_TREE), [], "Start candidates\n", FIRST_CANDIDATE_COMMIT, FIRST_CANDIDATE_COMMIT
    )
    configuration = {path: files[path] for path in (layout.DVC_CONFIG, ".dvc/.gitignore")}
    store = RegistryStore(repository)
    commit = store.commit(
        Snapshot(repository, first).commit,
        {**configuration, ".gitignore": CANDIDATE_IGNORE},
        "Configure storage\n",
        author,
    )
    return commit or first
