"""Bytes that are not those of the manifest: in the object store, in a cache, over HTTP and S3."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from attack_case import SERVED, TARGET, Attack, Harm, pull, verify
from attack_ground import CONTENTS, Ground
from workshop import FILES, V1, V2

from gitreg.documents import layout
from gitreg.domain.version import VersionNumber

ROW = "content"
MODEL, PARAMS = FILES["model.bin"], FILES["config/params.json"]
V3 = VersionNumber(2, 0, 0)
# Wang and Yu, "How to Break MD5 and Other Hash Functions" (EUROCRYPT 2005): two messages that differ in six bits
TWIN = bytes.fromhex(
    "d131dd02c5e6eec4693d9a0698aff95c2fcab58712467eab4004583eb8fb7f8955ad340609f4b30283e488832571415a085125e8f7cdc99fd91dbdf280373c5b"
    "d8823e3156348f5bae6dacd436c919c6dd53e2b487da03fd02396306d248cda0e99f33420f577ee8ce54b67080a80d1ec69821bcb6a8839396f9652b6ff72a70"
)
OTHER_TWIN = bytes(one ^ (0x80 if at in {19, 45, 59, 83, 109, 123} else 0) for at, one in enumerate(TWIN))
Change = Callable[[Path], None]
"""Does something to the place of the object of model.bin."""


def object_of(root: Path, content: bytes) -> Path:
    """Where the object of these bytes is, in DVC's layout."""
    md5 = hashlib.md5(content).hexdigest()
    return root / "files" / "md5" / md5[:2] / md5[2:]


def overwritten(path: Path, content: bytes) -> None:
    """Writes an object, which may be read-only or not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_bytes(content)


def listing_of(ground: Ground, root: Path, version: VersionNumber = V1) -> Path:
    """Where the listing of a version's files is."""
    md5 = ground.read(layout.version_dvc_path("churn", version)).split(b"md5: ")[1].split()[0].decode()
    return root / "files" / "md5" / md5[:2] / md5[2:]


def _written(content: bytes) -> Change:
    return lambda place: overwritten(place, content)


def _in_store(change: Change) -> Harm:
    return lambda ground: change(object_of(ground.storage, MODEL))


def _only_in_cache(change: Change) -> Harm:
    """The cache of the clone is filled and harmed; the store has lost the object."""

    def harm(ground: Ground) -> None:
        cache = ground.clone / ".dvc" / "cache"
        shutil.copytree(ground.storage, cache)
        object_of(ground.storage, MODEL).unlink()
        change(object_of(cache, MODEL))

    return harm


CHANGES: dict[str, tuple[Change, str]] = {
    "one bit flipped": (_written(bytes([MODEL[0] ^ 1]) + MODEL[1:]), "model.bin is altered in"),
    "swapped for another file": (_written(PARAMS), f"model.bin is truncated to {len(PARAMS)} of {len(MODEL)} bytes"),
    "truncated by one byte": (_written(MODEL[:-1]), f"model.bin is truncated to {len(MODEL) - 1} of {len(MODEL)} bytes"),
    "emptied": (_written(b""), f"model.bin is truncated to 0 of {len(MODEL)} bytes"),
    "one byte longer": (_written(MODEL + b"x"), f"model.bin is longer than its {len(MODEL)} bytes"),
    "a hundred times as long": (_written(MODEL * 100), f"model.bin is longer than its {len(MODEL)} bytes"),
    "the bytes of the next release": (_written(CONTENTS[V2]["model.bin"]), "model.bin is longer than"),
    "gone": (Path.unlink, "model.bin is missing"),
}  # fmt: skip

FEW = {"one bit flipped", "truncated by one byte", "one byte longer", "gone"}


def _link(to: str) -> Change:
    def change(place: Path) -> None:
        place.unlink()
        place.symlink_to(to)

    return change


def _fifo(place: Path) -> None:
    place.unlink()
    os.mkfifo(place)


def _folder(place: Path) -> None:
    place.unlink()
    place.mkdir()


STRANGE: dict[str, Change] = {
    "a link to a file of the same bytes": lambda place: _link(str(place.rename(place.with_name("moved"))))(_touched(place)),
    "a link to an endless device": _link("/dev/zero"),
    "a FIFO that nobody writes to": _fifo,
    "a folder": _folder,
}  # fmt: skip


