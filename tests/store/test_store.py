"""The store: records at a commit, and one change as one commit."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest

from gitreg.documents import places
from gitreg.documents.writer import write
from gitreg.domain.candidate import Candidate
from gitreg.domain.experiment import Experiment
from gitreg.domain.record import Person
from gitreg.errors import ConflictError, RecordError
from gitreg.gitrepo import Repository
from gitreg.store import Author, RegistryStore, Snapshot, retrying

REF = "refs/heads/records"
AUTHOR = Author("Ada Example", "ada@example.com", datetime(2026, 11, 22, tzinfo=UTC))


@pytest.fixture
def store(make_repository, environ, tmp_path):
    with Repository.open(make_repository(tmp_path / "work"), environ) as repository:
        yield RegistryStore(repository)


def put(store, name, message="Add an experiment"):
    with store.change(REF, message, AUTHOR) as change:
        change.put(Experiment.called(name))


def put_while(store, name, meanwhile):
    """A change during which something else happens."""
    with store.change(REF, "Add", AUTHOR) as change:
        change.put(Experiment.called(name))
        meanwhile()


def test_a_branch_that_is_not_there_is_empty(store):
    """No commit, no files, no records."""
    empty = store.at(REF)

    assert (empty.commit, empty.tree, empty.names("x"), list(empty.paths("x")), empty.file("x")) == (
        None,
        None,
        [],
        [],
        None,
    )
    assert empty.record(Experiment, places.experiment_path("churn")) is None


def test_a_change_is_one_commit(store):
    """Everything that the block puts in, with the author given; the reflog has the first word."""
    with store.change(REF, "Add two\n\nand why\n", AUTHOR) as change:
        change.put(Experiment.called("one"))
        change.put_file("a/b.txt", b"text")

    snapshot = store.at(REF)
    commit = store.repository.commit(snapshot.commit)
    assert (commit.parents, commit.message, commit.author.name) == ((), "Add two\n\nand why\n", "Ada Example")
    assert snapshot.record(Experiment, places.experiment_path("one")) == Experiment.called("one")
    assert snapshot.file("a/b.txt") == b"text"


def test_a_snapshot_stays_what_it_was(store):
    """Later commits do not show in it."""
    put(store, "one")
    before = store.at(REF)

    put(store, "two")

    assert before.names("experiments") == ["one"]
    assert store.at(REF).names("experiments") == ["one", "two"]


def test_an_error_inside_leaves_no_trace(store):
    """No commit, no ref."""

    def act():
        with store.change(REF, "Add", AUTHOR) as change:
            change.put_file("a", b"a")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        act()

    assert store.at(REF).commit is None


def test_changing_nothing_makes_no_commit(store):
    """Writing what is there already leaves the tip."""
    put(store, "one")
    tip = store.at(REF).commit

    put(store, "one")

    assert store.at(REF).commit == tip


def test_losing_a_race_changes_nothing(store):
    """If the branch moved meanwhile, the later change is refused whole."""
    put(store, "one")

    with pytest.raises(ConflictError):
        put_while(store, "late", lambda: put(store, "two"))

    assert store.at(REF).names("experiments") == ["one", "two"]


def test_losing_the_race_for_a_new_branch_changes_nothing(store):
    """Two writers start the same branch."""
    with pytest.raises(ConflictError):
        put_while(store, "late", lambda: put(store, "first"))

    assert store.at(REF).names("experiments") == ["first"]


def test_a_new_branch_can_begin_somewhere(store):
    """With `base`, its first commit has that parent."""
    main = store.repository.resolve("refs/heads/main")

    with store.change(REF, "Add", AUTHOR, base=main) as change:
        assert change.before.file("train.py") is not None
        change.put_file("a", b"a")

    assert store.repository.commit(store.at(REF).commit).parents == (main,)


def test_a_file_is_removed(store):
    """And a folder without files is gone."""
    put(store, "one")

    with store.change(REF, "Remove", AUTHOR) as change:
        change.remove(places.experiment_path("one"))

    assert store.at(REF).names("experiments") == []


def test_retrying_tries_again(store):
    """An act that lost is done again, from what is there then."""
    tries = []

    def act():
        tries.append(1)
        with store.change(REF, "Add", AUTHOR) as change:
            change.put(Experiment.called("mine"))
            if len(tries) < 3:
                put(store, f"theirs-{len(tries)}")

    retrying(act)

    assert store.at(REF).names("experiments") == ["mine", "theirs-1", "theirs-2"]


def test_retrying_gives_up():
    """The conflict is told when nothing helped, after as many tries as were allowed."""
    tries = []

    def act():
        tries.append(1)
        raise ConflictError("moved")

    with pytest.raises(ConflictError):
        retrying(act, 4)

    assert len(tries) == 4


def test_threads_at_once_lose_nothing(store, environ):
    """Each has a repository of its own; every change of each is there."""
    path = store.repository.work_tree

    def work(name):
        with Repository.open(path, environ) as repository:
            mine = RegistryStore(repository)
            for number in range(5):
                retrying(lambda n=number: put(mine, f"{name}-{n}"))

    threads = [threading.Thread(target=work, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(store.at(REF).names("experiments")) == 15


def test_a_record_in_the_wrong_place_is_refused(store):
    """What lies at one candidate's path and calls itself another is neither."""
    person = Person(name="Ada", email="ada@example.com")
    other = Candidate(id="b" * 32, experiment="churn", name="x", created=AUTHOR.when, author=person)
    path = places.candidate_path("churn", "a" * 32)
    with store.change(REF, "Add", AUTHOR) as change:
        change.put_file(path, write(other))

    with pytest.raises(RecordError, match="it says that it lives at") as refusal:
        store.at(REF).record(Candidate, path)

    assert refusal.value.place == path


def test_another_kind_in_the_place_is_refused(store):
    """An experiment is no candidate."""
    path = places.candidate_path("churn", "a" * 32)
    with store.change(REF, "Add", AUTHOR) as change:
        change.put_file(path, write(Experiment.called("churn")))

    with pytest.raises(RecordError):
        store.at(REF).record(Candidate, path)


def test_a_large_file_is_refused(store):
    """Before it is read as a record; the limit is the caller's where it asks for more."""
    with store.change(REF, "Add", AUTHOR) as change:
        change.put_file("large", b"x" * (1024 * 1024 + 1))

    with pytest.raises(RecordError):
        store.at(REF).file("large")
    assert store.at(REF).file("large", limit=2**21) is not None


def test_a_record_too_large_to_be_read_is_not_written(store):
    """The branch never holds what no reader takes."""
    with pytest.raises(RecordError), store.change(REF, "Add", AUTHOR) as change:
        change.put(Experiment.called("one").model_copy(update={"description": "x" * 2**21}))

    assert store.at(REF).commit is None


def test_a_folder_where_a_file_should_be_is_refused(store):
    """And names() of a file are none."""
    put(store, "one")
    snapshot = store.at(REF)

    with pytest.raises(RecordError):
        snapshot.file("experiments")
    assert snapshot.names(places.experiment_path("one")) == []


def test_paths_are_all_files_below(store):
    """In path order, links and all; a folder that is not there has none."""
    put(store, "one")
    put(store, "two")
    snapshot: Snapshot = store.at(REF)

    assert list(snapshot.paths("experiments")) == [
        places.experiment_path("one"),
        places.experiment_path("two"),
    ]
    assert list(snapshot.paths("nothing")) == []
