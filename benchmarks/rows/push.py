"""Publishing when nothing is new: what every CI job pays."""

from __future__ import annotations

from budgets import Budget, Term
from figures import Skipped
from processes import process
from report import Run
from repositories import NO_DVC, Released
from setting import Setting, Words

NAME, PEER, GIT = "gitreg push", "dvc push", "git push"
NOTES = """Whole processes, with one artifact that has been pushed. Git's remote is a bare repository on the same disk, the
storage a folder. gitreg asks the remote for news as well as sending to it, as plain `git push` does; DVC speaks to no
Git remote."""


def measure(setting: Setting) -> Run:
    """In repositories of one version."""
    released = Released.of(setting.stock, setting.scale.pulled)
    registry, environ, repository = released.registry, released.environ, released.dvc
    made = [
        process(NAME, ["gitreg", "push"], environ, registry),
        process(PEER, ["dvc", "push", "--quiet"], environ, repository)
        if repository
        else Skipped(PEER, NO_DVC),
        process(GIT, ["git", "push", "--quiet", "origin", "gitreg/candidates"], environ, registry),
    ]
    words = Words("push", "Push with nothing to do", NOTES, NAME)
    return setting.contest(words, made, [Budget("push: 1/3 of dvc push", NAME, (Term(1 / 3, PEER),))], 10)
