"""No forge: a proposal is a branch, and whoever reviews it merges it with Git. Asks nobody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from gitreg.errors import CredentialsError
from gitreg.forge.base import Abilities, ForgeKind, MergeRequest, Wanted


class Local:
    """The member for a remote that is a folder, or none at all."""

    kind: ForgeKind = "local"
    abilities = Abilities()

    def push_options(self, wanted: Wanted) -> tuple[str, ...]:  # noqa: ARG002 - the protocol's
        """None: a plain Git server refuses a push with options."""
        return ()

    def said(self, lines: Sequence[str]) -> str | None:  # noqa: ARG002 - the protocol's
        """Nothing: a hook of a plain Git server may print what it likes."""
        return None

    def find(self, branch: str, target: str) -> MergeRequest | None:  # noqa: ARG002 - the protocol's
        """None: there is nobody to ask."""
        return None

    def propose(self, wanted: Wanted) -> MergeRequest | None:  # noqa: ARG002 - the protocol's
        """None: the branch is the proposal."""
        return None

    def note(self, number: int, marker: str, text: str) -> str:  # noqa: ARG002 - the protocol's
        """Raises CredentialsError: there is nowhere to write."""
        _missing("notes cannot be written")

    def approvals(self, number: int) -> tuple[str, ...]:  # noqa: ARG002 - the protocol's
        """Raises CredentialsError: there is nobody to ask."""
        _missing("approvals cannot be read")


def _missing(what: str) -> NoReturn:
    raise CredentialsError(
        f"{what} without a forge",
        hint="git config gitreg.forge gitlab, if the remote is a GitLab, and set GITREG_TOKEN.",
    )
