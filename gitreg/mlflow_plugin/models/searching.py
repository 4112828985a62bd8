"""Part of the model registry store: searches. MLflow's own parsers read the filters; what they mean is its SQL store's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from mlflow.entities.model_registry import ModelVersion, RegisteredModel
from mlflow.store.entities.paged_list import PagedList
from mlflow.store.model_registry import (
    SEARCH_MODEL_VERSION_MAX_RESULTS_DEFAULT,
    SEARCH_MODEL_VERSION_MAX_RESULTS_THRESHOLD,
    SEARCH_REGISTERED_MODEL_MAX_RESULTS_DEFAULT,
    SEARCH_REGISTERED_MODEL_MAX_RESULTS_THRESHOLD,
)

from gitreg.mlflow_plugin.faults import invalid, speaking_mlflow
from gitreg.mlflow_plugin.models.aliases import Aliases
from gitreg.mlflow_plugin.models.entities import model_entity
from gitreg.mlflow_plugin.models.filtering import Filter, is_prompt, model_filter, version_filter
from gitreg.mlflow_plugin.models.ordering import models_order, versions_order
from gitreg.mlflow_plugin.models.untyped import search
from gitreg.mlflow_plugin.paging import page_start
from gitreg.workflows.versions.registered import all_registered

T = TypeVar("T")


class Searching(Aliases):
    """Searches for models and for versions, with pages."""

    @speaking_mlflow
    def search_registered_models(
        self,
        filter_string: str | None = None,
        max_results: int = SEARCH_REGISTERED_MODEL_MAX_RESULTS_DEFAULT,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[RegisteredModel]:
        """Models that meet a filter, a page of them."""
        _require_at_most(max_results, SEARCH_REGISTERED_MODEL_MAX_RESULTS_THRESHOLD)
        wanted, order = model_filter(filter_string), models_order(order_by)
        found = [
            model_entity(one, self._telling(one))
            for one in all_registered(self._registry, self._shelves)
            if wanted.holds({"name": one.model.name}, one.model.tags, is_prompt(one.model.tags))
        ]
        return _page(found, order, max_results, page_token)

    @speaking_mlflow
    def search_model_versions(
        self,
        filter_string: str | None = None,
        max_results: int = SEARCH_MODEL_VERSION_MAX_RESULTS_DEFAULT,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[ModelVersion]:
        """Versions that meet a filter, a page of them."""
        if not isinstance(max_results, int) or max_results < 1:
            raise invalid(
                f"Invalid value for max_results. It must be a positive integer, but got {max_results}"
            )
        _require_at_most(max_results, SEARCH_MODEL_VERSION_MAX_RESULTS_THRESHOLD)
        wanted, order = version_filter(filter_string), versions_order(order_by)
        return _page(list(self._versions_that(wanted)), order, max_results, page_token)

    def _versions_that(self, wanted: Filter) -> Iterator[ModelVersion]:
        for model in all_registered(self._registry, self._shelves, named=wanted.name):
            telling = self._telling(model)
            prompts = any(is_prompt(one.tags) for one in model.versions.values())
            for one in model.versions.values():
                version = telling.version(one)
                said = {
                    "name": version.name,
                    "version_number": version.version,
                    "run_id": version.run_id,
                    "source_path": version.source,
                }
                if wanted.holds(said, version.tags, prompts):
                    yield version


def _require_at_most(max_results: int, most: int) -> None:
    if max_results > most:
        raise invalid(
            f"Invalid value for request parameter max_results. It must be at most {most},"
            f" but got value {max_results}"
        )


def _page(
    found: list[T], order: Callable[[list[T]], None], max_results: int, page_token: str | None
) -> PagedList[T]:
    order(found)
    offset = page_start(page_token)
    page, end = found[offset : offset + max_results], offset + max_results
    return PagedList(page, search.create_page_token(end) if len(found) > end else None)
