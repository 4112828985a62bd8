"""Step 10, memory, and step 14, state: what this verifier has seen, so that nobody can serve it something older.

Knows a JSON file in the clone's local state. Whoever can write there can make verification refuse, or forget; neither makes
anything pass that is not signed.
"""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gitreg.errors import VerificationError
from gitreg.gitrepo import is_object_id

SCHEMA = "gitreg/seen/v1"
LARGEST = 64 * 1024 * 1024
_KEYS = ("registry", "root", "tags", "stages", "storage")


@dataclass(frozen=True)
class Seen:
    """What was seen in earlier verifications that passed.

    Args:
        registry: of which registry.
        root: the highest root version; 0 before the first.
        tags: the tag object of every statement that an answer rested on, by full ref name.
        stages: the highest assignment of each `model/stage`.
        storage: where the repository said that the bytes are, when some were proven last.
    """

    registry: str
    root: int = 0
    tags: Mapping[str, str] = field(default_factory=dict)
    stages: Mapping[str, int] = field(default_factory=dict)
    storage: str | None = None

    @property
    def detail(self) -> str:
        """For the report."""
        return f"root {self.root}, {len(self.tags)} tags" if self.root else "nothing was seen before"

    def having(
        self, root: int, tags: Mapping[str, str], stages: Mapping[str, int], storage: str | None = None
    ) -> Seen:
        """The same, and what was seen now."""
        highest = {name: max(number, self.stages.get(name, 0)) for name, number in stages.items()}
        return Seen(
            registry=self.registry,
            root=max(root, self.root),
            tags={**self.tags, **tags},
            stages={**self.stages, **highest},
            storage=storage or self.storage,
        )


def read_seen(path: Path, registry: str) -> Seen:
    """What was seen of a registry; nothing where there is no file.

    Raises:
        VerificationError: step `memory`; the file is not one of gitreg's.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST)
    except FileNotFoundError:
        return Seen(registry)
    except OSError as error:
        raise _unreadable(path, str(error.strerror)) from error
    try:
        return _parsed(json.loads(content), registry)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise _unreadable(path, str(error)) from error


def add_seen(path: Path, before: Seen, having: Callable[[Seen], Seen]) -> Seen:
    """What was seen, and what is seen now; nothing is written where that is nothing new.

    Others may have verified and written since this verification began: their news are kept.

    Args:
        path: the memory.
        before: what was in it when this verification began.
        having: adds what is seen now.

    Raises:
        VerificationError: step `state`; it cannot be written. Step `memory`; it cannot be used any more.
    """
    if having(before) == before:
        return before
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.with_suffix(".line").open("a") as line:
            fcntl.flock(line, fcntl.LOCK_EX)
            seen = having(read_seen(path, before.registry))
            write_seen(path, seen)
    except OSError as error:
        raise VerificationError(f"{path} cannot be written: {error.strerror}", step="state") from error
    return seen


def write_seen(path: Path, seen: Seen) -> None:
    """Writes what was seen: whole, and on the disk before it has its name.

    Raises:
        VerificationError: step `state`; it cannot be written, and what is not remembered could be rolled back.
    """
    value = {
        "schema": SCHEMA,
        "registry": seen.registry,
        "root": seen.root,
        "tags": dict(sorted(seen.tags.items())),
        "stages": dict(sorted(seen.stages.items())),
        "storage": seen.storage,
    }
    try:
        write_durably(path, (json.dumps(value, indent=1) + "\n").encode())
    except OSError as error:
        raise VerificationError(f"{path} cannot be written: {error.strerror}", step="state") from error


def write_durably(path: Path, content: bytes) -> None:
    """Replaces a file in one move that survives a power cut: temporary file, fsync, rename, fsync of the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _parsed(value: object, registry: str) -> Seen:
    if not isinstance(value, dict) or value.keys() != {"schema", *_KEYS}:
        raise ValueError("it is not what gitreg writes")
    if value["schema"] != SCHEMA or value["registry"] != registry:
        raise ValueError("it is of another registry or another form")
    root, tags, stages, storage = value["root"], dict(value["tags"]), dict(value["stages"]), value["storage"]
    good = isinstance(root, int) and all(isinstance(n, int) for n in stages.values())
    if storage is not None and not (isinstance(storage, str) and storage.isprintable()):
        raise ValueError("it holds what is no storage's URL")
    if not good or not all(isinstance(id_, str) and is_object_id(id_) for id_ in tags.values()):
        raise ValueError("it holds what is no number or object id")
    return Seen(registry, root, tags, stages, storage)


def _unreadable(path: Path, reason: str) -> VerificationError:
    return VerificationError(
        f"{path}, which holds what was seen before, cannot be used: {reason}",
        step="memory",
        hint=f"If you know why, remove it: rm '{path}'. Then nothing older is noticed this once.",
    )
