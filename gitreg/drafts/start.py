"""What is known of a candidate when it starts: `candidate.json` of its draft."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from gitreg.domain.candidate import Code, DataSource, Environment, Pipeline
from gitreg.domain.names import CandidateId, Name, Text
from gitreg.domain.record import Person, Time, Value
from gitreg.drafts.liveness import ProcessMark
from gitreg.errors import NotFoundError, RecordError

START = "candidate.json"
FORMAT = "gitreg/draft/v1"


class DraftStart(Value):
    """A candidate as it starts; written once, so that a crash loses nothing of it.

    `durability` is what every process that adds to it must promise: `power` waits for the disk at each call. `base` is
    the id of the record's blob that the draft goes on from, where it was a candidate before, and `author` that record's;
    its files are in bases.py.
    """

    format: Literal["gitreg/draft/v1"] = "gitreg/draft/v1"
    id: CandidateId
    experiment: Name
    created: Time
    process: ProcessMark
    durability: Literal["process", "power"] = "process"
    name: Name | None = None
    parent: CandidateId | None = None
    code: Code = Code()
    data: tuple[DataSource, ...] = ()
    environment: Environment | None = None
    ci: Pipeline | None = None
    user: Text = ""
    base: Text | None = None
    author: Person | None = None


def write_start(start: DraftStart) -> bytes:
    """The bytes of `candidate.json`."""
    return start.model_dump_json(indent=1).encode() + b"\n"


def read_start(folder: Path) -> DraftStart:
    """What a draft's `candidate.json` says.

    Raises:
        NotFoundError: if the folder is no draft.
        RecordError: if the file is damaged, or a newer gitreg wrote it.
    """
    path = folder / START
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise NotFoundError(f"{folder} is not the folder of a draft", hint="gitreg status") from None
    try:
        return DraftStart.model_validate_json(content)
    except ValueError as error:
        raise RecordError(
            f"this draft is damaged, or was made by a newer gitreg than {FORMAT} knows",
            place=f"{path}:1:1",
            hint="use the gitreg that made it",
        ) from error
