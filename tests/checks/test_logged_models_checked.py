"""Logged models among the records that are judged: their place, their files, who changed them; and what models say of versions."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from judging import MODEL, Bench, codes

from gitreg.artifacts import DvcOut
from gitreg.checks.files import FolderFiles
from gitreg.documents import places
from gitreg.documents.edit import edit
from gitreg.documents.writer import write
from gitreg.domain.candidate import ArtifactSummary
from gitreg.domain.digest import Digest
from gitreg.domain.logged_model import LoggedModel, ModelMetric
from gitreg.domain.model import Model
from gitreg.domain.record import Person
from gitreg.store import Author
from gitreg.workflows.registry import CANDIDATES

WHEN = datetime(2026, 11, 22, 15, 4, 5, tzinfo=UTC)
ID = "7f" + "3a" * 15
PATH = places.logged_model_path("churn", ID)
MANIFEST, DVC = places.logged_model_manifest_path("churn", ID), places.logged_model_dvc_path("churn", ID)
LISTING = b"0123456789abcdef" * 4 + b"  model.bin\n"
BOB = Author("Bob Example", "bob@example.com", WHEN)
METRIC = ModelMetric(key="auc", value=0.5, time=WHEN, candidate="1" * 32)
ADA = Person(name="Ada Example", email="ada@example.com")
EMPTY = LoggedModel(id=ID, experiment="churn", name="model", created=WHEN, updated=WHEN, author=ADA)
READY = EMPTY.model_copy(
    update={"status": "ready", "artifacts": ArtifactSummary(files=1, size=3, manifest=Digest.of(LISTING)), "metrics": [METRIC]}
)  # fmt: skip
FILES = {PATH: write(READY), MANIFEST: LISTING, DVC: DvcOut("a" * 32 + ".dir", 3, 1, ID).text()}


def found(bench: Bench, files: dict[str, bytes | None]) -> set[tuple[str, str]]:
    """Which rules are broken where, when files are added to the candidate branch."""
    tip = str(bench.desk.registry.repository.resolve(CANDIDATES))
    return {(one.code, one.path) for one in bench.findings(bench.on(tip, files), None, tip)}


def test_a_logged_model_with_its_files_has_no_finding(bench: Bench) -> None:
    """Nor has one that has no artifacts yet."""
    assert found(bench, {**FILES}) == set()
    assert found(bench, {PATH: write(EMPTY)}) == set()


@pytest.mark.parametrize(
    ("files", "code", "path"),
    [
        ({PATH: write(READY.model_copy(update={"experiment": "other"}))}, "GR002", PATH),
        ({PATH: write(READY).replace(b"status: ready", b"status: done")}, "GR001", PATH),
        ({MANIFEST: None}, "GR003", PATH),
        ({MANIFEST: LISTING.replace(b"model", b"other")}, "GR003", PATH),
        ({DVC: None}, "GR004", DVC),
        ({DVC: DvcOut("a" * 32 + ".dir", 3, 1, "b" * 32).text()}, "GR004", DVC),
        ({DVC: b"outs: []\n"}, "GR004", DVC),
        ({PATH: write(EMPTY)}, "GR003", PATH),
    ],
    ids=["elsewhere", "broken", "no manifest", "other manifest", "no pointer", "other out", "no DVC file", "files of nothing"],
)  # fmt: skip
def test_what_is_wrong_with_a_logged_model_is_found(
    bench: Bench, files: dict[str, bytes | None], code: str, path: str
) -> None:
    """As with candidates, whichever of its files was changed."""
    assert (code, path) in found(bench, FILES | files)


def changed(bench: Bench, before: LoggedModel, after: LoggedModel | None) -> set[tuple[str, str]]:
    """What is found when Bob makes one of the other."""
    tip = str(bench.desk.registry.repository.resolve(CANDIDATES))
    base = bench.on(tip, FILES | {PATH: write(before)})
    commit = bench.on(base, {PATH: write(after)} if after else dict.fromkeys(FILES), BOB)
    return {(one.code, one.severity) for one in bench.findings(commit, None, base)}


def test_what_others_changed_of_a_logged_model_is_told(bench: Bench) -> None:
    """Tags, and values that their own candidates measured, are everybody's business; other values are not."""
    more, better = (
        READY.model_copy(update={"metrics": metrics, "updated": datetime(2026, 11, 23, tzinfo=UTC)})
        for metrics in (
            [METRIC.model_copy(update={"value": 0.6}), METRIC],
            [METRIC.model_copy(update={"value": 0.9})],
        )
    )

    assert changed(bench, READY, READY.model_copy(update={"tags": {"a": "b"}})) == {("GR111", "warning")}
    assert changed(bench, READY, more) == {("GR111", "warning")}
    assert changed(bench, READY, better) == {("GR111", "error")}
    assert ("GR111", "error") in changed(bench, READY, None)
    assert (
        changed(bench, READY, READY.model_copy(update={"updated": datetime(2027, 1, 1, tzinfo=UTC)})) == set()
    )


