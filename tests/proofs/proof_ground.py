"""The honest registry that proofs start from, its raw objects, and a host that serves whatever an attacker puts there.

It has what the steps are about: a chain of two trust roots, a rotated key, two models with roles of their own, one of which
takes two people, a release signed again, a retired one, stages with a chain, a merge, and a proposal that was never accepted.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflows"))

from workshop import FILES, MAIN, REGISTRY_ID, Trusted, Workshop, honest_roles

from gitreg.documents import layout, places
from gitreg.documents.writer import write
from gitreg.domain.digest import Digest
from gitreg.domain.registry import RegistrySettings
from gitreg.domain.statement import Statement
from gitreg.domain.trust import FormerEntry, Permission, Role, Roles, SignerEntry
from gitreg.domain.version import VersionNumber
from gitreg.workflows.verification.anchor import anchor_from_root, anchor_text

V = {name: VersionNumber.parse(name) for name in ("0.9.0", "1.0.0", "1.1.0", "1.2.0", "1.3.0", "2.0.0")}
REFERENCES = (
    "churn@0.9.0", "churn@1.0.0", "churn@1.1.0", "churn@1.2.0", "churn@1.3.0", "fraud@1.0.0", "churn@production",
    "churn@staging", "churn@latest",
)  # fmt: skip
HONEST = {
    "churn@0.9.0": "0.9.0", "churn@1.0.0": "1.0.0", "churn@1.1.0": "1.1.0", "churn@1.2.0": "1.2.0", "fraud@1.0.0": "1.0.0",
    "churn@production": "1.1.0", "churn@latest": "1.2.0",
}  # fmt: skip
"""What the honest registry answers; churn@1.3.0 is retired, churn@staging was emptied."""


@dataclass(frozen=True)
class State:
    """What a host serves: the accepted branch's tip, and refs by full name."""

    tip: str
    refs: Mapping[str, str]


@dataclass
class Bag:
    """A bare repository as a bag of loose objects, to which anything can be added, and in which all can be damaged."""

    path: Path
    _twisted: dict[Path, bytes | None] = field(default_factory=dict)

    @cached_property
    def _objects(self) -> Path:
        return self.path / "objects"

    def add(self, kind: str, content: bytes) -> str:
        """Stores an object, well-formed or not, and returns its id."""
        data = f"{kind} {len(content)}\0".encode() + content
        id_ = hashlib.sha1(data).hexdigest()
        file = self._objects / id_[:2] / id_[2:]
        if not file.exists():
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(zlib.compress(data, 1))
        return id_

    def raw(self, id_: str) -> tuple[str, bytes]:
        """Kind and content of an object."""
        head, _, content = zlib.decompress((self._objects / id_[:2] / id_[2:]).read_bytes()).partition(b"\0")
        return head.split()[0].decode(), content

    def twist(self, id_: str, content: bytes | None, *, packed: bytes | None = None) -> None:
        """Gives an object other bytes under the same name (a SHA-1 twin, or damage); None removes it."""
        file = self._objects / id_[:2] / id_[2:]
        self._twisted.setdefault(file, file.read_bytes())
        kind = self.raw(id_)[0]
        file.unlink()
        if packed is not None:
            file.write_bytes(packed)
        elif content is not None:
            file.write_bytes(zlib.compress(f"{kind} {len(content)}\0".encode() + content, 1))

    def straighten(self) -> None:
        """Mends what was twisted."""
        for file, content in self._twisted.items():
            if file.exists():
                file.unlink()
            if content is not None:
                file.write_bytes(content)
        self._twisted.clear()

    def tree(self, files: Mapping[str, tuple[str, str]]) -> str:
        """Stores the tree of some files, given as (mode, id) by path."""
        below: dict[str, dict[str, tuple[str, str]]] = {}
        entries: list[tuple[bytes, bytes]] = []
        for path, (mode, id_) in files.items():
            name, slash, rest = path.partition("/")
            if slash:
                below.setdefault(name, {})[rest] = (mode, id_)
            else:
                entries.append((name.encode(), f"{mode} {name}\0".encode() + bytes.fromhex(id_)))
        for name, inside in below.items():
            entry = f"40000 {name}\0".encode() + bytes.fromhex(self.tree(inside))
            entries.append((name.encode() + b"/", entry))
        return self.add("tree", b"".join(entry for _, entry in sorted(entries)))

    def files(self, tree: str, prefix: str = "") -> dict[str, tuple[str, str]]:
        """The files of a tree as (mode, id) by path."""
        content, found = self.raw(tree)[1], {}
        while content:
            head, _, rest = content.partition(b"\0")
            mode, _, name = head.decode("utf-8", "surrogateescape").partition(" ")
            id_, content = rest[:20].hex(), rest[20:]
            if mode == "40000":
                found |= self.files(id_, f"{prefix}{name}/")
            else:
                found[f"{prefix}{name}"] = (mode, id_)
        return found

    def tree_of(self, commit: str) -> str:
        """A commit's tree."""
        return self.raw(commit)[1].split(b"\n", 1)[0].split()[1].decode()

    def commit(self, tree: str, parents: Iterable[str]) -> str:
        """Stores a commit."""
        who = "Mallory <mallory@example.com> 1795000000 +0000"
        lines = [
            f"tree {tree}",
            *(f"parent {parent}" for parent in parents),
            f"author {who}",
            f"committer {who}",
        ]
        return self.add("commit", ("\n".join(lines) + "\n\nChange\n").encode())

    def serve(self, state: State) -> None:
        """Makes these the refs, and no others."""
        for folder in ("refs/heads", "refs/tags"):
            shutil.rmtree(self.path / folder, ignore_errors=True)
            (self.path / folder).mkdir(parents=True)
        refs = sorted({MAIN: state.tip, **state.refs}.items())
        (self.path / "packed-refs").write_text("".join(f"{id_} {name}\n" for name, id_ in refs))


