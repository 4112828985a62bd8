"""What a search waits for when candidates are new since the last one."""

from __future__ import annotations

from functools import partial
from itertools import count
from pathlib import Path

from budgets import Budget
from contestants.act import new_candidate
from contestants.base import Start
from figures import Contestant
from records import FIXED
from report import Run
from setting import Setting, Words, say

from gitreg.gitrepo.reading import Reading
from gitreg.index.current import current_index
from gitreg.workflows.recording.log_candidate import log_candidates
from gitreg.workflows.registry import CANDIDATES, Registry, author_at, open_registry

LIMITS = {0: None, 1: 15, 100: 60}
"""How many are new, and milliseconds that this may take, whatever the size of the registry."""
NOTES = """In this process, with the repository open: the index is opened, brought from the commit that it knows to the
tip, and ready to be asked. Nothing new is what every search pays."""


def _name(new: int) -> str:
    return f"gitreg, {new:,} new" if new else "gitreg, nothing new"


def measure(setting: Setting) -> Run:
    """At every size of a registry that is searched; each has a copy, which grows."""
    made = [each for size in setting.scale.searched for each in _contestants(setting, size)]
    most = f"{setting.scale.searched_most:,}"
    budgets = [
        Budget(f"index update, {new} new at up to {most}: {limit} ms", _name(new), plus=limit)
        for new, limit in LIMITS.items()
        if limit is not None
    ]
    return setting.contest(Words("index_update", "Index update", NOTES, _name(0)), made, budgets, 15)


def _contestants(setting: Setting, size: int) -> list[Contestant]:
    start = setting.stock.start(size, FIXED)
    say(f"index_update: making the index of a copy of {size:,}")
    registry = open_registry(start.copy(setting.place(f"copy-{size}")), start.environ)
    reading = Reading.open(registry.repository.common_dir.parent, start.environ)
    _brought(reading, registry.repository.common_dir / "gitreg")
    numbers = count(size)
    return [
        Contestant(
            _name(new),
            size,
            partial(_arrange, start, registry, new, numbers),
            lambda _: _brought(reading, registry.repository.common_dir / "gitreg"),
        )
        for new in LIMITS
    ]


def _arrange(start: Start, registry: Registry, new: int, numbers: count[int], turn: int) -> int:
    """Logs so many candidates, in one commit."""
    candidates = [start.shape.candidate(next(numbers)) for _ in range(new)]
    if candidates:
        author = author_at(registry, candidates[-1].created)
        log_candidates(registry, [new_candidate(each, []) for each in candidates], author)
    return turn


def _brought(reading: Reading, folder: Path) -> None:
    with current_index(reading, folder, reading.resolve(CANDIDATES)) as index:
        assert index.connection
