"""Part of the tracking store: what `mlflow gc` removes. Records leave the branch's tip, and Git's history keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

from mlflow.entities import ViewType

from gitreg.documents import places
from gitreg.domain.words import slug_of
from gitreg.drafts import drafts
from gitreg.errors import GitregError, NotFoundError
from gitreg.index.known_experiments import all_experiments
from gitreg.index.logged_models import logged_models
from gitreg.index.query.values import Query
from gitreg.index.row import Row
from gitreg.mlflow_plugin.faults import missing, speaking_mlflow
from gitreg.mlflow_plugin.opening import now
from gitreg.mlflow_plugin.publishing import committed
from gitreg.mlflow_plugin.tracking.open_drafts import OPEN
from gitreg.mlflow_plugin.tracking.placing import Placing
from gitreg.workflows.candidates.erase import erase_files, experiment_files
from gitreg.workflows.logged_models.records import remove_logged_model
from gitreg.workflows.running.finish_draft import drafts_folder
from gitreg.workflows.searching.find import experiments_in
from gitreg.workflows.searching.place import place_in
from gitreg.workflows.searching.search import asked, searching


class Collecting(Placing):
    """What was deleted, and is to be gone."""

    @speaking_mlflow
    def _get_deleted_runs(self, older_than: int = 0) -> list[str]:
        """Ids of runs that were deleted so many milliseconds ago, by themselves or with their experiment."""
        latest = now() - timedelta(milliseconds=older_than)
        with searching(place_in(self._registry), now()) as search:
            deleted = {one.slug: one.deleted for one in all_experiments(search.index.connection)}
            page = search.page(Query(deleted="only"))
            return [
                row.id
                for row in search.rows(page.numbers)
                if _deletion(row, deleted.get(row.experiment)) <= latest
            ]

    @speaking_mlflow
    def _hard_delete_run(self, run_id: str) -> None:
        """Removes a run."""
        registry = self._registry
        opened = self._draft(run_id)
        if opened is not None:
            opened.draft.remove()
            OPEN.forget(opened.draft.folder)
        files = list(_files_of(run_id, experiments_in(registry.candidates)))
        try:
            erase_files(registry, files, f"run {run_id[:8]}", self._author())
        except NotFoundError as error:
            if opened is None:
                raise missing(f"Run with id={run_id} not found") from error
        committed(registry)

    @speaking_mlflow
    def _hard_delete_experiment(self, experiment_id: str) -> None:
        """Removes a deleted experiment with all that is in it."""
        registry = self._registry
        experiment = self._experiment(experiment_id, ViewType.DELETED_ONLY)
        for draft in drafts(drafts_folder(registry)):
            with suppress(GitregError):  # damaged, or finished this moment
                if slug_of(draft.start.experiment) == experiment.slug:
                    draft.remove()
                    OPEN.forget(draft.folder)
        files = experiment_files(registry.candidates, experiment.slug)
        erase_files(registry, files, f"experiment {experiment.slug}", self._author())
        committed(registry)

    @speaking_mlflow
    def _get_deleted_logged_models(self, older_than: int = 0) -> list[str]:
        """Ids of logged models that were deleted so many milliseconds ago."""
        latest = now() - timedelta(milliseconds=older_than)
        found = asked(place_in(self._registry), lambda index: logged_models(index.connection, None))
        return [f"m-{one.id}" for one in found if one.deleted is not None and one.deleted <= latest]

    @speaking_mlflow
    def _hard_delete_logged_model(self, model_id: str) -> None:
        """Removes a logged model."""
        remove_logged_model(self._registry, model_id.removeprefix("m-"), self._author())
        committed(self._registry)


def _deletion(row: Row, with_experiment: datetime | None) -> datetime:
    return min(one for one in (row.deleted, with_experiment, now()) if one is not None)


def _files_of(run_id: str, experiments: list[str]) -> Iterator[str]:
    for slug in experiments:
        yield places.candidate_path(slug, run_id)
        yield places.candidate_manifest_path(slug, run_id)
        yield places.candidate_dvc_path(slug, run_id)
