"""What must be on the disk before a write is acknowledged: gitreg's own setting, and Git's. Knows words, no files.

`gitreg.durability` is `process` (safe against the death of any process: what write(2) took, the kernel keeps) or
`power` (safe against a power cut). For Git's own files the user's `core.fsync` decides where it is set, as it does for
Git (git-config(1)); where it is not, the level does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from gitreg.errors import UsageError
from gitreg.gitrepo.names import printable

Level = Literal["process", "power"]
KEY = "gitreg.durability"
HARDENED = ("-c", "core.fsync=committed")
"""For processes of Git that write; Git before 2.36 does not know the key, and gitreg syncs what it can itself."""

_OBJECTS = frozenset({"loose-object", "objects", "committed", "added", "all"})
_REFS = frozenset({"reference", "committed", "added", "all"})
_TRUE = frozenset({"true", "yes", "on", "1"})


@dataclass(frozen=True)
class Hardening:
    """What is brought to the disk before it is acknowledged.

    Args:
        level: gitreg's own setting, for whatever is not Git's.
        objects: whether loose objects are, with the folders that name them.
        refs: whether refs are.
        options: for a process of Git that writes objects or refs.
    """

    level: Level = "process"
    objects: bool = False
    refs: bool = False
    options: tuple[str, ...] = ()

    @property
    def is_power(self) -> bool:
        """Whether a power cut may lose nothing."""
        return self.level == "power"


def hardening_of(config: Callable[[str], str | None]) -> Hardening:
    """What a configuration asks for.

    Raises:
        UsageError: if `gitreg.durability` is neither of its two words.
    """
    level, own = _level(config(KEY)), config("core.fsync")
    power = level == "power"
    old = (config("core.fsyncObjectFiles") or "").lower() in _TRUE  # what Git had before core.fsync
    if own:
        chosen = set(
            own.replace(",", " ").split()
        )  # Git adds these after it removed what has a minus before it
        return Hardening(level, old or bool(chosen & _OBJECTS), bool(chosen & _REFS))
    return Hardening(level, old or power, power, HARDENED if power else ())


def _level(word: str | None) -> Level:
    if word is None or word == "process":
        return "process"
    if word == "power":
        return "power"
    raise UsageError(
        f"{KEY} is {printable(word)!r}, and must be process or power", hint=f"git config {KEY} process"
    )
