"""GR105: trust files hold together, and follow what was accepted by a chain of signatures."""

from __future__ import annotations

from collections.abc import Iterator

from gitreg.checks.base import Case, Finding, at
from gitreg.checks.trust_chain import trust_faults
from gitreg.documents import layout, places
from gitreg.errors import RecordError


class TrustHolds:
    """Whoever merges a broken trust root makes every verifier refuse the whole registry."""

    code = "GR105"

    def findings(self, case: Case) -> Iterator[Finding]:
        """What verifiers would refuse, or what would leave a registry without signers."""
        if not any(path.startswith(f"{places.TRUST}/") for path in case.paths):
            return
        # a root follows the one that is accepted by now, whatever was when its branch began
        accepted = case.change.target if case.change and case.change.target else case.accepted
        try:
            for path, message in trust_faults(accepted, case.proposed, case.environ):
                yield Finding(path, 1, 1, self.code, message)
        except RecordError as error:
            finding = at(error, places.ROOT, self.code)
            if not case.judged(finding.path).faults or layout.kind_of(finding.path) is None:
                yield finding  # else the proposed record is broken, and that is GR001's finding
