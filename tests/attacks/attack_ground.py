"""An honest registry as a deployment meets it: a Git host, an object store, a clone with a pinned anchor; and everybody's keys.

What is honest is made by gitreg's own packages and ssh-keygen; what is not, by plain Git and by writing files.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from workshop import ADA, FILES, MAIN, REGISTRY_ID, V1, V2, WHEN, Trusted, Workshop

from gitreg.artifacts.storage import Storage
from gitreg.documents import layout, places
from gitreg.documents.writer import write
from gitreg.domain.candidate import ArtifactSummary, Candidate
from gitreg.domain.digest import Digest
from gitreg.domain.model import CandidateSource, Model, ModelVersion
from gitreg.domain.registry import RegistrySettings
from gitreg.domain.statement import Action, Statement
from gitreg.domain.trust import Permission, Role, Roles, SignerEntry
from gitreg.domain.version import VersionNumber
from gitreg.signing import sign
from gitreg.workflows.verification.anchor import anchor_from_root, anchor_text, write_anchor

RELEASE = "refs/tags/model/churn/v1.0.0"
NEWER = "refs/tags/model/churn/v1.1.0"
STAGE = "refs/tags/stage/churn/production"
CONTENTS = {V1: FILES, V2: {**FILES, "model.bin": b"better " * 5000}}
PEOPLE = ("ada", "laptop", "lost", "bob", "mallory")
"""Keys: Ada has three, of which one is lost and revoked; Bob has one; Mallory is nobody's friend."""
_FACTS = "GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL"
TRAP = """#!/bin/sh
touch '{mark}'
case "$*" in
*find-principals*) echo ada@example.com ;;
*verify*) echo 'Good "git" signature for ada@example.com with ED25519 key SHA256:x' ;;
esac
exit 0
"""


def roles(**changed: object) -> Roles:
    """Ada releases and assigns; for fraud Bob does."""
    adas, bobs = Permission(by=["ada"]), Permission(by=["bob"])
    return Roles(
        people={
            "ada": SignerEntry(principal="ada@example.com"),
            "bob": SignerEntry(principal="bob@example.com"),
        },
        roles={"default": Role(release=adas, assign=adas), "fraud": Role(release=bobs, assign=bobs)},
    ).model_copy(update=changed)


