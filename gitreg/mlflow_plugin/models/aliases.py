"""Part of the model registry store: aliases and stages. What is a stage of the registry is moved by review only."""

from __future__ import annotations

from collections.abc import Sequence

from mlflow.entities.model_registry import ModelVersion
from mlflow.entities.model_registry.model_version_stages import (
    ALL_STAGES,
    DEFAULT_STAGES_FOR_GET_LATEST_VERSIONS,
    STAGE_ARCHIVED,
    STAGE_NONE,
)
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import PERMISSION_DENIED

from gitreg.documents.edit import DELETE
from gitreg.domain.model import Model
from gitreg.domain.version import VersionNumber
from gitreg.domain.words import alias as alias_name
from gitreg.errors import AlreadyThereError, AnswerIsNoError, UsageError
from gitreg.mlflow_plugin.faults import invalid, missing, speaking_mlflow, translated
from gitreg.mlflow_plugin.models.base import by_review
from gitreg.mlflow_plugin.models.entities import latest, stage_of
from gitreg.mlflow_plugin.models.model_versions import ModelVersions
from gitreg.mlflow_plugin.models.untyped import (
    canonical_stage,
    require_alias,
    require_free_alias,
    require_model_name,
    version_number,
)
from gitreg.workflows.versions.edit_registered import Changes, said
from gitreg.workflows.versions.registered import RegisteredModel, RegisteredVersion
from gitreg.workflows.versions.stages import assign

_MLFLOW_STAGES = frozenset(stage.lower() for stage in ALL_STAGES)


