"""Two clones that add files to one ended run, or to one logged model: both have all of them, and only a true clash is one."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
from dataclasses import replace

import pytest
from desk import calm

from gitreg.artifacts import Source, parse_dvc_file
from gitreg.artifacts.folder import dir_object, parse_dir_object
from gitreg.documents import places
from gitreg.documents.conflicts import open_conflicts
from gitreg.documents.merging_files import CLASHES
from gitreg.domain.candidate import Candidate
from gitreg.domain.curves import MetricPoint
from gitreg.domain.experiment import Experiment
from gitreg.domain.logged_model import LoggedModel
from gitreg.domain.manifest import Manifest
from gitreg.drafts import Removal
from gitreg.errors import RemoteError
from gitreg.workflows.amend import amend
from gitreg.workflows.exchange import fetch
from gitreg.workflows.find import find_candidate
from gitreg.workflows.logged_model_files import add_model_files, remove_model_files
from gitreg.workflows.logged_models import NewLoggedModel, create_logged_model
from gitreg.workflows.mirror import open_mirror
from gitreg.workflows.push import push
from gitreg.workflows.read_table import record_files, record_points
from gitreg.workflows.remote_refs import known_candidates
from gitreg.workflows.storage import open_storage
from gitreg.workflows.validate import validate_change

MODEL = "7f" * 16


class Run:
    """An ended run, in several clones."""

    kind = Candidate

    def __init__(self, desk):
        self.desk = desk
        self.id = desk.log(artifacts={"base": b"base", "old": b"old"}).id
        self.path = places.candidate_path("churn", self.id)

    def add(self, at, **files):
        """Adds files by content."""
        sources = []
        for name, content in files.items():
            place = at.parent / f"{at.name}-{name}-{content}"
            place.write_text(content)
            sources.append(Source(place, name))
        self.say(at, sources)

    def say(self, at, sources):
        amend(self.desk.open(at), self.id, [], self.desk.author, sources=sources)

    def remove(self, at, name):
        amend(self.desk.open(at), self.id, [Removal(name)], self.desk.author)


class Model(Run):
    """A logged model, in several clones."""

    kind = LoggedModel

    def __init__(self, desk):
        self.desk, self.id = desk, MODEL
        create_logged_model(
            desk.registry, NewLoggedModel(MODEL, Experiment.called("churn"), "model"), desk.author
        )
        self.path = places.logged_model_path("churn", MODEL)
        self.add(desk.path, base="base", old="old")

    def say(self, at, sources):
        add_model_files(self.desk.open(at), MODEL, sources, self.desk.author)

    def remove(self, at, name):
        remove_model_files(self.desk.open(at), MODEL, name, self.desk.author)


@pytest.fixture(params=[Run, Model])
def thing(request, desk):
    """What is added to, published by the first clone."""
    made = request.param(desk)
    desk.share()
    send(desk, desk.path)
    return made


@pytest.fixture
def clones(desk, thing):
    """Two clones that know it."""
    return desk.path, another(desk, "clone")


def another(desk, name):
    """One clone more."""
    place = desk.clone(name)
    fetch(desk.open(place), desk.author)
    return place


def send(desk, at):
    """What `gitreg push` does."""
    desk.pause()  # else others are at work at this moment, and what is sent waits in the inbox
    return push(desk.open(at), desk.author, calm())


def record(desk, thing, at=None):
    """The record at a clone's tip."""
    return desk.open(at).candidates.record(thing.kind, thing.path)


def files(desk, thing, at=None):
    """Path and content of every file, by the manifest, DVC's listing and the storage; all three fit together."""
    registry = desk.open(at)
    found, snapshot = record(desk, thing, at), registry.candidates
    manifest = Manifest.parse(snapshot.file(thing.path.replace(".yaml", ".sha256")))
    assert found.artifacts.manifest == manifest.digest
    out = parse_dvc_file(snapshot.file(thing.path.replace(".yaml", ".dvc")))
    storage = open_storage(registry)
    folder = registry.cache.folder(out.md5, manifest, storage)
    assert storage.has(folder.ids) == set(folder.ids)
    assert found.artifacts.size >= folder.size
    return {one.path: storage.open_object(one.md5).read().decode() for one in folder.files}


