"""What CI reads: reports of `validate` and `check` beside what they print, whatever stands in them; and the hook of pre-commit."""

from __future__ import annotations

import json
import os
import re
import shlex
import stat
import subprocess
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from cli_calls import Gitreg, git

from gitreg.checks import Finding
from gitreg.render.findings import FORMS
from gitreg.render.junit import JUnitCase, junit
from gitreg.workflows.validating.validate import Validation

TOP = Path(__file__).resolve().parents[2]
HOSTILE = [
    "$(id)", "`id`", "@all /approve", "<img src=x onerror=alert(1)>", "a&b\"c'd", "]]>", "[[ATTACHMENT|/etc/passwd]]", "%0a::x", "$CI_JOB_TOKEN",
    "line\nfeed", "\x1b[31mred", "\u202eright", "\ud800", "\udc80", "x" * 4000, "\x00", "\ufffe", "../../etc/passwd", "{{ x }}", "é",
]  # fmt: skip


def found(*findings: Finding, **shown: str) -> Validation:
    """What was found."""
    return Validation(len(findings), findings, shown)


def test_every_form_holds_hostile_words_as_data() -> None:
    """Each report is well-formed, has as many findings as there are, and nothing in them acts on a terminal."""
    findings = [Finding(f"models/{word}", 1, 1, "GR001", f"not this: {word}") for word in HOSTILE]

    texts = {
        form: write(found(*findings)).encode("utf-8", "backslashreplace").decode()
        for form, write in FORMS.items()
    }

    assert len(texts["text"].splitlines()) == len(HOSTILE)
    assert len(json.loads(texts["json"])["items"]) == len(HOSTILE)
    assert len(json.loads(texts["codequality"])) == len(HOSTILE)
    assert len(list(ET.fromstring(texts["junit"]).iter("failure"))) == len(HOSTILE)
    for text in texts.values():
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", text)


def test_code_quality_is_as_gitlab_documents_it() -> None:
    """Five keys; a path from the top; fingerprints that are unique, and the same when lines move."""
    twice = Finding("a.yaml", 3, 1, "GR001", "unknown key")
    findings = [
        twice,
        Finding("a.yaml", 9, 1, "GR001", "unknown key"),
        Finding("/b.yaml", 1, 1, "GR008", "x", "warning"),
    ]
    moved = [Finding(one.path, one.line + 5, 1, one.code, one.message, one.severity) for one in findings]

    issues, later = (json.loads(FORMS["codequality"](found(*each))) for each in (findings, moved))

    prints = [one["fingerprint"] for one in issues]
    assert all(
        set(one) == {"description", "check_name", "fingerprint", "severity", "location"} for one in issues
    )
    assert [one["location"]["path"] for one in issues] == ["a.yaml", "a.yaml", "b.yaml"]
    assert [one["severity"] for one in issues] == ["major", "major", "minor"]
    assert len(set(prints)) == 3
    assert prints == [one["fingerprint"] for one in later]


def test_junit_shows_each_finding() -> None:
    """GitLab shows the text of a failure, and of several cases of one name only the first: so names are counted."""
    suite = ET.fromstring(
        junit(
            "s",
            [JUnitCase("a", "x", failure="one"), JUnitCase("a", "x", failure="<two>"), JUnitCase("b", "x")],
        )
    )

    cases = [(case.get("classname"), case.get("name"), "".join(case.itertext())) for case in suite]
    assert cases == [("a", "x", "one"), ("a", "x (2)", "<two>"), ("b", "x", "")]
    assert suite.get("tests") == "3"


def test_reports_go_by_the_path_from_the_top() -> None:
    """What somebody typed is for an editor; a merge request knows the repository's paths."""
    one = found(Finding("models/churn/model.yaml", 1, 1, "GR001", "x"))
    named = Validation(1, one.findings, {"models/churn/model.yaml": "../churn/model.yaml"})

    assert FORMS["text"](named).startswith("../churn/model.yaml:1:1")
    assert json.loads(FORMS["codequality"](named))[0]["location"]["path"] == "models/churn/model.yaml"


def breaking(place: Path) -> None:
    """A stage with a version that is not there."""
    path = place / "models/churn/model.yaml"
    path.write_text(path.read_text().replace("production: 1.0.0", "production: 9.9.9"))


def test_reports_are_written_beside_the_answer(gitreg: Gitreg, place: Path, tmp_path: Path) -> None:
    """All at once, and replaced whole; the exit code stays the answer."""
    breaking(place)
    files = {form: tmp_path / f"report.{form}" for form in ("junit", "codequality", "json", "text")}
    files["text"].write_text("old " * 1000)
    words = [f"--report={form}={file}" for form, file in files.items()]

    said = gitreg("validate", *words)

    assert said.code == 1
    assert files["text"].read_text() == said.out
    assert json.loads(files["codequality"].read_text())[0]["check_name"] == "GR104"
    assert ET.fromstring(files["junit"].read_text()).get("failures") == "1"
    assert json.loads(files["json"].read_text())["items"][0]["code"] == "GR104"
    assert sorted(tmp_path.glob("report.*")) == sorted(files.values())
    assert not list(tmp_path.glob(".report*"))
    assert stat.S_IMODE(files["junit"].stat().st_mode) & 0o044


