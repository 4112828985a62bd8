"""Writing one exported file: all of it is there, or what was there before."""

from __future__ import annotations

import tempfile
from pathlib import Path

from gitreg.disk import sync_path
from gitreg.errors import MachineError, UsageError


def write_file(file: Path, content: bytes) -> None:
    """Writes a file beside where it will be, then moves it there.

    Raises:
        UsageError, MachineError: it cannot be written.
    """
    if not file.parent.is_dir():
        raise UsageError(f"there is no folder {file.parent} to write {file.name} into")
    try:
        with tempfile.TemporaryDirectory(prefix=".gitreg-", dir=file.parent) as name:
            made = Path(name, "written")
            made.write_bytes(content)
            sync_path(made)
            made.replace(file)
    except OSError as error:
        raise MachineError.of(error, f"{file} cannot be written") or UsageError(
            f"{file} cannot be written: {error.strerror}"
        ) from error
