"""Part of the tracking store: data and logged models that runs used."""

from __future__ import annotations

from collections.abc import Sequence

from mlflow.entities import DatasetInput, LoggedModelInput
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INTERNAL_ERROR
from mlflow.utils.validation import _validate_dataset_inputs

from gitreg.domain.candidate import DataSource, ModelLink
from gitreg.drafts import Entry, Linked
from gitreg.mlflow_plugin.faults import speaking_mlflow
from gitreg.mlflow_plugin.tracking.entities_data import data_source
from gitreg.mlflow_plugin.tracking.logging import model_of
from gitreg.mlflow_plugin.tracking.placing import Placing
from gitreg.mlflow_plugin.tracking.untyped import require_run_id


class Inputs(Placing):
    """What a run used."""

    @speaking_mlflow
    def log_inputs(
        self,
        run_id: str,
        datasets: Sequence[DatasetInput] | None = None,
        models: Sequence[LoggedModelInput] | None = None,
    ) -> None:
        """Says what a run used; of data that it named before, what was said first counts."""
        require_run_id(run_id)
        if datasets is not None:
            if not isinstance(datasets, list):
                raise TypeError(f"Argument 'datasets' should be a list, got '{type(datasets)}'")
            _validate_dataset_inputs(datasets)
        self._require_active(run_id)
        links = [Linked(ModelLink(id=model_of(one.model_id), role="input")) for one in models or ()]
        entries: list[Entry] = [*_sources(datasets or ()), *links]
        if entries:
            self._say(run_id, entries)


def _sources(datasets: Sequence[DatasetInput]) -> list[DataSource]:
    """Each data set once, as it was said first."""
    found: dict[tuple[str, str], DataSource] = {}
    for one in datasets:
        if one.dataset is None:
            raise MlflowException("Dataset input must have a dataset associated with it.", INTERNAL_ERROR)
        found.setdefault((one.dataset.name, one.dataset.digest), data_source(one))
    return list(found.values())
