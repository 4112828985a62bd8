"""GR107: a proposal changes of a model's record what it is called after, and leaves the rest as it is, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gitreg.checks.base import Case, Finding
from gitreg.checks.proposed import Proposed
from gitreg.checks.reading import place_of
from gitreg.documents import places
from gitreg.documents.edit import DELETE, KeyPath, edit
from gitreg.documents.reader import read
from gitreg.domain.model import Model
from gitreg.errors import RecordError

EDITED = ("slug", "gates", "stages", "retired")
"""What an edit of a model's description does not touch."""
Fault = tuple[str, str]
"""A key of the record, and what is wrong there."""


class ModelOtherwiseSame:
    """`stages` decides what is served: a promotion that changed another model's line, or a gate, would hardly be seen."""

    code = "GR107"

    def findings(self, case: Case) -> Iterator[Finding]:
        """Changes of a model's record that the proposal's name does not tell of."""
        proposal = case.change.proposal if case.change else None
        if proposal is None or not proposal.model:
            return
        path = places.model_path(proposal.model)
        after, content = case.record(Model, path), case.content(path)
        if path not in case.paths or after is None or content is None or after.slug != proposal.model:
            return  # not changed, or broken, which is GR001's or GR002's finding
        fault = _fault(case.accepted.content(path), content, after, proposal)
        if fault is not None:
            line, column = place_of(case.proposed, path, fault[0])
            yield Finding(path, line, column, self.code, fault[1])


def _fault(text: bytes | None, content: bytes, after: Model, proposal: Proposed) -> Fault | None:
    if text == content:
        return None
    if text is None:
        return _of_new(after, proposal)
    try:
        before = read(text, Model, places.model_path(proposal.model))
    except RecordError:
        return None  # nothing to compare with, so a human looks at all of it
    if proposal.kind == "edit":
        touched = next((key for key in EDITED if getattr(before, key) != getattr(after, key)), None)
        return (touched, f"{proposal.name} must leave {touched} as it was") if touched else None
    fault, changes = _expected(before, after, proposal)
    return fault or _rest(text, content, changes, proposal)


def _of_new(after: Model, proposal: Proposed) -> Fault | None:
    """A model that comes with its first version may serve that one, in one stage, and has nothing retired."""
    others = [stage for stage, version in after.stages.items() if version != proposal.version]
    if others or len(after.stages) > 1:
        return "stages", f"{proposal.name} may put {proposal.version} into one stage, and nothing else"
    return (
        ("retired", f"{proposal.name} makes the model, and has nothing to retire") if after.retired else None
    )


def _expected(before: Model, after: Model, proposal: Proposed) -> tuple[Fault | None, Mapping[KeyPath, Any]]:
    """What is wrong with the change of the one line, and the change as it should be."""
    if proposal.kind == "retire":
        reason = after.retired.get(proposal.version) if proposal.version else None
        fault = ("retired", f"{proposal.name} gives no reason to retire {proposal.version}")
        return (None if reason else fault), {("retired", str(proposal.version)): reason}
    if proposal.kind == "assign" and proposal.stage is not None:
        version = after.stages.get(proposal.stage)
        return None, {("stages", proposal.stage): DELETE if version is None else str(version)}
    moved = [stage for stage in after.stages if after.stages[stage] != before.stages.get(stage)]
    if len(moved) > 1 or any(after.stages[stage] != proposal.version for stage in moved):
        return ("stages", f"{proposal.name} may put {proposal.version} into one stage, and nothing else"), {}
    return None, {("stages", stage): str(proposal.version) for stage in moved}


def _rest(text: bytes, content: bytes, changes: Mapping[KeyPath, Any], proposal: Proposed) -> Fault | None:
    """Whether the accepted text with the one change is what is proposed."""
    what = " and ".join(".".join(keys) for keys in changes) or "nothing"
    fault = (
        "schema",
        f"{proposal.name} may change {what} here, and leaves everything else as it was, byte for byte",
    )
    try:
        expected = edit(text, Model, places.model_path(proposal.model), changes) if changes else text
    except RecordError:
        return fault
    return None if expected == content else fault
