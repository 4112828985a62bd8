"""Part of the tracking store: runs begin as drafts, and become records when they end."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from mlflow.entities import Run, RunInfo, RunStatus, RunTag

from gitreg.domain.candidate import Candidate, Status
from gitreg.domain.experiment import Experiment
from gitreg.domain.fitted import kept_name, kept_text
from gitreg.domain.words import slug_of
from gitreg.drafts import Deletion, Draft, DraftStart, Ended, Entry
from gitreg.drafts import Runs as Goes
from gitreg.errors import NotFoundError
from gitreg.mlflow_plugin.faults import invalid, speaking_mlflow
from gitreg.mlflow_plugin.opening import now
from gitreg.mlflow_plugin.publishing import committed
from gitreg.mlflow_plugin.tracking.entities_runs import ENDINGS, OURS, STATUS, info_of
from gitreg.mlflow_plugin.tracking.entities_tags import (
    NAME,
    PARENT,
    Told,
    naming,
    shown_tags,
    told,
    unlike_shown,
)
from gitreg.mlflow_plugin.tracking.entities_times import moment_of
from gitreg.mlflow_plugin.tracking.joining import around, is_joined, joined
from gitreg.mlflow_plugin.tracking.open_drafts import OPEN, OpenDraft, is_served, own_mark
from gitreg.mlflow_plugin.tracking.placing import Placing
from gitreg.mlflow_plugin.tracking.untyped import made_up_name, name_in
from gitreg.workflows.running.capture import own_environment
from gitreg.workflows.running.finish_draft import drafts_folder, finish_draft

UNKNOWN = "unknown"


class Runs(Placing):
    """Runs: begun, looked at, ended, taken up again, deleted and restored."""

    @speaking_mlflow
    def create_run(
        self,
        experiment_id: str,
        user_id: str | None,
        start_time: int | None,
        tags: Sequence[RunTag] | None,
        run_name: str | None,
    ) -> Run:
        """Begins a run: a draft, which every process sees at once."""
        experiment = self._active_experiment(experiment_id)
        name = _name(run_name, tags or ())
        said = told(tags or ())
        outer = around(drafts_folder(self._registry))
        if first := joined(outer, experiment.slug):
            first.append([*said.entries, *(naming(run_name) if run_name and not first.start.name else ())])
            return self._run(first.start.id)
        if outer is not None and said.parent is None:
            said = told([*(tags or ()), RunTag(PARENT, outer.start.id)])
        start = self._start(
            experiment, said, kept_name(name), kept_text(user_id or "") or UNKNOWN, start_time
        )
        entries = [*said.entries, *unlike_shown(name)]
        draft = Draft.create(drafts_folder(self._registry), start, entries=entries)
        OPEN.open(draft)
        OPEN.own(draft.folder)
        self._remember_place(start.id, experiment.slug)
        return self._run(start.id)

    @speaking_mlflow
    def get_run(self, run_id: str) -> Run:
        """All of a run but its metrics' histories."""
        return self._run(run_id)

    @speaking_mlflow
    def update_run_info(
        self, run_id: str, run_status: int | None, end_time: int | None, run_name: str | None
    ) -> RunInfo:
        """Changes a run's status, end and name. Ending it commits it, and ending it again changes nothing."""
        if run_status is not None and run_status not in RunStatus.all_status():
            raise invalid(f"{run_status!r} is no status of a run")
        status = None if run_status is None else RunStatus.to_string(run_status)
        ended = None if end_time is None else moment_of(end_time)
        opened = self._active_draft(run_id)
        said = opened is not None and self._update_draft(opened, status, ended, run_name)
        if not said:
            self._update_record(run_id, status, ended, run_name)
        experiment, facts = self._facts_of(said) if isinstance(said, Candidate) else self._facts(run_id)
        return info_of(self.artifact_root_uri, experiment, facts, shown_tags(facts.tags, facts))

    @speaking_mlflow
    def delete_run(self, run_id: str) -> None:
        """Hides a run."""
        self._delete(run_id, now())

    @speaking_mlflow
    def restore_run(self, run_id: str) -> None:
        """Shows a run again."""
        self._delete(run_id, None)

    def _start(
        self, experiment: Experiment, said: Told, name: str, user: str, start_time: int | None
    ) -> DraftStart:
        registry = self._registry
        self._author()  # who has no name learns it now, not after hours of training
        return DraftStart(
            id=uuid.uuid4().hex,
            experiment=_named(experiment),
            name=name,
            created=now() if start_time is None else moment_of(start_time),
            process=own_mark(),
            durability=registry.repository.hardening.level,
            parent=said.parent,
            code=said.code,
            environment=None if is_served() else own_environment(),
            ci=said.ci,
            user=user,
        )

    def _update_draft(
        self, opened: OpenDraft, status: str | None, ended: datetime | None, name: str | None
    ) -> bool | Candidate:
        """Says it of a draft; the record where that is what came of it, False when the draft is gone."""
        if not opened.draft.takes_more():
            return False  # it ended, and is committed now, or could not be
        entries: list[Entry] = naming(name) if name else []
        try:
            if is_joined(opened.draft):
                opened.draft.append(entries)
                return True
            if status in ENDINGS:
                opened.draft.append([*entries, *_ending(opened, status, ended)])
                return self._finish(opened.draft, OURS[status])
            opened.draft.append([*entries, *_going_on(opened, status, ended)])
            if status == STATUS["running"]:
                _own(opened.draft)
        except NotFoundError:
            return False  # the other one of parent and child ended it meanwhile
        return True

    def _finish(self, draft: Draft, status: Status) -> Candidate:
        registry = self._registry
        record = finish_draft(registry, draft, self._author(), status=status)
        OPEN.forget(draft.folder)
        committed(registry)
        return record

    def _update_record(
        self, run_id: str, status: str | None, ended: datetime | None, name: str | None
    ) -> None:
        """Says it of a run that ended: it runs again as a draft, or gets a commit where something is different."""
        record = self._active_record(run_id)
        entries: list[Entry] = naming(name) if name and kept_name(name) != record.name else []
        if status is not None and status not in ENDINGS:
            going = Goes("scheduled" if status == STATUS["scheduled"] else "running", ended)
            self._amend(record, [*entries, going])
            with suppress(NotFoundError):  # somebody ended it again this moment
                _own(Draft.open(drafts_folder(self._registry) / run_id))
            return
        now_said = (OURS[status] if status else record.status, ended or record.finished)
        if now_said != (record.status, record.finished):
            entries.append(Ended(*now_said))
        if entries:
            self._amend(record, entries)

    def _delete(self, run_id: str, time: datetime | None) -> None:
        opened = self._draft(run_id)
        if opened is not None:
            try:
                opened.draft.append([Deletion(time)])
            except NotFoundError:
                OPEN.forget(opened.draft.folder)
            else:
                return
        record = self._record(run_id)
        if (record.deleted is None) != (time is None):
            self._amend(record, [Deletion(time)])


