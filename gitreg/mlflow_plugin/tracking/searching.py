"""Part of the tracking store: runs that meet a filter, and data sets that they used, as the index knows them."""

from __future__ import annotations

from collections.abc import Sequence

from mlflow.entities import Run, ViewType, _DatasetSummary

from gitreg.index.dataset_names import DatasetName, dataset_names
from gitreg.index.extras import extras
from gitreg.index.query.values import Deleted, Query
from gitreg.index.raw_rows import ExperimentPlace, experiment_places, stream_raw_rows
from gitreg.mlflow_plugin.faults import speaking_mlflow
from gitreg.mlflow_plugin.opening import now
from gitreg.mlflow_plugin.tracking.elsewhere import followed
from gitreg.mlflow_plugin.tracking.entities_rows import RunsOfExperiment
from gitreg.mlflow_plugin.tracking.limits import experiment_number_of, require_page_size
from gitreg.mlflow_plugin.tracking.placing import Placing
from gitreg.workflows.searching.place import place_in
from gitreg.workflows.searching.search import Search, searching

MOST_DATASETS = 1000
DELETED: dict[int, Deleted] = {
    ViewType.ACTIVE_ONLY: "no",
    ViewType.DELETED_ONLY: "only",
    ViewType.ALL: "too",
}


class Searching(Placing):
    """Questions to the index, which knows running runs, too."""

    @speaking_mlflow
    def _search_runs(
        self,
        experiment_ids: Sequence[str],
        filter_string: str | None,
        run_view_type: int,
        max_results: int | None,
        order_by: Sequence[str] | None,
        page_token: str | None,
    ) -> tuple[list[Run], str | None]:
        """A page of runs, and where the next one begins."""
        require_page_size(max_results, may_be_none=True)
        numbers = set(map(experiment_number_of, experiment_ids))
        with searching(place_in(self._registry), now()) as search:
            known = _places(search, numbers)
            query = Query(
                filter=filter_string or "",
                order=tuple(order_by or ()),
                experiments=tuple(known),
                deleted=DELETED[run_view_type or ViewType.ACTIVE_ONLY],
                limit=max_results,
                token=page_token or None,
            )
            page = search.page(query)
            return self._runs(search, page.numbers, known), page.token

    @speaking_mlflow
    def _search_datasets(self, experiment_ids: Sequence[str]) -> list[_DatasetSummary]:
        """The data sets that runs of some experiments used, each once."""
        numbers = set(map(experiment_number_of, experiment_ids))
        with searching(place_in(self._registry), now()) as search:
            known = _places(search, numbers)
            found = dataset_names(search.index.connection, tuple(known), MOST_DATASETS)
            return [_summary(one, known[one.experiment]) for one in found]

    def _runs(self, search: Search, numbers: Sequence[int], known: dict[str, ExperimentPlace]) -> list[Run]:
        connection = search.index.connection
        if not numbers:
            return []
        more = extras(connection, numbers)
        makers: dict[str, RunsOfExperiment] = {}
        found: list[Run] = []
        for row in stream_raw_rows(connection, numbers):
            maker = makers.get(row.experiment)
            if maker is None:
                there = known[row.experiment]
                place = followed(self._registry, self.artifact_root_uri, there.location)
                seen = there._replace(location=place)
                maker = makers[row.experiment] = RunsOfExperiment(self.artifact_root_uri, seen)
            found.append(maker.run(row, more.get(row.n)))
        return found


def _places(search: Search, numbers: set[str]) -> dict[str, ExperimentPlace]:
    """The experiments of these numbers by folder."""
    return {one.slug: one for one in experiment_places(search.index.connection) if one.number in numbers}


def _summary(one: DatasetName, experiment: ExperimentPlace) -> _DatasetSummary:
    return _DatasetSummary(
        experiment_id=experiment.number,
        name=one.name,
        digest=one.fingerprint or one.digest.rpartition(":")[2][:36],
        context=one.context or None,
    )
