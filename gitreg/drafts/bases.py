"""The records that a draft goes on from: of the candidate before it was reopened, and of each checkpoint.

They lie in the draft as files, for the commit that had them may be gone when the draft ends: commits are made again on
another parent when they are pushed. Knows bytes, not what records say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gitreg.disk import claimed_folder, sync_all
from gitreg.drafts.copies import write_new
from gitreg.errors import NotFoundError

BASES = "bases"
RECORD, MANIFEST, POINTER = "record.yaml", "artifacts.sha256", "artifacts.dvc"
NEW = ".base-"


@dataclass(frozen=True, slots=True)
class Base:
    """One record, with the manifest and the `.dvc` file of its artifacts, where it has any."""

    record: bytes
    manifest: bytes | None = None
    pointer: bytes | None = None


def bases_of(draft: Path) -> list[Base]:
    """All of them, the newest last; none for a draft that began as one.

    Raises:
        NotFoundError: if the draft was finished and removed at this moment.
    """
    folder = draft / BASES
    if not folder.is_dir():
        return []
    try:
        return [_read(one) for one in sorted(folder.iterdir(), key=lambda path: int(path.name))]
    except FileNotFoundError:
        raise NotFoundError(f"the draft {draft.name} is gone", hint="gitreg status") from None


def has_bases(draft: Path) -> bool:
    """Whether there is any."""
    return (draft / BASES).is_dir()


def add_base(draft: Path, base: Base, *, synced: bool = False) -> None:
    """Keeps one more, whole or not at all."""
    (draft / BASES).mkdir(mode=0o700, exist_ok=True)
    number = len(list((draft / BASES).iterdir()))
    with claimed_folder(draft, NEW) as made:
        whole = made / str(number)
        write_base(whole, base)
        if synced:
            sync_all([*whole.iterdir(), whole])
        whole.rename(draft / BASES / str(number))
    if synced:
        sync_all([draft / BASES, draft])


def write_base(folder: Path, base: Base) -> None:
    """Writes a base into a new folder."""
    folder.mkdir(mode=0o700, parents=True)
    for name, content in zip((RECORD, MANIFEST, POINTER), _files(base), strict=True):
        if content is not None:
            write_new(folder / name, content)


def _files(base: Base) -> Sequence[bytes | None]:
    return base.record, base.manifest, base.pointer


def _read(folder: Path) -> Base:
    found = {path.name: path.read_bytes() for path in folder.iterdir()}
    return Base(found[RECORD], found.get(MANIFEST), found.get(POINTER))
