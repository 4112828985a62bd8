"""Publishing: bytes first, then the records that name them."""

from __future__ import annotations

import shutil

import pytest
from desk import calm

from gitreg.errors import NotFoundError, RemoteError
from gitreg.workflows.publishing.exchange import fetch
from gitreg.workflows.publishing.push import push
from gitreg.workflows.registry import CANDIDATES


def test_bytes_and_records_are_sent(desk):
    """What was only here is in the storage and on the remote, and another clone promotes it."""
    remote = desk.share()
    candidate = desk.log()

    pushed = push(desk.registry, desk.author, calm())

    assert (pushed.objects, pushed.published.tries, pushed.remote, pushed.storage) == (
        2,
        1,
        "origin",
        f"{desk.path}-store",
    )
    assert desk.tip(CANDIDATES, at=remote) == desk.tip(CANDIDATES)
    assert not desk.registry.cache.unpushed_objects()
    clone = desk.clone()
    fetch(desk.open(clone), desk.author)
    assert desk.promote(candidate, at=clone).version.artifacts == candidate.artifacts


def test_again_there_is_nothing_to_send(desk):
    """Zero of everything."""
    desk.share()
    desk.log()
    push(desk.registry, desk.author, calm())

    again = push(desk.registry, desk.author, calm())

    assert (again.objects, again.size, again.published.tries) == (0, 0, 0)


def test_without_a_remote_bytes_are_stored(desk):
    """The storage is one thing, the Git remote another."""
    desk.log()

    pushed = push(desk.registry, desk.author, calm())

    assert (pushed.objects, pushed.published.tries, pushed.remote) == (2, 0, None)
    assert not desk.registry.cache.unpushed_objects()


def test_a_remote_that_is_gone_loses_nothing(desk):
    """The bytes are stored; the records stay here, and go when the remote is back."""
    remote = desk.share()
    desk.log()
    remote.rename(remote.with_name("away"))

    with pytest.raises(RemoteError):
        push(desk.registry, desk.author, calm())

    remote.with_name("away").rename(remote)
    assert push(desk.registry, desk.author, calm()).published.tries == 1


def test_nothing_is_named_before_it_is_there(desk):
    """When bytes cannot be sent, no record goes."""
    remote = desk.share()
    desk.log()
    before = desk.tip(CANDIDATES, at=remote)
    store = desk.path.with_name(f"{desk.path.name}-store")
    shutil.rmtree(store, ignore_errors=True)
    store.write_text("a file where a folder should be\n")

    with pytest.raises(RemoteError, match="cannot be written to"):
        push(desk.registry, desk.author, calm())

    assert desk.tip(CANDIDATES, at=remote) == before
    assert len(desk.registry.cache.unpushed_objects()) == 2


def test_others_candidates_are_joined(desk):
    """A push that comes second joins, and tries again."""
    desk.share()
    clone = desk.clone()
    desk.log(at=clone)
    push(desk.open(clone), desk.author, calm())
    desk.log()
    desk.pause()

    assert push(desk.registry, desk.author, calm()).published.tries == 2
    assert desk.git("log", "-1", "--format=%s", CANDIDATES) == "Join candidates"


def test_a_registry_without_storage_says_so(desk):
    """Nobody configured one."""
    desk.log()
    desk.commit({".dvc/config": None})

    with pytest.raises(NotFoundError, match="no artifact storage"):
        push(desk.registry, desk.author, calm())
