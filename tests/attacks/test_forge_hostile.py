"""Strangers' words on their way to a forge, a job and a reader: each is shown, and nothing of it is run, rendered or mentioned.

The table is `forge_words.WORDS`. Here one candidate holds all of it, in every field that takes words, and goes through the commands; the
long form, `GITREG_HOSTILE=all pytest tests/attacks/test_forge_hostile.py`, promotes and reports a candidate for each line.
"""

from __future__ import annotations

import json
import os
import re
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from desk import Desk
from forge_words import WORDS, acting, live_markdown, live_page, live_title
from gitlab_standin import StandIn

from gitreg.cli.entry import outcome
from gitreg.domain.version import VersionNumber
from gitreg.domain.words import unprintable
from gitreg.errors import UsageError
from gitreg.workflows.proposing.request_words import plain_words, retirement_words, title_of

sys.path.append(str(Path(__file__).resolve().parents[1] / "templates"))

from components import rendered
from runner import Runner

LONG = os.environ.get("GITREG_HOSTILE") == "all"
NUMBERS = [pytest.param(number, id=f"{number:02}") for number in range(len(WORDS))]
VERSION = VersionNumber(1, 0, 0)
BRANCH = re.compile(r"^churn@(\S+)", re.MULTILINE)
JOB_VARIABLES = (
    "CI_COMMIT_MESSAGE", "CI_COMMIT_TITLE", "CI_COMMIT_DESCRIPTION", "CI_COMMIT_AUTHOR", "CI_COMMIT_REF_NAME", "CI_MERGE_REQUEST_TITLE",
    "CI_MERGE_REQUEST_DESCRIPTION", "CI_MERGE_REQUEST_LABELS", "CI_MERGE_REQUEST_MILESTONE", "CI_MERGE_REQUEST_ASSIGNEES", "CI_PROJECT_TITLE",
    "CI_PROJECT_DESCRIPTION", "GITLAB_USER_NAME", "GITLAB_USER_LOGIN", "GITLAB_USER_EMAIL", "CI_TAG_MESSAGE", "CI_PIPELINE_NAME",
)  # fmt: skip


def words_of(number: int) -> str:
    """A line of the table."""
    return list(WORDS.values())[number]


def recordable(words: str) -> str:
    """What of it a record takes: no control or bidirectional characters."""
    kept = "".join(one for one in words if unprintable(one, allowed="\n\t") is None)
    return unicodedata.normalize("NFC", kept)


def line(words: str, most: int = 240) -> str:
    """The same as a name."""
    return " ".join(recordable(words).split())[:most].strip() or "x"


def candidate(words: list[str], folder: Path) -> dict[str, object]:
    """A candidate as another program describes it, in which every field that takes words holds these."""
    folder.mkdir()
    for one in words:
        name = re.sub(r"[/:\\]", "_", line(one)).encode()[:150].decode("utf-8", "ignore").strip(". ") or "x"
        (folder / name).write_text("weights")
    texts = [recordable(one) or "x" for one in words]
    whole = "\n".join(texts)
    named = {line(one): recordable(one) for one in words}
    return {
        "experiment": "churn", "name": line(" ".join(words), 500), "notes": whole, "tags": named, "params": named,
        "metrics": dict.fromkeys(named, 0.5), "artifacts": [str(folder)],
        "data": [{"name": key, "uri": text or "x", "context": text, "licence": text} for key, text in named.items()],
        "code": {"repository": whole, "commit": "c" * 40, "branch": whole, "dirty": True, "command": texts},
        "ci": dict.fromkeys(("provider", "project", "pipeline", "job", "merge_request"), whole),
        "environment": {"python": whole, "platform": whole},
    }  # fmt: skip


@dataclass(frozen=True)
class Said:
    """What a call answered."""

    code: int
    out: str
    err: str


