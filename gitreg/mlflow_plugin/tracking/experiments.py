"""Part of the tracking store: experiments. Each change is one commit on the candidate branch."""

from __future__ import annotations

from collections.abc import Sequence

from mlflow.entities import Experiment as MlflowExperiment
from mlflow.entities import ExperimentTag, LifecycleStage, ViewType
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_STATE, RESOURCE_ALREADY_EXISTS
from mlflow.store.entities.paged_list import PagedList
from mlflow.store.tracking import SEARCH_MAX_RESULTS_DEFAULT
from mlflow.utils.validation import _validate_experiment_artifact_location_length

from gitreg.domain.experiment import Experiment
from gitreg.domain.fitted import kept_key, kept_name, kept_text
from gitreg.errors import AlreadyThereError, NotFoundError
from gitreg.mlflow_plugin.faults import missing, speaking_mlflow
from gitreg.mlflow_plugin.paging import page_start
from gitreg.mlflow_plugin.publishing import committed
from gitreg.mlflow_plugin.tracking.entities_experiments import NOTE, experiment_entity
from gitreg.mlflow_plugin.tracking.experiments_filter import filtered
from gitreg.mlflow_plugin.tracking.limits import require_page_size
from gitreg.mlflow_plugin.tracking.placing import Placing
from gitreg.mlflow_plugin.tracking.untyped import (
    experiments_search,
    require_experiment_name,
    require_experiment_tag,
    whole_uri,
)
from gitreg.workflows.candidates.experiment_names import blank_experiment, every_experiment, experiment_named
from gitreg.workflows.candidates.experiments import ExperimentChange, edit_experiment, make_experiment

NEWEST_FIRST = ("creation_time DESC", "experiment_id ASC")


class Experiments(Placing):
    """Experiments: made, found, changed, deleted and restored."""

    @speaking_mlflow
    def create_experiment(
        self, name: str, artifact_location: str | None = None, tags: Sequence[ExperimentTag] | None = None
    ) -> str:
        """Makes an experiment, and returns its id."""
        require_experiment_name(name)
        if artifact_location:
            artifact_location = whole_uri(artifact_location)
            _validate_experiment_artifact_location_length(artifact_location)
        for tag in tags or ():
            require_experiment_tag(tag.key, tag.value)
        kept = kept_name(name)
        # first the folder: one that is taken meanwhile is no reason for another one
        blank = blank_experiment(self._registry, kept)
        self._require_free(kept)
        change = ExperimentChange(
            artifact_location=artifact_location or None,
            tags={kept_key(tag.key): kept_text(tag.value) for tag in tags or ()},
        )
        try:
            made = make_experiment(self._registry, blank, change, self._author())
        except AlreadyThereError:
            return self._made_at_once(kept, change)
        committed(self._registry)
        return made.number

    @speaking_mlflow
    def get_experiment(self, experiment_id: str) -> MlflowExperiment:
        """The experiment of an id, deleted ones too."""
        return experiment_entity(self.artifact_root_uri, self._experiment(experiment_id))

    @speaking_mlflow
    def get_experiment_by_name(self, experiment_name: str) -> MlflowExperiment | None:
        """The experiment of a name, deleted ones too; None where there is none."""
        found = experiment_named(self._registry, kept_name(experiment_name)) if experiment_name else None
        return experiment_entity(self.artifact_root_uri, self._seen(found)) if found else None

    @speaking_mlflow
    def rename_experiment(self, experiment_id: str, new_name: str) -> None:
        """Gives an experiment another name; its folder stays."""
        require_experiment_name(new_name)
        experiment = self._experiment(experiment_id)
        if experiment.deleted is not None:
            raise MlflowException("Cannot rename a non-active experiment.", INVALID_STATE)
        kept = kept_name(new_name)
        if kept != experiment.name:
            self._require_free(kept)
            self._change(experiment, ExperimentChange(name=kept))

    @speaking_mlflow
    def delete_experiment(self, experiment_id: str) -> None:
        """Hides an experiment, and its runs with it."""
        experiment = self._experiment(experiment_id, ViewType.ACTIVE_ONLY)
        self._change(experiment, ExperimentChange(deleted=True))

    @speaking_mlflow
    def restore_experiment(self, experiment_id: str) -> None:
        """Shows a deleted experiment again, and those of its runs that were not deleted by themselves."""
        experiment = self._experiment(experiment_id, ViewType.DELETED_ONLY)
        self._change(experiment, ExperimentChange(deleted=False))

    @speaking_mlflow
    def set_experiment_tag(self, experiment_id: str, tag: ExperimentTag) -> None:
        """Attaches a word to an experiment."""
        require_experiment_tag(tag.key, tag.value)
        experiment = self._active_experiment(experiment_id)
        key, value = kept_key(tag.key), kept_text(tag.value)
        if key == NOTE:
            self._change(experiment, ExperimentChange(description=value, tags={NOTE: None}))
        else:
            self._change(experiment, ExperimentChange(tags={key: value}))

    @speaking_mlflow
    def delete_experiment_tag(self, experiment_id: str, key: str) -> None:
        """Takes a word from an experiment."""
        experiment = self._active_experiment(experiment_id)
        kept = kept_key(key)
        if kept in experiment.tags:
            self._change(experiment, ExperimentChange(tags={kept: None}))
        elif kept == NOTE and experiment.description:
            self._change(experiment, ExperimentChange(description=""))
        else:
            raise missing(f"No tag with name: {key} in experiment with id {experiment_id}")

    @speaking_mlflow
    def search_experiments(
        self,
        view_type: int = ViewType.ACTIVE_ONLY,
        max_results: int = SEARCH_MAX_RESULTS_DEFAULT,
        filter_string: str | None = None,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[MlflowExperiment]:
        """A page of the experiments that meet a filter. They are few, so MLflow's own filter reads all of them."""
        require_page_size(max_results)
        stages = LifecycleStage.view_type_to_stages(view_type)
        start = page_start(page_token)
        order = order_by or NEWEST_FIRST
        there = map(self._seen, every_experiment(self._registry))
        found = [experiment_entity(self.artifact_root_uri, one) for one in there]
        living = [one for one in found if one.lifecycle_stage in stages]
        chosen = experiments_search.sort(filtered(living, filter_string), order)
        end = start + max_results
        token = experiments_search.create_page_token(end) if len(chosen) > end else None
        return PagedList(chosen[start:end], token)

    def _change(self, experiment: Experiment, change: ExperimentChange) -> None:
        registry, author = self._registry, self._author()
        try:
            edit_experiment(registry, experiment.slug, change, author)
        except NotFoundError:  # nothing was committed to it yet
            make_experiment(registry, experiment, change, author, is_new=False)
        committed(registry)

    def _made_at_once(self, name: str, change: ExperimentChange) -> str:
        """The id of what another process made while this one was about to make the same.

        Two trainings begin at once, and MLflow's `set_experiment` lets the one that is refused log into the default experiment.
        """
        there = experiment_named(self._registry, name)
        wanted = (change.tags, change.artifact_location or "", None)
        if there is None or (there.tags, there.artifact_location, there.deleted) != wanted:
            raise MlflowException(f"Experiment(name={name}) already exists.", RESOURCE_ALREADY_EXISTS)
        return there.number

    def _require_free(self, name: str) -> None:
        if experiment_named(self._registry, name) is not None:
            raise MlflowException(f"Experiment(name={name}) already exists.", RESOURCE_ALREADY_EXISTS)
