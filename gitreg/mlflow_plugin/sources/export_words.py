"""Tags by which an export knows what it has brought already, an import gives ids back, and those of an import, which stay here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from gitreg.domain.times import time_text

CANDIDATE, LOGGED_MODEL, EXPERIMENT = "gitreg.candidate", "gitreg.logged_model", "gitreg.experiment"
"""The id of a candidate or logged model here, and an experiment's folder."""
WHOLE = "gitreg.exported"
"""A digest of the record, set last: what lacks it was interrupted, and is made again."""
VERSION = "gitreg.version"
CREATED = "gitreg.created"
"""When it was made here, as MLflow says when it was made there. By these an import of the export gives ids and times back."""
OF_IMPORT = "gitreg.import."


def carried(tags: Mapping[str, str], created: datetime | None = None) -> dict[str, str]:
    """The tags that go along."""
    kept = {key: value for key, value in tags.items() if not key.startswith(OF_IMPORT)}
    return kept if created is None else kept | {CREATED: time_text(created)}
