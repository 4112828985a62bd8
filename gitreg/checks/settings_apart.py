"""GR112: settings of the whole registry are not changed along with a model."""

from __future__ import annotations

from collections.abc import Iterator

from gitreg.checks.base import Case, Finding
from gitreg.checks.own_files_only import is_settings
from gitreg.documents import places


class SettingsApart:
    """Who may sign, what is asked for and where artifacts are is decided by itself, in a review that is about that."""

    code = "GR112"

    def findings(self, case: Case) -> Iterator[Finding]:
        """Trust files, gitreg.yaml and DVC's configuration in a proposal of something else."""
        change = case.change
        if change is None or change.proposal is None:
            return
        is_trust = change.proposal.kind == "trust"
        for _, path in change.files:
            if is_settings(path) and not (is_trust and path.startswith(f"{places.TRUST}/")):
                message = f"{change.proposal.name} must not change it: propose that by a branch of its own"
                yield Finding(path, 1, 1, self.code, message)
