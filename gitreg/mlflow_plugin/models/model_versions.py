"""Part of the model registry store: model versions, made, found, and talked about."""

from __future__ import annotations

from collections.abc import Sequence

from mlflow.entities.model_registry import ModelVersion, ModelVersionTag
from mlflow.exceptions import MlflowException
from mlflow.prompt.constants import IS_PROMPT_TAG_KEY
from mlflow.store.artifact.utils.models import _parse_model_uri

from gitreg.documents import layout
from gitreg.documents.edit import DELETE
from gitreg.domain.fitted import kept_key, kept_name, kept_text
from gitreg.domain.model import Model
from gitreg.domain.model import ModelVersion as ModelVersionRecord
from gitreg.domain.version import VersionNumber
from gitreg.errors import UsageError
from gitreg.mlflow_plugin.artifacts.trusting import require_held
from gitreg.mlflow_plugin.artifacts.whose import require_no_file
from gitreg.mlflow_plugin.faults import invalid, missing, speaking_mlflow
from gitreg.mlflow_plugin.models.entities import OTHER_VERSION, OURS, VERSION, own_tags
from gitreg.mlflow_plugin.models.registered_models import RegisteredModels, require_unserved
from gitreg.mlflow_plugin.models.sources import origin_of
from gitreg.mlflow_plugin.models.untyped import (
    require_key,
    require_model_name,
    require_version_tag,
    version_number,
)
from gitreg.workflows.logged_models.places import logged_model_place
from gitreg.workflows.versions.edit_registered import Changes, said
from gitreg.workflows.versions.new_version import Told
from gitreg.workflows.versions.register_version import Registration, register_version
from gitreg.workflows.versions.registered import RegisteredVersion
from gitreg.workflows.versions.registered_source import OfLoggedModel, OfVersion, Origin


