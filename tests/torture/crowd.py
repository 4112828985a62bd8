"""A crowd of long-lived processes that begin at the same moment, and the figures of what they did."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

HERE = Path(__file__).parent


@dataclass
class Crowd:
    """What a crowd did.

    Args:
        name: what it is called.
        seconds: from the start signal to the last one's end.
        pushes: seconds of each push.
        retries: tries beyond the first of each push.
        failures: last words of those that failed.
    """

    name: str
    seconds: float = 0.0
    pushes: list[float] = field(default_factory=list)
    retries: int = 0
    failures: list[str] = field(default_factory=list)

    @property
    def landed(self) -> int:
        """How many candidates were acknowledged."""
        return len(self.pushes)

    @property
    def rate(self) -> float:
        """Acknowledged candidates in a second."""
        return self.landed / self.seconds if self.seconds else 0.0

    def share(self, hundredth: int) -> float:
        """Within how many seconds so many hundredths of the pushes were done."""
        if len(self.pushes) < 2:
            return sum(self.pushes)
        return statistics.quantiles(self.pushes, n=100, method="inclusive")[hundredth - 1]


def work(name: str, commands: Sequence[Sequence[str]], environ: Mapping[str, str]) -> Crowd:
    """Starts every command, a script of this folder and its words; lets them begin together, and waits for all."""
    begun = [_start(words, environ) for words in commands]
    for process in begun:
        assert process.stdout is not None
        first = process.stdout.readline().strip()
        if first != "ready":
            _end(begun)
            raise RuntimeError(f"a writer did not begin: {first} {process.communicate()[1][-2000:]}")
    crowd = Crowd(name)
    begin = time.monotonic()
    listeners = [Thread(target=_listen, args=(process, crowd)) for process in begun]
    for listener in listeners:
        listener.start()
    for listener in listeners:
        listener.join()
    crowd.seconds = time.monotonic() - begin
    return crowd


def _start(words: Sequence[str], environ: Mapping[str, str]) -> subprocess.Popen[str]:
    script, *rest = words
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, str(HERE / script), *rest],
        env=dict(environ),
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        text=True,
    )


def _listen(process: subprocess.Popen[str], crowd: Crowd) -> None:
    out, err = process.communicate("go\n")
    told = [json.loads(line) for line in out.splitlines()]
    crowd.pushes.extend(one["seconds"] for one in told)
    crowd.retries += sum(max(one["tries"] - 1, 0) for one in told)
    if process.returncode != 0:
        crowd.failures.append(f"exit {process.returncode}: {err.strip().rpartition(chr(10))[2]}")


def _end(processes: Sequence[subprocess.Popen[str]]) -> None:
    for process in processes:
        process.kill()
