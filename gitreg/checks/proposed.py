"""What a branch says by its name that it proposes."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, cast, get_args

from gitreg.documents import layout
from gitreg.domain.version import VersionNumber
from gitreg.domain.words import stage
from gitreg.errors import UsageError

Kind = Literal["promote", "assign", "retire", "edit", "trust"]
START = "refs/heads/"


@dataclass(frozen=True)
class Proposed:
    """A proposal.

    Args:
        name: the branch's short name.
        kind: what is proposed.
        model: its slug; nothing for a trust root, which is about all of them.
        version: that is promoted or retired.
        stage: that is assigned.
    """

    name: str
    kind: Kind
    model: str = ""
    version: VersionNumber | None = None
    stage: str | None = None


def proposal_of(branch: str) -> Proposed | None:
    """What a branch of that name, short or full, proposes; None where it is an ordinary branch.

    Raises:
        UsageError: if it is called like a proposal, and none is called so: its rules would be nobody's.
    """
    name = branch.removeprefix(START)
    top, _, rest = name.partition("/")
    kind, _, words = rest.partition("/")
    if top != "gitreg" or kind not in get_args(Kind):
        return None
    with suppress(ValueError):
        found, ref = _read(cast("Kind", kind), name, words)
        if ref == START + name:
            return found
    raise UsageError(
        f"no proposal is called {name[:200]!a}", hint="docs/format.md lists what branches are called"
    )


def _read(kind: Kind, name: str, words: str) -> tuple[Proposed, str]:
    """The proposal, and what its branch is called.

    Raises:
        ValueError: if there can be none.
    """
    if kind == "trust":
        return Proposed(name, kind), layout.trust_branch(int(words))
    if kind == "edit":
        return Proposed(name, kind, words), layout.edit_branch(words)
    model, _, last = words.partition("/")
    if kind == "assign":
        return Proposed(name, kind, model, stage=stage(last)), layout.assign_branch(model, last)
    version = VersionNumber.parse(last[1:])
    made = layout.promote_branch if kind == "promote" else layout.retire_branch
    return Proposed(name, kind, model, version), made(model, version)
