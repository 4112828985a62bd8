"""What candidates, experiments and logged models hold, as plain values, without pydantic or a YAML parser for texts as gitreg writes them.

What canonical.py is not sure of is read strictly, and that reader, which is of weight, is loaded by name only then
(docs/adr/0005-lazy-names.md); it alone says what is wrong with a file. Knows nothing of where a text came from.
"""

from __future__ import annotations

import importlib
from typing import Any

from gitreg.documents import canonical, canonical_logged_model


def candidate_values(content: bytes, path: str) -> dict[str, Any]:
    """The values of a candidate's file, of which `Candidate.model_validate` makes the record.

    Args:
        content: the file's bytes.
        path: the file's path, for messages.

    Returns:
        By the keys of the file: text (digests too), numbers, booleans, None, lists, mappings, a point as a tuple, and
        times with a zone; keys that the file does not have are absent.

    Raises:
        RecordError: with the place of the first fault, if the text is no candidate.
    """
    return canonical.candidate(content) or _strictly("candidate_values", content, path)


def experiment_values(content: bytes, path: str) -> dict[str, Any]:
    """The values of an experiment's file, as `candidate_values`.

    Raises:
        RecordError: with the place of the first fault, if the text is no experiment.
    """
    return canonical.experiment(content) or _strictly("experiment_values", content, path)


def logged_model_values(content: bytes, path: str) -> dict[str, Any]:
    """The values of a logged model's file, as `candidate_values`.

    Raises:
        RecordError: with the place of the first fault, if the text is no logged model.
    """
    return canonical_logged_model.logged_model(content) or _strictly("logged_model_values", content, path)


def _strictly(reader: str, content: bytes, path: str) -> dict[str, Any]:
    strict = importlib.import_module("gitreg.documents.strict")
    values: dict[str, Any] = getattr(strict, reader)(content, path)
    return values
