"""Logging: what is recorded, where, and that nothing of the user's is touched."""

from __future__ import annotations

import math
import multiprocessing
from datetime import UTC, datetime

import pytest
from desk import START, Desk

from gitreg.documents import places
from gitreg.domain.candidate import Candidate
from gitreg.domain.curves import MetricPoint
from gitreg.errors import AlreadyThereError, GitregError, NotFoundError, RecordError, UsageError
from gitreg.store import Author
from gitreg.workflows.recording.log_candidate import NewCandidate, log_candidates
from gitreg.workflows.registry import CANDIDATES


def stored(desk, candidate):
    return desk.registry.candidates.record(
        Candidate, places.candidate_path(candidate.experiment, candidate.id)
    )


def test_the_record_is_read_as_it_was_logged(desk):
    """What is returned is what the branch holds."""
    candidate = desk.log(params={"lr": "0.1"}, tags={"team": "growth"}, notes="two\nlines\n")

    assert stored(desk, candidate) == candidate
    assert candidate.author.email == "ada@example.com"


def test_one_commit_brings_record_manifest_and_dvc_file(desk):
    """And the experiment, when it is the first."""
    candidate = desk.log()

    folder = f"experiments/churn/candidates/{candidate.id[:2]}/{candidate.id}"
    assert desk.git("show", "--format=%s", "--name-only", "gitreg/candidates").splitlines() == [
        f"Log {candidate}", "", f"{folder}.dvc", f"{folder}.sha256", f"{folder}.yaml", "experiments/churn/experiment.yaml",
    ]  # fmt: skip


def test_without_artifacts_there_is_only_the_record(desk):
    """No manifest and no DVC file; `artifacts` is null."""
    desk.log()
    candidate = desk.log(artifacts=None)

    assert candidate.artifacts is None
    assert len(desk.git("show", "--format=", "--name-only", "gitreg/candidates").splitlines()) == 1


def test_many_candidates_are_one_commit(desk):
    """All in the order given, in one commit."""
    news = [desk.new(metrics={"auc": n / 10}) for n in range(5)]
    before = desk.git("rev-list", "--count", "gitreg/candidates")

    made = log_candidates(desk.registry, news, desk.author)

    assert [one.id for one in made] == [one.id for one in news]
    assert int(desk.git("rev-list", "--count", "gitreg/candidates")) == int(before) + 1


def test_one_wrong_candidate_logs_none(desk):
    """All or none."""
    before = desk.tip(CANDIDATES)

    with pytest.raises(UsageError):
        log_candidates(desk.registry, [desk.new(), desk.new(params={"": "x"})], desk.author)

    assert desk.tip(CANDIDATES) == before


def test_nothing_to_log_is_no_commit(desk):
    """An empty list."""
    before = desk.tip(CANDIDATES)

    assert log_candidates(desk.registry, [], desk.author) == []
    assert desk.tip(CANDIDATES) == before


def test_work_on_a_feature_branch_is_untouched(desk):
    """Status, index, branch, stash and files are exactly as they were."""
    desk.git("switch", "-q", "-c", "feature")
    (desk.path / "train.py").write_text("print('stashed')\n")
    desk.git("stash", "-q")
    (desk.path / "staged.txt").write_text("staged\n")
    desk.git("add", "staged.txt")
    (desk.path / "train.py").write_text("print('changed')\n")
    (desk.path / "untracked.txt").write_text("untracked\n")
    before = desk.state()

    desk.log()

    assert desk.state() == before
    assert "feature" in before[-1]


def test_a_checked_out_candidate_branch_follows(desk):
    """Its work tree shows the new record, and own changes stay."""
    desk.git("switch", "-q", "gitreg/candidates")
    (desk.path / "mine.txt").write_text("mine\n")

    candidate = desk.log()

    assert (desk.path / places.candidate_path("churn", candidate.id)).is_file()
    assert desk.git("status", "--porcelain") == "?? mine.txt"


@pytest.mark.parametrize("where", ["detached", "nested", "linked"])
def test_it_works_from_everywhere(desk, where):
    """A detached HEAD, a folder below, a linked work tree."""
    at = desk.path
    if where == "detached":
        desk.git("switch", "-q", "--detach")
    elif where == "nested":
        at = desk.path / "a" / "b"
        at.mkdir(parents=True)
    else:
        at = desk.path.parent / "side"
        desk.git("worktree", "add", "-q", "-b", "side", str(at))

    candidate = desk.log(at=at)

    assert stored(desk, candidate) == candidate


