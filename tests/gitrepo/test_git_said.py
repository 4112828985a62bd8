"""What a remote says at a push, as the caller gets it."""

from __future__ import annotations

from pathlib import Path

from gitreg.gitrepo import ZERO, PushUpdate, Repository

HOOK = """#!/bin/sh
echo
echo 'View merge request for wip:'
printf '  https://gitlab.example.com/team/models/-/merge_requests/7\\033[31m\\n'
"""


def test_a_push_returns_what_the_remote_said(repository: Repository, git, folder: Path, tmp_path: Path):
    """A forge prints the URL of a merge request to who pushes; what acts on a terminal is taken out."""
    remote = tmp_path / "remote.git"
    git(tmp_path, "init", "-q", "--bare", str(remote))
    (remote / "hooks").mkdir(exist_ok=True)
    (remote / "hooks" / "post-receive").write_text(HOOK)
    (remote / "hooks" / "post-receive").chmod(0o755)
    tip = repository.resolve("refs/heads/main")
    assert tip is not None

    said = repository.push(str(remote), [PushUpdate("refs/heads/wip", tip, ZERO)])

    assert said[0:2] == ("", "View merge request for wip:")
    assert said[2].startswith("https://gitlab.example.com/team/models/-/merge_requests/7")
    assert "\033" not in said[2]


def test_a_silent_remote_says_nothing(repository: Repository, git, tmp_path: Path):
    """Git's own words and its counting are not the remote's."""
    git(tmp_path, "init", "-q", "--bare", str(tmp_path / "remote.git"))
    tip = repository.resolve("refs/heads/main")
    assert tip is not None

    said = repository.push(str(tmp_path / "remote.git"), [PushUpdate("refs/heads/wip", tip, ZERO)])

    assert said == ()
