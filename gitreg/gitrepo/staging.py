"""Files written into the work tree and the index, for people who want to commit by themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from gitreg.errors import ConflictError, UsageError
from gitreg.gitrepo.names import check_path, printable
from gitreg.gitrepo.objects import Objects
from gitreg.gitrepo.process import Git


def stage_files(git: Git, objects: Objects, files: Mapping[str, bytes]) -> None:
    """Write files where nothing else stands, and add them to the index.

    Raises:
        ConflictError: a file is there already, and differs; nothing has been written.
        UsageError: there is no work tree.
    """
    root = git.layout.work_tree
    if root is None:
        raise UsageError("a bare repository has no index to stage files in")
    for path, content in files.items():
        if taken := _in_the_way(root, check_path(path), content):
            raise ConflictError(
                f"{printable(str(taken))} is there already, and differs",
                hint="Move it away, then try again.",
            )
    lines = b""
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
        lines += f"100644 {objects.write('blob', content)}\t{path}\0".encode()
    git.run("update-index", "-z", "--index-info", stdin=lines)


def _in_the_way(root: Path, names: Sequence[str], content: bytes) -> Path | None:
    """Return what stands where the file or a folder on its way should be; a link is never written through."""
    *folders, place = (root.joinpath(*names[:end]) for end in range(1, len(names) + 1))
    for folder in folders:
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            return folder
    if place.is_symlink() or (place.exists() and (not place.is_file() or place.read_bytes() != content)):
        return place
    return None
