"""Whatever is said of a candidate, however often it ends, goes on and is looked at: it is what a plain dict of it says."""

from __future__ import annotations

import itertools
import math
import os
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gitreg.artifacts import Source
from gitreg.domain.candidate import DataSource, ModelLink
from gitreg.domain.curves import MetricPoint, fold
from gitreg.drafts import (
    Deletion,
    Draft,
    DraftStart,
    Ended,
    Linked,
    Named,
    Note,
    Notes,
    Param,
    Removal,
    Runs,
    Tag,
    Untag,
    drafts,
    process_mark,
)
from gitreg.errors import UsageError
from gitreg.workflows.running.amend import amend
from gitreg.workflows.running.checkpoint import checkpoint
from gitreg.workflows.running.finish_draft import drafts_folder, finish_draft
from gitreg.workflows.running.read_points import read_points
from gitreg.workflows.running.reopen import open_draft, reopen_draft
from gitreg.workflows.searching.find import find_candidate
from gitreg.workflows.searching.show_draft import so_far
from gitreg.workflows.versions.fetch_artifacts import find_artifacts

KEYS = st.sampled_from(["a", "b", "c"])
VALUES = st.sampled_from(["1", "", "two\nlines", "*&é"])
FILES = st.sampled_from(["x", "d/x", "d/y", "D", "d/x/z"])
FLOATS = st.sampled_from([0.5, -1.0, math.inf, math.nan, 1e300])
ENTRIES = st.one_of(
    st.builds(Param, KEYS, VALUES),
    st.builds(Tag, KEYS, VALUES),
    st.builds(Untag, KEYS),
    st.builds(MetricPoint, KEYS, FLOATS, st.none() | st.integers(0, 3)),
    st.builds(Note, VALUES),
    st.builds(Notes, VALUES),
    st.builds(Named, st.sampled_from(["n1", "n2"])),
    st.builds(Removal, st.sampled_from(["x", "d", "d/y", ""])),
    st.builds(
        lambda name, step: Linked(ModelLink(id=name * 32, role="output", step=step)), KEYS, st.integers(0, 2)
    ),
    st.builds(lambda name, more: DataSource(name=name, uri="u", fingerprint="f", source=more), KEYS, VALUES),
)
ACTS = st.one_of(
    st.tuples(st.just("say"), st.lists(ENTRIES, min_size=1, max_size=4)),
    st.tuples(st.just("keep"), FILES, VALUES),
    st.tuples(st.just("amend"), st.lists(ENTRIES, max_size=2), st.none() | FILES),
    st.tuples(st.just("end"), st.sampled_from(["finished", "failed"])),
    st.tuples(st.sampled_from(["reopen", "run", "checkpoint", "delete", "restore"])),
)
IDS = itertools.count(1)


@dataclass
class Model:
    """A candidate as a plain value."""

    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    points: list[MetricPoint] = field(default_factory=list)
    notes: str = ""
    name: str = "n0"
    files: dict[str, str] = field(default_factory=dict)
    models: dict[str, int] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    status: str = "running"
    deleted: bool = False

    def refuses(self, entries: list[Any]) -> bool:
        known = dict(self.params)
        for one in entries:
            if isinstance(one, Param) and known.setdefault(one.key, one.value) != one.value:
                return True
        return False

    def refuses_file(self, name: str) -> bool:
        """A folder where a file is, a file where a folder is, or a twin without case."""
        new = name.lower() + "/"
        for other in self.files:
            old = other.lower() + "/"
            if other != name and (old.startswith(new) or new.startswith(old)):
                return True
        return False

    def say(self, entries: list[Any]) -> None:  # noqa: C901 - a table of what each entry says
        for one in entries:
            match one:
                case Param():
                    self.params[one.key] = one.value
                case Tag():
                    self.tags[one.key] = one.value
                case Untag():
                    self.tags.pop(one.key, None)
                case MetricPoint():
                    self.points.append(one)
                case Note():
                    self.notes = f"{self.notes}\n\n{one.text}" if self.notes else one.text
                case Notes():
                    self.notes = one.text
                case Named():
                    self.name = one.name
                case Removal():
                    gone = [
                        name for name in self.files if not one.name or f"{name}/".startswith(f"{one.name}/")
                    ]
                    for name in gone:
                        del self.files[name]
                case Linked():
                    self.models[one.link.id] = one.link.step
                case DataSource():
                    self.data.setdefault(one.name, one.source)


