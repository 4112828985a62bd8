"""GR103: MLflow's number of a version is claimed once."""

from __future__ import annotations

from collections.abc import Iterator

from gitreg.checks.base import Case, Finding
from gitreg.checks.reading import place_of
from gitreg.documents import layout, places
from gitreg.domain.model import ModelVersion


class NumberClaimedOnce:
    """MLflow asks for a version by its number; two versions of one number would be a matter of luck."""

    code = "GR103"

    def findings(self, case: Case) -> Iterator[Finding]:
        """Versions whose number another one has, and claims that name no version of that number."""
        for path in case.of_models:
            version, number = layout.version_of(path), places.number_of(path)
            if version:
                yield from self._of_version(case, path, version[0])
            elif number:
                yield from self._of_claim(case, path, *number)

    def _of_version(self, case: Case, path: str, model: str) -> Iterator[Finding]:
        record = case.record(ModelVersion, path)
        if record is None:
            return
        claim = places.number_path(model, record.number)
        said = _said(case, claim)
        if said != str(record.version):
            words = f"is claimed for {said} by {claim}" if said else f"is not claimed: {claim} is not there"
            line, column = place_of(case.proposed, path, "number")
            yield Finding(path, line, column, self.code, f"the number {record.number} {words}")

    def _of_claim(self, case: Case, path: str, model: str, number: int) -> Iterator[Finding]:
        said = _said(case, path)
        if said is None:
            return
        target = f"{places.versions_folder(model)}/{said}/version.yaml"
        record = case.record(ModelVersion, target) if layout.version_of(target) else None
        if record is None or record.number != number:
            yield Finding(path, 1, 1, self.code, f"no version {said!a} of {model} has the number {number}")


def _said(case: Case, path: str) -> str | None:
    content = case.content(path, limit=100)
    return content.decode("utf-8", "replace").removesuffix("\n") if content is not None else None
