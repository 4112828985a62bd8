"""A registry opened by URL: a mirror that gitreg keeps, works in while the remote is away, and sends from."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from artifact_desk import ArtifactDesk, listed
from desk import REGISTRY_ID, Desk
from mlflow.entities import LoggedModelStatus, Metric
from mlflow.exceptions import MlflowException
from servers import smart_http, ssh_daemon

from gitreg.mlflow_plugin import mirrors, opening, publishing, telling
from gitreg.mlflow_plugin.artifacts.repository import RegistryArtifactRepository
from gitreg.mlflow_plugin.models.store import ModelRegistryStore
from gitreg.mlflow_plugin.opening import opened
from gitreg.mlflow_plugin.tracking.store import TrackingStore
from gitreg.workflows.publishing.mirror import mirror_folder

HOST = "https://registry.example"
SSH = "ssh://git@registry.example"
URI = "gitreg+https://registry.example/group/churn"


@dataclass
class Server:
    """A Git server that may go away, and is found as `registry.example`."""

    folder: Path
    environ: dict[str, str]
    path: Path = field(init=False)
    _context: object = None

    def __post_init__(self) -> None:
        self.path = self.folder / "group/churn"

    def start(self, **options: object) -> None:
        self._context = smart_http(self.folder, **options)
        self._reach(self._context.__enter__())

    def stop(self) -> None:
        if self._context is not None:
            self._context.__exit__(None, None, None)
        self._context = None

    def git(self, *words: str) -> str:
        done = subprocess.run(
            ["git", *words], cwd=self.path, env=self.environ, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def candidates(self) -> list[str]:
        """The candidates that were sent."""
        try:
            listed = self.git("ls-tree", "-r", "--name-only", "gitreg/candidates", "experiments")
        except subprocess.CalledProcessError:
            return []
        return [
            Path(line).stem
            for line in listed.splitlines()
            if "/candidates/" in line and line.endswith(".yaml")
        ]

    def _reach(self, url: str) -> None:
        config = Path(self.environ["GIT_CONFIG_GLOBAL"])
        lines = [
            line for line in config.read_text().splitlines() if "insteadOf" not in line and "[url" not in line
        ]
        config.write_text(
            "\n".join([*lines, f'[url "{url}/"]', f"\tinsteadOf = {HOST}/", f"\tinsteadOf = {SSH}/", ""])
        )


@pytest.fixture
def server(desk: Desk, environ, tmp_path):
    """A server with a registry on it, whose storage every user of this machine has configured."""
    server = Server(tmp_path / "served", environ)
    server.path.parent.mkdir(parents=True)
    subprocess.run(
        ["git", "clone", "-q", "--bare", str(desk.path), str(server.path)], check=True, env=environ
    )
    server.git("config", "http.receivepack", "true")
    settings = Path(environ["XDG_CONFIG_HOME"], "dvc", "config")
    settings.parent.mkdir(parents=True)
    settings.write_text(f"['remote \"store\"']\n    url = {tmp_path / 'storage'}\n")
    server.start()
    yield server
    publishing.finish(20)
    opening.close_all()
    mirrors._asked.clear()
    publishing._publishers.clear()
    telling._told.clear()
    server.stop()


class RemoteDesk(ArtifactDesk):
    """Somebody at work by URL."""

    uri = URI


@pytest.fixture
def at(server, tmp_path):
    """A desk at the remote registry."""
    files = tmp_path / "files"
    files.mkdir()
    return RemoteDesk(tmp_path, files)


def mirror(environ) -> Path:
    """Where the mirror is."""
    return mirror_folder(environ) / REGISTRY_ID


def somebody_else(environ, monkeypatch) -> dict[str, str]:
    """From here on this process is of another user, who has no mirror yet; that user's environment."""
    other = environ | {"XDG_DATA_HOME": f"{environ['HOME']}/other"}
    monkeypatch.setenv("XDG_DATA_HOME", other["XDG_DATA_HOME"])
    opening.close_all()
    mirrors._asked.clear()
    assert not mirror(other).exists()
    return other


def told(caplog) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "mlflow.gitreg"]


def test_a_url_is_a_mirror_in_the_users_data(server, environ):
    """By the registry's id, bare, and without credentials in it."""
    registry = opened(URI)

    assert registry.settings.id == REGISTRY_ID
    assert registry.repository.git_dir == mirror(environ)
    assert registry.repository.work_tree is None
    assert registry.repository.remote_url("origin") == f"{HOST}/group/churn"


