"""The plain values of a file by the strict reader: for quick.py, which loads this only when it must."""

from __future__ import annotations

from typing import Any

from gitreg.documents.reader import values_of
from gitreg.domain.candidate import Candidate
from gitreg.domain.experiment import Experiment
from gitreg.domain.logged_model import LoggedModel


def candidate_values(content: bytes, path: str) -> dict[str, Any]:
    """The values of a candidate's file.

    Raises:
        RecordError: with the place of the first fault, if the text is no candidate.
    """
    return values_of(content, Candidate, path)


def experiment_values(content: bytes, path: str) -> dict[str, Any]:
    """The values of an experiment's file.

    Raises:
        RecordError: with the place of the first fault, if the text is no experiment.
    """
    return values_of(content, Experiment, path)


def logged_model_values(content: bytes, path: str) -> dict[str, Any]:
    """The values of a logged model's file.

    Raises:
        RecordError: with the place of the first fault, if the text is no logged model.
    """
    return values_of(content, LoggedModel, path)
