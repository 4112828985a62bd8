"""Released versions of one model, as git-fast-import(1) reads them: enough for a list, too little for a proof.

Each has its record and its candidate's on the accepted branch, and an annotated tag that nobody signed: a signature
takes ssh-keygen 10 ms or more, and no list looks at it.
"""

from __future__ import annotations

from collections.abc import Iterator

from records import PEOPLE, START, Shape

from gitreg.documents import layout
from gitreg.documents.places import model_path
from gitreg.documents.writer import write
from gitreg.domain.candidate import ArtifactSummary
from gitreg.domain.digest import Digest
from gitreg.domain.model import CandidateSource, Model, ModelVersion
from gitreg.domain.version import VersionNumber

MODEL = "churn"
BRANCH = "refs/heads/main"
MINORS = 10


def release_stream(tip: str, count: int, shape: Shape) -> Iterator[bytes]:
    """One commit with every version on top of `tip`, then a tag for each."""
    people = f"{PEOPLE[0].name} <{PEOPLE[0].email}> {int(START.timestamp())} +0000".encode()
    words = f"Promote {count} versions\n".encode()
    yield b"commit %s\nmark :1\ncommitter %s\n" % (BRANCH.encode(), people)
    yield b"data %d\n%sfrom %s\n" % (len(words), words, tip.encode())
    yield _file(model_path(MODEL), write(Model(slug=MODEL, name=MODEL)))
    for number in range(count):
        yield from _version_files(number, shape)
    for number in range(count):
        name = layout.version_tag(MODEL, version(number)).removeprefix("refs/tags/").encode()
        yield b"tag %s\nfrom :1\ntagger %s\ndata 0\n\n" % (name, people)
    yield b"done\n"


def version(number: int) -> VersionNumber:
    """The version of that number: 1.0.0, 1.0.1, ... 1.1.0, ..."""
    return VersionNumber(1 + number // MINORS**2, number // MINORS % MINORS, number % MINORS)


def _version_files(number: int, shape: Shape) -> Iterator[bytes]:
    candidate, at = shape.candidate(number), version(number)
    content = write(candidate)
    digest = Digest.of(content)
    record = ModelVersion(
        model=MODEL,
        version=at,
        number=number + 1,
        created=candidate.finished or candidate.created,
        author=candidate.author,
        candidate=CandidateSource(experiment=candidate.experiment, id=candidate.id, record=digest),
        artifacts=ArtifactSummary(files=1, size=1_000_000, manifest=digest),
    )
    yield _file(layout.version_path(MODEL, at), write(record))
    yield _file(layout.version_candidate_path(MODEL, at), content)


def _file(path: str, content: bytes) -> bytes:
    return b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(content), content)
