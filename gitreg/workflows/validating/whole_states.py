"""Whole states of a registry, and large changes, as cases for rules: part by part, so that memory stays flat."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from gitreg.checks import FILES, FOLDERS, Case, Files
from gitreg.checks.files import Listed
from gitreg.checks.read_ahead import PART, ahead, in_parts
from gitreg.gitrepo import ObjectId


def whole(case: Case) -> Iterator[Case]:
    """Everything that is there now, and what was accepted and is there no more.

    Args:
        case: what all of them have in common.
    """
    proposed, accepted = case.proposed, case.accepted
    known = [path for path in FILES if any(files.kind(path) is not None for files in (proposed, accepted))]
    yield replace(case, paths=known)
    for folder in FOLDERS:
        for paths, files in in_parts(proposed, folder):
            yield replace(case, paths=paths, proposed=files)
    if proposed != accepted:
        gone = [path for folder in FOLDERS for path in _missing(accepted, proposed, folder)]
        yield replace(case, paths=gone)


def _missing(accepted: Files, proposed: Files, folder: str) -> Iterator[str]:
    yield from (one.path for one in accepted.listed(folder) if proposed.kind(one.path) is None)


def in_few(case: Case, paths: Sequence[str], blobs: Callable[[], Mapping[str, ObjectId]]) -> Iterator[Case]:
    """Some paths, as one case where they are few.

    Args:
        case: what all of them have in common.
        paths: what is to be judged.
        blobs: which content is at a path; asked where there are many.
    """
    if len(paths) <= PART:
        yield replace(case, paths=paths)
        return
    known = blobs()
    for start in range(0, len(paths), PART):
        part = paths[start : start + PART]
        there = [Listed(path, "file", known[path]) for path in part if path in known]
        yield replace(case, paths=part, proposed=ahead(case.proposed, there))
