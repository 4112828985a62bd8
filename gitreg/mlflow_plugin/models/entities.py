"""Models and versions as MLflow's entities."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from mlflow.entities.model_registry import ModelVersion, RegisteredModel
from mlflow.entities.model_registry.model_version_stages import ALL_STAGES, STAGE_NONE

from gitreg.domain.model import Model
from gitreg.mlflow_plugin.models.untyped import entities
from gitreg.mlflow_plugin.tracking.entities_times import milliseconds_of, milliseconds_or_none
from gitreg.workflows.versions.registered import RegisteredModel as Registered
from gitreg.workflows.versions.registered import RegisteredVersion

VERSION, STATE, URL, BRANCH = "gitreg.version", "gitreg.state", "gitreg.url", "gitreg.branch"
OTHER_VERSION = "gitlab.version"
"""GitLab's name for the tag that asks for a semantic version (docs.gitlab.com, MLflow client compatibility)."""
OURS = "gitreg."
_READY = "READY"
_MLFLOW_STAGES = {stage.lower(): stage for stage in ALL_STAGES}


@dataclass(frozen=True)
class Telling:
    """How versions of one model are told.

    Args:
        model: its record.
        address: where a version's artifacts are.
        url: where people see the merge requests of a branch.
        has_state: whether tags say where a version stands.
    """

    model: Model
    address: Callable[[RegisteredVersion], str]
    url: Callable[[str], str | None]
    has_state: bool = True

    def version(self, found: RegisteredVersion) -> ModelVersion:
        """A version as MLflow's entity."""
        record = found.record
        created = milliseconds_of(record.created)
        made: ModelVersion = entities.ModelVersion(
            name=self.model.name,
            version=record.number,
            creation_timestamp=created,
            last_updated_timestamp=milliseconds_or_none(found.said.updated) or created,
            description=found.description or None,
            user_id=record.author.name,
            current_stage=stage_of(found),
            source=record.source or self.address(found),
            run_id=run_of(found),
            status=_READY,
            tags=[entities.ModelVersionTag(key, value) for key, value in self._tags(found).items()],
            run_link=record.run_link or None,
            aliases=[*found.aliases, *found.stages],
            model_id=f"m-{record.logged_model}" if record.logged_model else None,
        )
        return made

    def _tags(self, found: RegisteredVersion) -> dict[str, str]:
        own = found.tags
        if not self.has_state:
            return own
        state = {VERSION: str(found.record.version), STATE: found.state}
        url = self.url(found.branch) if found.branch else None
        waits = {BRANCH: found.branch, URL: url}
        return {**own, **state, **{key: word for key, word in waits.items() if word}}


def model_entity(found: Registered, telling: Telling) -> RegisteredModel:
    """A model as MLflow's entity, with the latest version of each stage."""
    model = found.model
    created, updated = times_of(found)
    return RegisteredModel(
        name=model.name,
        creation_timestamp=milliseconds_or_none(created),
        last_updated_timestamp=milliseconds_or_none(updated),
        description=model.description or None,
        latest_versions=[telling.version(one) for one in latest(found)],
        tags=[entities.RegisteredModelTag(key, value) for key, value in model.tags.items()],
        aliases=[
            entities.RegisteredModelAlias(name, number)
            for number, one in found.versions.items()
            for name in (*one.aliases, *one.stages)
        ],
    )


def latest(found: Registered) -> list[RegisteredVersion]:
    """The latest version of each of MLflow's stages; what waits for review or is retired is none."""
    by_stage: dict[str, RegisteredVersion] = {}
    for one in found.settled:
        by_stage[stage_of(one)] = one  # lowest numbers come first
    return list(by_stage.values())


def stage_of(found: RegisteredVersion) -> str:
    """MLflow's stage of a version: by the registry's stages first, then by what MLflow's API said."""
    of_registry = [_MLFLOW_STAGES[stage] for stage in found.stages if stage in _MLFLOW_STAGES]
    return max(of_registry, key=ALL_STAGES.index, default=found.said.stage or STAGE_NONE)


def times_of(found: Registered) -> tuple[datetime | None, datetime | None]:
    """When a model was made and last changed; of what MLflow's API did not make, by its versions."""
    created = [one.record.created for one in found.versions.values()]
    made = found.model.created or min(created, default=None)
    changed = [moment for moment in (found.model.updated, made, *created) if moment is not None]
    return made, max(changed, default=None)


def run_of(found: RegisteredVersion) -> str | None:
    """The run that a version comes from."""
    record = found.record
    return record.run or (record.candidate.id if record.candidate else None)


def own_tags(tags: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Tags without those by which this plugin tells where a version stands."""
    return {key: value for key, value in tags if not key.startswith(OURS)}
