"""Lists of candidates, for people who go on with them in Python."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any, overload

from gitreg.api.frames import arrow_table, pandas_frame
from gitreg.domain.candidate import Candidate
from gitreg.workflows.searching.found_candidates import CHUNK, Found

KEPT = 8
"""Pieces of a list whose records stay in memory."""


class CandidateList(Sequence[Candidate]):
    """Candidates in the order asked for: a list that nobody can change, whose records are read when they are looked at.

    Its length, `to_pandas` and `to_arrow` read no records. What is committed later changes nothing in it.
    """

    def __init__(self, found: Found, following: Callable[[str], CandidateList]) -> None:
        self._found = found
        self._following = following
        self._pieces: dict[int, list[Candidate]] = {}

    def __len__(self) -> int:
        return len(self._found.places)

    @overload
    def __getitem__(self, index: int) -> Candidate: ...

    @overload
    def __getitem__(self, index: slice) -> list[Candidate]: ...

    def __getitem__(self, index: int | slice) -> Candidate | list[Candidate]:
        if isinstance(index, slice):
            return [self._at(at) for at in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(f"there are {len(self)} candidates in this list")
        return self._at(index % len(self))

    def __iter__(self) -> Iterator[Candidate]:
        return (self._at(at) for at in range(len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, (str, bytes)):
            return NotImplemented
        return len(self) == len(other) and all(mine == one for mine, one in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]  # as of any list

    def __repr__(self) -> str:
        return f"<{len(self)} candidates{', and more on the next page' if self.token else ''}>"

    @property
    def token(self) -> str | None:
        """What `search(page=...)` takes to go on where this list was cut; None when all that was found is in it."""
        return self._found.token

    def next_page(self) -> CandidateList | None:
        """The candidates that follow, as many at most as this list was asked for; None after the last."""
        return self._following(self.token) if self.token else None

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The candidates' ids."""
        return tuple(place.id for place in self._found.places)

    def to_pandas(self) -> Any:  # noqa: ANN401 - a pandas.DataFrame, where there is pandas
        """One row for each candidate, with columns such as `params.lr` (text) and `metrics.auc` (float).

        Raises:
            UsageError: if pandas is not installed.
        """
        return pandas_frame(self._found.rows())

    def to_arrow(self) -> Any:  # noqa: ANN401 - a pyarrow.Table, where there is pyarrow
        """One row for each candidate, as `to_pandas`, in a `pyarrow.Table`.

        Raises:
            UsageError: if pyarrow is not installed.
        """
        return arrow_table(self._found.rows())

    def _at(self, index: int) -> Candidate:
        number, offset = divmod(index, CHUNK)
        piece = self._pieces.pop(number, None)
        if piece is None:
            piece = self._found.records(number * CHUNK, (number + 1) * CHUNK)
        self._pieces[number] = piece  # the newest last
        if len(self._pieces) > KEPT:
            del self._pieces[next(iter(self._pieces))]
        return piece[offset]
