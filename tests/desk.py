"""A registry to work at: initialized by gitreg itself in a real repository, with short words for the usual acts."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from gitreg.artifacts import Source
from gitreg.documents import places
from gitreg.domain.candidate import Candidate
from gitreg.domain.curves import MetricPoint
from gitreg.domain.model import Model
from gitreg.gitrepo import Repository
from gitreg.store import Author, RegistryStore
from gitreg.workflows.init.init_registry import Initialized, InitOptions, init_registry
from gitreg.workflows.pacing import Pacing
from gitreg.workflows.proposing import proposals
from gitreg.workflows.publishing.publish import Published, publish
from gitreg.workflows.recording.log_candidate import NewCandidate, log_candidates
from gitreg.workflows.registry import CANDIDATES, Registry, open_registry
from gitreg.workflows.releasing.release import due, release
from gitreg.workflows.versions.promote import Promoted, PromoteOptions, promote

REGISTRY_ID = "0d8f1c5e-1111-4222-8333-444455556666"
START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MAIN = "refs/heads/main"
MODEL_FILE = {"model.bin": b"weights " * 100}


_SEEDS = count()


class Chance(Random):
    """Chance that is planned: it is never a writer's turn for what it does rarely, unless said otherwise."""

    turn = False

    def random(self) -> float:
        return 0.0 if self.turn else 0.999


def calm(*, turn: bool = False) -> Pacing:
    """Pacing without waiting; with `turn` it is always this writer's turn to look and to fold."""
    chance = Chance(next(_SEEDS))
    chance.turn = turn
    return Pacing(chance, lambda _: None)