@dataclass(frozen=True)
class ProofGround:
    """The honest state, the host, a verifier's clone, and everybody's keys.

    Args:
        workshop: the honest registry; never changed.
        bag: what the host serves.
        clone: of a person who pinned the anchor.
        honest: what an honest host serves.
        anchor: what the verifier holds.
        seen: what a verifier remembers who verified everything.
    """

    workshop: Workshop
    bag: Bag
    clone: Path
    honest: State
    anchor: Mapping[str, object]
    seen: Mapping[str, object]
    proposal: str

    @property
    def environ(self) -> dict[str, str]:
        """The verifier's."""
        return self.workshop.environ

    @property
    def seen_file(self) -> Path:
        """Where the clone remembers."""
        return self.clone / ".git" / "gitreg" / "seen.json"

    def remember(self, *, everything: bool) -> None:
        """Makes the clone one that has verified everything before, or nothing."""
        self.seen_file.unlink(missing_ok=True)
        if everything:
            self.seen_file.write_text(json.dumps(self.seen))


def make_ground(folder: Path) -> ProofGround:
    """Builds it all in an empty folder."""
    workshop = _workshop(folder)
    _make_registry(workshop)
    bag = Bag(folder / "host.git")
    workshop.git("clone", "-q", "--bare", str(workshop.path), str(bag.path), at=folder)
    _unpack(workshop, bag)
    tags = workshop.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/tags/").splitlines()
    honest = State(workshop.tip(), dict(line.split(" ") for line in tags))
    bag.serve(honest)
    clone = folder / "clone"
    workshop.git("clone", "-q", str(bag.path), str(clone), at=folder)
    (clone / ".git" / "gitreg").mkdir()
    anchor = anchor_text(
        anchor_from_root(workshop.root()).model_copy(update={"root_version": 1, **_first(workshop)})
    )
    (clone / ".git" / "gitreg" / "anchor.json").write_text(anchor)
    stages = {"churn/production": 3, "churn/staging": 2}
    seen = {
        "schema": "gitreg/seen/v1",
        "registry": REGISTRY_ID,
        "root": 2,
        "tags": dict(honest.refs),
        "stages": stages,
        "storage": None,
    }
    return ProofGround(
        workshop, bag, clone, honest, json.loads(anchor), seen, workshop.tip("refs/heads/proposal")
    )


def _first(workshop: Workshop) -> dict[str, object]:
    """The anchor is that of the first root, so that the chain is walked."""
    return {"keys": {"ada": str(workshop.key("ada").public)}, "threshold": 1}


def _workshop(folder: Path) -> Workshop:
    keys, home = folder / "keys", folder / "home"
    keys.mkdir()
    home.mkdir()
    for name in ("ada", "bob", "carol", "mallory"):
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(keys / name)]
        subprocess.run(words, check=True)
    environ = {
        "PATH": os.environ["PATH"], "HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1", "XDG_CACHE_HOME": str(home / "cache"),
        "GIT_AUTHOR_NAME": "Ada Example", "GIT_AUTHOR_EMAIL": "ada@example.com", "GIT_COMMITTER_NAME": "Ada Example",
        "GIT_COMMITTER_EMAIL": "ada@example.com", "GIT_AUTHOR_DATE": "1795000000 +0000",
        "GIT_COMMITTER_DATE": "1795000000 +0000", "DVC_NO_ANALYTICS": "1", "LC_ALL": "C.UTF-8",
    }  # fmt: skip
    for name in ("PYTHONPATH", "TMPDIR"):
        if name in os.environ:
            environ[name] = os.environ[name]
    return Workshop(folder / "registry", folder / "storage", keys, environ)


def _roles(workshop: Workshop, *, rotated: bool) -> Roles:
    people = {name: SignerEntry(principal=f"{name}@example.com") for name in ("ada", "bob", "carol")}
    ada, both = Permission(by=["ada"]), Permission(by=["ada", "carol"])
    two = Permission(by=["ada", "bob"], threshold=2)
    former = (
        {"carol-1": FormerEntry(key=workshop.key("carol").public.fingerprint, until_root=1)}
        if rotated
        else {}
    )
    stages = {"production": ada, "staging": ada}
    roles = {"default": Role(release=both, assign=stages), "fraud": Role(release=two, assign=ada)}
    return honest_roles().model_copy(update={"people": people, "former": former, "roles": roles})


