"""Who changed which files between two commits, as the commits themselves say. Costs what was changed, not what there is."""

from __future__ import annotations

from gitreg.gitrepo.commits import Commits
from gitreg.gitrepo.names import ObjectId, check_id, check_path, is_object_id
from gitreg.gitrepo.process import Git


def editors(
    git: Git, commits: Commits, old: ObjectId, new: ObjectId, prefix: str
) -> dict[str, frozenset[str]]:
    """Return for each file below a folder that commits after `old` changed the e-mail addresses of their authors.

    Merges are left out: what they bring is some other commit's. Addresses are in lower case, and nobody proved them.

    Args:
        git: the repository.
        commits: its commits.
        old: an ancestor; what it contains is left out.
        new: the last commit.
        prefix: only below this folder.
    """
    where = "/".join(check_path(prefix))
    span = (check_id(new), f"^{check_id(old)}")
    made = git.run("rev-list", "--no-merges", "--end-of-options", *span, "--", where).out
    flags = ("--stdin", "--root", "-r", "-z", "--name-only", "--no-renames", "--no-ext-diff", "--no-textconv")
    parts = git.run("diff-tree", *flags, "--", where, stdin=made).records()
    found: dict[str, set[str]] = {}
    author = ""
    for part in parts:
        if is_object_id(part):  # a path has a slash, as there is a folder
            author = commits.read(ObjectId(part)).author.email.casefold()
        else:
            found.setdefault(part, set()).add(author)
    return {path: frozenset(names) for path, names in found.items()}
