"""Listings, manifests and `.dvc` files that lead elsewhere. Only who signs can bring them in: reviewers may overlook them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from attack_case import Attack, Harm
from attack_ground import CONTENTS, Ground
from content_attacks import object_of, overwritten
from workshop import FILES, V1, V2

from gitreg.artifacts.dvcfile import DvcOut
from gitreg.documents import layout
from gitreg.documents.reader import read
from gitreg.documents.writer import write
from gitreg.domain.digest import Digest
from gitreg.domain.model import ModelVersion

ROW = "listing"
DVC, VERSION = layout.version_dvc_path("churn", V1), layout.version_path("churn", V1)
MANIFEST = layout.version_manifest_path("churn", V1)
EVIL = b"evil"
MD5 = hashlib.md5(EVIL).hexdigest()
OUT = f"outs:\n- md5: {MD5}.dir\n  size: 4\n  nfiles: 1\n  hash: md5\n  path: artifacts\n"


def _signed_dvc(text: bytes | None) -> Harm:
    """The release is signed where this is its `.dvc` file."""

    def harm(ground: Ground) -> None:
        ground.commit({DVC: text})
        ground.release(ground.statement())

    return harm


def _signed_entry(mode: str, target: str) -> Harm:
    """As above, where it is something else than a regular file."""

    def harm(ground: Ground) -> None:
        id_ = ground.tip() if mode == "160000" else ground.blob(target.encode())
        ground.commit_tree(f"{mode} {id_}\t{DVC}\n")
        ground.release(ground.statement())

    return harm


def _listed(files: Mapping[str, bytes]) -> Harm:
    """A listing of other files than the manifest's, in DVC's own form; the store has all of them."""
    entries = [{"md5": hashlib.md5(files[path]).hexdigest(), "relpath": path} for path in sorted(files)]
    return _raw_listing(json.dumps(entries, sort_keys=True).encode(), files)


def _raw_listing(content: bytes, files: Mapping[str, bytes] = FILES) -> Harm:
    def harm(ground: Ground) -> None:
        md5 = hashlib.md5(content).hexdigest()
        overwritten(ground.storage / "files" / "md5" / md5[:2] / f"{md5[2:]}.dir", content)
        for data in files.values():
            overwritten(object_of(ground.storage, data), data)
        _signed_dvc(DvcOut(f"{md5}.dir", 4, 1, "artifacts").text())(ground)

    return harm


def _manifest(*names: str) -> Harm:
    """A manifest with these names, recorded and signed: only the strict reader stands between it and the disk."""

    def harm(ground: Ground) -> None:
        digest = hashlib.sha256(EVIL).hexdigest()
        content = "".join(f"{digest}  {name}\n" for name in sorted(names)).encode()
        record = read(ground.read(VERSION), ModelVersion, VERSION)
        summary = record.artifacts.model_copy(update={"manifest": Digest.of(content)})
        ground.commit({MANIFEST: content, VERSION: write(record.model_copy(update={"artifacts": summary}))})
        ground.release(ground.statement())

    return harm


def _linked(ground: Ground) -> None:
    ground.commit_tree(f"120000 {ground.blob(b'/etc/passwd')}\t{MANIFEST}\n")
    ground.release(ground.statement())


OUTS = {
    "with a working folder (`wdir`)": (OUT.replace("outs:", "wdir: /etc\nouts:"), "expected 'outs:' and one output, found 'wdir: /etc'"),
    "with dependencies (`deps`)": (OUT.replace("outs:", "deps:\n- path: /etc/passwd\nouts:"), "expected 'outs:' and one output, found 'deps:'"),
    "with a command (`cmd`)": (OUT.replace("outs:", "cmd: touch pwned\nouts:"), "expected 'outs:' and one output, found 'cmd: touch pwned'"),
    "with two outs": (OUT + f"- md5: {MD5}\n  size: 4\n  hash: md5\n  path: second\n", "line 7: expected one output"),
    "that is frozen, after its outs": (OUT + "frozen: true\n", "line 7: expected one output"),
    "with a remote of its own": (OUT + "  remote: elsewhere\n", "line 7: 'remote' is not allowed here"),
    "whose path climbs": (OUT.replace("path: artifacts", "path: '../../.git'"), "a path is relative"),
    "whose path is .git by its short name": (OUT.replace("path: artifacts", "path: 'GIT~1'"), "a path must not hold 'GIT~1', which is '.git'"),
    "whose md5 climbs": (OUT.replace(f"{MD5}.dir", "'../../../../etc/passwd'"), "'md5' is not an object of DVC"),
    "whose md5 is a sha256": (OUT.replace(f"{MD5}.dir", "a" * 64), "'md5' is not an object of DVC"),
    "with an anchor": (OUT.replace("outs:", "outs: &a"), "expected 'outs:' and one output, found 'outs: &a'"),
    "of a megabyte": (OUT + "#" * 1_000_000, "a .dvc file has at most 65536 bytes"),
}  # fmt: skip
LISTED = {
    "other bytes": ({**FILES, "model.bin": EVIL}, "model.bin is truncated to 4 of 32000 bytes"),
    "one file more": ({**FILES, "extra": EVIL}, "'extra' is extra in it"),
    "one file less": ({name: data for name, data in FILES.items() if name != "empty"}, "'empty' is missing in it"),
    "one file renamed": ({("z.onnx" if name == "model.bin" else name): data for name, data in FILES.items()}, "'model.bin' is missing in it"),
    "a name that climbs": ({**FILES, "../../escaped": EVIL}, "'../../escaped' is extra in it"),
    "a hook of Git": ({**FILES, ".git/hooks/post-checkout": EVIL}, "'.git/hooks/post-checkout' is extra in it"),
    "two files exchanged": ({**FILES, "model.bin": FILES["empty"], "empty": FILES["model.bin"]}, "an object that was never recorded"),
    "the files of the next release": (CONTENTS[V2], "model.bin is longer than its 32000 bytes"),
}  # fmt: skip
BOMBS = {
    "nested a million deep": (b"[" * 1_000_000, "its bytes are not what its name says"),
    "nested as deep as its size allows": (b"[" * 300, "not a listing as DVC writes it"),
    "with the same name twice": (json.dumps([{"md5": MD5, "relpath": "model.bin"}] * 2).encode(), "not exactly a listing as DVC writes it"),
    "with an md5 that climbs": (json.dumps([{"md5": "../../../etc/passwd", "relpath": "model.bin"}]).encode(), "names something that is no md5"),
}  # fmt: skip
NAMES = {
    "climbs": (("../../escaped",), "a path is relative"),
    "is absolute": (("/etc/cron.d/x",), "a path is relative"),
    "is a hook by its short name": (("GIT~1/hooks/x",), "'GIT~1', which is '.git'"),
    "is a hook with a hidden character": ((".g\u200cit/hooks/x",), "'.g\\u200cit', which is '.git'"),
    "is a stream": (("model.bin:hidden",), "holds no ':'"),
    "is a Windows device": (("nul",), "a Windows device"),
    "is a twin by case": (("Model.bin", "model.bin"), "are one file where case does not count"),
    "lies below a file": (("a", "a/b"), "'a/b' lies below a file"),
}  # fmt: skip


def _signer(title: str, harm: Harm, words: str, step: str = "content") -> Attack:
    return Attack(ROW, title, "signer", harm, step, words, git="accepts")


ATTACKS = [
    *(_signer(f"a .dvc file {name}", _signed_dvc(text.encode()), f"artifacts.dvc: {words}") for name, (text, words) in OUTS.items()),
    _signer("a release without its .dvc file", _signed_dvc(None), "artifacts.dvc"),
    _signer("a .dvc file that is a link", _signed_entry("120000", "/etc/passwd"), "artifacts.dvc"),
    _signer("a .dvc file that is a submodule", _signed_entry("160000", ""), "artifacts.dvc"),
    *(_signer(f"a listing with {name}", _listed(files), words) for name, (files, words) in LISTED.items()),
    *(_signer(f"a listing {name}", _raw_listing(content), words) for name, (content, words) in BOMBS.items()),
    *(_signer(f"a manifest where a name {name}", _manifest(*names), words, "record") for name, (names, words) in NAMES.items()),
    _signer("a manifest that is a link", _linked, MANIFEST, "record"),
]  # fmt: skip
