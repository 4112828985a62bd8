"""File systems that several machines share are known by their kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitreg.index.networks import is_shared

MOUNTS = """\
/dev/vda / ext4 rw 0 0
server:/home /home nfs4 rw 0 0
/dev/sdb /home/ada/local ext4 rw 0 0
ada@server: /mnt/my\\040disk fuse.sshfs rw 0 0
broken
"""


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("/work", False),
        ("/home/ada/work", True),
        ("/home", True),
        ("/homely", False),
        ("/home/ada/local/x", False),
        ("/mnt/my disk/x", True),
    ],
)
def test_the_nearest_mount_counts(tmp_path: Path, folder: str, expected: bool) -> None:
    """A local disk on a shared one is local; blanks are written as numbers."""
    table = tmp_path / "mounts"
    table.write_text(MOUNTS)

    assert is_shared(Path(folder), table) is expected


def test_where_nothing_is_told_it_is_local(tmp_path: Path) -> None:
    """Other systems have no such table."""
    assert not is_shared(Path("/work"), tmp_path / "none")
