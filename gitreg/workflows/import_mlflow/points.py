"""Lines of MLflow's metric files, of every layout that there was.

1.x     <time> <value>                                          one point a line
        <time> <value> <step>
3.x     <time> <value> <step> <data's name> <its digest>        a name may hold spaces
models  <time> <value> <step> <run id> [<data's name> <its digest>]
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gitreg.domain.curves import MetricPoint
from gitreg.domain.fitted import kept_key
from gitreg.workflows.import_mlflow import files, fitting
from gitreg.workflows.import_mlflow.values import SourceMeasure, moment


def points_of(folder: Path) -> Iterator[MetricPoint]:
    """Every point of a run's metrics.

    Raises:
        RecordError: naming the line that is none.
    """
    for key, path in files.files_below(folder):
        for number, words in _split(path):
            try:
                yield _point(kept_key(key), words)
            except (ValueError, IndexError):
                raise _no_point(path, number) from None


def measures_of(folder: Path) -> Iterator[SourceMeasure]:
    """Every value of a logged model's metrics.

    Raises:
        RecordError: naming the line that is none.
    """
    for key, path in files.files_below(folder):
        for number, words in _split(path):
            try:
                point, run = _point(kept_key(key), words[:3]), words[3]
            except (ValueError, IndexError):
                raise _no_point(path, number) from None
            if point.time is None:
                raise _no_point(path, number)
            data, digest = _data(words[4:])
            yield SourceMeasure(key, point.value, point.step or 0, point.time, run, data, digest)


def _split(path: Path) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(files.lines(path), 1):
        if words := line.strip().split(" "):
            yield number, words


def _point(key: str, words: list[str]) -> MetricPoint:
    if len(words) < 2 or len(words) == 4:
        raise ValueError
    step = fitting.step(int(words[2])) if len(words) > 2 else 0
    data = _data(words[3:]) if len(words) > 3 else None
    return MetricPoint(key, float(words[1]), step, moment(int(words[0])), data=data)


def _data(words: list[str]) -> tuple[str, str]:
    return (" ".join(words[:-1]), words[-1]) if words else ("", "")


def _no_point(path: Path, number: int) -> Exception:
    return files.refusal(path, f"line {number} is no point of a metric")
