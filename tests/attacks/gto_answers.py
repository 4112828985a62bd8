"""What GTO makes of the same attacks on its own tags: `python tests/attacks/gto_answers.py [GTO]`, GTO being the program.

For each state: the answer of `gto show churn --json` before and after. "accepts" is another answer than before, and no
complaint; "no effect" the same answer; "refuses" an error. What it said last stands below, and in docs/attacks.md.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

BASE = 1_700_000_000
ONE, TWO = "refs/tags/churn@v1.0.0", "refs/tags/churn@v1.1.0"
STAGE = "refs/tags/churn#production#"


class Repository:
    """A repository with GTO's tags: two versions of churn, the second in production after the first."""

    def __init__(self, folder: Path, program: str) -> None:
        self.folder = folder
        self.program = program
        self.environ = {
            "PATH": os.environ["PATH"], "HOME": str(folder / "home"), "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.com", "GIT_COMMITTER_NAME": "Ada",
            "GIT_COMMITTER_EMAIL": "ada@example.com",
        }  # fmt: skip
        (folder / "home").mkdir()
        self.git("init", "-q", "-b", "main")
        for number, version in enumerate(("v1.0.0", "v1.1.0"), 1):
            (folder / "model.txt").write_text(version)
            self.git("add", "model.txt")
            self.git("commit", "-q", "-m", version, at=BASE + number * 1000)
            self.put(f"refs/tags/churn@{version}", self.tag(f"churn@{version}", at=BASE + number * 1000))
            name = f"churn#production#{number}"
            self.put(f"refs/tags/{name}", self.tag(name, at=BASE + number * 1000 + 1))

    def git(self, *words: str, stdin: bytes = b"", at: int = BASE + 9000) -> str:
        """Plain Git."""
        dates = {"GIT_AUTHOR_DATE": f"{at} +0000", "GIT_COMMITTER_DATE": f"{at} +0000"}
        done = subprocess.run(
            ["git", *words], cwd=self.folder, env=self.environ | dates, input=stdin, capture_output=True, check=True
        )  # fmt: skip
        return done.stdout.decode().strip()

    def tag(
        self, name: str, target: str = "HEAD", kind: str = "commit", at: int = BASE + 9000, after: str = ""
    ) -> bytes:
        """A tag object as `gto register` and `gto assign` make them."""
        id_ = self.git("rev-parse", target)
        head = f"object {id_}\ntype {kind}\ntag {name}\ntagger Ada <ada@example.com> {at} +0000\n"
        return f"{head}\nRegistering artifact churn\n{after}".encode()

    def put(self, ref: str, content: bytes) -> None:
        """An object under a ref."""
        words = ("hash-object", "-t", "tag", "-w", "--literally", "--stdin")
        self.git("update-ref", ref, self.git(*words, stdin=content))

    def point(self, ref: str, target: str) -> None:
        """Points a ref at something; deletes it when that is empty."""
        self.git("update-ref", *((ref, self.git("rev-parse", target)) if target else ("-d", ref)))

    def commit(self, *parents: str) -> str:
        """A commit that is on no branch."""
        words = [word for parent in parents for word in ("-p", parent)]
        return self.git("commit-tree", "HEAD^{tree}", *words, "-m", "Proposed")

    def answer(self) -> tuple[int, Any]:
        """What GTO says: for each version its commit, and the stages that it is in."""
        done = subprocess.run(
            [self.program, "show", "churn", "--json"], cwd=self.folder, env=self.environ, capture_output=True, check=False
        )  # fmt: skip
        if done.returncode != 0:
            return done.returncode, done.stderr.decode().strip().splitlines()[-1:]
        return 0, [
            (one["version"], one["commit_hexsha"], [stage["stage"] for stage in one["stages"] if stage["is_active"]])
            for one in json.loads(done.stdout)
        ]  # fmt: skip


def _signed_by_nobody(repository: Repository) -> None:
    """Another commit under the same name; GTO looks at no signature, so whose it is makes no difference."""
    repository.put(ONE, repository.tag("churn@v1.0.0", repository.commit("HEAD")))


def _side_branch(repository: Repository) -> None:
    side = repository.commit("HEAD")
    repository.git("reset", "-q", "--hard", repository.commit("HEAD", side))
    repository.put(ONE, repository.tag("churn@v1.0.0", side))


def _older(repository: Repository) -> None:
    for ref in (TWO, f"{STAGE}2"):
        repository.point(ref, "")
    repository.git("reset", "-q", "--hard", "HEAD~1")