def test_what_was_cloned_is_used_while_the_remote_is_away(server, at, caplog, monkeypatch):
    """Runs begin, log and end; that the remote is away is told once."""
    opened(URI)
    opening.close_all()
    mirrors._asked.clear()
    monkeypatch.setattr(mirrors, "OLD", 0.0)
    server.stop()

    for _ in range(2):
        run = at.run()
        at.repository(run.info.artifact_uri).log_artifact(at.file("a.txt"))
        at.end(run)
    publishing.finish(20)

    assert listed(at.repository(run.info.artifact_uri)) == {"a.txt": 7}
    assert len([words for words in told(caplog) if "is kept and sent" in words]) == 1
    assert server.candidates() == []


def test_a_run_that_ends_is_sent(server, at, tmp_path):
    """Its record to the remote, its artifacts to the storage, while the program goes on."""
    run = at.run()
    at.repository(run.info.artifact_uri).log_artifact(at.file("a.txt", b"weights"))
    at.end(run)

    publishing.finish(30)

    assert server.candidates() == [run.info.run_id]
    assert [
        path
        for path in (tmp_path / "storage").rglob("*")
        if path.is_file() and path.read_bytes() == b"weights"
    ]


def test_what_was_kept_is_sent_with_the_next_run(server, at):
    """Nothing is lost while the remote is away."""
    opened(URI)
    server.stop()
    first = at.run()
    at.end(first)
    publishing.finish(20)
    server.start()

    second = at.run()
    at.end(second)
    publishing.finish(30)

    assert sorted(server.candidates()) == sorted([first.info.run_id, second.info.run_id])


def test_what_is_changed_without_a_run_that_ends_is_sent(server, at):
    """An experiment's new name, a logged model's end, a value that comes late."""
    run = at.run(ended=True)
    experiment = at.store.create_experiment("first")
    publishing.finish(30)

    at.store.rename_experiment(experiment, "second")
    model = at.model()
    at.store.finalize_logged_model(model.model_id, LoggedModelStatus.READY)
    at.store.log_metric(run.info.run_id, Metric("late", 1.0, 0, 0))
    publishing.finish(30)

    sent = server.git("grep", "-h", "-E", "late|^name: second|^status: ready", "gitreg/candidates")
    assert {line.partition(":")[0].strip() for line in sent.splitlines()} >= {"late", "name", "status"}


def test_a_remote_that_is_slow_slows_no_run(server, at):
    """Ending a run returns long before it is sent."""
    opened(URI)
    server.stop()
    server.start(latency=0.5)
    run = at.run()

    at.end(run)
    assert server.candidates() == []
    publishing.finish(60)

    assert server.candidates() == [run.info.run_id]


def test_artifacts_of_long_runs_are_sent_before_their_records(server, at, tmp_path):
    """Bytes go ahead, once; the record comes when the run ends."""
    run = at.run()
    at.repository(run.info.artifact_uri).log_artifact(at.file("a.txt", b"weights"))
    publishing.finish(30)

    stored = [
        path
        for path in (tmp_path / "storage").rglob("*")
        if path.is_file() and path.read_bytes() == b"weights"
    ]
    assert len(stored) == 1
    assert server.candidates() == []
    at.end(run)
    publishing.finish(30)
    assert server.candidates() == [run.info.run_id]


def test_a_program_that_ends_waits_for_what_is_sent(server, environ):
    """In a container nothing is left behind; MLflow's fluent API ends the run while Python ends."""
    code = f"import mlflow; mlflow.set_tracking_uri({URI!r}); mlflow.start_run(); mlflow.log_param('lr', 1)"

    opened(URI)
    server.stop()
    server.start(latency=0.3)

    subprocess.run([sys.executable, "-c", code], check=True, env=environ, timeout=100)

    assert len(server.candidates()) == 1


def test_a_program_does_not_wait_for_ever(server, environ):
    """What is not sent is kept, and the words say by which command it is."""
    opened(URI)
    server.stop()
    with smart_http(server.folder, latency=30.0) as url:
        server._reach(url)
        code = f"import mlflow; mlflow.set_tracking_uri({URI!r}); mlflow.start_run(); mlflow.end_run()"
        bounded = environ | {"GITREG_PUBLISH_WAIT": "1"}
        done = subprocess.run(
            [sys.executable, "-c", code], env=bounded, timeout=60, capture_output=True, text=True, check=True
        )

    assert "is not sent yet" in done.stderr
    words = done.stderr.rpartition("sent by: ")[2].split()
    server.start()
    subprocess.run([sys.executable, "-m", *words], env=environ, check=True, capture_output=True)
    assert len(server.candidates()) == 1


