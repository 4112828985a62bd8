"""`gitreg validate`: every rule finds what breaks it, with its place; no file gives a traceback."""

from __future__ import annotations

import json
import os
import re
import runpy
import time
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from cli_calls import Gitreg, git
from counting import STUCK

from gitreg.checks import RULES
from gitreg.domain.experiment import experiment_number

TOP = Path(__file__).resolve().parents[2]
MALFORMED = runpy.run_path(str(TOP / "tests/documents/malformed.py"))["CASES"]
VERSION = "models/churn/versions/1.0.0"
MODEL = "models/churn/model.yaml"
TRUST = ".gitreg/trust"
FINDING = re.compile(r"(?P<path>[^:]+):(?P<line>\d+):(?P<column>\d+): (?P<message>.+) \[(?P<code>GR\d{3})\]")

WARNINGS = {"GR008"}
OF_CHANGES = ("GR106", "GR107", "GR108", "GR109", "GR110", "GR111", "GR112")
"""Rules on what a change does, and not on what is there: their examples are in tests/checks."""


def replace(place: Path, path: str, old: str, new: str) -> None:
    """Edits a file; the old text must be there."""
    text = (place / path).read_text()
    assert old in text
    (place / path).write_text(text.replace(old, new))


def link(place: Path) -> None:
    """A link in place of a file."""
    (place / VERSION / "README.md").unlink()
    (place / VERSION / "README.md").symlink_to("../../../../train.py")


def experiment(place: Path, number: str, extra: str = "{}") -> None:
    """An experiment's record."""
    folder = place / "experiments/churn"
    folder.mkdir(parents=True)
    (folder / "experiment.yaml").write_text(
        f"schema: gitreg/experiment/v1\nslug: churn\nname: a\nnumber: '{number}'\nextra: {extra}\n"
    )


def in_conflict(place: Path) -> None:
    """An experiment that two people named differently at once."""
    experiment(place, experiment_number("churn"), "{conflicts: {name: [a, b]}}")


Case = tuple[Callable[[Path], object], str]
BROKEN: dict[str, list[Case]] = {
    "GR001": [(lambda place: replace(place, MODEL, "tags: {}", "tags: {}\ncolour: red"), "unknown key")],
    "GR002": [
        (lambda place: replace(place, MODEL, "slug: churn", "slug: other"), "models/other/model.yaml"),
        (
            lambda place: experiment(place, experiment_number("other")),
            f"the number of churn is {experiment_number('churn')}",
        ),
    ],
    "GR003": [
        (
            lambda place: replace(place, f"{VERSION}/artifacts.sha256", "model.bin", "model.bim"),
            "is another manifest",
        ),
        (lambda place: (place / VERSION / "artifacts.sha256").unlink(), "is not there"),
        (lambda place: (place / VERSION / "artifacts.sha256").write_text("x"), "is no manifest"),
    ],
    "GR004": [
        (
            lambda place: replace(place, f"{VERSION}/artifacts.dvc", "outs:", "wdir: ..\nouts:"),
            "not a DVC file",
        ),
        (
            lambda place: replace(place, f"{VERSION}/artifacts.dvc", "'artifacts'", "'other'"),
            "expected 'artifacts'",
        ),
        (lambda place: replace(place, f"{VERSION}/artifacts.dvc", "size: ", "size: 9"), "the record says"),
        (lambda place: (place / VERSION / "artifacts.dvc").unlink(), "is not there"),
    ],
    "GR006": [(link, "a symbolic link")],
    "GR007": [(lambda place: (place / VERSION / "readme.md").write_text("x"), "by case alone")],
    "GR008": [(in_conflict, "name was set to several values")],
    "GR101": [
        (lambda place: (place / VERSION / "version.yaml").unlink(), "this file was removed"),
        (
            lambda place: replace(place, f"{VERSION}/version.yaml", "description: ''", "description: x"),
            "was changed",
        ),
    ],
    "GR102": [
        (
            lambda place: replace(place, f"{VERSION}/candidate.yaml", "notes: ''", "notes: other"),
            "another record",
        ),
        (lambda place: (place / VERSION / "candidate.yaml").unlink(), "is not there"),
    ],
    "GR103": [
        (lambda place: (place / "models/churn/numbers/1").write_text("9.9.9\n"), "is claimed for 9.9.9"),
        (lambda place: (place / "models/churn/numbers/1").unlink(), "is not claimed"),
        (
            lambda place: (place / "models/churn/numbers/2").write_text("1.0.0\n"),
            "no version '1.0.0' of churn has",
        ),
    ],
    "GR104": [
        (
            lambda place: replace(place, MODEL, "production: 1.0.0", "production: 9.9.9"),
            "there is no version 9.9.9",
        ),
        (
            lambda place: replace(place, MODEL, "retired: {}", "retired: {1.0.0: bad labels}"),
            "1.0.0 is retired",
        ),
        (lambda place: replace(place, MODEL, "retired: {}", "retired: {9.9.9: bad}"), "retired.9.9.9"),
    ],
    "GR105": [
        (
            lambda place: (place / TRUST / "allowed_signers").write_text(""),
            "is not the one that trust root 1",
        ),
        (lambda place: (place / TRUST / "signatures/ada.sig").unlink(), "lacks 1 more signature"),
        (lambda place: (place / TRUST / "root.yaml").unlink(), "the trust root was removed"),
        (lambda place: (place / TRUST / "revoked_keys").unlink(), "the trust root names it"),
        (lambda place: replace(place, f"{TRUST}/root.yaml", "version: 1", "version: 3"), "does not follow"),
    ],
}


