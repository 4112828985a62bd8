"""A server of one's own: a bare repository with the hook in it, and people who push to it from their clones."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from desk import MODEL_FILE, Desk

from gitreg.domain.candidate import Candidate
from gitreg.domain.statement import Statement
from gitreg.gitrepo import ZERO
from gitreg.signing import split_tag
from gitreg.workflows.pre_receive.install import install_hook
from gitreg.workflows.pre_receive.judge import Fault, judge_push
from gitreg.workflows.pre_receive.opening import open_push

PROGRAM = (sys.executable, "-P", "-m", "gitreg")
SOURCES = str(Path(__file__).resolve().parents[2])
KEPT = ("PATH", "TMPDIR", "VIRTUAL_ENV", "COVERAGE_PROCESS_START")
REFUSES = "gitreg refuses this push"


@dataclass(frozen=True)
class Pushed:
    """What came of a push."""

    code: int
    words: str

    @property
    def is_taken(self) -> bool:
        """Whether the server took it, all of it, without a word."""
        return self.code == 0 and "remote: " not in self.words

    @property
    def lines(self) -> list[str]:
        """What gitreg said, a line for each reason."""
        said = [line.removeprefix("remote:").strip() for line in self.words.splitlines()]
        return [line for line in said if line.startswith(("refs/", "error:", "and "))]

    def refused(self, *words: str) -> bool:
        """Whether gitreg refused it, with these words somewhere in its reasons."""
        return (
            self.code == 1
            and REFUSES in self.words
            and all(any(one in line for line in self.lines) for one in words)
        )


@dataclass
class Server:
    """A bare repository with the hook, and a desk whose remote it is."""

    desk: Desk
    bare: Path

    def push(self, *refspecs: str, at: Path | None = None, url: str = "origin", **variables: str) -> Pushed:
        """A push by plain Git."""
        done = subprocess.run(
            ["git", "push", url, *refspecs],
            cwd=at or self.desk.path,
            env=self.desk.environ | variables,
            capture_output=True,
            text=True,
            errors="surrogateescape",
            check=False,
        )
        return Pushed(done.returncode, done.stderr)

    def judged(self, *refs: str, new: str = "refs/heads/main") -> list[Fault]:
        """What the hook's own judgement says of new refs, without a push: what they would point at is there already."""
        lines = "".join(f"{ZERO} {self.desk.tip(new, at=self.bare)} {ref}\n" for ref in refs)
        push = open_push(self.bare, lines.encode("utf-8", "surrogateescape"), self.desk.environ)
        with push.repository:
            return judge_push(push)

    def refs(self) -> str:
        """Every ref of the server, and where it points."""
        return self.desk.git("for-each-ref", "--format=%(refname) %(objectname)", at=self.bare)

    def files(self) -> set[str]:
        """Every file in the server's repository."""
        return {str(path.relative_to(self.bare)) for path in self.bare.rglob("*") if path.is_file()}


def environment(home: Path) -> dict[str, str]:
    """A sealed environment in which hooks, too, find this checkout."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return kept | {
        "HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"), "LC_ALL": "C.UTF-8",
        "DVC_NO_ANALYTICS": "1", "DVC_SITE_CACHE_DIR": str(home / "dvc-site-cache"), "PYTHONPATH": SOURCES,
        "XDG_CACHE_HOME": str(home / ".cache"), "XDG_DATA_HOME": str(home / ".local/share"),
    }  # fmt: skip


def made(folder: Path, environ: dict[str, str], key: Path) -> Server:
    """A registry with churn 1.0.0 in production, on a server with the hook."""
    work = folder / "work"
    work.mkdir()
    desk = Desk(work, environ, key)
    for words in (["init", "-q", "-b", "main"], ["commit", "-q", "--allow-empty", "-m", "Start"]):
        desk.git(*words)
    desk.init()
    first = desk.log(artifacts=MODEL_FILE)
    desk.promote(first, stage="production")
    desk.accept()
    bare = desk.share()
    install_hook(bare, PROGRAM, environ)
    desk.close()
    return Server(desk, bare)


def copied(server: Server, folder: Path, environ: dict[str, str]) -> Server:
    """The same in another folder, to do with as a test likes."""
    work, bare = folder / "work", folder / "remote.git"
    shutil.copytree(server.desk.path, work, symlinks=True)
    shutil.copytree(server.bare, bare, symlinks=True)
    desk = Desk(work, environ, server.desk.key, _count=100)
    desk.git("remote", "set-url", "origin", str(bare))
    return Server(desk, bare)


def proposed(server: Server, **options: object) -> tuple[Candidate, str]:
    """A second candidate and the branch that proposes it, both only here; the server knows the candidate."""
    desk = server.desk
    candidate = desk.log(metrics={"auc": 0.95}, artifacts={"model.bin": b"better"})
    assert server.push("gitreg/candidates").is_taken
    return candidate, desk.promote(candidate, offline=True, **options).branch


def retired_by_a_stranger(server: Server, tag: str) -> None:
    """A retirement of churn 1.0.0 that is right in every word, signed by a key that nobody knows."""
    desk, key = server.desk, server.desk.path.parent / "eve"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    released = split_tag(desk.git("cat-file", "tag", "refs/tags/model/churn/v1.0.0").encode() + b"\n")
    said = replace(Statement.parse(released.message), action="retire")
    words = ("-c", "gpg.format=ssh", "-c", f"user.signingkey={key}", "-c", "user.email=ada@example.com")
    desk.git(*words, "tag", "-s", "-F", "-", tag, "main", stdin=said.message())