def test_runs_of_others_are_found(server, at, environ, monkeypatch):
    """Somebody else sent one meanwhile: the next look brings it."""
    opened(URI)
    run = at.run()
    at.end(run)
    publishing.finish(30)
    other = somebody_else(environ, monkeypatch)

    status = TrackingStore(URI).get_run(run.info.run_id).info.status

    assert status == "FINISHED"
    assert opened(URI).repository.git_dir == mirror(other) != mirror(environ)


def test_two_processes_make_one_mirror(server, environ):
    """Both are there at once, and both use it."""
    code = f"from gitreg.mlflow_plugin.opening import opened; print(opened({URI!r}).repository.git_dir)"

    running = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environ)
        for _ in range(3)
    ]
    places = [process.communicate()[0].strip() for process in running]

    assert places == [str(mirror(environ))] * 3
    assert sorted(path.name for path in mirror_folder(environ).iterdir()) == [REGISTRY_ID, "addresses"]


def test_a_clone_that_was_killed_is_begun_again(server, environ):
    """What is half there is swept, and nobody takes it for a mirror."""
    server.stop()
    with smart_http(server.folder, latency=5.0) as url:
        server._reach(url)
        code = f"from gitreg.mlflow_plugin.opening import opened; opened({URI!r})"
        running = subprocess.Popen([sys.executable, "-c", code], env=environ, start_new_session=True)
        limit = time.monotonic() + 20
        while not list(mirror_folder(environ).glob(".making-*")) and time.monotonic() < limit:
            time.sleep(0.01)
        os.killpg(running.pid, signal.SIGKILL)  # its Git, too, which would go on writing
        running.wait()
    server.start()

    assert opened(URI).settings.id == REGISTRY_ID
    assert not list(mirror_folder(environ).glob(".making-*"))


def test_a_mirror_that_was_removed_is_made_again(server, environ):
    """The address alone is nothing."""
    folder = opened(URI).repository.git_dir
    opening._hand.held.clear()
    opening.close_all()
    subprocess.run(["rm", "-rf", str(folder)], check=True)

    assert opened(URI).settings.id == REGISTRY_ID


def test_without_a_mirror_the_remote_must_answer(server):
    """There is nothing to go on with."""
    server.stop()

    with pytest.raises(MlflowException) as away:
        RemoteDesk(server.folder, server.folder).run()
    assert away.value.error_code == "TEMPORARILY_UNAVAILABLE"


def test_the_same_place_by_another_way_is_the_same_mirror(server, environ):
    """By https and by ssh, with `.git` and without."""
    registry = opened(URI)
    server.path.with_name("churn.git").symlink_to(server.path)

    other = opened("gitreg+ssh://git@registry.example/group/churn.git")
    assert other.repository.git_dir == registry.repository.git_dir
    assert other.repository.remote_url("origin") == f"{SSH}/group/churn.git"
    assert opened(f"{URI}?artifact_root=s3%3A%2F%2Fx").repository.git_dir == registry.repository.git_dir


def test_a_copy_of_a_registry_does_not_get_its_work(server, environ):
    """Whoever copied it could have what is logged sent to the copy; a person says that it moved."""
    opened(URI)
    server.path.with_name("moved").symlink_to(server.path)

    with pytest.raises(Exception, match="whose mirror here is of") as refused:
        opened(f"{URI.removesuffix('churn')}moved")
    hint = refused.value.hint.removeprefix("if it moved: ")
    subprocess.run(hint.split(), check=True, env=environ)
    assert opened(f"{URI.removesuffix('churn')}moved").settings.id == REGISTRY_ID


def test_another_registry_in_its_place_gets_nothing(server, at, environ, caplog):
    """The remote was made anew: what was logged for the first one stays here."""
    opened(URI)
    run = at.run()
    words = server.git("show", "main:gitreg.yaml").replace(REGISTRY_ID, REGISTRY_ID.replace("0d8f", "1d8f"))
    clone = server.folder / "clone"
    subprocess.run(["git", "clone", "-q", str(server.path), str(clone)], check=True, env=environ)
    (clone / "gitreg.yaml").write_text(words + "\n")
    subprocess.run(["git", "commit", "-qam", "Another"], cwd=clone, check=True, env=environ)
    subprocess.run(["git", "push", "-q", "origin", "HEAD:main"], cwd=clone, check=True, env=environ)
    registry = opened(URI)
    registry.repository.fetch("origin", ["+refs/heads/main:refs/remotes/origin/main"])

    at.end(run)
    publishing.finish(30)

    assert server.candidates() == []
    assert any("is another registry by now" in words for words in told(caplog))


