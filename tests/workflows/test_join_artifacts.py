"""Files of one record that two clones changed: until they are united they are one side's, and the joined record is of that side."""

from __future__ import annotations

from itertools import permutations

import pytest

from gitreg.artifacts import Source
from gitreg.documents import places
from gitreg.documents.conflicts import open_conflicts
from gitreg.documents.writer import write
from gitreg.domain.experiment import Experiment
from gitreg.domain.logged_model import LoggedModel
from gitreg.errors import ConflictError
from gitreg.store import Snapshot
from gitreg.workflows.logged_models.files import add_model_files, listed_model_files
from gitreg.workflows.logged_models.records import NewLoggedModel, create_logged_model, tag_logged_model
from gitreg.workflows.publishing.follow_candidates import join
from gitreg.workflows.publishing.join_candidates import joined_tree
from gitreg.workflows.publishing.put_on import put_on
from gitreg.workflows.registry import CANDIDATES
from gitreg.workflows.validating.validate import validate_change

MODEL = "7f" * 16
PATH = places.logged_model_path("churn", MODEL)


@pytest.fixture
def made(desk):
    """A logged model with a file; makes it hold more in a commit that no branch holds."""
    create_logged_model(
        desk.registry, NewLoggedModel(MODEL, Experiment.called("churn"), "model"), desk.author
    )
    _add(desk, "first")
    repository = desk.registry.repository
    base = repository.resolve(CANDIDATES)

    def side(*words):
        tag_logged_model(desk.registry, MODEL, {words[0]: "1"}, desk.author)
        for word in words:
            _add(desk, word)
        tip = repository.resolve(CANDIDATES)
        desk.git("update-ref", CANDIDATES, base)
        return tip

    return side


def _add(desk, word):
    (desk.path / word).write_text(word)
    add_model_files(desk.registry, MODEL, [Source(desk.path / word, f"{word}.txt")], desk.author)


def joined(desk, commits):
    """The commit of a join, and its record."""
    registry, who = desk.registry, desk.author.identity
    commit = registry.repository.write_commit(joined_tree(registry, commits), commits, "Join\n", who, who)
    return commit, Snapshot(registry.repository, commit).record(LoggedModel, PATH)


def test_the_files_of_one_side_stay_whole(desk, made):
    """Whoever joins whom; the record names the other side's until somebody decides, and no rule is broken."""
    sides = made("one"), made("two", "more")

    (commit, record), (_, other) = (joined(desk, order) for order in permutations(sides))

    assert record == other
    assert record.tags == {"one": "1", "two": "1"}
    listed = listed_model_files(Snapshot(desk.registry.repository, commit), record)
    assert listed is not None
    assert len(open_conflicts(record)["artifacts"]) == 2
    found = validate_change(desk.registry, desk.registry.repository.resolve(CANDIDATES), commit).findings
    assert {(one.code, one.severity) for one in found} == {("GR008", "warning")}


def test_three_sides_are_joined_in_any_order(desk, made):
    """One after the other, or all at once."""
    sides = made("one"), made("two", "more"), made("three")

    found = {joined_tree(desk.registry, order) for order in permutations(sides)}

    assert len(found) == 1


def test_files_that_no_record_claims_are_a_conflict(desk, made):
    """Where a side's record is broken, nothing is guessed."""
    sides = made("one"), made("two")
    broken = desk.registry.store.commit(sides[0], {PATH: b"id: ["}, "By hand\n", desk.author)

    with pytest.raises(ConflictError, match=r"both sides changed .*7f7f"):
        joined_tree(desk.registry, [sides[1], broken])


def test_files_without_a_common_past_are_joined_too(desk, made):
    """As after clones whose history is cut off."""
    sides = [
        desk.registry.store.commit(None, _files(desk, commit), "Cut off\n", desk.author)
        for commit in (made("one"), made("two"))
    ]

    (_, record), (_, other) = (joined(desk, order) for order in permutations(sides))

    assert record == other
    assert write(record)


def test_a_clone_without_history_puts_them_on_alike(desk, made):
    """The same record and files as by a join; what is sent is one commit upon the other's."""
    one, two = made("one"), made("two", "more")
    registry = desk.registry

    commits = [put_on(registry, *sides, desk.author)[0] for sides in ((one, two), (two, one))]

    trees = {registry.repository.commit(commit).tree for commit in commits}
    assert trees == {registry.repository.commit(join(registry, one, two, [], desk.author).commit).tree}


def _files(desk, commit):
    snapshot = Snapshot(desk.registry.repository, commit)
    return {path: snapshot.file(path) for path in snapshot.paths("experiments")}
