"""`gitreg log`: what was said is what is recorded, whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_calls import Gitreg, git


def record(gitreg: Gitreg, candidate: str) -> dict[str, object]:
    """A candidate as `show --json` tells it."""
    document = json.loads(gitreg("show", candidate, "--json").out)
    [item] = document["items"]
    return dict(item)


def test_everything_that_is_said_is_recorded(gitreg: Gitreg, place: Path) -> None:
    """Params stay text, metrics become numbers, notes come from stdin."""
    words = [
        "-n",
        "first",
        "-p",
        "lr=1e-4",
        "-p",
        "flag=no",
        "-m",
        "auc=0.5@1",
        "-m",
        "auc=0.75@2",
        "-t",
        "team=a=b",
    ]
    said = gitreg(
        "log",
        "lab",
        *words,
        "--notes",
        "-",
        "--status",
        "failed",
        "--data",
        "train=model.bin",
        stdin=b"two\nlines\n",
    )

    found = record(gitreg, said.out.strip())
    assert (said.code, said.err) == (0, "")
    assert found["name"] == "first"
    assert found["params"] == {"lr": "1e-4", "flag": "no"}
    assert found["metrics"] == {"auc": 0.75}
    assert found["tags"] == {"team": "a=b"}
    assert found["notes"] == "two\nlines\n"
    assert found["status"] == "failed"
    assert [source["name"] for source in found["data"]] == ["train"]


def test_one_line_is_printed(gitreg: Gitreg) -> None:
    """ID=$(gitreg log ...) works."""
    said = gitreg("log", "lab", "-m", "auc=0.5")

    assert said.out.count("\n") == 1
    assert len(said.out.strip()) == 32


@pytest.mark.parametrize(
    ("word", "name"),
    [("out.txt", "out.txt"), ("out.txt=model/weights.txt", "model/weights.txt"), ("a=b.txt", "a=b.txt")],
)
def test_artifact_has_its_name_or_the_given_one(gitreg: Gitreg, place: Path, word: str, name: str) -> None:
    """PATH is kept under its own name, PATH=NAME under another one; a path that is there as it stands wins."""
    (place / "out.txt").write_text("out")
    (place / "a=b.txt").write_text("equal")

    candidate = gitreg("log", "lab", "-a", word, "--no-code").out.strip()

    assert gitreg("artifacts", candidate).out.splitlines()[1].split("\t")[1] == name


def test_folder_is_kept_with_what_is_in_it(gitreg: Gitreg, place: Path) -> None:
    """A folder's files are below its name, or at the top when the name is empty."""
    (place / "out/deep").mkdir(parents=True)
    (place / "out/deep/file").write_text("x")

    below = gitreg("log", "lab", "-a", "out", "--no-code").out.strip()
    at_top = gitreg("log", "lab", "-a", "out=", "--no-code").out.strip()

    assert gitreg("artifacts", below).out.endswith("\tout/deep/file\n")
    assert gitreg("artifacts", at_top).out.endswith("\tdeep/file\n")


@pytest.mark.parametrize(
    "content",
    [
        b'[{"params": {"lr": 0.10}, "metrics": {"auc": 1}}, {"params": {"lr": true}}]',
        b'{"params": {"lr": 0.10}, "metrics": {"auc": 1}}\n{"params": {"lr": true}}\n',
        b"params: {lr: 0.10}\nmetrics: {auc: 1}\n---\nparams: {lr: true}\n",
        b"- params: {lr: 0.10}\n  metrics: {auc: 1}\n- params: {lr: true}\n",
    ],
    ids=["json", "ndjson", "yaml", "yaml-list"],
)
def test_many_come_from_a_file_in_one_commit(gitreg: Gitreg, place: Path, content: bytes) -> None:
    """JSON, NDJSON and YAML: an id for each, in order, and one commit for all."""
    before = int(git(place, "rev-list", "--count", "gitreg/candidates"))

    said = gitreg("log", "lab", "--from", "-", "--no-code", stdin=content)

    first, second = (record(gitreg, one) for one in said.out.split())
    assert first["params"] == {"lr": "0.10"}
    assert first["metrics"] == {"auc": 1.0}
    assert second["params"] == {"lr": "true"}
    assert int(git(place, "rev-list", "--count", "gitreg/candidates")) == before + 1


