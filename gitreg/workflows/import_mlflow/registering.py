"""Registered models of a source: one commit on the accepted branch for each, with all its versions, numbers and aliases.

Content comes first: candidates are published and artifacts stored before a version names them. Where the registry's policy
is that versions are proposed, none is made here, for nobody reviews a hundred merge requests.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from gitreg.domain.fitted import kept_name
from gitreg.errors import GitregError, NotFoundError
from gitreg.store import Author, Change
from gitreg.workflows.accepted_branch import change_accepted
from gitreg.workflows.import_mlflow.model_records import (
    Place,
    Standing,
    annotated,
    blank_model,
    model_file,
    new_version,
)
from gitreg.workflows.import_mlflow.report import Report
from gitreg.workflows.import_mlflow.source import Source
from gitreg.workflows.import_mlflow.values import SourceModel, SourceVersion, Unreadable
from gitreg.workflows.import_mlflow.version_sources import origins_of
from gitreg.workflows.pacing import Pacing
from gitreg.workflows.push import push
from gitreg.workflows.registered import Shelves, find_by_name
from gitreg.workflows.registered_source import Made, bring
from gitreg.workflows.registry import Registry
from gitreg.workflows.storage import open_storage


@dataclass
class ModelImport:
    """The part of an import that is about registered models.

    Args:
        registry: where to.
        source: where from.
        author: who imports, now.
        report: hears what came of it.
        pacing: of publishing.
        dry: whether only to count.
    """

    registry: Registry
    source: Source
    author: Author
    report: Report
    pacing: Pacing
    dry: bool = False
    _is_pushed: bool = field(default=False, init=False)

    def run(self) -> None:
        """Imports every model."""
        proposes = self.registry.rules.registration == "proposal"
        if proposes:
            self.report.tell(
                "this registry's policy is `registration: proposal`: models are left out; promote them one by one"
            )
        for model in self.source.models():
            if isinstance(model, Unreadable):
                self.report.count("models", "left out")
                self.report.tell(model)
            elif proposes:
                self.report.count("models", "left out")
                self.report.count("versions", "left out", len(model.versions))
            else:
                self._model(model)

    def _model(self, model: SourceModel) -> None:
        self.report.tell_all(model.unreadable)
        self.report.count("versions", "left out", len(model.unreadable))
        accepted = self.registry.accepted
        here = find_by_name(accepted, kept_name(model.name, "model"), Shelves())
        self.report.count("models", "there" if here else "new")
        wanted = self._wanted(model, Standing.of(accepted, here) if here else Standing())
        if self.dry:
            self.report.count("versions", "new", len(wanted))
            return
        made = [(version, self._made(version)) for version in wanted]
        self._commit(model, made)

    def _wanted(self, model: SourceModel, standing: Standing) -> list[SourceVersion]:
        """The versions that are not here yet."""
        wanted = []
        for version in model.versions:
            state, why = standing.state(model.name, version)
            if why:
                self.report.tell(why, lost=state != "new")
            if state == "new":
                wanted.append(version)
            else:
                self.report.count("versions", state)
        return wanted

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

    def _commit(self, model: SourceModel, made: list[tuple[SourceVersion, Made]]) -> None:
        notices: list[str] = []

        def act(change: Change) -> int:
            notices.clear()
            record, text = blank_model(change.before, model, self.author)
            standing = Standing.of(change.before, record)
            place = Place(self.registry, change.before, self.author)
            count = 0
            for version, of in made:
                try:
                    files = new_version(place, standing, record, version, of)
                except GitregError as error:
                    notices.append(f"version {version.number} of model {model.name}: {error}")
                    continue
                change.files.update(files)
                count += 1
            changed, said = annotated(self.registry, record, standing, model)
            notices.extend(said)
            path, content = model_file(record, text, changed)
            if content != text:
                change.files[path] = content
            return count

        count = change_accepted(
            self.registry,
            f"Import model {model.name[:80]!a}\n\nfrom {self.source.where}\n",
            self.author,
            act,
        )
        self.report.count("versions", "new", count)
        self.report.count("versions", "left out", len(made) - count)
        self.report.tell_all(notices)
        for version, of in made:
            if of.part is None:
                self.report.tell(
                    f"version {version.number} of model {model.name} came without artifacts: {version.source or 'no source'} is nothing that was imported"
                )
