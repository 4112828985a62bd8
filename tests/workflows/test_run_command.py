"""`gitreg run`, in real processes: what is captured, what is passed on, what a crash leaves."""

from __future__ import annotations

import json
import os
import pty
import secrets
import signal
import subprocess
import sys
import textwrap
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from searches import searched

from gitreg.artifacts import SILENT, path_digest
from gitreg.domain.candidate import Candidate, Environment
from gitreg.domain.experiment import experiment_number
from gitreg.drafts import Draft, DraftStart, Tag, drafts, process_mark
from gitreg.errors import AnswerIsNoError, CredentialsError, NotFoundError, UsageError
from gitreg.store import Author
from gitreg.workflows.init.init_registry import InitOptions, init_registry
from gitreg.workflows.recording.log_candidate import CODE_PATCH
from gitreg.workflows.registry import Registry, open_registry
from gitreg.workflows.running.capture import Surroundings
from gitreg.workflows.running.finish_draft import drafts_folder, finish_draft
from gitreg.workflows.running.put_draft import put_draft
from gitreg.workflows.running.run_command import RunOptions, mlflow_variables, run_command

REGISTRY_ID = "0d8f1c5e-0000-4000-8000-000000000000"
TOKEN = "glpat-" + "aB3dE6gH9jK2mN5pQ8sT"


def now() -> datetime:
    return datetime.now(UTC)


def git(folder: Path, environ: dict[str, str], *words: str, stdin: bytes = b"") -> bytes:
    return subprocess.run(
        ["git", *words], cwd=folder, env=environ, input=stdin, check=True, capture_output=True
    ).stdout


@pytest.fixture
def registry(environ: dict[str, str], tmp_path: Path) -> Iterator[Registry]:
    """A registry of its own, beside the code."""
    place = tmp_path / "regi%stry,ü"
    init_registry(place, InitOptions(signing_key="new"), environ, now=now(), registry_id=REGISTRY_ID)
    opened = open_registry(place, environ)
    yield opened
    opened.close()


@pytest.fixture
def code(make_repository: Callable[[Path], Path], tmp_path: Path) -> Path:
    """A repository of code without changes."""
    return make_repository(tmp_path / "code")


def python(text: str) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(text)]


def run(registry: Registry, folder: Path, command: list[str], **options):
    words = RunOptions("churn", command, folder, **options)
    return run_command(registry, words, candidate_id=secrets.token_hex(16), now=now)


def artifacts(registry: Registry, candidate: Candidate) -> dict[str, bytes]:
    """The files of a candidate, from the objects that this machine keeps."""
    base = f"experiments/{candidate.experiment}/candidates/{candidate.id[:2]}/{candidate.id}"
    text = registry.candidates.file(f"{base}.dvc").decode()
    listing = text.partition("md5: ")[2].split()[0]
    entries = json.loads(registry.cache.places(listing)[0].read_bytes())
    return {entry["relpath"]: registry.cache.places(entry["md5"])[0].read_bytes() for entry in entries}


def test_the_three_components_are_captured(registry, code):
    """Code, data and configuration, with what came of them."""
    (code / "data.csv").write_text("a,b\n1,2\n")
    git(code, registry.environ, "add", "data.csv")
    git(code, registry.environ, "commit", "-qm", "Data")
    command = python("""
        import json
        json.dump({"lr": 0.10, "model": {"depth": 8}}, open("params.json", "w"))
        open("metrics.yaml", "w").write("auc: 0.93\\nloss: {train: 1e-1}\\n")
        open("model.bin", "wb").write(b"model")
    """)
    ran = run(
        registry, code, command, name="first", tags={"team": "growth"},
        data=["train=data.csv", "s3://key:secret@bucket/x"], params=["params.json"], metrics=["metrics.yaml"],
        artifacts=["model.bin", "model.bin=deep/copy.bin"],
    )  # fmt: skip

    candidate = registry.candidates.record(
        Candidate, f"experiments/churn/candidates/{ran.candidate.id[:2]}/{ran.candidate.id}.yaml"
    )
    assert candidate == ran.candidate
    assert (candidate.name, candidate.status, ran.exit_code, ran.error) == ("first", "finished", 0, None)
    assert candidate.code.commit == git(code, registry.environ, "rev-parse", "HEAD").decode().strip()
    assert (candidate.code.branch, candidate.code.command) == ("main", command)
    assert [(one.name, one.uri) for one in candidate.data] == [("train", "data.csv"), ("x", "s3://bucket/x")]
    assert candidate.data[0].digest == path_digest(code / "data.csv")[0]
    assert candidate.params == {"lr": "0.1", "model.depth": "8"}
    assert candidate.metrics == {"auc": 0.93, "loss.train": 0.1}
    assert candidate.tags == {"team": "growth"}
    assert candidate.ci is None
    files = artifacts(registry, candidate)
    assert {name: files[name] for name in ("model.bin", "deep/copy.bin")} == {
        "model.bin": b"model",
        "deep/copy.bin": b"model",
    }
    assert drafts(drafts_folder(registry)) == []


