"""Records, manifests and candidates that are not what was signed, and objects that are not what their id says."""

from __future__ import annotations

import zlib
from pathlib import Path

from attack_case import Attack, Harm, verify
from attack_ground import MAIN, RELEASE, Ground
from workshop import V1, V2, Workshop

from gitreg.documents import layout, places

ROW = "record"
RECORD = layout.version_path("churn", V1)
MANIFEST = layout.version_manifest_path("churn", V1)
CANDIDATE = layout.version_candidate_path("churn", V1)
NEXT = layout.version_path("churn", V2)
FOLDER = RECORD.rpartition("/")[0]
CHANGED = "was changed on the accepted branch after it was signed"
GONE = "0 0000000000000000000000000000000000000000\t"


def _edited(path: str, old: bytes, new: bytes) -> Harm:
    def harm(ground: Ground) -> None:
        before = ground.read(path)
        assert old in before
        ground.commit({path: before.replace(old, new)})

    return harm


def _removed(path: str) -> Harm:
    return lambda ground: ground.commit({path: None}) and None


def _other_bytes_listed(ground: Ground) -> None:
    """The manifest lists what 1.1.0 has: its bytes would be delivered as 1.0.0."""
    ground.commit({MANIFEST: ground.read(layout.version_manifest_path("churn", V2))})


def _entry(lines: str, *, signed: bool = False) -> Harm:
    """Entries of any mode on the accepted branch, where Ada signs the commit or where she has signed before."""

    def harm(ground: Ground) -> None:
        said = ground.statement()
        link = ground.blob(b"../1.1.0/version.yaml")
        ground.commit_tree(lines.format(link=link, commit=ground.tip(), gone=GONE))
        if signed:
            ground.release(said)

    return harm


def _signed_after(path: str, change: bytes) -> Harm:
    """The accepted commit holds it so, and Ada signed just that."""

    def harm(ground: Ground) -> None:
        ground.commit({path: change or ground.read(path.replace("1.0.0", "1.1.0"))})
        ground.release(ground.statement())

    return harm


def _candidate_improved(ground: Ground) -> None:
    ground.commit({CANDIDATE: ground.read(CANDIDATE).replace(b"0.93", b"0.99")})
    ground.release(ground.statement())


def two_entries_of_one_name(ground: Ground) -> None:
    """A tree with `version.yaml` twice: who reads the first and who reads the last see different records."""
    other = ground.tip(f"{MAIN}:{NEXT}")
    folder = ground.tip(f"{MAIN}:{FOLDER}")
    words = ground.shop.git("ls-tree", folder).splitlines()
    entries = [(line.split("\t")[1], line.split()[0], line.split()[2]) for line in words]
    raw = b"".join(
        f"{mode} {name}\0".encode() + bytes.fromhex(id_)
        for name, mode, id_ in sorted([*entries, ("version.yaml", "100644", other)])
    )
    tree = ground.git("hash-object", "-t", "tree", "-w", "--literally", "--stdin", stdin=raw)
    path = FOLDER
    while path:
        path, _, name = path.rpartition("/")
        tree = _replaced(ground, path, name, tree)
    ground.point(MAIN, ground.git("commit-tree", tree, "-p", ground.tip(), "-m", "Twice"))


def _replaced(ground: Ground, folder: str, name: str, tree: str) -> str:
    lines = ground.git("ls-tree", f"{MAIN}:{folder}").splitlines()
    kept = [line if line.split("\t")[1] != name else f"040000 tree {tree}\t{name}" for line in lines]
    return ground.git("mktree", stdin=("\n".join(kept) + "\n").encode())


# Objects with other bytes than their ids say: what a collision of SHA-1 would look like


def loosened(repository: Path, environ: dict[str, str]) -> None:
    """Takes all objects of a repository out of their packs."""
    packs = sorted((repository / "objects" / "pack").glob("*.pack"))
    for pack in packs:
        moved = repository / pack.name
        pack.rename(moved)
        pack.with_suffix(".idx").unlink()
        shop = Workshop(repository, repository, repository, environ)
        shop.git("unpack-objects", "-q", stdin=moved.read_bytes())
        moved.unlink()


def _twin(repository: Path, environ: dict[str, str], id_: str, kind: str, content: bytes) -> None:
    loosened(repository, environ)
    file = repository / "objects" / id_[:2] / id_[2:]
    file.chmod(0o644)
    file.write_bytes(zlib.compress(f"{kind} {len(content)}\0".encode() + content))


def _twin_on_the_host(ground: Ground) -> None:
    id_ = ground.tip(f"{MAIN}:{RECORD}")
    _twin(ground.host, ground.environ, id_, "blob", ground.read(NEXT))


def _twin_in_the_store(path: str, *, old: bytes, new: bytes) -> Harm:
    """The verifier's own store holds other bytes under an id, as if it had been sent the twin at its first fetch."""

    def harm(ground: Ground) -> None:
        ground.seen()
        store = next(Path(ground.environ["XDG_CACHE_HOME"]).glob("gitreg/verify/*.git"))
        before = ground.read(path)
        _twin(store, ground.environ, ground.tip(f"{MAIN}:{path}"), "blob", before.replace(old, new))

    return harm


