"""The index answers for the commit that it is asked about, whatever it knew before."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from histories import BRANCH, History, experiment_file, logged, model_place, place, record, some
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitreg.gitrepo.reading import Reading


def test_without_a_branch_there_is_nothing(history: History) -> None:
    """No candidate branch is no candidates."""
    answers = history.answers(None)

    assert answers["candidates"] == []
    assert answers["commit"] == ("",)


def test_values_are_those_of_the_record(history: History) -> None:
    """A row says what the file says."""
    history.commit({**some(range(1)), **experiment_file()})

    [row] = history.answers()["candidates"]

    assert "'train', uri='data/train.csv'" in row
    assert "{'depth': '0'}, {'auc': 0.5}, {'team': 'growth'}" in row
    assert "'Ada Example <ada@example.com>'" in row


@pytest.mark.parametrize("value", [".nan", ".inf", "-.inf", "1e300", "-0.0"])
def test_every_number_is_kept(history: History, value: str) -> None:
    """NaN and infinities are values of metrics."""
    history.commit(some(range(1), auc=value))

    [row] = history.answers()["candidates"]

    expected = {".nan": "nan", ".inf": "inf", "-.inf": "-inf", "1e300": "1e+300", "-0.0": "0.0"}[value]
    assert f"'auc': {expected}" in row


def test_added_changed_and_deleted_files_are_followed(history: History) -> None:
    """After each commit the index is what a new one would be."""
    steps = [
        some(range(10)),
        {**some(range(3), auc=0.75), **experiment_file(), **logged(range(5))},
        {place(2): None, place(9): None, model_place(2): None, **logged(range(3, 4), status="ready")},
        {model_place(1): b"id: [", **logged(range(20, 22), "pricing")},
        {**logged(range(1, 2)), model_place(20, "pricing"): None, model_place(21, "pricing"): None},
        experiment_file(name="Churn of customers"),
        {"experiments/churn/experiment.yaml": None, "README.md": b"x"},
        dict.fromkeys(some(range(10))),
        dict.fromkeys(logged(range(5))),
    ]
    for files in steps:
        history.commit(files)

        assert history.answers() == history.fresh()


def test_a_rewound_branch_is_followed(history: History) -> None:
    """What was committed after the commit that the branch is set back to is gone."""
    first = history.commit(some(range(3)))
    history.commit(some(range(3, 6)))
    history.answers()

    history.git("update-ref", BRANCH, first)

    assert len(history.answers()["candidates"]) == 3
    assert history.answers() == history.fresh()


def test_another_history_is_followed(history: History) -> None:
    """Two branches without a common commit are no trouble."""
    history.commit({**some(range(5)), **experiment_file()})
    history.answers()

    history.commit({**some(range(3, 8), auc=0.9), **some(range(2), "pricing")}, parent=None)

    assert history.answers() == history.fresh()


def test_a_commit_that_git_threw_away_is_no_trouble(history: History) -> None:
    """Where the known commit is gone, files are compared with what is known."""
    history.commit({**some(range(5)), place(7): b"no record", **experiment_file(), **logged(range(3))})
    history.answers()
    history.commit(
        {
            **some(range(3, 8), auc=0.9),
            "experiments/x/experiment.yaml": b"?",
            **logged(range(2, 4)),
            model_place(7): b"?",
        },
        parent=None,
    )
    history.git("reflog", "expire", "--expire=now", "--all")
    history.git("gc", "--prune=now", "--quiet")
    again = Reading.open(history.path, history.environ)

    assert history.answers() == history.fresh()
    again.close()


def test_what_is_known_is_not_read_again(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are compared by blob before they are read."""
    history.commit({**some(range(5)), **experiment_file(), **logged(range(5))})
    history.answers()
    history.commit(
        {**some(range(4)), **experiment_file(), **logged(range(1, 5)), place(9): record(9)}, parent=None
    )
    history.git("reflog", "expire", "--expire=now", "--all")
    history.git("gc", "--prune=now", "--quiet")
    asked: list[str] = []
    blobs = Reading.blobs

    def counted(self, ids, **words):
        asked.extend(ids := list(ids))
        return blobs(self, ids, **words)

    monkeypatch.setattr(Reading, "blobs", counted)

    history.answers()

    assert len(asked) == 1


