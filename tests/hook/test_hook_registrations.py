"""Registrations as MLflow's API makes them, pushed to a server with the hook: gitreg itself is never refused."""

from __future__ import annotations

from desk import calm, merge_proposals
from server import Server

from gitreg.documents import layout
from gitreg.domain.version import VersionNumber
from gitreg.workflows.versions.edit_registered import NewModel, edit_registered, register_model, said
from gitreg.workflows.versions.new_version import Told
from gitreg.workflows.versions.register_version import Done, Registration, register_version
from gitreg.workflows.versions.registered import Shelves
from gitreg.workflows.versions.registered_source import OfCandidate


def register(server: Server, name: str, **more: object) -> Done:
    """Registers a version of a model."""
    desk = server.desk
    wanted = Registration(name, **more)  # type: ignore[arg-type]
    return register_version(desk.open(), wanted, Shelves(), desk.author, calm())


def test_what_is_registered_at_once_is_taken(server: Server) -> None:
    """A new model, a version of a candidate, one from elsewhere, and words about them."""
    desk = server.desk
    register_model(desk.open(), NewModel("leaving"), Shelves(), desk.author)
    first = register(server, "leaving", origin=OfCandidate(desk.log().id), told=Told(source="runs:/x"))
    second = register(server, "leaving", told=Told(source="s3://elsewhere"))
    edit_registered(
        desk.open(),
        "leaving",
        lambda _: {said(VersionNumber(1, 0, 0), "tags", "k"): "v", ("aliases", "champion"): "1.0.0"},
        "Say something",
        desk.author,
    )

    assert (str(first.record), first.record.number, str(second.record)) == (
        "leaving 1.0.0",
        1,
        "leaving 1.1.0",
    )
    assert desk.tip(at=server.bare) == desk.tip("refs/remotes/origin/main")
    path = layout.version_candidate_path("leaving", VersionNumber(1, 0, 0))
    assert desk.read(path, at=server.bare)


def test_what_is_proposed_is_taken_and_merged(server: Server) -> None:
    """A model that is new there, its first version, and an edit of it."""
    desk = server.desk
    with server.off_guard():
        text = desk.read("gitreg.yaml").decode().replace("registration: direct", "registration: proposal")
        desk.commit({"gitreg.yaml": text.encode()})
        desk.git("push", "-q", "origin", "main")
    register_model(desk.open(), NewModel("leaving"), Shelves(), desk.author)
    done = register(server, "leaving", origin=OfCandidate(desk.log().id), told=Told(source="runs:/x"))
    merged = merge_proposals(desk.open(), desk.author)
    edit_registered(desk.open(), "leaving", lambda _: {("description",): "words"}, "Describe", desk.author)

    assert str(done.record) == "leaving 1.0.0"
    assert [one.name for one in merged] == ["gitreg/edit/leaving", "gitreg/promote/leaving/v1.0.0"]
    assert "refs/heads/gitreg/edit/leaving" in server.refs()
