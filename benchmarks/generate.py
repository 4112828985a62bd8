"""Makes a registry of any size: real records, in one commit on the candidate branch.

    python benchmarks/generate.py FOLDER COUNT [--releases N]

The tip of the candidate branch depends on the arguments alone: same seed, count and shape, same commit id. Releases
are what a list of them reads: records on the accepted branch and annotated tags, which nobody signed. The registry itself is made by gitreg, with a key of its own in FOLDER-home, which also is the HOME for working with it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from multiprocessing import Pool
from pathlib import Path
from typing import Any, TypeVar

from records import START, Shape, Span
from releases import release_stream

from gitreg.documents import layout, places
from gitreg.documents.writer import write
from gitreg.domain.candidate import Candidate
from gitreg.domain.record import Record
from gitreg.workflows.init.init_registry import InitOptions, init_registry

BRANCH = f"refs/heads/{places.CANDIDATES_BRANCH}"
NAME, EMAIL = "Benchmark", "benchmark@example.com"
STORAGE = (
    "s3://benchmark/registry"  # never reached; a folder's path would make the commit depend on the folder
)
CHUNK = 250
AHEAD = 16
Made = TypeVar("Made")
KEPT = ("PATH", "LANG", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH")


def sealed(home: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """An environment without anybody's own configuration, with its HOME at `home`."""
    kept = {name: environ[name] for name in KEPT if name in environ}
    return kept | {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_DATA_HOME": str(home / ".local/share"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
        "GIT_TERMINAL_PROMPT": "0",
        "DVC_NO_ANALYTICS": "1",
        "DVC_SITE_CACHE_DIR": str(home / "dvc-site-cache"),
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
    }


def home_of(folder: Path) -> Path:
    """The HOME that belongs to a generated registry."""
    return folder.with_name(f"{folder.name}-home")


def generate(folder: Path, count: int, shape: Shape, environ: Mapping[str, str], *, releases: int = 0) -> str:
    """Makes a registry of `count` candidates in a new folder; returns the id of the candidate branch's tip."""
    home = home_of(folder)
    home.mkdir(parents=True)
    inside = sealed(home, environ)
    options = InitOptions(name="benchmark", storage=STORAGE, signing_key="new", identity=(NAME, EMAIL))
    registry_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{shape}"))
    init_registry(folder, options, inside, now=START, registry_id=registry_id)
    if count:
        _import(folder, inside, _stream(_git(folder, inside, "rev-parse", "--verify", BRANCH), count, shape))
    if releases:
        add_releases(folder, releases, shape, environ)
    return _git(folder, inside, "rev-parse", "--verify", BRANCH)


def add_releases(folder: Path, count: int, shape: Shape, environ: Mapping[str, str]) -> None:
    """Puts released versions on the accepted branch of a generated registry that has none."""
    inside = sealed(home_of(folder), environ)
    tip = _git(folder, inside, "rev-parse", "--verify", "HEAD")
    _import(folder, inside, release_stream(tip, count, shape))
    _git(folder, inside, "reset", "--hard", "--quiet")


def _import(folder: Path, environ: Mapping[str, str], stream: Iterable[bytes]) -> None:
    command = ["git", "-C", str(folder), "fast-import", "--quiet", "--done"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=dict(environ)) as importer:
        assert importer.stdin is not None
        importer.stdin.writelines(stream)
    if importer.returncode != 0:
        raise SystemExit(f"git fast-import failed with exit code {importer.returncode}")


def _stream(tip: str, count: int, shape: Shape) -> Iterator[bytes]:
    """One commit, as git-fast-import(1) reads it; contents stand inline."""
    words = f"Log {count} candidates\n".encode()
    yield f"commit {BRANCH}\ncommitter {NAME} <{EMAIL}> {int(START.timestamp())} +0000\n".encode()
    yield b"data %d\n%sfrom %s\n" % (len(words), words, tip.encode())
    seen: set[str] = set()
    for part in _by_every_core(_files, shape, count):
        for experiment, text in part:
            if experiment not in seen:
                seen.add(experiment)
                yield _file(shape.experiment(experiment))
            yield text
    yield b"done\n"


def in_order(shape: Shape, count: int) -> Iterator[list[Candidate]]:
    """All candidates of a registry, in lists."""
    return _by_every_core(_candidates, shape, count)


def _by_every_core(
    make: Callable[[Shape, range], list[Made]], shape: Shape, count: int
) -> Iterator[list[Made]]:
    """What each part of the numbers gives, in order; making a record takes longer than importing it.

    A few parts are made ahead and no more, so that memory is the same for any number.
    """
    with Pool() as pool:
        waiting = deque[Any]()
        for first in range(0, count, CHUNK):
            waiting.append(pool.apply_async(make, (shape, range(first, min(first + CHUNK, count)))))
            if len(waiting) >= AHEAD:
                yield waiting.popleft().get()
        while waiting:
            yield waiting.popleft().get()


def _candidates(shape: Shape, numbers: range) -> list[Candidate]:
    return [shape.candidate(number) for number in numbers]


def _files(shape: Shape, numbers: range) -> list[tuple[str, bytes]]:
    return [(candidate.experiment, _file(candidate)) for candidate in _candidates(shape, numbers)]


def _file(record: Record) -> bytes:
    content = write(record)
    return b"M 100644 inline %s\ndata %d\n%s\n" % (layout.path_of(record).encode(), len(content), content)


def _git(folder: Path, environ: Mapping[str, str], *words: str) -> str:
    command = ["git", "-C", str(folder), *words]
    return subprocess.run(
        command, env=dict(environ), check=True, capture_output=True, text=True
    ).stdout.strip()


def _span(text: str) -> Span:
    """`10`, or `10-50` where experiments differ."""
    low, _, high = text.partition("-")
    span = int(low), int(high or low)
    if not 0 <= span[0] <= span[1]:
        raise ValueError(text)
    return span


def _arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Make a registry of any size, always the same one.")
    parser.add_argument("folder", type=Path, help="where to make it; must not exist")
    parser.add_argument("count", type=int, help="how many candidates")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--experiments", type=int, default=20)
    for name, usual in (("params", "10-50"), ("metrics", "10-50"), ("tags", "2-5")):
        least, most = map(int, usual.split("-"))
        help_text = f"of each candidate: a number, or two where experiments differ; {usual} unless given"
        parser.add_argument(f"--{name}", type=_span, default=(least, most), metavar="N[-M]", help=help_text)
    parser.add_argument("--releases", type=int, default=0, help="how many released versions; unsigned")
    arguments = parser.parse_args(words)
    if min(arguments.count, arguments.releases) < 0 or arguments.experiments < 1:
        parser.error("COUNT and --releases are 0 or more, and there is at least one experiment")
    if arguments.folder.exists() or home_of(arguments.folder).exists():
        parser.error(f"{arguments.folder} or its -home exists already")
    return arguments


def main(words: list[str]) -> None:
    """The command line."""
    said = _arguments(words)
    shape = Shape(said.seed, said.experiments, said.params, said.metrics, said.tags)
    print(generate(said.folder.absolute(), said.count, shape, os.environ, releases=said.releases))


if __name__ == "__main__":
    main(sys.argv[1:])
