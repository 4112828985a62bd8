"""`gitreg report`: every form on stdout and in a file, and the one note in a merge request, on a GitLab that stands in."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from desk import Desk
from gitlab_standin import StandIn
from hostile import HOSTILE, poisoned
from reviewing import NEW_FILES

from gitreg.cli.entry import outcome
from gitreg.render.report_html import report_html
from gitreg.render.report_markdown import report_markdown
from gitreg.workflows.report import Report
from gitreg.workflows.report.note import write_note

BRANCH = "gitreg/promote/churn/v1.1.0"


@dataclass(frozen=True)
class Said:
    """What a call answered."""

    code: int
    out: str
    err: str


Gitreg = Callable[..., Said]


@pytest.fixture
def gitreg(
    review: Desk, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Gitreg:
    """Calls the command in this process, in the reviewed registry or in another folder."""
    for name in list(os.environ):
        if name.startswith(("CI", "GIT", "HOME")):
            monkeypatch.delenv(name)
    for name, value in review.environ.items():
        monkeypatch.setenv(name, value)

    def call(*words: str, at: Path | None = None, registry: str | None = None) -> Said:
        capfdbinary.readouterr()
        place = ["-C", str(at or review.path), *(["--registry", registry] if registry else [])]
        code = outcome([*place, "report", *words], os.environ)
        out, err = capfdbinary.readouterr()
        return Said(code, out.decode(), err.decode())

    return call


@dataclass
class Shared:
    """The registry on a forge, with the proposal's merge request, and a job's clone of it."""

    forge: StandIn
    clone: Path

    @property
    def notes(self) -> list[str]:
        """Bodies of the merge request's notes."""
        return [one.body for one in self.forge.merge_requests[0].notes]


@pytest.fixture
def shared(review: Desk, tmp_path: Path) -> Iterator[Shared]:
    """All of it by real HTTP; the proposal has a merge request."""
    with StandIn(tmp_path / "forge") as forge:
        review.git("push", "-q", forge.remote_url, "refs/heads/*:refs/heads/*", "refs/tags/*:refs/tags/*")
        forge.plant(BRANCH, title="Promote churn 1.1.0")
        clone = tmp_path / "job"
        review.git("init", "-q", str(clone), at=tmp_path)
        review.git("remote", "add", "origin", forge.remote_url, at=clone)
        review.git(
            "fetch",
            "-q",
            "--depth",
            "20",
            "--no-tags",
            "origin",
            f"+refs/heads/{BRANCH}:refs/remotes/origin/mr",
            at=clone,
        )
        review.git("checkout", "-q", "--detach", "refs/remotes/origin/mr", at=clone)
        yield Shared(forge, clone)


@pytest.mark.parametrize("form", ["md", "html", "metrics", "json"])
def test_each_form_is_printed_or_written(gitreg: Gitreg, tmp_path: Path, form: str) -> None:
    """The same text; what is written is named."""
    file = tmp_path / "report.out"
    printed = gitreg("churn!1.1.0", "--format", form)
    written = gitreg("churn!1.1.0", "--format", form, "-o", str(file))

    assert (printed.code, written.code, printed.err, written.err) == (0, 0, "", "")
    assert written.out == f"{file}\n"
    assert file.read_text("utf-8") == printed.out


def test_markdown_is_the_default_and_json_has_its_own_word(gitreg: Gitreg, report: Report) -> None:
    """As everywhere that reads."""
    assert gitreg(BRANCH).out == report_markdown(report)
    assert json.loads(gitreg(BRANCH, "--json").out)["kind"] == "Report"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("churn!9.9.9",), 3), (("churn/best",), 2), (("churn!1.1.0", "--format", "pdf"), 2), ((), 2),
        (("churn!1.1.0", "-o", "/nowhere/report.md"), 2), (("churn!1.1.0", "--note"), 4), (("churn@1.0.0",), 0),
    ],
)  # fmt: skip
def test_a_call_ends_with_its_code(gitreg: Gitreg, words: tuple[str, ...], code: int) -> None:
    """And says why, in three lines at most."""
    said = gitreg(*words)

    assert said.code == code
    assert code == 0 or 1 <= len(said.err.splitlines()) <= 3


def test_without_a_forge_the_note_is_refused_after_the_file_is_written(
    gitreg: Gitreg, tmp_path: Path
) -> None:
    """What is missing is said, and what does without it."""
    said = gitreg("churn!1.1.0", "--note", "--format", "html", "-o", str(tmp_path / "report.html"))

    assert said.code == 4
    assert "no note can be written" in said.err
    assert "expose_as" in said.err
    assert (tmp_path / "report.html").exists()


