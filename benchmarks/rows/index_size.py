"""How large the index is, for each candidate."""

from __future__ import annotations

from budgets import Budget
from figures import Figure, Skipped
from mlflow_rows import MISSING, is_there
from processes import run
from records import FIXED
from report import Run
from setting import Setting, Words

NAME = "gitreg's index"
PEER = "MLflow SQLite store"
GIT = "Git's pack of the same records"
AT_MOST = 1500
NOTES = """Bytes for each candidate of 10 params, 10 metrics and 5 tags. The index can be thrown away; MLflow's store is all
there is. Git's pack holds the records themselves, compressed."""


def measure(setting: Setting) -> Run:
    """At every size of a registry that is searched; MLflow's store of a million is not made."""
    figures: list[Figure] = []
    skipped: list[Skipped] = []
    for size in setting.scale.searched:
        start = setting.stock.start(size, FIXED)
        run(["gitreg", "list", "-n", "1"], start.environ, start.registry)
        git = start.registry / ".git"
        kept = sum(path.stat().st_size for path in (git / "gitreg").glob("index.sqlite*"))
        packed = sum(path.stat().st_size for path in (git / "objects/pack").glob("*.pack"))
        if kept:
            figures.append(_each(NAME, kept, size))
        else:
            skipped.append(Skipped(NAME, "gitreg list left no index behind"))
        figures.append(_each(GIT, packed, size))
        if not is_there():
            skipped.append(Skipped(PEER, MISSING))
        elif size <= 100_000:
            figures.append(_each(PEER, setting.stock.mlflow(size, FIXED).stat().st_size, size))
    budget = Budget("index: 1.5 KB a candidate", NAME, plus=AT_MOST, size=setting.scale.searched_most)
    return setting.told(Words("index_size", "Size of the index", NOTES, NAME), figures, skipped, [budget])


def _each(name: str, size: int, count: int) -> Figure:
    return Figure(name, count, (size / count,), unit="bytes")
