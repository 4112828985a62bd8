"""What a clone remembers of a crowd: when it was last in one, and the inbox ref of its own that it used.

It is one small file in the Git directory, `gitreg/crowded`. Nothing is ordered by its clock, which only chooses between two
ways that are both right; where it cannot be read or written, nothing is lost but a little speed.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from gitreg.workflows.registry import Registry
from gitreg.workflows.remote_refs import INBOX

FILE = "crowded"
REMEMBERED = timedelta(seconds=30)
"""For how long a lost race is taken for a sign of more to come."""

RECENT = timedelta(seconds=10)
"""A commit of others that is younger, by their clock and ours, is a sign that they are at work now."""

_LINE = re.compile(rf"(?P<when>\S+) (?P<ref>{INBOX}[0-9a-f]{{32}})")


@dataclass(frozen=True)
class Crowd:
    """A crowd that this clone was in.

    Args:
        when: when it last used the inbox.
        ref: which inbox ref is its own.
    """

    when: datetime
    ref: str


def crowd_of(registry: Registry, now: datetime) -> Crowd | None:
    """The crowd that this clone is in, if it was a moment ago."""
    try:
        found = _LINE.fullmatch((registry.local_state / FILE).read_text("ascii").strip())
        crowd = Crowd(datetime.fromisoformat(found["when"]), found["ref"]) if found else None
        return crowd if crowd and abs(now - crowd.when) < REMEMBERED else None
    except (OSError, ValueError, TypeError):
        return None


def remember_crowd(registry: Registry, crowd: Crowd) -> None:
    """Notes that the inbox was used."""
    with suppress(OSError):
        (registry.local_state / FILE).write_text(f"{crowd.when.isoformat()} {crowd.ref}\n", "ascii")


def forget_crowd(registry: Registry) -> None:
    """Notes a race that was won."""
    with suppress(OSError):
        (registry.local_state / FILE).unlink(missing_ok=True)


def is_recent(then: datetime, now: datetime) -> bool:
    """Whether others were at work a moment ago."""
    return abs(now - then) < RECENT
