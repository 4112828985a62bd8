"""Whether the storage has what a proposed version needs: one question for each object, and one for the list of them."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from gitreg.artifacts import DvcOut
from gitreg.artifacts.storage import Storage
from gitreg.domain.manifest import Manifest
from gitreg.errors import RemoteError, VerificationError
from gitreg.store import Snapshot
from gitreg.workflows.registry import Registry
from gitreg.workflows.storage import open_storage

MOST = 100_000
"""Objects that are asked for; a version with more files is looked at by `gitreg verify --deep`."""


class StoredVersions:
    """The storage of a registry, opened when a version is there to be asked for.

    Args:
        registry: the registry.
        accepted: says where the storage is: what was accepted, never what is proposed.
    """

    def __init__(self, registry: Registry, accepted: Snapshot) -> None:
        self._registry = registry
        self._accepted = accepted

    @cached_property
    def _storage(self) -> Storage:
        storage = open_storage(self._registry, self._accepted)
        if "://" not in storage.url and not Path(storage.url).is_dir():
            raise RemoteError(
                f"the storage {storage.url} is not there, so nobody can tell what is in it",
                hint="mount it, or give --no-storage",
            )
        return storage

    def fault(self, out: DvcOut, manifest: Manifest, size: int) -> str | None:
        """What of a version's files is not in the storage as recorded; None where all is.

        Raises:
            RemoteError: if the storage cannot be reached.
            CredentialsError: if it does not let us in.
            NotFoundError: if no storage is configured.
        """
        if len(manifest.entries) > MOST:
            return f"it has more than {MOST:,} files, which are not asked for one by one"
        try:
            folder = self._registry.cache.folder(out.md5, manifest, self._storage, sizes=False)
        except VerificationError as error:
            return error.message
        sizes = self._storage.sizes(folder.ids)
        if out.md5 not in sizes:
            return f"the list of its files, {out.md5}, is not in the storage"
        missing = [file.path for file in folder.files if file.md5 not in sizes]
        if missing:
            more = f" and {len(missing) - 1} more" if missing[1:] else ""
            return f"{missing[0]}{more} is not in the storage: gitreg push, where the candidate was logged"
        known = [sizes[file.md5] for file in folder.files]
        total = sum(one for one in known if one is not None)
        if None not in known and total != size:
            return f"its files have {total} bytes in the storage, and {size} were recorded"
        return None
