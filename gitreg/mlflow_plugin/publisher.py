"""The process that sends a mirror's work to its remote, so that no training waits: `python -m gitreg.mlflow_plugin.publisher`.

Its parent says on standard input how much was asked for so far, and it answers with a line of JSON how much was done, and what
was in the way. It ends when its parent has, after what was asked for. Imports no MLflow.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import SystemRandom

from gitreg.disk import queue
from gitreg.errors import GitregError, RemoteError
from gitreg.workflows.contents.apart import words_about
from gitreg.workflows.identity import named
from gitreg.workflows.pacing import Pacing
from gitreg.workflows.publishing.mirror import require_same
from gitreg.workflows.publishing.push import push
from gitreg.workflows.registry import Registry, author_at, open_registry
from gitreg.workflows.running.send_artifacts import send_artifacts

QUEUE = "publishing"
PATIENCE = 600.0
"""Seconds that one publisher of a mirror waits for another one: what that sends need not be sent twice."""
EVERYTHING = "everything"


def main() -> None:
    """Answers requests for a mirror, the only argument, until nobody can ask any more."""
    folder = Path(sys.argv[1])
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C in a terminal is for the training, which waits for this one
    os.nice(5)
    for number, what in _requests(sys.stdin.fileno()):
        fault = _done(folder, what)
        _answer({"number": number, "fault": fault})


def publish(registry: Registry, what: str) -> None:
    """Sends what this machine has: everything, or only artifacts that running candidates have so far.

    Raises:
        GitregError: what was in the way; nothing is lost.
    """
    require_same(registry)
    if what != EVERYTHING:
        send_artifacts(registry)
        return
    author = author_at(registry, datetime.now(UTC))
    pushed = push(registry, author, Pacing(SystemRandom(), time.sleep))
    registry.repository.tidy()
    if pushed.apart:
        raise RemoteError(words_about(pushed.apart))


def _done(folder: Path, what: str) -> str | None:
    """What was in the way; None where all was sent."""
    try:
        registry = named(open_registry(folder, dict(os.environ)), datetime.now(UTC))
        try:
            with queue(registry.local_state / QUEUE, PATIENCE):
                publish(registry, what)
        finally:
            registry.close()
    except GitregError as error:
        return str(error)
    return None


def _requests(descriptor: int) -> Iterator[tuple[int, str]]:
    """What was asked for, the last number of what came meanwhile: to send everything once is to send it for all."""
    rest = b""
    while chunk := os.read(descriptor, 65536):
        rest += chunk
        while select.select([descriptor], [], [], 0)[0] and (chunk := os.read(descriptor, 65536)):
            rest += chunk
        *lines, rest = rest.split(b"\n")
        asked = [line.decode().split() for line in lines if line]
        if asked:
            kinds = {kind for _, kind in asked}
            yield int(asked[-1][0]), EVERYTHING if EVERYTHING in kinds else asked[-1][1]


def _answer(words: dict[str, object]) -> None:
    try:
        sys.stdout.write(json.dumps(words) + "\n")
        sys.stdout.flush()
    except OSError:
        return  # nobody listens any more; what was asked for is done all the same


if __name__ == "__main__":
    main()
