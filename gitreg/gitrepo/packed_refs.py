"""Packed refs, read without a process: after a clone every ref of the remote is one (gitrepository-layout(5), `packed-refs`)."""

from __future__ import annotations

from pathlib import Path

from gitreg.gitrepo.names import ObjectId, is_object_id

_Mark = tuple[int, int, int]


class PackedRefs:
    """The file `packed-refs` of one repository; it is only ever replaced whole, so its inode, time and size tell its state."""

    def __init__(self, common_dir: Path) -> None:
        self._path = common_dir / "packed-refs"
        self._mark: _Mark | None = None
        self._ids: dict[str, ObjectId] = {}

    def get(self, ref: str) -> ObjectId | None:
        """Return what a packed ref points at, not peeled; None when it is not packed."""
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return None
        mark = (status.st_ino, status.st_mtime_ns, status.st_size)
        if mark != self._mark:
            self._ids = _parse(self._path.read_bytes())
            self._mark = mark
        return self._ids.get(ref)


def _parse(content: bytes) -> dict[str, ObjectId]:
    """Read `<id> <ref>` lines; `#` begins the header, and `^` what the tag above points at."""
    lines = (line.partition(" ") for line in content.decode("utf-8", "surrogateescape").split("\n"))
    return {ref: ObjectId(id_) for id_, _, ref in lines if is_object_id(id_)}