@dataclass
class Stage:
    """A registry on a GitLab, and whoever calls gitreg there."""

    desk: Desk
    forge: StandIn
    capture: pytest.CaptureFixture[bytes]

    def __call__(self, *words: str, **variables: str) -> Said:
        """One call; what it says acts on no terminal, whatever it is."""
        self.capture.readouterr()
        environ = self.desk.environ | variables
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environ.items():
                patch.setenv(name, value)
            code = outcome(["-C", str(self.desk.path), *words], os.environ)
        said = Said(code, *(part.decode() for part in self.capture.readouterr()))
        assert not acting(said.out + said.err), words[:2]
        assert "bug in gitreg" not in said.err, said.err
        return said

    def log(self, described: list[dict[str, object]]) -> list[str]:
        """Logs what another program described, and shares it; the ids."""
        file = self.desk.path.parent / "candidates.ndjson"
        file.write_text("".join(f"{json.dumps(one)}\n" for one in described))
        ids = self("log", "--from", str(file)).out.split()
        assert self("push").code == 0
        return ids

    def promote(self, id_: str, words: str, kind: str) -> str:
        """Proposes it with these words as its description and, where they can be one, its title; the proposal's branch."""
        given = ("promote", id_, "-m", "churn", f"--description={recordable(words)[:2000]}")
        said = self(*given, f"--title={recordable(words)[:150]}", GITREG_FORGE=kind)
        if said.code == 2:
            assert "title" in said.err
            said = self(*given, GITREG_FORGE=kind)
        assert said.code == 0, said.err
        return f"gitreg/promote/churn/v{BRANCH.findall(said.out)[0]}"