def test_the_environment_is_that_of_the_command_or_nothing(registry, code):
    """The interpreter of gitreg is not claimed for a command that is none."""
    of_python = run(registry, code, python("pass")).candidate.environment
    of_shell = run(registry, code, ["sh", "-c", "true"]).candidate.environment

    assert of_python.python == ".".join(map(str, sys.version_info[:3]))
    assert of_python.packages is not None
    assert (of_shell.python, of_shell.packages) == ("", None)
    assert of_shell.platform == of_python.platform != ""


def test_a_module_beside_the_training_is_not_taken_for_pythons_own(registry, code):
    """The folder may hold a json.py."""
    (code / "json.py").write_text("raise SystemExit('not for you')\n")

    assert run(registry, code, python("pass")).candidate.environment.python != ""


def test_a_ci_job_is_named_by_an_allow_list(environ, code, tmp_path):
    """Nothing else of its variables is recorded."""
    environ |= {"CI": "true", "CI_PROJECT_PATH": "g/p", "CI_PIPELINE_ID": "7", "CI_JOB_ID": "8"}
    environ |= {"CI_JOB_TOKEN": TOKEN, "CI_MERGE_REQUEST_IID": "3"}
    init_registry(tmp_path / "r", InitOptions(signing_key="new"), environ, now=now(), registry_id=REGISTRY_ID)
    registry = open_registry(tmp_path / "r", environ)
    ran = run(registry, code, ["true"])

    assert ran.candidate.ci.model_dump() == {
        "provider": "gitlab",
        "project": "g/p",
        "pipeline": "7",
        "job": "8",
        "merge_request": "3",
    }
    history = git(registry.repository.work_tree, environ, "log", "-p", "--all")
    assert TOKEN.encode() not in history


def test_the_command_is_told_where_it_runs(registry, code):
    """The variables by which a child adds to the candidate."""
    names = ["GITREG_CANDIDATE", "GITREG_DRAFT", "GITREG_REGISTRY"]
    ran = run(
        registry,
        code,
        python(f"import json, os; json.dump({{n: os.environ[n] for n in {names}}}, open('e.json', 'w'))"),
    )

    told = json.loads((code / "e.json").read_text())
    assert told["GITREG_CANDIDATE"] == ran.candidate.id
    assert told["GITREG_DRAFT"] == str(drafts_folder(registry) / ran.candidate.id)
    assert told["GITREG_REGISTRY"] == str(registry.repository.work_tree)


@pytest.mark.parametrize(
    ("packages", "told"),
    [
        ({"gitreg-ml", "mlflow-skinny"}, True),
        ({"gitreg-ml", "mlflow"}, True),
        ({"gitreg-ml"}, False),
        ({"mlflow"}, False),
    ],
)
def test_mlflow_is_told_where_to_log_where_it_has_the_plugin(registry, packages, told):
    """Without the plugin its client would fail at the first call."""
    around = Surroundings(Environment(), frozenset(packages))
    start = DraftStart(id="c" * 32, experiment="churn", created=now(), process=process_mark(os.getpid()))
    draft = Draft.create(drafts_folder(registry), start)

    uri = f"gitreg://{quote(str(registry.repository.work_tree))}"
    assert mlflow_variables(registry, around, draft) == (
        {"MLFLOW_TRACKING_URI": uri, "MLFLOW_EXPERIMENT_ID": experiment_number("churn")} if told else {}
    )


def test_mlflow_logs_where_its_user_says(environ, code, tmp_path):
    """A variable that is set stays; the interpreter that runs this has MLflow and the plugin."""
    printed = "import os; open('uri', 'w').write(os.environ['MLFLOW_TRACKING_URI'])"
    seen = []
    for name, more in (("one", {}), ("two", {"MLFLOW_TRACKING_URI": "file:///elsewhere"})):
        init = InitOptions(signing_key="new")
        init_registry(tmp_path / name, init, environ, now=now(), registry_id=str(uuid.uuid4()))
        run(open_registry(tmp_path / name, environ | more), code, python(printed))
        seen.append((code / "uri").read_text())

    assert seen == [f"gitreg://{tmp_path / 'one'}", "file:///elsewhere"]


