"""Runs of several processes and threads through MLflow's tracking store, and of those that die."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from desk import Desk
from mlflow.entities import Metric, Param, RunStatus, RunTag, ViewType

from gitreg.domain.candidate import Candidate
from gitreg.mlflow_plugin.tracking import open_drafts
from gitreg.mlflow_plugin.tracking.store import TrackingStore
from gitreg.workflows.running.recover import recover

FINISHED, FAILED, RUNNING = RunStatus.FINISHED, RunStatus.FAILED, RunStatus.RUNNING


@pytest.fixture
def store(desk: Desk) -> TrackingStore:
    """MLflow's store on a fresh registry."""
    return TrackingStore(f"gitreg://{desk.path}")


def elsewhere(act: Callable[[], object]) -> int:
    """Does it in a process that is forked; returns how that ended."""
    child = os.fork()
    if not child:
        try:
            act()
        except BaseException as error:  # noqa: BLE001 - the parent must not go on twice
            sys.__stderr__.write(f"{error!r}\n")  # type: ignore[union-attr]
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1]


def begin(store: TrackingStore, name: str = "a") -> str:
    return str(store.create_run("0", "ada", 1, [], name).info.run_id)


def test_a_run_whose_process_was_killed_is_killed_with_all_that_it_logged(
    store: TrackingStore, desk: Desk
) -> None:
    """Nothing that was logged is lost."""

    def train() -> None:
        run_id = begin(store)
        store.log_batch(
            run_id, [Metric("m", n, n, n) for n in range(9)], [Param("p", "1")], [RunTag("t", "1")]
        )
        store.log_metric(run_id, Metric("m", 9.0, 9, 9))
        os.kill(os.getpid(), signal.SIGKILL)

    elsewhere(train)
    [dead] = store.search_runs(["0"], None, ViewType.ACTIVE_ONLY)
    recover(desk.registry, desk.author)

    found = store.get_run(dead.info.run_id)
    assert (dead.info.status, found.info.status) == ("KILLED", "KILLED")
    assert (found.data.metrics, found.data.params, found.data.tags["t"]) == ({"m": 9.0}, {"p": "1"}, "1")
    assert len(store.get_metric_history(dead.info.run_id, "m")) == 10


def test_a_child_logs_into_its_parent_s_run_and_both_end_it(store: TrackingStore) -> None:
    """As under `mlflow run`."""
    run_id = begin(store)

    def child() -> None:
        store.update_run_info(run_id, RUNNING, None, None)
        store.log_metric(run_id, Metric("m", 1.0, 1, 1))
        store.update_run_info(run_id, FINISHED, 5, None)

    assert elsewhere(child) == 0
    assert store.update_run_info(run_id, FINISHED, 6, None).status == "FINISHED"
    assert store.get_run(run_id).data.metrics == {"m": 1.0}


def test_a_run_goes_on_in_another_process(store: TrackingStore, desk: Desk) -> None:
    """Whoever takes it up owns it, so that it does not count as dead when the first one ended."""
    made = desk.path.parent / "run"
    assert elsewhere(lambda: made.write_text(begin(store))) == 0
    run_id = made.read_text()
    assert store.get_run(run_id).info.status == "KILLED"

    store.update_run_info(run_id, RUNNING, None, None)
    assert store.get_run(run_id).info.status == "RUNNING"
    recover(desk.registry, desk.author)
    store.log_metric(run_id, Metric("m", 1.0, 1, 1))
    assert store.get_run(run_id).info.status == "RUNNING"


def test_an_ended_run_takes_more_and_stays_ended(store: TrackingStore) -> None:
    """Each call is one commit, whichever process makes it."""
    run_id = begin(store)
    store.log_metric(run_id, Metric("m", 1.0, 1, 0))
    store.update_run_info(run_id, FAILED, 5, None)
    store.log_metric(run_id, Metric("m", 2.0, 2, 1))
    assert elsewhere(lambda: store.log_batch(run_id, [], [Param("p", "1")], [RunTag("t", "1")])) == 0
    store.set_tag(run_id, RunTag("mlflow.note.content", "words"))

    found = store.get_run(run_id)
    assert (found.info.status, found.info.end_time) == ("FAILED", 5)
    assert (found.data.metrics, found.data.params) == ({"m": 2.0}, {"p": "1"})
    assert found.data.tags == {"mlflow.runName": "a", "t": "1", "mlflow.note.content": "words"}
    assert len(store.get_metric_history(run_id, "m")) == 2


