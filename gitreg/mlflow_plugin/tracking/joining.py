"""Runs of a command that `gitreg run` has started: the first one is the candidate itself (docs/adr/0008-run-speaks-for-mlflow.md).

`gitreg run` says by the environment which candidate runs, to the processes that it starts and to no other one.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from gitreg.domain.words import CANDIDATE_ID, slug_of
from gitreg.drafts import Draft
from gitreg.errors import NotFoundError

JOINED = "joined"
"""The file in a draft's folder that the first run makes: of two at once, one is first."""


def around(drafts: Path) -> Draft | None:
    """The candidate that runs around this process, if it is one of these drafts.

    Args:
        drafts: the folder of all drafts of a registry.
    """
    candidate = os.environ.get("GITREG_CANDIDATE", "")
    if not re.fullmatch(CANDIDATE_ID, candidate):
        return None
    try:
        return Draft.open(drafts / candidate)
    except NotFoundError:
        return None  # it is another registry's, or it has ended


def joined(draft: Draft | None, experiment: str) -> Draft | None:
    """The candidate, where a run that begins is to be it: the first one in its experiment.

    Args:
        draft: the candidate around this process.
        experiment: the run's experiment, as a slug.
    """
    if draft is None or slug_of(draft.start.experiment) != experiment:
        return None
    try:
        (draft.folder / JOINED).touch(exist_ok=False)
    except (FileExistsError, FileNotFoundError):
        return None
    return draft


def is_joined(draft: Draft) -> bool:
    """Whether a run is the candidate around this process: whoever started the command ends it, the run does not."""
    return os.environ.get("GITREG_CANDIDATE") == draft.folder.name