def test_a_child_logs_into_the_candidate_by_importing_gitreg(registry, code):
    """In another process, and in a child of that one, without finishing it."""
    child = "import gitreg; gitreg.start('churn').log_metric('loss', 0.5, step=2)"
    command = python(f"""
        import subprocess, sys, gitreg
        with gitreg.start("churn", params={{"lr": 0.1}}, strict=True) as candidate:
            candidate.log_metric("loss", 1.0, step=1)
            candidate.log_text("hello", "notes/hello.txt")
            subprocess.run([sys.executable, "-c", {child!r}], check=True)
            assert candidate.finish() is None
            candidate.note("seen")
    """)
    ran = run(registry, code, command)

    candidate = ran.candidate
    assert (ran.exit_code, candidate.params, candidate.notes) == (0, {"lr": "0.1"}, "seen")
    assert (candidate.metrics, candidate.curves["loss"].points) == ({"loss": 0.5}, 2)
    assert artifacts(registry, candidate)["notes/hello.txt"] == b"hello"


@pytest.mark.parametrize("exit_code", [1, 3, 255])
def test_the_exit_code_is_passed_on(registry, code, exit_code):
    """And the candidate says that it failed."""
    ran = run(registry, code, python(f"raise SystemExit({exit_code})"))

    assert (ran.exit_code, ran.candidate.status) == (exit_code, "failed")
    assert ran.candidate.tags == {"exit_code": str(exit_code)}


@pytest.mark.parametrize("command", [["no-such-command-anywhere"], ["./train.py"], ["/"], [""]])
def test_a_command_that_cannot_be_started_leaves_no_candidate(registry, code, command):
    """Exit code 127, as a shell has it."""
    before = registry.candidates.commit
    with pytest.raises(NotFoundError, match="cannot be started") as caught:
        run(registry, code, command)

    assert caught.value.exit_code == 127
    assert registry.candidates.commit == before
    assert drafts(drafts_folder(registry)) == []


def test_without_a_command_or_a_good_name_nothing_starts(registry, code):
    """What cannot be recorded is refused before anything runs."""
    command = python("open('ran', 'w')")
    with pytest.raises(UsageError, match="no command"):
        run(registry, code, [])
    with pytest.raises(UsageError, match="name"):
        run(registry, code, command, name="a\nb")
    with pytest.raises(NotFoundError, match=r"missing\.csv"):
        run(registry, code, command, data=["missing.csv"])
    with pytest.raises(UsageError, match=r"U\+0000|cannot be recorded"):
        run(registry, code, command, tags={"a\0b": "x"})

    assert not (code / "ran").exists()
    assert drafts(drafts_folder(registry)) == []


def test_whoever_has_no_name_learns_it_before_the_training(registry, code):
    """Not after hours of it."""
    Path(registry.environ["GIT_CONFIG_GLOBAL"]).write_text("[user]\n\tuseConfigOnly = true\n")

    with pytest.raises(CredentialsError):
        run(registry, code, python("open('ran', 'w')"))
    assert not (code / "ran").exists()


# Code


def _change_everything(code: Path, environ: dict[str, str]) -> None:
    """Staged, unstaged, both, untracked, deleted, binary, executable."""
    for name in ("staged.py", "unstaged.py", "both.py", "deleted.py"):
        (code / name).write_text(f"{name}\n")
    (code / "binary.bin").write_bytes(bytes(range(256)))
    git(code, environ, "add", ".")
    git(code, environ, "commit", "-qm", "Files")
    (code / "stashed.py").write_text("stashed\n")
    git(code, environ, "add", "stashed.py")
    git(code, environ, "stash", "-q")
    (code / "staged.py").write_text("staged 2\n")
    (code / "both.py").write_text("staged\n")
    (code / "new.py").write_text("new\n")
    git(code, environ, "add", "staged.py", "both.py", "new.py")
    (code / "both.py").write_text("unstaged\n")
    (code / "unstaged.py").write_text("no line end")
    (code / "binary.bin").write_bytes(bytes(reversed(range(256))))
    (code / "deleted.py").unlink()
    (code / "un tracked").mkdir()
    (code / "un tracked/ü.py").write_text("untracked\n")
    (code / "train.py").chmod(0o755)


