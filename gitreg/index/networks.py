"""Whether a folder is on a file system that several machines share, as far as the system tells."""

from __future__ import annotations

import re
from pathlib import Path

MOUNTS = Path("/proc/self/mounts")
SHARED = frozenset({
    "9p", "acfs", "afs", "beegfs", "ceph", "cifs", "gfs2", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2",
    "orangefs", "panfs", "pvfs2", "smb3", "smbfs", "virtiofs", "vboxsf", "vmhgfs",
})  # fmt: skip
_OCTAL = re.compile(r"\\([0-7]{3})")


def is_shared(folder: Path, mounts: Path = MOUNTS) -> bool:
    """Whether other machines may write there; no, where the system does not tell.

    Args:
        folder: an absolute path.
        mounts: the table of mounts, as in proc_pid_mounts(5).
    """
    try:
        lines = mounts.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return False
    found = [(_text(words[1]), words[2]) for words in map(str.split, lines) if len(words) > 2]
    above = [
        (len(place), number, kind) for number, (place, kind) in enumerate(found) if _holds(place, folder)
    ]
    kind = max(above, default=(0, 0, ""))[2]
    return kind in SHARED or kind.startswith("fuse.")


def _holds(place: str, folder: Path) -> bool:
    return folder.is_relative_to(place)


def _text(word: str) -> str:
    """Blanks are written as octal numbers there."""
    return _OCTAL.sub(lambda match: chr(int(match[1], 8)), word)
