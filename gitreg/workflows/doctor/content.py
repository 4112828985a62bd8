"""Artifact bytes: what only this machine has, what the storage lost, what nobody has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gitreg.artifacts import parse_dvc_file
from gitreg.artifacts.storage import Storage
from gitreg.documents import places
from gitreg.domain.candidate import Candidate
from gitreg.domain.logged_model import LoggedModel
from gitreg.domain.manifest import Manifest
from gitreg.errors import GitregError, VerificationError
from gitreg.gitrepo import EMPTY_TREE, ObjectId
from gitreg.store import MANIFEST_LIMIT, Snapshot
from gitreg.workflows.doctor.base import Check, Diagnosis, Kind, RegistrySubject, command, counted
from gitreg.workflows.doctor.status import unpushed
from gitreg.workflows.registry import Registry
from gitreg.workflows.remote_refs import known_candidates
from gitreg.workflows.storage import open_storage

UNPUSHED = Kind("unpushed", "note", "candidates or artifacts that only this machine has", "gitreg push")
LOST = Kind(
    "artifacts-lost",
    "error",
    "a candidate whose artifacts are neither on this machine nor in the storage",
    "gitreg push on the machine that has them, or gitreg delete ID",
)
NOT_STORED = Kind(
    "not-stored",
    "error",
    "artifacts that are in the cache here, and not in the storage where they should be",
    "a copy from the cache to what is unpushed, then gitreg push",
)
SHOWN = 400


@dataclass(frozen=True)
class Needed:
    """Objects that a candidate or version needs; `listing` where the object that lists them is nowhere."""

    owner: str
    candidate: str | None
    ids: tuple[str, ...]
    listing: str | None = None


def find_unpushed(subject: RegistrySubject) -> list[Diagnosis]:
    """Not a fault: it is good to know what is lost with this machine."""
    waiting = unpushed(subject.registry)
    parts = (
        (waiting.candidates, "candidate"),
        (waiting.models, "logged model"),
        (waiting.objects, "artifact object"),
    )
    what = " and ".join(counted(number, name) for number, name in parts if number)
    if not what:
        return []
    return [
        Diagnosis(
            UNPUSHED,
            f"{what} that no remote has yet",
            "they are kept until they are pushed",
            subject.gitreg("push"),
        )
    ]


def find_missing(subject: RegistrySubject) -> list[Diagnosis]:
    """Objects that are needed and are not where they should be: of what is unpublished, or with `deep` of everything."""
    registry = subject.registry
    storage = None if subject.offline else _storage(registry)
    needed = list(_needed(registry, storage, deep=subject.deep))
    wanted = {id_ for one in needed for id_ in one.ids}
    there = storage.has(sorted(wanted)) if storage else set()
    here = {id_ for id_ in wanted if registry.cache.places(id_)}
    found = [] if storage is None else [_lost(subject, one) for one in needed if _is_lost(one, here | there)]
    waiting = set(registry.cache.unpushed_objects())
    if storage and (cached := sorted(here - there - waiting)):
        found.append(_not_stored(subject, cached, storage))
    return found


def _is_lost(one: Needed, known: set[str]) -> bool:
    return one.listing is not None or not known.issuperset(one.ids)


def _lost(subject: RegistrySubject, one: Needed) -> Diagnosis:
    why = "no place that is known here has the bytes; a machine that has them can push them, and a candidate can be hidden"
    hide = subject.gitreg("delete", one.candidate) if one.candidate else None
    return Diagnosis(LOST, f"artifacts of {one.owner} are missing", why, hide)


def _not_stored(subject: RegistrySubject, ids: list[str], storage: Storage) -> Diagnosis:
    cache = subject.registry.cache
    names = [f"{id_[:2]}/{id_[2:]}" for id_ in ids[:SHOWN]]
    words = (
        command("mkdir", "-p", "--", str(cache.unpushed)),
        f"{command('tar', '-C', str(cache.cache), '-cf', '-', *names)} | {command('tar', '-C', str(cache.unpushed), '-xf', '-')}",
        subject.gitreg("push"),
    )
    return Diagnosis(
        NOT_STORED,
        f"{counted(len(ids), 'artifact object')} in the cache, and not in {storage.describe()}: {ids[0]}",
        "somebody deleted them there, or they were never sent; others cannot fetch what needs them",
        " && ".join(words),
    )


def _storage(registry: Registry) -> Storage | None:
    """The storage; None where none can be opened, which is another check's finding."""
    try:
        return open_storage(registry)
    except GitregError:
        return None


def _needed(registry: Registry, storage: Storage | None, *, deep: bool) -> Iterator[Needed]:
    snapshot = registry.candidates
    for path in _chosen(registry, deep=deep):
        is_candidate = places.candidate_of(path) is not None
        record = snapshot.record(Candidate, path) if is_candidate else snapshot.record(LoggedModel, path)
        if record is not None and record.artifacts and record.deleted is None:
            stem = path.removesuffix(".yaml")
            owner = (
                Needed(f"{record.experiment}/{record.id}", record.id, ())
                if is_candidate
                else Needed(f"{record.experiment}/m-{record.id}", None, ())
            )
            yield _needs(registry, snapshot, storage, (f"{stem}.sha256", f"{stem}.dvc"), owner)
    if deep:
        accepted = registry.accepted
        for path in accepted.paths("models"):
            if path.endswith("/artifacts.dvc"):
                paths = (path.removesuffix(".dvc") + ".sha256", path)
                yield _needs(registry, accepted, storage, paths, Needed(path.rpartition("/")[0], None, ()))


def _chosen(registry: Registry, *, deep: bool) -> Iterator[str]:
    """Records of candidates and logged models."""
    ours = registry.candidates.commit
    if ours is None:
        return
    known = None if deep else known_candidates(registry)
    base = registry.repository.merge_base(ours, known) if known else None
    changed = (
        registry.repository.changed_paths(base or ObjectId(EMPTY_TREE), ours, "experiments/")
        if base != ours
        else []
    )
    for status, path in changed:
        if status != "D" and places.is_logged(path):
            yield path


def _needs(
    registry: Registry, snapshot: Snapshot, storage: Storage | None, paths: tuple[str, str], owner: Needed
) -> Needed:
    """The objects of one folder of artifacts; what is malformed is for `gitreg validate`."""
    listing, dvc = snapshot.file(paths[0], limit=MANIFEST_LIMIT), snapshot.file(paths[1])
    if listing is None or dvc is None:
        return owner
    try:
        manifest, md5 = Manifest.parse(listing), parse_dvc_file(dvc).md5
    except ValueError:
        return owner
    try:
        folder = registry.cache.folder(md5, manifest, storage, sizes=False)
    except VerificationError:
        return Needed(owner.owner, owner.candidate, (md5,), md5)
    return Needed(owner.owner, owner.candidate, folder.ids)


WAITING = Check("what only this machine has", (UNPUSHED,), find_unpushed)
MISSING = Check("artifacts", (LOST, NOT_STORED), find_missing)
