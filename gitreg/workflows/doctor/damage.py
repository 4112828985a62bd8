"""Objects that Git cannot read or find; only looked for when asked, for it takes as long as there is history."""

from __future__ import annotations

from gitreg.workflows.doctor.base import Check, Diagnosis, Kind, Subject

DAMAGED = Kind(
    "damaged-objects",
    "error",
    "objects that are missing or broken (all of them are looked for with --deep)",
    "git fetch --refetch REMOTE ...",
)


def find_damage(subject: Subject) -> list[Diagnosis]:
    """`git fsck --connectivity-only`, which takes as long as there is history."""
    lines = subject.repository.health.fsck() if subject.deep else []
    return [damage(subject, f"{lines[0]} ({len(lines)} lines of git fsck)")] if lines else []


def damage(subject: Subject, what: str) -> Diagnosis:
    """An object is missing or broken: what the remote has is fetched again, whole (git-fetch(1), --refetch)."""
    remotes = subject.repository.remotes()
    if not remotes:
        return Diagnosis(DAMAGED, what, "a clone or a backup that has them is needed")
    remote = "origin" if "origin" in remotes else remotes[0]
    specs = (f"+refs/heads/*:refs/remotes/{remote}/*", "+refs/tags/*:refs/tags/*")
    return Diagnosis(
        DAMAGED, what, "the remote's copies replace them", subject.git("fetch", "--refetch", remote, *specs)
    )


DAMAGE = Check("objects", (DAMAGED,), find_damage)
