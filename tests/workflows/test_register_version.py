"""Registering models and versions at once: races, numbers, and what is there for whom."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from desk import Desk, calm

from gitreg.documents import layout, places
from gitreg.domain.model import ModelVersion
from gitreg.domain.version import VersionNumber
from gitreg.errors import AlreadyThereError, AnswerIsNoError, NotFoundError, UsageError
from gitreg.render.models import model_page
from gitreg.store import Author
from gitreg.workflows.registry import Registry, open_registry
from gitreg.workflows.validating.validate import validate_registry
from gitreg.workflows.versions.due import due
from gitreg.workflows.versions.edit_registered import NewModel, edit_registered, register_model, said
from gitreg.workflows.versions.models import show_model
from gitreg.workflows.versions.new_version import Told
from gitreg.workflows.versions.register_version import Registration, register_version
from gitreg.workflows.versions.registered import Shelves, all_registered, find_registered
from gitreg.workflows.versions.registered_source import OfCandidate

ADA = Author("Ada Example", "ada@example.com", datetime(2026, 11, 23, 9, 0, tzinfo=UTC))
FIRST = VersionNumber(1, 0, 0)
ELSEWHERE = Told(source="s3://bucket/model")


def with_model(desk: Desk, name: str = "churn") -> Registry:
    registry = desk.registry
    register_model(registry, NewModel(name), Shelves(), ADA)
    return registry


def register(registry: Registry, name: str = "churn", **more: object) -> ModelVersion:
    wanted = Registration(name, **{"told": ELSEWHERE, **more})  # type: ignore[arg-type]
    return register_version(registry, wanted, Shelves(), ADA, calm()).record


def test_many_at_once_get_a_number_each(desk: Desk) -> None:
    """Whoever loses the race registers upon the winner's tip."""
    with_model(desk)
    made: list[int] = []

    def work() -> None:
        registry = open_registry(desk.path, desk.environ)
        made.extend(register(registry).number for _ in range(3))
        registry.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(made) == list(range(1, 13))


def test_many_who_talk_at_once_are_all_heard(desk: Desk) -> None:
    """Two annotations of one record lose nothing of each other."""
    register(with_model(desk))

    def work(name: str) -> None:
        registry = open_registry(desk.path, desk.environ)
        for number in range(3):
            edit_registered(
                registry, "churn", lambda _, n=number: {said(FIRST, "tags", f"{name}{n}"): "x"}, "Tag", ADA
            )
        registry.close()

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(desk.model().annotations[FIRST].tags) == 12


def test_comments_of_people_stay(desk: Desk) -> None:
    """The record is theirs, too."""
    registry = with_model(desk)
    path = places.model_path("churn")
    text = desk.read(path).replace(b"slug: churn\n", b"slug: churn  # ours since 2019\n")
    desk.commit({path: text})
    desk.git("reset", "-q", "--hard")

    edit_registered(registry, "churn", lambda _: {("tags", "k"): "v"}, "Tag", ADA)
    assert b"slug: churn  # ours since 2019\n" in desk.read(path)
    assert desk.model().tags == {"k": "v"}


def test_uncommitted_changes_elsewhere_are_in_nobodys_way(desk: Desk) -> None:
    """A work tree that has the branch checked out follows; what its owner has not committed stays."""
    registry = with_model(desk)
    (desk.path / "train.py").write_text("print('mine')\n")
    before = desk.state()

    register(registry)
    assert (desk.path / "models/churn/versions/1.0.0/version.yaml").is_file()
    assert desk.state()[0] == before[0]


def test_a_version_needs_a_model(desk: Desk) -> None:
    """A model is registered first; a deleted one is none."""
    with pytest.raises(NotFoundError):
        register(desk.registry)
    registry = with_model(desk)
    edit_registered(registry, "churn", lambda _: {("deleted",): "2026-11-23T09:00:00Z"}, "Delete", ADA)
    with pytest.raises(NotFoundError):
        register(registry)


@pytest.mark.parametrize("name", [" churn", "churn\n", "", "x" * 501])
def test_what_cannot_be_a_name_makes_no_model(desk: Desk, name: str) -> None:
    """Nothing is committed."""
    before = desk.tip()

    with pytest.raises(UsageError):
        register_model(desk.registry, NewModel(name), Shelves(), ADA)
    assert desk.tip() == before


