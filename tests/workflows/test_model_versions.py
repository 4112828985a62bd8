"""A model's versions, read together: what is wrong with one of them is said as if it had been read alone."""

from __future__ import annotations

import pytest

from gitreg.documents import layout, places
from gitreg.domain.model import Model, ModelVersion
from gitreg.domain.version import VersionNumber
from gitreg.errors import GitregError, NotFoundError, RecordError
from gitreg.store import RegistryStore
from gitreg.workflows.versions.models import model_versions, show_model

V1, V2 = VersionNumber(1, 0, 0), VersionNumber(1, 1, 0)
PATH = layout.version_path("churn", V1)
MAIN = "refs/heads/main"


@pytest.fixture
def two(desk):
    """A model with two released versions."""
    desk.released()
    desk.promote(desk.log())
    desk.accept()
    return desk


def committed(desk, mode, content):
    """The version's file is something else on the accepted branch from now on."""
    blob = desk.git("hash-object", "-w", "--stdin", stdin=content)
    desk.git("read-tree", MAIN)
    desk.git("update-index", "--add", "--cacheinfo", f"{mode},{blob},{PATH}")
    tree = desk.git("write-tree")
    desk.git("update-ref", MAIN, desk.git("commit-tree", tree, "-p", MAIN, "-m", "Change"))


def text_of(desk):
    return desk.git("show", f"{MAIN}:{PATH}") + "\n"


def test_versions_are_those_that_are_read_one_by_one(two):
    """Highest first, each the record in its file."""
    _, found = show_model(two.registry, "churn")

    accepted = two.registry.accepted
    alone = [accepted.record(ModelVersion, layout.version_path("churn", number)) for number in (V2, V1)]
    assert [one.version for one in found] == alone


def test_a_version_without_a_record_is_missed(two):
    """The folder is there, and its record is not."""
    with RegistryStore(two.registry.repository).change(MAIN, "Remove", two.author) as change:
        change.remove(PATH)

    with pytest.raises(NotFoundError, match=r"churn 1\.0\.0 has no version\.yaml"):
        show_model(two.registry, "churn")


@pytest.mark.parametrize(
    ("mode", "change"),
    [
        ("120000", lambda _: "../1.1.0/version.yaml"), ("100644", lambda text: text.replace("version: 1.0.0", "version: 1.2.0")),
        ("100644", lambda text: text.replace("model: churn", "model: other")), ("100644", lambda text: text.replace("number: 1", "number: one")),
        ("100644", lambda text: text + "#" * 1_050_000), ("100644", lambda _: ""),
    ],
    ids=["link", "other version", "other model", "no record", "too large", "empty"],
)  # fmt: skip
def test_what_is_wrong_with_a_version_is_said_as_ever(two, mode, change):
    """With the words, the place and the next step that its record alone would give."""
    committed(two, mode, change(text_of(two)))
    registry = two.registry

    with pytest.raises(RecordError) as alone:
        registry.accepted.record(ModelVersion, PATH)
    with pytest.raises(RecordError) as together:
        show_model(registry, "churn")

    assert said(together.value) == said(alone.value)


def said(error: GitregError):
    return type(error), error.message, error.place, error.hint


def test_a_record_that_people_edited_is_read_too(two):
    """A comment, or another order: the strict reader's part."""
    committed(two, "100644", text_of(two).replace("tags: {}", "tags: {a: b} # mine"))

    assert show_model(two.registry, "churn")[1][1].version.tags == {"a": "b"}


def test_a_model_without_versions_has_none(desk):
    """None of the model's folder is asked for."""
    desk.init()
    with RegistryStore(desk.registry.repository).change(MAIN, "Add", desk.author) as change:
        change.put(Model(slug="churn", name="churn"))

    assert show_model(desk.registry, "churn")[1] == []
    assert model_versions(desk.registry, Model(slug="other", name="other")) == []
    assert not desk.registry.accepted.names(places.versions_folder("churn"))
