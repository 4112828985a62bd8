"""A registry on disk, its storage, and everybody's keys: with all of it in one hand, every attack can be built.

What is honest is made by gitreg's own packages and `ssh-keygen`; what is not, by plain Git.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gitreg.artifacts.storage import Storage
from gitreg.documents import layout, places
from gitreg.documents.writer import write
from gitreg.domain.candidate import ArtifactSummary, Candidate
from gitreg.domain.digest import Digest
from gitreg.domain.model import CandidateSource, Model, ModelVersion
from gitreg.domain.record import Person
from gitreg.domain.registry import RegistrySettings
from gitreg.domain.statement import Statement
from gitreg.domain.trust import Permission, Role, Roles, Root, SignerEntry
from gitreg.domain.version import VersionNumber
from gitreg.errors import VerificationError
from gitreg.gitrepo import Repository
from gitreg.signing import (
    AllowedSigner,
    SigningKey,
    find_signing_key,
    format_allowed_signers,
    format_revoked_keys,
    format_tag,
    sign,
)
from gitreg.store import RegistryStore
from gitreg.workflows.registry import Registry, open_registry
from gitreg.workflows.verification.anchor import anchor_from_root, anchor_text, write_anchor
from gitreg.workflows.verification.verify import Verdict, VerifyOptions, verify

REGISTRY_ID = "0d8f1c5e-1111-4222-8333-444455556666"
OTHER_ID = "ffffffff-1111-4222-8333-444455556666"
WHEN = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ADA = Person(name="Ada Example", email="ada@example.com")
MAIN = "refs/heads/main"
V1, V2 = VersionNumber(1, 0, 0), VersionNumber(1, 1, 0)
FILES = {"model.bin": b"weights " * 4000, "config/params.json": b'{"lr": 0.1}\n', "empty": b""}


def make_keys(folder: Path) -> None:
    """Key files of the people in these tests; mallory is nobody's friend."""
    for name in ("ada", "bob", "mallory"):
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name)]
        subprocess.run(words, check=True)


@dataclass
class Trusted:
    """What the trust files say; the defaults are those of an honest registry."""

    version: int = 1
    root_keys: tuple[str, ...] = ("ada",)
    root_signers: tuple[str, ...] = ("ada",)
    threshold: int = 1
    signers: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: {"ada@example.com": ("ada",), "bob@example.com": ("bob",)}
    )
    revoked: tuple[str, ...] = ()
    roles: Roles | None = None
    registry: str = REGISTRY_ID


def honest_roles(threshold: int = 1) -> Roles:
    """Ada may do everything; bob is known, and may do nothing."""
    may = Permission(by=["ada", "bob"] if threshold > 1 else ["ada"], threshold=threshold)
    return Roles(
        people={
            "ada": SignerEntry(principal="ada@example.com"),
            "bob": SignerEntry(principal="bob@example.com"),
        },
        roles={"default": Role(release=may, assign=may)},
    )