def test_values_that_nobody_decided_between_are_told_of_a_logged_model(bench: Bench) -> None:
    """Whoever lists findings sees them."""
    torn = READY.model_copy(update={"tags": {"a": "1"}, "extra": {"conflicts": {"tags.a": ["1", "2"]}}})

    assert found(bench, FILES | {PATH: write(torn)}) == {("GR008", PATH)}


def test_what_dvc_brings_of_a_logged_model_is_no_record(tmp_path) -> None:
    """`dvc pull` puts the files into a folder beside the record, where no rule looks."""
    for path in (PATH, f"{PATH.removesuffix('.yaml')}/model.bin"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(b"")

    assert list(FolderFiles(tmp_path).paths("")) == [PATH]


SAID = {"tags": {"a": "b"}, "description": "of May", "stage": "", "updated": None, "deleted": None}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({("aliases",): {"champion": "1.0.0"}, ("annotations",): {"1.0.0": SAID}}, set()),
        ({("aliases", "champion"): "9.0.0"}, {("GR104", "error")}),
        ({("annotations", "9.0.0"): SAID}, {("GR104", "error")}),
        ({("annotations", "1.0.0"): SAID | {"deleted": "2026-11-22T15:04:05Z"}}, {("GR104", "warning")}),
    ],
    ids=["both", "alias of nothing", "annotation of nothing", "deleted while it serves"],
)
def test_what_is_said_of_versions_is_of_versions_that_are_there(
    bench: Bench, changes: dict[tuple[str, ...], object], expected: set[tuple[str, str]]
) -> None:
    """An edit may bring aliases and annotations, and touches nothing that is served; a deleted one that serves is told."""
    text = edit(bench.read(MODEL), Model, MODEL, changes)

    findings = bench.accepted({MODEL: text}, "gitreg/edit/churn")

    assert {(one.code, one.severity) for one in findings} == expected


def test_an_annotation_changes_no_final_record(bench: Bench) -> None:
    """What was said of a version by MLflow's API is beside its record, which stays as it was accepted."""
    version = "models/churn/versions/1.0.0/version.yaml"
    text = edit(bench.read(MODEL), Model, MODEL, {("annotations", "1.0.0"): SAID})
    other = bench.read(version).replace(b"description: ''", b"description: of May")

    assert codes(bench.accepted({MODEL: text, version: other}, None)) == {"GR101"}


def test_a_promotion_brings_no_aliases(bench: Bench) -> None:
    """Whoever reviews one looks at a version: what else is said of others comes by an edit."""
    text = bench.read(MODEL, "refs/heads/gitreg/promote/churn/v1.1.0")

    more = edit(text, Model, MODEL, {("aliases", "champion"): "1.0.0"})

    assert "GR107" in codes(bench.proposed({MODEL: more}))