def _files(folder: Path) -> dict[str, tuple[bytes, bool]]:
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), os.access(path, os.X_OK))
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }


def test_dirty_code_is_rebuilt_exactly_from_commit_and_patch(registry, code, tmp_path):
    """By plain git, in a fresh clone."""
    environ = registry.environ
    _change_everything(code, environ)
    expected = _files(code)
    candidate = run(registry, code, ["true"]).candidate

    git(tmp_path, environ, "clone", "-q", str(code), "rebuilt")
    rebuilt = tmp_path / "rebuilt"
    git(rebuilt, environ, "checkout", "-q", candidate.code.commit)
    git(rebuilt, environ, "apply", "-", stdin=artifacts(registry, candidate)[CODE_PATCH])
    assert candidate.code.dirty
    assert _files(rebuilt) == expected


def test_unpushed_commits_are_in_the_patch(registry, code, environ, tmp_path):
    """The recorded commit is one that others can fetch."""
    git(tmp_path, environ, "clone", "-q", "--bare", str(code), "remote.git")
    git(code, environ, "remote", "add", "origin", f"file://ada:secret@localhost{tmp_path}/remote.git")
    git(code, environ, "fetch", "-q", str(tmp_path / "remote.git"), "main:refs/remotes/origin/main")
    published = git(code, environ, "rev-parse", "HEAD").decode().strip()
    (code / "train.py").write_text("print('unpushed')\n")
    git(code, environ, "commit", "-qam", "Unpushed")
    candidate = run(registry, code, ["true"]).candidate

    assert (candidate.code.commit, candidate.code.dirty) == (published, True)
    assert "secret" not in candidate.code.repository
    assert b"+print('unpushed')" in artifacts(registry, candidate)[CODE_PATCH]


def test_logging_leaves_the_users_work_as_it_was(registry, code):
    """Status, branch, index and stash, to the byte."""
    environ = registry.environ
    _change_everything(code, environ)
    git(code, environ, "checkout", "-q", "-b", "feature/lr")

    def state() -> list[bytes]:
        words = (
            ["status", "--porcelain=v2", "--branch"],
            ["ls-files", "--stage", "--debug"],
            ["stash", "list"],
            ["for-each-ref"],
        )
        return [git(code, environ, *word) for word in words]

    before = state()
    run(registry, code, ["true"])
    assert state() == before


def test_code_in_the_registrys_own_repository_is_left_as_it_was(registry):
    """The same where candidates are committed to the very repository."""
    environ, folder = registry.environ, registry.repository.work_tree
    (folder / "train.py").write_text("print(1)\n")
    git(folder, environ, "add", "train.py")
    (folder / "train.py").write_text("print(2)\n")
    git(folder, environ, "checkout", "-q", "-b", "feature")
    before = [
        git(folder, environ, "status", "--porcelain=v2", "--branch"),
        git(folder, environ, "ls-files", "-s"),
    ]
    candidate = run(registry, folder, ["true"]).candidate

    assert [
        git(folder, environ, "status", "--porcelain=v2", "--branch"),
        git(folder, environ, "ls-files", "-s"),
    ] == before
    assert b"+print(2)" in artifacts(registry, candidate)[CODE_PATCH]


def test_code_in_no_repository_is_the_command_alone(registry, tmp_path):
    """A notebook folder may be logged from."""
    (tmp_path / "loose").mkdir()
    candidate = run(registry, tmp_path / "loose", ["true"]).candidate

    assert (candidate.code.commit, candidate.code.dirty, candidate.code.command) == (None, False, ["true"])


def test_a_secret_in_the_patch_refuses_the_run(registry, code):
    """Before it starts, with the place and without the secret; without the patch it goes on."""
    (code / "train.py").write_text(f"print('training')\nurl = 'x'\ntoken = {TOKEN!r}\n")
    command = python("open('ran', 'w')")
    with pytest.raises(AnswerIsNoError, match=r"train\.py:3 looks like a GitLab token") as caught:
        run(registry, code, command)
    refused = str(caught.value), (code / "ran").exists(), drafts(drafts_folder(registry))
    candidate = run(registry, code, command, with_patch=False).candidate

    assert TOKEN not in refused[0]
    assert "--no-patch" in caught.value.hint
    assert refused[1:] == (False, [])
    assert candidate.code.dirty
    assert candidate.artifacts is None