def test_a_file_that_is_no_record_is_a_fault_until_it_is_mended(history: History) -> None:
    """A fault has the file's path and says what is wrong; the other candidates are there."""
    history.commit({**some(range(2)), place(2): b"id: [", place(3): record(4), place(5): b"x" * (2 << 20)})

    answers = history.answers()

    assert len(answers["candidates"]) == 2
    assert [path for path, _, _ in answers["faults"]] == sorted([place(2), place(3), place(5)])
    assert all(path in message for path, _, message in answers["faults"])
    history.commit({**some(range(2, 4)), place(5): None})
    assert history.answers() == history.fresh()
    assert history.answers()["faults"] == []


def test_a_record_that_becomes_none_leaves_the_answers(history: History) -> None:
    """A row does not outlive its record."""
    history.commit({**some(range(2)), **experiment_file()})
    history.answers()

    history.commit({place(1): b"", "experiments/churn/experiment.yaml": b"slug: [", **some(range(1), "b")})

    assert history.answers() == history.fresh()
    assert len(history.answers()["candidates"]) == 2


def test_only_regular_files_in_their_places_count(history: History) -> None:
    """Links, other names and other folders are no candidates."""
    history.commit(some(range(1)))
    blob = history.git("hash-object", "-w", "--stdin", stdin=b"/etc/passwd").decode().strip()
    for number, path in enumerate([place(1), "experiments/churn/candidates/zz/x.yaml", f"{place(2)}x"]):
        history.git(
            "update-index", "--add", "--cacheinfo", f"{'120000' if not number else '100644'},{blob},{path}"
        )
    tree = history.git("write-tree").decode().strip()
    commit = history.git("commit-tree", tree, "-m", "x").decode().strip()
    history.git("update-ref", BRANCH, commit)

    answers = history.answers()

    assert (answers["candidates"], answers["faults"]) == ([], [])


def test_experiments_appear_with_their_candidates(history: History) -> None:
    """A folder without a readable record is an experiment too, as long as there is something in it."""
    history.commit(
        {**some(range(1), "a"), "experiments/b/experiment.yaml": b"?", **experiment_file("c", "c")}
    )

    assert [slug for slug, *_ in history.answers()["experiments"]] == ["a", "b", "c"]
    history.commit({place(0, "a"): None, "experiments/b/experiment.yaml": None})
    assert [slug for slug, *_ in history.answers()["experiments"]] == ["c"]


CONTENTS = st.sampled_from(["record", "other", "broken", "misplaced", "gone"])
CHANGES = st.dictionaries(
    st.tuples(st.sampled_from(["a", "a-b", "a.b"]), st.integers(0, 5)), CONTENTS, min_size=1, max_size=5
)
STEPS = st.lists(
    st.tuples(CHANGES, st.sampled_from(["next", "next", "rewind", "new"]), st.booleans()),
    min_size=1,
    max_size=6,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_any_history_gives_what_a_new_index_gives(
    history: History, steps: list[tuple[dict, str, bool]]
) -> None:
    """Adds, changes, deletes, rewinds and new histories: an index that followed is one that was made anew."""
    with tempfile.TemporaryDirectory() as folder:
        commits = [None]
        for changes, act, is_asked in steps:
            parent = commits[-1] if act == "next" else commits[len(commits) // 2] if act == "rewind" else None
            commits.append(history.commit(_files(changes), parent=parent))
            if is_asked:
                assert history.answers(folder=Path(folder)) == history.fresh()

        assert history.answers(folder=Path(folder)) == history.fresh()


def _files(changes: dict[tuple[str, int], str]) -> dict[str, bytes | None]:
    files: dict[str, bytes | None] = {}
    for (slug, number), what in changes.items():
        contents = {
            "record": record(number, slug),
            "other": record(number, slug, auc=0.75, name="other"),
            "broken": b"nothing",
            "misplaced": record(number + 1, slug),
            "gone": None,
        }
        files[place(number, slug)] = contents[what]
        if number == 5:
            text = experiment_file(slug, what)[f"experiments/{slug}/experiment.yaml"]
            files[f"experiments/{slug}/experiment.yaml"] = {"gone": None, "broken": b"?"}.get(what, text)
    return files
