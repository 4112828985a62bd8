"""GR104: versions that a model names exist, and none that serves is retired or deleted."""

from __future__ import annotations

from collections.abc import Iterator

from gitreg.checks.asked import Severity
from gitreg.checks.base import Case, Finding
from gitreg.checks.reading import place_of
from gitreg.documents import places
from gitreg.domain.model import Model
from gitreg.domain.version import VersionNumber

_ERROR: Severity = "error"
_WARNING: Severity = "warning"


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
        named += [("aliases", alias, version) for alias, version in record.aliases.items()]
        named += [("annotations", str(version), version) for version in record.annotations]
        for field, key, version in named:
            message, severity = None, _ERROR
            if str(version) not in there:
                message = f"there is no version {version}"
            elif field == "stages" and version in record.retired:
                message = f"{version} is retired: {record.retired[version]}"
            elif field in {"stages", "aliases"} and _is_deleted(record, version):
                message, severity = f"{version} was deleted by MLflow's API", _WARNING
            if message:
                line, column = place_of(case.proposed, path, field, key)
                yield Finding(path, line, column, self.code, f"{field}.{key}: {message}", severity)


def _is_deleted(record: Model, version: VersionNumber) -> bool:
    said = record.annotations.get(version)
    return said is not None and said.deleted is not None