def test_what_is_too_large_for_the_patch_is_named(registry, code):
    """Nobody believes that the patch is all there was."""
    (code / "weights.bin").write_bytes(b"\0" * 100)
    ran = run(registry, code, ["true"])

    assert ["weights.bin" in problem.text and not problem.missing for problem in ran.problems] == [True]


# Outputs


def test_metrics_of_an_earlier_command_are_not_taken(registry, code):
    """A command that died before it wrote any has none."""
    (code / "metrics.json").write_text('{"auc": 0.99}')
    ran = run(registry, code, python("raise SystemExit(1)"), metrics=["metrics.json"])

    assert ran.candidate.metrics == {}
    assert "not written by this command" in ran.problems[0].text


@pytest.mark.parametrize(
    "outputs", [{"artifacts": ["model.bin"]}, {"metrics": ["m.json"]}, {"params": ["p.yaml"]}]
)
def test_what_was_promised_and_is_missing_is_an_error_after_a_good_end(registry, code, outputs):
    """The candidate is kept all the same; after a failure it is no news."""
    good, bad = run(registry, code, ["true"], **outputs), run(registry, code, ["false"], **outputs)

    assert good.candidate.status == "finished"
    assert good.error is not None
    assert "is not there" in str(good.error)
    assert bad.error is None
    assert len(bad.problems) == 1


def test_one_bad_name_takes_no_other_with_it(registry, code):
    """A metric that cannot be recorded is named; the others are kept."""
    command = python(r"open('m.json', 'w').write('{\"auc\": 1, \"a\\u0000b\": 2, \"x\": 3}')")
    ran = run(registry, code, command, metrics=["m.json"])

    assert ran.candidate.metrics == {"auc": 1.0, "x": 3.0}
    assert "U+0000" in str(ran.error)


# Signals and crashes


DRIVER = """
    import sys, secrets
    from datetime import UTC, datetime
    from pathlib import Path
    import os
    from gitreg.workflows.registry import open_registry
    from gitreg.workflows.running.run_command import RunOptions, run_command
    kill = os.kill
    def passed(process, number):  # two signals of one kind may become one, so what is sent is counted here
        if Path(f"/proc/{process}/comm").read_text() != "git\\n":
            with open(os.path.join(sys.argv[2], "passed"), "a") as file:
                file.write("x")
        kill(process, number)
    os.kill = passed
    registry = open_registry(Path(sys.argv[1]), dict(os.environ))
    ran = run_command(
        registry, RunOptions("churn", sys.argv[3:], Path(sys.argv[2])),
        candidate_id=secrets.token_hex(16), now=lambda: datetime.now(UTC),
    )
    raise SystemExit(ran.exit_code)
"""
CHILD = """
    import signal, sys, time
    count = 0
    def note(number, frame):
        global count
        count += 1
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, note)
    open("ready", "w").close()
    end = time.monotonic() + 30
    while not count and time.monotonic() < end:
        time.sleep(0.01)
    time.sleep(0.3)
    open("count", "w").write(str(count))
    sys.exit(7)
"""


def _driver(registry: Registry, code: Path, child: list[str]) -> list[str]:
    return [*python(DRIVER), str(registry.repository.work_tree), str(code), *child]


def _await(path: Path) -> None:
    end = time.monotonic() + 30
    while not path.exists() and time.monotonic() < end:
        time.sleep(0.01)
    assert path.exists()


def _only(registry: Registry) -> Candidate:
    [candidate] = searched(registry, drafts=False)
    return candidate


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_us_reaches_the_command_once(registry, code, number):
    """Then the candidate is finished as killed, with the command's own exit code."""
    with subprocess.Popen(_driver(registry, code, python(CHILD)), env=registry.environ) as driver:
        _await(code / "ready")
        driver.send_signal(number)

        assert driver.wait(30) == 7
    assert ((code / "count").read_text(), (code / "passed").read_text()) == ("1", "x")
    assert _only(registry).status == "killed"


