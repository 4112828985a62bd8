"""Appending by many at once, to disks that may be full."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import textwrap
import time

import pytest

from gitreg.domain.curves import MetricPoint
from gitreg.drafts import Draft, Param
from gitreg.drafts.journal import Journal
from gitreg.drafts.lines import line
from gitreg.errors import MachineError, NotFoundError

LINES = 1000


def _writer(draft: Draft, number: int) -> subprocess.Popen[bytes]:
    code = f"""
        import sys
        from pathlib import Path
        from gitreg.domain.curves import MetricPoint
        from gitreg.drafts import Draft, Tag
        draft = Draft.open(Path(sys.argv[1]))
        for step in range({LINES}):
            draft.append([MetricPoint("loss", float(step), step), Tag("t{number}." + str(step), "x" * (step % 300))])
    """
    return subprocess.Popen([sys.executable, "-c", textwrap.dedent(code), str(draft.folder)])


def test_two_processes_that_append_lose_nothing(draft):
    """Lines of several writers never mix."""
    writers = [_writer(draft, number) for number in (1, 2)]

    assert [writer.wait() for writer in writers] == [0, 0]
    content = draft.read()
    assert sorted(point.step for point in content.points) == sorted([*range(LINES), *range(LINES)])
    assert content.tags == {
        f"t{number}.{step}": "x" * (step % 300) for number in (1, 2) for step in range(LINES)
    }
    assert content.torn == 0


def test_params_of_two_processes_agree_or_one_is_refused(draft, folder):
    """Looking and saying is one step: of two values, one is kept and the other writer is told."""
    code = """
        import sys
        from pathlib import Path
        from gitreg.drafts import Draft, Param
        from gitreg.errors import UsageError
        draft, refused = Draft.open(Path(sys.argv[1])), 0
        for number in range(300):
            try:
                draft.append([Param(f"p{number}", sys.argv[2])])
            except UsageError:
                refused += 1
        print(refused)
    """
    words = [sys.executable, "-c", textwrap.dedent(code), str(draft.folder)]
    writers = [subprocess.Popen([*words, name], stdout=subprocess.PIPE) for name in ("a", "b")]
    refused = [int(writer.communicate()[0]) for writer in writers]

    params = draft.read().params
    assert len(params) == sum(refused) == 300
    assert sorted(refused) == sorted(sum(value == name for value in params.values()) for name in ("a", "b"))


def test_who_looks_before_saying_keeps_others_waiting(draft):
    """Nobody's param comes between another's look and word."""
    code = """
        import sys
        from pathlib import Path
        from gitreg.drafts import Draft, Param, Tag
        from gitreg.errors import UsageError
        draft = Draft.open(Path(sys.argv[1]))
        draft.append([Tag("ready", "yes")])
        try:
            draft.append([Param("lr", "theirs")])
        except UsageError:
            print("refused")
    """
    with Journal(draft.folder / "journal.ndjson").alone():
        words = [sys.executable, "-c", textwrap.dedent(code), str(draft.folder)]
        other = subprocess.Popen(words, stdout=subprocess.PIPE)
        while not draft.read().tags:
            time.sleep(0.01)
        time.sleep(0.2)
        with (draft.folder / "journal.ndjson").open("a") as file:
            file.write(line(Param("lr", "ours")))

    assert other.communicate()[0] == b"refused\n"
    assert draft.read().params == {"lr": "ours"}


def test_a_line_after_a_torn_one_is_whole(draft):
    """Whoever was killed in the middle of a line takes nobody else's with it."""
    with (draft.folder / "journal.ndjson").open("ab") as file:
        file.write(b'\n{"kind":"metric","key":"lo')
    draft.append([MetricPoint("auc", 0.9)])

    content = draft.read()
    assert [point.key for point in content.points] == ["auc"]
    assert content.torn == 1


def test_a_torn_last_line_is_dropped_at_every_byte(draft):
    """Only a line that is there to its last byte is there."""
    path = draft.folder / "journal.ndjson"
    draft.append([Param("lr", "0.1")])
    before = path.stat().st_size
    draft.append([MetricPoint("loss", 0.25, 7)])
    whole = path.read_bytes()

    for size in range(before, len(whole)):
        path.write_bytes(whole[:size])
        content = Draft.open(draft.folder).read()
        assert (content.params, content.points) == ({"lr": "0.1"}, [])
        assert content.torn == (size > before + 1)


