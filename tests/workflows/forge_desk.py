"""A desk whose registry is shared on a GitLab: the stand-in, by real HTTP, with or without a token."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from desk import Desk, calm
from gitlab_standin import StandIn

from gitreg.domain.candidate import Candidate
from gitreg.workflows.publishing.push import push
from gitreg.workflows.versions.promote import Promoted

PROJECT = "group/project"


@dataclass
class ForgeDesk:
    """A person at work, and the forge that the registry is shared on.

    Args:
        desk: the registry and its person.
        forge: the GitLab.
        candidate: the candidate that is promoted; everybody has it, and the storage its artifacts.
    """

    desk: Desk
    forge: StandIn
    candidate: Candidate

    def let_in(self, **how: object) -> str:
        """The person has a token from now on; its value."""
        value = self.forge.add_token(**how)  # type: ignore[arg-type]
        self.desk.environ |= {"GITREG_TOKEN": value, "GITLAB_HOST": self.forge.url}
        return value

    def let_job_in(self) -> str:
        """The person is a CI job from now on, with its own token; its value."""
        value = self.forge.add_job_token()
        self.desk.environ |= {
            "CI": "true", "CI_JOB_TOKEN": value, "CI_SERVER_URL": self.forge.url, "CI_SERVER_HOST": "127.0.0.1",
        }  # fmt: skip
        return value

    def promote(self, at: Path | None = None, **options: object) -> Promoted:
        """Proposes the candidate."""
        return self.desk.promote(self.candidate, at=at, **options)

    def clone(self, name: str) -> Path:
        """Another person's clone."""
        target = self.desk.path.parent / name
        self.desk.git("clone", "-q", self.forge.remote_url, str(target), at=self.desk.path.parent)
        return target

    @property
    def calls(self) -> list[str]:
        """The methods of all calls of the API."""
        return [one.method for one in self.forge.requests]


def make_template(
    folder: Path, environ: dict[str, str], make_repository: Callable[[Path], Path], key: Path
) -> Candidate:
    """A registry with one candidate in `work`, its storage in `storage`, and what it shares in a bare repository."""
    store_at(folder, environ)
    desk = Desk(make_repository(folder / "work"), environ, key)
    desk.init()
    candidate = desk.log()
    bare = folder / "forge" / f"{PROJECT}.git"
    desk.git("init", "-q", "--bare", "-b", "main", str(bare))
    desk.git("remote", "add", "origin", str(bare))
    desk.git("push", "-q", "origin", "main")
    push(desk.registry, desk.author, calm())
    desk.close()
    return candidate


def copy_template(template: Path, folder: Path, environ: dict[str, str]) -> None:
    """A copy, to do with as one likes."""
    for name in ("work", "storage", "forge"):
        shutil.copytree(template / name, folder / name, symlinks=True)
    store_at(folder, environ)


def store_at(folder: Path, environ: dict[str, str]) -> None:
    """Says as its user where the artifacts are: a remote by HTTP may not name a folder of this machine."""
    config = Path(environ["XDG_CONFIG_HOME"], "dvc", "config")
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(f"['remote \"store\"']\n    url = {folder / 'storage'}\n")
