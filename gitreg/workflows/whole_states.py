"""A whole state of a registry as cases for rules: part by part, so that any number of records is judged in flat memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gitreg.checks import FILES, FOLDERS, Case, Files
from gitreg.checks.read_ahead import in_parts


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