def test_file_may_name_experiments_and_artifacts(gitreg: Gitreg, place: Path) -> None:
    """A candidate in a file has the record's keys; artifacts are paths."""
    (place / "sweep.json").write_text(
        '{"experiment": "other", "name": "n", "artifacts": ["model.bin"], "notes": "x"}'
    )

    candidate = gitreg("log", "lab", "--from", "sweep.json", "--no-code").out.strip()

    found = record(gitreg, candidate)
    assert (found["experiment"], found["name"], found["notes"]) == ("other", "n", "x")
    assert gitreg("artifacts", candidate).out.endswith("\tmodel.bin\n")


@pytest.mark.parametrize(
    ("content", "place_and_word"),
    [
        ('{"params": {}}\n{"metrics": {"auc": "high"}}', ":2:21: metrics.auc"),
        ('[{"params": {}}, {"colour": 1}]', ":1:19: colour: unknown key"),
        ("params: {a: 1, a: 2}", ":1:16: params.a"),
        ('[{"params": {}}', ":1:16: not JSON"),
        ("params: &x {a: 1}", ":1:9: an anchor"),
        ('{"name": "a\\u0007"}', ":1:10: "),
        ('{"created": "yesterday"}', ":1:13: created: not a time"),
    ],
)
def test_fault_in_a_file_has_its_place_and_nothing_is_logged(
    gitreg: Gitreg, place: Path, refs: Callable[[], str], content: str, place_and_word: str
) -> None:
    """One bad candidate, and none is logged; the message says where."""
    (place / "sweep.txt").write_text(content)
    before = refs()

    said = gitreg("log", "lab", "--from", "sweep.txt", "--no-code")

    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(f"sweep.txt{place_and_word}")
    assert refs() == before


def test_from_and_words_do_not_mix(gitreg: Gitreg) -> None:
    """What the file says is all there is."""
    said = gitreg("log", "lab", "--from", "-", "-p", "a=1", stdin=b"{}")

    assert said.code == 2
    assert "--from" in said.err


def test_experiment_must_be_named_somewhere(gitreg: Gitreg) -> None:
    """By the argument, or by each candidate in the file."""
    assert gitreg("log", "--from", "-", stdin=b"{}").code == 2
    assert gitreg("log").code == 2
    assert gitreg("log", "--from", "-", stdin=b"").code == 2


def test_code_around_is_recorded_unless_refused(gitreg: Gitreg, place: Path) -> None:
    """Commit, branch and a patch of what is not committed; with --no-patch only that there was more."""
    (place / "train.py").write_text("print('training')\n")

    whole = gitreg("log", "lab").out.strip()
    without_patch = gitreg("log", "lab", "--no-patch").out.strip()
    without = gitreg("log", "lab", "--no-code").out.strip()

    assert record(gitreg, whole)["code"]["commit"] == git(place, "rev-parse", "main")
    assert ".gitreg/code.patch" in gitreg("artifacts", whole).out
    assert record(gitreg, without_patch)["code"]["dirty"] is True
    assert record(gitreg, without_patch)["artifacts"] is None
    assert record(gitreg, without)["code"]["commit"] is None


def test_secret_in_the_code_is_refused(gitreg: Gitreg, place: Path, refs: Callable[[], str]) -> None:
    """Changes that hold what looks like a secret are not stored for everybody to read."""
    (place / "config.py").write_text("AWS_KEY = 'AKIAIOSFODNN7EXAMPLE'\n")
    before = refs()

    said = gitreg("log", "lab")

    assert said.code == 1
    assert "AKIA" not in said.err
    assert refs() == before


def test_work_tree_is_left_alone(command: Gitreg, place: Path) -> None:
    """Staged and unstaged changes on a feature branch, and the stash, stay as they were."""
    git(place, "switch", "-q", "-c", "feature")
    (place / "staged.txt").write_text("staged")
    git(place, "add", "staged.txt")
    git(place, "stash", "push", "-q")
    (place / "staged.txt").write_text("staged again")
    git(place, "add", "staged.txt")
    (place / "staged.txt").write_text("and changed")
    before = (
        git(place, "status", "--porcelain=v2", "--branch"),
        git(place, "stash", "list"),
        git(place, "ls-files", "-s"),
    )

    assert command("log", "lab", "-m", "auc=1", "-a", "model.bin").code == 0

    assert before == (
        git(place, "status", "--porcelain=v2", "--branch"),
        git(place, "stash", "list"),
        git(place, "ls-files", "-s"),
    )
