"""One DVC remote: opened from checked configuration, pushed to, asked, read.

Knows object ids and bytes. What it is made of, a folder or something that DVC reaches, is behind `Objects`.
"""

from __future__ import annotations

import hashlib
import importlib
import shlex
import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import urlsplit

from gitreg.artifacts.cache import Cache
from gitreg.artifacts.config import (
    PLACE,
    SENT,
    RemoteOptions,
    checked_url,
    committed_options,
    user_config_files,
    user_options,
)
from gitreg.artifacts.folder import parse_dir_object
from gitreg.artifacts.layout import Objects, Stored, is_dir, is_object_id
from gitreg.artifacts.local import LocalObjects
from gitreg.artifacts.progress import SILENT, Advance, OneAtATime, Progress
from gitreg.errors import (
    ConflictError,
    CredentialsError,
    NotFoundError,
    RecordError,
    RemoteError,
    UsageError,
    VerificationError,
)

CHUNK = 1024 * 1024
ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class PushResult:
    """What a push moved."""

    sent: int
    bytes: int


class Storage:
    """A DVC remote; use `Storage.open`."""

    def __init__(self, remote: RemoteOptions, objects: Objects, *, by_user: bool) -> None:
        self.by_user = by_user
        """Whether the user says where it is, and not the repository."""
        self._remote = remote
        self._objects = objects
        self._tells_md5 = True

    @classmethod
    def open(
        cls,
        config_text: str,
        name: str,
        *,
        environ: Mapping[str, str],
        local_config: Sequence[Path] | None = None,
        allow_local: bool = False,
        url: str | None = None,
    ) -> Storage:
        """The storage that a registry names.

        Args:
            config_text: `.dvc/config` of the accepted branch; it is not trusted.
            name: the remote's name in it.
            environ: where to find the user's own configuration, if `local_config` does not say.
            local_config: the user's own configuration files, least important first. Credentials come from here, or
                from where the storage's own library looks.
            allow_local: whether the repository may name a local folder.
            url: the user's word instead of the repository's; then nothing of `config_text` counts.

        Raises:
            NotFoundError: if nobody says where that remote is.
            RecordError: for what a repository may not say, naming it.
            UsageError: for what the user says wrongly, or a package that is missing.
            CredentialsError: if the user's credential would be sent to a place that only the repository names.
        """
        files = user_config_files(environ) if local_config is None else local_config
        # a URL that the user's own configuration replaces is not used, so whatever it is does no harm
        replaced = url is not None or _says_where(files, name)
        committed = _committed(config_text, name, allow_local=allow_local or replaced) if url is None else {}
        remote = _merged(committed, files, name, url)
        return cls(remote, _objects(remote), by_user=replaced)

    @property
    def url(self) -> str:
        """Where it is; changes of it are announced. Never holds a password."""
        return self._remote.url

    def describe(self) -> str:
        """Where it is, for people: without user names, with the server that answers for it."""
        return _shown(self._remote)

    def push(self, cache: Cache, ids: Collection[str], *, progress: Progress = SILENT) -> PushResult:
        """Send what is not there yet; the listings last, so that nothing listed is ever missing.

        Everything is seen in the storage, in full size, before `cache` lets go of it. What is damaged here is not
        sent, nor a listing that names it; all else is.

        Raises:
            NotFoundError: if an object is neither here nor there.
            RemoteError: if the storage took something other than what was sent.
            CredentialsError: if the storage does not let us in.
            VerificationError: step `content`, naming what is damaged here; all else was sent.
            ConflictError: if somebody else pushes the same all the time.
        """
        for _ in range(ATTEMPTS):
            # a push beside this one that was faster lets go of objects under our hands: they are there now
            with suppress(FileNotFoundError):
                return self._push(cache, list(dict.fromkeys(ids)), progress)
        raise ConflictError("somebody else pushes the same content all the time", hint="gitreg push")

    def _push(self, cache: Cache, wanted: Sequence[str], progress: Progress) -> PushResult:
        plan = self._missing(cache, [each for each in wanted if not is_dir(each)])
        listings = self._missing(cache, [each for each in wanted if is_dir(each)])
        size = sum(path.lstat().st_size for path in (*plan.values(), *listings.values()))
        progress.start(size, "Pushing")
        try:
            damaged = self._send(plan, progress)
            held = {each for each, path in listings.items() if damaged and _names_one_of(path, damaged)}
            damaged |= self._send({each: listings[each] for each in listings if each not in held}, progress)
        finally:
            progress.done()
        for object_id in wanted:
            if object_id not in damaged | held:
                cache.forget(object_id)
        if damaged:
            raise _damaged(damaged, plan | listings)
        return PushResult(len(plan) + len(listings), size)

    def has(self, ids: Iterable[str]) -> set[str]:
        """Those of `ids` that are there."""
        return set(self.sizes(list(ids)))

    def look(self, ids: Sequence[str]) -> dict[str, Stored]:
        """Those of `ids` that are there, with what the storage tells of them."""
        return self._objects.look(ids) if ids else {}

    def sizes(self, ids: Sequence[str]) -> dict[str, int | None]:
        """Those of `ids` that are there, with their sizes."""
        return self._objects.sizes(ids) if ids else {}

    def put(self, files: Mapping[str, Path], progress: Advance = SILENT) -> set[str]:
        """Store files as the objects that they are named by; return those that are not what they are called."""
        return self._send(dict(files), progress)

    def open_object(self, object_id: str) -> BinaryIO:
        """The object's bytes, as they come; nothing is believed of them.

        Raises:
            FileNotFoundError: if it is not there.
            RemoteError: if the storage cannot be reached.
        """
        if not is_object_id(object_id):
            raise FileNotFoundError(object_id)
        return self._objects.open_object(object_id)

    def _missing(self, cache: Cache, ids: Sequence[str]) -> dict[str, Path]:
        there = self.sizes(ids)
        plan: dict[str, Path] = {}
        for object_id in ids:
            here = cache.places(object_id)
            if not here and object_id not in there:
                raise NotFoundError(f"object {object_id} is neither on this machine nor in {self.describe()}")
            if here and there.get(object_id, -1) not in {None, here[0].lstat().st_size}:
                plan[object_id] = here[0]
        return plan

    def _send(self, files: Mapping[str, Path], progress: Advance) -> set[str]:
        """Store files, look at what came of it, and return those that are not what they are called."""
        if not files:
            return set()
        refused = self._objects.put(files, OneAtATime(progress))
        there = self._objects.look([each for each in files if each not in refused])
        for object_id, path in files.items():
            if object_id not in refused and not self._is_kept(object_id, path, there.get(object_id)):
                raise RemoteError(
                    f"{self.describe()} did not keep {object_id} as it was sent", hint="gitreg push"
                )
        return refused

    def _is_kept(self, object_id: str, path: Path, stored: Stored | None) -> bool:
        size = path.lstat().st_size
        if stored is None or stored.size not in {None, size}:
            return False
        tells = stored.md5 is not None and self._tells_md5
        if stored.size is not None and (not tells or stored.md5 == object_id[:32]):
            return True
        if self._read_back(object_id) != (size, object_id[:32]):
            return False
        # it is what it should be, so what the storage tells is no md5: it encrypts (SSE-KMS)
        self._tells_md5 = self._tells_md5 and not tells
        return True

    def _read_back(self, object_id: str) -> tuple[int, str]:
        md5, size = hashlib.md5(usedforsecurity=False), 0
        with closing(self.open_object(object_id)) as stream:
            while chunk := stream.read(CHUNK):
                md5.update(chunk)
                size += len(chunk)
        return size, md5.hexdigest()