def test_every_rule_has_an_example_and_a_page() -> None:
    """Whoever adds a rule adds a file that breaks it, and a section that says what to do."""
    codes = [rule.code for rule in RULES]
    sections = re.findall(r"^## (GR\d{3}): ", (TOP / "docs/checks.md").read_text(), re.MULTILINE)

    examples = "".join(file.read_text() for file in (TOP / "tests/checks").glob("test_*.py"))
    assert sorted(codes) == sorted([*BROKEN, *OF_CHANGES])
    assert all(code in examples for code in OF_CHANGES)
    assert sorted(codes) == sorted(sections)
    assert all(rule.__doc__ for rule in RULES)


def test_sound_registry_has_no_finding(gitreg: Gitreg) -> None:
    """What gitreg writes is valid; so much is said on stderr, and nothing on stdout."""
    said = gitreg("validate")

    assert (said.code, said.out) == (0, "")
    assert re.fullmatch(r"\d+ records are valid\n", said.err)


@pytest.mark.parametrize(
    ("code", "case"),
    [(code, case) for code, cases in BROKEN.items() for case in cases],
    ids=lambda value: value if isinstance(value, str) else value[1],
)
def test_each_rule_finds_what_breaks_it(gitreg: Gitreg, place: Path, code: str, case: Case) -> None:
    """A finding has path, line, column, words and the rule's code; the call ends with 1, but for a warning."""
    breaking, words = case
    breaking(place)

    said = gitreg("validate")

    found = [match for line in said.out.splitlines() if (match := FINDING.fullmatch(line))]
    assert said.code == (0 if code in WARNINGS else 1)
    assert len(found) == len(said.out.splitlines())
    assert any(match["code"] == code and words in match["message"] for match in found), said.out


def test_finding_is_at_the_key_it_is_about(gitreg: Gitreg, place: Path) -> None:
    """Not at the file's first line, where the file tells more."""
    replace(place, "models/churn/model.yaml", "production: 1.0.0", "production: 9.9.9")
    lines = (place / "models/churn/model.yaml").read_text().splitlines()
    line = next(number for number, text in enumerate(lines, 1) if "9.9.9" in text)

    assert gitreg("validate").out.startswith(f"models/churn/model.yaml:{line}:3: ")