@pytest.mark.parametrize("word", ["junit", "junit=", "=x", "sarif=x", "JUNIT=x", "\n=x"])
def test_report_that_means_nothing_is_refused(gitreg: Gitreg, word: str) -> None:
    """Before anything is looked at."""
    said = gitreg("validate", "--report", word)

    assert said.code == 2
    assert "expected FORMAT=FILE" in said.err


def test_report_that_cannot_be_written_says_so(gitreg: Gitreg, tmp_path: Path) -> None:
    """A folder that is not there, and a folder in the file's place."""
    for file in (tmp_path / "no" / "x", tmp_path):
        said = gitreg("validate", "--report", f"junit={file}")
        assert said.code == 2
        assert "cannot be written" in said.err


def test_report_goes_into_a_pipe(gitreg: Gitreg, tmp_path: Path) -> None:
    """What is no file is written to, and not replaced: /dev/stdout would be gone."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()

    assert gitreg("validate", "--report", f"json={pipe}").code == 0
    reader.join(20)
    assert json.loads(read[0])["items"] == []
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_check_writes_reports_too(gitreg: Gitreg, tmp_path: Path) -> None:
    """The gates of a merge request, as a job's test report."""
    file = tmp_path / "gates.xml"

    said = gitreg("check", "churn/best", "-m", "other", "--report", f"junit={file}", "--json")

    assert said.code == 0
    assert json.loads(said.out)["kind"] == "GateResultList"
    assert ET.fromstring(file.read_text()).get("name") == "gitreg check"


def test_branch_alone_is_compared_with_the_accepted_one(gitreg: Gitreg, place: Path) -> None:
    """A proposal, checked out as a job has it: its own rules, and the storage."""
    said = gitreg("promote", "churn/best", "-m", "churn", "--version", "1.1.0", "--again")
    branch = "gitreg/promote/churn/v1.1.0"
    git(place, "checkout", "-q", "--detach", branch)
    sound = gitreg("validate", "--branch", branch)
    (place / "train.py").write_text("print('mine')\n")
    git(place, "add", "train.py")
    git(place, "-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "-qm", "By the way")

    found_ = gitreg("validate", "--branch", branch, "--no-storage")

    assert said.code == 0, said.err
    assert (sound.code, sound.out) == (0, "")
    assert (found_.code, "train.py:1:1: " in found_.out, "[GR106]" in found_.out) == (1, True, True)
    assert gitreg("validate", "--branch", "feature/x", "--no-storage").code == 0
    assert gitreg("validate", "--branch", "gitreg/promote/churn/x").code == 2
    assert gitreg("validate", "--branch", branch, "models").code == 2
    assert gitreg("validate", "--storage").code == 2


def hook() -> dict[str, str]:
    """What .pre-commit-hooks.yaml says, its lines as they stand."""
    text = (TOP / ".pre-commit-hooks.yaml").read_text()
    pattern = text.partition("files: |-\n")[2].partition("  require_serial")[0]
    return {"entry": re.findall("entry: (.*)", text)[0], "files": textwrap.dedent(pattern).strip()}


@pytest.mark.parametrize(
    ("path", "is_given"),
    [
        ("gitreg.yaml", True), (".dvc/config", True), (".gitreg/trust/roles.yaml", True), ("models/churn/model.yaml", True), ("models/churn/numbers/1", True),
        ("models/churn/versions/1.0.0/artifacts.dvc", True), ("experiments/a/experiment.yaml", True), (f"experiments/a/candidates/ab/{'a' * 32}.yaml", True),
        ("models/notes.md", False), ("models/churn/versions/1.0.0/notes.md", False), ("train.py", False), ("sub/gitreg.yaml", False), ("experiments/a/data.csv", False),
    ],
)  # fmt: skip
def test_pre_commit_hands_over_records(path: str, *, is_given: bool) -> None:
    """Records and what belongs to them; a stranger's file beside them is no record."""
    assert bool(re.search(hook()["files"], path)) == is_given


def test_hook_of_pre_commit_refuses_a_broken_record(
    place: Path, command: Callable[..., object], environ: dict[str, str]
) -> None:
    """Its entry, on the staged files that its pattern takes, as pre-commit runs it at the top of the repository."""
    breaking(place)
    git(place, "add", "-A")
    staged = [
        one
        for one in git(place, "diff", "--cached", "--name-only").splitlines()
        if re.search(hook()["files"], one)
    ]
    program, *words = shlex.split(hook()["entry"])

    said = command(*words, *staged)

    assert program == "gitreg"
    assert staged == ["models/churn/model.yaml"]
    assert (said.code, "[GR104]" in said.out) == (1, True)  # type: ignore[attr-defined]
    subprocess.run(["git", "reset", "-q", "--hard"], cwd=place, env=environ, check=True)
    assert command(*words, *staged, "gitreg.yaml").code == 0  # type: ignore[attr-defined]
