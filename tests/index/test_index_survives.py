"""Whatever becomes of the index's file, the answers stay those of the commit: at worst it takes longer."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from histories import History, everything, experiment_file, fresh, place, record, some

from gitreg.errors import MachineError
from gitreg.index import build, catching_up, closing, opening
from gitreg.index.current import Index, ask, current_index
from gitreg.index.schema import FORMAT
from gitreg.index.task import Options
from gitreg.index.way import Way

ASK = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from histories import History
import os
history = History(Path({path!r}), dict(os.environ))
answers = history.answers()
print(len(answers["candidates"]), history.file.exists())
"""


@pytest.fixture
def filled(history: History) -> History:
    """An index of two hundred candidates."""
    history.commit({**some(range(200)), **some(range(3), "pricing"), **experiment_file(), place(300): b"?"})
    history.answers()
    return history


def test_a_deleted_index_is_made_again(filled: History) -> None:
    """The index is derived: deleting it loses nothing."""
    filled.file.unlink()

    assert filled.answers() == filled.fresh()
    assert filled.file.exists()


def test_files_of_sqlite_without_their_index_do_no_harm(filled: History) -> None:
    """A write-ahead log that is left alone belongs to nothing."""
    with current_index(filled.reading, filled.folder, filled.tip):
        for suffix in ("-wal", "-shm"):
            shutil.copy(f"{filled.file}{suffix}", filled.folder / f"kept{suffix}")
    filled.file.unlink()
    for suffix in ("-wal", "-shm"):
        (filled.folder / f"kept{suffix}").rename(f"{filled.file}{suffix}")

    assert filled.answers() == filled.fresh()


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_index_is_made_again(filled: History, seed: int) -> None:
    """Pages full of rubbish or zeros, a cut file, another file altogether: noticed, thrown away, made anew."""
    random = Random(seed)
    content = bytearray(filled.file.read_bytes())
    pages = len(content) // 4096
    way = seed % 4
    if way == 0:
        for page in random.sample(range(pages), 3):
            content[page * 4096 : page * 4096 + 4096] = random.randbytes(4096)
    elif way == 1:
        content = content[: random.randrange(1, len(content))]
    elif way == 2:
        for page in random.sample(range(1, pages), pages // 2):
            content[page * 4096 : page * 4096 + 4096] = bytes(4096)
    else:
        content = bytearray(random.randbytes(5000))
    filled.file.write_bytes(content)

    assert filled.answers() == filled.fresh()


def test_damage_that_shows_in_the_middle_of_an_update_is_no_trouble(filled: History) -> None:
    """An update writes where others read only later."""
    content = bytearray(filled.file.read_bytes())
    connection = sqlite3.connect(filled.file)
    [[root]] = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'metrics_by_value'")
    connection.close()
    content[(root - 1) * 4096 : root * 4096] = b"\xff" * 4096
    filled.file.write_bytes(content)
    filled.commit(some(range(400, 410)))

    assert filled.answers() == filled.fresh()


def test_damage_that_a_question_meets_is_told_and_gone(filled: History) -> None:
    """A block of questions cannot be asked again by itself: it fails, and the next one does not."""

    def questions() -> None:
        with current_index(filled.reading, filled.folder, filled.tip) as index:
            _damage(filled.file)
            everything(index)

    with pytest.raises(MachineError, match="thrown away"):
        questions()

    assert filled.answers() == filled.fresh()


def test_a_question_that_meets_damage_is_asked_again(filled: History) -> None:
    """`ask` makes the index anew and asks once more."""
    asked: list[Index] = []

    def question(index: Index) -> dict[str, object]:
        asked.append(index)
        if len(asked) == 1:
            _damage(filled.file)
        return everything(index)

    assert ask(filled.reading, filled.folder, filled.tip, question) == filled.fresh()
    assert len(asked) == 2


def test_an_error_of_ours_is_not_taken_for_damage(filled: History) -> None:
    """A wrong question is a bug, and costs nobody the index."""
    inode = filled.file.stat().st_ino

    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        ask(
            filled.reading,
            filled.folder,
            filled.tip,
            lambda index: index.connection.execute("SELECT 1 FROM no"),
        )

    assert filled.file.stat().st_ino == inode


def test_an_older_format_is_replaced(filled: History, monkeypatch: pytest.MonkeyPatch) -> None:
    """A newer gitreg makes the index anew in its own arrangement."""
    _write(filled.file, f"PRAGMA user_version = {FORMAT - 1}", "ALTER TABLE faults RENAME TO errors")

    assert filled.answers() == filled.fresh()
    assert _number(filled.file) == FORMAT


def test_a_newer_format_stays_as_it_is(filled: History) -> None:
    """An older gitreg that shares the clone keeps an index of its own beside, and uses that the next time."""
    _write(filled.file, f"PRAGMA user_version = {FORMAT + 1}", "CREATE TABLE future(x)")
    before = filled.file.read_bytes()

    assert filled.answers() == filled.fresh()
    assert filled.file.read_bytes() == before
    own = filled.folder / opening.OWN
    inode = own.stat().st_ino
    filled.commit(some(range(400, 403)))
    assert filled.answers() == filled.fresh()
    assert own.stat().st_ino == inode


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER evil AFTER INSERT ON candidates BEGIN DELETE FROM candidates; END",
        "CREATE VIEW evil AS SELECT 1",
        "DROP TABLE faults",
        "CREATE INDEX more ON faults(message)",
        "DROP INDEX metrics_by_value",
    ],
)
def test_a_file_with_other_tables_is_not_trusted(filled: History, statement: str) -> None:
    """Nothing that a stranger wrote into the file acts."""
    _write(filled.file, statement)
    filled.commit(some(range(400, 403)))

    assert filled.answers() == filled.fresh()
    assert not _rows(filled.file, "SELECT 1 FROM sqlite_master WHERE name IN ('evil', 'more')")


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm", "-journal"])
def test_a_link_in_place_of_a_file_leads_nowhere(filled: History, tmp_path: Path, suffix: str) -> None:
    """What the link points at is neither read as an index nor written."""
    other = tmp_path / "precious"
    other.write_bytes(b"precious")
    link = Path(f"{filled.file}{suffix}")
    link.unlink(missing_ok=True)
    link.symlink_to(other)

    assert filled.answers() == filled.fresh()
    assert other.read_bytes() == b"precious"
    assert filled.file.is_file()
    assert not filled.file.is_symlink()