@pytest.mark.parametrize("case", MALFORMED, ids=lambda case: case.name)
def test_malformed_file_is_a_finding(gitreg: Gitreg, tmp_path: Path, case: object) -> None:
    """Each kind of fault: place, reason and exit code 1, in no time; wherever the file is."""
    target = tmp_path / "files" / case.path  # type: ignore[attr-defined]
    target.parent.mkdir(parents=True)
    target.write_bytes(case.text)  # type: ignore[attr-defined]
    os.chdir(tmp_path / "files")
    start = time.process_time()

    inside = gitreg("-C", str(tmp_path / "files"), "validate", case.path)  # type: ignore[attr-defined]
    outside = gitreg("validate", str(target))

    assert time.process_time() - start < STUCK
    place = f"{case.path}:{case.line}:{case.column}: "  # type: ignore[attr-defined]
    assert inside.code == 1
    assert any(line.startswith(place) and case.reason in line for line in inside.out.splitlines()), inside.out  # type: ignore[attr-defined]
    assert outside.code == 1
    assert FINDING.fullmatch(outside.out.splitlines()[0])


def test_named_file_keeps_its_name(gitreg: Gitreg, place: Path) -> None:
    """A finding says the file as it was named, so that an editor opens it."""
    (place / "sub").mkdir()
    replace(place, "models/churn/model.yaml", "tags: {}", "tags: []")

    said = gitreg("-C", str(place / "sub"), "validate", "../models/churn/model.yaml")

    assert said.code == 1
    assert said.out.startswith("../models/churn/model.yaml:")


def test_folder_is_looked_through(gitreg: Gitreg, place: Path) -> None:
    """A folder's records are checked; other files in it are not taken for records."""
    (place / "models/notes.txt").write_text("no record")

    assert gitreg("validate", "models").err == "3 records are valid\n"
    assert gitreg("validate", "models/notes.txt").code == 1


def test_file_outside_of_any_registry(command: Gitreg, tmp_path: Path) -> None:
    """What kind of record it is, the file itself says."""
    (tmp_path / "mine.yaml").write_text("schema: gitreg/model/v1\nslug: churn\nname: churn\n")
    (tmp_path / "bad.yaml").write_text("schema: gitreg/model/v1\nslug: Churn\nname: churn\n")

    assert command("validate", "mine.yaml", folder=tmp_path).code == 0
    assert command("validate", "bad.yaml", folder=tmp_path).out.startswith("bad.yaml:2:7: slug: ")


