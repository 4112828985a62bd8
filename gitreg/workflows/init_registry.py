"""Making a registry: settings, storage, trust files and the candidate branch, in one commit and nothing else."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from gitreg.artifacts.config import committed_options
from gitreg.documents import places
from gitreg.documents.writer import write
from gitreg.domain.registry import RegistrySettings
from gitreg.domain.trust import Root
from gitreg.errors import AlreadyThereError, CredentialsError, GitregError, UsageError
from gitreg.gitrepo import ZERO, Identity, RefUpdate, Repository
from gitreg.signing import PublicKey, SigningKey, find_signing_key, make_key, sign
from gitreg.store import Author, RegistryStore
from gitreg.workflows.anchor import anchor_from_root, anchor_path, pinned_anchor, write_anchor
from gitreg.workflows.candidate_branch import (
    DVC_IGNORE_FILE,
    first_candidate_commit,
    offer_merge_driver,
)
from gitreg.workflows.init_ci import CiFiles, ci_files
from gitreg.workflows.init_files import (
    choose_storage,
    files_beside_trust,
    first_root,
    person_name,
    trust_files,
)
from gitreg.workflows.init_place import Place, existing_settings, find_place, require_free_names
from gitreg.workflows.log_candidate import error_words
from gitreg.workflows.registry import CANDIDATES, accepted_ref

ROOT_NAMESPACE = "gitreg-root"
EXAMPLE = "--identity 'Name <mail@example.com>'"


@dataclass(frozen=True)
class InitOptions:
    """What the newcomer may say; everything has a default.

    Args:
        name: of the registry; the folder's name when None.
        storage: URL or whole path of the artifact storage; `<repository>-store` beside the repository when None.
        signing_key: whole path of a key file, or `new` for a key made here; Git's configured one when None.
        identity: name and e-mail for this repository's Git configuration; Git's own when None.
        commit: whether to commit; otherwise the files are left staged.
        ci: whether GitLab's CI is to run gitreg, too.
        components: the project that has the CI components; None to copy them (init_ci.py).
    """

    name: str | None = None
    storage: str | None = None
    signing_key: str | None = None
    identity: tuple[str, str] | None = None
    commit: bool = True
    ci: bool = False
    components: str | None = None


@dataclass(frozen=True)
class Initialized:
    """What was made.

    Args:
        root: the work tree.
        settings: the registry's settings.
        written: paths that were written; nothing when the registry was there already.
        storage: where artifacts are kept.
        local_storage: whether that serves this machine only.
        fingerprint: of the key that is the trust root; of all of them, where there are several.
        key_file: the key that was made, when one was.
        ci: what of GitLab's CI is left to a person, and what was kept; None when nobody asked for it.
    """

    root: Path
    settings: RegistrySettings
    written: tuple[str, ...]
    storage: str
    local_storage: bool
    fingerprint: str
    key_file: Path | None = None
    ci: CiFiles | None = None


@dataclass(frozen=True)
class _Plan:
    """A registry that can be made: everything was found right, and nothing is written yet."""

    settings: RegistrySettings
    files: Mapping[str, bytes]
    root: Root
    author: Author
    key: SigningKey


def init_registry(
    path: Path, options: InitOptions, environ: Mapping[str, str], *, now: datetime, registry_id: str
) -> Initialized:
    """Makes a registry in a new or existing repository; where there is one already, changes nothing.

    Raises:
        UsageError: where a registry cannot be (a bare repository, a submodule, a branch called `gitreg`, ...).
        CredentialsError: if there is no signing key or identity; nothing is written then.
        ConflictError: if uncommitted changes are in the way.
    """
    new_folder = not path.exists()
    place = find_place(path, environ)
    try:
        settings = existing_settings(place)
        if settings is not None:
            found = _found(place, settings)
            return _with_ci(place, found, options, now) if options.ci else found
        require_free_names(place)
        _require_no_anchor(place)
        return _made(place, options, environ, now=now, registry_id=registry_id)
    except GitregError:
        if place.made:
            shutil.rmtree(path if new_folder else path / ".git")
        raise
    finally:
        place.repository.close()


def _made(
    place: Place, options: InitOptions, environ: Mapping[str, str], *, now: datetime, registry_id: str
) -> Initialized:
    repository = place.repository
    author = _author(repository, options, now)
    before = RegistryStore(repository).at(place.branch)
    storage = choose_storage(before, place.root, options.storage)
    settings = _settings(place, options, storage.name, registry_id)
    key, made = _key(repository, options, environ, registry_id)
    try:
        files = {**files_beside_trust(before, settings, storage), **trust_files(author, key)}
        ci = ci_files(before, options.components) if options.ci else None
        files |= ci.files if ci else {}
        root = first_root(settings, person_name(author), key, files)
        files[places.ROOT] = write(root)
        signature = sign(files[places.ROOT], key, ROOT_NAMESPACE, environ)
        files[f"{places.SIGNATURES}/{person_name(author)}.sig"] = signature
        _write(place, _Plan(settings, files, root, author, key), commit=options.commit)
    except GitregError:
        for file in [made, made.with_name(f"{made.name}.pub")] if made else []:
            file.unlink(missing_ok=True)
        raise
    _configure(repository, options, made)
    changed = tuple(sorted(path for path, content in files.items() if before.file(path) != content))
    fingerprint = key.public.fingerprint
    return Initialized(place.root, settings, changed, storage.url, storage.is_local, fingerprint, made, ci)


def _require_no_anchor(place: Place) -> None:
    """A pinned anchor is of a registry that was here before; only its owner may forget it."""
    if pinned_anchor(place.repository.common_dir) is not None:
        raise AlreadyThereError(
            "this clone has the trust anchor of another registry, and that is never replaced unasked",
            hint=f"if that registry is gone: rm {anchor_path(place.repository.common_dir)}",
        )


def _write(place: Place, plan: _Plan, *, commit: bool) -> None:
    """Both branches move together or not at all; the trust anchor is pinned only then."""
    repository = place.repository
    updates = []
    if repository.resolve(CANDIDATES) is None:
        shared = f"refs/remotes/{place.remote}/{places.CANDIDATES_BRANCH}" if place.remote else None
        configuration = {path: plan.files[path] for path in (places.DVC_CONFIG, DVC_IGNORE_FILE)}
        tip = repository.resolve(shared) if shared else None
        tip = tip or first_candidate_commit(repository, configuration, plan.author)
        updates.append(RefUpdate(CANDIDATES, tip, ZERO))
    if commit:
        parent = repository.resolve(place.branch)
        message = "Make this repository a gitreg registry\n"
        made = RegistryStore(repository).commit(parent, plan.files, message, plan.author)
        if made is not None and made != parent:
            updates.append(RefUpdate(place.branch, made, parent or ZERO))
    else:
        repository.stage(plan.files)
    repository.update_refs(updates, "gitreg: init")
    write_anchor(repository.common_dir, anchor_from_root(plan.root))


def _found(place: Place, settings: RegistrySettings) -> Initialized:
    store = RegistryStore(place.repository)
    accepted = store.at(accepted_ref(place.repository, place.remote, settings.accepted_branch))
    snapshot = accepted if accepted.file(places.ROOT) else store.at(place.branch)
    root = snapshot.record(Root, places.ROOT)
    try:
        config = (snapshot.file(places.DVC_CONFIG) or b"").decode("utf-8", "replace")
        url = committed_options(config, settings.storage).get("url", "")
    except (KeyError, ValueError):
        url = ""
    keys = [PublicKey.parse(key).fingerprint for key in root.keys.values()] if root else []
    return Initialized(place.root, settings, (), url, "://" not in url, ", ".join(keys))


def _with_ci(place: Place, found: Initialized, options: InitOptions, now: datetime) -> Initialized:
    """The registry that is there already, with the CI files that it lacks, committed where the user is."""
    repository = place.repository
    store, tip = RegistryStore(repository), repository.resolve(place.branch)
    ci = ci_files(store.at(place.branch), options.components)
    if ci.files and options.commit:
        message = "Let GitLab's CI run gitreg\n"
        made = store.commit(tip, ci.files, message, _author(repository, options, now))
        if made is not None:
            repository.update_refs([RefUpdate(place.branch, made, tip or ZERO)], "gitreg: init")
    elif ci.files:
        repository.stage(ci.files)
    return replace(found, written=tuple(sorted(ci.files)), ci=ci)


def _author(repository: Repository, options: InitOptions, now: datetime) -> Author:
    if options.identity is None:
        identity = repository.identity(now)
    else:
        identity = Identity(*options.identity, now)
        if not re.fullmatch(r"[^\s<>@]+@[^\s<>@]+", identity.email) or not identity.name.strip():
            raise UsageError(f"{identity.name} <{identity.email}> is not an identity", hint=EXAMPLE)
    return Author(identity.name, identity.email, now)


def _key(
    repository: Repository, options: InitOptions, environ: Mapping[str, str], registry_id: str
) -> tuple[SigningKey, Path | None]:
    """The key to sign with, and its file where it was made just now."""
    program = repository.config("gpg.ssh.program")
    if options.signing_key == "new":
        file = _config_folder(environ) / "gitreg" / "keys" / f"{registry_id}_ed25519"
        return make_key(file, f"gitreg {registry_id}", environ), file
    kind, name = ("ssh", options.signing_key) if options.signing_key else (
        repository.config("gpg.format"), repository.config("user.signingkey")
    )  # fmt: skip
    return find_signing_key(format=kind, key=name, program=program, environ=environ), None


def _configure(repository: Repository, options: InitOptions, made: Path | None) -> None:
    """What the user said goes into this repository's own configuration, so that plain Git does the same."""
    offer_merge_driver(repository)
    if options.identity is not None:
        repository.set_config("user.name", options.identity[0])
        repository.set_config("user.email", options.identity[1])
    if options.signing_key is not None:
        repository.set_config("gpg.format", "ssh")
        repository.set_config("user.signingkey", str(made or options.signing_key))


def _config_folder(environ: Mapping[str, str]) -> Path:
    named = environ.get("XDG_CONFIG_HOME", "")
    if named.startswith("/"):
        return Path(named)
    if not environ.get("HOME"):
        raise CredentialsError("there is no HOME to keep a new key in", hint="gitreg init --signing-key FILE")
    return Path(environ["HOME"]) / ".config"


def _settings(place: Place, options: InitOptions, storage: str, registry_id: str) -> RegistrySettings:
    default = place.repository.symbolic_target(f"refs/remotes/{place.remote}/HEAD") if place.remote else None
    accepted = (
        default.removeprefix(f"refs/remotes/{place.remote}/")
        if default
        else place.branch.removeprefix("refs/heads/")
    )
    try:
        return RegistrySettings(
            id=registry_id, name=options.name or place.root.name, accepted_branch=accepted, storage=storage
        )
    except ValueError as error:
        raise UsageError(f"these settings cannot be a registry's: {error_words(error)}") from error
