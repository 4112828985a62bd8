"""A table of some hundred experiments, which is what DVC shows of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from budgets import Budget
from figures import Contestant, Skipped
from processes import find, process, run
from records import FIXED
from report import Run
from repositories import NO_DVC, Environ, dvc_at, environ_at
from setting import Setting, Words

from gitreg.domain.candidate import Candidate

NAME, PEER = "gitreg list", "dvc exp show"
AT_MOST = 100
STAGE = """stages:
  train:
    cmd: python train.py
    params: [lr]
    metrics: [metrics.json]
"""
NOTES = """Whole processes, output into a pipe, of {count:,} candidates with 10 params and 10 metrics each. DVC's experiments
are the refs and commits that `dvc exp run` leaves (made by `git fast-import`, for running them takes half a second each),
and its cache of them is warm from the first turn, which does not count."""


def measure(setting: Setting) -> Run:
    """The same candidates in both."""
    count = setting.scale.shown
    start = setting.stock.start(count, FIXED)
    environ = environ_at(setting.folder / "home")
    limit = str(count)
    made: list[Contestant | Skipped] = [
        process(NAME, ["gitreg", "list", "-n", limit], start.environ, start.registry, size=count),
        _peer(setting, environ, [FIXED.candidate(number) for number in range(count)]),
    ]
    words = Words("shown", f"{count:,} experiments shown", NOTES.format(count=count), NAME)
    return setting.contest(words, made, [Budget("shown: under 100 ms", NAME, plus=AT_MOST)], 6)


def _peer(setting: Setting, environ: Environ, candidates: list[Candidate]) -> Contestant | Skipped:
    if find("dvc") is None:
        return Skipped(PEER, NO_DVC)
    repository = dvc_at(setting.folder / "dvc", environ)
    _put(repository, candidates[0])
    (repository / "dvc.yaml").write_text(STAGE)
    (repository / "train.py").write_text("")
    run(["git", "add", "--all"], environ, repository)
    run(["git", "commit", "--quiet", "-m", "Baseline"], environ, repository)
    _experiments(repository, environ, candidates)
    return process(PEER, ["dvc", "exp", "show", "--csv"], environ, repository, size=len(candidates))


def _put(repository: Path, candidate: Candidate) -> None:
    for name, values in _files(candidate).items():
        (repository / name).write_text(json.dumps(values))


def _files(candidate: Candidate) -> dict[str, dict[str, Any]]:
    return {"params.yaml": dict(candidate.params), "metrics.json": dict(candidate.metrics)}


def _experiments(repository: Path, environ: Environ, candidates: list[Candidate]) -> None:
    """Commits on top of the baseline, under the refs where DVC looks: refs/exps/<baseline>/<name>."""
    tip = run(["git", "rev-parse", "HEAD"], environ, repository).strip()
    stream = repository / "stream"
    with stream.open("w") as out:
        for number, candidate in enumerate(candidates):
            out.write(f"commit refs/exps/{tip[:2]}/{tip[2:]}/exp-{number:04d}\n")
            out.write(f"committer Benchmark <benchmark@example.com> {1_800_000_000 + number} +0000\n")
            out.write(f"data 4\nTry\nfrom {tip}\n")
            for name, values in _files(candidate).items():
                text = json.dumps(values)
                out.write(f"M 100644 inline {name}\ndata {len(text)}\n{text}\n")
    run(["sh", "-c", "git fast-import --quiet < stream && rm stream"], environ, repository)
