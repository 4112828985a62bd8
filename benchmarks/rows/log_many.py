"""Many candidates logged at once: one commit, each record validated."""

from __future__ import annotations

import subprocess
from pathlib import Path

from budgets import Budget, Term
from contestants.act import new_candidate
from contestants.base import Start
from figures import Contestant
from records import FIXED
from report import Run
from setting import Setting, Words

from gitreg.documents import layout
from gitreg.documents.places import CANDIDATES_BRANCH
from gitreg.documents.writer import write
from gitreg.domain.candidate import Candidate
from gitreg.workflows.recording.log_candidate import log_candidates
from gitreg.workflows.registry import author_at, open_registry

NAME, FLOOR = "gitreg log", "git fast-import (floor)"
NOTES = """{batch:,} candidates of 10 params, 10 metrics and 5 tags in one commit, in a registry that is open already. The
floor is a process of `git fast-import` that is handed the same records as bytes, made before the clock starts."""


def measure(setting: Setting) -> Run:
    """Into a registry that is empty at first, and grows by as many each turn."""
    batch = setting.scale.batch
    start = setting.stock.start(0, FIXED)
    made = [_ours(start, setting.place("ours"), batch), _floor(start, setting.place("floor"), batch)]
    words = Words("log_many", f"Log {batch:,} candidates at once", NOTES.format(batch=batch), NAME)
    return setting.contest(words, made, [Budget("log many: 3 x fast-import", NAME, (Term(3, FLOOR),))], 10)


def _turn(turn: int, batch: int) -> list[Candidate]:
    return [FIXED.candidate(number) for number in range(turn * batch, (turn + 1) * batch)]


def _ours(start: Start, place: Path, batch: int) -> Contestant:
    registry = open_registry(start.copy(place), start.environ)
    author = author_at(registry, start.next_candidate(0).created)
    return Contestant(
        NAME,
        0,
        lambda turn: [new_candidate(each, []) for each in _turn(turn, batch)],
        lambda news: log_candidates(registry, news, author),
        registry.close,
    )


def _floor(start: Start, place: Path, batch: int) -> Contestant:
    folder = start.copy(place)

    def arrange(turn: int) -> bytes:
        head = f"commit refs/heads/{CANDIDATES_BRANCH}\ncommitter Benchmark <benchmark@example.com> {turn} +0000\n"
        tip = start.git(folder, "rev-parse", CANDIDATES_BRANCH).strip()
        files = [(layout.path_of(each).encode(), write(each)) for each in _turn(turn, batch)]
        texts = [b"M 100644 inline %s\ndata %d\n%s\n" % (path, len(text), text) for path, text in files]
        return b"".join([head.encode(), b"data 4\nMany\nfrom %s\n" % tip, *texts, b"done\n"])

    def act(stream: bytes) -> None:
        command = ["git", "-C", str(folder), "fast-import", "--quiet", "--done"]
        subprocess.run(command, env=dict(start.environ), input=stream, check=True)

    return Contestant(FLOOR, 0, arrange, act)
