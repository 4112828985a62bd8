"""The sign of life of a running draft: while its process lives, and in no other process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from gitreg.drafts import Draft, Heartbeat
from gitreg.drafts.heartbeat import HEARTBEAT

EVERY = 0.02


def _beats(draft: Draft, *, within: float = 5.0) -> bool:
    """Whether a beat comes."""
    path = draft.folder / HEARTBEAT
    os.utime(path, (0, 0))
    end = time.monotonic() + within
    while time.monotonic() < end:
        if path.stat().st_mtime:
            return True
        time.sleep(EVERY / 4)
    return False


@pytest.fixture
def heartbeat(draft):
    beating = Heartbeat(draft.folder, EVERY)
    beating.start()
    yield beating
    beating.stop()


def test_a_silent_training_is_heard_of(draft, heartbeat):
    """Again and again, with nothing logged."""
    assert _beats(draft)
    assert _beats(draft)


def test_after_the_end_nothing_beats(draft, heartbeat):
    """And stopping twice is no fault."""
    heartbeat.stop()
    heartbeat.stop()

    assert not _beats(draft, within=10 * EVERY)


def test_a_draft_that_is_gone_ends_the_thread(draft, heartbeat):
    """Whoever finished it, nothing is made again where it was."""
    draft.remove()
    heartbeat._thread.join(5)

    assert not heartbeat._thread.is_alive()
    assert not draft.folder.exists()


def test_no_signal_goes_to_the_thread(draft, heartbeat):
    """`gitreg run` waits for them in the main thread; the kernel may choose any that does not refuse."""
    task = str(heartbeat._thread.native_id)
    with Path("/proc/self/task", task, "status").open() as status:
        [blocked] = [line.split()[1] for line in status if line.startswith("SigBlk")]

    assert all(
        int(blocked, 16) >> (number - 1) & 1 for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
    )
    assert not signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_no_thread_is_there_while_the_process_forks(draft, heartbeat):
    """A fork copies locks as they stand; the parent beats on afterwards, the child never."""
    reader, writer = os.pipe()
    thread = heartbeat._thread
    child = os.fork()
    if child == 0:
        heartbeat.stop()
        heartbeat.start()
        os.write(
            writer, b"alone" if threading.active_count() == 1 and not thread.is_alive() else b"not alone"
        )
        os._exit(0)
    os.waitpid(child, 0)

    assert os.read(reader, 20) == b"alone"
    assert _beats(draft)


def test_the_thread_is_gone_before_the_fork_not_only_in_the_child(draft):
    """As whoever looks just before it sees, and Python from 3.12 on, which warns."""
    code = """
        import os, sys, threading
        os.register_at_fork(before=lambda: print(threading.active_count(), flush=True))  # the first one runs last
        from pathlib import Path
        from gitreg.drafts import Heartbeat
        Heartbeat(Path(sys.argv[1]), 0.01).start()
        if os.fork():
            os.wait()
            print(threading.active_count())
        else:
            os._exit(0)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), draft.folder],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "1\n2\n"


def test_no_interpreter_is_kept_alive(draft):
    """A script that ends without a word ends at once."""
    code = """
        import sys
        from pathlib import Path
        from gitreg.drafts import Heartbeat
        Heartbeat(Path(sys.argv[1])).start()
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), draft.folder],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
