"""Long answers of Git, read while they are made: memory stays flat. Knows bytes and commands."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO

from gitreg.gitrepo.process import Git, Outcome
from gitreg.processes import end_family

_CHUNK = 64 * 1024


def stream(git: Git, *words: str) -> Iterator[bytes]:
    """Yield the parts of an answer that end with NUL each.

    Whoever stops listening ends the process.

    Raises:
        GitregError: Git fails, with its own words; what was yielded before is not all.
    """
    with tempfile.TemporaryFile() as errors:
        process = git.start(*words, errors=errors)
        assert process.stdin is not None  # noqa: S101 - Popen was given pipes
        assert process.stdout is not None  # noqa: S101 - Popen was given pipes
        process.stdin.close()
        try:
            yield from _parts(process.stdout)
            code = process.wait()
        finally:
            if process.poll() is None:
                end_family(process)
            process.stdout.close()
        if code != 0:
            errors.seek(0)
            raise Outcome(words, code, b"", errors.read(_CHUNK)).failure()


def _parts(pipe: IO[bytes]) -> Iterator[bytes]:
    rest = b""
    while chunk := pipe.read(_CHUNK):
        *whole, rest = (rest + chunk).split(b"\0")
        yield from whole
