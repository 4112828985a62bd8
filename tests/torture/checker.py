"""The checker: after any torture, whatever was acknowledged is there, and nothing else is left over.

    python tests/torture/checker.py --remote URL --acknowledged FILE [--server DIR] [--storage DIR] [--clone DIR ...]

First it runs one `gitreg push` from a fresh clone, so that inboxes are folded and gone. Then it looks with plain Git
and its own eyes. It prints what it looked at, and how much of it; it ends with 1 and names every fault, if there is one.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from acknowledged import read_all
from check_artifacts import every_artifact_is_in_the_storage, nothing_strange_is_in_the_storage
from check_records import (
    every_acknowledged_byte_is_there,
    every_acknowledged_candidate_is_there_once,
    every_record_is_whole,
)
from check_repositories import (
    branches_only_moved_forward,
    fsck_finds_nothing,
    no_lock_or_temporary_file_is_left,
    no_strange_ref_is_left,
)
from ground import GITREG, run
from subject import Checked, Subject
from telling import say

Command = Callable[[Sequence[str], Path, Mapping[str, str]], str]
PATIENCE = 10.0
"""Seconds in which what still works in the background, such as `git gc --auto`, removes its temporary files."""
CHECKS: tuple[Callable[[Subject], Checked], ...] = (
    every_acknowledged_candidate_is_there_once,
    every_acknowledged_byte_is_there,
    every_record_is_whole,
    every_artifact_is_in_the_storage,
    nothing_strange_is_in_the_storage,
    fsck_finds_nothing,
    no_lock_or_temporary_file_is_left,
    no_strange_ref_is_left,
    branches_only_moved_forward,
)


@dataclass(frozen=True)
class Report:
    """What was looked at, and every fault."""

    checked: Sequence[Checked]

    @property
    def faults(self) -> list[str]:
        """Every fault, in the order of the checks."""
        return [fault for one in self.checked for fault in one.faults]

    def text(self) -> str:
        """A line for each check, with its faults below."""
        lines = []
        for one in self.checked:
            lines.append(f"  {'FAULT' if one.faults else 'ok':5} {one.count:>7} {one.what}")
            lines += [f"        {fault}" for fault in one.faults[:20]]
            if len(one.faults) > 20:
                lines.append(f"        and {len(one.faults) - 20} more")
        return "\n".join(lines)


def by_itself(words: Sequence[str], folder: Path, environ: Mapping[str, str]) -> str:
    """A command of gitreg that must succeed, as a process."""
    return run([*GITREG, *words], folder, environ)


def check(subject: Subject, gitreg: Command = by_itself) -> Report:
    """Pushes once from a fresh clone, by a process of its own or a fork, then looks at everything."""
    began = time.time()
    with tempfile.TemporaryDirectory(prefix="gitreg-checker-") as folder:
        fresh = Path(folder) / "fresh"
        run(["git", "clone", "-q", "--no-local", subject.remote, str(fresh)], Path(folder), subject.environ)
        gitreg(["push"], fresh, subject.environ)
        run(["git", "fetch", "-q", "origin"], fresh, subject.environ)
        return look(replace(subject, fresh=fresh, before=subject.before or began, patience=PATIENCE))


def look(subject: Subject) -> Report:
    """Looks at everything; `subject.fresh` is a clone that is up to date."""
    return Report([one(subject) for one in CHECKS])


def main(words: list[str]) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description="Look whether everything acknowledged is there, and nothing else."
    )
    parser.add_argument("--remote", required=True, help="URL or path of the bare repository")
    parser.add_argument("--acknowledged", type=Path, nargs="+", default=[], help="files of acknowledged.py")
    parser.add_argument("--server", type=Path, help="the remote's own folder, if --remote is a URL")
    parser.add_argument("--storage", type=Path, help="the artifact storage, if it is a folder")
    parser.add_argument("--clone", type=Path, nargs="+", default=[], help="where the writers worked")
    parser.add_argument("--exact", action="store_true", help="nothing else is on the branch")
    parser.add_argument(
        "--killed", action="store_true", help="temporary objects of a killed Git are no fault"
    )
    said = parser.parse_args(words)
    server = said.server or (Path(said.remote) if Path(said.remote).is_dir() else None)
    subject = Subject(
        remote=said.remote,
        environ=dict(os.environ),
        acknowledged=read_all(said.acknowledged),
        server=server,
        clones=said.clone,
        storage=said.storage,
        exact=said.exact,
        killed=said.killed,
    )
    report = check(subject)
    say(report.text())
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
