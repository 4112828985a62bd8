"""Data sets that candidates used, each once however many used it. Knows rows."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

_ASKED = """SELECT DISTINCT slug, d.name, d.fingerprint, coalesce(d.digest, ''), d.context
    FROM json_each(?) AS asked JOIN experiments ON slug = asked.value JOIN candidates c USING (e) JOIN datasets d USING (n)
    ORDER BY slug, d.name, d.fingerprint, d.digest, d.context LIMIT ?"""


class DatasetName(NamedTuple):
    """A data set as the candidates of an experiment named it.

    Args:
        experiment: the experiment's slug.
        name: what it is called.
        fingerprint: MLflow's digest; empty without one.
        digest: of its content; empty without one.
        context: what it was used for.
    """

    experiment: str
    name: str
    fingerprint: str
    digest: str
    context: str


def dataset_names(connection: sqlite3.Connection, experiments: Sequence[str], most: int) -> list[DatasetName]:
    """The data sets of some experiments, so many at most."""
    found = connection.execute(_ASKED, (json.dumps(list(experiments)), most))
    return [DatasetName(*one) for one in found]
