"""Which version a word names: MLflow's number, a semantic version, a stage, an alias."""

from __future__ import annotations

from gitreg.domain.version import VersionNumber
from gitreg.workflows.registered import RegisteredModel, RegisteredVersion


def named(model: RegisteredModel, word: str) -> RegisteredVersion | None:
    """The version that a word names; None where it names none, or one that is deleted."""
    if word.isascii() and word.isdigit():
        return model.versions.get(int(word))
    return by_number(model, word) or by_name(model, word)


def by_number(model: RegisteredModel, word: str) -> RegisteredVersion | None:
    """The version of a semantic number."""
    try:
        return model.version(VersionNumber.parse(word))
    except ValueError:
        return None


def by_name(model: RegisteredModel, word: str) -> RegisteredVersion | None:
    """The version that serves in a stage of the registry, or goes by an alias."""
    record = model.model
    version = record.stages.get(word) or record.aliases.get(word)
    return model.version(version) if version is not None else None
