"""Which of a remote's branches is its default one, as a clone remembers it; `git fetch` does not say it, `git clone` does."""

from __future__ import annotations

from collections.abc import Mapping

from gitreg.gitrepo.names import check_ref
from gitreg.gitrepo.process import Git, Layout


def set_default_branch(layout: Layout, environ: Mapping[str, str], remote: str, branch: str) -> None:
    """Remember a remote's default branch, as `git remote set-head` does (git-remote(1)).

    Args:
        layout: of the clone.
        environ: the caller's environment.
        remote: the remote's name.
        branch: the branch's short name; `refs/remotes/REMOTE/BRANCH` is there.

    Raises:
        UsageError: one of the two is no name.
    """
    head, target = check_ref(f"refs/remotes/{remote}/HEAD"), check_ref(f"refs/remotes/{remote}/{branch}")
    Git(layout, environ).run("symbolic-ref", "--end-of-options", head, target)
