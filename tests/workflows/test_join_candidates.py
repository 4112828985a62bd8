"""Candidate branches joined: records key by key, configuration as it was accepted, nothing blocked, nothing lost."""

from __future__ import annotations

import pytest
from desk import REGISTRY_ID

from gitreg.documents import places
from gitreg.documents.conflicts import open_conflicts
from gitreg.documents.edit import changed
from gitreg.documents.writer import write
from gitreg.domain.experiment import Experiment
from gitreg.errors import ConflictError
from gitreg.store import Author, Snapshot
from gitreg.workflows.candidate_branch import CANDIDATE_ATTRIBUTES, first_candidate_commit
from gitreg.workflows.candidates.edit_candidate import delete_candidate, note_candidate, tag_candidate
from gitreg.workflows.candidates.experiments import ExperimentChange, create_experiment, edit_experiment
from gitreg.workflows.init.init_registry import InitOptions, init_registry
from gitreg.workflows.publishing.exchange import fetch
from gitreg.workflows.publishing.join_candidates import joined_most, joined_tree
from gitreg.workflows.registry import CANDIDATES
from gitreg.workflows.searching.find import find_candidate

EXPERIMENT = places.experiment_path("churn")


@pytest.fixture
def side(desk):
    """Makes a commit of files on the candidate branch's tip, or on another commit, that no branch holds."""

    def make(files, parent=CANDIDATES):
        registry = desk.registry
        base = registry.repository.resolve(parent) if parent == CANDIDATES else parent
        return registry.store.commit(base, files, "Side\n", desk.author)

    return make


@pytest.fixture
def joined(desk):
    """The files of several commits joined; the same in any order."""

    def join(*commits):
        registry = desk.registry
        tree = joined_tree(registry, commits)
        assert joined_tree(registry, commits[::-1]) == tree
        commit = registry.repository.write_commit(
            tree, commits, "Join\n", desk.author.identity, desk.author.identity
        )
        return Snapshot(registry.repository, commit)

    return join


def test_two_clones_change_one_candidate(desk):
    """Different tags, the same tag, notes: all of it is there in both clones, and says what differs."""
    one = desk.log(artifacts=None, tags={"team": "core"})
    desk.share()
    clone = desk.clone()
    fetch(desk.open(clone), desk.author)
    for registry, team in ((desk.registry, "growth"), (desk.open(clone), "risk")):
        tag_candidate(registry, one.id, {"team": team, team: "yes"}, desk.author)
    note_candidate(desk.registry, one.id, "mine", desk.author)
    delete_candidate(desk.open(clone), one.id, desk.author)

    desk.publish(clone)
    desk.pause()
    desk.publish()
    fetch(desk.open(clone), desk.author)

    found = find_candidate(desk.registry, one.id)
    assert find_candidate(desk.open(clone), one.id) == found
    assert (found.tags, found.notes) == ({"growth": "yes", "risk": "yes", "team": "growth"}, "mine")
    assert found.deleted is not None
    assert open_conflicts(found) == {"tags.team": ("growth", "risk")}


def test_setting_the_key_again_decides(desk, side, joined):
    """By `tag` and `note`, even to what stands there already."""
    one = desk.log(artifacts=None)
    path = places.candidate_path("churn", one.id)
    texts = [write(one.model_copy(update={"tags": {"team": team}, "notes": team})) for team in ("a", "b")]
    both = joined(*(side({path: text}) for text in texts))
    desk.git("update-ref", CANDIDATES, both.commit)

    tagged = tag_candidate(desk.registry, one.id, {"team": "a"}, desk.author)
    noted = note_candidate(desk.registry, one.id, "both", desk.author)

    assert open_conflicts(tagged) == {"notes": ("a", "b")}
    assert (noted.tags, noted.notes, noted.extra) == ({"team": "a"}, "both", {})


def test_editing_an_experiment_decides(desk, side, joined):
    """Its description, its primary metric, a goal."""
    made = create_experiment(
        desk.registry, "churn", ExperimentChange(units={"auc": "", "loss": ""}), desk.author
    )
    sides = [
        changed(
            made,
            {
                ("description",): key,
                ("metrics", key, "primary"): True,
                ("metrics", "auc", "unit"): key,
                ("metrics", "loss", "unit"): key,
            },
        )
        for key in ("auc", "loss")
    ]
    both = joined(*(side({EXPERIMENT: write(one)}) for one in sides))
    desk.git("update-ref", CANDIDATES, both.commit)
    names = ["description", "metrics.auc.unit", "metrics.loss.unit", "primary"]
    assert list(open_conflicts(both.record(Experiment, EXPERIMENT))) == names

    change = ExperimentChange(description="loss", primary="auc", units={"auc": "auc", "loss": "nats"})
    decided = edit_experiment(desk.registry, "churn", change, desk.author)

    assert (decided.description, decided.primary_metric, decided.extra) == ("loss", "auc", {})


