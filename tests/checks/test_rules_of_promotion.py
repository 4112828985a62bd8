"""What a proposal may hold, by the name of its branch; every file that it must not change is found."""

from __future__ import annotations

import pytest
from desk import MAIN
from judging import MODEL, PROMOTE, VERSION, Bench, codes

from gitreg.checks import proposal_of
from gitreg.domain.version import VersionNumber
from gitreg.errors import UsageError
from gitreg.workflows.versions.models import ModelChange, edit_model
from gitreg.workflows.versions.stages import assign


def test_promotion_as_gitreg_makes_it_has_no_finding(bench: Bench) -> None:
    """With its stage, its number, and its artifacts in the storage."""
    tip = bench.desk.tip(f"refs/heads/{PROMOTE}")

    assert tip
    assert bench.findings(tip, storage=True) == []


@pytest.mark.parametrize(
    "path",
    ["train.py", ".gitlab-ci.yml", "models/.gitignore", "models/other/model.yaml", "models/churn/versions/1.0.0/README.md",
     "models/churn/numbers/7", f"{VERSION}/setup.py", "models/churn/notes.md"],
)  # fmt: skip
def test_foreign_file_is_found(bench: Bench, path: str) -> None:
    """Code, pipelines, another model's or version's files, and numbers that nobody asked for."""
    found = [one for one in bench.proposed({path: b"x\n"}) if one.code == "GR106"]

    assert [one.path for one in found] == [path]


def test_removed_file_is_found(bench: Bench) -> None:
    """Also where nothing is added; and the model itself."""
    assert "GR106" in codes(bench.proposed({"train.py": None}))
    assert (MODEL, "GR106") in {(one.path, one.code) for one in bench.proposed({MODEL: None})}


@pytest.mark.parametrize(
    "path", ["gitreg.yaml", ".dvc/config", ".dvc/.gitignore", ".gitreg/trust/roles.yaml", ".gitreg/trust/x"]
)
@pytest.mark.parametrize("branch", [PROMOTE, "gitreg/edit/churn"])
def test_settings_come_apart(bench: Bench, path: str, branch: str) -> None:
    """Who may sign and where artifacts are is no matter of a model."""
    found = [one.path for one in bench.proposed({path: b"x\n"}, branch) if one.code == "GR112"]

    assert found == [path]


def test_promotion_without_its_version_is_none(bench: Bench) -> None:
    """It would be an assignment by another name."""
    text = bench.read(MODEL).replace(b"production: 1.0.0", b"production: 1.0.0\n  staging: 1.0.0")

    found = bench.accepted({MODEL: text}, PROMOTE)

    assert (f"{VERSION}/version.yaml", "GR106") in {(one.path, one.code) for one in found}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"description: ''", b"description: better"),
        (b"production: 1.1.0", b"production: 1.1.0\n  staging: 1.1.0"),
        (b"production: 1.1.0", b"staging: 1.0.0"),
        (b"retired: {}", b"retired:\n  1.0.0: wrong labels"),
        (b"gates: []", b"gates:\n  - {kind: threshold, metric: auc, at_least: 0.1}"),
        (b"extra: {}", b"extra: {} # ok"),
        (b"tags: {}", b"tags:  {}"),
    ],
)
def test_more_than_the_stage_is_found(bench: Bench, old: bytes, new: bytes) -> None:
    """Whatever else differs in the model's record, a space included."""
    text = bench.read(MODEL, f"refs/heads/{PROMOTE}")
    assert old in text

    assert "GR107" in codes(bench.proposed({MODEL: text.replace(old, new)}))


@pytest.mark.parametrize(
    ("branch", "old", "new", "is_good"),
    [
        ("gitreg/assign/churn/staging", b"production: 1.0.0", b"production: 1.0.0\n  staging: 1.0.0", True),
        ("gitreg/assign/churn/production", b"stages:\n  production: 1.0.0", b"stages: {}", True),
        ("gitreg/assign/churn/production", b"production: 1.0.0", b"production: 1.0.0\n  staging: 1.0.0", False),
        ("gitreg/assign/churn/staging", b"description: ''", b"description: x", False),
        ("gitreg/retire/churn/v1.0.0", b"retired: {}", b"retired:\n  1.0.0: wrong labels", True),
        ("gitreg/retire/churn/v1.0.0", b"description: ''", b"description: x", False),
        ("gitreg/edit/churn", b"description: ''", b"description: x", True),
        ("gitreg/edit/churn", b"production: 1.0.0", b"staging: 1.0.0", False),
        ("gitreg/edit/churn", b"gates: []", b"gates:\n  - {kind: threshold, metric: auc, at_least: 0.1}", False),
    ],
)  # fmt: skip
def test_bounds_of_other_proposals(
    bench: Bench, branch: str, old: bytes, new: bytes, *, is_good: bool
) -> None:
    """Each changes of the model's record what it is called after."""
    text = bench.read(MODEL)
    assert old in text

    found = codes(bench.accepted({MODEL: text.replace(old, new)}, branch))

    assert ("GR107" not in found) == is_good
    assert "GR106" not in found


