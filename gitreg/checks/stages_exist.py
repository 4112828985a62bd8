"""GR104: versions that a model names exist, and none that serves is retired."""

from __future__ import annotations

from collections.abc import Iterator

from gitreg.checks.base import Case, Finding
from gitreg.checks.reading import place_of
from gitreg.documents import places
from gitreg.domain.model import Model


class StagesAndRetiredExist:
    """A stage is asked for at any time; it must name something that may be used."""

    code = "GR104"

    def findings(self, case: Case) -> Iterator[Finding]:
        """Names of versions that are not there, and stages with a retired version."""
        for path in case.of_models:
            record = case.record(Model, path) if places.model_of(path) else None
            if record is not None:
                yield from self._of_model(case, path, record)

    def _of_model(self, case: Case, path: str, record: Model) -> Iterator[Finding]:
        there = set(case.proposed.names(places.versions_folder(record.slug)))
        named = [("stages", stage, version) for stage, version in record.stages.items()]
        named += [("retired", str(version), version) for version in record.retired]
        for field, key, version in named:
            message = None
            if str(version) not in there:
                message = f"there is no version {version}"
            elif field == "stages" and version in record.retired:
                message = f"{version} is retired: {record.retired[version]}"
            if message:
                line, column = place_of(case.proposed, path, field, key)
                yield Finding(path, line, column, self.code, f"{field}.{key}: {message}")
