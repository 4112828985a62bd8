"""Running candidates: a folder each, with what is known from the start and an append-only journal of the rest.

Knows local files and processes; nothing of Git, remotes, YAML or commits. What a draft is on disk:

    <drafts>/<id>/candidate.json     what was known at the start, written once
    <drafts>/<id>/journal.ndjson     what was logged since, appended only
    <drafts>/<id>/heartbeat          empty; its time is when the process that owns the draft lived last
    <drafts>/<id>/owners.ndjson      processes that own it too, when another one went on with it
    <drafts>/<id>/contents/          files that gitreg itself adds, such as .gitreg/code.patch
    <drafts>/<id>/artifacts/         copies of the files that were logged
    <drafts>/<id>/bases/<n>/         the records that it goes on from, when it was reopened or had checkpoints
"""

from gitreg.drafts.bases import Base
from gitreg.drafts.content import DraftArtifact, DraftContent, joined_data
from gitreg.drafts.draft import Draft, drafts, sweep_drafts
from gitreg.drafts.entries import (
    Artifact,
    Deletion,
    Earlier,
    Ended,
    Entry,
    Linked,
    Named,
    Note,
    Notes,
    Param,
    Removal,
    Runs,
    Tag,
    Untag,
)
from gitreg.drafts.heartbeat import Heartbeat
from gitreg.drafts.liveness import Liveness, ProcessMark, liveness, process_mark, served_mark
from gitreg.drafts.start import DraftStart

__all__ = [
    "Artifact",
    "Base",
    "Deletion",
    "Draft",
    "DraftArtifact",
    "DraftContent",
    "DraftStart",
    "Earlier",
    "Ended",
    "Entry",
    "Heartbeat",
    "Linked",
    "Liveness",
    "Named",
    "Note",
    "Notes",
    "Param",
    "ProcessMark",
    "Removal",
    "Runs",
    "Tag",
    "Untag",
    "drafts",
    "joined_data",
    "liveness",
    "process_mark",
    "served_mark",
    "sweep_drafts",
]
