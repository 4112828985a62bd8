"""A curve of any number of points in a bounded number of them, taken as they come: what stands out is kept.

Points that lie beside each other share a place, which keeps the lowest and the highest of them, so that no spike is lost.
"""

from __future__ import annotations

from dataclasses import dataclass

PLACES = 200
"""Places of a curve at most; each gives one or two points."""


@dataclass(frozen=True, slots=True)
class Point:
    """A value at a step; `order` is its number among all that were logged."""

    step: int
    order: int
    value: float


class Thinned:
    """Takes points one by one."""

    def __init__(self) -> None:
        self._places: list[tuple[Point, Point]] = []
        self._width = 1
        self._filled = 0
        self._last: Point | None = None
        self._steps: set[int] = set()
        self.count = 0

    def add(self, step: int, value: float) -> None:
        """Takes the next point; its value is finite."""
        point = self._last = Point(step, self.count, value)
        self.count += 1
        if len(self._steps) < 2:
            self._steps.add(step)
        if self._filled == 0:
            self._places.append((point, point))
        else:
            self._places[-1] = _joined(self._places[-1], (point, point))
        self._filled = (self._filled + 1) % self._width
        if len(self._places) > PLACES and self._filled == 0:
            self._halve()

    def points(self) -> list[tuple[float, float]]:
        """What was kept, by step; where no steps were logged, by order."""
        kept = {point for place in self._places for point in place}
        if self._last is not None:
            kept.add(self._last)
        counted = len(self._steps) < 2
        found = sorted(
            (point.order + 1 if counted else point.step, point.order, point.value) for point in kept
        )
        return [(float(step), value) for step, _, value in found]

    def _halve(self) -> None:
        places = self._places
        self._places = [
            _joined(places[at], places[min(at + 1, len(places) - 1)]) for at in range(0, len(places), 2)
        ]
        self._width *= 2


def _joined(one: tuple[Point, Point], two: tuple[Point, Point]) -> tuple[Point, Point]:
    low = min(one[0], two[0], key=lambda point: point.value)
    high = max(one[1], two[1], key=lambda point: point.value)
    return low, high
