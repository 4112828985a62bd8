"""The hook in the surroundings of servers: installed, called by Git over the network, with hardly an environment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from desk import MAIN, MODEL_FILE
from server import PROGRAM, Server
from servers import smart_http

from gitreg.cli.entry import outcome
from gitreg.errors import AlreadyThereError, UsageError
from gitreg.gitrepo import ZERO
from gitreg.gitrepo.quarantine import open_in_hook
from gitreg.workflows.pre_receive.install import install_hook
from gitreg.workflows.pre_receive.push import read_updates
from gitreg.workflows.registry import CANDIDATES


def test_push_by_http(server: Server) -> None:
    """Over the network the pusher hears the same, and has no say in the hook's environment."""
    desk = server.desk
    desk.log(artifacts=MODEL_FILE)
    with smart_http(server.bare.parent) as url:
        taken = server.push("gitreg/candidates", url=f"{url}/remote.git")
        desk.commit({"train.py": b""}, CANDIDATES)
        refused = server.push("gitreg/candidates", url=f"{url}/remote.git")

    assert taken.is_taken, taken.words
    assert refused.refused("train.py: it does not belong on the candidate branch")


def test_hook_needs_no_home_and_hardly_a_path(server: Server) -> None:
    """HOME unset, PATH as small as it gets, and a Git that is told to look for no bare repositories."""
    desk = server.desk
    desk.log(artifacts=MODEL_FILE)
    settings = desk.path.parent / "settings"
    settings.write_text("[safe]\n\tbareRepository = explicit\n")
    environ = {"PATH": os.defpath, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": str(settings)}

    done = subprocess.run(
        ["git", "push", "origin", "gitreg/candidates"], cwd=desk.path, env=environ, capture_output=True, text=True, check=False
    )  # fmt: skip

    assert done.returncode == 0, done.stderr


def test_missing_program_refuses(server: Server, tmp_path: Path) -> None:
    """Without ssh-keygen no signature can be looked at, so no tag of that push is taken."""
    path = tmp_path / "bin"
    path.mkdir()
    for name in ("git", "sh", "env"):
        (path / name).symlink_to(subprocess.check_output(["which", name], text=True).strip())
    server.desk.git("push", "-q", "--no-verify", "origin", "main")
    server.desk.git("update-ref", "-d", "refs/tags/model/churn/v1.0.0", at=server.bare)

    pushed = server.push("refs/tags/model/churn/v1.0.0", PATH=str(path))

    assert pushed.code == 1
    assert "ssh-keygen" in pushed.words
    assert "model/churn/v1.0.0" not in server.refs()


def test_many_reasons_are_cut(server: Server) -> None:
    """A hundred bad refs at once: fifty lines, and how many more."""
    pushed = server.push(*(f"main:refs/tags/model/x{number}" for number in range(100)))

    assert pushed.code == 1
    assert pushed.words.count("would be in the way") == 50
    assert pushed.lines[-1] == "and 50 more"


def test_twenty_thousand_refs_are_judged(server: Server) -> None:
    """Refs that are none of gitreg's cost next to nothing, however many they are; the one bad one among them is found."""
    refs = [f"refs/heads/feature/{number}" for number in range(20_000)]

    found = server.judged(*refs, "refs/heads/gitreg")

    assert [one.ref for one in found] == ["refs/heads/gitreg"]


@pytest.mark.parametrize(
    "lines",
    [b"x\n", b"main\n", f"{ZERO} {ZERO}\n".encode(), f"{ZERO} {ZERO} main\n".encode(), b"\n", f"{ZERO} {ZERO} refs/heads/a\n".encode() * 2],
    ids=["word", "name", "two", "short", "empty", "twice"],
)  # fmt: skip
def test_lines_that_are_not_gits_are_no_push(lines: bytes) -> None:
    """What cannot be read cannot be judged."""
    with pytest.raises(UsageError):
        read_updates(lines)


def test_environment_that_leads_elsewhere_is_refused(server: Server, tmp_path: Path) -> None:
    """The quarantine is a folder among the repository's own objects, or it is none."""
    environ = server.desk.environ | {
        "GIT_DIR": ".",
        "GIT_QUARANTINE_PATH": str(tmp_path),
        "GIT_OBJECT_DIRECTORY": str(tmp_path),
    }

    with pytest.raises(UsageError, match="do not name one folder below"):
        open_in_hook(server.bare, environ)


def test_registry_on_another_branch_than_head_has_to_be_named(server: Server, tmp_path: Path) -> None:
    """A first push cannot bring a registry that nobody would guard: the server has to say which branch is accepted."""
    desk, bare = server.desk, tmp_path / "empty.git"
    desk.git("init", "-q", "--bare", "-b", "master", str(bare))
    install_hook(bare, PROGRAM, desk.environ)
    lost = server.push("main", "gitreg/candidates", "refs/tags/*:refs/tags/*", url=str(bare))
    desk.git("config", "gitreg.acceptedBranch", "main", at=bare)

    named = server.push("main", "gitreg/candidates", url=str(bare))

    assert lost.refused(f"{MAIN}: it brings a registry, and the accepted branch here is refs/heads/master")
    assert lost.refused(
        f"{CANDIDATES}: there is no registry here yet", "model/churn/v1.0.0: there is no registry here yet"
    )
    assert named.is_taken, named.words


def test_heads_branch_cannot_name_another_one(server: Server) -> None:
    """Whoever may push to HEAD's branch would else choose what is guarded: nothing is taken until the server says."""
    desk = server.desk
    text = desk.read("gitreg.yaml").replace(b"accepted_branch: main", b"accepted_branch: other")
    with server.off_guard():
        desk.commit({"gitreg.yaml": text})
        server.push("main")

    with pytest.raises(UsageError, match="calls other the accepted branch"):
        server.judge("main~1:feature")


def test_installing_leaves_anothers_hook_alone(server: Server, tmp_path: Path) -> None:
    """It says what to add to it instead; its own it writes anew; one that Git would not call it does not write."""
    hook = server.bare / "hooks" / "pre-receive"
    again = install_hook(server.bare, PROGRAM, server.desk.environ)
    anew = install_hook(server.bare, ("/usr/bin/gitreg",), server.desk.environ)
    hook.write_text("#!/bin/sh\nexit 0\n")

    with pytest.raises(AlreadyThereError) as refused:
        install_hook(server.bare, PROGRAM, server.desk.environ)
    server.desk.git("config", "core.hooksPath", str(tmp_path), at=server.bare)
    with pytest.raises(UsageError, match="Git looks for the hooks of"):
        install_hook(server.bare, PROGRAM, server.desk.environ)

    assert again == (hook, False)
    assert anew == (hook, True)
    assert "hook pre-receive || exit 1" in str(refused.value.hint)
    assert hook.read_text() == "#!/bin/sh\nexit 0\n"


def test_install_command(environ: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`gitreg hook install` writes a script that calls this very gitreg, executable, and prints where it is."""
    bare = tmp_path / "bare.git"
    subprocess.run(["git", "init", "-q", "--bare", "--template=", str(bare)], check=True, env=environ)
    hook = bare / "hooks" / "pre-receive"
    outcome(["hook", "install", str(bare), "--dry-run"], environ)
    rehearsed = hook.exists()

    code = outcome(["hook", "install", str(bare)], environ)

    assert (rehearsed, code) == (False, 0)
    assert os.access(hook, os.X_OK)
    assert f"exec {sys.executable} -P -m gitreg hook pre-receive" in hook.read_text()
    assert capsys.readouterr().out == f"{hook}\n" * 2
