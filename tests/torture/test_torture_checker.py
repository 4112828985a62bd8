"""The checker finds nothing where all is well, and each of its checks can fail."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from acknowledged import Acknowledged
from checker import CHECKS, look
from ground import CANDIDATES
from subject import Subject

LOST = "f" * 32
Plant = Callable[[Subject], Subject | None]


def _record(subject: Subject) -> str:
    """The path of the first candidate's record."""
    return min(subject.records)


def _edit(subject: Subject, changes: dict[str, bytes | None]) -> None:
    """Commits files to the candidate branch by plain Git, and publishes that."""
    subject.git("checkout", "-q", "-B", CANDIDATES, f"origin/{CANDIDATES}")
    for name, content in changes.items():
        path = subject.fresh / name
        if content is None:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    subject.git("add", "-A", "experiments")
    subject.git("commit", "-q", "-m", "By hand")
    subject.git("push", "-q", "origin", f"HEAD:{CANDIDATES}")


def _as_new(subject: Subject) -> Subject:
    """The same, with nothing read of it yet."""
    return replace(subject)


def lost(subject: Subject) -> Subject:
    return replace(subject, acknowledged=[*subject.acknowledged, Acknowledged(LOST)])


def told_twice(subject: Subject) -> Subject:
    return replace(subject, acknowledged=[*subject.acknowledged, subject.acknowledged[0]])


def never_told(subject: Subject) -> Subject:
    return replace(subject, acknowledged=subject.acknowledged[1:])


def twice_on_the_branch(subject: Subject) -> Subject:
    path = _record(subject)
    _edit(subject, {path.replace("churn", "other"): subject.files[path]})
    return _as_new(subject)


def other_bytes(subject: Subject) -> Subject:
    path = _record(subject)
    _edit(subject, {path: subject.files[path].replace(b"0.9", b"0.8")})
    return _as_new(subject)


def lost_param(subject: Subject) -> Subject:
    told = replace(subject.acknowledged[0], record=None, params={"depth": "8"})
    return replace(subject, acknowledged=[told, *subject.acknowledged[1:]])


def lost_point(subject: Subject) -> Subject:
    told = replace(subject.acknowledged[0], steps={"auc": [7]})
    return replace(subject, acknowledged=[told, *subject.acknowledged[1:]])


def lost_artifact(subject: Subject) -> Subject:
    told = replace(subject.acknowledged[0], artifacts={"other.bin": "0" * 64})
    return replace(subject, acknowledged=[told, *subject.acknowledged[1:]])


def half_a_record(subject: Subject) -> Subject:
    path = _record(subject)
    _edit(subject, {path: subject.files[path][:-20]})
    return _as_new(subject)


def no_manifest(subject: Subject) -> Subject:
    _edit(subject, {_record(subject).removesuffix(".yaml") + ".sha256": None})
    return _as_new(subject)


def manifest_of_another(subject: Subject) -> Subject:
    stem = _record(subject).removesuffix(".yaml")
    _edit(subject, {f"{stem}.sha256": b"0" * 64 + b"  model.bin\n"})
    return _as_new(subject)


def _objects(subject: Subject) -> list[Path]:
    assert subject.storage is not None
    return sorted(path for path in subject.storage.rglob("*") if path.is_file() and path.suffix != ".dir")


def missing_object(subject: Subject) -> None:
    _objects(subject)[0].unlink()


def missing_listing(subject: Subject) -> None:
    assert subject.storage is not None
    next(subject.storage.rglob("*.dir")).unlink()


def altered_object(subject: Subject) -> None:
    path = _objects(subject)[0]
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1] + b"!")


def half_an_upload(subject: Subject) -> None:
    (_objects(subject)[0].parent / "tmp-half").write_bytes(b"half")


def loose_objects_broken(subject: Subject) -> None:
    assert subject.server is not None
    path = next(path for path in subject.server.glob("objects/??/*") if path.is_file())
    path.chmod(0o600)
    path.write_bytes(b"")


def server_lock(subject: Subject) -> None:
    assert subject.server is not None
    (subject.server / f"refs/heads/{CANDIDATES}.lock").touch()


def index_lock(subject: Subject) -> None:
    (subject.clones[0] / ".git/index.lock").touch()


def half_an_object(subject: Subject) -> None:
    (subject.clones[0] / ".git/objects/tmp_obj_1").touch()


def half_a_draft(subject: Subject) -> None:
    (subject.clones[0] / ".git/gitreg/drafts/.new-1").mkdir(parents=True)


