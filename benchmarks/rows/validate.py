"""Every record of a large registry validated, beside reading them."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from budgets import Budget, Term
from contestants.base import Start
from figures import Contestant
from records import FIXED
from report import Run
from setting import Setting, Words, say

from gitreg.documents.places import CANDIDATES_BRANCH, candidate_of
from gitreg.documents.quick import candidate_values
from gitreg.gitrepo.reading import Reading
from gitreg.workflows.registry import CANDIDATES, open_registry
from gitreg.workflows.validating.validate import Validation, validate_paths, validate_registry

READER = "the bulk reader"
COMMITS = "gitreg validate"
FOLDER = "gitreg validate FOLDER"
MOST = 100_000
NOTES = """In this process. The bulk reader lists every file of the candidate branch, reads it from Git and takes its values,
which checks the form of each and nothing else; it is what the index is built by, on one core. `gitreg validate` asks every rule, of the
accepted branch and the work tree too; `gitreg validate FOLDER` the same of the candidate branch's files on disk."""


def measure(setting: Setting) -> Run:
    """In the largest registry of a usual run."""
    size = min(setting.scale.searched_most, MOST)
    start = setting.stock.start(size, FIXED)
    made = [_reader(start), _commits(start), _folder(start, setting.place("files"))]
    budgets = [
        Budget(f"{name} of {size:,}: 4 x reading them", name, (Term(4, READER),))
        for name in (COMMITS, FOLDER)
    ]
    return setting.contest(
        Words("validate", f"Validating {size:,} candidates", NOTES, READER), made, budgets, 3, 120_000
    )


def _reader(start: Start) -> Contestant:
    def act(_: int) -> None:
        with Reading.open(start.registry, start.environ) as reading:
            tip = reading.resolve(CANDIDATES)
            assert tip
            files = list(reading.changed_blobs(None, tip, "experiments"))
            contents = reading.blobs(blob for _, blob in files if blob)
            for (path, _), (_, content) in zip(files, contents, strict=True):
                if candidate_of(path):
                    candidate_values(content or b"", path)

    return Contestant(READER, start.size, lambda turn: turn, act)


def _commits(start: Start) -> Contestant:
    def act(_: int) -> None:
        registry = open_registry(start.registry, start.environ)
        try:
            _require_sound(validate_registry(registry), start.size)
        finally:
            registry.close()

    return Contestant(COMMITS, start.size, lambda turn: turn, act)


def _folder(start: Start, place: Path) -> Contestant:
    say("validate: writing the candidate branch's files")
    words: Sequence[str] = ("git", "-C", str(start.registry), "archive", CANDIDATES_BRANCH, "experiments")
    with subprocess.Popen(words, env=dict(start.environ), stdout=subprocess.PIPE) as git:
        subprocess.run(["tar", "-x", "-C", str(place)], stdin=git.stdout, check=True)

    def act(_: int) -> None:
        _require_sound(validate_paths(None, place, ["experiments"], start.environ), start.size)

    return Contestant(FOLDER, start.size, lambda turn: turn, act)


def _require_sound(found: Validation, size: int) -> None:
    if found.findings or found.records < size:
        raise SystemExit(f"validate: {found.records} records, {len(found.findings)} findings")