def _twin_of_the_tag(ground: Ground) -> None:
    ground.seen()
    store = next(Path(ground.environ["XDG_CACHE_HOME"]).glob("gitreg/verify/*.git"))
    forged = ground.signed(ground.payload(), "mallory")
    _twin(store, ground.environ, ground.tip(RELEASE), "tag", forged)


ATTACKS = [
    Attack(ROW, "the record edited after it was signed", "Git host", _edited(RECORD, b"0.0", b"0.1"), "record", CHANGED,
           git="accepts", process=True),
    Attack(ROW, "the manifest exchanged after it was signed", "Git host", _other_bytes_listed, "record", CHANGED, git="accepts"),
    Attack(ROW, "the candidate edited after it was signed", "developer", _edited(CANDIDATE, b"0.93", b"0.99"), "record", CHANGED,
           git="accepts"),
    Attack(ROW, "the record removed", "Git host", _removed(RECORD), "record", CHANGED, git="accepts"),
    Attack(ROW, "the manifest removed", "Git host", _removed(MANIFEST), "record", CHANGED, git="accepts"),
    Attack(ROW, "the candidate removed", "Git host", _removed(CANDIDATE), "record", CHANGED, git="accepts"),
    Attack(ROW, "the model removed, and with it who is retired", "Git host", _removed(places.model_path("churn")), "retired",
           "is not in commit", git="accepts"),
    Attack(ROW, "a link in the record's place", "Git host", _entry(f"120000 {{link}}\t{RECORD}\n"), "record", CHANGED,
           git="accepts"),
    Attack(ROW, "a link in the record's place, signed", "signer", _entry(f"120000 {{link}}\t{RECORD}\n", signed=True), "record",
           "is a symbolic link", git="accepts"),
    Attack(ROW, "a submodule in the record's place, signed", "signer", _entry(f"160000 {{commit}}\t{RECORD}\n", signed=True),
           "record", "is a submodule", git="accepts"),
    Attack(ROW, "a link in the manifest's place, signed", "signer", _entry(f"120000 {{link}}\t{MANIFEST}\n", signed=True),
           "record", "is a symbolic link", git="accepts"),
    Attack(ROW, "a submodule in the candidate's place, signed", "signer",
           _entry(f"160000 {{commit}}\t{CANDIDATE}\n", signed=True), "record", "is a submodule", git="accepts"),
    Attack(ROW, "a link in the place of the version's folder", "Git host",
           _entry("".join(f"{{gone}}{FOLDER}/{name}\n" for name in
                          ("version.yaml", "candidate.yaml", "artifacts.sha256", "artifacts.dvc"))
                  + f"120000 {{link}}\t{FOLDER}\n"), "record", CHANGED, git="accepts"),
    Attack(ROW, "a record of another version, signed", "signer", _signed_after(RECORD, b""), "record", "another version",
           git="accepts"),
    Attack(ROW, "a manifest of another version, signed", "signer", _signed_after(MANIFEST, b""), "record", "another version",
           git="accepts"),
    Attack(ROW, "a candidate of another version, signed", "signer", _signed_after(CANDIDATE, b""), "record",
           "and the version names", git="accepts"),
    Attack(ROW, "a candidate improved before it was signed", "developer", _candidate_improved, "record",
           "and the version names", git="accepts"),
    Attack(ROW, "a record with YAML aliases, signed", "signer", _signed_after(RECORD, b"a: &x [1]\nb: *x\n"), "record", "do not use anchors",
           git="accepts"),
    Attack(ROW, "a record of 4 MB, signed", "signer", _signed_after(RECORD, b"# x\n" * 1_000_000), "record", "bytes",
           git="accepts"),
    Attack(ROW, "a manifest that leads out of the target, signed", "signer",
           _signed_after(MANIFEST, b"0" * 64 + b"  ../../../etc/passwd\n"), "record", "a path is relative", git="accepts"),
    Attack(ROW, "a tree with one name twice", "Git host", two_entries_of_one_name, "store", "duplicateEntries", git="accepts"),
    Attack(ROW, "other bytes under the record's id, on the host (SHA-1 twin)", "Git host", _twin_on_the_host, "store", "did not receive expected object",
           git="accepts"),
    Attack(ROW, "other bytes under the record's id, in the verifier's store", "Git host",
           _twin_in_the_store(RECORD, old=b"number: 1", new=b"number: 2"), "record", "and sha256:"),
    Attack(ROW, "other bytes under the candidate's id, in the verifier's store", "Git host",
           _twin_in_the_store(CANDIDATE, old=b"0.93", new=b"0.99"), "record", "and the version names"),
    Attack(ROW, "other bytes under the revocation list's id, in the verifier's store", "Git host",
           _twin_in_the_store(places.REVOKED_KEYS, old=b"ssh-ed25519", new=b"# ssh-ed25519"), "root", "not the one that the root"),
    Attack(ROW, "other bytes under the tag's id, in the verifier's store", "Git host", _twin_of_the_tag, "signature",
           "is not an allowed key", verify()),
]  # fmt: skip
