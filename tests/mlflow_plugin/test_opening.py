"""Opening a registry by an MLflow URI: made at first use, shared by threads, left behind by forks."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from gitreg.errors import NotFoundError, UsageError
from gitreg.mlflow_plugin import opening
from gitreg.mlflow_plugin.entry import artifact_repository, tracking_store
from gitreg.mlflow_plugin.opening import author, borrowing, opened, opened_if_there
from gitreg.workflows.registry import open_registry


@pytest.fixture
def place(tmp_path, environ):
    """A path at which nothing is."""
    yield tmp_path / "models"
    opening.close_all()


def uri(place: Path) -> str:
    return f"gitreg://{place}"


def git_processes() -> int:
    """How many processes of Git this process has."""
    listed = subprocess.run(
        ["ps", "--ppid", str(os.getpid()), "-o", "comm="], capture_output=True, text=True, check=False
    )
    return listed.stdout.split().count("git")


def test_a_registry_is_made_at_first_use(place):
    """As MLflow's own stores make theirs; without a key, and with its storage beside it."""
    registry = opened(uri(place))

    assert registry.settings.name == "models"
    assert registry.settings.registration == "direct"
    assert f"{place}-store" in (place / ".dvc/config").read_text()
    assert not (place / ".gitreg").exists()


def test_an_empty_folder_and_an_empty_repository_become_one(place, environ):
    """There is nothing that could be in anybody's way."""
    place.mkdir()
    other = place.with_name("other")
    subprocess.run(["git", "init", "-q", str(other)], check=True, env=environ)

    assert opened(uri(place)).settings.name == "models"
    assert opened(uri(other)).settings.name == "other"


def test_none_is_made_among_somebodys_files(place):
    """A slip of the path must not turn a home folder into a repository."""
    place.mkdir()
    (place / "thesis.txt").write_text("words\n")

    with pytest.raises(UsageError, match="is not empty"):
        opened(uri(place))
    assert [path.name for path in place.iterdir()] == ["thesis.txt"]


def test_none_is_made_in_somebodys_repository(place, make_repository):
    """A branch of somebody's code gets no commit unasked."""
    make_repository(place)

    with pytest.raises(UsageError, match="holds no registry") as refused:
        opened(uri(place))
    assert refused.value.hint == f"gitreg init {place}"


def test_none_is_made_in_a_bare_repository(place, environ):
    """What is served to others, given as a folder, is told apart from somebody's files: what to do about it is something else."""
    subprocess.run(["git", "init", "-q", "--bare", str(place)], check=True, env=environ)

    with pytest.raises(UsageError, match="is a bare repository") as refused:
        opened(uri(place))
    assert refused.value.hint == "git clone it and run gitreg init there"


def test_who_only_looks_makes_none(place):
    """An artifact's address may come from a stranger."""
    with pytest.raises(NotFoundError):
        opened_if_there(uri(place))
    assert not place.exists()


def test_a_registry_that_is_there_is_opened_from_its_work_tree(place):
    """What `gitreg init` made, with its settings."""
    first = opened(uri(place)).settings.id

    assert open_registry(place, dict(os.environ)).settings.id == first


def test_where_git_knows_nobody_the_user_at_the_host_works(place, environ):
    """A training in a container never told Git a name."""
    Path(environ["GIT_CONFIG_GLOBAL"]).write_text("")

    made = author(opened(uri(place)))

    assert made.name
    assert made.email.startswith(f"{made.name}@")
    subprocess.run(["git", "log", "-1"], cwd=place, check=True, env=environ, capture_output=True)


def test_many_processes_make_one_registry(place, environ):
    """Of a sweep's processes that start at once, one makes it and all use it."""
    code = f"from gitreg.mlflow_plugin.opening import opened; print(opened({uri(place)!r}).settings.id)"

    running = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environ)
        for _ in range(4)
    ]
    ids = {process.communicate()[0] for process in running}

    assert [process.returncode for process in running] == [0] * 4
    assert len(ids) == 1
    assert (place / "gitreg.yaml").is_file()


def test_a_call_gives_back_what_it_opened_and_the_next_one_takes_it(place):
    """An open registry knows what it read; calls within calls share it."""
    with borrowing():
        first = opened(uri(place))
        with borrowing():
            assert opened(uri(place)) is first
        assert opened(uri(place)) is first
    with borrowing():
        assert opened(uri(place)) is first


