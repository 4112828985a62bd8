"""Where a run is, and how more is said of it: a draft while it runs, a record when it ended.

What is remembered here is checked each time against the tip of the candidate branch, so that nobody's change is missed.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, TypeVar

from mlflow.entities import LifecycleStage, Run, ViewType
from mlflow.exceptions import MlflowException

from gitreg.documents import places
from gitreg.domain.candidate import Candidate
from gitreg.domain.experiment import Experiment, experiment_number
from gitreg.domain.words import CANDIDATE_ID, slug_of
from gitreg.drafts import Entry
from gitreg.errors import NotFoundError
from gitreg.index.contents import candidate_place
from gitreg.index.current import Index
from gitreg.mlflow_plugin.faults import busy, invalid, missing
from gitreg.mlflow_plugin.publishing import committed
from gitreg.mlflow_plugin.tracking.base import Base
from gitreg.mlflow_plugin.tracking.elsewhere import followed
from gitreg.mlflow_plugin.tracking.entities_runs import RunFacts, facts_of_draft, facts_of_record, run_entity
from gitreg.mlflow_plugin.tracking.limits import experiment_number_of
from gitreg.mlflow_plugin.tracking.open_drafts import OPEN, OpenDraft
from gitreg.workflows.candidates.experiment_names import DEFAULT, experiment_numbered
from gitreg.workflows.running.amend import amend
from gitreg.workflows.running.finish_draft import drafts_folder, finish_ended
from gitreg.workflows.searching.place import place_in
from gitreg.workflows.searching.search import asked

K = TypeVar("K")
V = TypeVar("V")
MOST = 4096


class _Known(NamedTuple):
    """An experiment, with the tip that it was read at, and the blob of its record, if it has one."""

    tip: str | None
    blob: str | None
    experiment: Experiment


_EXPERIMENTS: OrderedDict[tuple[Path, str], _Known] = OrderedDict()
"""Experiments by registry and number."""
_SLUGS: OrderedDict[tuple[Path, str], str] = OrderedDict()
"""Where runs are, by registry and id: a hint, for a run never leaves its experiment."""


class Placing(Base):
    """What finds experiments and runs, and says more of them."""

    def _experiment(self, experiment_id: str | int | None, view_type: int = ViewType.ALL) -> Experiment:
        """The record of an id.

        Raises:
            MlflowException: if there is none.
        """
        number = experiment_number_of(experiment_id or DEFAULT.number)
        found = self._numbered(number)
        stage = LifecycleStage.DELETED if found and found.deleted else LifecycleStage.ACTIVE
        if found is None or not LifecycleStage.matches_view_type(view_type, stage):
            raise missing(f"No Experiment with id={number} exists")
        return found

    def _active_experiment(self, experiment_id: str | int | None) -> Experiment:
        experiment = self._experiment(experiment_id)
        if experiment.deleted is not None:
            raise invalid(
                f"The experiment {experiment.number} must be in the 'active' state. Current state is deleted."
            )
        return experiment

    def _numbered(self, number: str) -> Experiment | None:
        registry = self._registry
        snapshot, place = registry.candidates, (registry.local_state, number)
        known = _EXPERIMENTS.get(place)
        if known is not None and known.tip == snapshot.commit:
            return known.experiment
        if known is not None and known.blob and known.blob == snapshot.blob(_path(known.experiment)):
            found = known.experiment
        elif (there := experiment_numbered(registry, number)) is not None:
            found = self._seen(there)
        else:
            return None
        _remember(_EXPERIMENTS, place, _Known(snapshot.commit, snapshot.blob(_path(found)), found))
        return found

    def _seen(self, experiment: Experiment) -> Experiment:
        """The experiment with the number of its folder, and with the place of its artifacts only where that is followed.

        The record is a stranger's word where the registry is shared, and could have another experiment's number.
        """
        place = followed(self._registry, self.artifact_root_uri, experiment.artifact_location)
        right = {"number": experiment_number(experiment.slug), "artifact_location": place}
        if right == {"number": experiment.number, "artifact_location": experiment.artifact_location}:
            return experiment
        return experiment.model_copy(update=right)

    def _in_folder(self, slug: str) -> Experiment:
        number = experiment_number(slug)
        return self._numbered(number) or Experiment(slug=slug, name=slug, number=number)

    def _draft(self, run_id: str) -> OpenDraft | None:
        """The draft of a run; None when it ended, or never was."""
        if not isinstance(run_id, str) or not re.fullmatch(CANDIDATE_ID, run_id):
            raise missing(f"Run with id={run_id} not found")
        return OPEN.get(drafts_folder(self._registry) / run_id)

    def _record(self, run_id: str) -> Candidate:
        """The record of a run that ended.

        Raises:
            MlflowException: if there is none.
        """
        # looked for twice: between a look at the branch and one at its draft it may have ended
        found = self._committed(run_id) or self._finished(run_id) or self._committed(run_id)
        if found is None:
            raise missing(f"Run with id={run_id} not found")
        return found

    def _committed(self, run_id: str) -> Candidate | None:
        registry = self._registry
        snapshot, place = registry.candidates, (registry.local_state, run_id)
        slug = _SLUGS.get(place)
        found = snapshot.record(Candidate, places.candidate_path(slug, run_id)) if slug else None
        if found is None:
            slug = asked(place_in(registry), lambda index: _slug(index, run_id))
            found = snapshot.record(Candidate, places.candidate_path(slug, run_id)) if slug else None
        if found is not None and slug is not None:
            _remember(_SLUGS, place, slug)
        return found

    def _finished(self, run_id: str) -> Candidate | None:
        """The record of a run whose end was said and could not be committed, by a full disk for example: it is made now."""
        opened, found = self._draft(run_id), None
        if opened is not None:
            with suppress(NotFoundError):
                found = finish_ended(self._registry, opened.draft, self._author())
                if found is None:
                    raise busy(f"The run {run_id} takes nothing at this moment: its journal is sealed")
            OPEN.forget(opened.draft.folder)
        return found

    def _remember_place(self, run_id: str, slug: str) -> None:
        """Saves looking for a run that this process began."""
        _remember(_SLUGS, (self._registry.local_state, run_id), slug)

    def _facts(self, run_id: str) -> tuple[Experiment, RunFacts]:
        """All that is known of a run.

        Raises:
            MlflowException: if there is none.
        """
        opened = self._draft(run_id)
        if opened is not None:
            try:
                with opened.followed() as followed:
                    experiment = self._in_folder(slug_of(opened.draft.start.experiment))
                    return experiment, facts_of_draft(opened.draft, followed, experiment)
            except (NotFoundError, FileNotFoundError):
                pass  # it was committed this moment
        return self._facts_of(self._record(run_id))

    def _facts_of(self, record: Candidate) -> tuple[Experiment, RunFacts]:
        experiment = self._in_folder(record.experiment)
        return experiment, facts_of_record(record, experiment)

    def _run(self, run_id: str) -> Run:
        return run_entity(self.artifact_root_uri, *self._facts(run_id))

    def _say(self, run_id: str, entries: Sequence[Entry]) -> None:
        """Says more of a run: an append while it runs, a commit when it ended.

        Raises:
            MlflowException: if there is no such run, or it is deleted.
        """
        opened = self._active_draft(run_id)
        if opened is not None:
            try:
                opened.draft.append(entries)
            except NotFoundError:
                OPEN.forget(opened.draft.folder)  # it ended meanwhile
            else:
                return
        record = self._active_record(run_id)
        self._amend(record, entries)

    def _amend(self, record: Candidate, entries: Sequence[Entry]) -> None:
        registry = self._registry
        amend(registry, record.id, entries, self._author(), experiment=record.experiment)
        committed(registry)

    def _require_active(self, run_id: str) -> None:
        """Refuses a run that is deleted."""
        if self._active_draft(run_id) is None:
            self._active_record(run_id)

    def _active_draft(self, run_id: str) -> OpenDraft | None:
        opened = self._draft(run_id)
        if opened is None:
            return None
        try:
            is_deleted = opened.is_deleted
        except NotFoundError:  # it ended this moment
            return None
        if is_deleted or self._in_folder(slug_of(opened.draft.start.experiment)).deleted is not None:
            raise _deleted(run_id)
        return opened

    def _active_record(self, run_id: str) -> Candidate:
        record = self._record(run_id)
        if record.deleted or self._in_folder(record.experiment).deleted:
            raise _deleted(run_id)
        return record


def _path(experiment: Experiment) -> str:
    return places.experiment_path(experiment.slug)


def _slug(index: Index, run_id: str) -> str | None:
    found = candidate_place(index.connection, run_id)
    return found[0] if found else None


def _deleted(run_id: str) -> MlflowException:
    return invalid(f"The run {run_id} must be in the 'active' state. Current state is deleted.")


def _remember(among: OrderedDict[K, V], key: K, value: V) -> None:
    among[key] = value
    among.move_to_end(key)
    while len(among) > MOST:
        among.popitem(last=False)
