"""A source that MLflow's client reads: what databases and servers have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from mlflow import MlflowClient
from mlflow.entities import ViewType
from mlflow.exceptions import MlflowException

from gitreg.domain.curves import MetricPoint
from gitreg.errors import GitregError, NotFoundError
from gitreg.mlflow_plugin.sources.entities import (
    experiment_value,
    logged_model_value,
    model_value,
    point_value,
    run_value,
    version_value,
)
from gitreg.mlflow_plugin.sources.faults import reading
from gitreg.mlflow_plugin.sources.fetching import Fetching
from gitreg.mlflow_plugin.sources.regaining import Regaining, timed
from gitreg.workflows.import_mlflow.source import Brought, unreached
from gitreg.workflows.import_mlflow.values import (
    SourceExperiment,
    SourceLoggedModel,
    SourceModel,
    SourceRun,
    SourceVersion,
    Unreadable,
)

T = TypeVar("T")
PAGE = 1000
MODELS_PAGE = 100
PROMPTS = "tag.`mlflow.prompt.is_prompt` = 'true'"


class ClientSource:
    """A tracking and registry URI, read by MLflow's client.

    Args:
        where: the source as people named it, without credentials.
        client: MLflow's.
        fetching: brings artifacts.
    """

    def __init__(self, where: str, client: MlflowClient, fetching: Fetching) -> None:
        self.where = where
        self.client = client
        self.fetching = fetching
        self.regaining = Regaining(client)

    def experiments(self) -> Iterator[SourceExperiment | Unreadable]:
        """Every experiment, deleted ones too, the oldest first."""

        def page(token: str | None) -> Any:  # noqa: ANN401 - MLflow's PagedList
            return self.client.search_experiments(
                view_type=ViewType.ALL,
                max_results=PAGE,
                order_by=["creation_time ASC", "experiment_id ASC"],
                page_token=token,
            )

        yield from (timed(experiment_value(one)) for one in self._pages(page))

    def runs(self, experiment: SourceExperiment) -> Iterator[SourceRun | Unreadable]:
        """The runs of an experiment, the oldest first."""

        def page(token: str | None) -> Any:  # noqa: ANN401
            return self.client.search_runs(
                [experiment.id],
                run_view_type=ViewType.ALL,
                max_results=PAGE,
                order_by=["attributes.start_time ASC"],
                page_token=token,
            )

        yield from (self.regaining.run(run_value(one)) for one in self._pages(page))

    def points(self, run: SourceRun) -> Iterator[MetricPoint]:
        """Every point of a run's metrics."""
        with reading(self.where):
            keys = sorted(self.client.get_run(run.key).data.metrics)
            for key in keys:
                yield from map(point_value, self.client.get_metric_history(run.key, key))

    def logged_models(self, experiment: SourceExperiment) -> Iterator[SourceLoggedModel | Unreadable]:
        """The logged models of an experiment that are not deleted: MLflow does not tell of the others."""

        def page(token: str | None) -> Any:  # noqa: ANN401
            return self.client.search_logged_models(
                [experiment.id], max_results=MODELS_PAGE, page_token=token
            )

        with suppress(NotFoundError):  # a server of MLflow 1 or 2 does not know what that is
            yield from (self.regaining.logged_model(logged_model_value(one)) for one in self._pages(page))

    def models(self) -> Iterator[SourceModel | Unreadable]:
        """The registered models, then the prompts, by name.

        MLflow's client asks for those that are no prompts, and a server of before there were any finds none; so its store is asked.
        """
        store = self.client._get_registry_client().store  # type: ignore[no-untyped-call]  # noqa: SLF001

        def page(token: str | None, only: str | None) -> Any:  # noqa: ANN401
            return store.search_registered_models(only, MODELS_PAGE, page_token=token)

        for only in (None, PROMPTS):
            for found in self._pages(partial(page, only=only)):
                try:
                    versions = sorted(self._versions(found.name, only), key=lambda one: one.number)
                    yield timed(model_value(found, tuple(versions)))  # 1.x answers in no order
                except GitregError as error:
                    yield Unreadable(f"model {found.name}", str(error))

    def bring(self, thing: SourceRun | SourceLoggedModel, scratch: Path) -> Brought:
        """The files of a run or logged model."""
        if not thing.address:
            return Brought()
        return self.fetching.bring(thing.address, scratch) or Brought(left_out=(unreached(thing.address),))

    def bring_address(self, address: str, scratch: Path) -> Brought | None:
        """Files at an address of their own."""
        return self.fetching.bring(address, scratch)

    def lacks(self, thing: SourceRun | SourceLoggedModel) -> Unreadable | None:
        """An address to which the source may not go."""
        return unreached(thing.address) if thing.address and not self.reaches(thing.address) else None

    def reaches(self, address: str) -> bool:
        """Whether the source may go to an address."""
        return self.fetching.reaches(address)

    def close(self) -> None:
        """Holds nothing."""

    def _versions(self, name: str, only: str | None) -> Iterator[SourceVersion]:
        escaped = name.replace("'", "''")
        wanted = " AND ".join([f"name='{escaped}'", *([only] if only else [])])

        def page(token: str | None) -> Any:  # noqa: ANN401
            return self.client.search_model_versions(
                wanted, max_results=PAGE, order_by=["version_number ASC"], page_token=token
            )

        for found in self._pages(page):
            with reading(self.where):
                try:
                    address = self.client.get_model_version_download_uri(name, found.version)
                except MlflowException:
                    address = found.source or ""
            yield self.regaining.version(version_value(found, address))

    def _pages(self, page: Callable[[str | None], Any]) -> Iterator[Any]:
        token = None
        while True:
            with reading(self.where):
                found = page(token)
            yield from found
            if not (token := found.token):
                return
