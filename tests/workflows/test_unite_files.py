"""Two clones that add files to one ended run, or to one logged model: both have all of them, and only a true clash is one."""

from __future__ import annotations

from sides import Run, another, files, meet, record, send

from gitreg.documents.conflicts import open_conflicts
from gitreg.documents.merging_files import CLASHES
from gitreg.domain.curves import MetricPoint
from gitreg.workflows.candidates.edit_candidate import tag_candidate
from gitreg.workflows.contents.read_table import record_files, record_points
from gitreg.workflows.publishing.exchange import fetch
from gitreg.workflows.publishing.mirror import open_mirror
from gitreg.workflows.running.amend import amend
from gitreg.workflows.running.finish_draft import finish_ended
from gitreg.workflows.running.reopen import reopen_draft
from gitreg.workflows.searching.find import find_candidate
from gitreg.workflows.validating.validate import validate_change


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


def test_a_clash_that_a_draft_decided_is_named_no_more(desk):
    """Whatever others changed in the record meanwhile, which named it still."""
    thing = Run(desk)
    desk.share()
    send(desk, desk.path)
    clones = desk.path, another(desk, "clone")
    for at, content in zip(clones, ("ours", "theirs"), strict=True):
        thing.add(at, base=content)
    meet(desk, *clones)
    registry = desk.registry
    draft = reopen_draft(registry, thing.id)
    (desk.path.parent / "decided").write_text("decided")
    draft.append(draft.kept(desk.path.parent / "decided", "base"))
    tag_candidate(desk.open(clones[1]), thing.id, {"meanwhile": "yes"}, desk.author)
    send(desk, clones[1])
    fetch(registry, desk.author)

    found = finish_ended(registry, draft, desk.author)

    assert found.tags == {"meanwhile": "yes"}
    assert open_conflicts(found) == {}


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
