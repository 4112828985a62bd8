"""The Git side of the GitLab stand-in: a bare repository, its hooks, and `git http-backend` as CGI.

Sources: git-http-backend(1), githooks(5), git-merge-tree(1).
"""

from __future__ import annotations

import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from git_cgi import run_backend

ZERO = "0" * 40
CHUNK = 64 * 1024
SEALED = {
    "PATH": os.environ.get("PATH", os.defpath),
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "Forge",
    "GIT_AUTHOR_EMAIL": "forge@example.com",
    "GIT_COMMITTER_NAME": "Forge",
    "GIT_COMMITTER_EMAIL": "forge@example.com",
    "LC_ALL": "C.UTF-8",
}


class MergeRefusedError(Exception):
    """It cannot be merged as it is."""


class Bare:
    """A bare repository as a forge keeps it."""

    def __init__(self, path: Path, default: str = "main") -> None:
        self.path, self.default = path, default

    def make(self, port: int, secret: str) -> None:
        """Make it if it is not there, with the hooks that ask the stand-in."""
        if not self.path.exists():
            self.path.mkdir(parents=True)
            self.git("init", "-q", "--bare", "-b", self.default)
        for name, value in {
            "receive.advertisePushOptions": "true",
            "http.receivepack": "true",
            "uploadpack.allowAnySHA1InWant": "true",
            "uploadpack.allowFilter": "true",
            "gc.auto": "0",
        }.items():
            self.git("config", name, value)
        hook = Path(__file__).with_name("gitlab_hook.py").resolve()
        for kind in ("pre-receive", "post-receive"):
            file = self.path / "hooks" / kind
            file.parent.mkdir(exist_ok=True)
            file.write_text(f"#!/bin/sh\nexec '{sys.executable}' -IS '{hook}' {kind} {port} {secret}\n")
            file.chmod(0o755)

    def git(self, *words: str, check: bool = True, stdin: str = "") -> str:
        """Run git here; what it printed, without the last line feed."""
        done = subprocess.run(
            ["git", *words],
            cwd=self.path,
            env=SEALED,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        if check and done.returncode:
            raise RuntimeError(f"git {words}: {done.stderr}")
        return done.stdout.strip() if done.returncode == 0 else ""

    def tip(self, branch: str) -> str | None:
        return self.git("rev-parse", "-q", "--verify", f"refs/heads/{branch}^{{commit}}", check=False) or None

    def has(self, commit: str) -> bool:
        return bool(self.git("rev-parse", "-q", "--verify", f"{commit}^{{commit}}", check=False))

    def delete(self, branch: str) -> None:
        self.git("update-ref", "-d", f"refs/heads/{branch}")

    def subject(self, commit: str) -> str:
        return self.git("log", "-1", "--format=%s", commit)

    def merged_tree(self, ours: str | None, theirs: str) -> str | None:
        """The tree of a merge; None where it conflicts."""
        if ours is None:
            return None
        return self.git("merge-tree", "--write-tree", ours, theirs, check=False) or None

    def merge(
        self, target: str, theirs: str, words: str, *, squash: str | None, method: str
    ) -> tuple[str | None, str | None]:
        """Merge a commit into a branch; the merge commit and the squash commit, where there are."""
        ours = self.tip(target)
        tree = self.merged_tree(ours, theirs)
        if ours is None or tree is None:
            raise MergeRefusedError
        squashed = self.git("commit-tree", tree, "-p", ours, stdin=squash + "\n") if squash else None
        if method == "ff":
            if squashed is None and self.git("merge-base", ours, theirs, check=False) != ours:
                raise MergeRefusedError
            made, merged = squashed or theirs, None
        else:
            made = merged = self.git(
                "commit-tree", tree, "-p", ours, "-p", squashed or theirs, stdin=words + "\n"
            )
        self.git("update-ref", f"refs/heads/{target}", made, ours)
        return merged, squashed

    def brings(self, old: str, branch: str, commit: str) -> bool:
        """Whether a push from an old value of a branch brought a commit into it."""
        if (new := self.tip(branch)) is None or not self.has(commit):
            return False
        inside = subprocess.run(
            ["git", "merge-base", "--is-ancestor", commit, new], cwd=self.path, env=SEALED, check=False
        )
        words = ["rev-list", new, *([] if old == ZERO else [f"^{old}"])]
        return inside.returncode == 0 and commit in self.git(*words).split()

    def brought_by(self, old: str, branch: str, commit: str) -> str:
        """The first commit of the branch's first-parent line that has another commit in it."""
        new = self.tip(branch) or commit
        line = self.git("rev-list", "--first-parent", "--reverse", new, *([] if old == ZERO else [f"^{old}"]))
        reached = set(self.git("rev-list", "--ancestry-path", f"{commit}..{new}").split()) | {commit}
        return next((one for one in line.split() if one in reached), commit)


# git http-backend


def backend(handler: BaseHTTPRequestHandler, root: Path, path: str, query: str, more: dict[str, str]) -> None:
    """Answer a request by `git http-backend`."""
    environ = {
        **{name: value for name, value in SEALED.items() if not name.startswith("GIT_AUTHOR")},
        "GIT_PROJECT_ROOT": str(root),
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
        "GIT_PROTOCOL": handler.headers.get("Git-Protocol", ""),
        "REMOTE_ADDR": "127.0.0.1",
        "REQUEST_METHOD": handler.command,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_TYPE": handler.headers.get("Content-Type", ""),
        "HTTP_CONTENT_ENCODING": handler.headers.get("Content-Encoding", ""),
        **more,
    }
    run_backend(handler, environ)