def _names_one_of(listing: Path, ids: Set[str]) -> bool:
    try:
        return not ids.isdisjoint(parse_dir_object(listing.read_bytes()).values())
    except ValueError:
        return False  # damaged itself, which putting it finds


def _damaged(ids: Iterable[str], files: Mapping[str, Path]) -> VerificationError:
    first, *others = sorted(ids)
    more = f" and {len(others)} more" if others else ""
    return VerificationError(
        f"object {first}{more} is damaged on this machine, and was not sent: {files[first]}",
        step="content",
        hint="Log the file that it was made of again; everything else was sent.",
    )


def copy_objects(
    source: Storage, target: Storage, ids: Iterable[str], *, progress: Progress = SILENT
) -> PushResult:
    """Copy what `target` lacks; every object is checked against its own name on the way, listings last.

    Raises:
        NotFoundError: if `source` lacks one.
        VerificationError: step `content`, if `source` has other bytes under that name.
    """
    wanted = sorted(dict.fromkeys(ids), key=is_dir)
    there = target.has(wanted)
    sent = size = 0
    progress.start(0, "Copying")
    try:
        with tempfile.TemporaryDirectory(prefix="gitreg-") as folder:
            for object_id in (each for each in wanted if each not in there):
                path = Path(folder) / "object"
                size += _fetched(source, object_id, path)
                if target.put({object_id: path}, progress):
                    raise _damaged([object_id], {object_id: path})
                path.unlink()
                sent += 1
    finally:
        progress.done()
    return PushResult(sent, size)


