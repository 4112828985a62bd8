"""Registered models of a source, with their versions, numbers and aliases.

Content comes first: candidates are published and artifacts stored before a version names them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Set
from dataclasses import dataclass, field
from pathlib import Path

from gitreg.documents import places
from gitreg.domain.fitted import kept_name
from gitreg.domain.model import Model
from gitreg.errors import NotFoundError
from gitreg.store import Author, Snapshot
from gitreg.workflows.import_mlflow.choosing import Choice
from gitreg.workflows.import_mlflow.model_records import Standing, is_prompt
from gitreg.workflows.import_mlflow.report import Report
from gitreg.workflows.import_mlflow.sharing import Put, Ready, Sharing
from gitreg.workflows.import_mlflow.source import Source
from gitreg.workflows.import_mlflow.values import SourceModel, SourceVersion, Unreadable
from gitreg.workflows.import_mlflow.version_sources import origins_of
from gitreg.workflows.pacing import Pacing
from gitreg.workflows.proposing.proposals import Proposal
from gitreg.workflows.publishing.exchange import fetch
from gitreg.workflows.publishing.push import push
from gitreg.workflows.registry import Registry
from gitreg.workflows.searching.find import experiments_in
from gitreg.workflows.storage import open_storage
from gitreg.workflows.versions.registered import Shelves, find_by_name
from gitreg.workflows.versions.registered_source import Made, OfCandidate, OfLoggedModel, bring


@dataclass
class ModelImport:
    """The part of an import that is about registered models.

    Args:
        registry: where to.
        source: where from.
        choice: what of it.
        author: who imports, now.
        report: hears what came of it.
        pacing: of publishing.
        comes: ids here of the runs and logged models that a dry import would bring; None where it is not dry.
    """

    registry: Registry
    source: Source
    choice: Choice
    author: Author
    report: Report
    pacing: Pacing
    comes: Set[str] | None = None
    _is_pushed: bool = field(default=False, init=False)

    def run(self) -> None:
        """Imports every model."""
        proposes = self.registry.rules.registration == "proposal"
        to = Sharing(self.registry, self.author, self.source.where, self.choice.update)
        if proposes and self.comes is None and self.registry.remote is not None:
            fetch(self.registry, self.author)
        waiting = to.waiting() if proposes else None
        proposed: list[Ready] = []
        for model in self.source.models():
            if isinstance(model, Unreadable):
                self.report.count("models", "left out")
                self.report.tell(model)
                continue
            wanted = self._wanted(model, waiting)
            if self.comes is not None:
                self._foretell(model, wanted)
                continue
            ready = model, [(version, self._made(version)) for version in wanted]
            if proposes:
                proposed.append(ready)
            else:
                self._tell(ready, to.commit(ready))
        if proposed:
            put, made = to.propose(proposed)
            for one in zip(proposed, put, strict=True):
                self._tell(*one)
            self._tell_proposal(made)

    def _wanted(self, model: SourceModel, waiting: Snapshot | None) -> list[SourceVersion]:
        """The versions that are not accepted here yet; counted as new unless they wait for review already."""
        self.report.tell_all(model.unreadable)
        self.report.count("versions", "left out", len(model.unreadable))
        here, standing = self._standing(self.registry.accepted, model)
        known, waits = self._standing(waiting, model) if waiting else (None, Standing())
        self.report.count("models", "there" if here or known else "new")
        wanted = []
        for version in model.versions:
            state, why = standing.state(model.name, version)
            if why:
                self.report.tell(why, lost=state != "new")
            if state == "new":
                wanted.append(version)
            is_waiting = state == "new" and version.number in waits.imported
            self.report.count("versions", "there" if is_waiting else state)
        return wanted

    def _standing(self, snapshot: Snapshot, model: SourceModel) -> tuple[Model | None, Standing]:
        here = find_by_name(snapshot, kept_name(model.name, "model"), Shelves())
        return here, Standing.of(self.registry, snapshot, here) if here else Standing()

    def _foretell(self, model: SourceModel, wanted: list[SourceVersion]) -> None:
        """Tells which versions would come without artifacts, as a version that came so stays so."""
        for version in wanted:
            is_near = any(one.id in (self.comes or ()) or self._is_here(one) for one in origins_of(version))
            if not is_near and not self.source.reaches(version.address) and not is_prompt(model.tags):
                self.report.tell(_without_artifacts(model, version, "would come"))

    def _is_here(self, origin: OfCandidate | OfLoggedModel) -> bool:
        of = places.candidate_path if isinstance(origin, OfCandidate) else places.logged_model_path
        snapshot = self.registry.candidates
        return bool(snapshot.files_there(of(one, origin.id) for one in experiments_in(snapshot)))

    def _made(self, version: SourceVersion) -> Made:
        """What of this registry a version is made from, stored where everybody can get it."""
        self._publish()
        storage = open_storage(self.registry)
        for origin in origins_of(version):
            try:
                made = bring(self.registry, origin, self.author, storage)
            except NotFoundError:
                continue
            return self._stored(made)
        return self._elsewhere(version)

    def _elsewhere(self, version: SourceVersion) -> Made:
        """Artifacts that belong to no run or logged model that is here."""
        with tempfile.TemporaryDirectory(prefix="gitreg-import-") as scratch:
            brought = self.source.bring_address(version.address, Path(scratch)) if version.address else None
            if brought is None or not brought.sources:
                return Made()
            self.report.tell_all(brought.left_out)
            return self._stored(Made(part=self.registry.cache.add(brought.sources)))

    def _stored(self, made: Made) -> Made:
        if made.part is not None:
            storage = open_storage(self.registry)
            storage.push(
                self.registry.cache, sorted(set(made.part.ids) & set(self.registry.cache.unpushed_objects()))
            )
        return made

    def _publish(self) -> None:
        if self.registry.remote is not None and not self._is_pushed:
            push(self.registry, self.author, self.pacing)
        self._is_pushed = True

    def _tell(self, ready: Ready, put: Put) -> None:
        model, made = ready
        self.report.count("versions", "new", -put.lost)
        self.report.count("versions", "left out", put.lost)
        self.report.tell_all(put.notices)
        for version, of in made:
            if of.part is None and not is_prompt(model.tags):
                self.report.tell(_without_artifacts(model, version, "came"))

    def _tell_proposal(self, made: Proposal | None) -> None:
        if made is not None:
            self.report.tell(f"models wait for review: {made.url or made.name}", lost=False)
            for note in made.notes:
                self.report.tell(note, lost=False)


def _without_artifacts(model: SourceModel, version: SourceVersion, comes: str) -> str:
    """That a version has no artifacts here."""
    return f"version {version.number} of model {model.name} {comes} without artifacts: {version.source or 'no source'} is nothing that was imported"
