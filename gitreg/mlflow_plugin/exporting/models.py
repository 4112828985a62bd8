"""Registered models in the target: versions with their numbers, aliases, MLflow's stages; stages of the registry become aliases."""

from __future__ import annotations

from dataclasses import dataclass

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST, ErrorCode

from gitreg.documents import layout, places
from gitreg.domain.manifest import Manifest
from gitreg.domain.model import ModelVersion
from gitreg.errors import GitregError
from gitreg.mlflow_plugin.exporting.target import Target
from gitreg.mlflow_plugin.exporting.there import There
from gitreg.mlflow_plugin.sources.export_words import VERSION, carried
from gitreg.store import MANIFEST_LIMIT
from gitreg.workflows.import_mlflow.report import Report
from gitreg.workflows.registry import Registry
from gitreg.workflows.versions.registered import RegisteredModel, RegisteredVersion, Shelves, all_registered

PAGE = 1000
NOWHERE = "none:/"
"""The source of a version of which nothing else can be said: MLflow asks for some."""


@dataclass
class ModelExport:
    """The part of an export that is about registered models.

    Args:
        registry: where from.
        target: where to.
        there: runs and logged models of the target.
        report: hears what came of it.
        dry: whether only to count.
    """

    registry: Registry
    target: Target
    there: There
    report: Report
    dry: bool = False

    def run(self) -> None:
        """Exports every model that is not deleted."""
        for model in all_registered(self.registry, Shelves()):
            self._model(model)

    def _model(self, model: RegisteredModel) -> None:
        name, client = model.model.name, self.target.client
        known = _versions(client, name) if client else None
        there = known or {}
        self.report.count("models", "new" if known is None else "there")
        wanted = []
        for number, version in sorted(model.versions.items()):
            if str(version.record.version) in there.values():
                self.report.count("versions", "there")
            elif number in there:
                self.report.count("versions", "clash")
                self.report.tell(f"version {number} of model {name} is another one there, and stays")
            else:
                wanted.append((number, version))
        if self.dry:
            self.report.count("versions", "new", len(wanted))
            return
        client = self.target.writes
        if known is None:
            client.create_registered_model(
                name, carried(model.model.tags, model.model.created), model.model.description or None
            )
        if wanted:
            self._make(client, name, wanted)
        self._name(client, model)

    def _make(self, client: MlflowClient, name: str, wanted: list[tuple[int, RegisteredVersion]]) -> None:
        """Makes versions in the order of their numbers; MLflow counts, so a number that is missing here is made and deleted."""
        placeholders = []
        for number, version in wanted:
            source, made = self._source(client, version), 0
            while made < number:
                made = self._create(client, name, version, source)
                if made < number:
                    placeholders.append(made)
            if made > number:
                self.report.tell(
                    f"version {number} of model {name} is version {made} there: MLflow counts on", lost=False
                )
            if version.said.stage:
                client.transition_model_version_stage(name, str(made), version.said.stage)
            self.report.count("versions", "new")
        for one in placeholders:
            client.delete_model_version(name, str(one))

    def _create(
        self,
        client: MlflowClient,
        name: str,
        version: RegisteredVersion,
        source: tuple[str, str | None, str | None],
    ) -> int:
        address, run, model = source
        made = client.create_model_version(
            name,
            address,
            run,
            {**carried(version.tags, version.record.created), VERSION: str(version.record.version)},
            version.record.run_link or None,
            version.description or None,
            await_creation_for=0,
            model_id=model,
        )
        return int(made.version)

    def _source(self, client: MlflowClient, version: RegisteredVersion) -> tuple[str, str | None, str | None]:
        """Where the version's artifacts are in the target, its run and its logged model there."""
        record = version.record
        run = (
            self.there.runs.get(record.candidate.id if record.candidate else record.run, ("", ""))[0] or None
        )
        model = self.there.models.get(record.logged_model or "", ("", ""))[0]
        if model:
            return f"models:/{model}", run, model
        path = self._path(record) if run and record.candidate else None
        if run is not None and path is not None:
            return f"{client.get_run(run).info.artifact_uri}/{path}".rstrip("/"), run, None
        self.report.tell(
            f"{record}: its artifacts are no run's or logged model's that was exported, and stay here"
        )
        return NOWHERE if record.source.startswith("models:") else record.source or NOWHERE, run, None

    def _path(self, record: ModelVersion) -> str | None:
        """The folder of the candidate's artifacts that was promoted."""
        assert record.candidate is not None  # noqa: S101 - the caller has looked
        of = record.candidate.experiment, record.candidate.id
        whole = self.registry.candidates.file(places.candidate_manifest_path(*of), limit=MANIFEST_LIMIT)
        part = self.registry.accepted.file(
            layout.version_manifest_path(record.model, record.version), limit=MANIFEST_LIMIT
        )
        if whole is None or part is None:
            return None
        try:
            return _folder_of(Manifest.parse(part), Manifest.parse(whole))
        except ValueError:
            return None

    def _name(self, client: MlflowClient, model: RegisteredModel) -> None:
        """Aliases, and stages of the registry as aliases; those that are there already stay."""
        name = model.model.name
        there = _versions(client, name) or {}
        numbers = {semantic: number for number, semantic in there.items()}
        known = client.get_registered_model(name).aliases
        for alias, semantic in {**model.model.aliases, **model.model.stages}.items():
            number = numbers.get(str(semantic))
            if number is None or alias in known:
                continue
            try:
                client.set_registered_model_alias(name, alias, str(number))
            except (MlflowException, GitregError) as error:
                self.report.tell(f"alias {alias} of model {name}: {error}")


def _folder_of(part: Manifest, whole: Manifest) -> str | None:
    """Where the files of a part lie in the whole; '' at its top, None nowhere."""
    if not part.entries:
        return None
    first = part.entries[0]
    digests = {entry.path: entry.sha256 for entry in whole.entries}
    for path in digests:
        if path != first.path and not path.endswith(f"/{first.path}"):
            continue
        folder = path.removesuffix(first.path)
        if all(digests.get(f"{folder}{one.path}") == one.sha256 for one in part.entries):
            return folder.rstrip("/")
    return None


def _versions(client: MlflowClient, name: str) -> dict[int, str] | None:
    """The semantic versions of a model in the target by number, '' for those of others; None where there is no such model."""
    try:
        client.get_registered_model(name)
    except MlflowException as error:
        if error.error_code == ErrorCode.Name(RESOURCE_DOES_NOT_EXIST):
            return None
        raise
    found, token = dict[int, str](), None
    while True:
        escaped = name.replace("'", "''")
        page = client.search_model_versions(f"name='{escaped}'", PAGE, page_token=token)
        found |= {int(one.version): str(one.tags.get(VERSION, "")) for one in page}
        if not (token := page.token):
            return found
