"""Models: shown, and changed by a proposal."""

from __future__ import annotations

import pytest
from desk import merge_proposals

from gitreg.documents import places
from gitreg.domain.version import VersionNumber
from gitreg.errors import ConflictError, NotFoundError, UsageError
from gitreg.workflows.proposing.proposals import open_proposals
from gitreg.workflows.versions.models import ModelChange, edit_model, list_models, show_model
from gitreg.workflows.versions.stages import retire

V1 = VersionNumber(1, 0, 0)


def test_versions_and_where_they_stand(desk):
    """Highest first: stages, retirement, and whether there is a tag."""
    desk.released()
    desk.promote(desk.log(), stage="production")
    desk.accept()
    retire(desk.registry, "churn", V1, "wrong labels", desk.author)
    desk.accept()
    desk.promote(desk.log())
    merge_proposals(desk.registry, desk.author)

    model, versions = show_model(desk.registry, "churn")

    assert model.slug == "churn"
    assert [(str(one.version.version), one.released, one.stages, one.retired) for one in versions] == [
        ("1.2.0", False, (), None), ("1.1.0", True, ("production",), None), ("1.0.0", True, (), "wrong labels"),
    ]  # fmt: skip


def test_a_proposed_model_is_none_yet(desk):
    """Only what was accepted is listed."""
    desk.promote(desk.log())

    assert list_models(desk.registry) == []
    with pytest.raises(NotFoundError):
        show_model(desk.registry, "churn")


def test_an_edit_is_a_proposal(desk):
    """Name, description, owners and tags."""
    desk.released()

    made = edit_model(
        desk.registry, "churn", ModelChange("Churn", "who leaves", ("ada",), {"a": "b"}), desk.author
    )
    merge_proposals(desk.registry, desk.author)

    assert made.name == "gitreg/edit/churn"
    model = desk.model()
    assert (model.name, model.description, model.owners, model.tags) == (
        "Churn",
        "who leaves",
        ["ada"],
        {"a": "b"},
    )


def test_a_second_edit_adds_to_the_first(desk):
    """What waits for review is not lost."""
    desk.released()
    edit_model(desk.registry, "churn", ModelChange(description="who leaves"), desk.author)
    edit_model(desk.registry, "churn", ModelChange(tags={"a": "b"}), desk.author)

    merge_proposals(desk.registry, desk.author)

    assert (desk.model().description, desk.model().tags) == ("who leaves", {"a": "b"})


def test_an_open_edit_that_does_not_fit_is_told(desk):
    """Nobody's words are dropped silently."""
    desk.released()
    edit_model(desk.registry, "churn", ModelChange(description="one"), desk.author)
    path = places.model_path("churn")
    desk.commit({path: desk.read(path).replace(b"description: ''", b"description: two")})

    with pytest.raises(ConflictError) as refusal:
        edit_model(desk.registry, "churn", ModelChange(tags={"a": "b"}), desk.author)

    assert refusal.value.hint == "git branch -D gitreg/edit/churn drops it, then edit again"


def test_a_deleted_model_is_hidden(desk):
    """And shown again by restoring."""
    desk.released()
    edit_model(desk.registry, "churn", ModelChange(deleted=True), desk.author)
    merge_proposals(desk.registry, desk.author)
    assert (list_models(desk.registry), len(list_models(desk.registry, deleted=True))) == ([], 1)

    edit_model(desk.registry, "churn", ModelChange(deleted=False), desk.author)
    merge_proposals(desk.registry, desk.author)

    assert len(list_models(desk.registry)) == 1


@pytest.mark.parametrize(
    "change", [ModelChange(), ModelChange(name="churn"), ModelChange(tags={"none": None})]
)
def test_nothing_to_change_is_told(desk, change):
    """Exit 2, no branch."""
    desk.released()

    with pytest.raises(UsageError, match="nothing would be different"):
        edit_model(desk.registry, "churn", change, desk.author)

    assert open_proposals(desk.registry) == []


@pytest.mark.parametrize(
    "change",
    [
        ModelChange(name=""),
        ModelChange(description="\x1b"),
        ModelChange(owners=("a\nb",)),
        ModelChange(tags={"": "x"}),
    ],
)
def test_what_cannot_be_recorded_is_refused(desk, change):
    """Exit 2, no branch."""
    desk.released()

    with pytest.raises(UsageError, match="cannot be recorded"):
        edit_model(desk.registry, "churn", change, desk.author)

    assert open_proposals(desk.registry) == []


@pytest.mark.parametrize(
    ("name", "fault"),
    [("nothing", NotFoundError), ("../x", NotFoundError), ("", UsageError), ("a\nb", UsageError)],
)
def test_what_is_not_there(desk, name, fault):
    """For showing and for changing."""
    for act in (
        lambda: show_model(desk.registry, name),
        lambda: edit_model(desk.registry, name, ModelChange(name="x"), desk.author),
    ):
        with pytest.raises(fault):
            act()


def test_comments_stay(desk):
    """An edit replaces values only."""
    desk.released()
    path = places.model_path("churn")
    desk.commit({path: desk.read(path).replace(b"description: ''", b"description: ''  # say more")})

    edit_model(desk.registry, "churn", ModelChange(description="who leaves"), desk.author)

    assert b"description: who leaves  # say more" in desk.read(path, "refs/heads/gitreg/edit/churn")
