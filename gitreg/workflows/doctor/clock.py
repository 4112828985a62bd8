"""Clocks that differ: nothing is ordered by them, but people read dates."""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, datetime, timedelta

from gitreg.workflows.doctor.base import Check, Diagnosis, Kind, RegistrySubject, Subject, age_text
from gitreg.workflows.registry import CANDIDATES
from gitreg.workflows.remote_refs import known_candidates, known_inbox

FUTURE = Kind(
    "commits-from-the-future",
    "warning",
    "commits of others that are dated later than this machine's clock",
    "sudo timedatectl set-ntp true, on the machine that is wrong",
)
FILES = Kind(
    "file-system-clock",
    "warning",
    "a file system whose clock differs from this machine's by more than two minutes",
    "sudo timedatectl set-ntp true, on the machine that is wrong",
)

TOLERANCE = timedelta(minutes=2)
COMMAND = "sudo timedatectl set-ntp true"


def find_future_commits(subject: RegistrySubject) -> list[Diagnosis]:
    """The tips that count, by their committers' clocks."""
    registry, repository = subject.registry, subject.repository
    tips = {
        registry.accepted_ref: registry.accepted.commit,
        CANDIDATES: repository.resolve(CANDIDATES),
        f"{registry.remote}/{CANDIDATES}": known_candidates(registry),
        **known_inbox(registry),
    }
    dates = {ref: repository.commit(tip).committer.when for ref, tip in tips.items() if tip}
    late = {ref: date for ref, date in dates.items() if date - subject.now > TOLERANCE}
    if not late:
        return []
    ref, date = max(late.items(), key=lambda item: item[1])
    what = f"the newest commit of {ref} is dated {age_text((date - subject.now).total_seconds())} from now"
    why = "this machine's clock is behind, or its committer's is ahead; nothing is lost, but dates mislead people"
    return [Diagnosis(FUTURE, what, why, COMMAND)]


def find_file_clock(subject: Subject) -> list[Diagnosis]:
    """A file is made, and its time read: on a network file system another machine says it."""
    try:
        with tempfile.TemporaryFile(dir=subject.repository.common_dir) as file:
            file.write(b"?")
            file.flush()
            there = datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
    except OSError:
        return []  # a folder that cannot be written to is another finding
    gap = abs(there - subject.now)
    if gap <= TOLERANCE:
        return []
    what = f"the file system of {subject.repository.common_dir} is {age_text(gap.total_seconds())} off this machine's clock"
    return [Diagnosis(FILES, what, "ages of locks and drafts are judged by it", COMMAND)]


FUTURE_COMMITS = Check("dates of commits", (FUTURE,), find_future_commits)
FILE_CLOCK = Check("clock of the file system", (FILES,), find_file_clock)
