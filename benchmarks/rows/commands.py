"""`gitreg list` as people and scripts call it: start-up included, in a registry with many candidates and releases."""

from __future__ import annotations

from budgets import Budget, Term
from figures import Contestant, Skipped
from processes import FLOOR, floor, process, run
from records import FIXED
from report import Run
from setting import Setting, Words, say

LIST = "gitreg list -n 20"
SEARCH = "gitreg list, filtered and sorted"
EMPTY = "gitreg list, nothing found"
PEER = "dvc --version"
FILTER = "metrics.auc > 0.9 and params.optimizer = 'adam'"
NOTES = """Whole processes, output into a pipe. The registry has the candidates that the size says and {releases:,}
release tags; its index is warm. Filtered and sorted is `gitreg list "{filter}" --sort -metrics.auc -n 20`."""


def measure(setting: Setting) -> Run:
    """At every size of a registry that is searched."""
    made: list[Contestant | Skipped] = []
    for size in setting.scale.searched:
        made += _contestants(setting, size)
    most = setting.scale.searched_most
    budgets = [
        Budget(f"gitreg list at {most:,}: under dvc --version", LIST, (Term(1, PEER),), size=most),
        *(
            Budget(f"{name}: Python with SQLite and click, and 60 ms", name, (Term(1, FLOOR),), 60)
            for name in (LIST, SEARCH, EMPTY)
        ),
    ]
    notes = NOTES.format(releases=setting.scale.releases, filter=FILTER)
    return setting.contest(Words("commands", "Search as a command", notes, FLOOR), made, budgets, 15)


def _contestants(setting: Setting, size: int) -> list[Contestant | Skipped]:
    start = setting.stock.start(size, FIXED, releases=setting.scale.releases)
    say(f"warming the index of {size:,}")
    run(["gitreg", "list", "-n", "1"], start.environ, start.registry)
    place = start.registry
    search = ["gitreg", "list", FILTER, "--sort", "-metrics.auc", "-n", "20"]
    return [
        floor(start.environ, place, size=size),
        process(LIST, ["gitreg", "list", "-n", "20"], start.environ, place, size=size),
        process(SEARCH, search, start.environ, place, size=size),
        process(EMPTY, ["gitreg", "list", "metrics.auc > 2"], start.environ, place, size=size),
        process(PEER, ["dvc", "--version"], start.environ, place, size=size),
    ]