STATES: Mapping[str, Callable[[Repository], object]] = {
    "a good tag copied to a new name": lambda one: one.point("refs/tags/churn@v2.0.0", ONE),
    "the newer name pointed at the older tag": lambda one: one.point(TWO, ONE),
    "a signed tag whose inner name is another": lambda one: one.put(ONE, one.tag("churn@v3.0.0")),
    "an old assignment copied to the next number": lambda one: one.point(f"{STAGE}3", f"{STAGE}1"),
    "a branch in the place of a tag": lambda one: one.point("refs/heads/churn@v2.0.0", "HEAD"),
    "an unsigned tag": _signed_by_nobody,
    "a lightweight tag": lambda one: one.point(ONE, "HEAD"),
    "a signed tag of the release's tag": lambda one: one.put(ONE, one.tag("churn@v1.0.0", TWO, "tag")),
    "a signed tag of a tree": lambda one: one.put(ONE, one.tag("churn@v1.0.0", "HEAD^{tree}", "tree")),
    "a signed tag of a blob": lambda one: one.put(ONE, one.tag("churn@v1.0.0", "HEAD:model.txt", "blob")),
    "an unsigned assignment": lambda one: one.put(f"{STAGE}3", one.tag("churn#production#3", "HEAD~1")),
    "a stranger's key": _signed_by_nobody,
    "one letter changed under a good signature": _signed_by_nobody,
    "a revoked key": _signed_by_nobody,
    "a signer of another model": _signed_by_nobody,
    "one person where it takes two": _signed_by_nobody,
    "a commit that was never merged": _signed_by_nobody,
    "a merged branch's commit (second parent)": _side_branch,
    "a commit without any history": lambda one: one.put(ONE, one.tag("churn@v1.0.0", one.commit())),
    "an accepted branch that was rewound": lambda one: one.git("reset", "-q", "--hard", "HEAD~1"),
    "an older repository, for the latest": _older,
    "the newest assignment deleted": lambda one: one.point(f"{STAGE}2", ""),
    "the newest release deleted": lambda one: one.point(TWO, ""),
    "the newest release broken": lambda one: one.point(TWO, "HEAD^{tree}"),
    "another good tag in the place of one that was seen": lambda one: one.put(ONE, one.tag("churn@v1.0.0", "HEAD")),
    "an older assignment dated 2096, the newest withheld": lambda one: one.put(
        f"{STAGE}1", one.tag("churn#production#1", "HEAD~1", at=4_000_000_000)
    ),
}  # fmt: skip


MEASURED_WITH = "GTO 1.10.1"
MEASURED: Mapping[str, str] = {
    "the newer name pointed at the older tag": "accepts",
    "a signed tag whose inner name is another": "refuses",
    "a good tag copied to a new name": "no effect",
    "an old assignment copied to the next number": "no effect",
    "a branch in the place of a tag": "no effect",
    "an unsigned tag": "accepts",
    "a lightweight tag": "accepts",
    "a signed tag of the release's tag": "accepts",
    "a signed tag of a tree": "refuses",
    "a signed tag of a blob": "refuses",
    "an unsigned assignment": "accepts",
    "a stranger's key": "accepts",
    "one letter changed under a good signature": "accepts",
    "a revoked key": "accepts",
    "a signer of another model": "accepts",
    "one person where it takes two": "accepts",
    "a commit that was never merged": "accepts",
    "a merged branch's commit (second parent)": "accepts",
    "a commit without any history": "accepts",
    "an accepted branch that was rewound": "no effect",
    "an older repository, for the latest": "accepts",
    "the newest assignment deleted": "accepts",
    "the newest release deleted": "accepts",
    "the newest release broken": "accepts",
    "another good tag in the place of one that was seen": "refuses",
    "an older assignment dated 2096, the newest withheld": "accepts",
}


def measure(program: str, harm: Callable[[Repository], object]) -> tuple[str, Any]:
    """What GTO says of one state, and its answer."""
    with tempfile.TemporaryDirectory() as name:
        repository = Repository(Path(name), program)
        before = repository.answer()
        harm(repository)
        after = repository.answer()
    if after[0] != 0:
        return "refuses", after[1]
    return ("no effect" if after == before else "accepts"), after[1]


if __name__ == "__main__":
    gto = sys.argv[1] if len(sys.argv) > 1 else "gto"
    for title, state in STATES.items():
        verdict, said = measure(gto, state)
        sys.stdout.write(f"{verdict:9} {title}: {said}\n")
