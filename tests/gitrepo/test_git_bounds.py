"""Remotes that hang, break, refuse or are full: each ends in time, with its own error, and leaves no process behind."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest
from servers import smart_http, ssh_daemon, tcp_proxy

from gitreg.errors import CredentialsError, GitregError, MachineError, RemoteError, RightsError, UsageError
from gitreg.gitrepo import ZERO, PushUpdate, Repository
from gitreg.gitrepo.environment import clean_environment
from gitreg.gitrepo.process import Outcome, run_git, without_progress
from gitreg.processes import descendants, is_running

MAIN = "refs/heads/main"


@pytest.fixture
def origin(repository, bare, git, folder):
    """A bare remote called origin that has our main; what is silent for a second is given up."""
    git(folder, "remote", "add", "origin", str(bare.git_dir))
    git(folder, "push", "-q", "origin", "main")
    git(folder, "config", "gitreg.timeout", "1")
    return bare


@pytest.fixture
def served(origin):
    """The folder that the remote is in, as a server sees it."""
    return origin.git_dir.parent


def act(repository, word, remote):
    """One of the three ways to talk to a remote."""
    tip = repository.resolve(MAIN)
    if word == "push":
        repository.push(remote, [PushUpdate("refs/heads/new", tip, ZERO)])
    elif word == "fetch":
        repository.fetch(remote, [f"{MAIN}:refs/copies/main"])
    else:
        repository.ls_remote(remote, [MAIN])


@pytest.mark.parametrize("word", ["ls-remote", "fetch", "push"])
def test_a_half_open_connection_is_given_up(repository, served, word):
    """Over HTTP the connection stays, and nothing comes any more; a bounded time later it is over."""
    with smart_http(served) as url, tcp_proxy(url) as proxy:
        proxy.stall_after(200)
        begun = time.monotonic()
        with pytest.raises(RemoteError, match="heard nothing from the remote for 1 seconds") as caught:
            act(repository, word, f"{proxy.url}/bare.git")

    assert time.monotonic() - begun < 60  # without the bound it would be forever
    assert caught.value.hint == (
        "Nothing is lost; try again later, or be more patient: git config gitreg.timeout 10"
    )


def test_an_ssh_server_that_hangs_is_given_up(folder, origin, environ, tmp_path):
    """The server takes the connection and says nothing; ssh itself would wait for ever."""
    with ssh_daemon(tmp_path / "ssh") as (prefix, command), tcp_proxy(prefix) as proxy:
        proxy.stall_after(0)
        url = f"{prefix.rpartition(':')[0]}:{proxy.port}{origin.git_dir}"
        with (
            Repository.open(folder, environ | {"GIT_SSH_COMMAND": command}) as repository,
            pytest.raises(RemoteError, match="heard nothing"),
        ):
            act(repository, "ls-remote", url)


def test_nothing_of_a_hung_remote_stays(repository, origin, git, folder, tmp_path):
    """All that Git started ends with it, however deep; what ignores the question is made to."""
    script = tmp_path / "hang"
    script.write_text(f"#!/bin/sh\ntrap '' TERM\necho $$ > {tmp_path}/pid\nsleep 60 &\nwait\nsleep 60\n")
    script.chmod(0o755)
    git(folder, "config", "remote.origin.uploadpack", str(script))

    with pytest.raises(RemoteError, match="heard nothing from origin"):
        act(repository, "fetch", "origin")

    assert not is_running(int((tmp_path / "pid").read_text()))


def test_a_slow_transfer_is_not_given_up(repository, served, commit_on, origin):
    """As long as bytes come, it may take as long as it takes."""
    new = commit_on(origin, "refs/heads/large", {"large": os.urandom(2_500_000)})
    with smart_http(served) as url, tcp_proxy(url) as proxy:
        proxy.latency = 0.05
        begun = time.monotonic()
        repository.fetch(f"{proxy.url}/bare.git", ["refs/heads/large:refs/copies/large"])

    assert time.monotonic() - begun > 1.5
    assert repository.resolve("refs/copies/large") == new


@pytest.mark.parametrize(("value", "seconds"), [("5", 5), ("0", None), (None, 60)])
def test_patience_is_configured(repository, git, folder, value, seconds):
    """`gitreg.timeout`: seconds, or 0 for ever."""
    if value:
        git(folder, "config", "gitreg.timeout", value)

    assert repository._git.timeout() == seconds


def test_patience_is_a_number(repository, git, folder):
    """Else the next step is said."""
    git(folder, "config", "gitreg.timeout", "soon")

    with pytest.raises(UsageError, match=r"gitreg\.timeout is not a number") as caught:
        act(repository, "ls-remote", "origin")
    assert caught.value.hint == "git config gitreg.timeout 60"


@pytest.mark.parametrize("word", ["ls-remote", "fetch", "push"])
@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/x.git", "http://no-such-host.invalid/x.git", "/nowhere/x.git"]
)
def test_a_remote_that_is_gone(repository, origin, word, url):
    """Refused connections, names that nobody knows, paths that are not there: exit code 7."""
    with pytest.raises(RemoteError):
        act(repository, word, url)


@pytest.mark.parametrize("password", ["", ":wrong"])
def test_wrong_credentials_over_http(repository, served, password):
    """Neither a missing nor a wrong password asks anybody, and it is a matter of credentials."""
    with (
        smart_http(served, users={"ada": "pw"}) as url,
        pytest.raises(CredentialsError, match="does not let us in"),
    ):
        act(repository, "ls-remote", f"{url.replace('//', f'//ada{password}@')}/bare.git")


def test_wrong_credentials_over_ssh(folder, origin, environ, tmp_path):
    """A key that nobody authorized."""
    with ssh_daemon(tmp_path / "ssh") as (prefix, command):
        (tmp_path / "ssh/key.pub").write_text("")
        with (
            Repository.open(folder, environ | {"GIT_SSH_COMMAND": command}) as repository,
            pytest.raises(CredentialsError, match="Permission denied"),
        ):
            act(repository, "fetch", f"{prefix}{origin.git_dir}")


def test_a_remote_that_may_only_be_read(repository, served):
    """HTTP 403 for a push."""
    with smart_http(served, readonly=True) as url, pytest.raises(CredentialsError, match="403"):
        act(repository, "push", f"{url}/bare.git")


def test_a_remote_that_has_no_room_is_no_refusal(repository, origin, git):
    """What the server could not store is its fault, told with its words: exit code 7, not a lack of permission."""
    git(origin.git_dir, "config", "receive.maxInputSize", "1")
    tip = repository.resolve(MAIN)
    new = repository.write_commit(
        repository.edit_tree(None, {"x": os.urandom(1000)}), [tip], "x", *[repository.commit(tip).author] * 2
    )

    with pytest.raises(RemoteError, match="pack exceeds maximum allowed size"):
        repository.push("origin", [PushUpdate("refs/heads/new", new, ZERO)])


def test_a_connection_that_breaks_in_a_push_is_asked_for_again(repository, served, origin):
    """Cut at any byte: the push arrived whole, or not at all, and the next one makes it so."""
    with smart_http(served) as url, tcp_proxy(url) as proxy:
        for count in range(100, 3000, 400):
            proxy.cut_after(count)
            with suppress(RemoteError):
                act(repository, "push", f"{proxy.url}/bare.git")
        proxy.heal()
        if origin.resolve("refs/heads/new") is None:
            act(repository, "push", f"{proxy.url}/bare.git")

    assert origin.resolve("refs/heads/new") == repository.resolve(MAIN)


def test_counting_is_not_in_the_message(repository, origin, git):
    """What Git says to show that it lives is not what went wrong."""
    hook = origin.git_dir / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho closed for today >&2\nexit 1\n")
    hook.chmod(0o755)
    tip = repository.resolve(MAIN)
    new = repository.write_commit(
        repository.commit(tip).tree, [tip], "x", *[repository.commit(tip).author] * 2
    )

    with pytest.raises(CredentialsError) as caught:
        repository.push("origin", [PushUpdate(MAIN, new, tip)])
    assert "remote: closed for today; error: failed to push" in str(caught.value)
    assert "objects" not in str(caught.value)


def test_progress_is_dropped_as_a_terminal_drops_it():
    """Only what stays on the line counts."""
    words = (
        b"remote: Counting objects:  33% (1/3)        \rremote: Counting objects: 100% (3/3), done.        \n"
        b"Receiving objects:  33% (1/3), 4 KiB | 2 KiB/s\rerror: cut\r\nfatal: 7% (of it): gone\n"
    )

    assert without_progress(words) == b"error: cut\nfatal: 7% (of it): gone\n"


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (b"error: unable to write file: No space left on device\nfatal: giving up", MachineError),
        (b"fatal: x: Read-only file system", RightsError),
        (b"fatal: x: Permission denied", RightsError),
        (b"remote: fatal: No space left on device", GitregError),
        (b"fatal: bad object", GitregError),
    ],
)
def test_a_full_disk_is_told_from_a_bug(words, kind):
    """A fault of this machine is no bug of gitreg; what the remote says of its own is not ours."""
    assert type(Outcome(("gc",), 128, b"", words).failure()) is kind


def test_git_that_is_killed_says_by_what(environ, folder):
    """Whoever killed it, it is not a bug."""
    outcome = run_git(
        ["x"], environ=clean_environment(environ), folder=folder, options=["-c", "alias.x=!kill -9 $PPID"]
    )

    assert isinstance(outcome.failure(), MachineError)
    assert str(outcome.failure()) == "git x was ended by SIGKILL"


def test_an_interruption_ends_git_and_its_locks(repository, folder, monkeypatch):
    """Ctrl-C in the middle of a command of Git leaves no process, and no lock in the way of the next."""
    lock = folder / ".git/index.lock"
    (folder / "train.py").write_text("changed\n")

    def interrupted(*_, **__):
        limit = time.monotonic() + 5
        while not lock.exists() and time.monotonic() < limit:
            time.sleep(0.01)
        assert lock.exists()
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess.Popen, "communicate", interrupted)
    with pytest.raises(KeyboardInterrupt):
        # while its editor is open, it holds the lock of the index
        repository._git.run("commit", "-a", extra={"GIT_EDITOR": "sleep 60 #"})

    assert not lock.exists()
    assert not [
        pid for pid in descendants(os.getpid()) if b"sleep" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
