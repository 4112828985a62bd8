"""Part of the tracking store: logged models, which MLflow 3 keeps of every `log_model`. Each change is one commit."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from mlflow.entities import LoggedModel as MlflowLoggedModel
from mlflow.entities import LoggedModelOutput, LoggedModelParameter, LoggedModelStatus, LoggedModelTag
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import BAD_REQUEST
from mlflow.store.entities.paged_list import PagedList
from mlflow.store.tracking import SEARCH_LOGGED_MODEL_MAX_RESULTS_DEFAULT
from mlflow.utils.name_utils import _generate_random_name
from mlflow.utils.search_utils import SearchLoggedModelsPaginationToken
from mlflow.utils.validation import _validate_logged_model_name

from gitreg.domain.candidate import ModelLink
from gitreg.domain.fitted import kept_key, kept_name, kept_text
from gitreg.domain.logged_model import LoggedModel
from gitreg.domain.words import CANDIDATE_ID
from gitreg.drafts import Linked
from gitreg.errors import AlreadyThereError, NotFoundError
from gitreg.mlflow_plugin.faults import invalid, missing, speaking_mlflow
from gitreg.mlflow_plugin.publishing import committed
from gitreg.mlflow_plugin.tracking.entities_models import OURS, RUN, id_of, model_entity, status_of
from gitreg.mlflow_plugin.tracking.logged_models_search import (
    Dataset,
    Order,
    matching,
    ordered,
    require_datasets,
)
from gitreg.mlflow_plugin.tracking.logging import model_of
from gitreg.mlflow_plugin.tracking.measured_now import MeasuredNow
from gitreg.mlflow_plugin.tracking.placing import Placing
from gitreg.workflows.logged_models.places import find_logged_model
from gitreg.workflows.logged_models.records import (
    NewLoggedModel,
    add_params,
    create_logged_model,
    delete_logged_model,
    finalize_logged_model,
    tag_logged_model,
)
from gitreg.workflows.searching.logged_models import indexed_logged_models, likely_experiments


class LoggedModels(Placing):
    """Logged models: made, found, changed and deleted."""

    @speaking_mlflow
    def create_logged_model(
        self,
        experiment_id: str,
        name: str | None = None,
        source_run_id: str | None = None,
        tags: Sequence[LoggedModelTag] | None = None,
        params: Sequence[LoggedModelParameter] | None = None,
        model_type: str | None = None,
    ) -> MlflowLoggedModel:
        """Begins a logged model, which is pending until it is finalized."""
        _validate_logged_model_name(name)
        experiment = self._active_experiment(experiment_id)
        is_ours = bool(source_run_id) and re.fullmatch(CANDIDATE_ID, source_run_id or "")
        new = NewLoggedModel(
            id=uuid.uuid4().hex,
            experiment=experiment,
            name=kept_name(name or _generate_random_name()),  # type: ignore[no-untyped-call]  # MLflow's
            type=kept_text(model_type or ""),
            candidate=source_run_id if is_ours else None,
            params=_pairs(params),
            tags=_pairs(tags),
            extra={OURS: {RUN: kept_text(source_run_id)}} if source_run_id and not is_ours else {},
        )
        model = create_logged_model(self._registry, new, self._author())
        return model_entity(self.artifact_root_uri, experiment, model, [])

    @speaking_mlflow
    def finalize_logged_model(self, model_id: str, status: LoggedModelStatus) -> MlflowLoggedModel:
        """Says whether a logged model's artifacts are whole."""
        measured = MeasuredNow(self._registry)
        with self._changing(model_id) as known:
            model = finalize_logged_model(self._registry, known, status_of(status), self._author())
        return self._entity(model, measured)

    @speaking_mlflow
    def get_logged_model(self, model_id: str, allow_deleted: bool = False) -> MlflowLoggedModel:  # noqa: FBT001, FBT002 - MLflow's
        """The logged model of an id."""
        measured = MeasuredNow(self._registry)
        model = self._model(model_id)
        if model.deleted is not None and not allow_deleted:
            raise _missing(model_id)
        return self._entity(model, measured)

    @speaking_mlflow
    def delete_logged_model(self, model_id: str) -> None:
        """Hides a logged model."""
        with self._changing(model_id) as known:
            delete_logged_model(self._registry, known, self._author())

    @speaking_mlflow
    def set_logged_model_tags(self, model_id: str, tags: Sequence[LoggedModelTag]) -> None:
        """Attaches words to a logged model, a deleted one too."""
        kept = {kept_key(tag.key): kept_text(str(tag.value)) for tag in tags}
        with self._changing(model_id) as known:
            tag_logged_model(self._registry, known, kept, self._author())

    @speaking_mlflow
    def delete_logged_model_tag(self, model_id: str, key: str) -> None:
        """Takes a word from a logged model."""
        kept = kept_key(key)
        if kept not in self._model(model_id).tags:
            raise missing(f"No tag with key {key!r} found for model with ID {model_id!r}.")
        with self._changing(model_id) as known:
            tag_logged_model(self._registry, known, {kept: None}, self._author())

    @speaking_mlflow
    def log_logged_model_params(self, model_id: str, params: Sequence[LoggedModelParameter]) -> None:
        """Adds params to a logged model."""
        with self._changing(model_id) as known, _once():
            add_params(self._registry, known, _pairs(params), self._author())

    @speaking_mlflow
    def log_outputs(self, run_id: str, models: Sequence[LoggedModelOutput]) -> None:
        """Says which logged models a run made."""
        self._require_active(run_id)
        links = [ModelLink(id=model_of(one.model_id), role="output", step=one.step) for one in models]
        if links:
            self._say(run_id, list(map(Linked, links)))

    @speaking_mlflow
    def search_logged_models(
        self,
        experiment_ids: Sequence[str],
        filter_string: str | None = None,
        datasets: Sequence[Dataset] | None = None,
        max_results: int | None = None,
        order_by: Sequence[Order] | None = None,
        page_token: str | None = None,
    ) -> PagedList[MlflowLoggedModel]:
        """A page of the logged models of some experiments that meet a filter."""
        require_datasets(datasets)
        token = _token(experiment_ids, filter_string, order_by, page_token)
        size = max_results or SEARCH_LOGGED_MODEL_MAX_RESULTS_DEFAULT
        if size < 0:
            raise invalid(f"Invalid value {size} for parameter 'max_results' supplied. It must be positive")
        found = ordered(matching(list(self._living(experiment_ids)), filter_string, datasets), order_by)
        end = token.offset + size
        following = replace(token, offset=end).encode() if len(found) > end else None
        return PagedList(found[token.offset : end], following)

    def _living(self, experiment_ids: Sequence[str]) -> Iterator[MlflowLoggedModel]:
        """Those that are not deleted, of experiments of which some may be."""
        measured = MeasuredNow(self._registry)
        named = (self._numbered(number) for number in dict.fromkeys(map(str, experiment_ids)))
        experiments = {one.slug: one for one in named if one is not None}
        for model in indexed_logged_models(self._registry, list(experiments)):
            if model.deleted is None:
                experiment = experiments[model.experiment]
                yield model_entity(self.artifact_root_uri, experiment, model, measured.of(model))

    @contextmanager
    def _changing(self, model_id: str) -> Iterator[str]:
        """The record's id, for a block that commits a change of it."""
        with _found(model_id) as known:
            yield known
        committed(self._registry)

    def _model(self, model_id: str) -> LoggedModel:
        with _found(model_id) as known:
            registry = self._registry
            return find_logged_model(registry.candidates, known, likely_experiments(registry, known))

    def _entity(self, model: LoggedModel, measured: MeasuredNow) -> MlflowLoggedModel:
        experiment = self._in_folder(model.experiment)
        return model_entity(self.artifact_root_uri, experiment, model, measured.of(model))