def test_a_model_is_made_once(desk: Desk) -> None:
    """By whatever way it came."""
    desk.released()

    with pytest.raises(AlreadyThereError):
        with_model(desk)


def test_a_signature_is_waited_for_only_when_it_is_asked_for(desk: Desk) -> None:
    """What was registered at once is due when it is named; what was reviewed is due anyway."""
    candidate = desk.log()
    registry = with_model(desk)
    register(registry, origin=OfCandidate(candidate.id))

    assert due(registry) == []
    assert [one.tag for one in due(registry, model="churn", version=FIRST)] == [
        "refs/tags/model/churn/v1.0.0"
    ]


def test_what_cannot_be_signed_says_why_when_it_is_named(desk: Desk) -> None:
    """And is nobody's business otherwise."""
    registry = with_model(desk)
    register(registry)

    assert due(registry) == []
    with pytest.raises(AnswerIsNoError, match="s3://bucket/model"):
        due(registry, model="churn", version=FIRST)


def test_what_did_not_change_is_not_read_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A search looks at models that changed, and at no other."""
    registry = with_model(desk)
    for name in ("fraud", "spam"):
        with_model(desk, name)
        register(registry, name)
    shelves = Shelves()
    first = list(all_registered(registry, shelves))
    register(registry, "fraud")
    read: list[str] = []
    original = layout.version_path
    monkeypatch.setattr(layout, "version_path", lambda *of: read.append(str(of[0])) or original(*of))

    again = list(all_registered(registry, shelves))
    assert set(read) == {"fraud"}
    assert [len(one.versions) for one in first] == [0, 1, 1]
    assert [len(one.versions) for one in again] == [0, 2, 1]


def test_a_broken_record_hides_itself_and_nothing_else(desk: Desk) -> None:
    """`gitreg validate` tells of it."""
    registry = with_model(desk)
    for _ in range(2):
        register(registry)
    with_model(desk, "broken")
    desk.commit(
        {layout.version_path("churn", FIRST): b"no: record\n", places.model_path("broken"): b"- no\n"}
    )

    found = find_registered(registry, "churn", Shelves())
    assert found is not None
    assert list(found.versions) == [2]
    assert [one.model.slug for one in all_registered(registry, Shelves())] == ["churn"]


def test_a_new_record_of_the_same_text_is_another_models(desk: Desk) -> None:
    """A folder that was copied by hand has the same tree, and is no model for that."""
    registry = with_model(desk)
    register(registry)
    shelves = Shelves()
    assert find_registered(registry, "churn", shelves) is not None
    paths = list(registry.accepted.paths("models/churn"))
    desk.commit({path.replace("models/churn/", "models/twin/"): desk.read(path) for path in paths})

    assert [one.model.slug for one in all_registered(registry, shelves)] == ["churn"]


@pytest.mark.parametrize(("name", "code"), [("candidate.yaml", "GR102"), ("artifacts.sha256", "GR003")])
def test_files_that_a_version_does_not_name_are_found(desk: Desk, name: str, code: str) -> None:
    """A version from elsewhere has none of them; whoever reads them would take them for its own."""
    candidate, registry = desk.log(), with_model(desk)
    register(registry)
    register(registry, origin=OfCandidate(candidate.id))
    other = desk.read(f"models/churn/versions/1.1.0/{name}")
    desk.commit({f"models/churn/versions/1.0.0/{name}": other})
    desk.git("reset", "-q", "--hard")

    found = {one.code for one in validate_registry(registry).findings}
    assert code in found


def test_people_see_what_mlflows_api_said(desk: Desk) -> None:
    """Names that were given there, and versions that were deleted there and are what they were."""
    registry = with_model(desk)
    for _ in range(2):
        register(registry)
    moment = "2026-11-23T09:00:00Z"
    changes = {("aliases", "champion"): "1.1.0", said(FIRST, "deleted"): moment}
    edit_registered(registry, "churn", lambda _: changes, "Say", ADA)

    page = model_page(*show_model(registry, "churn"))
    assert "champion  1.1.0" in page
    assert [line.strip().partition(",")[0] for line in page.splitlines() if "hidden" in line] == [
        "1.0.0  accepted"
    ]