def test_both_sides_files_are_there(desk, thing, clones):
    """In both clones, by either's push, with no conflict and nothing said."""
    one, two = clones
    thing.add(one, mine="mine")
    thing.add(two, theirs="theirs")

    sent = [send(desk, one), send(desk, two)]
    fetch(desk.open(one), desk.author)

    expected = {"base": "base", "old": "old", "mine": "mine", "theirs": "theirs"}
    assert files(desk, thing, one) == files(desk, thing, two) == expected
    assert open_conflicts(record(desk, thing)) == {}
    assert [pushed.apart for pushed in sent] == [(), ()]
    assert record(desk, thing).artifacts.size == len("baseoldminetheirs")


def meet(desk, *clones):
    """Each publishes, and then each has what the others published."""
    for at in (*clones, *clones[:-1]):
        send(desk, at)
    for at in clones:
        fetch(desk.open(at), desk.author)


def test_three_clones_end_with_the_same(desk, thing, clones):
    """Whoever publishes first; the third one has a file of the second's, too, which is one."""
    clones = (*clones, another(desk, "third"))
    for at, name in zip(clones, "abc", strict=True):
        thing.add(at, **{name: name, "same": "same"})

    meet(desk, *clones)

    names = {"base": "base", "old": "old", "same": "same", "a": "a", "b": "b", "c": "c"}
    assert [files(desk, thing, at) for at in clones] == [names] * 3
    assert len({desk.tip("refs/heads/gitreg/candidates", at=at) for at in clones}) == 1
    assert open_conflicts(record(desk, thing)) == {}


def test_what_one_removed_and_nobody_changed_is_gone(desk, thing, clones):
    """A removal is a change like others."""
    thing.remove(clones[0], "old")
    thing.add(clones[1], more="more")

    meet(desk, *clones)

    assert files(desk, thing, clones[1]) == {"base": "base", "more": "more"}


def test_all_that_one_removed_is_gone(desk, thing, clones):
    """What the other added stays."""
    thing.remove(clones[0], "")
    thing.add(clones[1], more="more")

    meet(desk, *clones)

    assert files(desk, thing, clones[1]) == {"more": "more"}


def test_one_path_with_two_contents_is_a_conflict_of_that_path(desk, thing, clones):
    """All other files are united, both contents are in the storage, and whoever logs the path again decides."""
    thing.add(clones[0], base="ours", mine="mine")
    thing.add(clones[1], base="theirs", more="more")

    meet(desk, *clones)

    found = files(desk, thing, clones[1])
    named = open_conflicts(record(desk, thing, clones[1]))
    beside = {name: found.pop(name) for name in list(found) if name.startswith(CLASHES)}
    assert {found.pop("base"), *beside.values()} == {"ours", "theirs"}
    assert found == {"old": "old", "mine": "mine", "more": "more"}
    assert list(named) == ["artifacts.base"]
    assert len(named["artifacts.base"]) == 2
    registry = desk.open(clones[1])
    tip = registry.candidates.commit
    judged = validate_change(registry, registry.repository.commit(tip).parents[0], tip)
    assert [(one.code, one.severity) for one in judged.findings] == [("GR008", "warning")]

    thing.add(clones[1], base="decided")
    send(desk, clones[1])

    assert files(desk, thing, clones[1])["base"] == "decided"
    assert not [name for name in files(desk, thing, clones[1]) if name.startswith(CLASHES)]
    assert open_conflicts(record(desk, thing, clones[1])) == {}


def test_a_clash_outlives_what_is_said_of_other_files(desk, thing, clones):
    """Nobody has decided by adding a file more."""
    thing.add(clones[0], base="ours")
    thing.add(clones[1], base="theirs")
    meet(desk, *clones)

    thing.add(clones[1], other="other")
    send(desk, clones[1])

    assert list(open_conflicts(record(desk, thing, clones[1]))) == ["artifacts.base"]
    assert len(files(desk, thing, clones[1])) == 4