def test_settings_that_cannot_be_read_are_a_finding(gitreg: Gitreg, place: Path) -> None:
    """Even where the registry itself cannot be opened, the place is named."""
    (place / "gitreg.yaml").write_text("schema: gitreg/registry/v1\nid: x\n")
    git(place, "-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "-qam", "Break it")

    whole, named = gitreg("validate"), gitreg("validate", "gitreg.yaml")

    assert (whole.code, named.code) == (1, 1)
    assert "gitreg.yaml:" in whole.err
    assert "gitreg.yaml:2:5: id: " in named.out


def on_candidates(place: Path, tmp_path: Path, change: Callable[[Path], object]) -> None:
    """A commit on the candidate branch, made by plain Git."""
    work = tmp_path / "candidates"
    git(place, "worktree", "add", "-q", str(work), "gitreg/candidates")
    change(work)
    git(work, "add", "-A")
    git(work, "-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "-qm", "By hand")
    git(place, "worktree", "remove", "--force", str(work))


def test_link_s_target_is_not_read(gitreg: Gitreg, place: Path, tmp_path: Path) -> None:
    """A record that is a link shows nothing of the file that it points to."""
    (tmp_path / "secret").write_text("schema: gitreg/model/v1\ntoken-5f3a: x\n")
    (place / MODEL).unlink()
    (place / MODEL).symlink_to(tmp_path / "secret")

    said = gitreg("validate", MODEL)

    assert said.code == 1
    assert "[GR006]" in said.out
    assert "token" not in said.out + said.err


def test_swapped_manifest_is_not_fetched_by(gitreg: Gitreg, place: Path, tmp_path: Path) -> None:
    """`artifacts` goes by the manifest that the record names, or not at all."""
    candidate = gitreg("show", "churn/best", "--json").out.split('"id": "')[1][:32]

    def change(work: Path) -> None:
        path = next(work.rglob(f"{candidate}.sha256"))
        path.write_text(path.read_text().replace("model.bin", "other.bin"))

    on_candidates(place, tmp_path, change)

    assert gitreg("artifacts", candidate).code == 1


def test_candidate_branch_is_checked(gitreg: Gitreg, place: Path, tmp_path: Path) -> None:
    """A record that somebody edited there is a finding; since its parent, the only one that is looked at."""

    def change(work: Path) -> None:
        path = next((work / "experiments/churn/candidates").rglob("*.yaml"))
        path.write_text(path.read_text().replace("status: finished", "status: perfect"))
        (work / "experiments/churn/link.yaml").symlink_to("/etc/passwd")

    on_candidates(place, tmp_path, change)
    said = gitreg("validate")

    assert said.code == 1
    assert {match["code"] for line in said.out.splitlines() if (match := FINDING.fullmatch(line))} == {
        "GR001",
        "GR006",
    }


def test_manifest_missing_on_the_candidate_branch(gitreg: Gitreg, place: Path, tmp_path: Path) -> None:
    """A record whose files are gone cannot be fetched any more."""
    on_candidates(place, tmp_path, lambda work: next((work / "experiments").rglob("*.sha256")).unlink())

    assert "[GR003]" in gitreg("validate").out


def test_since_looks_at_what_changed(gitreg: Gitreg, place: Path) -> None:
    """Only records that are not as they were at the revision; an accepted version's change is one of them."""
    replace(place, f"{VERSION}/version.yaml", "description: ''", "description: better")
    git(place, "-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "-qam", "Improve")

    assert "[GR101]" in gitreg("validate", "--since", "HEAD~1").out
    assert "[GR101]" in gitreg("validate", "--since", git(place, "rev-parse", "HEAD~1")).out
    assert gitreg("validate", "--since", "main").err == "no records to check\n"
    assert gitreg("validate", "--since", "nosuch").code == 3
    assert gitreg("validate", "--since", "main~999").code == 3
    assert gitreg("validate", "--since", "main", "models").code == 2


def test_since_judges_a_manifest_by_its_record(gitreg: Gitreg, place: Path) -> None:
    """Where only the file beside a record changed, the record is asked about it."""
    (place / VERSION / "artifacts.sha256").write_text("")
    git(place, "-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "-qam", "Empty it")

    assert "[GR003]" in gitreg("validate", "--since", "HEAD~1").out


@pytest.mark.parametrize("form", ["json", "junit", "codequality"])
def test_findings_for_programs(gitreg: Gitreg, place: Path, form: str) -> None:
    """JSON, JUnit and Code Quality hold every finding, with its place; without any they are still whole."""
    sound = gitreg("validate", "--format", form).out
    replace(place, "models/churn/model.yaml", "production: 1.0.0", "production: 9.9.9")
    broken = gitreg("validate", "--format", form)

    assert broken.code == 1
    if form == "junit":
        assert ET.fromstring(sound).get("failures") == "0"
        [failure] = ET.fromstring(broken.out).iter("failure")
        assert "9.9.9" in str(failure.get("message"))
    elif form == "json":
        assert json.loads(sound)["items"] == []
        assert json.loads(broken.out)["items"][0]["code"] == "GR104"
    else:
        assert json.loads(sound) == []
        assert json.loads(broken.out)[0]["location"]["path"] == "models/churn/model.yaml"


def test_deep_nesting_and_huge_files_cost_nothing(gitreg: Gitreg, place: Path) -> None:
    """Bombs are refused before they are built."""
    (place / "models/churn/model.yaml").write_text("schema: gitreg/model/v1\nextra: " + "{a: " * 50_000)
    start = time.process_time()

    said = gitreg("validate", "models")

    assert said.code == 1
    assert time.process_time() - start < STUCK
    (place / "models/churn/model.yaml").write_bytes(b"#" * 50_000_000)
    assert "[GR001]" in gitreg("validate", "models").out
