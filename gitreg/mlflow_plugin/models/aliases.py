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
from gitreg.domain.version import VersionNumber
from gitreg.domain.words import alias as alias_name
from gitreg.errors import AlreadyThereError, AnswerIsNoError, UsageError
from gitreg.mlflow_plugin.faults import invalid, missing, speaking_mlflow, translated
from gitreg.mlflow_plugin.models.entities import latest, stage_of
from gitreg.mlflow_plugin.models.finding import by_name, by_number
from gitreg.mlflow_plugin.models.model_versions import ModelVersions
from gitreg.mlflow_plugin.models.untyped import (
    canonical_stage,
    require_alias,
    require_free_alias,
    require_model_name,
    version_number,
)
from gitreg.workflows.edit_registered import Changes, said
from gitreg.workflows.proposals import Proposal
from gitreg.workflows.registered import RegisteredModel, RegisteredVersion
from gitreg.workflows.stages import assign


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
        if self._is_protected(alias):
            self._propose(model, number, alias)
        self._require_alias(alias)
        if found.state == "proposed":
            raise UsageError(f"{found.record} waits for review in {found.branch}, and serves nobody yet")
        changes: Changes = {("aliases", alias): str(number)}
        waits = self._edit(model.model, lambda _: changes, f"Call {found.record} {alias}")
        self._refuse_waiting(waits, f"{alias} of {model.model.slug}")

    @speaking_mlflow
    def delete_registered_model_alias(self, name: str, alias: str) -> None:
        """Takes an alias away, if it is there; a protected one is proposed to be emptied, and refused here."""
        require_model_name(name)
        require_alias(alias)
        model = self._found(name)
        if self._is_protected(alias) and alias in model.model.stages:
            self._propose(model, None, alias)
        waits = self._edit(
            model.model,
            lambda record: {("aliases", alias): DELETE} if alias in record.aliases else {},
            f"Call no version of {model.model.slug} {alias}",
        )
        self._refuse_waiting(waits, f"{alias} of {model.model.slug}")

    @speaking_mlflow
    def get_model_version_by_alias(self, name: str, alias: str) -> ModelVersion:
        """The version that an alias, a stage or a semantic number names; `latest` is the highest number."""
        require_model_name(name)
        model = self._found(name)
        if alias.lower() == "latest":
            newest = max(latest(model), key=lambda one: one.record.number, default=None)
            if newest is None:
                raise missing(f"Latest version not found for model {name}.")
            return self._telling(model).version(newest)
        found = by_number(model, alias) or by_name(model, alias)
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
        wanted = canonical_stage(stage)
        self._move_of_registry(model, found, wanted)
        others = [
            one.record.version
            for one in model.versions.values()
            if archive_existing_versions
            and one.record.number != found.record.number
            and stage_of(one) == wanted
        ]
        changes = _moved(found.record.version, wanted, others, self._now())
        waits = self._edit(model.model, lambda _: changes, f"Put {found.record} into {wanted}")
        self._refuse_waiting(waits, f"{wanted} of {model.model.slug}")
        return self._version_entity(name, version)

    def _move_of_registry(self, model: RegisteredModel, found: RegisteredVersion, wanted: str) -> None:
        """Proposes the move where the version enters or leaves a stage of the registry, and refuses it here.

        Raises:
            MlflowException: with what was proposed.
        """
        number, slug = found.record.version, wanted.lower()
        leaving = [
            one for one in found.stages if one in {name.lower() for name in ALL_STAGES} and one != slug
        ]
        if self._is_protected(slug) and slug not in found.stages:
            self._propose(model, number, slug)
        if leaving:
            self._propose(model, None, leaving[0])

    def _is_protected(self, alias: str) -> bool:
        return alias in self._registry.rules.stages

    def _propose(self, model: RegisteredModel, version: VersionNumber | None, stage: str) -> None:
        """Opens the proposal that moves a stage of the registry; the move itself is refused.

        Raises:
            MlflowException: always, unless the stage is there already.
        """
        slug = model.model.slug
        if version is not None and model.model.stages.get(stage) == version:
            return
        what = f"{stage} is a protected stage of this registry"
        try:
            proposal = assign(self._registry, slug, version, stage, self._author())
        except AlreadyThereError:
            raise
        except AnswerIsNoError as error:
            raise MlflowException(f"{what}: {translated(error).message}", PERMISSION_DENIED) from error
        raise MlflowException(f"{what}, and is moved by review only: {_where(proposal)}", PERMISSION_DENIED)

    @staticmethod
    def _require_alias(alias: str) -> None:
        try:
            alias_name(alias)
        except ValueError as error:
            raise invalid(f"Invalid alias name: '{alias}'. {error}") from error

    @staticmethod
    def _refuse_waiting(proposal: Proposal | None, what: str) -> None:
        """In a registry where registering proposes, who serves is nobody's word but review's.

        Raises:
            MlflowException: if it waits for that.
        """
        if proposal is not None:
            raise MlflowException(f"{what} is moved by review: {_where(proposal)}", PERMISSION_DENIED)


def _where(proposal: Proposal) -> str:
    """Where a proposal is seen."""
    return f"see {proposal.url}" if proposal.url else f"it is proposed as {proposal.name}"


def _of_stage(model: RegisteredModel, newest: list[RegisteredVersion], stage: str) -> list[RegisteredVersion]:
    known = {name.lower(): name for name in ALL_STAGES}
    if stage.lower() in known:
        return [one for one in newest if stage_of(one) == known[stage.lower()]]
    found = by_number(model, stage) or by_name(model, stage)
    if found is None:
        canonical_stage(stage)  # refuses it, as MLflow does
    return [found] if found else []


def _moved(version: VersionNumber, stage: str, others: Sequence[VersionNumber], now: str) -> Changes:
    changes: dict[tuple[str, ...], str] = {("updated",): now}
    for one, place in [(version, stage), *((other, STAGE_ARCHIVED) for other in others)]:
        changes[said(one, "stage")] = "" if place == STAGE_NONE else place
        changes[said(one, "updated")] = now
    return changes
