"""Searches in one process, by an index that is up to date."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import mlflow_rows
import raw_sqlite
from budgets import Budget, Term
from contestants.searched import Index, Raw, Store
from figures import Contestant, Skipped
from more_queries import MORE
from queries import LIMIT, SEARCHES, Search
from records import FIXED
from report import Run
from setting import Setting, Words, say

from gitreg.index.query.values import Query

NAME, WHOLE, FLOOR, PEER = "gitreg", "gitreg, whole rows", "raw SQLite", "MLflow SQLite store"
ALL = (*SEARCHES, *MORE)
PATIENCE = 3_000
MOST = 10.0
"""Seconds that MLflow may take for one search, before it is stopped."""
LARGEST_OF_PEER = 100_000
NOTES = """The first {limit} candidates of each search, in the time of the process; the index, MLflow's store and the
database by hand are open, warm, and hold the same candidates. MLflow's answer has every value of each run, as gitreg's whole
rows have; raw SQLite's has ids, as gitreg's plain answer has numbers. All of them found the same ids in the same order (checked
in this run)."""


@dataclass
class Answers:
    """What each found, to be compared."""

    ids: dict[tuple[str, int], dict[str, list[str]]] = field(default_factory=dict)
    stopped: set[tuple[str, int]] = field(default_factory=set)

    def keep(self, search: Search, size: int, name: str, ids: list[str]) -> None:
        """Keeps an answer."""
        self.ids.setdefault((search.name, size), {})[name] = ids

    def check(self) -> None:
        """Raises where answers differ: then no time of them means anything."""
        for (case, size), found in self.ids.items():
            if len({tuple(ids) for ids in found.values()}) > 1:
                told = {name: [one[:8] for one in ids[:5]] for name, ids in found.items()}
                raise RuntimeError(f"answers differ: {case} at {size:,}: {told}")


def measure(setting: Setting) -> Run:
    """Every search at every size; MLflow's store of a million is not made."""
    answers = Answers()
    made: list[Contestant | Skipped] = []
    for size in setting.scale.searched:
        made += [
            *_ours(setting, answers, size),
            *_floor(setting, answers, size),
            *_peer(setting, answers, size),
        ]
    words = Words("search", "Search in process", NOTES, NAME)
    run = setting.contest(words, made, _budgets(setting), 10, min(PATIENCE, setting.scale.patience))
    answers.check()
    stopped = ", ".join(f"{case} ({size:,})" for case, size in sorted(answers.stopped))
    more = (
        f" MLflow was stopped after {MOST:.0f} s, and would have taken longer, at: {stopped}."
        if stopped
        else ""
    )
    return replace(run, notes=NOTES.format(limit=LIMIT) + more)


def _budgets(setting: Setting) -> list[Budget]:
    usual = [size for size in setting.scale.searched if size <= LARGEST_OF_PEER]
    most, largest = usual[-1], setting.scale.searched_most
    budgets = [
        Budget(f"search {most:,}: 1/50 of MLflow's SQLite store", WHOLE, (Term(1 / 50, PEER),), size=most),
        *(Budget(f"search {size:,}: 3 x raw SQLite", NAME, (Term(3, FLOOR),), size=size) for size in usual),
        Budget(f"search {most:,}: none over 50 ms", NAME, plus=50, size=most),
    ]
    if largest > most:
        budgets.append(
            Budget(f"search {largest:,}: 12 x at {most:,}", NAME, (Term(12, NAME, most),), size=largest)
        )
    return budgets


def _ours(setting: Setting, answers: Answers, size: int) -> list[Contestant]:
    say(f"search: opening the index of {size:,}")
    index = Index(setting.stock.start(size, FIXED))

    def plain(search: Search) -> Callable[[object], object]:
        query = _query(search)
        return lambda _: index.numbers(query)

    def whole(search: Search) -> Callable[[object], object]:
        query = _query(search)
        return lambda _: answers.keep(search, size, WHOLE, index.ids(query))

    made = [
        _contestant(name, size, search, act(search))
        for name, act in ((NAME, plain), (WHOLE, whole))
        for search in ALL
    ]
    return [replace(made[0], close=index.close), *made[1:]]


def _query(search: Search) -> Query:
    return Query(search.filter, search.order, search.experiments, limit=LIMIT)


def _floor(setting: Setting, answers: Answers, size: int) -> list[Contestant]:
    folder = setting.stock.made(
        f"raw-sqlite-{raw_sqlite.ARRANGED}",
        size,
        lambda place: raw_sqlite.fill(place / "raw.sqlite", size, FIXED),
    )
    raw = Raw(folder / "raw.sqlite")

    def act(search: Search) -> Callable[[object], object]:
        return lambda _: answers.keep(search, size, FLOOR, raw.ids(search.by_hand, LIMIT))

    made = [_contestant(FLOOR, size, search, act(search)) for search in ALL]
    return [replace(made[0], close=raw.close), *made[1:]]


def _peer(setting: Setting, answers: Answers, size: int) -> list[Contestant | Skipped]:
    if not mlflow_rows.is_there():
        return [Skipped(PEER, mlflow_rows.MISSING)]
    if size > LARGEST_OF_PEER:
        return []
    store = Store(setting.stock.mlflow(size, FIXED), MOST)

    def act(search: Search) -> Callable[[object], object]:
        def ask(_: object) -> None:
            ids = store.ids(search.filter, search.order, search.experiments, LIMIT)
            if ids is None:
                answers.stopped.add((search.name, size))
            else:
                answers.keep(search, size, PEER, ids)

        return ask

    made = [_contestant(PEER, size, search, act(search)) for search in ALL if search.in_mlflow]
    return [replace(made[0], close=store.close), *made[1:]]


def _contestant(name: str, size: int, search: Search, act: Callable[[object], object]) -> Contestant:
    return Contestant(name, size, lambda turn: turn, act, case=search.name)
