"""kill -9 at random moments of logging, hashing, committing and pushing: what was acknowledged is kept, once and whole.

    python tests/torture/kills.py --kills 500            # by hand
    python tests/torture/kills.py --kills 5000           # the long form
    python tests/torture/kills.py --kills 20 --seed 7 --by path
    python tests/torture/kills.py --kills 100 --signals TERM INT

A process group, Git's processes with it, is killed in one of its phases, then the next command must just work: `recover`,
`log`, `push` or `status`, whichever comes. What a push acknowledged is asked of the server at once. The remote is
reached by HTTP, as a server is not killed with its clients; with `--by path` it is, and what that leaves there is told.
Whoever is asked to end, by SIGTERM or SIGINT, does so within five seconds. At the end the checker looks at everything.
"""

from __future__ import annotations

import argparse
import os
import select
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from acknowledged import Acknowledged, joined, read_all, write_down
from checker import Subject, check
from forks import SOON, command, fork, kill, must, wait, wait_for_the_rest
from ground import CANDIDATES, Ground, prepare
from servers import seaweed, smart_http
from telling import say
from victims import ACTS, Victim

FIRST_GUESS = 0.15
"""Seconds that a phase is taken to last before one was seen."""
NEXT = (["recover"], ["log", "churn", "-p", "next=1"], ["push"], ["status"])
RARELY = 10
ENDED = "ended"
SHOWN = 40


@dataclass
class Killing:
    """A clone in which one process after another is killed.

    Args:
        ground: the registry.
        clone: where they work.
        random: decides what is killed when.
        signals: by what.
        lasts: how long each phase was seen to last, on the average.
        killed: how many were killed in each phase.
        faults: what went wrong, in order.
    """

    ground: Ground
    clone: Path
    random: Random
    signals: Sequence[str] = ("KILL",)
    lasts: dict[str, float] = field(default_factory=dict)
    killed: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    @property
    def acknowledged(self) -> Path:
        """What was acknowledged."""
        return self.ground.folder / "acknowledged"

    @property
    def pushed(self) -> Path:
        """What was acknowledged as being on the remote."""
        return self.ground.folder / "pushed"

    def kill_one(self, number: int) -> str:
        """Starts a victim, kills it, and lets the next command work; returns the phase in which it died."""
        reading, writing = os.pipe()
        [act] = self.random.choices(list(ACTS), [4, 2, 2, 1])
        victim = Victim(self.clone, self.acknowledged, self.pushed, writing, act, self.random.getrandbits(32))
        errors = self.ground.folder / "victim.err"
        pid = fork(partial(_quietly, victim, errors), self.clone, self.ground.environ)
        os.close(writing)
        name = self.random.choice(self.signals)
        phase = self._wait_in_a_phase(reading, self.random.randint(1, ACTS[act]))
        if phase != ENDED:
            kill(pid, signal.Signals[f"SIG{name}"])
        code = wait(pid, SOON)
        if code is None or not wait_for_the_rest(pid, SOON):
            self.faults.append(f"kill {number}: {act} did not end within {SOON} s of SIG{name} in {phase}")
            kill(pid)
            wait(pid) if code is None else wait_for_the_rest(pid, SOON)
        os.close(reading)
        said = errors.read_text(errors="replace").strip()
        is_bug = "a bug in gitreg" in said or (name == "KILL" and code not in {0, -9, None})
        if is_bug:
            self.faults.append(
                f"kill {number}: {act} ended with {code} in {phase} after SIG{name}: {said[-700:]}"
            )
        self.killed[phase] += 1
        self._next_commands(number, phase)
        return phase

    def _wait_in_a_phase(self, reading: int, wanted: int) -> str:
        """Waits for a number of phases, then for a part of the last one's time; returns its name."""
        seen = ["nothing"]
        begins = time.monotonic()
        while len(seen) <= wanted:
            lines = _phases(reading)
            if not lines:
                return ENDED
            for line in lines:
                self._lasted(seen[-1], time.monotonic() - begins)
                begins = time.monotonic()
                seen.append(line)
        last = self.lasts.get(seen[-1], FIRST_GUESS)
        # a little longer than it usually lasts, so that its end and what comes next are hit too
        ended, _, _ = select.select([reading], [], [], self.random.random() * last * 1.2)
        if ended:
            for line in _phases(reading):
                self._lasted(seen[-1], time.monotonic() - begins)
                seen.append(line)
        return seen[-1]

    def _lasted(self, phase: str, seconds: float) -> None:
        self.lasts[phase] = 0.7 * self.lasts.get(phase, seconds) + 0.3 * seconds

    def _next_commands(self, number: int, phase: str) -> None:
        first = self.random.choice(NEXT)
        for words in dict.fromkeys([tuple(first), ("recover",)]):
            done = command(words, self.clone, self.ground.environ)
            if done.code != 0:
                said = (
                    f"gitreg {words[0]} ended with {done.code} after {done.seconds:.1f} s: {done.err[-1500:]}"
                )
                self.faults.append(f"kill {number} in {phase}: {said}")
            elif words[0] == "log":
                write_down(self.acknowledged, Acknowledged(done.out, params={"next": "1"}))
        left = list((self.clone / ".git/gitreg/drafts").glob("*"))
        if left:
            self.faults.append(f"kill {number} in {phase}: recover left {left[0].name}")
        self._ask_the_server(number)

    def _ask_the_server(self, number: int) -> None:
        """Whether what a push acknowledged is on the server, though the clone it came from may burn now."""
        told = read_all([self.pushed])
        if not told:
            return
        refs = self.ground.git(
            "for-each-ref",
            "--format=%(objectname)",
            f"refs/heads/{CANDIDATES}",
            "refs/gitreg/inbox/",
            at=self.ground.remote,
        ).split()
        names = [f"experiments/churn/candidates/{one.id[:2]}/{one.id}.yaml" for one in told]
        asked = "".join(f"{ref}:{name}\n" for name in names for ref in refs)
        answers = self.ground.git(
            "cat-file", "--batch-check", at=self.ground.remote, stdin=asked
        ).splitlines()
        for place, name in enumerate(names):
            if all(line.endswith("missing") for line in answers[place * len(refs) : (place + 1) * len(refs)]):
                self.faults.append(f"kill {number}: push acknowledged {name}, and the server has it not")
        self.pushed.unlink()