def _same(record: Any, model: Model) -> None:
    folded = fold(model.points)
    assert record.params == model.params
    assert record.tags == model.tags
    assert repr(sorted(record.metrics.items())) == repr(sorted(folded.metrics.items()))
    assert repr(sorted(record.points.items())) == repr(sorted(folded.points.items()))
    assert repr(sorted(record.curves.items())) == repr(sorted(folded.curves.items()))
    assert (record.notes, record.name, record.status) == (model.notes, model.name, model.status)
    assert {link.id: link.step for link in record.models} == model.models
    assert {one.name: one.source for one in record.data} == model.data
    assert (record.deleted is not None) == model.deleted


class Life:
    """One candidate, and what it must be."""

    def __init__(self, desk: Any) -> None:
        self.desk, self.registry, self.model = desk, desk.registry, Model()
        start = DraftStart(
            id=f"{next(IDS):032x}", experiment="churn", created=desk.author.when, name="n0",
            process=process_mark(os.getpid()),
        )  # fmt: skip
        self.id = start.id
        Draft.create(drafts_folder(self.registry), start)

    def act(self, act: tuple[Any, ...]) -> None:
        draft = open_draft(self.registry, self.id)
        match act:
            case ("say", entries):
                self._try(self.model.refuses(entries), lambda: self._say(draft, entries))
            case ("keep", name, content):
                self._try(self.model.refuses_file(name), lambda: self._keep(draft, name, content))
            case ("amend", entries, name):
                refuses = self.model.refuses(entries)
                if name is not None:
                    after = Model(files=dict(self.model.files))
                    after.say(entries)
                    refuses = refuses or after.refuses_file(name)
                self._try(refuses, lambda: self._amend(entries, name))
            case ("end", status) if draft is not None:
                said = draft.ended
                finish_draft(self.registry, draft, self.desk.author, status=status)
                self.model.status = said.status if said else status
            case ("reopen",):
                reopen_draft(self.registry, self.id)
            case ("run",):
                reopen_draft(self.registry, self.id).append([Runs()])
                self.model.status = "running"
            case ("checkpoint",) if draft is not None:
                _same(checkpoint(self.registry, draft, self.desk.author), self.model)
            case ("delete" | "restore" as word,):
                when = self.desk.author.when if word == "delete" else None
                amend(self.registry, self.id, [Deletion(when)], self.desk.author)
                self.model.deleted = word == "delete"

    def _try(self, refuses: bool, act: Any) -> None:
        try:
            act()
        except UsageError:
            assert refuses
        else:
            assert not refuses

    def _say(self, draft: Draft | None, entries: list[Any]) -> None:
        if draft is None:
            amend(self.registry, self.id, entries, self.desk.author)
        else:
            draft.append(entries)
        self.model.say(entries)

    def _keep(self, draft: Draft | None, name: str, content: str) -> None:
        if draft is None:
            amend(self.registry, self.id, [], self.desk.author, sources=[self._source(name, content)])
        else:
            draft.add_text(content.encode(), name)
        self.model.files[name] = content

    def _amend(self, entries: list[Any], name: str | None) -> None:
        sources = [self._source(name, "amended")] if name else []
        amend(self.registry, self.id, entries, self.desk.author, sources=sources)
        self.model.say(entries)
        if name:
            self.model.files[name] = "amended"

    def _source(self, name: str, content: str) -> Source:
        path = self.desk.path.parent / "source"
        path.write_text(content)
        return Source(path, name)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(acts=st.lists(ACTS, max_size=14))
@example(
    acts=[("keep", "d/x", "1"), ("keep", "x", "1"), ("end", "failed"), ("reopen",), ("say", [Removal("d")])]
)
def test_a_candidate_is_what_was_said_of_it(desk: Any, acts: list[tuple[Any, ...]]) -> None:
    """In the draft as well as in the record, metrics and artifacts included."""
    life = Life(desk)
    for act in acts:
        life.act(act)
        draft = open_draft(desk.registry, life.id)
        shown = so_far(desk.registry, draft) if draft else find_candidate(desk.registry, life.id)
        _same(shown, life.model)
    draft = reopen_draft(desk.registry, life.id)
    draft.append([Ended("finished", None)])
    life.model.status = "finished"
    record = finish_draft(desk.registry, draft, desk.author, status="killed")

    _same(record, life.model)
    assert find_candidate(desk.registry, life.id) == record
    listed = find_artifacts(desk.registry, life.id).entries if record.artifacts else ()
    assert {one.path for one in listed} - {".gitreg/curves.csv"} == set(life.model.files)
    expected = {(one.key, one.step or 0, repr(one.value)) for one in life.model.points}
    assert {
        (one.key, one.step or 0, repr(one.value)) for one in read_points(desk.registry, record)
    } == expected
    assert drafts(drafts_folder(desk.registry)) == []