def test_a_fresh_clone_goes_on_from_the_remotes_branch(desk):
    """A clone has no local candidate branch; what it logs joins what is there."""
    first = desk.log()
    desk.share()
    clone = desk.clone()

    desk.log(at=clone)

    parents = desk.git("log", "--format=%H", "gitreg/candidates", at=clone).splitlines()
    assert desk.tip(CANDIDATES) == parents[1]
    assert desk.open(clone).candidates.record(Candidate, places.candidate_path("churn", first.id)) == first


def test_a_clone_without_any_candidate_branch_starts_one(desk):
    """The branch begins with the commit that all begin with, so that it merges later."""
    first = desk.git("rev-list", "--max-parents=0", "gitreg/candidates")
    desk.share()
    clone = desk.clone("clone", "--single-branch")

    desk.log(at=clone)

    assert desk.git("rev-list", "--max-parents=0", "gitreg/candidates", at=clone) == first
    assert ".dvc/config" in desk.git("ls-tree", "-r", "--name-only", "gitreg/candidates", at=clone)


def test_an_id_that_is_there_already_is_refused(desk):
    """What was logged is not overwritten by what calls itself the same."""
    candidate = desk.log()

    with pytest.raises(AlreadyThereError):
        desk.log(id=candidate.id)

    assert stored(desk, candidate) == candidate


def test_the_same_id_twice_in_one_go_is_refused(desk):
    """The second would hide the first."""
    with pytest.raises(AlreadyThereError):
        log_candidates(desk.registry, [desk.new(id="a" * 32), desk.new(id="a" * 32)], desk.author)


NAMES = [
    "-rf",
    "../../etc/passwd",
    "a/b",
    'it\'s "quoted"',
    "$(touch pwned)",
    "`id`",
    "CON",
    "a.lock",
    "Churn",
    "größe",
    "🐍",
    "x" * 500,
]


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_experiment_is_stored_under_a_slug(desk, name):
    """Its name is kept exactly; its folder is one of ours."""
    candidate = desk.log(name)

    experiment = desk.read(f"experiments/{candidate.experiment}/experiment.yaml", CANDIDATES)
    found = desk.registry.candidates.paths("experiments")
    assert all(path.startswith(f"experiments/{candidate.experiment}/") for path in found)
    assert b"name: " in experiment
    assert not (desk.path / "pwned").exists()
    assert desk.git("status", "--porcelain") == ""


@pytest.mark.parametrize(
    "name", ["", " ", "a\nb", "a\0b", "a\x1b[31mb", "x" * 501, "a\u202eb", "e\u0301", " a", "\ud800"]
)
def test_an_impossible_experiment_is_refused(desk, name):
    """In a sentence, and nothing is written."""
    before = desk.tip(CANDIDATES)

    with pytest.raises(UsageError, match="cannot be recorded"):
        desk.log(name)

    assert desk.tip(CANDIDATES) == before


def test_names_that_differ_by_case_are_two_experiments(desk):
    """On a file system without case they must not be one folder."""
    one, two = desk.log("churn"), desk.log("CHURN")

    assert one.experiment.casefold() != two.experiment.casefold()


@pytest.mark.parametrize("group", ["params", "tags"])
@pytest.mark.parametrize(
    "key",
    [
        "-x",
        "a: b",
        "a.b",
        "<<",
        "null",
        "yes",
        "1",
        "'",
        '"',
        "#",
        "a#b",
        "{",
        "*a",
        "!tag",
        "größe",
        "~",
        "=",
        "%",
    ],
)
def test_hostile_keys_and_values_come_back(desk, group, key):
    """What looks like YAML, a flag or another type stays the text that it is."""
    candidate = desk.log(artifacts=None, **{group: {key: key}})

    assert getattr(stored(desk, candidate), group) == {key: key}


@pytest.mark.parametrize(
    "value",
    [
        "no",
        "1e-4",
        "012",
        "1.10",
        "0x1F",
        "2026-11-22",
        "null",
        "",
        " ",
        "~",
        "1_000",
        "a\nb",
        "\t",
        "---",
        "...",
        "[1]",
        "NaN",
    ],
)
def test_values_stay_text(desk, value):
    """A param is what was written."""
    candidate = desk.log(artifacts=None, params={"x": value})

    assert stored(desk, candidate).params == {"x": value}


@pytest.mark.parametrize("more", [
    {"params": {"a\nb": "x"}}, {"params": {"x": "a\0b"}}, {"tags": {"k" * 251: "x"}}, {"metrics": {"": 1.0}}, {"name": "a\nb"},
    {"notes": "\x07"}, {"id": "short"}, {"id": "../../../../../../../../../../etc"}, {"parent": "x"},
])  # fmt: skip
def test_what_cannot_be_recorded_is_refused(desk, more):
    """Exit 2, the message in one line, and nothing written."""
    before = desk.tip(CANDIDATES)

    with pytest.raises(UsageError) as refusal:
        desk.log(artifacts=None, **more)

    assert "\n" not in refusal.value.message
    assert desk.tip(CANDIDATES) == before


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -0.0, 1e308, 5e-324])
def test_every_float_is_a_metric(desk, value):
    """NaN and infinities are values."""
    candidate = desk.log(artifacts=None, metrics={"auc": value})

    assert repr(stored(desk, candidate).metrics["auc"]) == repr(value)


