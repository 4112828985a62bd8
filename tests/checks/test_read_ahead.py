"""A whole registry is read part by part, and what is found is what is found file by file."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest
from judging import Bench, codes

from gitreg.checks import Case, CommitFiles, Finding, FolderFiles, NoFiles, find_all, read_ahead
from gitreg.checks.read_ahead import in_parts
from gitreg.gitrepo import ObjectId
from gitreg.store import Author, Snapshot
from gitreg.workflows.registry import CANDIDATES, Registry
from gitreg.workflows.validating import whole_states
from gitreg.workflows.validating.validate import validate_change, validate_paths
from gitreg.workflows.validating.whole_states import whole


@pytest.fixture
def registry(bench: Bench) -> Registry:
    """The registry of the bench."""
    return bench.desk.registry


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of two files, so that a few candidates are many."""
    monkeypatch.setattr(read_ahead, "PART", 2)


def broken(bench: Bench) -> ObjectId:
    """A candidate branch on which something is wrong in every way that a part could hide."""
    desk = bench.desk
    desk.log("other", artifacts=None)
    paths = desk.git("ls-tree", "-r", "--name-only", CANDIDATES, "experiments").splitlines()
    with_files = next(one for one in paths if one.endswith(".sha256"))
    stem = with_files.removesuffix(".sha256")
    bare = next(
        one.removesuffix(".yaml")
        for one in paths
        if "/candidates/" in one and one.endswith(".yaml") and one.replace(".yaml", ".dvc") not in paths
    )
    record = desk.read(f"{stem}.yaml", CANDIDATES)
    return bench.on(
        CANDIDATES,
        {
            with_files: b"x" * 100_000,
            f"{stem}.sha256.d/between.txt": b"",
            f"{bare}.dvc": b"outs:\n",
            f"{bare}.YAML": b"",
            "experiments/other/experiment.yaml": b"schema: gitreg/experiment/v1\nslug: other\nslug: other\n",
            f"experiments/churn/candidates/00/{'0' * 32}.yaml": record,
            "experiments/large/experiment.yaml": b"#" * 1_100_000,
            "experiments/flow/experiment.yaml": b"schema: gitreg/experiment/v1\n{slug: flow, name: flow}\n",
        },
    )


def one_by_one(files: CommitFiles | FolderFiles) -> list[Finding]:
    """All rules, asked about everything at once, each file read when it is asked for."""
    return sorted(set(find_all(Case(NoFiles(), files, list(files.paths("experiments"))))))


def in_turn(files: CommitFiles | FolderFiles) -> list[Finding]:
    """The same, part by part."""
    return sorted({finding for case in whole(Case(NoFiles(), files)) for finding in find_all(case)})


def test_parts_find_what_single_files_do(bench: Bench, registry: Registry, tmp_path: Path) -> None:
    """In a commit, and in the same files on disk: large, malformed, misplaced, twins, and strangers between."""
    commit = broken(bench)
    files = CommitFiles(Snapshot(registry.repository, commit))
    (tmp_path / "disk").mkdir()
    bench.desk.git("archive", "-o", str(tmp_path / "all.tar"), commit)
    with tarfile.open(tmp_path / "all.tar") as archive:
        archive.extractall(tmp_path / "disk", filter="data")

    found = in_turn(files)

    assert {"GR001", "GR002", "GR003", "GR004", "GR007"} <= codes(found)
    assert found == one_by_one(files)
    on_disk = FolderFiles(tmp_path / "disk")
    assert [one.code for one in in_turn(on_disk)] == [one.code for one in found]
    assert in_turn(on_disk) == one_by_one(on_disk)


def test_little_is_held_of_much(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is beyond the bound is read when it is asked for."""
    monkeypatch.setattr(read_ahead, "PART", 1000)
    monkeypatch.setattr(read_ahead, "AHEAD", 10)

    parts = [files for _, files in in_parts(CommitFiles(registry.candidates), "experiments")]

    assert all(isinstance(files, read_ahead.ReadAhead) and len(files.held) == 1 for files in parts)
    assert in_turn(CommitFiles(registry.candidates)) == []


def test_large_change_finds_what_a_small_one_does(
    bench: Bench, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many changed files are judged in parts: the same findings, those about who changed what included."""
    before, after = registry.candidates.commit, broken(bench)
    path = next(
        path
        for path in CommitFiles(registry.candidates).paths("experiments")
        if "/candidates/" in path and path.endswith(".yaml")
    )
    text = bench.read(path, CANDIDATES)
    after = bench.on(
        after,
        {path: text.replace(b"auc: 0.9", b"auc: 0.95")},
        Author("B", "b@example.com", bench.desk.author.when),
    )
    monkeypatch.setattr(whole_states, "PART", 2)
    in_parts_ = [validate_change(registry, base, after) for base in (before, None)]
    monkeypatch.setattr(whole_states, "PART", 10_000)

    at_once = [validate_change(registry, base, after) for base in (before, None)]

    assert [one.findings for one in in_parts_] == [one.findings for one in at_once]
    assert "GR111" in {one.code for one in at_once[0].findings}
    assert {"GR001", "GR003", "GR007"} <= {one.code for one in at_once[1].findings}


def test_candidate_s_files_come_together(bench: Bench, registry: Registry) -> None:
    """However small parts are, a candidate's record, manifest and DVC file are in one."""
    bench.desk.log("another")
    bench.desk.log("one-more")
    files = CommitFiles(registry.candidates)
    parts = [paths for paths, _ in in_parts(files, "experiments")]

    assert len(parts) > 2
    assert sorted(path for part in parts for path in part) == sorted(files.paths("experiments"))
    for part in parts:
        stems = {path.rpartition(".")[0] for path in part if path.endswith(".sha256")}
        assert all(f"{stem}.yaml" in part for stem in stems)


def test_named_files_are_judged_by_their_records(bench: Bench) -> None:
    """A manifest is no record: the one beside it says what it should be."""
    registry, folder = bench.desk.registry, bench.desk.path
    version = "models/churn/versions/1.0.0"
    names = [f"{version}/artifacts.sha256", f"{version}/artifacts.dvc", f"{version}/README.md", "models/churn/numbers/1", ".dvc/config", ".gitreg/trust/allowed_signers", "gitreg.yaml"]  # fmt: skip
    manifest = folder / names[0]
    content = manifest.read_bytes()

    assert validate_paths(registry, folder, names, bench.desk.environ).findings == ()
    try:
        manifest.write_bytes(b"")
        found = validate_paths(registry, folder, names[:1], bench.desk.environ).findings
    finally:
        manifest.write_bytes(content)
    assert {"GR003", "GR101"} <= {one.code for one in found}


@pytest.fixture(scope="module", autouse=True)
def checked_out(bench: Bench) -> None:
    """The accepted branch's files in the work tree."""
    bench.desk.git("reset", "-q", "--hard", "main")