def _make_registry(workshop: Workshop) -> None:
    workshop.path.mkdir()
    workshop.storage.mkdir()
    workshop.git("init", "-q", "-b", "main")
    config = f"[core]\n    remote = store\n['remote \"store\"']\n    url = {workshop.storage}\n"
    signers = {f"{name}@example.com": (name,) for name in ("ada", "bob", "carol")}
    settings = write(RegistrySettings(id=REGISTRY_ID, name="churn-models"))
    first = Trusted(signers=signers, roles=_roles(workshop, rotated=False))
    workshop.commit(
        workshop.trust_files(first) | {places.REGISTRY: settings, places.DVC_CONFIG: config.encode()}
    )
    _release(workshop, "0.9.0", key="carol")
    _release(workshop, "1.0.0")
    assigned = workshop.assign(V["1.0.0"], 1, None)
    trusted = Trusted(
        version=2, root_keys=("ada", "bob"), root_signers=("ada", "bob"), threshold=2, signers=signers,
        roles=_roles(workshop, rotated=True),
    )  # fmt: skip
    workshop.commit(workshop.next_root(trusted))
    _release(workshop, "1.1.0")
    workshop.tag(_statement(workshop, "1.1.0", action="resign"))
    assigned = workshop.assign(V["1.1.0"], 2, assigned)
    _release(workshop, "1.2.0", stages={"production": V["1.1.0"]})
    _staged(workshop, "1.2.0", 1, None)
    workshop.assign(V["1.1.0"], 3, assigned)
    _fraud(workshop)
    side = workshop.commit(workshop.add_version(V["2.0.0"], _contents("2.0.0")), ref="refs/heads/proposal",
                           parents=[workshop.tip()])  # fmt: skip
    merged = workshop.commit({"notes": b"merged\n"}, ref=None, parents=[workshop.tip(f"{MAIN}~1")])
    workshop.commit({"notes": b"merged\n"}, parents=[workshop.tip(), merged])
    more = {"stages": {"production": V["1.1.0"]}, "retired": {V["1.3.0"]: "It learnt from tomorrow."}}
    _release(workshop, "1.3.0", **more)
    workshop.tag(_statement(workshop, "1.3.0", action="retire"))
    first_staged = _assignment(workshop, "1.2.0", 1, None)
    workshop.tag(_assignment(workshop, None, 2, first_staged))
    assert side


def _contents(version: str) -> dict[str, bytes]:
    return {**FILES, "model.bin": f"weights {version} ".encode() * 700}


def _release(workshop: Workshop, version: str, *, key: str = "ada", **model: object) -> None:
    workshop.commit(workshop.add_version(V[version], _contents(version), **model))
    workshop.tag(_statement(workshop, version), key=key)


def _statement(workshop: Workshop, version: str, **more: object) -> Statement:
    return workshop.statement(V[version], **more)  # type: ignore[arg-type]


def _assignment(workshop: Workshop, version: str | None, number: int, before: Statement | None) -> Statement:
    more = {"stage": "staging", "sequence": number, "previous": before.digest if before else None}
    return workshop.statement(V[version] if version else None, "assign", **more)


def _staged(workshop: Workshop, version: str | None, number: int, before: Statement | None) -> None:
    workshop.tag(_assignment(workshop, version, number, before))


def _fraud(workshop: Workshop) -> None:
    """A second model: what was made for churn, under another name."""
    made = workshop.add_version(V["1.0.0"], _contents("of fraud"))
    files = {path.replace("churn", "fraud"): content for path, content in made.items()}
    record = files[layout.version_path("fraud", V["1.0.0"])] or b""
    files[layout.version_path("fraud", V["1.0.0"])] = record.replace(b"model: churn\n", b"model: fraud\n")
    model = files[places.model_path("fraud")] or b""
    files[places.model_path("fraud")] = model.replace(b"churn", b"fraud")
    workshop.commit(files)
    said = Statement(
        registry=REGISTRY_ID, action="release", model="fraud", version=V["1.0.0"],
        record=Digest.of(workshop.read(layout.version_path("fraud", V["1.0.0"]))),
        manifest=Digest.of(workshop.read(layout.version_manifest_path("fraud", V["1.0.0"]))),
    )  # fmt: skip
    workshop.tag(said)
    workshop.tag(said.approval(), key="bob", ref=layout.approve_tag("fraud", said.approval_id, "bob"))


def _unpack(workshop: Workshop, bag: Bag) -> None:
    """Every object loose, so that each is a file of its own."""
    packs = bag.path / "objects" / "pack"
    aside = bag.path / "aside"
    aside.mkdir()
    for pack in sorted(packs.glob("*.pack")):
        pack.rename(aside / pack.name)
    for file in packs.iterdir():
        file.unlink()
    for pack in aside.iterdir():
        workshop.git("unpack-objects", "-q", at=bag.path, stdin=pack.read_bytes())
    shutil.rmtree(aside)
    for file in (bag.path / "objects").rglob("*"):
        if file.is_file():
            file.chmod(0o644)