def unfinished_draft(subject: Subject) -> None:
    (subject.clones[0] / ".git/gitreg/drafts" / LOST).mkdir(parents=True)


def half_hashed(subject: Subject) -> None:
    (subject.clones[0] / ".git/gitreg/unpushed/files/tmp-1").mkdir(parents=True)


def left_inbox(subject: Subject) -> None:
    subject.git("push", "-q", "origin", f"origin/main:refs/gitreg/inbox/{LOST}")


def left_branch(subject: Subject) -> None:
    subject.git("push", "-q", "origin", "origin/main:refs/heads/left")


def left_tag(subject: Subject) -> None:
    subject.git("push", "-q", "origin", "origin/main:refs/tags/left")


def accepted_moved_back(subject: Subject) -> Subject:
    subject.git("push", "-q", "--force", "origin", "origin/main~1:refs/heads/main")
    return _as_new(subject)


def candidates_moved_back(subject: Subject) -> Subject:
    tip = subject.git("rev-parse", f"origin/{CANDIDATES}").strip()
    subject.git("push", "-q", "--force", "origin", f"{tip}~1:refs/heads/{CANDIDATES}")
    subject.git("push", "-q", "--force", "origin", f"{tip}:refs/heads/{CANDIDATES}")
    return _as_new(subject)


def seen_elsewhere(subject: Subject) -> Subject:
    subject.git("checkout", "-q", "-b", "elsewhere", "origin/main~1")
    subject.git("commit", "-q", "--allow-empty", "-m", "Elsewhere")
    return replace(subject, server=None, tips=[("main", subject.git("rev-parse", "HEAD").strip())])


FAULTS: dict[Plant, str] = {
    lost: "on the branch 0 times",
    told_twice: "acknowledged twice",
    never_told: "nobody was told",
    twice_on_the_branch: "on the branch 2 times",
    other_bytes: "not byte for byte",
    lost_param: "param depth is None",
    lost_point: "acknowledged points are not there",
    lost_artifact: "artifact other.bin is None",
    half_a_record: "no whole YAML mapping",
    no_manifest: ".sha256 file is missing",
    manifest_of_another: "manifest is not the recorded one",
    missing_object: "is not in the storage",
    missing_listing: "listing cannot be read",
    altered_object: "with other bytes",
    half_an_upload: "is no object",
    loose_objects_broken: "object",
    server_lock: "is a lock",
    index_lock: "is a lock",
    half_an_object: "is temporary",
    half_a_draft: "is temporary",
    unfinished_draft: "a draft that nobody finished",
    half_hashed: "is temporary",
    left_inbox: "is left on the remote",
    left_branch: "is left on the remote",
    left_tag: "is left on the remote",
    accepted_moved_back: "which is not forward",
    candidates_moved_back: "which is not forward",
    seen_elsewhere: "which is not forward",
}


@pytest.mark.parametrize("plant", FAULTS, ids=lambda plant: plant.__name__)
def test_a_planted_fault_is_found(plant: Plant, subject: Subject) -> None:
    """Every kind of fault that a torture may leave is named."""
    spoilt = plant(subject) or subject

    report = look(spoilt)

    assert any(FAULTS[plant] in fault for fault in report.faults), report.text()


def test_an_honest_registry_has_no_fault(subject: Subject) -> None:
    """What is well is called well, and every check looked at something."""
    report = look(subject)

    assert report.faults == []
    assert len(report.checked) == len(CHECKS)
    assert all(one.count for one in report.checked), report.text()


def test_only_what_is_older_than_the_look_is_left(subject: Subject) -> None:
    """A lock of this very moment may belong to somebody at work."""
    lock = subject.clones[0] / ".git/index.lock"
    lock.touch()
    then = lock.stat().st_mtime - 10

    assert look(replace(subject, before=then)).faults == []
    os.utime(lock, (then - 1, then - 1))
    assert len(look(replace(subject, before=then)).faults) == 1


def test_objects_of_a_killed_git_are_litter(subject: Subject) -> None:
    """After kills they are no fault, as `git gc` removes them; a lock is one all the same."""
    half_an_object(subject)
    killed = replace(subject, killed=True)

    assert look(killed).faults == []
    index_lock(subject)
    assert len(look(killed).faults) == 1


def test_a_digest_that_is_acknowledged_is_the_files_own(subject: Subject) -> None:
    """What a writer computes from the record's value is what Git holds."""
    [path] = subject.places[subject.acknowledged[0].id]

    assert subject.acknowledged[0].record == hashlib.sha256(subject.files[path]).hexdigest()
