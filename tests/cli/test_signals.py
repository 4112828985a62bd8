"""Who asks gitreg to end is obeyed within five seconds: nothing is lost, and nothing stays behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cli_calls import EXECUTABLE, SOURCES, Gitreg, git

from gitreg.processes import is_running

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


@pytest.fixture
def start(place: Path, environ: dict[str, str]) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts the real command in the copy."""
    started: list[subprocess.Popen[bytes]] = []

    def call(*words: str) -> subprocess.Popen[bytes]:
        pipe = subprocess.PIPE
        environment = environ | {"PYTHONPATH": SOURCES}
        one = subprocess.Popen([*EXECUTABLE, *words], cwd=place, env=environment, stdout=pipe, stderr=pipe)
        started.append(one)
        return one

    yield call
    for one in started:
        one.kill()
        one.communicate()


@pytest.fixture
def remote(place: Path, tmp_path: Path) -> Path:
    """A remote whose server hangs as soon as it is asked, and does not end when it should; returns its process id's file."""
    git(place, "init", "-q", "--bare", str(tmp_path / "remote.git"))
    git(place, "remote", "add", "origin", str(tmp_path / "remote.git"))
    git(place, "push", "-q", "origin", "main")
    script = tmp_path / "hang"
    script.write_text(
        f"#!/bin/sh\ntrap '' TERM\necho $$ > {tmp_path}/new\nmv {tmp_path}/new {tmp_path}/pid\nsleep 60\nsleep 60\n"
    )
    script.chmod(0o755)
    git(place, "config", "remote.origin.uploadpack", str(script))
    git(place, "config", "remote.origin.receivepack", str(script))
    return tmp_path / "pid"


def until(there: Callable[[], bool]) -> None:
    limit = time.monotonic() + 20
    while not there():
        assert time.monotonic() < limit
        time.sleep(0.01)


def ended(process: subprocess.Popen[bytes], number: int) -> tuple[float, int, str]:
    """Asks a process to end; how long it took, its exit code, what it said."""
    begun = time.monotonic()
    process.send_signal(number)
    _, err = process.communicate(timeout=20)
    return time.monotonic() - begun, process.returncode, err.decode()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_push_that_hangs_ends(
    start: Callable[..., subprocess.Popen[bytes]], remote: Path, place: Path, command: Gitreg, number: int
) -> None:
    """Git and the server that it started end with it, and the push can be made again."""
    pushing = start("push")
    until(remote.exists)

    took, code, said = ended(pushing, number)

    assert took < 5
    assert code == CODES[signal.Signals(number)]
    assert len(said.strip().splitlines()) == 1
    assert not is_running(int(remote.read_text()))
    git(place, "config", "--unset", "remote.origin.uploadpack")
    git(place, "config", "--unset", "remote.origin.receivepack")
    assert command("push").code == 0


def test_a_log_that_is_ended_leaves_nothing(
    start: Callable[..., subprocess.Popen[bytes]], place: Path, command: Gitreg, refs: Callable[[], str]
) -> None:
    """In the middle of a large artifact: no candidate, no temporary folder, and the next one works."""
    (place / "large.bin").touch()
    os.truncate(place / "large.bin", 1 << 34)
    before = refs()
    logging = start("log", "churn", "-a", "large.bin", "--no-code")
    until(lambda: bool(list((place / ".git/gitreg/unpushed/files").glob("tmp-*/*"))))

    took, code, said = ended(logging, signal.SIGTERM)

    assert (took < 5, code) == (True, 143)
    assert said == "error: ended by SIGTERM; what was acknowledged is kept\n"
    assert list((place / ".git/gitreg/unpushed/files").glob("tmp-*")) == []
    assert refs() == before
    assert command("log", "churn", "-a", "model.bin", "--no-code").code == 0


@pytest.mark.parametrize("number", CODES)
def test_unwinding_is_bounded(number: signal.Signals, environ: dict[str, str]) -> None:
    """What does not let itself be ended is ended all the same, and asking twice changes nothing."""
    code = (
        "import time\nfrom gitreg.cli import signals\nsignals.BOUND = 0.3\nsignals.listen()\n"
        "try:\n    print(flush=True)\n    time.sleep(60)\nfinally:\n    print(flush=True)\n    time.sleep(60)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], env=environ | {"PYTHONPATH": SOURCES}, stdout=subprocess.PIPE
    )
    for _ in range(2):
        process.stdout.readline()
        process.send_signal(number)

    assert process.wait(10) == CODES[number]
    process.stdout.close()


def test_what_was_ignored_stays_ignored(environ: dict[str, str]) -> None:
    """`nohup gitreg ...` goes on when the terminal is closed."""
    code = (
        "import signal\nfrom gitreg.cli import signals\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "signals.listen()\nraise SystemExit(signal.getsignal(signal.SIGHUP) != signal.SIG_IGN)"
    )

    subprocess.run([sys.executable, "-c", code], env=environ | {"PYTHONPATH": SOURCES}, check=True)
