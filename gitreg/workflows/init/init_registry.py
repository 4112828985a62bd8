"""Making a registry: settings, storage, trust files and the candidate branch, in one commit and nothing else."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from gitreg.artifacts.config import committed_options
from gitreg.documents import places
from gitreg.domain.registry import RegistrySettings
from gitreg.domain.trust import Root
from gitreg.errors import AlreadyThereError, GitregError, UsageError
from gitreg.gitrepo import ZERO, Identity, RefUpdate, Repository
from gitreg.signing import PublicKey
from gitreg.store import Author, RegistryStore
from gitreg.workflows.candidate_branch import (
    DVC_IGNORE_FILE,
    first_candidate_commit,
    offer_merge_driver,
)
from gitreg.workflows.init.ci import CiFiles, ci_files
from gitreg.workflows.init.files import choose_storage, files_beside_trust
from gitreg.workflows.init.place import Place, existing_settings, find_place, require_free_names
from gitreg.workflows.init.trust import Trust, make_trust
from gitreg.workflows.recording.log_candidate import error_words
from gitreg.workflows.registry import CANDIDATES, accepted_ref
from gitreg.workflows.verification.anchor import anchor_from_root, anchor_path, pinned_anchor, write_anchor

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
        trust: whether it gets a trust root, which needs a signing key; without, `gitreg init` run again makes one
            (docs/adr/0036).
    """

    name: str | None = None
    storage: str | None = None
    signing_key: str | None = None
    identity: tuple[str, str] | None = None
    commit: bool = True
    ci: bool = False
    components: str | None = None
    trust: bool = True


@dataclass(frozen=True)
class Initialized:
    """What was made.

    Args:
        root: the work tree.
        settings: the registry's settings.
        written: paths that were written; nothing when the registry was there already.
        storage: where artifacts are kept.
        local_storage: whether that serves this machine only.
        fingerprint: of the key that is the trust root; of all of them, where there are several; empty without one.
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
    root: Root | None
    author: Author


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
            found = _with_trust(place, _found(place, settings), options, environ, now)
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
    files = files_beside_trust(before, settings, storage)
    ci = ci_files(before, options.components) if options.ci else None
    files |= ci.files if ci else {}
    trust = make_trust(repository, settings, options.signing_key, author, environ) if options.trust else None
    with trust.unless_kept() if trust else nullcontext():
        files |= trust.files if trust else {}
        plan = _Plan(settings, files, trust.root if trust else None, author)
        _write(place, plan, commit=options.commit)
    _configure(repository, options, trust)
    changed = tuple(sorted(path for path, content in files.items() if before.file(path) != content))
    made = Initialized(place.root, settings, changed, storage.url, storage.is_local, "", ci=ci)
    return replace(made, fingerprint=trust.fingerprint, key_file=trust.key_file) if trust else made


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
    if plan.root is not None:
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


def _with_trust(
    place: Place, found: Initialized, options: InitOptions, environ: Mapping[str, str], now: datetime
) -> Initialized:
    """The registry that is there already, with the trust root that it lacks, committed where the user is."""
    accepted = f"refs/heads/{found.settings.accepted_branch}"
    if found.fingerprint or not options.trust or pinned_anchor(place.repository.common_dir) is not None:
        return found
    if place.branch != accepted:
        raise UsageError(
            f"this registry has no trust root, and one begins on its accepted branch, {found.settings.accepted_branch}",
            hint=f"git switch {found.settings.accepted_branch}",
        )
    repository, author = place.repository, _author(place.repository, options, now)
    trust = make_trust(repository, found.settings, options.signing_key, author, environ)
    with trust.unless_kept():
        _write_trust(place, trust, author, commit=options.commit)
    _configure(repository, options, trust)
    written = tuple(sorted(trust.files))
    return replace(found, written=written, fingerprint=trust.fingerprint, key_file=trust.key_file)


def _write_trust(place: Place, trust: Trust, author: Author, *, commit: bool) -> None:
    repository, tip = place.repository, place.repository.resolve(place.branch)
    if commit:
        made = RegistryStore(repository).commit(
            tip, trust.files, "Begin the trust root of this registry\n", author
        )
        repository.update_refs([RefUpdate(place.branch, made or ZERO, tip or ZERO)], "gitreg: init")
    else:
        repository.stage(trust.files)
    write_anchor(repository.common_dir, anchor_from_root(trust.root))


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


def _configure(repository: Repository, options: InitOptions, trust: Trust | None) -> None:
    """What the user said goes into this repository's own configuration, so that plain Git does the same."""
    offer_merge_driver(repository)
    if options.identity is not None:
        repository.set_config("user.name", options.identity[0])
        repository.set_config("user.email", options.identity[1])
    if trust is not None and options.signing_key is not None:
        repository.set_config("gpg.format", "ssh")
        repository.set_config("user.signingkey", str(trust.key_file or options.signing_key))


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