def test_what_one_removed_and_the_other_changed_stays_and_is_a_conflict(desk, thing, clones):
    """As a tag is; removing it again decides."""
    thing.remove(clones[0], "old")
    thing.add(clones[1], old="new")
    meet(desk, *clones)

    found = files(desk, thing, clones[0])
    named = open_conflicts(record(desk, thing))["artifacts.old"]
    thing.remove(clones[0], "old")
    send(desk, clones[0])

    assert (found["old"], named[1]) == ("new", None)
    assert files(desk, thing, clones[0]) == {"base": "base"}
    assert open_conflicts(record(desk, thing)) == {}


@pytest.fixture
def away(desk):
    """Takes the storage away, or brings it back; and what is known of it here."""
    storage = desk.path.parent / "work-store"
    assert storage.is_dir()

    def move(*, back=False):
        hidden = storage.with_name("hidden")
        if back:
            hidden.rename(storage)
        else:
            storage.rename(hidden)
            storage.write_text("no folder")

    def bring():
        storage.unlink()
        move(back=True)

    return move, bring


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


def store(desk, at):
    """Sends bytes, and no records."""
    registry = desk.open(at)
    open_storage(registry).push(registry.cache, registry.cache.unpushed_objects())


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
    thing.add(third, more="more")

    send(desk, third)

    assert set(files(desk, thing, third)) == {"base", "mine", "theirs", "more"}
    assert open_conflicts(record(desk, thing, third)) == {}


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
    """Joining others' changes, of the same record too, costs what it did."""
    go, _ = away
    thing.add(clones[0], mine="mine")
    send(desk, clones[0])
    desk.log(at=clones[1], artifacts=None)
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


def test_two_mirrors_unite_as_clones_do(desk, thing):
    """They have no work tree, and so no cache of DVC's."""
    remote = str(desk.path.parent / "remote.git")
    mirrors = [
        open_mirror(remote, desk.environ | {"XDG_DATA_HOME": str(desk.path.parent / name)}).repository.git_dir
        for name in ("data", "other-data")
    ]
    for at, name in zip(mirrors, ("one", "two"), strict=True):
        thing.add(at, **{name: name})

    meet(desk, *mirrors)

    for at in mirrors:
        assert set(files(desk, thing, at)) == {"base", "old", "one", "two"}


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
from gitreg.workflows import {module}
from gitreg.workflows.pacing import Pacing
from gitreg.workflows.mirror import open_mirror
from gitreg.workflows.push import push
from gitreg.workflows.read_table import record_files, record_points
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
        {"module": "apart", "name": "unite", "call": 1, "after": True},
        {"module": "publish", "name": "open_storage", "call": 1, "after": False},
        {"module": "push_refs", "name": "offers_options", "call": 2, "after": False},
        {"module": "publish", "name": "_settle", "call": 1, "after": False},
        {"module": "publish", "name": "_settle", "call": 1, "after": True},
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


def test_points_of_both_sides_are_in_one_curve(desk):
    """Two points of a metric are no conflict, and its table holds all of them."""
    candidate = desk.log(metrics={"auc": 0.5}, artifacts=None)
    desk.share()
    clones = desk.path, another(desk, "clone")
    for at, steps in zip(clones, ((1, 2), (2, 3)), strict=True):
        amend(
            desk.open(at), candidate.id, [MetricPoint("auc", step / 10, step) for step in steps], desk.author
        )

    meet(desk, *clones)

    for at in clones:
        found, points = curve(desk.open(at), candidate.id)
        assert points == [(0, 0.5), (1, 0.1), (2, 0.2), (3, 0.3)]
        assert (found.metrics, found.points["auc"][0], found.curves["auc"].points) == ({"auc": 0.3}, 3, 4)
        assert open_conflicts(found) == {}


def curve(registry, candidate):
    """The record, and its points' steps and values."""
    found = find_candidate(registry, candidate)
    points = record_points(registry, found, lambda: record_files(registry.candidates, "churn", found.id))
    return found, [(one.step, one.value) for one in points]