def _fetched(source: Storage, object_id: str, path: Path) -> int:
    md5, size = hashlib.md5(usedforsecurity=False), 0
    try:
        stream = source.open_object(object_id)
    except FileNotFoundError:
        raise NotFoundError(f"object {object_id} is not in {source.describe()}") from None
    with closing(stream), path.open("xb") as copy:
        while chunk := stream.read(CHUNK):
            md5.update(chunk)
            size += copy.write(chunk)
    if md5.hexdigest() != object_id[:32]:
        raise VerificationError(f"object {object_id} is altered in {source.describe()}", step="content")
    return size


def _committed(text: str, name: str, *, allow_local: bool) -> dict[str, str]:
    options: dict[str, str] = {}
    try:
        options = committed_options(text, name)
        if "url" in options:
            options["url"] = checked_url(options["url"], allow_local=allow_local)
    except KeyError:
        return {}
    except ValueError as error:
        is_local = "://" not in options.get("url", "://")
        hint = (
            f"dvc remote add --global {shlex.quote(name)} PATH, if you know the folder" if is_local else None
        )
        raise RecordError(f"the remote '{name}' is refused: {error}", place=PLACE, hint=hint) from error
    return options


def _says_where(files: Sequence[Path], name: str) -> bool:
    try:
        return "url" in user_options(files, name)
    except ValueError:
        return False  # told when they are merged


def _merged(committed: dict[str, str], files: Sequence[Path], name: str, url: str | None) -> RemoteOptions:
    try:
        user = user_options(files, name)
        if url is not None:
            user["url"] = url
        if "url" in user:
            user["url"] = checked_url(user["url"], allow_local=True)
    except ValueError as error:
        raise UsageError(f"the storage '{name}' is refused: {error}") from error
    options = committed | user
    if "url" not in options:
        raise NotFoundError(f"nothing says where the storage '{name}' is", hint="gitreg storage set URL")
    if "url" not in user and (sent := sorted(SENT & user.keys())):
        raise CredentialsError(
            f"your '{sent[0]}' for the storage '{name}' would be sent to {options['url']}, which only the repository names",
            hint=f"dvc remote modify --local {name} url {shlex.quote(options['url'])}, if you know it",
        )
    for key in ("version_aware", "worktree"):
        if options.pop(key, "false").lower() != "false":
            raise UsageError(
                f"the storage '{name}' has '{key}' set; gitreg keeps content by its hash, which needs it off"
            )
    return RemoteOptions(options.pop("url"), options)


def _objects(remote: RemoteOptions) -> Objects:
    if remote.is_local:
        return LocalObjects(remote.url)
    # by name, so that what uses a folder, or nothing, does not pay for importing DVC
    module = importlib.import_module("gitreg.artifacts.cloud")
    return cast("Objects", module.CloudObjects(remote.url, remote.options, _shown(remote)))


def _shown(remote: RemoteOptions) -> str:
    if remote.is_local:
        return remote.url
    parts = urlsplit(remote.url)
    place = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    endpoint = remote.options.get("endpointurl")
    return f"{place} (at {endpoint})" if endpoint else place
