"""Files of two sides that could not be put into one folder at once: the storage was away, a listing was no good, somebody was killed."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
from dataclasses import replace

import pytest
from sides import Run, another, files, meet, record, send, store

from gitreg.artifacts import parse_dvc_file
from gitreg.artifacts.folder import dir_object, parse_dir_object
from gitreg.documents import places
from gitreg.documents.conflicts import open_conflicts
from gitreg.documents.merging_files import CLASHES
from gitreg.errors import RemoteError
from gitreg.workflows.publishing.exchange import fetch
from gitreg.workflows.remote_refs import known_candidates


@pytest.fixture
def left_apart(desk, thing, clones, away):
    """The files of two sides were joined while the storage was away."""
    go, bring = away

    def leave(first, second):
        first()
        send(desk, clones[0])
        second()
        store(desk, clones[1])
        go()
        send(desk, clones[1])
        bring()

    return leave


def test_with_the_storage_away_it_is_said_and_done_later(desk, thing, clones, away):
    """The records are published, one side's files stay, and the next push has both."""
    go, bring = away
    thing.add(clones[0], mine="mine")
    send(desk, clones[0])
    thing.add(clones[1], theirs="theirs")
    store(desk, clones[1])
    go()

    apart = send(desk, clones[1]).apart
    conflicts = open_conflicts(record(desk, thing, clones[1]))
    bring()
    later = send(desk, clones[1]).apart

    assert apart == (thing.path,)
    assert len(conflicts["artifacts"]) == 2
    assert later == ()
    assert set(files(desk, thing, clones[1])) == {"base", "old", "mine", "theirs"}
    assert open_conflicts(record(desk, thing, clones[1])) == {}


def test_a_third_clone_unites_what_others_left_apart_before_it_adds(desk, thing, clones, left_apart):
    """Else its own files would settle that one side's count; what clashes still does."""
    left_apart(
        lambda: thing.add(clones[0], mine="mine", base="ours"),
        lambda: thing.add(clones[1], theirs="theirs", base="theirs"),
    )
    third = another(desk, "third")

    thing.add(third, more="more")
    send(desk, third)

    found = files(desk, thing, third)
    assert {name for name in found if not name.startswith(CLASHES)} == {
        "base",
        "old",
        "mine",
        "theirs",
        "more",
    }
    assert {found[name] for name in found if name.endswith("base")} == {"ours", "theirs"}
    assert list(open_conflicts(record(desk, thing, third))) == ["artifacts.base"]


def test_a_third_side_is_united_with_both_that_were_left_apart(desk, thing, clones, left_apart):
    """What one of them removed stays gone: each is compared with what it knew."""
    third = another(desk, "third")
    thing.remove(clones[0], "old")
    left_apart(lambda: thing.add(clones[0], mine="mine"), lambda: thing.add(clones[1], theirs="theirs"))
    thing.add(third, more="more", most="most")

    send(desk, third)

    assert set(files(desk, thing, third)) == {"base", "mine", "theirs", "more", "most"}
    assert open_conflicts(record(desk, thing, third)) == {}


def test_it_is_told_by_the_command(desk, thing, clones, left_apart):
    """Whose files, and that nothing has to be done."""
    left_apart(lambda: thing.add(clones[0], mine="mine"), lambda: thing.add(clones[1], theirs="theirs"))
    (desk.path.parent / "work-store").rename(desk.path.parent / "hidden")

    command = [sys.executable, "-m", "gitreg", "-C", str(clones[1]), "push"]
    done = subprocess.run(command, env=desk.environ, capture_output=True, text=True, check=False)

    assert done.returncode == 0
    assert f"two sides added files to {thing.id[:8]}, and these are not in one folder yet" in done.stderr


def test_with_the_storage_away_files_wait_that_would_settle_a_conflict(desk, thing, clones, left_apart):
    """They are refused, and logged again they are all there."""
    left_apart(lambda: thing.add(clones[0], mine="mine"), lambda: thing.add(clones[1], theirs="theirs"))
    third = another(desk, "third")
    config = third / ".dvc/config.local"
    config.write_text("['remote \"store\"']\n    url = https://localhost:1/nothing\n")

    with pytest.raises(RemoteError):
        thing.add(third, more="more")
    config.unlink()
    thing.add(third, more="more")
    send(desk, third)

    assert set(files(desk, thing, third)) == {"base", "old", "mine", "theirs", "more"}


def test_the_storage_is_not_asked_where_nobody_else_changed_the_files(desk, thing, clones, away):
    """Joining others' changes of the same record costs what it did."""
    go, _ = away
    thing.add(clones[0], mine="mine")
    send(desk, clones[0])
    thing.tag(clones[1], "one")
    go()

    pushed = send(desk, clones[1])

    assert (pushed.objects, pushed.apart) == (0, ())
    assert record(desk, thing, clones[1]).artifacts.files == 3


def test_a_listing_that_is_not_the_manifest_s_is_not_believed(desk, thing, clones):
    """As when it is pulled: then the files stay apart, and the record says so."""
    thing.add(clones[0], mine="mine")
    send(desk, clones[0])
    pointer = desk.open(clones[0]).candidates.file(thing.path.replace(".yaml", ".dvc"))
    md5 = parse_dvc_file(pointer).md5
    place = desk.path.parent / "work-store/files/md5" / md5[:2] / md5[2:]
    place.chmod(0o600)
    place.write_bytes(place.read_bytes().replace(b"mine", b"evil"))
    thing.add(clones[1], theirs="theirs")

    apart = send(desk, clones[1]).apart

    assert apart == (thing.path,)
    assert len(open_conflicts(record(desk, thing, clones[1]))["artifacts"]) == 2