def test_a_write_that_was_cut_short_is_said_again(draft, monkeypatch):
    """A nearly full disk takes a part of a batch; each line is there once in the end."""
    real, cuts = os.write, iter([1, 20, 100, 3])

    def short(descriptor: int, content: bytes) -> int:
        return real(descriptor, content[: next(cuts, len(content))])

    monkeypatch.setattr(os, "write", short)
    draft.append([MetricPoint("loss", float(step), step) for step in range(10)])

    content = draft.read()
    assert [point.step for point in content.points] == list(range(10))
    assert content.torn == 3


def test_a_full_disk_is_an_error_that_says_so(draft, monkeypatch):
    """Nothing is acknowledged that is not there."""

    def full(descriptor: int, content: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)

    with pytest.raises(MachineError, match="No space left"):
        draft.append([MetricPoint("loss", 1.0)])


def test_after_the_seal_nothing_is_acknowledged(draft):
    """A child that outlives the command is told, even when it had the journal open."""
    late = Draft.open(draft.folder)
    late.append([MetricPoint("loss", 1.0)])
    draft.seal()

    with pytest.raises(NotFoundError, match="has ended"):
        late.append([MetricPoint("loss", 2.0)])


def test_after_removal_nothing_is_acknowledged(draft):
    """An open file whose name is gone takes bytes, and nobody would ever read them."""
    late = Draft.open(draft.folder)
    late.append([MetricPoint("loss", 1.0)])
    draft.remove()

    with pytest.raises(NotFoundError, match="has ended"):
        late.append([MetricPoint("loss", 2.0)])


def test_news_are_read_once_and_without_metrics(draft):
    """Following a journal costs what was added, whatever the number of metric points."""
    journal = Journal(draft.folder / "journal.ndjson")
    draft.append([Param("a", "1"), MetricPoint("loss", 1.0)])
    first, offset = journal.news(0)
    draft.append([MetricPoint("loss", 2.0), Param("b", "2")])
    second, _ = journal.news(offset)

    assert [text[:24] for text in first] == [b'{"kind":"param","key":"a']
    assert [text[:24] for text in second] == [b'{"kind":"param","key":"b']


def test_news_are_found_across_the_pieces_that_are_read(draft, monkeypatch):
    """A line that two reads share is one line."""
    monkeypatch.setattr("gitreg.drafts.journal.CHUNK", 7)
    draft.append([Param(f"p{number}", "x" * number) for number in range(30)])

    found, _ = Journal(draft.folder / "journal.ndjson").news(0)
    assert len(found) == 30


@pytest.mark.skipif(os.geteuid() != 0, reason="files of another user are made by root")
def test_a_journal_that_may_not_be_written_is_read(draft):
    """Who may only look sees all of it; who writes is told that it is the rights, unless it was sealed."""
    draft.append([Param("a", "1")])
    code = """
        import sys
        from pathlib import Path
        from gitreg.drafts.journal import Journal
        from gitreg.errors import GitregError
        journal = Journal(Path(sys.argv[1]))
        print(len(journal.news(0)[0]))
        try:
            journal.append(b"")
        except GitregError as error:
            print(type(error).__name__)
    """
    path = draft.folder / "journal.ndjson"
    # root may write everywhere unless it lets go of that (capabilities(7))
    bounded = ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"]

    def tried() -> list[str]:
        words = [*bounded, sys.executable, "-c", textwrap.dedent(code), str(path)]
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()

    path.chmod(0o644)
    os.chown(path, 12345, -1)
    assert tried() == ["1", "RightsError"]
    os.chown(path, 0, -1)
    draft.seal()
    assert tried() == ["1", "NotFoundError"]


def test_a_seal_that_is_taken_away_lets_who_was_refused_go_on(draft):
    """Nobody is refused for good."""
    journal = Journal(draft.folder / "journal.ndjson")
    draft.seal()
    with pytest.raises(NotFoundError):
        journal.append(b"")
    draft.unseal()

    journal.append(line(Param("a", "1")).encode())
    assert draft.read().params == {"a": "1"}