@pytest.fixture
def stage(desk: Desk, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Iterator[Stage]:
    """An empty registry, shared on a stand-in for GitLab; a token lets its person in. Nothing may be run at the end."""
    settings = Path(desk.environ["XDG_CONFIG_HOME"], "dvc", "config")
    settings.parent.mkdir(parents=True)
    settings.write_text(f"['remote \"store\"']\n    url = {tmp_path / 'storage'}\n")
    with StandIn(tmp_path / "forge") as forge:
        desk.git("remote", "add", "origin", forge.remote_url)
        desk.git("push", "-q", "origin", "main")
        desk.environ |= {"GITREG_TOKEN": forge.add_token(), "GITLAB_HOST": forge.url}
        yield Stage(desk, forge, capfdbinary)
        assert forge.executed == []
    assert not list(tmp_path.rglob("pwned*"))


def look(stage: Stage, branch: str) -> None:
    """Reads a proposal in every form, and looks for what acts in it."""
    told = {form: stage("report", branch, "--format", form) for form in ("md", "html", "metrics", "json")}

    assert [one.code for one in told.values()] == [0, 0, 0, 0]
    assert list(live_markdown(told["md"].out)) == []
    assert list(live_page(told["html"].out)) == []
    assert all(
        re.fullmatch(r"(# (TYPE \w+ gauge|EOF)|\w+ \S+)", row) for row in told["metrics"].out.splitlines()
    )
    assert json.loads(told["json"].out)


def test_one_candidate_that_holds_all_of_it(stage: Stage, tmp_path: Path) -> None:
    """Logged, proposed by the API, reported, noted, checked, listed, validated and rehearsed."""
    [id_] = stage.log([candidate(list(WORDS.values()), tmp_path / "model")])
    branch = stage.promote(id_, "\n".join(WORDS.values()), "gitlab")

    look(stage, branch)
    [request] = stage.forge.merge_requests
    assert list(live_markdown(request.description)) + list(live_title(request.title)) == []
    assert stage("report", branch, "--note", GITREG_FORGE="gitlab").code == 0
    assert list(live_markdown(request.notes[-1].body)) == []
    file = tmp_path / "gates.xml"
    assert stage("check", branch, "--report", f"junit={file}").code == 0
    assert ET.parse(file).getroot().tag == "testsuite"
    for words in (
        ("status",),
        ("list", "--json"),
        ("show", id_),
        ("validate",),
        ("release", "--dry-run"),
        ("doctor", "--ci"),
    ):
        assert stage(*words, GITREG_FORGE="gitlab").code in {0, 1}, words


@pytest.mark.skipif(
    not LONG, reason="the long form: GITREG_HOSTILE=all pytest tests/attacks/test_forge_hostile.py"
)
@pytest.mark.parametrize("number", NUMBERS)
def test_a_candidate_for_each_line(stage: Stage, tmp_path: Path, number: int) -> None:
    """Proposed by the API, by options of a push, and nowhere; each is read."""
    words = words_of(number)
    ids = stage.log([candidate([words], tmp_path / f"model-{at}") for at in range(3)])

    for id_, kind in zip(ids, ("gitlab", "push-options", "local"), strict=True):
        look(stage, stage.promote(id_, words, kind))
    assert len(stage.forge.merge_requests) == 2
    for request in stage.forge.merge_requests:
        assert list(live_markdown(request.description)) + list(live_title(request.title)) == []


@pytest.mark.parametrize("number", NUMBERS)
def test_titles_reasons_and_messages(number: int) -> None:
    """Words that reach a merge request by another way than a record, with all that no record takes."""
    words = words_of(number)
    made = [
        plain_words(words),
        plain_words(f"Change it\n\n{words}"),
        retirement_words("churn", VERSION, words),
    ]

    for one in made:
        assert list(live_markdown(one.description)) + list(live_markdown(one.summary)) == []
        assert list(live_title(one.title)) == []
    with suppress(UsageError):
        assert list(live_title(title_of(words[:150]))) == []


def test_what_no_record_takes_is_refused(stage: Stage) -> None:
    """With the place, and without showing it."""
    file = stage.desk.path.parent / "refused.ndjson"
    refused = [words for words in WORDS.values() if recordable(words) != unicodedata.normalize("NFC", words)]
    for words in refused:
        file.write_text(json.dumps({"experiment": "churn", "notes": words}) + "\n")

        said = stage("log", "--from", str(file))

        assert (said.code, said.out) == (1, "")
        assert "character" in said.err
    assert len(refused) > 3


def test_a_stranger_s_server_sees_no_token(stage: Stage, tmp_path: Path) -> None:
    """Somebody's token is in the environment, and the clone's remote is wherever it is: nothing but Git goes there."""
    [id_] = stage.log([candidate(["x"], tmp_path / "model")])
    told = {"GITREG_FORGE": "gitlab", "GITLAB_HOST": "gitlab.example.com", "GITLAB_TOKEN": "glpat-mine"}

    proposed = stage("promote", id_, "-m", "churn", **told)
    said = [
        stage(*words, **told)
        for words in (("status",), ("doctor",), ("doctor", "--ci"), ("report", "churn!1.0.0", "--note"))
    ]

    assert [one.code for one in (proposed, *said)] == [0, 0, 0, 0, 4]
    assert f"git config gitreg.forgeUrl {stage.forge.url}" in said[-1].err + said[1].out
    assert stage.forge.requests == []
    assert not [one for one in stage.forge.git_requests if "glpat" in str(one)]


@pytest.mark.parametrize(("shell", "name"), [("bash", "promote-check"), ("sh", "validate")])
def test_a_job_with_all_of_it_around(desk: Desk, shell: str, name: str, tmp_path: Path) -> None:
    """Every variable of GitLab's that a stranger writes holds another line of it, the branch's name too; the job's log shows no escapes."""
    desk.log()
    desk.share()
    made = desk.log(metrics={"auc": 0.91})
    desk.publish()
    desk.promote(made)
    runner = Runner(desk)
    tip, base = desk.git("rev-parse", "gitreg/promote/churn/v1.0.0"), desk.git("rev-parse", "origin/main")
    lines = [one.replace("\0", "") for one in WORDS.values()]
    told = {name: "\n".join(lines[at :: len(JOB_VARIABLES)]) for at, name in enumerate(JOB_VARIABLES)}
    told |= {
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": base, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_MERGE_REQUEST_PROJECT_PATH": "team/registry", "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH": "mallory/registry",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "gitreg/promote/churn/v1.0.0$(touch${IFS}pwned)`touch${IFS}pwned`;touch${IFS}pwned",
    }  # fmt: skip

    folder = runner.clone(tip)
    variables = runner.variables(tip, "merge_request_event", **told)
    done = runner.run(rendered(name, gitreg=""), folder, variables, shell=shell)

    assert done.returncode in {0, 1, 2, 3}, done.stderr
    assert not acting(done.stdout + done.stderr)
    assert "syntax error" not in done.stderr
    assert not list(tmp_path.rglob("pwned*"))