def test_two_writers_make_the_same_experiment(desk, side, joined):
    """One by logging into it, one on purpose, one under another name that gives the same folder."""
    made = [
        Experiment.called("churn"),
        Experiment.called("churn").model_copy(update={"description": "who leaves"}),
    ]

    both = joined(*(side({EXPERIMENT: write(one)}) for one in made))

    assert both.record(Experiment, EXPERIMENT) == made[1]


def test_two_inits_with_different_storages_join(desk, joined):
    """The accepted branch says where artifacts are; gitreg reads nothing of it here."""
    registry, author = desk.registry, desk.author
    other = Author("Bob Example", "bob@example.com", author.when)
    configurations = [{places.DVC_CONFIG: b"[core]\n    remote = %s\n" % name} for name in (b"one", b"two")]

    both = joined(*(first_candidate_commit(registry.repository, one, other) for one in configurations))

    assert both.file(places.DVC_CONFIG) == desk.read(places.DVC_CONFIG)
    assert both.file(".gitattributes") == CANDIDATE_ATTRIBUTES


def test_two_clones_that_were_both_initialized(repository_desk):
    """One of them takes the other's settings then; the candidates of both were logged before, and are there."""
    desk = repository_desk
    remote, clone = desk.path.parent / "remote.git", desk.path.parent / "clone"
    for words in (["init", "-q", "--bare", "-b", "main", str(remote)], ["push", "-q", str(remote), "main"]):
        desk.git(*words)
    desk.clone()
    desk.init()
    options = InitOptions(signing_key=str(desk.key), storage=str(desk.path.parent / "other-store"))
    init_registry(clone, options, desk.environ, now=desk.author.when, registry_id="1" + REGISTRY_ID[1:])
    logged = [desk.log("churn").id, desk.log("churn", at=clone).id, desk.log("risk", at=clone).id]
    desk.git("remote", "add", "origin", str(remote))
    desk.git("push", "-q", "origin", "main", "gitreg/candidates")

    desk.git("fetch", "-q", at=clone)
    desk.git("reset", "-q", "--hard", "origin/main", at=clone)
    desk.publish(clone)
    fetch(desk.registry, desk.author)

    paths = map(places.candidate_of, desk.registry.candidates.paths("experiments"))
    assert sorted(found[1] for found in paths if found) == sorted(logged)
    assert desk.read(places.DVC_CONFIG, CANDIDATES) == desk.read(places.DVC_CONFIG)


def test_configuration_that_one_side_removed_does_not_block(desk, side, joined):
    """What was accepted stands, or what is left."""
    both = joined(
        side({places.DVC_CONFIG: b"1", ".gitignore": None}),
        side({places.DVC_CONFIG: None, ".gitignore": b"x\n"}),
    )

    assert both.file(places.DVC_CONFIG) == desk.read(places.DVC_CONFIG)
    assert both.file(".gitignore") == b"x\n"


def test_a_record_that_one_deleted_by_hand_and_another_changed_stays(desk, side, joined):
    """Nothing that was logged is lost because somebody changed it meanwhile."""
    one = desk.log(artifacts=None)
    path = places.candidate_path("churn", one.id)
    edited = write(one.model_copy(update={"notes": "good"}))

    both = joined(side({path: None}), side({path: edited}))

    assert both.file(path) == edited


def test_what_is_no_record_is_a_conflict_and_named(desk, side):
    """Whoever asks can leave that commit out."""
    one = desk.log(artifacts=None)
    path = places.candidate_path("churn", one.id)
    sides = [side({path: text}) for text in (b"broken: [\n", write(one.model_copy(update={"name": "x"})))]

    with pytest.raises(ConflictError, match=path):
        joined_tree(desk.registry, sides)


def test_one_that_cannot_be_joined_blocks_no_other(desk, side):
    """It is left out, and the others are there."""
    one = desk.log(artifacts=None)
    path = places.candidate_path("churn", one.id)
    good = side({path: write(one.model_copy(update={"notes": "good"}))})
    bad = side({path: b"broken: [\n"})
    other = side({path: write(one.model_copy(update={"tags": {"team": "growth"}}))})

    tree, kept = joined_most(desk.registry, [good, bad, other])

    assert kept == [good, other]
    assert tree == joined_tree(desk.registry, kept)


def test_many_writers_join_at_once(desk, side, joined):
    """An octopus of one candidate each, and of one tag that all of them set."""
    one = desk.log(artifacts=None)
    path = places.candidate_path("churn", one.id)
    sides = [
        side(
            {
                path: write(one.model_copy(update={"tags": {"team": f"{at:02}"}})),
                f"experiments/x/{at}": b"%d" % at,
            }
        )
        for at in range(20)
    ]

    both = joined(*sides)

    assert len(both.names("experiments/x")) == 20
    assert both.record(type(one), path).extra == {
        "conflicts": {"tags.team": [f"{at:02}" for at in range(20)]}
    }