def test_a_rehearsal_writes_nothing(gitreg: Gitreg, tmp_path: Path) -> None:
    """--dry-run names the file and the note."""
    said = gitreg("churn!1.1.0", "--note", "-o", str(tmp_path / "x.md"), "--dry-run")

    assert said.code == 0
    assert said.out == f"write {tmp_path / 'x.md'}\nwrite the note <!-- gitreg:report churn 1.1.0 -->\n"
    assert not (tmp_path / "x.md").exists()


def test_the_note_is_written_once_and_then_changed(
    gitreg: Gitreg, shared: Shared, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a job's clone, with a project's token; its URL is printed."""
    monkeypatch.setenv("GITREG_FORGE", "gitlab")
    monkeypatch.setenv("GITLAB_HOST", shared.forge.url)
    monkeypatch.setenv("GITREG_TOKEN", shared.forge.add_token(user="project_42_bot"))

    said = [gitreg(BRANCH, "--note", at=shared.clone) for _ in range(2)]

    assert [one.code for one in said] == [0, 0], said[0].err
    assert said[0].out == said[1].out
    assert said[0].out.startswith(f"{shared.forge.url}/group/project/-/merge_requests/1#note_")
    (note,) = shared.notes
    assert "## churn 1.1.0: 3 gates pass, none fails" in note
    assert "\u2193 worse" in note
    assert note.startswith(report.marker)


def test_a_job_s_own_token_writes_no_note(
    gitreg: Gitreg, shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GitLab does not let it; the message says what would."""
    monkeypatch.setenv("GITREG_FORGE", "gitlab")
    for name, value in (
        ("CI", "true"),
        ("CI_JOB_TOKEN", shared.forge.add_job_token()),
        ("CI_SERVER_URL", shared.forge.url),
    ):
        monkeypatch.setenv(name, value)

    said = gitreg(BRANCH, "--note", at=shared.clone)

    assert said.code == 4
    assert "GITREG_TOKEN" in said.err
    assert "expose_as" in said.err
    assert shared.notes == []


def test_a_proposal_without_a_merge_request_has_no_place_for_a_note(
    gitreg: Gitreg, shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody opened it yet."""
    monkeypatch.setenv("GITREG_FORGE", "gitlab")
    monkeypatch.setenv("GITLAB_HOST", shared.forge.url)
    monkeypatch.setenv("GITREG_TOKEN", shared.forge.add_token())
    shared.forge.state.requests.clear()

    said = gitreg(BRANCH, "--note", at=shared.clone)

    assert said.code == 3
    assert f"{BRANCH} has no merge request" in said.err


def test_no_words_of_strangers_act_on_the_forge(
    review: Desk, shared: Shared, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The forge finds no quick action and no mention in any of the notes."""
    token = {"GITREG_TOKEN": shared.forge.add_token(), "GITLAB_HOST": shared.forge.url}
    environ = {**review.environ, "GITREG_FORGE": "gitlab"} | token
    registry = Desk(shared.clone, environ, review.key).registry
    for words in (*HOSTILE[10:20:3], " ".join(HOSTILE)):
        made = poisoned(report, words)
        write_note(registry, made, report_markdown(made))

    registry.close()
    assert shared.forge.executed == []
    assert len(shared.notes) == 1


def test_a_page_is_written_as_utf_8_whatever_is_in_it(report: Report) -> None:
    """A lone surrogate, which no record holds, would be no reason for a bug."""
    assert report_html(poisoned(report, "x\ud800y")).encode()


def test_the_commands_that_are_told_can_be_typed(
    review: Desk, report: Report, gitreg: Gitreg, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """In anybody's clone, in their order; what is told of a release waits for it."""
    clone = tmp_path / "clone"
    review.git("clone", "-q", str(review.path), str(clone), at=tmp_path)
    told = [shlex.split(command) for command, _ in report.commands]

    assert [words[:2] for words in told] == [
        ["gitreg", one] for one in ("fetch", "check", "compare", "artifacts", "verify")
    ]
    assert [outcome(["-C", str(clone), *words[1:]], os.environ) for words in told[:-1]] == [0] * 4
    assert (clone / "model/model.bin").read_bytes() == NEW_FILES["model.bin"]


def test_a_bundle_is_reported_like_a_clone(review: Desk, gitreg: Gitreg, tmp_path: Path) -> None:
    """An accepted version, offline; artifacts are not in it, so sizes and curves are left out."""
    bundle = str(tmp_path / "churn.bundle")
    assert (
        outcome(["-C", str(review.path), "export", "bundle", "-o", bundle, "--candidates"], os.environ) == 0
    )

    said = gitreg("churn@1.0.0", at=tmp_path, registry=bundle)

    assert said.code == 0, said.err
    assert said.out.splitlines()[1].startswith("## churn 1.0.0: 2 gates pass, 1 skipped")
    assert "could not be looked at" in said.err
