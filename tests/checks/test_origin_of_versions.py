"""Whether a version's candidate was logged, its artifacts are stored, and who changed a candidate."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import Desk
from judging import PROMOTE, VERSION, Bench, codes

from gitreg.documents import places
from gitreg.domain.candidate import Candidate
from gitreg.errors import RemoteError
from gitreg.gitrepo import ObjectId
from gitreg.store import Author
from gitreg.workflows.registry import CANDIDATES, open_registry
from gitreg.workflows.validating.candidate_origins import CandidateOrigins
from gitreg.workflows.validating.validate import validate_change

COPY = f"{VERSION}/candidate.yaml"


def invented(bench: Bench) -> dict[str, bytes | None]:
    """The proposed version, of a candidate whose accuracy nobody ever measured."""
    ref = f"refs/heads/{PROMOTE}"
    copy, record = bench.read(COPY, ref), bench.read(f"{VERSION}/version.yaml", ref)
    better = copy.replace(b"auc: 0.9\n", b"auc: 0.99\n")
    assert better != copy
    from_, to = (
        subprocess.run(["sha256sum"], input=one, capture_output=True, check=True).stdout[:64]
        for one in (copy, better)
    )
    return {COPY: better, f"{VERSION}/version.yaml": record.replace(from_, to)}


def test_candidate_that_was_never_logged_is_found(bench: Bench) -> None:
    """On any branch: the version and its copy agree, and only the candidate branch tells."""
    after = bench.on(f"refs/heads/{PROMOTE}", invented(bench))

    for branch in (PROMOTE, "feature/x", None):
        [found] = bench.findings(after, branch)
        assert (found.code, found.path, found.severity) == ("GR108", COPY, "error")


@pytest.fixture(scope="module")
def shared(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The same registry, with a remote, in which the promoted candidate was edited twice since."""
    folder = tmp_path_factory.mktemp("shared")
    shutil.copytree(bench.desk.path, folder / "work", symlinks=True)
    desk = Desk(folder / "work", bench.desk.environ, bench.desk.key)
    path = next(
        path
        for path in records(desk)
        if desk.read(path, CANDIDATES) == desk.read(COPY, f"refs/heads/{PROMOTE}")
    )
    for note in (b"one", b"two"):
        text = desk.read(path, CANDIDATES)
        desk.commit(
            {path: text.replace(b"notes: ''", b"notes: " + note).replace(b"notes: one", b"notes: " + note)},
            CANDIDATES,
        )
    desk.share()
    desk.git("push", "-q", "origin", f"{PROMOTE}:{PROMOTE}")
    yield desk
    desk.close()


def records(desk: Desk) -> list[str]:
    """Every candidate's record."""
    listed = desk.git("ls-tree", "-r", "--name-only", CANDIDATES, "experiments").splitlines()
    return [path for path in listed if places.candidate_of(path)]


def origin(desk: Desk, place: Path, **environ: str) -> tuple[bool, str, str]:
    """What a clone knows of the promoted candidate."""
    content = desk.read(COPY, f"refs/heads/{PROMOTE}")
    path = next(one for one in records(desk) if f"id: {one[-37:-5]}\n".encode() in content.replace(b"'", b""))
    registry = open_registry(place, desk.environ | environ)
    try:
        found = CandidateOrigins(registry).find(path, content)
    finally:
        registry.close()
    return found.is_there, found.lack, found.severity


def test_record_that_was_edited_since_is_in_the_history(shared: Desk) -> None:
    """A note that is written after a promotion takes nothing from it."""
    assert origin(shared, shared.path)[0]


def clone_of(shared: Desk, name: str) -> Path:
    """What a runner makes: few commits of one branch, detached, nothing else."""
    target = shared.path.parent / name
    subprocess.run(["git", "init", "-q", str(target)], check=True, env=shared.environ)
    remote = f"file://{shared.path.parent / 'remote.git'}"
    for words in (["remote", "add", "origin", remote], ["fetch", "-q", "--depth", "1", "origin", f"+refs/heads/{PROMOTE}:refs/pipelines/1"], ["checkout", "-q", "--detach", "refs/pipelines/1"]):  # fmt: skip
        subprocess.run(["git", *words], cwd=target, check=True, env=shared.environ)
    return target


def test_clone_of_a_job_asks_the_remote_and_stays_as_it_is(shared: Desk) -> None:
    """Some commits of the candidate branch, and the trees on the way to one record, which are gone afterwards."""
    clone = clone_of(shared, "job")
    before = sorted((clone / ".git").rglob("*"))

    assert origin(shared, clone, CI="true")[0]
    assert sorted((clone / ".git").rglob("*")) == before


