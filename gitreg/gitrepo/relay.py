"""A relay: a bare repository beside another one, for what must be fetched and must not stay.

To put one commit on a remote's branch, Git needs the branch's tip and a few of its trees. Fetched into a user's clone, they
would make it shallow, or a partial clone, for good (git-clone(1), `--filter`). So they go here: objects of the clone are
seen through `objects/info/alternates` (gitrepository-layout(5)), its configuration, credentials included, is included.
"""

from __future__ import annotations

from pathlib import Path

from gitreg.errors import NotFoundError
from gitreg.gitrepo.config import Config
from gitreg.gitrepo.opening import make_repository
from gitreg.gitrepo.process import Git

# No refs of the clone are asked for: where it is shallow, Git would fetch the history that they lack.
_CONFIG = """[include]
\tpath = "{path}"
[core]
\trepositoryformatversion = 1
\tbare = true
\talternateRefsPrefixes = refs/gitreg/none/
[extensions]
\tpartialClone = "{remote}"
[remote "{remote}"]
\tpromisor = true
"""
_RELATIVE = """[url "{place}"]
\tinsteadOf = "{url}"
"""
"""A second `url` of the remote would be pushed to as well, so the one that is there is read as another."""


def make_relay(folder: Path, git: Git, config: Config, remote: str) -> None:
    """Make a relay of a repository in an empty folder.

    Args:
        folder: where.
        git: of the repository.
        config: its configuration.
        remote: the name of its remote.

    Raises:
        NotFoundError: there is no such remote.
    """
    url = config.remote_url(remote)
    if url is None:
        raise NotFoundError(f"there is no remote {remote}", hint="git remote -v")
    make_repository(folder, git.environ, bare=True, branch="main")
    common = git.layout.common_dir
    (folder / "objects" / "info").mkdir(exist_ok=True)
    (folder / "objects" / "info" / "alternates").write_text(f"{common / 'objects'}\n")
    text = _CONFIG.format(path=_quoted(str(common / "config")), remote=_quoted(remote))
    if url.startswith(("./", "../")):  # Git counts it from the folder that it works in
        text += _RELATIVE.format(place=_quoted(str(git.folder / url)), url=_quoted(url))
    (folder / "config").write_text(text)


def _quoted(value: str) -> str:
    """What stands between quotes in a configuration file (git-config(1), "Syntax")."""
    return value.replace("\\", "\\\\").replace('"', '\\"')