def test_a_link_to_another_index_leads_nowhere(filled: History, tmp_path: Path) -> None:
    """One that could be read is not written either."""
    other = tmp_path / "other.sqlite"
    filled.file.rename(other)
    before = other.read_bytes()
    filled.file.symlink_to(other)
    filled.commit(some(range(400, 403)))

    assert filled.answers() == filled.fresh()
    assert other.read_bytes() == before
    assert not filled.file.is_symlink()


@pytest.mark.parametrize("name", ["index.sqlite", "index.lock", "index.sqlite-wal"])
def test_a_folder_in_place_of_a_file_stays(history: History, name: str) -> None:
    """Where no file can be, there is an index of this process alone; root too may not write into a folder."""
    history.commit(some(range(5)))
    (history.folder / name).mkdir(parents=True)

    assert history.answers() == history.fresh()
    assert (history.folder / name).is_dir()


def test_where_no_folder_can_be_there_is_an_index_nevertheless(history: History) -> None:
    """A file is in the way of the folder."""
    history.commit(some(range(5)))
    history.folder.write_text("")

    assert history.answers() == history.fresh()


@pytest.mark.parametrize("is_current", [True, False])
def test_a_folder_that_may_not_be_written_is_read(filled: History, is_current: bool, tmp_path: Path) -> None:
    """Somebody else's clone is searched, from the index that is there or a copy of it, and stays as it is."""
    if not is_current:
        filled.commit({**some(range(400, 405)), place(3): None})
    before, expected = filled.file.read_bytes(), filled.fresh()
    home = Path(filled.environ["HOME"])
    (home / ".gitconfig").write_text("[safe]\n\tdirectory = *\n")
    ways = {one: one.stat().st_mode for one in {home, *home.parents[:-2], *tmp_path.parents[:-2], tmp_path}}
    for one in (filled.path, *filled.path.rglob("*")):
        one.chmod(0o555 if one.is_dir() else 0o444)
    for one, mode in ways.items():
        one.chmod(mode | 0o055 if os.geteuid() == 0 else mode)

    said = _as_nobody(filled)

    for one in (filled.path, *filled.path.rglob("*")):
        one.chmod(0o755)
    for one, mode in ways.items():
        one.chmod(mode)
    assert said == expected
    assert filled.file.read_bytes() == before


