"""Repositories that rows work in: registries by gitreg's own commands, and those of DVC and GTO by theirs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random

from generate import EMAIL, NAME, sealed
from processes import find, run
from stock import Stock

Environ = Mapping[str, str]
MODEL = "churn"
NO_DVC = "not installed: dvc"
DVC_FILES = {
    ".dvc/config": """[core]
    remote = store
['remote "store"']
    url = {store}
""",
    ".dvc/.gitignore": "/config.local\n/tmp\n/cache\n",
}
"""What `dvc init` and `dvc remote add` leave, each of which takes half a second."""


def environ_at(home: Path) -> dict[str, str]:
    """A sealed environment with a name in it, for plain Git and DVC."""
    home.mkdir(parents=True, exist_ok=True)
    inside = sealed(home, os.environ)
    for role in ("AUTHOR", "COMMITTER"):
        inside |= {f"GIT_{role}_NAME": NAME, f"GIT_{role}_EMAIL": EMAIL}
    return inside


def registry_at(folder: Path, environ: Environ) -> Path:
    """An empty registry, its storage in a folder beside it."""
    folder.mkdir(parents=True)
    run(["git", "init", "--quiet", "--initial-branch", "main"], environ, folder)
    run(["gitreg", "init", "--identity", f"{NAME} <{EMAIL}>", "--signing-key", "new"], environ, folder)
    return folder


def log_and_propose(registry: Path, environ: Environ, model: Path, *words: str) -> None:
    """A candidate with that file as its artifact, proposed as a version."""
    run(["gitreg", "log", MODEL, "-m", "auc=0.9", "-a", str(model)], environ, registry)
    run(["gitreg", "promote", f"{MODEL}/latest", "-m", MODEL, "--offline", *words], environ, registry)


@dataclass(frozen=True)
class Released:
    """A model of so many bytes, released as version 1.0.0 in a registry, and tagged as v1.0.0 in a DVC repository.

    Each has a bare repository beside it as its remote, and everything is pushed.

    Args:
        folder: where all of it is.
        model: the file.
        environ: a sealed environment that has the signing key.
    """

    folder: Path
    model: Path
    environ: Environ

    @classmethod
    def of(cls, stock: Stock, size: int) -> Released:
        """From the stock."""
        return cls.at(stock.made("released", size, lambda folder: cls.at(folder).make(size)))

    @classmethod
    def at(cls, folder: Path) -> Released:
        """In that folder, whether it is made already or not."""
        return cls(folder, folder / "model.bin", environ_at(folder / "home"))

    @property
    def registry(self) -> Path:
        """The registry, a clone with everything in it."""
        return self.folder / "registry"

    @property
    def remote(self) -> Path:
        """Of the registry."""
        return self.folder / "registry.git"

    @property
    def dvc(self) -> Path | None:
        """DVC's repository; None where DVC is not installed."""
        return self.folder / "dvc" if find("dvc") else None

    @property
    def dvc_remote(self) -> Path:
        """Of DVC's repository."""
        return self.folder / "dvc.git"

    def make(self, size: int) -> None:
        """Makes all of it, in an empty folder."""
        random_file(self.model, size)
        registry = registry_at(self.registry, self.environ)
        log_and_propose(registry, self.environ, self.model, "--version", "1.0.0")
        run(["gitreg", "release", "--merge", "--yes", "--offline"], self.environ, registry)
        share(registry, self.environ, self.remote, "main", "gitreg/candidates")
        run(["gitreg", "push"], self.environ, registry)
        if find("dvc"):
            self._make_dvc()

    def _make_dvc(self) -> None:
        repository = dvc_at(self.folder / "dvc", self.environ)
        shutil.copy(self.model, repository)
        run(["dvc", "add", "--quiet", self.model.name], self.environ, repository)
        run(["git", "add", "--all"], self.environ, repository)
        run(["git", "commit", "--quiet", "-m", "Track the model"], self.environ, repository)
        run(["git", "tag", "-a", "-m", "Release", "v1.0.0"], self.environ, repository)
        run(["dvc", "push", "--quiet"], self.environ, repository)
        share(repository, self.environ, self.dvc_remote, "main")


def share(repository: Path, environ: Environ, remote: Path, *branches: str) -> None:
    """Gives a repository a bare one beside it as its remote, with these branches and every tag."""
    run(["git", "init", "--quiet", "--bare", "--initial-branch", "main", str(remote)], environ, repository)
    run(["git", "config", "uploadpack.allowFilter", "true"], environ, remote)
    run(["git", "remote", "add", "origin", str(remote)], environ, repository)
    run(["git", "push", "--quiet", "--set-upstream", "--tags", "origin", *branches], environ, repository)


def dvc_at(folder: Path, environ: Environ) -> Path:
    """A DVC repository, its storage in a folder beside it; only where DVC is installed."""
    folder.mkdir(parents=True)
    run(["git", "init", "--quiet", "--initial-branch", "main"], environ, folder)
    (folder / ".dvc").mkdir()
    for name, text in DVC_FILES.items():
        (folder / name).write_text(text.format(store=folder.with_name(f"{folder.name}-store")))
    run(["git", "add", "--all"], environ, folder)
    run(["git", "commit", "--quiet", "-m", "Start"], environ, folder)
    return folder


def random_file(path: Path, size: int) -> Path:
    """A file of bytes that nothing compresses, the same ones each time."""
    dice, part = Random(size), 2**24
    with path.open("wb") as stream:
        for first in range(0, size, part):
            stream.write(dice.randbytes(min(part, size - first)))
    return path
