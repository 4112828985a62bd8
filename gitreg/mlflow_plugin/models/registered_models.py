"""Part of the model registry store: registered models."""

from __future__ import annotations

from collections.abc import Sequence

from mlflow.entities.model_registry import ModelVersion, RegisteredModel, RegisteredModelTag
from mlflow.exceptions import MlflowException
from mlflow.prompt.constants import IS_PROMPT_TAG_KEY
from mlflow.prompt.registry_utils import handle_resource_already_exist_error
from mlflow.protos.databricks_pb2 import PERMISSION_DENIED, RESOURCE_ALREADY_EXISTS

from gitreg.documents.edit import DELETE
from gitreg.domain.fitted import kept_key, kept_name, kept_text
from gitreg.domain.model import Model
from gitreg.domain.times import time_text
from gitreg.domain.version import VersionNumber
from gitreg.errors import AlreadyThereError
from gitreg.mlflow_plugin.faults import speaking_mlflow
from gitreg.mlflow_plugin.models.base import Base, by_review
from gitreg.mlflow_plugin.models.entities import model_entity
from gitreg.mlflow_plugin.models.untyped import (
    require_key,
    require_model_name,
    require_model_tag,
    require_new_name,
)
from gitreg.workflows.versions.edit_registered import Changes, NewModel, register_model, said
from gitreg.workflows.versions.models import ModelChange, edit_model
from gitreg.workflows.versions.registered import find_registered


class RegisteredModels(Base):
    """Registered models: made, found, changed, renamed, deleted."""

    @speaking_mlflow
    def create_registered_model(
        self,
        name: str,
        tags: Sequence[RegisteredModelTag] | None = None,
        description: str | None = None,
        deployment_job_id: str | None = None,  # noqa: ARG002 - Databricks' own
    ) -> RegisteredModel:
        """Makes a model without versions."""
        require_model_name(name)
        for tag in tags or ():
            require_model_tag(tag.key, tag.value)
        kept = {kept_key(tag.key): kept_text(tag.value or "") for tag in tags or ()}
        new = NewModel(kept_name(name), kept_text(description or ""), kept)
        try:
            register_model(self._registry, new, self._shelves, self._author())
        except AlreadyThereError:
            there = find_registered(self._registry, kept_name(name), self._shelves)
            is_prompt = IS_PROMPT_TAG_KEY in (there.model.tags if there else {})
            handle_resource_already_exist_error(name, is_prompt, IS_PROMPT_TAG_KEY in kept)
        return self._entity(name)

    @speaking_mlflow
    def get_registered_model(self, name: str) -> RegisteredModel:
        """The model of that name."""
        return self._entity(name)

    @speaking_mlflow
    def update_registered_model(
        self,
        name: str,
        description: str | None,
        deployment_job_id: str | None = None,  # noqa: ARG002 - Databricks' own
    ) -> RegisteredModel:
        """Says what the model is for."""
        changes: Changes = {("description",): kept_text(description or ""), ("updated",): self._now()}
        self._edit(self._found(name).model, lambda _: changes, f"Describe model {name}")
        return self._entity(name)

    @speaking_mlflow
    def rename_registered_model(self, name: str, new_name: str) -> RegisteredModel:
        """Calls the model otherwise; its folder stays."""
        require_new_name(new_name)
        found, wanted, now = self._found(name), kept_name(new_name), self._now()
        there = find_registered(self._registry, wanted, self._shelves)
        if there is not None and there.model.slug != found.model.slug:
            raise MlflowException(
                f"Registered Model (name={new_name}) already exists.", RESOURCE_ALREADY_EXISTS
            )
        if found.model.stages:
            proposal = edit_model(self._registry, found.model.slug, ModelChange(name=wanted), self._author())
            raise by_review(
                f"{found.model.slug} serves in protected stages, so what it is called is decided by review",
                proposal,
            )
        versions = [one.record.version for one in found.versions.values()]
        what = f"what {found.model.slug} is called"
        self._edit_names(found.model, lambda _: _renamed(wanted, versions, now), f"Rename model {name}", what)
        return self._entity(new_name)

    @speaking_mlflow
    def delete_registered_model(self, name: str) -> None:
        """Hides the model; its history, its numbers and what was signed stay."""
        model, now = self._found(name).model, self._now()

        def decide(record: Model) -> Changes:
            require_unserved(record, None)
            return {("deleted",): now, ("aliases",): {}}

        self._edit_names(model, decide, f"Delete model {name}", f"whether {model.slug} stays")

    @speaking_mlflow
    def set_registered_model_tag(self, name: str, tag: RegisteredModelTag) -> None:
        """Sets a tag of the model."""
        require_model_name(name)
        require_model_tag(tag.key, tag.value)
        changes: Changes = {("tags", kept_key(tag.key)): kept_text(tag.value or "")}
        self._edit(self._found(name).model, lambda _: changes, f"Tag model {name}")

    @speaking_mlflow
    def delete_registered_model_tag(self, name: str, key: str) -> None:
        """Takes a tag of the model away, if it has it."""
        require_model_name(name)
        require_key(key)
        kept = kept_key(key)
        self._edit(
            self._found(name).model,
            lambda model: {("tags", kept): DELETE} if kept in model.tags else {},
            f"Untag model {name}",
        )

    def _entity(self, name: str) -> RegisteredModel:
        found = self._found(name)
        return model_entity(found, self._telling(found))

    def _version_entity(self, name: str, version: int | str) -> ModelVersion:
        model, found = self._version(name, version)
        return self._telling(model).version(found)

    def _now(self) -> str:
        return time_text(self._author().when)


def require_unserved(model: Model, version: VersionNumber | None) -> None:
    """Refuses to hide what serves in a stage of the registry.

    Raises:
        MlflowException: naming the stage and the way out.
    """
    serving = [stage for stage, there in model.stages.items() if version in {None, there}]
    if serving:
        raise MlflowException(
            f"{model.slug} {model.stages[serving[0]]} serves in {serving[0]}, a protected stage of this registry."
            f" gitreg rollback {model.slug} {serving[0]}, or gitreg assign {model.slug}@none {serving[0]}",
            PERMISSION_DENIED,
        )


def _renamed(name: str, versions: Sequence[VersionNumber], now: str) -> Changes:
    """MLflow counts a version as changed when its model is called otherwise."""
    touched = {said(version, "updated"): now for version in versions}
    return {("name",): name, ("updated",): now, **touched}
