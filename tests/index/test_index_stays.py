"""An index that stays open between questions: the answers are those of one that was opened for each."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import pytest
from histories import History, everything, some

from gitreg.index.current import Index, ask
from gitreg.index.keeping import MOST, SHELF
from gitreg.index.task import Options
from gitreg.index.way import Way

T = TypeVar("T")
STAYING = Options(way=Way(workers=0), stays=True)


@pytest.fixture
def filled(history: History) -> Iterator[History]:
    """Forty candidates, whose index stays open."""
    SHELF.close()
    history.commit(some(range(40)))
    _answers(history)
    yield history
    SHELF.close()


def test_the_next_question_is_asked_of_the_same_connection(filled: History) -> None:
    """Nothing is opened again for it."""
    first, second = _connection(filled), _connection(filled)

    assert first is second


def test_what_is_committed_meanwhile_is_in_the_next_answer(filled: History) -> None:
    """The connection is of the tip that is asked for, not of the one before."""
    filled.commit(some(range(30, 50)))

    assert _answers(filled) == filled.fresh()


def test_what_another_connection_wrote_is_seen(filled: History) -> None:
    """Another process brought the index on meanwhile; pages that are remembered are not believed."""
    filled.commit(some(range(60), auc=0.75))
    filled.answers()

    assert _answers(filled) == filled.fresh()


def test_a_question_within_a_question_has_a_connection_of_its_own(filled: History) -> None:
    """Both see what they see, and both stay."""

    def inner(index: Index) -> bool:
        return _connection(filled) is not index.connection

    assert _ask(filled, inner)
    assert _answers(filled) == filled.fresh()


def test_a_deleted_index_is_made_again(filled: History) -> None:
    """Its name leads to no file any more, so the open one is let go."""
    for suffix in ("", "-wal", "-shm"):
        Path(f"{filled.file}{suffix}").unlink(missing_ok=True)

    assert _answers(filled) == filled.fresh()
    assert filled.file.exists()


def test_an_index_that_was_replaced_is_opened_anew(filled: History, tmp_path: Path) -> None:
    """Another file has the name; what is open is none that others write to."""
    before = _connection(filled)
    shutil.copy(filled.file, tmp_path / "copy")
    for suffix in ("-wal", "-shm"):
        Path(f"{filled.file}{suffix}").unlink(missing_ok=True)
    (tmp_path / "copy").rename(filled.file)

    assert _connection(filled) is not before
    assert _answers(filled) == filled.fresh()


def test_a_trigger_that_a_stranger_adds_is_found(filled: History) -> None:
    """What was looked at when it was opened is looked at again when it is another arrangement."""
    other = sqlite3.connect(filled.file)
    other.execute("CREATE TRIGGER evil AFTER INSERT ON candidates BEGIN DELETE FROM candidates; END")
    other.close()
    filled.commit(some(range(40, 45)))

    assert _answers(filled) == filled.fresh()
    assert _ask(filled, lambda index: _names(index, "trigger")) == []


def test_a_damaged_index_is_made_again(filled: History) -> None:
    """Damage that is met in the middle of a question throws it away; the question is put once more."""
    size = filled.file.stat().st_size
    SHELF.close()
    _connection(filled)  # has read nothing yet but its first pages
    with filled.file.open("r+b") as opened:
        opened.seek(3 * 4096)
        opened.write(b"\xfe" * (size - 3 * 4096))
    Path(f"{filled.file}-wal").write_bytes(b"")

    assert _answers(filled) == filled.fresh()


def test_a_question_that_fails_leaves_no_transaction(filled: History) -> None:
    """The next one sees what was committed since."""

    def failing(index: Index) -> None:
        raise RuntimeError(index)

    with pytest.raises(RuntimeError):
        _ask(filled, failing)
    filled.commit(some(range(40, 45)))

    assert _answers(filled) == filled.fresh()


def test_threads_ask_at_once(filled: History) -> None:
    """Each has a connection of its own while it asks; a few stay."""
    right = filled.fresh()["candidates"]

    def asking(_turn: int) -> bool:
        return _ask(filled, everything)["candidates"] == right

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(asking, range(40)))
    assert 1 <= len(SHELF) <= MOST


def test_a_forked_child_opens_its_own(filled: History) -> None:
    """SQLite would take its parent's locks for its own: none is open while the process forks."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            kept = len(SHELF)
            os.write(writing, f"{kept} {len(_ask(filled, _ids))}".encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)

    assert said == "0 40"
    assert _answers(filled) == filled.fresh()


def test_the_log_of_writes_stays_short(filled: History, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody closes the connection, so who puts it back works in a log that grew long."""
    monkeypatch.setattr("gitreg.index.closing.LONG", 100_000)
    sizes = []
    for turn in range(6):
        filled.commit(some(range(60), auc=turn / 10))
        _answers(filled)
        sizes.append(Path(f"{filled.file}-wal").stat().st_size)

    assert max(sizes) <= 100_000
    assert _ask(filled, lambda index: index.connection.execute("PRAGMA busy_timeout").fetchone()) == (60_000,)


def _ask(history: History, question: Callable[[Index], T]) -> T:
    return ask(history.reading, history.folder, history.tip, question, STAYING)


def _answers(history: History) -> dict[str, object]:
    return _ask(history, everything)


def _connection(history: History) -> sqlite3.Connection:
    return _ask(history, lambda index: index.connection)


def _ids(index: Index) -> list[str]:
    return [id_ for (id_,) in index.connection.execute("SELECT id FROM candidates")]


def _names(index: Index, kind: str) -> list[str]:
    return [
        name for (name,) in index.connection.execute("SELECT name FROM sqlite_master WHERE type = ?", (kind,))
    ]