def test_a_run_runs_again(store: TrackingStore) -> None:
    """It is one run, with all of both lives, when it ended again."""
    run_id = begin(store)
    store.log_metric(run_id, Metric("m", 1.0, 1, 0))
    store.update_run_info(run_id, FINISHED, 5, None)
    store.update_run_info(run_id, RUNNING, None, None)
    store.log_metric(run_id, Metric("m", 2.0, 2, 1))
    assert store.get_run(run_id).info.status == "RUNNING"
    store.update_run_info(run_id, FAILED, 9, None)

    found = store.get_run(run_id)
    assert (found.info.status, found.info.end_time, found.data.metrics) == ("FAILED", 9, {"m": 2.0})
    assert len(store.search_runs(["0"], None, ViewType.ALL)) == 1


def test_many_threads_log_into_one_run_and_make_their_own(store: TrackingStore) -> None:
    """As a sweep does."""
    shared, failed = begin(store), list[BaseException]()

    def work(number: int) -> None:
        try:
            own = begin(store, f"run {number}")
            for step in range(20):
                store.log_metric(shared, Metric(f"m{number}", step, step, step))
                store.log_metric(own, Metric("m", step, step, step))
            store.get_run(shared)
            store.update_run_info(own, FINISHED, 5, None)
        except BaseException as error:  # noqa: BLE001 - told below
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert failed == []
    assert store.get_run(shared).data.metrics == {f"m{number}": 19.0 for number in range(6)}
    runs = store.search_runs(["0"], "status = 'FINISHED'", ViewType.ALL)
    assert [one.data.metrics for one in runs] == [{"m": 19.0}] * 6


def test_one_heart_beats_for_all_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no more for those that ended."""
    monkeypatch.setattr(open_drafts, "EVERY", 0.01)
    beats = [tmp_path / name / "heartbeat" for name in ("a", "b", "gone", "ended")]
    for one in beats:
        one.parent.mkdir()
        one.write_bytes(b"")
        os.utime(one, (1, 1))
    hearts = open_drafts.Hearts()
    for one in beats:
        hearts.add(one.parent)
    hearts.remove(beats[3].parent)
    beats[2].unlink()
    limit = time.monotonic() + 10
    while time.monotonic() < limit and not all(one.stat().st_mtime > 1 for one in beats[:2]):
        time.sleep(0.01)
    hearts.stop()

    assert all(one.stat().st_mtime > 1 for one in beats[:2])
    assert beats[3].stat().st_mtime == 1


def test_another_life_of_a_run_is_another_journal(store: TrackingStore) -> None:
    """What was read of the first one is no part of it, though files' numbers are used again."""
    run_id = begin(store)
    for life in range(3):
        store.set_tag(run_id, RunTag("life", str(life)))
        assert store.get_run(run_id).data.tags["life"] == str(life)
        store.update_run_info(run_id, FINISHED, 5 + life, None)
        assert store.get_run(run_id).data.tags["life"] == str(life)
        store.update_run_info(run_id, RUNNING, None, None)
        assert store.get_run(run_id).data.tags["life"] == str(life)


def test_a_run_that_some_end_while_others_take_it_up_again_refuses_nobody(store: TrackingStore) -> None:
    """Whoever comes too late begins again, and nobody is told that the run has ended."""
    run_id = begin(store)
    faults: list[Exception] = []

    def change(statuses: list[int]) -> None:
        try:
            for time_, status in enumerate(statuses * 6):
                store.update_run_info(run_id, status, time_, None)
        except Exception as error:  # noqa: BLE001 - whatever it is
            faults.append(error)

    threads = [
        threading.Thread(target=change, args=(statuses,))
        for statuses in ([FINISHED, RUNNING], [RUNNING, FAILED])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []


def test_a_run_that_ends_while_it_is_looked_for_is_found(store: TrackingStore) -> None:
    """Its record was not there yet, and its draft is not there any more."""
    run_id = begin(store)

    class Slow(TrackingStore):
        """It looks for the draft when the run has ended."""

        def _finished(self, run_id: str) -> Candidate | None:
            store.update_run_info(run_id, FINISHED, 5, None)
            return super()._finished(run_id)

    assert Slow(store.store_uri)._record(run_id).status == "finished"


def test_what_a_look_found_does_not_grow_with_the_run(store: TrackingStore) -> None:
    """A server's threads go through it while others read on."""
    run_id = begin(store)

    _, found = store._facts(run_id)
    store.set_tag(run_id, RunTag("later", "1"))
    store.log_param(run_id, Param("later", "1"))
    store.get_run(run_id)

    assert ("later" in found.tags, "later" in found.params) == (False, False)
