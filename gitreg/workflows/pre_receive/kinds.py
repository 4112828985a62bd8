"""What a ref is to a registry, by its name alone: docs/format.md, "Refs"."""

from __future__ import annotations

import re
from enum import Enum

from gitreg.documents import layout
from gitreg.domain.version import VersionNumber
from gitreg.domain.words import is_slug
from gitreg.workflows.registry import CANDIDATES
from gitreg.workflows.remote_refs import INBOX

PROPOSALS = ("promote", "assign", "retire", "edit", "trust")
STATEMENTS = ("model", "stage", "retire", "resign", "approve")
OWN = "refs/heads/gitreg"
_INBOX = re.compile(rf"{INBOX}[0-9a-f]{{32}}")
_PROPOSAL = re.compile(rf"{OWN}/({'|'.join(PROPOSALS)})(/.*)?", re.DOTALL)
_STATEMENT = re.compile(rf"refs/tags/({'|'.join(STATEMENTS)})(/.*)?", re.DOTALL)
_IN_THE_WAY = re.compile(
    rf"{OWN}|{CANDIDATES}/.*|refs/gitreg|refs/gitreg/candidates(/.*)?|{INBOX[:-1]}(/.*)?", re.DOTALL
)


class Kind(Enum):
    """What a ref is."""

    ACCEPTED = "the accepted branch"
    CANDIDATES = "the candidate branch"
    INBOX = "a writer's inbox"
    PROPOSAL = "a proposal"
    STATEMENT = "a signed statement"
    FORBIDDEN = "a name that would be in the way"
    OTHER = "none of gitreg's"


def kind_of(ref: str, accepted_ref: str) -> Kind:
    """What the ref of that full name is."""
    if ref == accepted_ref:
        return Kind.ACCEPTED
    if ref == CANDIDATES:
        return Kind.CANDIDATES
    if _INBOX.fullmatch(ref):
        return Kind.INBOX
    if _PROPOSAL.fullmatch(ref):
        return Kind.PROPOSAL if proposal_of(ref) else Kind.FORBIDDEN
    if _STATEMENT.fullmatch(ref):
        return Kind.STATEMENT if layout.parse_tag(ref) else Kind.FORBIDDEN
    return Kind.FORBIDDEN if _IN_THE_WAY.fullmatch(ref) else Kind.OTHER


def proposal_of(ref: str) -> tuple[str, str] | None:
    """The kind of a proposal and its model (nothing for a trust root's), by a name that is exactly as gitreg makes it."""
    kind, _, rest = ref.removeprefix(f"{OWN}/").partition("/")
    model, _, last = rest.partition("/")
    try:
        expected = _branch(kind, model, last)
    except ValueError:
        return None
    return (kind, "" if kind == "trust" else model) if expected == ref else None


def _branch(kind: str, model: str, last: str) -> str:
    match kind:
        case "promote":
            return layout.promote_branch(model, VersionNumber.parse(last[1:]))
        case "retire":
            return layout.retire_branch(model, VersionNumber.parse(last[1:]))
        case "assign":
            return layout.assign_branch(model, last)
        case "trust":
            return layout.trust_branch(int(model)) if int(model) > 1 else ""
        case _:
            return layout.edit_branch(model) if is_slug(model) else ""