def torture(folder: Path, said: argparse.Namespace) -> list[str]:
    """The whole run in an empty folder; returns every fault."""
    with ExitStack() as stack:
        s3 = stack.enter_context(seaweed(folder / "s3")) if said.s3 else None
        ground = prepare(folder, s3.environment, storage=f"{s3.bucket}/registry") if s3 else prepare(folder)
        url = stack.enter_context(reached(ground, said.by))
        killing = Killing(ground, ground.clone("clone", url), Random(said.seed), said.signals)
        rival = ground.clone("rival", url)
        for number in range(said.kills):
            phase = killing.kill_one(number)
            if number % RARELY == RARELY - 1:
                killing.faults += _rival_works(ground, rival, killing.acknowledged)
                say(f"{number + 1} killed, the last in {phase}; {len(killing.faults)} faults")
            if killing.faults and said.stop:
                say(f"everything is kept in {folder}")
                return killing.faults
        say(f"killed in: {', '.join(f'{phase} {count}' for phase, count in killing.killed.most_common())}")
        for words in (["recover"], ["push"]):
            killing.faults += _must(ground, killing.clone, words)
        report = check(
            Subject(
                remote=url,
                environ=ground.environ,
                acknowledged=joined(read_all([killing.acknowledged])),
                server=ground.remote,
                clones=[killing.clone, rival],
                storage=None if s3 else ground.storage,
                killed=True,
            ),
            must,
        )
    say(report.text())
    return [*killing.faults, *report.faults]


@contextmanager
def reached(ground: Ground, way: str) -> Iterator[str]:
    """The URL by which the remote is reached."""
    if way == "path":
        yield str(ground.remote)
        return
    with smart_http(ground.folder) as url:
        yield f"{url}/{ground.remote.name}"


def _rival_works(ground: Ground, rival: Path, acknowledged: Path) -> list[str]:
    """Somebody else logs and pushes in between, so that histories part."""
    done = command(["log", "churn", "-p", "by=rival"], rival, ground.environ)
    if done.code == 0:
        write_down(acknowledged, Acknowledged(done.out, params={"by": "rival"}))
    faults = [] if done.code == 0 else [f"the rival's log ended with {done.code}: {done.err}"]
    return faults + _must(ground, rival, ["push"])


def _must(ground: Ground, clone: Path, words: list[str]) -> list[str]:
    done = command(words, clone, ground.environ)
    return [] if done.code == 0 else [f"gitreg {words[0]} ended with {done.code} in {clone.name}: {done.err}"]


def _quietly(victim: Victim, errors: Path) -> int:
    with errors.open("wb") as file, Path(os.devnull).open("wb") as nowhere:
        os.dup2(file.fileno(), 2)
        os.dup2(nowhere.fileno(), 1)
    return victim.work()


def _phases(reading: int) -> list[str]:
    return os.read(reading, 4096).decode().split()


def arguments(words: list[str]) -> argparse.Namespace:
    """The command line's words."""
    parser = argparse.ArgumentParser(description="kill -9 at random moments; nothing acknowledged is lost.")
    parser.add_argument("--kills", type=int, default=15)
    parser.add_argument(
        "--seed", type=int, default=int(time.time()), help="what is done and killed; times still vary"
    )
    parser.add_argument("--by", choices=("http", "path"), default="http", help="how the remote is reached")
    parser.add_argument("--s3", action="store_true", help="artifacts go to a real S3 server (seaweedfs)")
    parser.add_argument(
        "--signals", nargs="+", choices=("KILL", "TERM", "INT"), default=["KILL"], help="by what"
    )
    parser.add_argument("--stop", action="store_true", help="stop at the first fault, and keep the folder")
    parser.add_argument("--folder", type=Path, help="where to work")
    return parser.parse_args(words)


def main(words: list[str]) -> int:
    """The command line."""
    said = arguments(words)
    say(f"seed {said.seed}")
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gitreg-kills-", dir=said.folder) as name:
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
