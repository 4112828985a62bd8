"""Bringing content out: exactly the manifest's files, each proven by its sha256, or nothing at all.

Bytes may come from anywhere and are believed nowhere: paths come from the manifest alone, files are written into a new
private folder, hashed on the way, and appear under the target's name by one rename.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path

from gitreg.artifacts.cache import STEP, Cache, open_object_file
from gitreg.artifacts.durable import flush, sync_path
from gitreg.artifacts.folder import StoredFile, StoredFolder
from gitreg.artifacts.layout import Objects
from gitreg.artifacts.progress import SILENT, OneAtATime, Progress
from gitreg.artifacts.proving import CHUNK, Budget, Places, write_proven
from gitreg.errors import AlreadyThereError, NotFoundError, VerificationError

WORKERS = 4


def deliver(
    folder: StoredFolder,
    target: Path,
    *,
    cache: Cache | None,
    storage: Objects | None,
    size: int | None = None,
    progress: Progress = SILENT,
) -> None:
    """Write the folder's files to `target`: whole and proven, or not at all.

    Args:
        folder: from `Cache.folder`, so that paths and sha256 are the manifest's.
        target: a folder that is absent or empty; one that holds exactly these files is success as well.
        cache: where to look first, None for nowhere.
        storage: where to look then; a wrong copy in the cache is made good from here.
        size: bytes of all files as recorded (of more files, where only some are wanted and their sizes were not looked
            up); no place can make us write more.
        progress: told of the bytes.

    Raises:
        AlreadyThereError: if something else is at `target`.
        NotFoundError: if the folder that `target` would be in is not there.
        VerificationError: step `content`, naming the file, and whether it is missing, truncated, altered or others' bytes.
    """
    paths = [
        entry.path for entry in folder.manifest.entries
    ]  # checks every name again, whoever made the folder
    if _occupied(target):
        _check_same(folder, target)
        return
    progress.start(size or 0, "Fetching")
    outer = _private_folder(target)
    try:
        content = outer / "content"
        content.mkdir()
        places = Places(
            cache, storage, Budget(size), OneAtATime(progress), partial(folder.expected, total=size)
        )
        _fill(folder, content, places)
        flush([f"{content}{os.sep}{path}" for path in paths])
        _place(content, target)
    finally:
        shutil.rmtree(outer, ignore_errors=True)
        progress.done()


def verify_stored(
    folder: StoredFolder,
    cache: Cache | None,
    storage: Objects,
    *,
    deep: bool,
    size: int | None = None,
    progress: Progress = SILENT,
) -> None:
    """Check that the storage has every object of `folder`; with `deep`, that each is the recorded bytes.

    Args:
        folder: from `Cache.folder` or `Cache.add`.
        cache: what may not be pushed yet.
        storage: what is checked.
        deep: whether to read every byte.
        size: bytes of all files as recorded; None where the sizes in `folder` are those.
        progress: told of the bytes.

    Raises:
        VerificationError: step `content`, naming the first file that is not as recorded.
    """
    sizes = storage.sizes(folder.ids)
    names = {file.md5: file.path for file in folder.files} | {folder.dir_md5: "The listing of its files"}
    for object_id in folder.ids:
        if object_id not in sizes:
            hint = "gitreg push" if cache is not None and cache.has_unpushed([object_id]) else None
            raise VerificationError(f"{names[object_id]} is missing in the storage", step=STEP, hint=hint)
    if deep:
        there = folder if size is None else folder.with_sizes(sizes)
        _check_bytes(there, storage, size, progress)
        return
    for file in folder.files:
        found = sizes[file.md5]
        if file.size is not None and found not in {None, file.size}:
            raise VerificationError(
                f"{file.path} has {found} bytes in the storage, {file.size} were recorded", step=STEP
            )


def _check_bytes(folder: StoredFolder, storage: Objects, size: int | None, progress: Progress) -> None:
    listing = folder.listing
    with closing(storage.open_object(folder.dir_md5)) as stream:
        if stream.read(len(listing) + 1) != listing:
            raise VerificationError("the listing of its files is altered in the storage", step=STEP)
    progress.start(sum(file.size or 0 for file in folder.files), "Verifying")
    places = Places(None, storage, Budget(size), OneAtATime(progress), partial(folder.expected, total=size))
    try:
        _each([(file, None) for file in folder.files], places)
    finally:
        progress.done()


def _fill(folder: StoredFolder, content: Path, places: Places) -> None:
    for parent in sorted({file.path.rpartition("/")[0] for file in folder.files} - {""}):
        (content / parent).mkdir(parents=True, exist_ok=True)
    _each([(file, f"{content}{os.sep}{file.path}") for file in folder.files], places)


def _each(work: list[tuple[StoredFile, str | None]], places: Places) -> None:
    with ThreadPoolExecutor(WORKERS) as workers:
        futures = [workers.submit(write_proven, file, path, places) for file, path in work]
        try:
            for future in futures:
                future.result()
        except BaseException as error:
            workers.shutdown(cancel_futures=True)
            if not (isinstance(error, VerificationError) and places.budget.was_short):
                raise
    # a copy that is too long took what its neighbours needed: alone, each gets what it needs, or is the one that is wrong
    for (file, path), future in zip(work, futures, strict=True):
        if future.cancelled() or future.exception() is not None:
            write_proven(file, path, places)


def _occupied(target: Path) -> bool:
    try:
        return next(os.scandir(target), None) is not None or target.is_symlink()
    except FileNotFoundError:
        if not target.parent.is_dir():
            raise NotFoundError(
                f"{target.parent} is not a folder", hint=f"mkdir -p '{target.parent}'"
            ) from None
        return target.is_symlink()
    except NotADirectoryError:
        return True


def _check_same(folder: StoredFolder, target: Path) -> None:
    wanted = {file.path: file.sha256 for file in folder.files}
    if target.is_symlink() or not target.is_dir():
        raise AlreadyThereError(
            f"{target} is there already and is not a folder", hint="Choose another place."
        )
    for path in sorted(wanted.keys() | _names_below(target)):
        if wanted.get(path) is None or _sha256(target / path) != wanted[path]:
            raise AlreadyThereError(
                f"{target} is there already and holds something else: {path!r}",
                hint="Choose another place, or remove that folder.",
            )


def _names_below(target: Path) -> set[str]:
    found: set[str] = set()
    for folder, folders, names in os.walk(target):
        links = [name for name in folders if Path(folder, name).is_symlink()]
        relative = os.path.relpath(folder, target).replace(os.sep, "/")
        found.update(name if relative == "." else f"{relative}/{name}" for name in (*names, *links))
    return found


def _sha256(path: Path) -> str | None:
    sha256 = hashlib.sha256()
    try:
        with closing(open_object_file(path)) as stream:
            while chunk := stream.read(CHUNK):
                sha256.update(chunk)
    except OSError:  # missing, a link, a folder, unreadable: not the file that it should be
        return None
    return sha256.hexdigest()


def _private_folder(target: Path) -> Path:
    try:
        # mode 0700: nobody else can reach in while it is filled, whatever the modes below
        return Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise NotFoundError(f"{target.parent} cannot be written to: {error.strerror}") from error


def _place(content: Path, target: Path) -> None:
    sync_path(content)
    try:
        content.rename(target)  # POSIX: replaces an empty folder, and nothing else
    except OSError as error:
        raise AlreadyThereError(
            f"{target} was made by somebody else meanwhile", hint="Look, then try again."
        ) from error
    sync_path(target.parent)
