"""Writing one file for people: all of it is there, or what was there before."""

from __future__ import annotations

import tempfile
from pathlib import Path

from gitreg.disk import sync_path
from gitreg.errors import MachineError, UsageError


def write_file(file: Path, content: bytes, *, executable: bool = False) -> None:
    """Writes a file beside where it will be, then moves it there; a pipe or a device is written to, and not replaced.

    Args:
        file: where; its folder is there.
        content: all of it.
        executable: whether it is a program.

    Raises:
        UsageError, MachineError: it cannot be written.
    """
    if not file.parent.is_dir():
        raise UsageError(f"{file} cannot be written: there is no folder {file.parent}")
    try:
        if _is_written_to(file):
            file.write_bytes(content)
        else:
            _replace(file, content, executable=executable)
    except OSError as error:
        raise MachineError.of(error, f"{file} cannot be written") or UsageError(
            f"{file} cannot be written: {error.strerror}"
        ) from error


def _is_written_to(file: Path) -> bool:
    """Whether it is no file of its own; /dev/stdout may lead to one, and must not be taken away from everybody."""
    return file.is_relative_to("/dev") or (file.exists() and not file.is_file() and not file.is_dir())


def _replace(file: Path, content: bytes, *, executable: bool) -> None:
    with tempfile.TemporaryDirectory(prefix=".gitreg-", dir=file.parent) as name:
        made = Path(name, "written")
        made.write_bytes(content)
        if executable:
            made.chmod(0o755)
        sync_path(made)
        made.replace(file)