@dataclass
class Workshop:
    """The registry in `path`, its storage, the keys of everybody, and the environment of one user."""

    path: Path
    storage: Path
    keys: Path
    environ: dict[str, str]
    uses_storage: bool = True

    # Git, by hand

    def git(self, *words: str, stdin: bytes = b"", at: Path | None = None) -> str:
        """Runs plain Git, and returns what it said."""
        done = subprocess.run(
            ["git", *words],
            cwd=at or self.path,
            env=self.environ,
            input=stdin,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().strip()

    def tip(self, ref: str = MAIN) -> str:
        """What a ref points at."""
        return self.git("rev-parse", "--verify", ref)

    def commit(
        self, files: Mapping[str, bytes | None], *, ref: str | None = MAIN, parents: list[str] | None = None
    ) -> str:
        """A commit with some files changed, on a branch, or on none."""
        before = parents if parents is not None else [self.tip(ref)] if ref and self.has(ref) else []
        with Repository.open(self.path, self.environ) as repository:
            base = repository.commit(before[0]).tree if before else None  # type: ignore[arg-type]
            tree = repository.edit_tree(base, files)
        made = self.git(
            "commit-tree", tree, *(word for parent in before for word in ("-p", parent)), "-m", "Change"
        )
        if ref:
            self.git("update-ref", ref, made)
        return made

    def has(self, ref: str) -> bool:
        """Whether there is such a ref."""
        return bool(self.git("for-each-ref", ref))

    def read(self, path: str, commit: str = MAIN) -> bytes:
        """A file of a commit."""
        return subprocess.run(
            ["git", "cat-file", "blob", f"{commit}:{path}"],
            cwd=self.path, env=self.environ, capture_output=True, check=True,
        ).stdout  # fmt: skip

    # Signing

    def key(self, name: str) -> SigningKey:
        """Somebody's key."""
        return find_signing_key(format="ssh", key=str(self.keys / name), program=None, environ=self.environ)

    def tag(
        self,
        statement: Statement,
        commit: str | None = None,
        *,
        ref: str | None = None,
        inside: str | None = None,
        key: str = "ada",
        email: str | None = None,
        namespace: str = "git",
    ) -> str:
        """A signed tag of a statement, under the ref that it belongs to or another; returns the object's id."""
        name = (inside or ref or ref_of(statement)).removeprefix("refs/tags/")
        tagger = f"{key.capitalize()} Example <{email or f'{key}@example.com'}>"
        at = commit or self.tip()
        payload = format_tag(at, name, tagger, int(WHEN.timestamp()), "+0000", statement.message())
        return self.raw_tag(
            payload + sign(payload, self.key(key), namespace, self.environ), ref or ref_of(statement)
        )

    def raw_tag(self, content: bytes, ref: str) -> str:
        """Any bytes as a tag object under a ref."""
        made = self.git("hash-object", "-t", "tag", "-w", "--literally", "--stdin", stdin=content)
        self.git("update-ref", ref, made)
        return made

    def trust_files(self, trusted: Trusted) -> dict[str, bytes | None]:
        """The trust files, with the root signed by whom `trusted` says."""
        signers = [
            AllowedSigner(principal, self.key(name).public)
            for principal, names in trusted.signers.items()
            for name in names
        ]
        files: dict[str, bytes | None] = {
            places.ALLOWED_SIGNERS: format_allowed_signers(signers),
            places.REVOKED_KEYS: format_revoked_keys(self.key(name).public for name in trusted.revoked),
            places.ROLES: write(trusted.roles or honest_roles()),
        }
        root = Root(
            registry=trusted.registry,
            version=trusted.version,
            keys={name: str(self.key(name).public) for name in trusted.root_keys},
            threshold=trusted.threshold,
            files={path.rpartition("/")[2]: Digest.of(content or b"") for path, content in files.items()},
        )
        files[places.ROOT] = write(root)
        for name in trusted.root_signers:
            files[f"{places.SIGNATURES}/{name}.sig"] = sign(
                write(root), self.key(name), "gitreg-root", self.environ
            )
        return files

    def root(self) -> Root:
        """The trust root that stands on the accepted branch."""
        with Repository.open(self.path, self.environ) as repository:
            found = RegistryStore(repository).at(MAIN).record(Root, places.ROOT)
        assert found is not None
        return found

    def next_root(self, trusted: Trusted) -> dict[str, bytes | None]:
        """The files of the next root, the present one kept as history with its signatures."""
        former = places.root_history_path(trusted.version - 1)
        files = self.trust_files(trusted)
        files[former] = self.read(places.ROOT)
        for line in self.git("ls-tree", "--name-only", f"{MAIN}:{places.SIGNATURES}").splitlines():
            kept = self.read(f"{places.SIGNATURES}/{line}")
            files[f"{former.rpartition('/')[0]}/signatures/{line}"] = kept
            files.setdefault(f"{places.SIGNATURES}/{line}", None)
        return files

    # Models

    def statement(
        self, version: VersionNumber | None = V1, action: str = "release", **more: object
    ) -> Statement:
        """A statement about a version as it stands on the accepted branch."""
        record = manifest = None
        if version is not None:
            record = Digest.of(self.read(layout.version_path("churn", version)))
            manifest = Digest.of(self.read(layout.version_manifest_path("churn", version)))
        values: dict[str, object] = {
            "registry": REGISTRY_ID, "action": action, "model": "churn", "version": version, "record": record,
            "manifest": manifest,
        }  # fmt: skip
        return Statement(**(values | more))  # type: ignore[arg-type]

    def assign(
        self, version: VersionNumber | None, number: int, previous: Statement | None, **how: object
    ) -> Statement:
        """A signed assignment of production."""
        said = self.statement(
            version,
            "assign",
            stage="production",
            sequence=number,
            previous=previous.digest if previous else None,
        )
        self.tag(said, **how)  # type: ignore[arg-type]
        return said

    def add_version(
        self, version: VersionNumber, contents: Mapping[str, bytes] = FILES, **model: object
    ) -> dict[str, bytes | None]:
        """The files of a new version; its artifact bytes are in the storage then."""
        with self.open() as registry:
            folder = registry.cache.add([], contents)
            store = Storage.open("", "store", environ=self.environ, url=str(self.storage))
            store.push(registry.cache, folder.ids)
        candidate = Candidate(
            id="7f3a" + str(version).encode().hex().rjust(28, "0"), experiment="churn", name="lr=0.1", created=WHEN,
            author=ADA, metrics={"auc": 0.93},
        )  # fmt: skip
        summary = ArtifactSummary(files=len(folder.files), size=folder.size, manifest=folder.manifest.digest)
        record = ModelVersion(
            model="churn", version=version, number=1, created=WHEN, author=ADA, artifacts=summary,
            candidate=CandidateSource(experiment="churn", id=candidate.id, record=Digest.of(write(candidate))),
        )  # fmt: skip
        return {
            layout.version_path("churn", version): write(record),
            layout.version_candidate_path("churn", version): write(candidate),
            layout.version_manifest_path("churn", version): folder.manifest.content(),
            layout.version_dvc_path("churn", version): folder.dvc_file("artifacts"),
            places.model_path("churn"): write(Model(slug="churn", name="churn", **model)),  # type: ignore[arg-type]
        }

    # Looking at it

    def open(self, path: Path | None = None, **environ: str) -> _Open:
        """The registry, open; to be used in a `with` block."""
        url = str(self.storage) if self.uses_storage else None
        return _Open(open_registry(path or self.path, self.environ | environ, storage_url=url))

    def verify(self, reference: str = "churn@1.0.0", *, at: Path | None = None, **options: object) -> Verdict:
        """What gitreg says."""
        with self.open(at) as registry:
            return verify(registry, reference, VerifyOptions(**options))  # type: ignore[arg-type]

    def refused(self, reference: str = "churn@1.0.0", *, at: Path | None = None, **options: object) -> str:
        """The step that refuses, with exit code 6; the test fails when nothing does."""
        with pytest.raises(VerificationError) as refusal:
            self.verify(reference, at=at, **options)
        assert refusal.value.exit_code == 6
        assert refusal.value.steps[-1].result == "failed"  # type: ignore[attr-defined]
        return refusal.value.step

    def clone(self, target: Path, *words: str) -> Path:
        """A clone elsewhere, whose remote is this registry."""
        self.git("clone", "-q", *words, str(self.path), str(target), at=target.parent)
        return target

    def anchor(self, file: Path) -> Path:
        """An anchor file for this registry."""
        file.write_text(anchor_text(anchor_from_root(self.root())))
        return file

    def forget_anchor(self) -> None:
        """As in a clone that never verified anything."""
        (self.path / ".git" / "gitreg" / "anchor.json").unlink()


class _Open:
    """Closes a registry's processes."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def __enter__(self) -> Registry:
        return self._registry

    def __exit__(self, *_: object) -> None:
        self._registry.close()


def ref_of(statement: Statement) -> str:
    """The ref that a statement belongs to."""
    if statement.action == "assign":
        return layout.stage_tag(statement.model, statement.stage or "", statement.sequence or 0)
    assert statement.version is not None
    if statement.action == "resign":
        return layout.resign_tag(statement.model, statement.version, 1)
    tag = layout.retire_tag if statement.action == "retire" else layout.version_tag
    return tag(statement.model, statement.version)


def make_registry(workshop: Workshop) -> None:
    """An honest registry: two released versions of churn, the second in production after the first."""
    workshop.path.mkdir()
    workshop.storage.mkdir()
    workshop.git("init", "-q", "-b", "main")
    config = f"[core]\n    remote = store\n['remote \"store\"']\n    url = {workshop.storage}\n"
    workshop.commit(
        workshop.trust_files(Trusted())
        | {
            places.REGISTRY: write(RegistrySettings(id=REGISTRY_ID, name="churn-models")),
            places.DVC_CONFIG: config.encode(),
        }
    )
    workshop.commit(workshop.add_version(V1))
    workshop.tag(workshop.statement(V1))
    first = workshop.assign(V1, 1, None)
    second = {**FILES, "model.bin": b"better " * 5000}
    workshop.commit(workshop.add_version(V2, second, stages={"production": V2}))
    workshop.tag(workshop.statement(V2))
    workshop.assign(V2, 2, first)
    workshop.git("reset", "-q", "--hard")
    write_anchor(workshop.path / ".git", anchor_from_root(workshop.root()))


def copied(workshop: Workshop, folder: Path, environ: dict[str, str]) -> Workshop:
    """The same registry and storage elsewhere, free to be tampered with."""
    shutil.copytree(workshop.path, folder / "registry", symlinks=True)
    shutil.copytree(workshop.storage, folder / "storage")
    return replace(workshop, path=folder / "registry", storage=folder / "storage", environ=environ)
