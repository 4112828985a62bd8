"""Making what was written outlast a power cut, before anybody is told that it is there."""

from __future__ import annotations

import os
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from gitreg.disk import sync_path

__all__ = ["flush", "sync_path"]
FEW = 256
"""Up to here each file is synced by itself; beyond, one `sync` of everything is quicker (ADR 3)."""
SINGLY = 4
"""Up to here one after another: the first takes the rest with it into the journal, and threads cost more than that."""
AT_ONCE = 8
"""Syncs that wait together share one commit of the file system's journal: ten times quicker than one by one."""


def flush(files: Collection[str]) -> None:
    """Bring these files, the folders that name them, and those that name these, to the disk."""
    if len(files) > FEW:
        os.sync()
        return
    folders = [Path(path).parent for path in files]
    wanted = list(dict.fromkeys([*map(Path, files), *folders, *(folder.parent for folder in folders)]))
    if len(wanted) <= SINGLY:
        for path in wanted:
            sync_path(path)
        return
    with ThreadPoolExecutor(min(AT_ONCE, len(wanted))) as workers:
        list(workers.map(sync_path, wanted))