@pytest.mark.parametrize("is_current", [True, False])
def test_a_read_only_index_is_copied_only_to_be_changed(
    filled: History, is_current: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a lock that cannot be taken, as root meets it too."""
    if not is_current:
        filled.commit({**some(range(400, 405)), place(3): None})
    (filled.folder / opening.LOCK).unlink()
    (filled.folder / opening.LOCK).mkdir()
    before = filled.file.read_bytes()
    copied: list[Path] = []
    private = opening.private
    monkeypatch.setattr(
        "gitreg.index.current.private", lambda folder: copied.append(folder) or private(folder)
    )

    assert filled.answers() == filled.fresh()
    assert filled.file.read_bytes() == before
    assert bool(copied) != is_current


def test_without_a_write_ahead_log_there_is_another_journal(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a file system of several machines the log's shared memory would not be shared."""
    monkeypatch.setattr(opening, "is_shared", lambda folder: True)
    history.commit(some(range(5)))

    assert history.answers() == history.fresh()
    assert _rows(history.file, "PRAGMA journal_mode") == [("delete",)]
    history.commit(some(range(5, 9)))
    assert history.answers() == history.fresh()
    assert _rows(history.file, "SELECT count(*) FROM candidates") == [(9,)]


def test_a_build_is_taken_up_where_it_was_left(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was committed is not read again; indices that were not made yet are made."""
    monkeypatch.setattr(catching_up, "AT_ONCE", 10)
    monkeypatch.setattr(build, "CHUNK", 5)
    monkeypatch.setattr(build, "COMMITTED", 20)
    history.commit({**some(range(100)), **experiment_file(), place(300): b"?"})

    def stop(done: int, _total: int) -> None:
        if done >= 60:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ask(history.reading, history.folder, history.tip, everything, Options(way=Way(stop, workers=0)))
    assert _rows(history.file, "SELECT count(*) >= 55 FROM candidates") == [(1,)]
    assert not _rows(history.file, "SELECT 1 FROM sqlite_master WHERE name = 'metrics_by_value'")
    totals: list[int] = []

    answers = ask(
        history.reading,
        history.folder,
        history.tip,
        everything,
        Options(way=Way(lambda _, total: totals.append(total), workers=0)),
    )

    assert answers == history.fresh()
    assert totals[0] <= 47


def test_a_build_by_several_processes_is_that_of_one(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers read, and their order does not show."""
    monkeypatch.setattr(catching_up, "AT_ONCE", 10)
    monkeypatch.setattr(build, "CHUNK", 7)
    history.commit({**some(range(100)), **experiment_file(), place(300): b"?", place(301): record(1)})
    history.way = Way(workers=3)

    assert history.answers() == history.fresh()


def test_workers_that_die_are_done_without(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no other process can read, this one does."""
    monkeypatch.setattr(catching_up, "AT_ONCE", 10)
    monkeypatch.setattr(build, "CHUNK", 7)
    monkeypatch.setattr(sys, "executable", shutil.which("true"))
    history.commit({**some(range(100)), **experiment_file(), place(300): b"?"})
    history.way = Way(workers=2)

    assert history.answers() == history.fresh()


def test_workers_end_with_the_build(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrupted build leaves no process behind."""
    monkeypatch.setattr(catching_up, "AT_ONCE", 10)
    monkeypatch.setattr(build, "CHUNK", 7)
    history.commit(some(range(100)))
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def start(*words, **options):
        started.append(popen(*words, **options))
        return started[-1]

    monkeypatch.setattr("gitreg.index.crew.subprocess.Popen", start)

    def stop(done: int, _total: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ask(history.reading, history.folder, history.tip, everything, Options(way=Way(stop, workers=2)))

    workers = [one for one in started if one.args[0] == sys.executable]
    assert len(workers) == 2
    assert all(one.returncode is not None for one in workers)


def test_two_processes_that_update_at_once_agree(filled: History) -> None:
    """Whoever is slower sees what the other did; both answer for the tip."""
    filled.file.unlink()
    filled.commit(some(range(400, 450)))
    script = ASK.format(tests=str(Path(__file__).parent), path=str(filled.path))
    running = [
        subprocess.Popen(
            [sys.executable, "-c", script], env=dict(filled.environ), stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]

    said = {one.communicate()[0] for one in running}

    assert said == {f"{len(filled.fresh()['candidates'])} True\n"}
    assert filled.answers() == filled.fresh()


def test_whoever_was_overtaken_looks_again(filled: History, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was planned from one state is not written into another."""
    first = filled.commit(some(range(400, 405)))
    second = filled.commit(some(range(405, 409)))
    other = History(filled.path, filled.environ)
    plans = [catching_up.plan]

    def overtaken(*words):
        made = plans[0](*words)
        monkeypatch.undo()
        other.answers(second)
        return made

    monkeypatch.setattr(catching_up, "plan", overtaken)

    assert filled.answers(first) == fresh(filled.reading, first)
    other.reading.close()


def test_readers_of_two_commits_do_not_disturb_each_other(filled: History) -> None:
    """A block of questions sees its own commit, whatever others bring the index to."""
    first = filled.tip
    with current_index(filled.reading, filled.folder, first) as index:
        filled.commit(some(range(400, 405)))
        later = filled.answers()

        before = everything(index)

    assert len(later["candidates"]) == len(before["candidates"]) + 5
    assert filled.answers(first) == before


def test_an_interrupted_update_changes_nothing(filled: History, monkeypatch: pytest.MonkeyPatch) -> None:
    """An update is whole or not there."""
    before = filled.answers()
    tip = filled.tip
    filled.commit(some(range(400, 405)))
    monkeypatch.setattr("gitreg.index.writing.Writer.tidy", lambda self: signal.raise_signal(signal.SIGINT))

    with pytest.raises(KeyboardInterrupt):
        filled.answers()

    monkeypatch.undo()
    assert filled.answers(tip) == before
    assert filled.answers() == filled.fresh()


def test_a_small_update_does_not_wait_for_the_disk(filled: History) -> None:
    """The log stays when the last one closes the index, and the next one reads it."""
    filled.commit(some(range(400, 402)))

    filled.answers()

    assert Path(f"{filled.file}-wal").stat().st_size > 0
    assert filled.answers() == filled.fresh()


def test_a_long_log_is_worked_in(filled: History, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens the index reads the log, so it stays short."""
    monkeypatch.setattr(closing, "LONG", 1)
    filled.commit(some(range(400, 402)))

    filled.answers()

    assert Path(f"{filled.file}-wal").stat().st_size == 0
    assert filled.answers() == filled.fresh()


def _damage(file: Path) -> None:
    size = file.stat().st_size
    with file.open("r+b") as opened:
        opened.seek(4096)
        opened.write(b"\xfe" * (size - 4096))


def _write(file: Path, *statements: str) -> None:
    connection = sqlite3.connect(file, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def _rows(file: Path, statement: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(file)
    found = connection.execute(statement).fetchall()
    connection.close()
    return found


def _number(file: Path) -> object:
    return _rows(file, "PRAGMA user_version")[0][0]


def _as_nobody(history: History) -> dict[str, object]:
    """What a user is answered who owns nothing; root first becomes one, for whom modes count."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
            os.write(writing, repr(history.answers()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return eval(said or b"{}", {"nan": float("nan")})
