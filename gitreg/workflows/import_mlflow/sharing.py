"""Imported models on the accepted branch: a commit for each where registering is direct, else one proposal with all of a source.

A history is read as one, and not as a promotion: nothing of it is signed until somebody names it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from gitreg.domain.digest import Digest
from gitreg.errors import AlreadyThereError, GitregError
from gitreg.store import Author, Change, Snapshot, retrying
from gitreg.workflows.import_mlflow.model_records import (
    Place,
    Standing,
    annotated,
    blank_model,
    model_file,
    new_version,
)
from gitreg.workflows.import_mlflow.values import SourceModel, SourceVersion
from gitreg.workflows.proposing.proposal_branch import Draft, known_there
from gitreg.workflows.proposing.proposals import Proposal, propose
from gitreg.workflows.proposing.request_words import plain_words
from gitreg.workflows.publishing.accepted_branch import change_accepted
from gitreg.workflows.publishing.exchange import fetch
from gitreg.workflows.registry import Registry
from gitreg.workflows.versions.registered_source import Made

ATTEMPTS = 5
LISTED = 200
"""Models that a merge request names."""

Ready: TypeAlias = tuple[SourceModel, Sequence[tuple[SourceVersion, Made]]]
"""A model, and its versions that are not accepted here, with what they are made of."""


@dataclass(frozen=True)
class Put:
    """What becomes of a model: its files, how many of its versions cannot be had, and what is to be told."""

    files: Mapping[str, bytes | None]
    lost: int
    notices: tuple[str, ...]


@dataclass(frozen=True)
class Sharing:
    """Where models go.

    Args:
        registry: to which.
        author: who imports, now.
        where: the source, as people named it.
        replacing: whether an alias or MLflow's stage that is another one here follows the source.
    """

    registry: Registry
    author: Author
    where: str
    replacing: bool

    def commit(self, ready: Ready) -> Put:
        """Accepts a model at once."""

        def act(change: Change) -> Put:
            put = self._put(change.before, ready)
            change.files.update(put.files)
            return put

        words = f"Import model {ready[0].name[:80]!a}\n\nfrom {self.where}\n"
        return change_accepted(self.registry, words, self.author, act)

    def propose(self, models: Sequence[Ready]) -> tuple[list[Put], Proposal | None]:
        """Proposes all that a source has and that is not accepted; makes the open proposal anew where that says less."""

        def act() -> tuple[list[Put], Proposal | None]:
            if self.registry.remote is not None:
                fetch(self.registry, self.author)
            accepted = self.registry.accepted
            put = [self._put(accepted, ready) for ready in models]
            files = {path: content for one in put for path, content in one.files.items()}
            draft = Draft(self._branch, files, words, words=plain_words(words))
            try:
                return put, propose(self.registry, draft, self.author) if files else None
            except AlreadyThereError:
                return put, None  # it was accepted

        listed = "\n".join(f"{model.name[:80]!a}: {len(made)} versions" for model, made in models[:LISTED])
        words = f"Import models of MLflow\n\nfrom {self.where}\n\n{listed}\n"
        return retrying(act, ATTEMPTS)

    def waiting(self) -> Snapshot | None:
        """What an earlier import proposed, whether or not it was accepted since."""
        tip = known_there(self.registry, self._branch) or self.registry.repository.resolve(self._branch)
        return Snapshot(self.registry.repository, tip) if tip else None

    @property
    def _branch(self) -> str:
        return f"refs/heads/gitreg/import/{Digest.of(self.where.encode()).hex[:16]}"

    def _put(self, before: Snapshot, ready: Ready) -> Put:
        """A model with its versions, on what was accepted before."""
        (model, made), files, lost = ready, dict[str, bytes | None](), list[str]()
        record, text = blank_model(before, model, self.author)
        standing = Standing.of(self.registry, before, record)
        place = Place(self.registry, before, self.author)
        for version, of in made:
            try:
                files |= new_version(place, standing, record, version, of)
            except GitregError as error:
                lost.append(f"version {version.number} of model {model.name}: {error}")
        changes, notices = annotated(self.registry, record, standing, model, replacing=self.replacing)
        path, content = model_file(record, text, changes)
        if content != text:
            files[path] = content
        return Put(files, len(lost), (*lost, *notices))