def test_a_listing_that_has_a_known_file_elsewhere_is_not_believed(desk, thing, clones):
    """The same bytes are in the same place: else a stranger could hide files that both sides have."""
    thing.add(clones[0], mine="mine")
    store(desk, clones[0])
    path = thing.path.replace(".yaml", ".dvc")
    out = parse_dvc_file(desk.open(clones[0]).candidates.file(path))
    folder = desk.path.parent / "work-store/files/md5"
    md5s = parse_dir_object((folder / out.md5[:2] / out.md5[2:]).read_bytes())
    listing = dir_object({**md5s, "base": md5s["mine"]})
    md5 = hashlib.md5(listing).hexdigest() + ".dir"
    (folder / md5[:2]).mkdir(exist_ok=True)
    (folder / md5[:2] / md5[2:]).write_bytes(listing)
    desk.commit({path: replace(out, md5=md5).text()}, "refs/heads/gitreg/candidates", at=clones[0])
    send(desk, clones[0])
    thing.add(clones[1], theirs="theirs")

    apart = send(desk, clones[1]).apart

    assert apart == (thing.path,)
    assert len(open_conflicts(record(desk, thing, clones[1]))["artifacts"]) == 2


@pytest.fixture
def job(desk):
    """A CI job that adds to what it logged, while somebody else does."""
    desk.share()
    job = desk.clone("job", "--depth=1", "--single-branch", "--no-local")
    desk.git("remote", "set-url", "origin", str(desk.path.parent / "remote.git"), at=job)
    candidate = desk.log(at=job, artifacts={"base": b"base"})
    send(desk, job)
    fetch(desk.registry, desk.author)
    thing = Run.__new__(Run)
    thing.desk, thing.id = desk, candidate.id
    thing.path = places.candidate_path("churn", candidate.id)
    thing.add(desk.path, mine="mine")
    send(desk, desk.path)
    thing.add(job, theirs="theirs")
    return job, thing


def test_a_clone_without_history_unites_too(desk, job):
    """The commit is put upon the other's."""
    at, thing = job

    pushed = send(desk, at)
    fetch(desk.registry, desk.author)

    assert pushed.published.inbox is None
    assert len(desk.registry.repository.commit(known_candidates(desk.registry)).parents) == 1
    assert set(files(desk, thing)) == {"base", "mine", "theirs"}
    assert open_conflicts(record(desk, thing)) == {}


def test_what_a_clone_without_history_cannot_unite_waits_in_the_inbox(desk, job, away):
    """Put upon the other's, its own commit would be in nobody's history."""
    at, thing = job
    go, bring = away
    store(desk, at)
    go()

    pushed = send(desk, at)
    bring()
    fetch(desk.registry, desk.author)
    send(desk, desk.path)

    assert pushed.published.inbox
    assert set(files(desk, thing)) == {"base", "mine", "theirs"}
    assert open_conflicts(record(desk, thing)) == {}


KILLED = """
import os, signal, sys
from datetime import datetime, timedelta, UTC
from pathlib import Path
from random import Random
from gitreg.workflows.{room} import {module}
from gitreg.workflows.pacing import Pacing
from gitreg.workflows.publishing.mirror import open_mirror
from gitreg.workflows.publishing.push import push
from gitreg.workflows.contents.read_table import record_files, record_points
from gitreg.workflows.registry import author_at, open_registry

was, calls = {module}.{name}, []

def dies(*words, **more):
    calls.append(words)
    if len(calls) < {call} or {after}:
        answer = was(*words, **more)
        if len(calls) < {call}:
            return answer
    os.kill(os.getpid(), signal.SIGKILL)

{module}.{name} = dies
registry = open_registry(Path(sys.argv[1]), dict(os.environ))
later = datetime.now(UTC) + timedelta(days=1)  # nobody is at work at that moment, so nothing waits in the inbox
push(registry, author_at(registry, later), Pacing(Random(1), lambda _: None))
"""


@pytest.mark.parametrize(
    "place",
    [
        {"room": "contents", "module": "apart", "name": "unite", "call": 1, "after": True},
        {"room": "publishing", "module": "publish", "name": "open_storage", "call": 1, "after": False},
        {"room": "publishing", "module": "push_refs", "name": "offers_options", "call": 2, "after": False},
        {"room": "publishing", "module": "publish", "name": "_settle", "call": 1, "after": False},
        {"room": "publishing", "module": "publish", "name": "_settle", "call": 1, "after": True},
    ],
    ids=["composed", "to-be-sent", "sent", "published", "settled"],
)
def test_killed_anywhere_nothing_is_lost(desk, thing, clones, place):
    """Before the listing is sent, between it and the record, and after both: the next push has all files."""
    thing.add(clones[0], mine="mine")
    send(desk, clones[0])
    thing.add(clones[1], theirs="theirs")
    script = KILLED.format(**place)

    done = subprocess.run(
        [sys.executable, "-c", script, str(clones[1])], env=desk.environ, capture_output=True, check=False
    )
    meet(desk, *clones)

    assert done.returncode == -signal.SIGKILL, done.stderr
    for at in clones:
        assert set(files(desk, thing, at)) == {"base", "old", "mine", "theirs"}
        desk.git("fsck", "--strict", at=at)