def test_ctrl_c_on_a_terminal_reaches_the_command_once(registry, code):
    """The terminal tells the whole foreground group, so it is not told again."""
    child, terminal = pty.fork()
    if child == 0:
        words = _driver(registry, code, python(CHILD))
        os.execve(words[0], words, dict(registry.environ))
    try:
        _await(code / "ready")
        os.write(terminal, b"\x03")
        _, status = os.waitpid(child, 0)
    finally:
        os.close(terminal)

    assert os.waitstatus_to_exitcode(status) == 7
    assert ((code / "count").read_text(), (code / "passed").exists()) == ("1", False)
    assert _only(registry).status == "killed"


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGKILL, "killed"), (signal.SIGTERM, "killed"), (signal.SIGSEGV, "failed")]
)
def test_a_command_that_a_signal_ends_has_the_shells_exit_code(registry, code, number, status):
    """128 and the signal's number; a crash of its own is a failure."""
    ran = run(registry, code, python(f"import os; os.kill(os.getpid(), {int(number)})"))

    assert (ran.exit_code, ran.candidate.status) == (128 + number, status)


def test_a_command_that_ends_well_in_spite_of_a_signal_is_finished(registry, code):
    """Early stopping by Ctrl-C is a way to end a training."""
    child = python(CHILD.replace("sys.exit(7)", "sys.exit(0)"))
    with subprocess.Popen(_driver(registry, code, child), env=registry.environ) as driver:
        _await(code / "ready")
        driver.send_signal(signal.SIGINT)

        assert driver.wait(30) == 0
    assert _only(registry).status == "finished"


def test_signals_that_were_ignored_stay_ignored(registry, code):
    """`nohup gitreg run ...` goes on when the terminal closes."""
    command = python("import signal; raise SystemExit(signal.getsignal(signal.SIGHUP) == signal.SIG_IGN)")
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert run(registry, code, command).exit_code == 1
    finally:
        signal.signal(signal.SIGHUP, before)


def test_our_own_handlers_are_put_back(registry, code):
    """What is run inside a program leaves it as it was."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    run(registry, code, ["true"])

    assert {number: signal.getsignal(number) for number in before} == before
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == set()


def test_standard_streams_are_the_users_own(registry, code):
    """Nothing is between the command and the terminal."""
    child = python("import sys; print(input()); print('err', file=sys.stderr)")
    done = subprocess.run(
        _driver(registry, code, child),
        env=registry.environ,
        input=b"hello\n",
        capture_output=True,
        check=True,
    )

    assert (done.stdout, done.stderr) == (b"hello\n", b"err\n")


def test_what_was_logged_before_a_crash_of_gitreg_is_finished_later_once(registry, code):
    """The draft holds all of it; finishing twice makes one candidate."""
    child = python("""
        import gitreg, time
        gitreg.start("churn", params={"lr": 1}, strict=True).log_metric("auc", 0.5)
        open("ready", "w").close()
        time.sleep(60)
    """)
    with subprocess.Popen(
        _driver(registry, code, child), env=registry.environ, start_new_session=True
    ) as driver:
        _await(code / "ready")
        os.killpg(driver.pid, signal.SIGKILL)
        driver.wait()
    [draft] = drafts(drafts_folder(registry))
    liveness = draft.liveness
    author = Author("Ada Example", "ada@example.com", now())
    first = finish_draft(registry, draft, author, status="killed", progress=SILENT)

    assert liveness == "dead"
    assert (first.status, first.params, first.metrics) == ("killed", {"lr": "1"}, {"auc": 0.5})
    assert first.code.command == child
    assert _only(registry) == first
    assert drafts(drafts_folder(registry)) == []


def test_nothing_is_acknowledged_between_the_last_look_and_the_end(registry, code, monkeypatch):
    """A child that outlives its command is told that what it logs is not kept."""
    refused = []

    def put(registry, draft, author, **options):
        with pytest.raises(NotFoundError, match="has ended"):
            draft.append([Tag("late", "yes")])
        refused.append(draft.id)
        return put_draft(registry, draft, author, **options)

    monkeypatch.setattr("gitreg.workflows.running.finish_draft.put_draft", put)
    ran = run(registry, code, ["true"])

    assert refused == [ran.candidate.id]


def test_a_crash_between_the_commit_and_the_end_makes_no_second_candidate(registry, code, monkeypatch):
    """Nor does it undo what was changed since."""
    author = Author("Ada Example", "ada@example.com", now())
    monkeypatch.setattr("gitreg.drafts.Draft.remove", lambda self: None)
    ran = run(registry, code, ["true"])
    monkeypatch.undo()
    tip = registry.candidates.commit
    [draft] = drafts(drafts_folder(registry))

    assert finish_draft(registry, draft, author, status="killed") == ran.candidate
    assert registry.candidates.commit == tip
    assert drafts(drafts_folder(registry)) == []