def test_other_branches_have_no_bounds(bench: Bench) -> None:
    """What is reviewed as code may change anything that is sound."""
    found = bench.accepted(
        {"train.py": b"x", MODEL: bench.read(MODEL).replace(b"description: ''", b"description: x")},
        "feature/x",
    )

    assert found == []


@pytest.mark.parametrize("name", ["promote/churn/1.2.0", "promote/Churn/v1.2.0", "assign/churn", "assign/churn/latest", "edit/a/b", "trust/x", "trust/01", "promote/churn/v1.2.0/x", "retire/churn/v1.2.0\n"])  # fmt: skip
def test_names_that_no_proposal_has_are_refused(name: str) -> None:
    """A slip, or somebody who would like to be judged by no rules."""
    with pytest.raises(UsageError, match="no proposal is called"):
        proposal_of(f"gitreg/{name}")
    assert proposal_of("gitreg/candidates") is None


def version_of(bench: Bench, version: str, number: int = 3) -> dict[str, bytes | None]:
    """The files of the proposed version under another number."""
    ref, old = f"refs/heads/{PROMOTE}", b"version: 1.1.0"
    names = ("version.yaml", "candidate.yaml", "artifacts.sha256", "artifacts.dvc", "README.md")
    files: dict[str, bytes | None] = {}
    for name in names:
        content = bench.read(f"{VERSION}/{name}", ref)
        assert name != "version.yaml" or old in content
        changed = content.replace(old, b"version: " + version.encode()).replace(
            b"number: 2", b"number: %d" % number
        )
        files[f"models/churn/versions/{version}/{name}"] = changed if name == "version.yaml" else content
    return {**files, f"models/churn/numbers/{number}": f"{version}\n".encode()}


@pytest.mark.parametrize(
    ("before", "version", "is_good"),
    [
        ((), "1.0.1", True), ((), "0.9.0", False), ((), "1.0.0-rc.1", False), ((), "2.0.0-rc.1", True),
        (("2.0.0",), "1.0.1", True), (("2.0.0",), "1.1.0", False), (("2.0.0", "1.0.5"), "1.0.4", False),
        (("2.0.0", "1.0.5"), "1.0.6", True), (("2.0.0",), "2.0.0-rc.1", False), (("2.0.0",), "2.0.1-rc.1", True),
    ],
)  # fmt: skip
def test_version_numbers_go_up(bench: Bench, before: tuple[str, ...], version: str, *, is_good: bool) -> None:
    """Above all there are, or above those of its own major and minor number where there are some."""
    base = MAIN
    for at, other in enumerate(before, 3):
        base = bench.on(base, version_of(bench, other, at))

    found = bench.findings(bench.on(base, version_of(bench, version, 9)), None, base)

    assert codes(found) == (set() if is_good else {"GR109"})


def test_version_numbers_are_compared_with_what_is_accepted_by_now(bench: Bench) -> None:
    """A proposal that was made before another version was accepted is late."""
    first = bench.desk.git("rev-list", "--max-parents=0", "main")

    found = bench.findings(bench.on(first, version_of(bench, "0.9.0", 9)), None, first)

    assert "GR109" in codes(found)


def test_proposals_as_gitreg_makes_them_have_no_finding(bench: Bench) -> None:
    """A new model with its first version in a stage, an assignment, an emptied stage, an edit."""
    desk, one = bench.desk, VersionNumber(1, 0, 0)
    made = desk.promote(desk.log("other"), "other", stage="staging").branch
    branches = [
        made.removeprefix("refs/heads/"),
        assign(desk.registry, "churn", one, "staging", desk.author).name,
        assign(desk.registry, "churn", None, "production", desk.author).name,
        edit_model(desk.registry, "churn", ModelChange(description="a\nb"), desk.author).name,
    ]

    for branch in branches:
        tip = desk.tip(f"refs/heads/{branch}")
        assert tip
        assert bench.findings(tip, branch, storage=True) == []
