"""Signed releases of one model, each on a commit of its own: what `gitreg verify` proves, without artifact bytes.

Records, manifests and tags are those that gitreg's own commands would make; they are written by git-fast-import(1) and
signed by ssh-keygen, because a thousand promotions by command take an hour.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from generate import EMAIL, NAME
from processes import run
from records import FIXED, START, Shape
from releases import BRANCH, MODEL, version
from repositories import environ_at, registry_at, share
from stock import Stock

from gitreg.documents import layout
from gitreg.documents.places import model_path
from gitreg.documents.writer import write
from gitreg.domain.candidate import ArtifactSummary
from gitreg.domain.digest import Digest
from gitreg.domain.manifest import Manifest, ManifestEntry
from gitreg.domain.model import CandidateSource, Model, ModelVersion
from gitreg.domain.statement import Statement
from gitreg.gitrepo import ZERO, ObjectId, RefUpdate, Repository
from gitreg.signing import SigningKey, find_signing_key, format_tag, sign
from gitreg.workflows.registry import find_settings

Environ = Mapping[str, str]
WHEN = int(START.timestamp())


@dataclass(frozen=True)
class Signed:
    """A registry of so many signed releases, with a bare repository beside it as its remote.

    Args:
        folder: where all of it is.
        environ: a sealed environment that has the signing key.
    """

    folder: Path
    environ: Environ

    @classmethod
    def of(cls, stock: Stock, count: int) -> Signed:
        """From the stock."""
        return cls.at(stock.made("signed", count, lambda folder: cls.at(folder).make(count)))

    @classmethod
    def at(cls, folder: Path) -> Signed:
        """In that folder, whether it is made already or not."""
        return cls(folder, environ_at(folder / "home"))

    @property
    def registry(self) -> Path:
        """The registry."""
        return self.folder / "registry"

    def make(self, count: int) -> None:
        """Makes all of it, in an empty folder."""
        registry = registry_at(self.registry, self.environ)
        head = run(["git", "rev-parse", "HEAD"], self.environ, registry).strip()
        stream = self.folder / "stream"
        with stream.open("wb") as out:
            out.writelines(_commits(head, count, FIXED))
        script = f"git fast-import --quiet < '{stream}' && rm '{stream}' && git reset --hard --quiet"
        run(["sh", "-c", script], self.environ, registry)
        self._sign(count)
        share(registry, self.environ, self.folder / "registry.git", "main")

    def _sign(self, count: int) -> None:
        inside = dict(os.environ) | dict(self.environ)
        with Repository.open(self.registry, inside) as repository:
            settings, tip = find_settings(repository, None), repository.resolve(BRANCH)
            assert settings is not None
            assert tip is not None
            key = _key(repository, inside)
            commits = repository.history(tip, "models", first_parent=True)[count - 1 :: -1]
            updates = []
            for number, commit in enumerate(commits):
                ref = layout.version_tag(MODEL, version(number))
                raw = _tag(commit, ref, _statement(settings.id, number), key, inside)
                updates.append(RefUpdate(ref, repository.write_tag(raw), ZERO))
            repository.update_refs(updates, "benchmark")


def _key(repository: Repository, environ: Environ) -> SigningKey:
    return find_signing_key(
        format="ssh", key=repository.config("user.signingkey"), program=None, environ=environ
    )


def _tag(commit: ObjectId, ref: str, statement: Statement, key: SigningKey, environ: Environ) -> bytes:
    name = ref.removeprefix("refs/tags/")
    payload = format_tag(commit, name, f"{NAME} <{EMAIL}>", WHEN, "+0000", statement.message())
    return payload + sign(payload, key, "git", environ)


def _commits(head: str, count: int, shape: Shape) -> Iterator[bytes]:
    """A commit for each version, as git-fast-import(1) reads them."""
    people = f"{NAME} <{EMAIL}> {WHEN} +0000".encode()
    for number in range(count):
        words = f"Promote {version(number)}\n".encode()
        yield b"commit %s\nmark :%d\ncommitter %s\n" % (BRANCH.encode(), number + 1, people)
        yield b"data %d\n%s" % (len(words), words)
        yield b"from %s\n" % (f":{number}" if number else head).encode()
        files = _files(number, shape)
        if not number:
            files[model_path(MODEL)] = write(Model(slug=MODEL, name=MODEL))
        for path, content in files.items():
            yield b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(content), content)


def _manifest(number: int) -> Manifest:
    return Manifest.of([ManifestEntry("model.bin", Digest.of(b"%d" % number).hex)])


def _files(number: int, shape: Shape = FIXED) -> dict[str, bytes]:
    at, candidate = version(number), shape.candidate(number)
    content, manifest = write(candidate), _manifest(number)
    record = ModelVersion(
        model=MODEL,
        version=at,
        number=number + 1,
        created=candidate.finished or candidate.created,
        author=candidate.author,
        candidate=CandidateSource(
            experiment=candidate.experiment, id=candidate.id, record=Digest.of(content)
        ),
        artifacts=ArtifactSummary(files=1, size=1_000_000, manifest=manifest.digest),
    )
    return {
        layout.version_path(MODEL, at): write(record),
        layout.version_manifest_path(MODEL, at): manifest.content(),
        layout.version_candidate_path(MODEL, at): content,
    }


def _statement(registry: str, number: int) -> Statement:
    at = version(number)
    record = Digest.of(_files(number)[layout.version_path(MODEL, at)])
    return Statement(registry, "release", MODEL, at, record, _manifest(number).digest)
