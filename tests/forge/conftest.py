"""A GitLab with a proposal's branch, and the members of the family that speak to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from gitlab_standin import StandIn

from gitreg.forge.base import Wanted
from gitreg.forge.gitlab import GitLab
from gitreg.forge.place import Place
from gitreg.forge.tokens import Token

BRANCH = "gitreg/promote/churn/v1.2.0"


@dataclass
class World:
    """A stand-in with `main` and a proposal's branch, who waits for it, and what it was waited for."""

    standin: StandIn
    home: str = ""
    waited: list[float] = field(default_factory=list)
    tips: dict[str, str] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        return Place(self.standin.url, "group/project")

    def commit(self, branch: str = BRANCH, text: str = "a change") -> str:
        """A commit on top of `main`, on a branch; its id."""
        git = self.standin.state.bare.git
        tree = git("rev-parse", "refs/heads/main^{tree}")
        made = git("commit-tree", "-p", "refs/heads/main", "-m", text, tree)
        git("update-ref", f"refs/heads/{branch}", made)
        self.tips[branch] = made
        return made

    def token(self, kind: str = "private", **more: object) -> Token:
        """A token of that kind, as the user `ada`."""
        if kind == "job":
            return Token(self.standin.add_job_token(**more), "job", "CI_JOB_TOKEN")
        return Token(self.standin.add_token(**more), kind, "GITREG_TOKEN")

    def gitlab(self, token: Token | None = None, **more: object) -> GitLab:
        """The member with a token, which may do all unless it is given."""
        given: dict[str, object] = {"wait": self.waited.append, "environ": {}, "timeout": 5.0, **more}
        return GitLab(self.place, token or self.token(), **given)

    def wanted(self, **more: object) -> Wanted:
        """The proposal of the branch's tip."""
        values: dict[str, object] = {
            "branch": BRANCH,
            "target": "main",
            "commit": self.tips[BRANCH],
            "title": "Promote churn 1.2.0",
            "description": "AUC 0.93, was 0.91.\n\n| metric | value |\n|---|---|",
            "summary": "AUC 0.93, was 0.91.",
        }
        return Wanted(**(values | more))

    def said(self) -> list[tuple[str, str]]:
        """Methods and last parts of the paths of all calls."""
        return [
            (one.method, one.plain.rpartition("group/project")[2] or one.plain)
            for one in self.standin.requests
        ]


@pytest.fixture
def world(tmp_path: Path, environ: dict[str, str]) -> Iterator[World]:
    """The stand-in; what breaks GitLab's own description of its API fails the test."""
    with StandIn(tmp_path / "forge") as standin:
        made = World(standin, environ["HOME"])
        git = standin.state.bare.git
        tree = git("hash-object", "-t", "tree", "-w", "/dev/null")
        git("update-ref", "refs/heads/main", git("commit-tree", "-m", "Start", tree))
        made.commit()
        yield made


@pytest.fixture
def forge(world: World) -> GitLab:
    """The member with a token that may do all."""
    return world.gitlab()


Member = Callable[[World], object]