def _missing(model_id: str) -> MlflowException:
    return missing(f"Logged model with ID '{model_id}' not found.")


@contextmanager
def _found(model_id: str) -> Iterator[str]:
    """The record's id, for a block in which it may turn out that there is no such model."""
    known = id_of(model_id)
    if known is None:
        raise _missing(model_id)
    try:
        yield known
    except NotFoundError as error:
        raise _missing(model_id) from error


@contextmanager
def _once() -> Iterator[None]:
    """What is there already is a bad request, as to MLflow's store."""
    try:
        yield
    except AlreadyThereError as error:
        raise MlflowException(str(error), BAD_REQUEST) from error


def _pairs(given: Sequence[LoggedModelParameter | LoggedModelTag] | None) -> dict[str, str]:
    """Params or tags as a record keeps them.

    Raises:
        MlflowException: if one is there twice.
    """
    kept = {kept_key(one.key): kept_text(str(one.value)) for one in given or ()}
    if len({one.key for one in given or ()}) < len(given or ()):
        raise MlflowException("A logged model cannot have a param or tag twice", BAD_REQUEST)
    return kept


def _token(
    experiment_ids: Sequence[str],
    filter_string: str | None,
    order_by: Sequence[Order] | None,
    page_token: str | None,
) -> SearchLoggedModelsPaginationToken:
    """Where a page begins; a token of another question is refused."""
    asked = SearchLoggedModelsPaginationToken(
        list(experiment_ids), filter_string or None, [dict(one) for one in order_by] if order_by else None
    )
    if not page_token:
        return asked
    try:
        token = SearchLoggedModelsPaginationToken.decode(page_token)
    except (ValueError, AttributeError, TypeError, RecursionError) as error:
        raise invalid(f"Invalid page token: {page_token[:300]!a}. {error}") from error
    if not isinstance(token.offset, int) or token.offset < 0:
        raise invalid(f"Invalid page token: it names a place {token.offset!a}")
    token.validate(asked.experiment_ids, asked.filter_string, asked.order_by)
    return token
