"""Checks of the artifact storage: every byte that a record speaks of is there, and is what was recorded."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import yaml
from subject import Checked, Subject

from gitreg.artifacts.storage import Storage
from gitreg.workflows.registry import open_registry
from gitreg.workflows.storage import open_storage

OBJECT = re.compile(r"files/md5/[0-9a-f]{2}/[0-9a-f]{30}(\.dir)?")


def every_artifact_is_in_the_storage(subject: Subject) -> Checked:
    """Each file of each manifest is read from the storage, and its sha256 compared."""
    faults, count = [], 0
    for path in sorted(subject.records):
        manifest = subject.manifest(path)
        if manifest is None:
            continue
        recorded = _field(subject.records[path], "artifacts", "manifest")
        content = subject.files[path.removesuffix(".yaml") + ".sha256"]
        if recorded != f"sha256:{hashlib.sha256(content).hexdigest()}":
            faults.append(f"{path}: its manifest is not the recorded one")
        count += len(manifest)
        faults += [f"{path}: {fault}" for fault in _wrong_with(subject, path, manifest)]
    return Checked("artifacts re-hashed from the storage", count, faults)


def nothing_strange_is_in_the_storage(subject: Subject) -> Checked:
    """A storage that is a folder holds objects under their own names, and nothing half-written."""
    if subject.storage is None:
        return Checked("files in the storage (it is no folder here)", 0, [])
    files = [path for path in subject.storage.rglob("*") if path.is_file()]
    faults = []
    for path in files:
        name = path.relative_to(subject.storage).as_posix()
        if not OBJECT.fullmatch(name):
            if subject.before is None or path.stat().st_mtime < subject.before:
                faults.append(f"{path} is no object")
        elif hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest() != _object_of(path)[:32]:
            faults.append(f"{path} is not what its name says")
    return Checked("files in the storage under their own digests", len(files), faults)


def content_of(subject: Subject, record_path: str, name: str) -> bytes | None:
    """One artifact of a candidate, from the storage."""
    locators = _locators(subject, record_path)
    return _read(subject, locators[name]) if name in locators else None


def _wrong_with(subject: Subject, path: str, manifest: dict[str, str]) -> Iterator[str]:
    try:
        locators = _locators(subject, path)
    except (OSError, ValueError, KeyError) as error:
        yield f"its listing cannot be read from the storage: {error!r}"
        return
    if locators.keys() != manifest.keys():
        yield f"listing and manifest name other files: {sorted(locators.keys() ^ manifest.keys())}"
    for name, digest in manifest.items():
        try:
            content = _read(subject, locators[name])
        except (OSError, KeyError) as error:
            yield f"artifact {name} is not in the storage: {error!r}"
            continue
        if hashlib.sha256(content).hexdigest() != digest:
            yield f"artifact {name} is in the storage with other bytes"


def _locators(subject: Subject, record_path: str) -> dict[str, str]:
    """The md5 by which DVC finds each file of a candidate."""
    text = subject.files[record_path.removesuffix(".yaml") + ".dvc"]
    [out] = yaml.load(text, Loader=yaml.BaseLoader)["outs"]
    return {entry["relpath"]: entry["md5"] for entry in json.loads(_read(subject, out["md5"]))}


def _read(subject: Subject, object_id: str) -> bytes:
    if subject.storage is not None:
        return (subject.storage / "files" / "md5" / object_id[:2] / object_id[2:]).read_bytes()
    with _storage_of(subject.fresh, tuple(sorted(subject.environ.items()))).open_object(object_id) as stream:
        return stream.read()


@cache
def _storage_of(clone: Path, environ: tuple[tuple[str, str], ...]) -> Storage:
    os.environ.update(environ)  # where the storage's own library looks for credentials
    registry = open_registry(clone, dict(environ))
    try:
        return open_storage(registry)
    finally:
        registry.close()


def _object_of(path: Path) -> str:
    return path.parent.name + path.name


def _field(record: dict[str, object], *keys: str) -> object:
    value: object = record
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value
