"""`gitreg log`: one candidate in one go, or many from a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import click

from gitreg.artifacts import Source
from gitreg.cli.call import Call
from gitreg.cli.clock import now
from gitreg.cli.completing import EXPERIMENTS
from gitreg.cli.session import new_id, writing
from gitreg.cli.words import METRIC, PAIR, dry_run_option, once, text_or_stdin
from gitreg.domain.candidate import Code, Environment, Pipeline, Status
from gitreg.domain.curves import MetricPoint
from gitreg.errors import NotFoundError, UsageError
from gitreg.workflows.candidates.read_candidates import LoggedCandidate, stream_candidates
from gitreg.workflows.recording.log_candidate import CODE_PATCH, NewCandidate, log_many
from gitreg.workflows.running.capture import (
    capture_code,
    capture_data,
    capture_pipeline,
    licensed,
    own_environment,
)
from gitreg.workflows.running.run_command import refuse_secrets

STATUSES = ("finished", "failed", "killed")


@dataclass(frozen=True)
class Around:
    """What every candidate of one call has in common: code, machine, time."""

    code: Code
    patch: bytes
    environment: Environment | None
    ci: Pipeline | None
    now: datetime

    def candidate(self, experiment: str) -> NewCandidate:
        """A candidate of which nothing else is known yet."""
        return NewCandidate(
            id=new_id(),
            experiment=experiment,
            created=self.now,
            finished=self.now,
            code=self.code,
            environment=self.environment,
            ci=self.ci,
            contents={CODE_PATCH: self.patch} if self.patch else {},
        )


@click.command(short_help="Log a candidate in one go, or many from a file.")
@click.argument("experiment", required=False, shell_complete=EXPERIMENTS)
@click.option("-n", "--name", help="What people call the candidate; made from its params unless given.")
@click.option("-p", "--param", "params", type=PAIR, multiple=True, help="A param, as text; many times.")
@click.option(
    "-m",
    "--metric",
    "metrics",
    type=METRIC,
    multiple=True,
    help="A metric's value, with its step; many times.",
)
@click.option("-t", "--tag", "tags", type=PAIR, multiple=True, help="A tag; many times.")
@click.option(
    "-a",
    "--artifact",
    "artifacts",
    metavar="PATH[=NAME]",
    multiple=True,
    help="A file or folder to keep; many times.",
)
@click.option(
    "--data", metavar="[NAME=]PATH", multiple=True, help="Data that was used, a path or URL; many times."
)
@click.option(
    "--licence",
    "licences",
    type=PAIR,
    multiple=True,
    help="Licence of a data source, by its name; many times.",
)
@click.option("--notes", default="", help="What people should know; - reads stdin.")
@click.option(
    "--status", type=click.Choice(STATUSES), default="finished", show_default=True, help="How it ended."
)
@click.option(
    "--from", "source", metavar="FILE|-", help="Candidates from JSON, NDJSON or YAML, all in one commit."
)
@click.option("--no-code", is_flag=True, help="Do not record commit, branch and changes of the code around.")
@click.option(
    "--no-patch", is_flag=True, help="Record the commit, but do not keep changes that are not committed."
)
@dry_run_option
@click.pass_obj
def log(  # noqa: PLR0913 - one parameter for each option
    call: Call,
    *,
    experiment: str | None,
    name: str | None,
    params: Sequence[tuple[str, str]],
    metrics: Sequence[MetricPoint],
    tags: Sequence[tuple[str, str]],
    artifacts: Sequence[str],
    data: Sequence[str],
    licences: Sequence[tuple[str, str]],
    notes: str,
    status: Status,
    source: str | None,
    no_code: bool,
    no_patch: bool,
    dry_run: bool,
) -> None:
    """Log a candidate in one go; prints its id.

    With --from, the candidates of a file: objects with the record's keys (params, metrics, tags, artifacts: [path], name,
    experiment, notes, data, status, ...). EXPERIMENT is for those that name none. One JSON object a line is read as it
    comes, in any number; another document has at most 256 MiB.
    """
    around = _around(call, now(), code=not no_code, patch=not no_patch)
    if source is not None:
        if any((name, params, metrics, tags, artifacts, data, licences, notes)):
            raise click.UsageError(
                "--from takes all of a candidate from the file: give no -n, -p, -m, -t, -a, --data, --licence, --notes"
            )
        news: Iterable[NewCandidate] = _from_file(call, source, experiment, around)
    elif experiment is None:
        raise click.UsageError("missing argument 'EXPERIMENT'", click.get_current_context())
    else:
        one = replace(
            around.candidate(experiment),
            name=name,
            status=status,
            params=once(params, "-p"),
            metrics=metrics,
            tags=once(tags, "-t"),
            notes=text_or_stdin(notes),
            data=licensed([capture_data(word, call.folder) for word in data], once(licences, "--licence")),
            artifacts=[_artifact(call, word) for word in artifacts],
        )
        news = [one]
    with writing(call, dry_run=dry_run) as act:
        act.done(*log_many(act.registry, news, act.author, progress=act.progress))


def _around(call: Call, moment: datetime, *, code: bool, patch: bool) -> Around:
    captured = capture_code(call.folder, call.environ, ()) if code else None
    if captured and patch:
        refuse_secrets(captured)
    return Around(
        captured.code if captured else Code(),
        captured.patch if captured and patch else b"",
        own_environment() if code else None,
        capture_pipeline(call.environ),
        moment,
    )


def _from_file(call: Call, source: str, experiment: str | None, around: Around) -> Iterator[NewCandidate]:
    """The candidates of a file, read while they are logged."""
    is_empty = True
    with _opened(call, source) as file:
        for one in stream_candidates(file, source):
            is_empty = False
            yield _given(call, one, experiment, around)
    if is_empty:
        raise UsageError(f"{source} holds no candidate", hint="gitreg log --help")


def _given(call: Call, one: LoggedCandidate, experiment: str | None, around: Around) -> NewCandidate:
    named = one.experiment or experiment
    if named is None:
        raise click.UsageError("a candidate in the file names no experiment: name it there, or as EXPERIMENT")
    return replace(
        around.candidate(named),
        name=one.name,
        status=one.status,
        created=one.created or around.now,
        finished=one.finished or one.created or around.now,
        parent=one.parent,
        code=one.code or around.code,
        data=one.data,
        params=one.params,
        metrics=[MetricPoint(key, value) for key, value in one.metrics.items()],
        tags=one.tags,
        notes=one.notes,
        environment=one.environment or around.environment,
        ci=one.ci or around.ci,
        artifacts=[_artifact(call, word) for word in one.artifacts],
    )


@contextmanager
def _opened(call: Call, source: str) -> Iterator[BinaryIO]:
    if source == "-":
        yield sys.stdin.buffer
        return
    try:
        with call.path(source).open("rb") as file:
            yield file
    except FileNotFoundError:
        raise NotFoundError(f"there is no file {source}") from None
    except OSError as error:
        raise UsageError(f"{source} cannot be read: {error.strerror}") from error


def _artifact(call: Call, word: str) -> Source:
    """`PATH` or `PATH=NAME`; a path that is there as it stands wins."""
    path, sign, name = word.rpartition("=")
    if not sign or os.path.lexists(call.path(word)):
        path, name = word, Path(os.path.abspath(call.path(word))).name  # noqa: PTH100 - resolve() would follow a link
    return Source(call.path(path), name)
