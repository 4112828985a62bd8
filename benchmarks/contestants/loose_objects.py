"""The floor: the objects that such a commit consists of, written by gitdb, and nothing else.

Record, five folders up to the top, commit: seven objects with as many bytes as gitreg's own have at that size.
"""

from __future__ import annotations

import io
from pathlib import Path
from random import Random

from figures import Contestant
from gitdb.base import IStream
from gitdb.db.loose import LooseObjectDB

from contestants.act import new_candidate
from contestants.base import Start
from gitreg.documents import layout, places
from gitreg.workflows.recording.log_candidate import log_candidates
from gitreg.workflows.registry import author_at, open_registry

NAME = "7 loose objects by gitdb (floor)"
Object = tuple[bytes, bytes]


def contestant(start: Start, place: Path) -> Contestant:
    """Like the seven objects that one log made, with other ids inside, so that each is new."""
    folder = start.copy(place)
    models = _models(start, folder)
    database = LooseObjectDB(str(folder / ".git" / "objects"))

    def act(objects: list[Object]) -> None:
        for kind, content in objects:
            database.store(IStream(kind, len(content), io.BytesIO(content)))

    return Contestant(NAME, start.size, lambda turn: [_fresh(model, turn) for model in models], act)


def _models(start: Start, folder: Path) -> list[Object]:
    candidate = start.next_candidate(0)
    registry = open_registry(folder, start.environ)
    log_candidates(registry, [new_candidate(candidate, [])], author_at(registry, candidate.created))
    registry.close()
    tip = f"refs/heads/{places.CANDIDATES_BRANCH}"
    path = layout.path_of(candidate)
    folders = [str(parent) for parent in Path(path).parents if str(parent) != "."]
    names = [
        (b"blob", f"{tip}:{path}"),
        *((b"tree", f"{tip}:{name}") for name in [*folders, ""]),
        (b"commit", tip),
    ]
    return [(kind, start.git(folder, "cat-file", kind.decode(), name)) for kind, name in names]


def _fresh(model: Object, turn: int) -> Object:
    kind, content = model
    dice = Random(f"{turn}/{len(content)}/{kind!r}")
    if kind == b"tree":
        return kind, content[:-20] + dice.randbytes(20)
    # a record's own id; the id of a commit's tree
    start, length = (content.index(b"\nid: ") + 5, 32) if kind == b"blob" else (len(b"tree "), 40)
    fresh = dice.randbytes(length // 2).hex().encode()
    return kind, content[:start] + fresh + content[start + length :]
