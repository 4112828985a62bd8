"""What a ref is to a registry, by its name alone: docs/format.md, "Refs"."""

from __future__ import annotations

import re
from enum import Enum

from gitreg.checks.proposed import proposal_of
from gitreg.documents import layout
from gitreg.errors import UsageError
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
        return Kind.PROPOSAL if _is_proposal(ref) else Kind.FORBIDDEN
    if _STATEMENT.fullmatch(ref):
        return Kind.STATEMENT if layout.parse_tag(ref) else Kind.FORBIDDEN
    return Kind.FORBIDDEN if _IN_THE_WAY.fullmatch(ref) else Kind.OTHER


def _is_proposal(ref: str) -> bool:
    try:
        return proposal_of(ref) is not None
    except UsageError:
        return False
