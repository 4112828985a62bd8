"""How tests of rules put a change together by hand, and what is found in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from desk import MAIN, Desk

from gitreg.checks import Finding
from gitreg.gitrepo import ObjectId, Repository
from gitreg.store import Author, RegistryStore
from gitreg.workflows.validating.validate import validate_change

PROMOTE = "gitreg/promote/churn/v1.1.0"
VERSION = "models/churn/versions/1.1.0"
MODEL = "models/churn/model.yaml"
Files = Mapping[str, bytes | None]


@dataclass
class Bench:
    """A registry, and commits in it that no branch has."""

    desk: Desk

    def read(self, path: str, ref: str = MAIN) -> bytes:
        """A file of a branch."""
        return self.desk.read(path, ref)

    def on(self, base: str, files: Files, author: Author | None = None) -> ObjectId:
        """A commit on a commit or branch, with files changed."""
        with Repository.open(self.desk.path, self.desk.environ) as repository:
            tip = repository.resolve(base) if base.startswith("refs/") else ObjectId(base)
            made = RegistryStore(repository).commit(tip, files, "By hand\n", author or self.desk.author)
        assert made is not None
        return made

    def findings(
        self, after: str, branch: str | None = PROMOTE, before: str | None = MAIN, *, storage: bool = False
    ) -> list[Finding]:
        """What is wrong with what lies between two commits."""
        registry = self.desk.registry
        known = registry.repository.resolve(before) if before and before.startswith("refs/") else before
        return list(
            validate_change(
                registry, known and ObjectId(known), ObjectId(after), branch, storage=storage
            ).findings
        )

    def proposed(self, files: Files, branch: str = PROMOTE, *, storage: bool = False) -> list[Finding]:
        """What is wrong with the open proposal when files are changed in it."""
        return self.findings(self.on(f"refs/heads/{PROMOTE}", files), branch, storage=storage)

    def accepted(self, files: Files, branch: str | None) -> list[Finding]:
        """What is wrong with a change of what was accepted."""
        return self.findings(self.on(MAIN, files), branch)


def codes(findings: list[Finding]) -> set[str]:
    """Which rules found something."""
    return {one.code for one in findings}
