"""The most memory of a list or search with a limit: it must not follow the number of candidates."""

from __future__ import annotations

from budgets import Budget, Term
from contestants.base import Start
from figures import Figure
from processes import FLOOR, FLOOR_WORDS, peak_memory, run
from records import FIXED
from report import Run
from setting import Setting, Words, say

ABOVE = 80
COLD, COLD_AT_MOST = "gitreg list -n 1, no index", 300
LARGEST_COLD = 100_000
COMMANDS = {
    "gitreg list -n 20": ["gitreg", "list", "-n", "20"],
    "gitreg list, filtered and sorted": [
        *("gitreg", "list", "metrics.auc > 0.5 and params.optimizer like 'adam%'"),
        *("--sort", "-metrics.auc", "-n", "20"),
    ],
    "gitreg list, 1,000 as JSON": ["gitreg", "list", "--sort", "metrics.logloss", "-n", "1000", "--json"],
}
NOTES = """Peak resident memory of the process (`wait4`'s `ru_maxrss`), the index being warm. What a budget allows is
added to what Python takes that has loaded SQLite and click. Without an index the figure is that of the largest process,
for the work is shared."""


def measure(setting: Setting) -> Run:
    """At every size of a registry that is searched."""
    figures: list[Figure] = []
    rounds = min(3, setting.scale.rounds)
    for size in setting.scale.searched:
        start = setting.stock.start(size, FIXED)
        say(f"memory: warming the index of {size:,}")
        run(["gitreg", "list", "-n", "1"], start.environ, start.registry)
        for name, words in {FLOOR: list(FLOOR_WORDS), **COMMANDS}.items():
            samples = tuple(peak_memory(words, start.environ, start.registry) for _ in range(rounds))
            figures.append(Figure(name, size, samples, unit="MB"))
        if size <= LARGEST_COLD:
            figures.append(Figure(COLD, size, (_cold(setting, start),), unit="MB"))
    budgets = [
        Budget(f"{name}: {ABOVE} MB above the interpreter", name, (Term(1, FLOOR),), ABOVE)
        for name in COMMANDS
    ]
    budgets.append(Budget(f"cold index: {COLD_AT_MOST} MB a process", COLD, plus=COLD_AT_MOST))
    return setting.told(Words("memory", "Memory of a search", NOTES, FLOOR), figures, [], budgets)


def _cold(setting: Setting, start: Start) -> float:
    """In a copy without an index."""
    registry = start.copy(setting.place(f"cold-{start.size}"))
    for path in (registry / ".git" / "gitreg").glob("index*"):
        path.unlink()
    return peak_memory(["gitreg", "list", "-n", "1"], start.environ, registry)
