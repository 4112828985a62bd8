"""Tags by which an export knows what it has brought already, and those of an import, which stay here."""

from __future__ import annotations

from collections.abc import Mapping

CANDIDATE, LOGGED_MODEL, EXPERIMENT = "gitreg.candidate", "gitreg.logged_model", "gitreg.experiment"
"""The id of a candidate or logged model here, and an experiment's folder."""
WHOLE = "gitreg.exported"
"""A digest of the record, set last: what lacks it was interrupted, and is made again."""
VERSION = "gitreg.version"
OF_IMPORT = "gitreg.import."


def carried(tags: Mapping[str, str]) -> dict[str, str]:
    """The tags that go along."""
    return {key: value for key, value in tags.items() if not key.startswith(OF_IMPORT)}