def test_nobody_can_tell_without_the_remote(shared: Desk) -> None:
    """Then it is a warning, and in CI, which is there to find out, an error."""
    clone = clone_of(shared, "alone")
    shared.git("remote", "set-url", "origin", "file:///nowhere", at=clone)

    is_there, lack, severity = origin(shared, clone)
    assert (is_there, severity) == (False, "warning")
    assert "nowhere" in lack
    assert origin(shared, clone, CI="true")[2] == "error"
    registry = shared.open(clone)
    head = registry.repository.resolve("HEAD")
    assert head
    found = [one for one in validate_change(registry, None, head).findings if one.code == "GR108"]
    assert {one.path for one in found} == {COPY, COPY.replace("1.1.0", "1.0.0")}
    assert all(one.severity == "warning" and "nowhere" in one.message for one in found)


def test_stored_version_is_asked_for_when_it_is_said(bench: Bench, tmp_path: Path) -> None:
    """A missing file, and one of another size, are named; a storage that is away is no answer."""
    tip = bench.desk.tip(f"refs/heads/{PROMOTE}")
    store = bench.desk.path.with_name("work-store")
    kept = shutil.copytree(store, tmp_path / "kept")
    assert tip
    sized = [file for file in store.rglob("*") if file.is_file() and file.read_bytes() == b"better"]
    try:
        for file in sized:
            file.chmod(0o644)
            file.write_bytes(b"truncate")
        [wrong] = bench.findings(tip, storage=True)
        for file in sized:
            file.unlink()
        [missing] = bench.findings(tip, storage=True)
        shutil.rmtree(store)
        with pytest.raises(RemoteError, match="is not there"):
            bench.findings(tip, storage=True)
    finally:
        shutil.rmtree(store, ignore_errors=True)
        shutil.copytree(kept, store)

    assert (wrong.code, missing.code) == ("GR110", "GR110")
    assert "bytes in the storage" in wrong.message
    assert "model.bin is not in the storage" in missing.message
    assert bench.findings(tip) == []


def edited(bench: Bench, old: bytes, new: bytes | None, email: str) -> list[tuple[str, str]]:
    """What is found when somebody changes a candidate of Ada's; None removes it."""
    path = records(bench.desk)[0]
    text = bench.read(path, CANDIDATES)
    assert old in text
    author = Author("Somebody", email, bench.desk.author.when)
    after = bench.on(CANDIDATES, {path: None if new is None else text.replace(old, new)}, author)
    found = bench.findings(after, "gitreg/candidates", CANDIDATES)
    return [(one.code, one.severity) for one in found if one.code == "GR111"]


@pytest.mark.parametrize(
    ("old", "new", "email", "severity"),
    [
        (b"auc: 0.9", b"auc: 0.99", "bob@example.com", "error"),
        (b"notes: ''", b"notes: nice", "bob@example.com", "warning"),
        (b"auc: 0.9", None, "bob@example.com", "error"),
        (b"auc: 0.9", b"auc: 0.99", "ADA@example.com", None),
        (b"email: ada@", b"email: bob@", "bob@example.com", "error"),
    ],
)  # fmt: skip
def test_candidate_of_somebody_else(
    bench: Bench, old: bytes, new: bytes | None, email: str, severity: str | None
) -> None:
    """What was measured is its author's; tags, notes and hiding are everybody's, and seen."""
    assert edited(bench, old, new, email) == ([("GR111", severity)] if severity else [])


def test_who_changed_it_is_told_behind_later_commits(bench: Bench) -> None:
    """Each commit's own author counts, not that of the last one."""
    path = records(bench.desk)[0]
    text = bench.read(path, CANDIDATES).replace(b"auc: 0.9", b"auc: 0.99")
    first = bench.on(CANDIDATES, {path: text}, Author("Bob", "bob@example.com", bench.desk.author.when))

    [found] = bench.findings(bench.on(first, {"README.md": b"x"}), "gitreg/candidates", CANDIDATES)

    assert (found.code, "metrics changed by bob@example.com" in found.message) == ("GR111", True)


def test_new_candidate_is_nobody_elses(bench: Bench) -> None:
    """A candidate that is only added changes nothing of anybody's."""
    desk = bench.desk
    before = desk.tip(CANDIDATES)
    candidate = desk.log("other")
    after = desk.tip(CANDIDATES)

    assert isinstance(candidate, Candidate)
    assert before
    assert after
    assert bench.findings(ObjectId(after), "gitreg/candidates", before) == []


def test_every_rule_of_promotion_is_asked_by_the_hooks_call(bench: Bench) -> None:
    """What CI finds by `--since`, a server finds by the same call."""
    files = invented(bench) | {"train.py": b"x", "gitreg.yaml": b"x"}

    assert {"GR106", "GR108", "GR112"} <= codes(bench.proposed(files))