def _own(draft: Draft) -> None:
    """Lets this process go on with a run that another one began."""
    draft.join(own_mark())
    OPEN.own(draft.folder)


def _name(given: str | None, tags: Sequence[RunTag]) -> str:
    in_tag = name_in(tags)
    if given and in_tag and given != in_tag:
        raise invalid(
            "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values "
            f"(run_name='{given}', {NAME}='{in_tag}')."
        )
    return given or in_tag or made_up_name()


def _named(experiment: Experiment) -> str:
    """What a draft calls an experiment: by its name, where that leads to its folder, for it may be the first in it."""
    return experiment.name if slug_of(experiment.name) == experiment.slug else experiment.slug


def _going_on(opened: OpenDraft, status: str | None, ended: datetime | None) -> list[Entry]:
    """What says that it runs or waits, and when it is said to end; nothing where that was said last."""
    with opened.followed() as followed:
        known, until = followed.content.status, followed.content.until
    said = known if status is None else OURS[status]
    if (said, ended or until) == (known, until):
        return []
    return [Goes("scheduled" if said == "scheduled" else "running", ended)]


def _ending(opened: OpenDraft, status: str, ended: datetime | None) -> list[Entry]:
    """What says that it ended; when, was perhaps said before."""
    if ended is not None:
        return [Ended(OURS[status], ended)]
    with opened.followed() as followed:
        return [Ended(OURS[status], followed.content.until)]
