"""gitreg's own act, in this process, in a registry that is open already."""

from __future__ import annotations

from pathlib import Path
from random import Random

from figures import Contestant

from contestants.base import Start
from gitreg.artifacts import Source
from gitreg.domain.candidate import Candidate
from gitreg.domain.curves import MetricPoint
from gitreg.workflows.recording.log_candidate import NewCandidate, log_candidates
from gitreg.workflows.registry import author_at, open_registry

NAME = "gitreg log"
WITH_ARTIFACT = "gitreg log, artifact of 1 KB"


def contestant(start: Start, place: Path) -> Contestant:
    """10 params, 10 metrics and 5 tags, no artifact."""
    return _contestant(start, place, NAME, with_artifact=False)


def contestant_with_artifact(start: Start, place: Path) -> Contestant:
    """The same with one file of 1 KB that is new each time."""
    return _contestant(start, place, WITH_ARTIFACT, with_artifact=True)


def _contestant(start: Start, place: Path, name: str, *, with_artifact: bool) -> Contestant:
    registry = open_registry(start.copy(place), start.environ)
    author = author_at(registry, start.next_candidate(0).created)

    def arrange(turn: int) -> NewCandidate:
        artifacts = [_file(place / f"model-{turn}.bin", turn)] if with_artifact else []
        return new_candidate(start.next_candidate(turn), artifacts)

    return Contestant(
        name, start.size, arrange, lambda new: log_candidates(registry, [new], author), registry.close
    )


def new_candidate(like: Candidate, artifacts: list[Source]) -> NewCandidate:
    """What somebody would hand over to have such a record logged."""
    return NewCandidate(
        id=like.id,
        experiment=like.experiment,
        created=like.created,
        finished=like.finished,
        name=like.name,
        code=like.code,
        data=like.data,
        params=like.params,
        metrics=[MetricPoint(key, value) for key, value in like.metrics.items()],
        tags=like.tags,
        environment=like.environment,
        artifacts=artifacts,
    )


def _file(path: Path, turn: int) -> Source:
    path.write_bytes(Random(turn).randbytes(1024))
    return Source(path, "model.bin")
