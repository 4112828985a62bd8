"""Lists of candidates, for people who go on with them in pandas."""

from __future__ import annotations

import importlib
from typing import Any

from gitreg.domain.candidate import Candidate
from gitreg.errors import NotFoundError


class CandidateList(list[Candidate]):
    """Candidates, in the order asked for: a list like any other."""

    def to_pandas(self) -> Any:  # noqa: ANN401 - a pandas.DataFrame, where there is pandas
        """One row for each candidate, with columns such as `params.lr` and `metrics.auc`.

        Raises:
            NotFoundError: if pandas is not installed.
        """
        try:
            pandas = importlib.import_module("pandas")  # of weight, and not everybody's: ADR 5
        except ModuleNotFoundError:
            raise NotFoundError(
                "pandas is not installed in this environment", hint="pip install pandas"
            ) from None
        return pandas.DataFrame([_row(candidate) for candidate in self])


def _row(candidate: Candidate) -> dict[str, object]:
    row: dict[str, object] = {
        "id": candidate.id,
        "experiment": candidate.experiment,
        "name": candidate.name,
        "status": candidate.status,
        "created": candidate.created,
        "finished": candidate.finished,
    }
    for group in ("params", "metrics", "tags"):
        row |= {f"{group}.{key}": value for key, value in getattr(candidate, group).items()}
    return row