def trusted(**changed: object) -> Trusted:
    """The honest registry's trust: Ada and Bob hold the root together."""
    values: dict[str, object] = {
        "root_keys": ("ada", "bob"), "root_signers": ("ada", "bob"), "threshold": 2, "revoked": ("lost",),
        "signers": {"ada@example.com": ("ada", "laptop", "lost"), "bob@example.com": ("bob",)}, "roles": roles(),
    }  # fmt: skip
    return Trusted(**(values | changed))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Ground:
    """The honest registry, or a copy of it.

    Args:
        folder: where all of it lies.
        keys: everybody's keys.
        environ: the verifier's environment.
    """

    folder: Path
    keys: Path
    environ: dict[str, str]

    @property
    def host(self) -> Path:
        """The bare repository on the Git host."""
        return self.folder / "host.git"

    @property
    def clone(self) -> Path:
        """The verifier's clone; its remote is the host."""
        return self.folder / "clone"

    @property
    def storage(self) -> Path:
        """The object store."""
        return self.folder / "storage"

    @property
    def anchor(self) -> Path:
        """The anchor, as a deployment holds it."""
        return self.folder / "anchor.json"

    @property
    def target(self) -> Path:
        """Where `pull` is asked to bring a model."""
        return self.folder / "target"

    @property
    def shop(self) -> Workshop:
        """Tools on the host: commits, refs, signed tags, trust files."""
        identity = dict.fromkeys(_FACTS.split()[::2], "Ada Example") | dict.fromkeys(
            _FACTS.split()[1::2], "ada@example.com"
        )
        return Workshop(self.host, self.storage, self.keys, self.environ | identity)

    def git(self, *words: str, at: Path | None = None, stdin: bytes = b"") -> str:
        """Plain Git, on the host unless told otherwise."""
        return self.shop.git(*words, at=at, stdin=stdin)

    def tip(self, ref: str = MAIN) -> str:
        """What a ref of the host points at."""
        return self.shop.tip(ref)

    def commit(self, files: Mapping[str, bytes | None], ref: str | None = MAIN, parent: str = "") -> str:
        """A commit on a branch of the host, or on none, by whoever can push there."""
        return self.shop.commit(files, ref=ref, parents=[parent] if parent else None if ref else [self.tip()])

    def commit_tree(self, index: str, parents: list[str] | None = None, ref: str | None = MAIN) -> str:
        """A commit of the tip's tree with lines of `git update-index --index-info`: entries of any mode, 0 removes one."""
        own = replace(self, environ=self.environ | {"GIT_INDEX_FILE": str(self.folder / "an-index")})
        own.git("read-tree", self.tip())
        own.git("update-index", "--index-info", stdin=index.encode())
        before = parents if parents is not None else [self.tip()]
        words = [word for parent in before for word in ("-p", parent)]
        made = own.git("commit-tree", own.git("write-tree"), *words, "-m", "Change")
        if ref:
            self.git("update-ref", ref, made)
        return made

    def blob(self, content: bytes) -> str:
        """An object on the host."""
        return self.git("hash-object", "-w", "--stdin", stdin=content)

    def read(self, path: str, commit: str = MAIN) -> bytes:
        """A file of a commit on the host."""
        return self.shop.read(path, commit)

    # Trust

    def next_root(self, version: int = 2, **changed: object) -> str:
        """The next trust root on the accepted branch, as its owners would make it, but for what is changed."""
        return self.commit(self.shop.next_root(trusted(version=version, **changed)))

    def signed_files(self, files: Mapping[str, bytes], **changed: object) -> str:
        """The next trust root over files that gitreg would never have written, signed by Ada and Bob."""
        made = self.shop.next_root(trusted(version=2))
        root = self.shop.root()
        digests = {path.rpartition("/")[2]: Digest.of(content) for path, content in files.items()}
        values: dict[str, object] = {"version": 2, "files": {**root.files, **digests}}
        made |= dict(files) | {places.ROOT: write(root.model_copy(update=values | changed))}
        for name in ("ada", "bob"):
            made[f"{places.SIGNATURES}/{name}.sig"] = self.signature(
                made[places.ROOT] or b"", name, "gitreg-root"
            )
        return self.commit(made)

    # Statements

    def statement(
        self,
        version: VersionNumber | None = V1,
        action: Action = "release",
        model: str = "churn",
        **more: object,
    ) -> Statement:
        """A statement about a version as it stands on the host's accepted branch."""
        values: dict[str, object] = {
            "registry": REGISTRY_ID, "action": action, "model": model, "version": version,
        }  # fmt: skip
        if version is not None:
            values["record"] = Digest.of(self.read(layout.version_path(model, version)))
            values["manifest"] = Digest.of(self.read(layout.version_manifest_path(model, version)))
        return Statement(**(values | more))  # type: ignore[arg-type]

    def assignment(self, version: VersionNumber | None, number: int, model: str = "churn") -> Statement:
        """Assignment 1, 2 or 3 of production, in the chain that the honest registry began."""
        before = [V1, V2][: number - 1]
        previous = self.assignment(before[-1], number - 1, model).digest if before else None
        return self.statement(
            version, "assign", model, stage="production", sequence=number, previous=previous
        )

    def payload(self, statement: Statement | None = None, **header: str) -> bytes:
        """What a signer signs: a tag object without its signature."""
        said = statement or self.statement()
        values = {
            "object": self.tip(), "type": "commit", "tag": "model/churn/v1.0.0", "message": said.message(),
            "tagger": f"Ada Example <ada@example.com> {int(WHEN.timestamp())} +0000",
        } | header  # fmt: skip
        lines = [f"{name} {values[name]}" for name in ("object", "type", "tag", "tagger")]
        return ("\n".join(lines) + "\n\n" + values["message"]).encode()

    def signature(self, payload: bytes, key: str = "ada", namespace: str = "git") -> bytes:
        """What ssh-keygen makes of it."""
        return sign(payload, self.shop.key(key), namespace, self.environ)

    def signed(self, payload: bytes, key: str = "ada", namespace: str = "git") -> bytes:
        """A whole tag object."""
        return payload + self.signature(payload, key, namespace)

    def put(self, raw: bytes, ref: str = RELEASE, kind: str = "tag") -> str:
        """Any bytes as an object on the host, under a ref."""
        made = self.git("hash-object", "-t", kind, "-w", "--literally", "--stdin", stdin=raw)
        return self.point(ref, made)

    def point(self, ref: str, what: str) -> str:
        """Points a ref of the host at something, or deletes it when that is empty."""
        if what:
            self.git("update-ref", ref, what)
        else:
            self.git("update-ref", "-d", ref)
        return what

    def release(self, statement: Statement, key: str = "ada", **how: str) -> str:
        """A signed tag of a statement where it belongs, by the host's tip."""
        return self.shop.tag(statement, key=key, **how)  # type: ignore[arg-type]

    def approve(self, statement: Statement, person: str, key: str, email: str, **how: str) -> str:
        """A signed approval of a statement, as its approver would make it, but for what is changed."""
        ref = layout.approve_tag(statement.model, statement.approval_id, person)
        return self.shop.tag(statement.approval(), ref=ref, key=key, email=email, **how)  # type: ignore[arg-type]

    def seen(self, reference: str = "churn@1.0.0") -> None:
        """The verifier has verified something before the attack."""
        self.shop.verify(reference, at=self.clone)

    def raw(self, ref: str = RELEASE) -> bytes:
        """The tag object that a ref of the host points at."""
        words = ["git", "cat-file", "tag", ref]
        return subprocess.run(words, cwd=self.host, env=self.environ, capture_output=True, check=True).stdout

    def plain_git(self, tag: str) -> int:
        """What `git verify-tag` exits with, for somebody who follows the host and uses the registry's own trust files."""
        words = ("fetch", "-q", "--force", "--tags", "origin")
        if subprocess.run(["git", *words], cwd=self.clone, env=self.environ, check=False).returncode != 0:
            return 1
        self.git("reset", "-q", "--hard", "origin/main", at=self.clone)
        trust = self.clone / ".gitreg" / "trust"
        command = [
            "git", "-c", f"gpg.ssh.allowedSignersFile={trust / 'allowed_signers'}",
            "-c", f"gpg.ssh.revocationFile={trust / 'revoked_keys'}", "verify-tag", tag,
        ]  # fmt: skip
        return subprocess.run(
            command, cwd=self.clone, env=self.environ, capture_output=True, check=False
        ).returncode

    def trap(self, name: str = "trap") -> Path:
        """A program that leaves a mark when anybody runs it, and says that every signature is Ada's."""
        program = self.folder / name
        program.write_text(TRAP.format(mark=self.mark))
        program.chmod(0o755)
        return program

    @property
    def mark(self) -> Path:
        """What is there when the trap was run."""
        return self.folder / "sprung"

    def configure(self, **values: str | Path) -> None:
        """Git configuration of the verifier's clone; `__` in a name stands for a point."""
        for name, value in values.items():
            self.git("config", name.replace("__", "."), str(value), at=self.clone)

    def another(self, name: str) -> Ground:
        """A copy of the host elsewhere, for whoever serves another one in its place."""
        shutil.copytree(self.host, self.folder / name / "host.git", symlinks=True)
        return Ground(self.folder / name, self.keys, self.environ)

    def copy(self, folder: Path, environ: dict[str, str]) -> Ground:
        """The same, free to be tampered with."""
        for name in ("host.git", "clone", "storage"):
            shutil.copytree(self.folder / name, folder / name, symlinks=True)
        shutil.copy(self.anchor, folder)
        return Ground(folder, self.keys, environ)


