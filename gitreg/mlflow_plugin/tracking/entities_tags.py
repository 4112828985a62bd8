"""MLflow's own tags, and the fields of a candidate that say the same.

A run's name and note are fields only. What MLflow says of code and parent fills fields, and stays a tag as it was given. A
candidate that gitreg itself logged has no such tags, so they are answered from its fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from mlflow.entities import RunTag
from mlflow.utils import mlflow_tags

from gitreg.domain.candidate import Code, Pipeline
from gitreg.domain.fitted import kept_key, kept_name, kept_text
from gitreg.domain.words import CANDIDATE_ID
from gitreg.drafts import Entry, Named, Notes, Tag, Untag
from gitreg.mlflow_plugin.run_context import PREFIX

NAME = mlflow_tags.MLFLOW_RUN_NAME
NOTE = mlflow_tags.MLFLOW_RUN_NOTE
USER = mlflow_tags.MLFLOW_USER
PARENT = mlflow_tags.MLFLOW_PARENT_RUN_ID
COMMIT = mlflow_tags.MLFLOW_GIT_COMMIT
BRANCH = mlflow_tags.MLFLOW_GIT_BRANCH
REPOSITORY = mlflow_tags.MLFLOW_GIT_REPO_URL
PROGRAM = mlflow_tags.MLFLOW_SOURCE_NAME
JOB = {
    "project": "CI_PROJECT_PATH",
    "pipeline": "CI_PIPELINE_ID",
    "job": "CI_JOB_ID",
    "merge_request": "CI_MERGE_REQUEST_IID",
}


@dataclass(frozen=True)
class Told:
    """What MLflow's tags say of a run as it begins.

    Args:
        parent: the run that it is nested in.
        code: which code ran.
        ci: the CI job that it is part of.
        entries: what is kept beside.
    """

    parent: str | None
    code: Code
    ci: Pipeline | None
    entries: tuple[Entry, ...]


def told(tags: Iterable[RunTag]) -> Told:
    """What a run's first tags say; the run's name is not among them."""
    kept = {kept_key(tag.key): _text(tag.value) for tag in tags if tag.key != NAME}
    parent = kept.get(PARENT, "")
    return Told(
        parent=parent if re.fullmatch(CANDIDATE_ID, parent) else None,
        code=_code(kept),
        ci=_pipeline(kept),
        entries=tuple(Notes(value) if key == NOTE else Tag(key, value) for key, value in kept.items()),
    )


def naming(name: str) -> list[Entry]:
    """The entries that give a run a name; one that no record holds as it is stays in a tag, too.

    Args:
        name: as it was given.
    """
    return [Named(kept_name(name)), *(unlike_shown(name) or [Untag(NAME)])]


def unlike_shown(name: str) -> list[Entry]:
    """What keeps a run's first name as it was given, where no record holds it so."""
    text = kept_text(name)
    return [] if text == kept_name(name) else [Tag(NAME, text)]


def tagging(key: str, value: str) -> list[Entry]:
    """The entries that set a tag; an empty name leaves the run the one that it has."""
    kept, text = kept_key(key), _text(value)
    if kept == NAME:
        return naming(value) if value else []
    return [Notes(text)] if kept == NOTE else [Tag(kept, text)]


def untagging(key: str) -> list[Entry]:
    """The entries that remove a tag."""
    kept = kept_key(key)
    return [Notes("")] if kept == NOTE else [Untag(kept)]


class Fields(Protocol):
    """The fields of a candidate that MLflow has tags for."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def notes(self) -> str: ...  # noqa: D102
    @property
    def user(self) -> str: ...  # noqa: D102
    @property
    def author(self) -> str: ...  # noqa: D102
    @property
    def parent(self) -> str | None: ...  # noqa: D102
    @property
    def commit(self) -> str | None: ...  # noqa: D102
    @property
    def branch(self) -> str | None: ...  # noqa: D102
    @property
    def repository(self) -> str | None: ...  # noqa: D102


def shown_tags(tags: Mapping[str, str], run: Fields) -> dict[str, str]:
    """All tags of a run: what was set, and before it what its fields say."""
    found = {NAME: run.name}
    if run.notes:
        found[NOTE] = run.notes
    if not run.user:  # gitreg itself logged it
        said = {
            USER: run.author,
            PARENT: run.parent,
            COMMIT: run.commit,
            BRANCH: run.branch,
            REPOSITORY: run.repository,
        }
        found |= {key: value for key, value in said.items() if value}
    return {**found, **tags}


def _text(value: object) -> str:
    """A tag's value as it is kept: MLflow's client sends numbers as they are where no server is between."""
    return "" if value is None else kept_text(str(value))


def _pipeline(tags: Mapping[str, str]) -> Pipeline | None:
    """The job that the tags of `run_context.py` name, or those of GitLab's own integration."""
    found = {field: tags.get(f"{PREFIX}{name}") or None for field, name in JOB.items()}
    return Pipeline(**found) if any(found.values()) else None


def _code(tags: Mapping[str, str]) -> Code:
    commit = tags.get(COMMIT) or tags.get(f"{PREFIX}CI_COMMIT_SHA", "")
    program = tags.get(PROGRAM, "")
    return Code(
        repository=tags.get(REPOSITORY) or None,
        commit=commit if re.fullmatch("[0-9a-f]{40}", commit) else None,
        branch=tags.get(BRANCH) or None,
        command=[program] if program else [],
    )
