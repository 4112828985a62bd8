"""Several clones of a registry, of which each adds files to one ended run, or to one logged model."""

from __future__ import annotations

from desk import calm

from gitreg.artifacts import Source, parse_dvc_file
from gitreg.documents import places
from gitreg.domain.candidate import Candidate
from gitreg.domain.experiment import Experiment
from gitreg.domain.logged_model import LoggedModel
from gitreg.domain.manifest import Manifest
from gitreg.drafts import Removal
from gitreg.workflows.candidates.edit_candidate import tag_candidate
from gitreg.workflows.logged_models.files import add_model_files, remove_model_files
from gitreg.workflows.logged_models.records import NewLoggedModel, create_logged_model, tag_logged_model
from gitreg.workflows.publishing.exchange import fetch
from gitreg.workflows.publishing.push import push
from gitreg.workflows.running.amend import amend
from gitreg.workflows.storage import open_storage

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

    def tag(self, at, key):
        tag_candidate(self.desk.open(at), self.id, {key: "1"}, self.desk.author)

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

    def tag(self, at, key):
        tag_logged_model(self.desk.open(at), MODEL, {key: "1"}, self.desk.author)

    def remove(self, at, name):
        remove_model_files(self.desk.open(at), MODEL, name, self.desk.author)


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


def meet(desk, *clones):
    """Each publishes, and then each has what the others published."""
    for at in (*clones, *clones[:-1]):
        send(desk, at)
    for at in clones:
        fetch(desk.open(at), desk.author)


def store(desk, at):
    """Sends bytes, and no records."""
    registry = desk.open(at)
    open_storage(registry).push(registry.cache, registry.cache.unpushed_objects())