class ModelVersions(RegisteredModels):
    """Model versions: made, found, described, tagged, deleted. A version's own record stays as it was made."""

    @speaking_mlflow
    def create_model_version(  # noqa: PLR0913, PLR0917 - as MLflow calls it
        self,
        name: str,
        source: str,
        run_id: str | None = None,
        tags: Sequence[ModelVersionTag] | None = None,
        run_link: str | None = None,
        description: str | None = None,
        local_model_path: str | None = None,  # noqa: ARG002 - the artifacts are in the registry already
        model_id: str | None = None,
    ) -> ModelVersion:
        """Registers a version, by the registry's policy."""
        require_model_name(name)
        for tag in tags or ():
            require_version_tag(tag.key, tag.value)
        given = {kept_key(tag.key): kept_text(tag.value) for tag in tags or ()}
        self._found(name)
        origin = self._origin(source or "", run_id, model_id)
        told = Told(
            source=kept_text(source or ""),
            run=kept_text(run_id or ""),
            run_link=kept_text(run_link or ""),
            logged_model=self._logged_model(model_id),
            location=self._location(origin),
            tags=own_tags(given.items()),
        )
        version, is_copied = _wanted(given, origin)
        wanted = Registration(
            kept_name(name),
            told,
            origin,
            kept_text(description or ""),
            version,
            is_preferred=is_copied,
            is_deployed=IS_PROMPT_TAG_KEY not in given,
        )
        done = register_version(self._registry, wanted, self._shelves, self._author(), self._pacing())
        return self._version_entity(name, done.record.number)

    @speaking_mlflow
    def get_model_version(self, name: str, version: int | str) -> ModelVersion:
        """The version of that number."""
        return self._version_entity(name, version)

    @speaking_mlflow
    def get_model_version_download_uri(self, name: str, version: int | str) -> str:
        """Where the version's artifacts are; what MLflow loads a model by asks here first."""
        found = self._version(name, version)[1]
        require_held(found.record)
        place = self._download_uri(found)
        require_no_file(self._registry, self.store_uri, place)
        return place

    @speaking_mlflow
    def update_model_version(
        self, name: str, version: int | str, description: str | None = None
    ) -> ModelVersion:
        """Says what is new in the version."""
        model, found = self._version(name, version)
        number = found.record.version
        changes: Changes = {
            said(number, "description"): kept_text(description or ""),
            said(number, "updated"): self._now(),
        }
        self._edit(model.model, lambda _: changes, f"Describe {found.record}")
        return self._version_entity(name, version)

    @speaking_mlflow
    def delete_model_version(self, name: str, version: int | str) -> None:
        """Hides the version; its number is never used again, and what was signed stays."""
        version_number(version)
        model, found = self._version(name, version)
        number = found.record.version
        if found.state == "proposed":
            raise UsageError(
                f"{found.record} waits for review in {found.branch}", hint="close its merge request"
            )
        now, act = self._now(), f"Delete {found.record}"
        self._edit_names(
            model.model, lambda record: _deleted(record, number, now), act, f"whether {found.record} stays"
        )

    @speaking_mlflow
    def set_model_version_tag(self, name: str, version: int | str, tag: ModelVersionTag) -> None:
        """Sets a tag of the version."""
        require_model_name(name)
        version_number(version)
        require_version_tag(tag.key, tag.value)
        key = kept_key(tag.key)
        if key.startswith(OURS):
            raise invalid(f"the tag {key} is gitreg's own word on a version, and is not set")
        model, found = self._version(name, version)
        changes: Changes = {said(found.record.version, "tags", key): kept_text(tag.value)}
        self._edit(model.model, lambda _: changes, f"Tag {found.record}")

    @speaking_mlflow
    def delete_model_version_tag(self, name: str, version: int | str, key: str) -> None:
        """Takes a tag of the version away, if it has it."""
        require_model_name(name)
        version_number(version)
        require_key(key)
        model, found = self._version(name, version)
        kept = kept_key(key)
        self._edit(model.model, lambda record: _untagged(record, found, kept), f"Untag {found.record}")

    def _origin(self, source: str, run_id: str | None, model_id: str | None) -> Origin | None:
        """What of this registry a source names.

        Raises:
            MlflowException: if it is of the form that names a logged model or a version, and there is none.
        """
        if not source.startswith("models:"):
            return origin_of(self.store_uri, source, run_id, model_id)
        try:
            return self._of_models_uri(source)
        except MlflowException as error:
            raise MlflowException(
                f"Unable to fetch model from model URI source artifact location '{source}'.Error: {error}"
            ) from error

    def _of_models_uri(self, source: str) -> Origin | None:
        parsed = _parse_model_uri(source)
        if parsed.model_id is None:
            found = self._of_word(parsed.name or "", parsed.version, parsed.stage or parsed.alias or "")
            return OfVersion(found.record.model, found.record.version)
        origin = origin_of(self.store_uri, source, None, None)
        there = (
            logged_model_place(self._registry.candidates, origin.id)
            if isinstance(origin, OfLoggedModel)
            else None
        )
        if there is None:
            raise missing(f"Logged model with ID '{parsed.model_id}' not found.")
        return origin

    def _of_word(self, name: str, number: str | None, word: str) -> RegisteredVersion:
        if number is not None:
            return self._version(name, number)[1]
        found = self._found(name).named(word)
        if found is None:
            raise missing(f"Model Version (name={name}, version={word}) not found")
        return found

    def _location(self, origin: Origin | None) -> str:
        """Where the artifacts of another version are that this registry does not hold; that one may be gone one day."""
        if not isinstance(origin, OfVersion):
            return ""
        path = layout.version_path(origin.model, origin.version)
        record = self._registry.accepted.record(ModelVersionRecord, path)
        return "" if record is None or record.artifacts else record.location or record.source

    def _logged_model(self, model_id: str | None) -> str | None:
        """The id of a logged model of this registry."""
        origin = origin_of(self.store_uri, f"models:/{model_id}", None, None) if model_id else None
        return origin.id if isinstance(origin, OfLoggedModel) else None


def _wanted(tags: dict[str, str], origin: Origin | None) -> tuple[VersionNumber | None, bool]:
    """The semantic version that tags ask for; whether they were copied from another version, which asks for little.

    Raises:
        UsageError: if it is none.
    """
    text = tags.get(VERSION) or tags.get(OTHER_VERSION)
    if text is None:
        return None, False
    try:
        version = VersionNumber.parse(text)
    except ValueError as error:
        raise UsageError(f"the tag {VERSION} is {error}") from error
    return version, isinstance(origin, OfVersion) and origin.version == version


def _deleted(record: Model, version: VersionNumber, now: str) -> Changes:
    require_unserved(record, version)
    aliases: Changes = {
        ("aliases", name): DELETE for name, there in record.aliases.items() if there == version
    }
    return {said(version, "deleted"): now, said(version, "updated"): now, ("updated",): now, **aliases}


def _untagged(record: Model, found: RegisteredVersion, key: str) -> Changes:
    version = found.record.version
    if key in found.record.tags:
        return {said(version, "tags", key): None}
    return {said(version, "tags", key): DELETE} if key in record.said_of(version).tags else {}