def test_an_unusual_accepted_branch(server, environ):
    """The branch that says of itself that it is the accepted one."""
    server.git("branch", "-m", "main", "trunk")
    clone = server.folder / "clone"
    subprocess.run(["git", "clone", "-q", str(server.path), str(clone)], check=True, env=environ)
    text = (clone / "gitreg.yaml").read_text().replace("accepted_branch: main", "accepted_branch: trunk")
    (clone / "gitreg.yaml").write_text(text)
    subprocess.run(["git", "commit", "-qam", "Trunk"], cwd=clone, check=True, env=environ)
    subprocess.run(["git", "push", "-q", "origin", "HEAD:trunk"], cwd=clone, check=True, env=environ)

    registry = opened(URI)

    assert registry.settings.accepted_branch == "trunk"
    assert registry.accepted.file("gitreg.yaml") == text.encode()


def test_a_server_that_knows_us_not_says_so(server, environ):
    """Git's credential helpers are asked, and nobody else."""
    server.stop()
    server.start(users={"ada": "secret"})

    with pytest.raises(Exception, match="does not let us in"):
        opened(URI)


def test_credentials_come_from_git_and_stay_there(server, environ):
    """A helper gives them; no file of the mirror has them."""
    server.stop()
    server.start(users={"ada": "secret"})
    config = Path(environ["GIT_CONFIG_GLOBAL"])
    helper = '"!f() { echo username=ada; echo password=secret; }; f"'
    config.write_text(config.read_text() + f"[credential]\n\thelper = {helper}\n")

    opened(URI)

    kept = [path for path in mirror_folder(environ).rglob("*") if path.is_file()]
    assert not [path for path in kept if b"secret" in path.read_bytes()]


def test_a_clone_that_a_person_made_is_not_sent_by_itself(server, environ, tmp_path):
    """Its person pushes it."""
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(server.path), str(clone)], check=True, env=environ)
    files = tmp_path / "mine"
    files.mkdir()
    desk = ArtifactDesk(clone, files)

    desk.end(desk.run())
    publishing.finish(20)

    assert server.candidates() == []


def test_threads_ask_one_publisher(server, at):
    """A server ends many runs at once: they are sent by one process."""
    runs = [at.run() for _ in range(4)]
    threads = [threading.Thread(target=at.end, args=(run,)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(publishing._publishers) == 1

    publishing.finish(60)

    assert sorted(server.candidates()) == sorted(run.info.run_id for run in runs)


def test_what_was_registered_is_loaded_elsewhere(server, at, environ, tmp_path, monkeypatch):
    """A part of a run's artifacts: version and bytes are at the remote and in its storage when the program has ended."""
    run = at.run()
    at.repository(run.info.artifact_uri).log_artifact(at.file("MLmodel", b"flavors"), "model")
    at.repository(run.info.artifact_uri).log_artifact(at.file("notes.txt"))
    at.end(run)
    publishing.finish(30)
    registry = ModelRegistryStore(URI)
    registry.create_registered_model("forest")
    registry.create_model_version("forest", f"{run.info.artifact_uri}/model", run.info.run_id)
    publishing.finish(30)
    publishing._publishers.clear()
    other = somebody_else(environ, monkeypatch)

    there = ModelRegistryStore(URI).get_model_version_download_uri("forest", 1)
    (tmp_path / "loaded").mkdir()
    RegistryArtifactRepository(there).download_artifacts("", str(tmp_path / "loaded"))

    assert (tmp_path / "loaded/MLmodel").read_bytes() == b"flavors"
    assert opened(URI).repository.git_dir == mirror(other) != mirror(environ)


def test_thousands_of_requests_block_nobody(server, at):
    """A sweep goes on while its publisher waits for a remote that is slow; what is asked for last is sent, too."""
    opened(URI)
    server.stop()
    server.start(latency=0.5)
    registry = opened(URI)
    for _ in range(8000):
        publishing.committed(registry)
    run = at.run()
    at.end(run)

    publishing.finish(60)

    assert server.candidates() == [run.info.run_id]
    [publisher] = publishing._publishers.values()
    assert publisher.done == publisher.asked


def test_a_registry_by_ssh(server, environ, tmp_path, monkeypatch):
    """With the user's own key and agent: a run is sent there."""
    with ssh_daemon(tmp_path / "ssh") as (prefix, command):
        monkeypatch.setenv("GIT_SSH_COMMAND", command)
        uri = f"gitreg+{prefix}{server.path}"
        files = tmp_path / "mine"
        files.mkdir()
        desk = type("SshDesk", (ArtifactDesk,), {"uri": uri})(tmp_path, files)

        run = desk.run()
        desk.end(run)
        publishing.finish(30)

        assert opened(uri).repository.remote_url("origin") == f"{prefix}{server.path}"
        assert server.candidates() == [run.info.run_id]
