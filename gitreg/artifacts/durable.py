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
AT_ONCE = 8
"""Syncs that wait together share one commit of the file system's journal: ten times quicker than one by one."""


def flush(files: Collection[str]) -> None:
    """Bring these files, the folders that name them, and those that name these, to the disk."""
    if len(files) > FEW:
        os.sync()
        return
    folders = {Path(path).parent for path in files}
    wanted = {*map(Path, files), *folders, *(folder.parent for folder in folders)}
    if not wanted:
        return
    with ThreadPoolExecutor(min(AT_ONCE, len(wanted))) as workers:
        list(workers.map(sync_path, wanted))
