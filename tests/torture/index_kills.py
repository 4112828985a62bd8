"""kill -9 at random moments of building and updating the search index: no answer changes.

    python tests/torture/index_kills.py --kills 200      # the long form
    python tests/torture/index_kills.py --kills 20 --seed 7

Before each kill the candidate branch grows, changes, is rewound or starts anew; sometimes the index is deleted, sometimes the
victim is one of two processes that bring it up to date at once. After each, what the index answers is compared, all of it,
with an index that is made anew of the same commit. Limits are made small, so that builds by several processes are short.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "index"))

from forks import SOON, fork, kill, wait, wait_for_the_rest
from ground import CONFIG, KEPT
from histories import History, experiment_file, place, record, some
from telling import say

from gitreg.index import build, catching_up
from gitreg.index.way import Way

CANDIDATES = 400
FIRST_GUESS = 0.2
"""Seconds that bringing the index up to date is taken to last before it was seen."""
SHOWN = 20


@dataclass
class Killing:
    """An index whose makers are killed.

    Args:
        history: the repository.
        random: decides what happens.
        commits: those that the branch had.
        lasts: how long a victim was seen to last, by what it had to do.
        killed: how many were killed at what.
        faults: what went wrong.
    """

    history: History
    random: Random
    commits: list[str] = field(default_factory=list)
    lasts: dict[str, float] = field(default_factory=dict)
    killed: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def kill_one(self, number: int) -> None:
        """Changes something, kills whoever follows it, and compares all answers."""
        what = self._change()
        pids = [self._start() for _ in range(self.random.choice([1, 1, 2]))]
        begin = time.monotonic()
        time.sleep(self.random.random() * self.lasts.get(what, FIRST_GUESS) * 1.2)
        kill(pids[0])
        codes = [wait(pid) for pid in pids]
        if codes[0] != -9:
            self.lasts[what] = 0.5 * self.lasts.get(what, FIRST_GUESS) + 0.5 * (time.monotonic() - begin)
        self.killed[what if codes[0] == -9 else f"{what}, which had ended"] += 1
        for code in codes:
            if code not in {0, -9}:
                self.faults.append(f"kill {number}: a process that followed {what} ended with {code}")
        if not all(wait_for_the_rest(pid, SOON) for pid in pids):
            self.faults.append(f"kill {number}: something outlived a process that followed {what}")
        self._compare(number, what)

    def _compare(self, number: int, what: str) -> None:
        found, expected = self.history.answers(), self.history.fresh()
        for name, value in expected.items():
            if found[name] != value:
                self.faults.append(f"kill {number} at {what}: the index's {name} are not those of the commit")

    def _change(self) -> str:
        """Makes the branch another one; returns what a process that follows has to do."""
        what = self.random.choice(["update", "update", "update", "rewind", "anew", "build", "build"])
        if what == "rewind" and len(self.commits) > 1:
            self.history.git("update-ref", "refs/heads/gitreg/candidates", self.random.choice(self.commits))
            return "rewind"
        if what == "build":
            for path in self.history.folder.glob("index*"):
                path.unlink()
        files = self._files(
            CANDIDATES if what == "anew" or not self.commits else self.random.randrange(1, 80)
        )
        parent = None if what == "anew" else "tip"
        self.commits.append(self.history.commit(files, parent=parent))
        return what

    def _files(self, count: int) -> dict[str, bytes | None]:
        numbers = self.random.sample(range(CANDIDATES), count)
        files: dict[str, bytes | None] = {**experiment_file(name=f"n{self.random.random()}")}
        for one in numbers:
            slug = self.random.choice(["churn", "churn-2"])
            files[place(one, slug)] = self.random.choice(
                [record(one, slug, auc=self.random.random())] * 8 + [b"no record", None]
            )
        return files | some(range(1000, 1003), auc=self.random.random())

    def _start(self) -> int:
        return fork(self._follow, self.history.path, self.history.environ)

    def _follow(self) -> int:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        made = History(self.history.path, dict(os.environ), Way(workers=self.random.choice([0, 2])))
        made.answers()
        return 0


def torture(folder: Path, said: argparse.Namespace) -> list[str]:
    """The whole run in an empty folder; returns every fault."""
    home, path = folder / "home", folder / "work"
    home.mkdir()
    path.mkdir()
    (home / ".gitconfig").write_text(CONFIG)
    environ = {name: os.environ[name] for name in KEPT if name in os.environ}
    environ |= {"HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": str(home / ".gitconfig")}
    os.environ.update(environ)
    subprocess.run(["git", "init", "-q", str(path)], env=environ, check=True)
    catching_up.AT_ONCE, build.CHUNK, build.COMMITTED = 60, 25, 50
    killing = Killing(History(path, environ), Random(said.seed))
    for number in range(said.kills):
        killing.kill_one(number)
        if killing.faults and said.stop:
            break
    killing.history.reading.close()
    say(f"killed in: {', '.join(f'{what} {count}' for what, count in killing.killed.most_common())}")
    return killing.faults


def arguments(words: list[str]) -> argparse.Namespace:
    """The command line's words."""
    parser = argparse.ArgumentParser(description="kill -9 while the search index is made; no answer changes.")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=int(time.time()), help="what happens; times still vary")
    parser.add_argument("--stop", action="store_true", help="stop at the first fault, and keep the folder")
    parser.add_argument("--folder", type=Path, help="where to work")
    return parser.parse_args(words)


def main(words: list[str]) -> int:
    """The command line."""
    said = arguments(words)
    say(f"seed {said.seed}")
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gitreg-index-", dir=said.folder) as name:
        faults = torture(Path(name), said)
        if faults and said.stop:
            Path(name).rename(f"{name}-kept")
            Path(name).mkdir()
    for fault in faults[:SHOWN]:
        say(f"FAULT: {fault}")
    say(f"{said.kills} kills, {len(faults)} faults, {time.monotonic() - begin:.0f} s")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
