"""Runs the benchmarks: each row of them beside its peers and its floor, in a process of its own.

    python benchmarks/run.py [--only ROW ...] [--quick | --full] [--cache DIR] [--json FILE] [--markdown FILE]

Prints each table and, at the end, every budget: kept, missed, or not known and why.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import mlflow_rows
from figures import Skipped
from generate import sealed
from machine import describe
from report import Run, as_text, as_tree, put_section
from rows import ABSENT, ROWS
from setting import FULL, QUICK, USUAL, Scale, Setting, say
from stock import Stock
from summary import as_table, put_summary

BESIDE_MLFLOW = {"search", "log_one", "log_metric", "mlflow_plugin"}
"""Rows that open MLflow's store in their own process."""


@dataclass(frozen=True)
class _Task:
    """One row to be measured, for the process that does so."""

    row: str
    scale: Scale
    cache: Path
    folder: Path | None


def _import_once(rows: Sequence[str], home: Path) -> None:
    """What rows use, for forks of this process: where no figure counts, none has to import for itself."""
    os.environ.update(sealed(home, os.environ))
    for row in rows:
        importlib.import_module(f"rows.{row}")
    if BESIDE_MLFLOW.intersection(rows) and mlflow_rows.is_there():
        importlib.import_module("mlflow.store.tracking.sqlalchemy_store")


def _measured(task: _Task) -> Run:
    """Measures one row, in a sealed environment and a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="gitreg-benchmark-", dir=task.folder) as name:
        folder = Path(name).resolve()
        os.environ.update(sealed(folder / "home", os.environ))  # MLflow reads it when it is imported
        (folder / "work").mkdir()
        (folder / "home").mkdir()
        os.chdir(folder)
        setting = Setting.at(folder / "work", Stock(task.cache), task.scale)
        found: Run = importlib.import_module(f"rows.{task.row}").measure(setting)
        os.chdir("/")
        return found


def _runs(tasks: Sequence[_Task]) -> Iterator[Run]:
    """Each row's run, one after the other; a row that fails says so, and the others go on."""
    for task in tasks:
        say(f"row {task.row}")
        way = "fork" if task.scale is QUICK else "spawn"
        with ProcessPoolExecutor(max_workers=1, mp_context=get_context(way)) as process:
            try:
                yield process.submit(_measured, task).result()
            except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a row or a peer comes to
                traceback.print_exception(error)
                yield _failed(task, error)


def _failed(task: _Task, error: BaseException) -> Run:
    reason = f"failed: {type(error).__name__}: {str(error).strip()[-300:]}"
    return Run(task.row, ROWS[task.row], "", "", describe(task.cache), [], [Skipped(task.row, reason)])


def _arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Run the benchmarks, each row beside its peers and its floor."
    )
    parser.add_argument(
        "--only", nargs="+", choices=ROWS, default=list(ROWS), metavar="ROW", help="only these rows"
    )
    parser.add_argument("--list", action="store_true", help="say which rows there are, and measure nothing")
    scale = parser.add_mutually_exclusive_group()
    scale.add_argument(
        "--quick", action="store_true", help="tiny sizes, once each: to see that all of it works"
    )
    scale.add_argument("--full", action="store_true", help="1,000,000 candidates too, and more patience")
    parser.add_argument("--cache", type=Path, help="where generated registries are kept for the next run")
    parser.add_argument("--folder", type=Path, help="where to work: on the disk that is to be measured")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the sections of a page")
    return parser.parse_args(words)


def _measure(said: argparse.Namespace, cache: Path) -> list[Run]:
    scale = QUICK if said.quick else FULL if said.full else USUAL
    folder = said.folder.absolute() if said.folder else None
    tasks = [_Task(row, scale, cache, folder) for row in said.only]
    runs = []
    for run in _runs(tasks):
        print(f"{as_text(run)}\n", flush=True)
        runs.append(run)
    return runs


def main(words: list[str]) -> int:
    """The command line."""
    said = _arguments(words)
    if said.list:
        print("\n".join(f"{name:16}{what}" for name, what in ROWS.items()))
        print("\n".join(f"{'-':16}{name}: {why}" for name, why in ABSENT.items()))
        return 0
    with tempfile.TemporaryDirectory(prefix="gitreg-stock-", dir=said.folder) as kept_for_now:
        cache = said.cache.absolute() if said.cache else Path(kept_for_now)
        cache.mkdir(parents=True, exist_ok=True)
        if said.quick:
            _import_once(said.only, cache / "home")
        runs = _measure(said, cache)
    print(as_table(runs, ABSENT))
    _write(said, runs)
    return 1 if any(not run.figures for run in runs) else 0


def _how(said: argparse.Namespace) -> str:
    """The command, without places of this machine."""
    options = [f"--{name}" for name in ("quick", "full") if getattr(said, name)]
    rows = [] if set(said.only) == set(ROWS) else ["--only", *said.only]
    return " ".join(["python benchmarks/run.py", *options, *rows])


def _write(said: argparse.Namespace, runs: Sequence[Run]) -> None:
    if said.json is not None:
        date = datetime.now(UTC).isoformat(timespec="seconds")
        whole = {"date": date, "runs": [as_tree(run) for run in runs], "absent": ABSENT}
        said.json.write_text(json.dumps(whole, indent=2) + "\n")
    if said.markdown is not None:
        if set(said.only) == set(ROWS):
            said.markdown.unlink(missing_ok=True)  # nothing of a row that is no more, and all in their order
        put_summary(said.markdown, runs, ABSENT, _how(said))
        for run in runs:
            put_section(said.markdown, run)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
