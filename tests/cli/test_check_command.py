"""`gitreg check`, and what it asks about: candidates, proposals, versions, in every form."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from cli_calls import Gitreg


@pytest.fixture
def proposed(gitreg: Gitreg, place: Path) -> str:
    """A proposal in a registry that asks for an AUC of 0.99."""
    path = place / "models/churn/model.yaml"
    path.write_text(
        path.read_text().replace("gates: []", "gates:\n  - {kind: threshold, metric: auc, at_least: 0.5}")
    )
    subprocess.run(["git", "commit", "-qam", "Ask for something"], cwd=place, check=True)
    said = gitreg("promote", "churn/best", "-m", "churn", "--version", "2.0.0", "--again")
    assert said.code == 0, said.err
    path.write_text(path.read_text().replace("0.5", "0.99"))
    subprocess.run(["git", "commit", "-qam", "Ask for more"], cwd=place, check=True)
    return said.out.split("\t")[1].strip()


def test_a_proposal_is_checked_by_its_number_or_branch(gitreg: Gitreg, proposed: str) -> None:
    """A CI job knows the branch, a person the number; both hear no."""
    for reference in ("churn!2.0.0", proposed, f"refs/heads/{proposed}"):
        said = gitreg("check", reference, "--format", "text")

        assert said.code == 1
        assert said.out.splitlines()[0].startswith("failed threshold: auc 0.9")


def test_junit_has_a_case_for_each_gate(gitreg: Gitreg, proposed: str) -> None:
    """As forges show it: failed, skipped and passed ones."""
    said = gitreg("check", proposed, "--format", "junit")

    suite = ET.fromstring(said.out)
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("2", "1", "1")
    cases = {case.get("name"): [part.tag for part in case] for case in suite}
    assert cases == {"threshold": ["failure"], "once": ["skipped"]}
    assert {case.get("classname") for case in suite} == {"churn 2.0.0"}


def test_json_is_the_list_of_results(gitreg: Gitreg, proposed: str) -> None:
    """By both spellings."""
    document = json.loads(gitreg("check", proposed, "--json").out)

    assert document == json.loads(gitreg("check", proposed, "--format", "json").out)
    assert [(one["kind"], one["result"]) for one in document["items"]] == [("threshold", "failed"), ("once", "skipped")]  # fmt: skip


@pytest.mark.parametrize(("words", "code"), [
    (("churn/best",), 2), (("churn@1.0.0",), 0), (("churn!9.9.9",), 3), (("gitreg/promote/churn/v9.9.9",), 3), (("gitreg/x",), 3), (("churn/best", "-m", "new"), 0),
])  # fmt: skip
def test_what_can_be_checked(gitreg: Gitreg, words: tuple[str, ...], code: int) -> None:
    """A candidate needs a model, a version has one, and a proposal must be open."""
    assert gitreg("check", *words).code == code


def test_licences_are_logged(gitreg: Gitreg, place: Path) -> None:
    """By the data's name; a name that no data has is a slip."""
    (place / "train.csv").write_text("a\n1\n")
    said = gitreg("log", "churn", "--data", "train=train.csv", "--licence", "train=CC-BY-4.0", "--no-code")
    shown = gitreg("show", said.out.strip(), "--json")

    assert json.loads(shown.out)["items"][0]["data"][0]["licence"] == "CC-BY-4.0"
    assert gitreg("log", "churn", "--licence", "x=MIT", "--no-code").code == 2