class Aliases(ModelVersions):
    """Aliases and MLflow's stages."""

    @speaking_mlflow
    def set_registered_model_alias(self, name: str, alias: str, version: int | str) -> None:
        """Lets a version go by an alias; a protected one is proposed, and refused here."""
        require_model_name(name)
        require_alias(alias)
        require_free_alias(alias)
        version_number(version)
        model, found = self._version(name, version)
        number = found.record.version
        if self._is_protected(model, alias):
            self._propose(model, number, alias.lower())
            return
        self._require_alias(alias)
        _require_accepted(found)
        changes: Changes = {("aliases", alias): str(number)}
        what = f"{alias} of {model.model.slug}"
        self._edit_names(model.model, lambda _: changes, f"Call {found.record} {alias}", what)

    @speaking_mlflow
    def delete_registered_model_alias(self, name: str, alias: str) -> None:
        """Takes an alias away, if it is there; a protected one is proposed to be emptied, and refused here."""
        require_model_name(name)
        require_alias(alias)
        model = self._found(name)
        if alias in model.model.stages:
            self._propose(model, None, alias)
        self._edit_names(
            model.model,
            lambda record: {("aliases", alias): DELETE} if alias in record.aliases else {},
            f"Call no version of {model.model.slug} {alias}",
            f"{alias} of {model.model.slug}",
        )

    @speaking_mlflow
    def get_model_version_by_alias(self, name: str, alias: str) -> ModelVersion:
        """The version that an alias, a stage or a semantic number names; `latest` is the highest number."""
        require_model_name(name)
        model = self._found(name)
        if alias and alias.lower() == "latest":
            newest = max(latest(model), key=lambda one: one.record.number, default=None)
            if newest is None:
                raise missing(f"Latest version not found for model {name}.")
            return self._telling(model).version(newest)
        found = model.named(alias or "")
        if found is None:
            require_alias(alias)
            raise invalid(f"Registered model alias {alias} not found.")
        return self._telling(model).version(found)

    @speaking_mlflow
    def get_latest_versions(self, name: str, stages: Sequence[str] | None = None) -> list[ModelVersion]:
        """The latest version of each stage; a semantic version, an alias or a stage of the registry is a stage, too."""
        model = self._found(name)
        telling, newest = self._telling(model), latest(model)
        if not stages:
            return [telling.version(one) for one in newest]
        found: dict[int, RegisteredVersion] = {}
        for stage in stages:
            for one in _of_stage(model, newest, stage):
                found[one.record.number] = one
        return [telling.version(one) for one in found.values()]

    @speaking_mlflow
    def transition_model_version_stage(
        self,
        name: str,
        version: int | str,
        stage: str,
        archive_existing_versions: bool,  # noqa: FBT001 - as MLflow calls it
    ) -> ModelVersion:
        """Puts a version into one of MLflow's stages; those that are the registry's, too, are moved by review."""
        is_active = canonical_stage(stage) in DEFAULT_STAGES_FOR_GET_LATEST_VERSIONS
        if archive_existing_versions and not is_active:
            raise MlflowException(
                "Model version transition cannot archive existing model versions because"
                f" '{stage}' is not an Active stage. Valid stages are {DEFAULT_STAGES_FOR_GET_LATEST_VERSIONS}"
            )
        model, found = self._version(name, version)
        wanted, number, now = canonical_stage(stage), found.record.version, self._now()
        _require_accepted(found)
        if self._is_protected(model, wanted):
            self._propose(model, number, wanted.lower())
            return self._version_entity(name, version)
        for stage_left in sorted(_MLFLOW_STAGES.intersection(found.stages)):
            self._propose(model, None, stage_left)

        def decide(record: Model) -> Changes:
            there = [one for one, words in record.annotations.items() if words.stage == wanted]
            return _moved(number, wanted, there if archive_existing_versions else [], now)

        what = f"{wanted} of {model.model.slug}"
        self._edit_names(model.model, decide, f"Put {found.record} into {wanted}", what)
        return self._version_entity(name, version)

    def _is_protected(self, model: RegisteredModel, alias: str) -> bool:
        """Whether a name is a stage of the registry, however it is written: `Production` is none beside `production`."""
        return alias.lower() in {*self._registry.protected_names, *model.model.stages}

    def _propose(self, model: RegisteredModel, version: VersionNumber | None, stage: str) -> None:
        """Opens the proposal that moves a stage of the registry; the move itself is refused.

        Raises:
            MlflowException: always, unless the stage is there already.
        """
        slug = model.model.slug
        if model.model.stages.get(stage) == version:
            return
        what = f"{stage} is a protected stage of this registry"
        try:
            proposal = assign(self._registry, slug, version, stage, self._author())
        except AlreadyThereError:
            raise
        except AnswerIsNoError as error:
            raise MlflowException(f"{what}: {translated(error).message}", PERMISSION_DENIED) from error
        raise by_review(f"{what}, and is moved by review only", proposal)

    @staticmethod
    def _require_alias(alias: str) -> None:
        try:
            alias_name(alias)
        except ValueError as error:
            raise invalid(f"Invalid alias name: '{alias}'. {error}") from error


def _require_accepted(found: RegisteredVersion) -> None:
    if found.state == "proposed":
        raise UsageError(f"{found.record} waits for review in {found.branch}, and serves nobody yet")


def _of_stage(model: RegisteredModel, newest: list[RegisteredVersion], stage: str) -> list[RegisteredVersion]:
    serving = model.model.stages.get(stage.lower())
    if serving is None and stage.lower() in _MLFLOW_STAGES:
        return [one for one in newest if stage_of(one).lower() == stage.lower()]
    found = model.version(serving) if serving else model.named(stage)
    if found is None:
        canonical_stage(stage)  # refuses it, as MLflow does
    return [found] if found else []


def _moved(version: VersionNumber, stage: str, others: Sequence[VersionNumber], now: str) -> Changes:
    changes: dict[tuple[str, ...], str] = {("updated",): now}
    for one, place in [*((other, STAGE_ARCHIVED) for other in others), (version, stage)]:
        changes[said(one, "stage")] = "" if place == STAGE_NONE else place
        changes[said(one, "updated")] = now
    return changes