def _touched(place: Path) -> Path:
    place.touch()
    return place


def _renamed(ground: Ground) -> None:
    place = object_of(ground.storage, MODEL)
    place.rename(place.with_name("0" * 30))


def _exchanged(ground: Ground) -> None:
    overwritten(object_of(ground.storage, MODEL), PARAMS)
    overwritten(object_of(ground.storage, PARAMS), MODEL)


def _listing(change: Change) -> Harm:
    return lambda ground: change(listing_of(ground, ground.storage))


def _listing_of_next(ground: Ground) -> None:
    overwritten(listing_of(ground, ground.storage), listing_of(ground, ground.storage, V2).read_bytes())


def uses_store(ground: Ground) -> None:
    """The verifier's own configuration names the store, for commands that take no `--storage`."""
    (ground.clone / ".dvc" / "config.local").write_text(f"['remote \"store\"']\n    url = {ground.storage}\n")


def _flipped_for_deep(ground: Ground) -> None:
    uses_store(ground)
    CHANGES["one bit flipped"][0](object_of(ground.storage, MODEL))


def _cached_is_honest(ground: Ground) -> None:
    """What is proven is the store, whatever the cache holds."""
    shutil.copytree(ground.storage, ground.clone / ".dvc" / "cache")
    _flipped_for_deep(ground)


def _twin_released(ground: Ground) -> None:
    """Reviewed and signed is one file; the store serves another of the same md5."""
    ground.commit(ground.shop.add_version(V3, {"model.bin": TWIN}))
    ground.release(ground.statement(V3))
    overwritten(object_of(ground.storage, TWIN), OTHER_TWIN)


STORED = [
    Attack(ROW, f"model.bin in the store: {name}", "object store", _in_store(change), "content", words)
    for name, (change, words) in CHANGES.items()
]
SERVED_BY = [
    Attack(ROW, f"model.bin over {kind.upper()}: {name}", "object store", _in_store(change), "content", words,
           ("pull", "churn@1.0.0", "-o", TARGET, "--storage", SERVED), served=kind)
    for kind in ("http", "s3")
    for name, (change, words) in CHANGES.items()
    if name in FEW
]  # fmt: skip
CACHED = [
    Attack(ROW, f"model.bin in the cache alone: {name}", "earlier job", _only_in_cache(change), "content",
           words.removesuffix(" in"))
    for name, (change, words) in CHANGES.items()
    if name in FEW
]  # fmt: skip
ODD = [
    Attack(ROW, f"model.bin in the {where}: {name}", actor, harm(change), "content", "model.bin is missing")
    for where, actor, harm in (("store", "object store", _in_store), ("cache alone", "earlier job", _only_in_cache))
    for name, change in STRANGE.items()
    if where == "store" or name.startswith("a link")
]  # fmt: skip
WHOLE = [
    Attack(ROW, "model.bin in the store under another name", "object store", _renamed, "content", "model.bin is missing"),
    Attack(ROW, "two files exchanged in the store", "object store", _exchanged, "content", "is "),
    Attack(ROW, "the listing altered", "object store", _listing(_written(b"[]")), "content", "its bytes are not what its name says"),
    Attack(ROW, "the listing gone", "object store", _listing(Path.unlink), "content", "is missing"),
    Attack(ROW, "the listing of another release", "object store", _listing_of_next, "content", "its bytes are not what its name says"),
    Attack(ROW, "an endless listing", "object store", _listing(_link("/dev/zero")), "content", "is missing"),
    Attack(ROW, "a listing of 20 MB", "object store", _listing(_written(b"[" * 20_000_000)), "content", "not what its name says"),
    Attack(ROW, "another file of the same md5 (the public pair)", "object store", _twin_released, "content",
           "model.bin is other bytes than the manifest records", pull("churn@2.0.0"), git="accepts", tag="model/churn/v2.0.0"),
    Attack(ROW, "verify --deep over a flipped bit", "object store", _flipped_for_deep, "content", "model.bin is altered",
           verify("--deep", "churn@1.0.0")),
    Attack(ROW, "verify --deep over a flipped bit, beside an honest cache", "object store", _cached_is_honest, "content",
           "model.bin is altered in the storage", verify("--deep", "churn@1.0.0")),
]  # fmt: skip
ATTACKS = [*STORED, *SERVED_BY, *CACHED, *ODD, *WHOLE]
