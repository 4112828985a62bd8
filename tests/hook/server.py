"""A server of one's own: a bare repository with the hook in it, and people who push to it from their clones."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
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

SOURCES = str(Path(__file__).resolve().parents[2])
PROGRAM = ("/usr/bin/env", f"PYTHONPATH={SOURCES}", sys.executable, "-P", "-m", "gitreg")
"""This checkout's gitreg, in whatever environment a server has."""
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
        said = [line for line in self.words.splitlines() if line.startswith("remote:")]
        return [line.removeprefix("remote:").strip() for line in said]

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
        id_ = self.desk.tip(new, at=self.bare)
        return self._judge("".join(f"{ZERO} {id_} {ref}\n" for ref in refs))

    def judge(self, *refspecs: str) -> list[str]:
        """What the hook's judgement says of a push, in this process: a tenth of what a push costs, and the same lines."""
        moves = [spec.removeprefix("+").partition(":")[::2] for spec in refspecs]
        updates = [(self._full(target or source), self._id(source)) for source, target in moves]
        ids = [new for _, new in updates if new != ZERO]
        self.desk.git("fetch", "-q", "--no-write-fetch-head", str(self.desk.path), *ids, at=self.bare)
        lines = [f"{self.desk.tip(ref, at=self.bare) or ZERO} {new} {ref}\n" for ref, new in updates]
        return [str(fault) for fault in self._judge("".join(lines))]

    def _judge(self, lines: str) -> list[Fault]:
        push = open_push(self.bare, lines.encode("utf-8", "surrogateescape"), self.desk.environ)
        with push.repository:
            return judge_push(push)

    def _id(self, source: str) -> str:
        return self.desk.git("rev-parse", "--verify", source) if source else ZERO

    def _full(self, name: str) -> str:
        return name if name.startswith("refs/") else f"refs/heads/{name}"

    @contextmanager
    def off_guard(self) -> Iterator[None]:
        """The hook is away: for what a test needs before it begins."""
        hook, away = self.bare / "hooks" / "pre-receive", self.bare / "away"
        hook.rename(away)
        yield
        away.rename(hook)

    def statement(self, ref: str) -> Statement:
        """What a tag says."""
        content = self.desk.git("cat-file", "tag", ref).encode() + b"\n"
        return Statement.parse(split_tag(content).message)

    def sign(self, said: Statement, ref: str, key: Path, email: str) -> None:
        """A tag of a statement by plain Git, only here."""
        words = ("-c", "gpg.format=ssh", "-c", f"user.signingkey={key}", "-c", f"user.email={email}")
        name = ref.removeprefix("refs/tags/")
        self.desk.git(*words, "tag", "-s", "-F", "-", name, "main", stdin=said.message())

    def trust(self, ref: str) -> dict[str, bytes]:
        """Root and signatures, by their paths below the trust files."""
        top = ".gitreg/trust/"
        paths = self.desk.git(
            "ls-tree", "-r", "--name-only", ref, f"{top}root.yaml", f"{top}signatures"
        ).split()
        return {path.removeprefix(top): self.desk.read(path, ref) for path in paths}

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
        "DVC_NO_ANALYTICS": "1", "DVC_SITE_CACHE_DIR": str(home / "dvc-site-cache"),
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
    with server.off_guard():
        assert server.push("gitreg/candidates").is_taken
    return candidate, desk.promote(candidate, offline=True, **options).branch


def retired_by_a_stranger(server: Server, ref: str) -> None:
    """A retirement of churn 1.0.0 that is right in every word, signed by a key that nobody knows."""
    key = server.desk.path.parent / "eve"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    said = replace(server.statement("refs/tags/model/churn/v1.0.0"), action="retire")
    server.sign(said, ref, key, "ada@example.com")