def test_threads_at_work_at_once_have_registries_of_their_own(place):
    """No two calls speak with one process of Git at once."""
    opened(uri(place))
    barrier = threading.Barrier(3)

    def call(_: int) -> int:
        with borrowing():
            registry = opened(uri(place))
            barrier.wait(20)
            return id(registry)

    with ThreadPoolExecutor(3) as threads:
        assert len(set(threads.map(call, range(3)))) == 3


def test_gits_processes_do_not_pile_up(place):
    """After forty threads have asked, a few registries are open."""
    before = git_processes()
    with borrowing():
        opened(uri(place))

    def call(_: int) -> None:
        with borrowing():
            registry = opened(uri(place))
            assert registry.accepted.file("gitreg.yaml")

    threads = [threading.Thread(target=call, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(opening._shelf.idle) <= opening.KEPT
    assert git_processes() - before <= 3 * (opening.KEPT + 1)


def test_more_calls_than_may_work_at_once_wait(place, monkeypatch):
    """A server's burst does not start hundreds of processes."""
    with borrowing():
        opened(uri(place))
    monkeypatch.setattr(opening._shelf, "turns", threading.BoundedSemaphore(2))
    most, at_work, lock = 0, 0, threading.Lock()

    def call(_: int) -> None:
        nonlocal most, at_work
        with borrowing():
            opened(uri(place))
            with lock:
                at_work += 1
                most = max(most, at_work)
            threading.Event().wait(0.02)
            with lock:
                at_work -= 1

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(call, range(16)))

    assert most <= 2


def test_a_forked_child_opens_its_own(place):
    """What trains in worker processes forks after MLflow was used."""
    with borrowing():
        opened(uri(place)).accepted.file("gitreg.yaml")
    child = os.fork()
    if child == 0:
        good = not opening._shelf.idle
        with borrowing():
            good = good and opened(uri(place)).accepted.file("gitreg.yaml") is not None
        os._exit(0 if good else 1)

    assert os.waitpid(child, 0)[1] == 0
    with borrowing():
        assert opened(uri(place)).accepted.file("gitreg.yaml")


def test_a_registry_that_was_moved_away_is_not_used_on(place):
    """Another one stands in its place by now."""
    with borrowing():
        first = opened(uri(place)).settings.id
    place.rename(place.with_name("away"))

    with borrowing():
        assert opened(uri(place)).settings.id != first


def test_settings_are_read_anew_after_a_while(place, monkeypatch):
    """A server lives longer than a registry's settings."""
    with borrowing():
        first = opened(uri(place))
    monkeypatch.setattr(opening, "AGE", 0.0)

    with borrowing():
        assert opened(uri(place)) is not first


def test_no_process_is_left_when_the_program_ends(place, environ):
    """Git's processes end with the one that asked them."""
    code = (
        "import os, subprocess; from gitreg.mlflow_plugin.opening import opened;"
        f"opened({uri(place)!r}).accepted.file('gitreg.yaml');"
        "print(subprocess.run(['pgrep', '-P', str(os.getpid()), 'git'], capture_output=True, text=True).stdout)"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environ, check=True
    )

    children = [int(word) for word in done.stdout.split()]
    assert children
    assert not [child for child in children if Path(f"/proc/{child}").exists()]


@pytest.mark.parametrize("text", ["gitreg:relative", "gitreg://host/path", "gitreg:///a?x=y", "sqlite:///a"])
def test_what_names_no_registry_is_refused(text, environ):
    """With the reason, before anything is made."""
    with pytest.raises(UsageError):
        opened(text)


@pytest.mark.parametrize(
    "text", ["gitreg:relative", "gitreg://host/path", "gitreg:///a?x=y", "gitreg:///a/.."]
)
def test_mlflows_users_are_told_in_mlflows_words(text, environ):
    """By the stores and by the repository of artifacts."""
    for begin in (MlflowClient, tracking_store, artifact_repository):
        with pytest.raises(MlflowException) as refused:
            begin(text)
        assert refused.value.error_code == "INVALID_PARAMETER_VALUE"


def test_a_run_that_is_not_ended_is_ended_while_python_ends(place, environ):
    """As MLflow's fluent API does with scripts that never say so."""
    code = (
        f"import mlflow; mlflow.set_tracking_uri({uri(place)!r}); mlflow.start_run(); mlflow.log_param('lr', 1);"
        "mlflow.log_metric('loss', 1.0); mlflow.log_text('words', 'a.txt')"
    )

    subprocess.run([sys.executable, "-c", code], env=environ, check=True, timeout=100)

    listed = subprocess.run(
        [sys.executable, "-m", "gitreg", "list", "--json"],
        cwd=place,
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert '"finished"' in listed.stdout
    assert not list((place / ".git/gitreg/drafts").iterdir())
