"""The place of a torture: a sealed home, a bare remote that remembers where its refs were, a storage, clones.

Everything is below one folder and made by plain Git and the `gitreg` command; nothing outside of it is read or written.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CANDIDATES = "gitreg/candidates"
ACCEPTED = "main"
GITREG = (sys.executable, "-m", "gitreg")
KEPT = ("PATH", "LANG", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH")
NEVER_REACHED = "s3://torture/registry"
CONFIG = """[user]
\tname = Ada Example
\temail = ada@example.com
[init]
\tdefaultBranch = main
[protocol "file"]
\tallow = always
[advice]
\tdetachedHead = false
"""


@dataclass(frozen=True)
class Ground:
    """One remote with its storage, and the environment in which everybody works.

    Args:
        folder: where everything is.
        environ: a sealed environment.
    """

    folder: Path
    environ: dict[str, str]

    @property
    def remote(self) -> Path:
        """The bare repository, on the server's side."""
        return self.folder / "remote.git"

    @property
    def storage(self) -> Path:
        """The DVC remote, where it is a folder."""
        return self.folder / "storage"

    def git(self, *words: str, at: Path, stdin: str = "") -> str:
        """Runs plain Git, which must succeed, and returns what it said."""
        return run(["git", *words], at, self.environ, stdin=stdin)

    def gitreg(self, *words: str, at: Path) -> str:
        """Runs a command of gitreg, which must succeed, and returns what it said."""
        return run([*GITREG, *words], at, self.environ)

    def clone(self, name: str, url: str | None = None, *words: str) -> Path:
        """Somebody's clone of the remote, by its path unless a URL is given."""
        place = self.folder / name
        # by path, plain Git would copy whatever lies among the objects, half-written packs of a server's gc too
        self.git("clone", "-q", "--no-local", *words, url or str(self.remote), str(place), at=self.folder)
        return place


def prepare(folder: Path, more: Mapping[str, str] | None = None, *, storage: str | None = None) -> Ground:
    """Makes a registry and shares it.

    Args:
        folder: an existing folder for all of it.
        more: variables that everybody has, such as credentials for the storage.
        storage: URL of the artifact storage; a folder beside the remote when None.
    """
    environ = sealed(folder.resolve() / "home", os.environ) | dict(more or {})
    ground = Ground(folder.resolve(), environ)
    where = storage or NEVER_REACHED
    first = ground.folder / "first"
    if storage is None:
        # a remote by HTTP may not name a folder of this machine as storage, so the user does
        config = Path(ground.environ["XDG_CONFIG_HOME"], "dvc", "config")
        config.parent.mkdir(parents=True)
        config.write_text(f"['remote \"store\"']\n    url = {ground.storage}\n")
    ground.gitreg("init", str(first), "--signing-key", "new", "--storage", where, at=ground.folder)
    (first / "train.py").write_text("print('training')\n")
    ground.git("add", "train.py", at=first)
    ground.git("commit", "-q", "-m", "Add the training code", at=first)
    ground.git("init", "-q", "--bare", "-b", ACCEPTED, str(ground.remote), at=ground.folder)
    # the reflog is the witness that no branch was ever moved back
    ground.git("config", "core.logAllRefUpdates", "true", at=ground.remote)
    ground.git("remote", "add", "origin", str(ground.remote), at=first)
    ground.git("push", "-q", "origin", ACCEPTED, CANDIDATES, at=first)
    return ground


def sealed(home: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """An environment with a HOME of its own, and nobody's configuration."""
    home.mkdir(parents=True)
    (home / ".gitconfig").write_text(CONFIG)
    kept = {name: environ[name] for name in KEPT if name in environ}
    return kept | {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_DATA_HOME": str(home / ".local/share"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
        "GIT_TERMINAL_PROMPT": "0",
        "DVC_NO_ANALYTICS": "1",
        "DVC_SITE_CACHE_DIR": str(home / "dvc-site-cache"),
        "LC_ALL": "C.UTF-8",
        "TERM": "dumb",
    }


def run(words: list[str], at: Path, environ: Mapping[str, str], *, stdin: str = "") -> str:
    """Runs a command that must succeed, and returns what it said on standard output.

    Raises:
        RuntimeError: with what it said, if it failed.
    """
    done = subprocess.run(
        words, cwd=at, env=dict(environ), input=stdin, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(words)} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout.strip()