def make_ground(folder: Path) -> Ground:
    """The honest registry: churn 1.0.0 and 1.1.0, fraud 1.0.0 and 1.1.0; the newer of each is in production after the older."""
    keys, home = folder / "keys", folder / "home"
    keys.mkdir()
    home.mkdir()
    for name in PEOPLE:
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(keys / name)]
        subprocess.run(words, check=True)
    environ = {"PATH": os.environ["PATH"], "HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1"}
    ground = Ground(folder, keys, environ)
    ground.storage.mkdir()
    ground.git("init", "-q", "--bare", "--template=", "-b", "main", str(ground.host), at=folder)
    config = f"[core]\n    remote = store\n['remote \"store\"']\n    url = {ground.storage}\n"
    settings = write(RegistrySettings(id=REGISTRY_ID, name="models"))
    ground.shop.commit(
        ground.shop.trust_files(trusted())
        | {places.REGISTRY: settings, places.DVC_CONFIG: config.encode(), "train.py": b"print('training')\n"}
    )
    for model, signer in (("churn", "ada"), ("fraud", "bob")):
        _release_all(ground, model, signer)
    ground.git("repack", "-q", "-a", "-d")
    ground.git("pack-refs", "--all")
    ground.git("clone", "-q", "--template=", str(ground.host), str(ground.clone), at=folder)
    ground.git("config", "remote.origin.url", "../host.git", at=ground.clone)
    anchor = anchor_from_root(ground.shop.root())
    ground.anchor.write_text(anchor_text(anchor))
    write_anchor(ground.clone / ".git", anchor)
    return ground


def _release_all(ground: Ground, model: str, signer: str) -> None:
    for number, version in enumerate((V1, V2), 1):
        ground.commit(version_files(ground, model, version))
        ground.release(ground.statement(version, model=model), signer)
        ground.release(ground.assignment(version, number, model), signer)


def version_files(ground: Ground, model: str, version: VersionNumber) -> dict[str, bytes | None]:
    """The files of a version that is put into production; its bytes are in the store then."""
    with ground.shop.open() as registry:
        folder = registry.cache.add([], CONTENTS[version])
        Storage.open("", "store", environ=ground.environ, url=str(ground.storage)).push(
            registry.cache, folder.ids
        )
    id_ = (model + str(version)).encode().hex().rjust(32, "0")[-32:]
    candidate = Candidate(
        id=id_, experiment=model, name="lr=0.1", created=WHEN, author=ADA, metrics={"auc": 0.93}
    )
    record = ModelVersion(
        model=model, version=version, number=1, created=WHEN, author=ADA,
        artifacts=ArtifactSummary(files=len(folder.files), size=folder.size, manifest=folder.manifest.digest),
        candidate=CandidateSource(experiment=model, id=id_, record=Digest.of(write(candidate))),
    )  # fmt: skip
    return {
        layout.version_path(model, version): write(record),
        layout.version_candidate_path(model, version): write(candidate),
        layout.version_manifest_path(model, version): folder.manifest.content(),
        layout.version_dvc_path(model, version): folder.dvc_file("artifacts"),
        places.model_path(model): write(Model(slug=model, name=model, stages={"production": version})),
    }