def test_a_curve_is_kept_whole_among_the_artifacts(desk):
    """The record has the last value and a summary; every point is in a file that gitreg made."""
    points = [MetricPoint("loss", value, step) for step, value in enumerate([0.7, 0.2, 0.3])]

    candidate = log_candidates(
        desk.registry, [NewCandidate("b" * 32, "churn", START, metrics=points)], desk.author
    )[0]

    manifest = desk.read(places.candidate_manifest_path("churn", candidate.id), CANDIDATES)
    assert (candidate.metrics["loss"], candidate.points["loss"][0], candidate.curves["loss"].points) == (
        0.3,
        2,
        3,
    )
    assert manifest.endswith(b"  .gitreg/curves.csv\n")


def test_a_record_that_nobody_could_read_is_refused(desk):
    """A record has a largest size; what is larger must not get into the branch."""
    before = desk.tip(CANDIDATES)

    for params in ({"x": "y" * 2_000_000}, {f"key{n}": "x" for n in range(6000)}):
        with pytest.raises(RecordError):
            desk.log(artifacts=None, params=params)

    assert desk.tip(CANDIDATES) == before


@pytest.mark.parametrize("name", [".git/config", ".gitreg/code.patch", "a\nb", "a\\b"])
def test_hostile_artifact_names_are_refused(desk, name):
    """Names that no other machine should be made to write."""
    with pytest.raises(UsageError):
        desk.log(artifacts={name: b"x"})


@pytest.mark.parametrize("name", ["-rf", "it's", "$(id)", "größe.bin", "a b", "model;rm", "x" * 200])
def test_unusual_artifact_names_are_stored(desk, name):
    """Anything that is only a name."""
    candidate = desk.log(artifacts={name: b"x"})

    assert (
        desk.read(places.candidate_manifest_path("churn", candidate.id), CANDIDATES)
        .decode()
        .endswith(f"  {name}\n")
    )


def test_a_missing_artifact_is_not_found(desk):
    """Nothing is committed for a path that is not there."""
    source = desk.sources({"a": b"x"})[0]
    source.path.unlink()

    with pytest.raises(NotFoundError):
        desk.log(artifacts=[source])


@pytest.mark.parametrize("name", ["Ada <x", "A\nda", ""])
def test_an_author_that_git_refuses_is_refused(desk, name):
    """No commit gets a header of somebody's making."""
    with pytest.raises(GitregError):
        log_candidates(desk.registry, [desk.new()], Author(name, "ada@example.com", START))


def test_the_commit_has_author_and_time(desk):
    """As they were given, not as the machine has them."""
    log_candidates(
        desk.registry, [desk.new()], Author("Bob", "bob@example.org", datetime(2020, 1, 2, tzinfo=UTC))
    )

    assert desk.git("log", "-1", "--format=%an|%ae|%aI|%cn|%cI", "gitreg/candidates") == (
        "Bob|bob@example.org|2020-01-02T00:00:00+00:00|Bob|2020-01-02T00:00:00+00:00"
    )
    assert desk.git("reflog", "-1", "--format=%gs", CANDIDATES) == "gitreg: log"


def _write(path, environ, key, start):
    desk = Desk(path, environ, key, _count=start)
    for _ in range(8):
        desk.log(artifacts=None)
    desk.close()


def test_writers_at_once_lose_nothing(desk):
    """Four processes log into one branch: every candidate of each is there."""
    context = multiprocessing.get_context("spawn")
    writers = [
        context.Process(target=_write, args=(desk.path, desk.environ, desk.key, 1000 * n))
        for n in range(1, 5)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)

    assert [writer.exitcode for writer in writers] == [0] * 4
    records = [path for path in desk.registry.candidates.paths("experiments") if places.candidate_of(path)]
    assert len(records) == 32


def test_clones_that_log_the_same_new_experiment_merge(desk):
    """An experiment that is made automatically is the same everywhere."""
    desk.share()
    clone = desk.clone()
    desk.log(artifacts=None)
    desk.log(artifacts=None, at=clone)
    desk.git("fetch", "-q", str(clone), "gitreg/candidates")
    desk.git("switch", "-q", "gitreg/candidates")

    desk.git("merge", "-q", "--no-edit", "FETCH_HEAD")

    assert len(desk.git("ls-files", "experiments/churn/candidates").splitlines()) == 2
