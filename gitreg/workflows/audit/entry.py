"""One act in an audit, as a value: what a tag or the accepted branch says of it, and what that is worth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from gitreg.domain.gate import GateResult
from gitreg.domain.statement import Statement
from gitreg.domain.version import VersionNumber
from gitreg.gitrepo import ObjectId

Action = Literal["accept", "approve", "release", "resign", "retire", "assign", "unknown"]
"""`accept` is a version that review accepted and nobody released; `unknown` a tag whose name is none of gitreg's."""
Result = Literal["verified", "refused", "outweighed", "unsigned"]
"""`outweighed`: it does not verify any more, and another statement that does says the same; `unsigned`: the accepted branch
says so, and no tag."""


@dataclass(frozen=True)
class Act:
    """Who did something, and when, as they wrote it themselves: the clock is theirs, and before a signature the name is, too."""

    who: str
    when: datetime


@dataclass(frozen=True)
class Refusal:
    """Which step refuses, and why."""

    step: str
    reason: str


@dataclass(frozen=True)
class Entry:
    """One act.

    Args:
        action: what was done.
        model: to which model; empty where the tag's name is none of gitreg's.
        tag: full name of its tag; None where only the branch says so.
        version: which version; None in an assignment that empties a stage, and where nobody can say.
        stage: of an assignment, or of the approval of one.
        number: of an assignment in its chain, or of a repeated signature.
        object: the tag object's id; None where the tag is missing.
        statement: what the tag says, where that can be read.
        commit: the commit that it is of.
        place: that commit's place on the accepted branch, 1 for the first; None where it is not on it.
        proposed: who made what was merged, and when.
        merged: who put it on the accepted branch.
        tagged: who says to have signed.
        signer: the person who signed, as the roles call them; only where role and signature hold.
        fingerprint: of the key that signed; where the signature was refused, of the one that it names.
        approvers: the other people whose signed approvals are good.
        gates: what the gates said when the version was proposed.
        refusal: why it does not verify; None where it does, or where there is nothing to verify.
        outweighed_by: what says the same and verifies.
        notes: what a careful reader should know.
    """

    action: Action
    model: str
    tag: str | None = None
    version: VersionNumber | None = None
    stage: str | None = None
    number: int | None = None
    object: ObjectId | None = None
    statement: Statement | None = None
    commit: ObjectId | None = None
    place: int | None = None
    proposed: Act | None = None
    merged: Act | None = None
    tagged: Act | None = None
    signer: str | None = None
    fingerprint: str | None = None
    approvers: tuple[str, ...] = ()
    gates: tuple[GateResult, ...] = ()
    refusal: Refusal | None = None
    outweighed_by: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def result(self) -> Result:
        """What it is worth."""
        if self.refusal is not None:
            return "outweighed" if self.outweighed_by else "refused"
        return "unsigned" if self.tag is None else "verified"

    @property
    def name(self) -> str:
        """Its tag's name for people, or what it is."""
        if self.tag is not None:
            return self.tag.removeprefix("refs/tags/")
        return " ".join(map(str, filter(None, (self.action, self.model, self.version, self.stage))))

    @property
    def claimed(self) -> datetime | None:
        """When it was done, by what is claimed: nobody signs what is not merged yet, so the later claim counts."""
        return max((act.when for act in (self.tagged, self.merged) if act is not None), default=None)


@dataclass(frozen=True)
class Audit:
    """The account of a registry, or of one model.

    Args:
        entries: in order.
        tip: the accepted branch's tip.
        root: the trust root's version, and who signed it.
        notes: what a careful reader should know of all of it.
    """

    entries: tuple[Entry, ...]
    tip: ObjectId
    root: str
    notes: tuple[str, ...]
