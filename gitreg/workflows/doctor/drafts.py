"""Drafts whose process is gone, and drafts that nobody can read."""

from __future__ import annotations

from gitreg.workflows.doctor.base import Check, Diagnosis, Kind, RegistrySubject, command, counted
from gitreg.workflows.doctor.status import DraftState, draft_states
from gitreg.workflows.running.finish_draft import drafts_folder

DEAD = Kind(
    "dead-draft",
    "error",
    "a running candidate whose process is gone; all that was logged is kept",
    "gitreg recover",
)
DAMAGED = Kind(
    "damaged-draft",
    "error",
    "a running candidate that cannot be read",
    "mv -- DRAFT FOLDER, to keep it aside",
)


def find_drafts(subject: RegistrySubject) -> list[Diagnosis]:
    """What `gitreg recover` would finish, and what it cannot."""
    states = draft_states(subject.registry)
    dead = [one for one in states if one.liveness == "dead"]
    found = []
    if dead:
        what = f"{counted(len(dead), 'running candidate')} without a process: {dead[0].id}"
        why = "it was killed; all that it logged is kept, and becomes a candidate"
        found.append(Diagnosis(DEAD, what, why, subject.gitreg("recover")))
    return [*found, *(_damaged(subject, one) for one in states if one.fault)]


def _damaged(subject: RegistrySubject, one: DraftState) -> Diagnosis:
    folder = drafts_folder(subject.registry)
    aside = subject.registry.local_state / "damaged"
    move = command("mv", "--", str(folder / one.id), str(aside))
    return Diagnosis(
        DAMAGED,
        f"the running candidate {one.id} cannot be read: {one.fault}",
        "it cannot become a candidate; put aside, it disturbs nobody, and its files can be looked at",
        f"{command('mkdir', '-p', '--', str(aside))} && {move}",
    )


DRAFTS = Check("running candidates", (DEAD, DAMAGED), find_drafts)
