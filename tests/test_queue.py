"""The queue of writers that keep losing races among themselves: one at a time, and never for ever."""

from __future__ import annotations

import threading
import time

import pytest

from gitreg.disk import queue
from gitreg.errors import ConflictError
from gitreg.store import retrying


def test_one_at_a_time(tmp_path):
    """Of eight that want the same, never two are at it."""
    place, inside, most = tmp_path / "queue", [], []

    def work() -> None:
        for _ in range(5):
            with queue(place, 10):
                inside.append(1)
                most.append(len(inside))
                time.sleep(0.001)
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (max(most), len(most)) == (1, 40)


def test_patience_ends(tmp_path):
    """Whoever is in front may hang: the others go on."""
    place, reached = tmp_path / "queue", []

    with queue(place, 1), queue(place, 0.05):
        reached.append(True)

    assert reached == [True]


def test_a_place_that_cannot_be_written_is_no_obstacle(tmp_path):
    """The queue only makes races rare."""
    with queue(tmp_path / "missing" / "queue", 1):
        pass

    assert not (tmp_path / "missing").exists()


def test_who_loses_queues_and_goes_on(tmp_path):
    """After two lost races it is tried in turn, and the last loss is told."""
    tries = []

    def lose() -> None:
        tries.append((tmp_path / "queue").exists())
        raise ConflictError("somebody was faster")

    with pytest.raises(ConflictError):
        retrying(lose, 4, queued=tmp_path / "queue")

    assert tries == [False, False, True, True]
