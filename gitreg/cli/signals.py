"""Signals that ask to end: the work is unwound, its children end with it, and all of it is over within a bound."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

ASKING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
BOUND = 4
"""Seconds for locks and temporary folders; who asked will wait for five (docs/adr/0013)."""


class AskedToEndError(BaseException):
    """Somebody asked this process to end; not an `Exception`, so that nobody on the way up takes it for a fault.

    Args:
        number: the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number

    @property
    def exit_code(self) -> int:
        """As a shell says it (POSIX, Shell Command Language, 2.8.2)."""
        return 128 + self.number


def listen() -> None:
    """Turn the signals into exceptions from now on; what was ignored (nohup) stays ignored."""
    for number in ASKING:
        if signal.getsignal(number) in {signal.SIG_DFL, signal.default_int_handler}:
            signal.signal(number, _unwind)


def _unwind(number: int, _frame: FrameType | None) -> None:
    for one in ASKING:
        if signal.getsignal(one) is _unwind:
            signal.signal(one, _noted)
    signal.signal(signal.SIGALRM, lambda *_: _end_now(number))
    signal.setitimer(signal.ITIMER_REAL, BOUND)
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise AskedToEndError(number)


def _noted(_number: int, _frame: FrameType | None) -> None:
    """Asked already; to be asked twice must not stop the removing of locks. Ignoring would be inherited by children."""


def _end_now(number: int) -> None:
    processes = sys.modules.get("gitreg.processes")  # not imported: nothing was started
    if processes is not None:
        processes.end_descendants(os.getpid())
    os._exit(128 + number)