@dataclass
class Desk:
    """A repository with a registry in it, and one person at work.

    Args:
        path: the work tree.
        environ: the person's environment.
        key: the person's signing key.
    """

    path: Path
    environ: dict[str, str]
    key: Path
    _opened: list[Registry] = field(default_factory=list)
    _count: int = 0

    def git(self, *words: str, at: Path | None = None, stdin: str = "") -> str:
        """Runs plain Git, and returns what it said."""
        done = subprocess.run(
            ["git", *words],
            cwd=at or self.path,
            env=self.environ,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"git {words}: {done.stderr}"
        return done.stdout.strip()

    def tip(self, ref: str = MAIN, at: Path | None = None) -> str | None:
        """What a ref points at."""
        return self.git("for-each-ref", "--format=%(objectname)", ref, at=at) or None

    def state(self, at: Path | None = None) -> tuple[str, ...]:
        """Everything of the user's that gitreg must not touch."""
        words = (
            ["status", "--porcelain=v1", "--untracked-files=all"],
            ["ls-files", "--stage"],
            ["stash", "list"],
            ["diff"],
        )
        head = (at or self.path) / ".git" / "HEAD"
        return tuple(self.git(*one, at=at) for one in words) + ((head.read_text(),) if head.is_file() else ())

    def init(self, **options: object) -> Initialized:
        """Makes the registry."""
        given: dict[str, object] = {"signing_key": str(self.key), **options}
        return init_registry(
            self.path, InitOptions(**given), self.environ, now=START, registry_id=REGISTRY_ID
        )  # type: ignore[arg-type]

    def pause(self) -> None:
        """A minute passes: whoever was at work a moment ago is no crowd any more."""
        self._count += 60

    @property
    def registry(self) -> Registry:
        """The registry, opened as any command opens it."""
        return self.open()

    def open(self, path: Path | None = None) -> Registry:
        """A registry, opened; closed at the end of the test."""
        registry = open_registry(path or self.path, self.environ)
        self._opened.append(registry)
        return registry

    def again(self, environ: dict[str, str]) -> Desk:
        """The same place and person later, in another environment."""
        return replace(self, environ=environ, _opened=[])

    def close(self) -> None:
        """Ends all processes."""
        for registry in self._opened:
            registry.close()

    @property
    def author(self) -> Author:
        """The person, a second later at every call."""
        self._count += 1
        return Author("Ada Example", "ada@example.com", START + timedelta(seconds=self._count))

    def new(
        self, experiment: str = "churn", metrics: Mapping[str, float] | None = None, **more: object
    ) -> NewCandidate:
        """A candidate to be logged; its id counts up, `artifacts` maps names to contents."""
        self._count += 1
        moment = START + timedelta(seconds=self._count)
        values: dict[str, object] = {
            "id": f"{self._count:04x}".ljust(32, "a"), "experiment": experiment, "created": moment, "finished": moment,
            "metrics": [MetricPoint(key, value) for key, value in (metrics or {}).items()],
        }  # fmt: skip
        files = more.pop("artifacts", None)
        if files is not None:
            values["artifacts"] = self.sources(files) if isinstance(files, dict) else files
        return NewCandidate(**(values | more))  # type: ignore[arg-type]

    def sources(self, files: Mapping[str, bytes]) -> list[Source]:
        """Files on disk, outside of the repository."""
        folder = self.path.parent / f"files-{self._count}"
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        return [Source(folder / top, top) for top in dict.fromkeys(name.split("/")[0] for name in files)]

    def log(self, experiment: str = "churn", at: Path | None = None, **more: object) -> Candidate:
        """Logs one candidate, with a model file unless told otherwise."""
        given = {"metrics": {"auc": 0.9}, "artifacts": MODEL_FILE, **more}
        return log_candidates(self.open(at), [self.new(experiment, **given)], self.author)[0]  # type: ignore[arg-type]

    def promote(
        self, candidate: Candidate, model: str = "churn", at: Path | None = None, **options: object
    ) -> Promoted:
        """Proposes a candidate."""
        return promote(self.open(at), candidate.id, PromoteOptions(model, **options), self.author)  # type: ignore[arg-type]

    def accept(self, at: Path | None = None) -> list[str]:
        """Merges every open proposal, and signs all that is due; returns the tags' short names."""
        registry = self.open(at)
        merge_proposals(registry, self.author)
        return [tag.removeprefix("refs/tags/") for tag in release(registry, due(registry), self.author)]

    def released(self, version: str = "1.0.0", model: str = "churn") -> Candidate:
        """A candidate that is released as a version already."""
        candidate = self.log(model)
        self.promote(candidate, model)
        assert f"model/{model}/v{version}" in self.accept()
        return candidate

    def commit(self, files: Mapping[str, bytes | None], ref: str = MAIN, at: Path | None = None) -> str:
        """A commit by hand on a branch, without gitreg's checks; work trees do not follow."""
        with Repository.open(at or self.path, self.environ) as repository:
            store, tip = RegistryStore(repository), repository.resolve(ref)
            made = store.commit(tip, files, "By hand\n", self.author)
            assert made is not None
        self.git("update-ref", ref, made, at=at)
        return made

    def read(self, path: str, ref: str = MAIN, at: Path | None = None) -> bytes:
        """A file of a branch."""
        done = subprocess.run(
            ["git", "show", f"{ref}:{path}"],
            cwd=at or self.path,
            env=self.environ,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def model(self, slug: str = "churn") -> Model:
        """A model's accepted record."""
        found = self.registry.accepted.record(Model, places.model_path(slug))
        assert found is not None
        return found

    def publish(self, at: Path | None = None, pacing: Pacing | None = None) -> Published:
        """Sends the candidates of a clone, not their artifacts."""
        registry = self.open(at)
        return publish(registry, registry.repository.resolve(CANDIDATES), self.author, pacing or calm())

    def share(self) -> Path:
        """Gives the registry a remote: a bare repository beside it, with both branches and all tags."""
        remote = self.path.parent / "remote.git"
        self.git("init", "-q", "--bare", "-b", "main", str(remote))
        self.git("remote", "add", "origin", str(remote))
        self.git("push", "-q", "origin", "main", "gitreg/candidates")
        self.git("push", "-q", "origin", "--tags")
        return remote

    def clone(self, name: str = "clone", *words: str) -> Path:
        """Another person's clone of the remote."""
        target = self.path.parent / name
        self.git(
            "clone", "-q", *words, str(self.path.parent / "remote.git"), str(target), at=self.path.parent
        )
        for key, value in (("gpg.format", "ssh"), ("user.signingkey", str(self.key))):
            self.git("config", key, value, at=target)
        return target


def merge_proposals(registry: Registry, author: Author, **named: Any) -> list[proposals.Proposal]:
    """Merges open proposals as review would: those of a model or version, where one is named."""
    chosen = [
        one
        for one in proposals.open_proposals(registry)
        if all(getattr(one, key) == value for key, value in named.items() if value is not None)
    ]
    for one in chosen:
        proposals.merge(registry, one, author)
    return chosen
