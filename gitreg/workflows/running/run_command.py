"""Running a training command as a candidate: what went in, what came of it, and how it ended.

Everything goes through a draft, so that a crash of the machine or of gitreg loses nothing that was there before.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from gitreg.artifacts import SILENT, Progress
from gitreg.domain.candidate import Candidate, Status
from gitreg.domain.experiment import experiment_number
from gitreg.domain.words import slug_of
from gitreg.drafts import Draft, DraftStart, Heartbeat, Tag, process_mark
from gitreg.errors import AnswerIsNoError, GitregError, NotFoundError, UsageError
from gitreg.workflows.recording.log_candidate import CODE_PATCH, error_words
from gitreg.workflows.registry import Registry, author_at
from gitreg.workflows.running.capture import (
    CapturedCode,
    Surroundings,
    capture_code,
    capture_data,
    capture_pipeline,
    licensed,
    surroundings_of,
)
from gitreg.workflows.running.collect_outputs import Outputs, Problem, collect_outputs
from gitreg.workflows.running.finish_draft import drafts_folder, finish_draft
from gitreg.workflows.running.run_child import Ending, run_child

PLUGIN, MLFLOW = "gitreg-ml", frozenset({"mlflow", "mlflow-skinny"})
"""Names of packages."""
EXIT_CODE = "exit_code"
"""The tag that keeps the exit code of a command that did not end well."""


@dataclass(frozen=True)
class RunOptions:
    """A command, and what to record of it.

    Args:
        experiment: name of the experiment.
        command: the words of the command.
        folder: where it runs; paths are counted from here.
        name: of the candidate; made from its params when None.
        data: `path`, `name=path` or URL of each data source.
        artifacts: files and folders that are taken when the command has ended.
        params: JSON or YAML files with params, read when it has ended.
        metrics: JSON or YAML files with metrics that it writes.
        tags: text by key.
        with_patch: whether uncommitted changes are stored with the candidate.
        licences: of data sources, by name.
    """

    experiment: str
    command: Sequence[str]
    folder: Path
    name: str | None = None
    data: Sequence[str] = ()
    artifacts: Sequence[str] = ()
    params: Sequence[str] = ()
    metrics: Sequence[str] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    with_patch: bool = True
    licences: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Ran:
    """What came of a run.

    Args:
        candidate: as it was recorded.
        exit_code: of the command.
        problems: what could not be recorded as asked; a caller shows them.
    """

    candidate: Candidate
    exit_code: int
    problems: tuple[Problem, ...] = ()

    @property
    def error(self) -> NotFoundError | None:
        """What to end with when the command ended well, and something that was promised is not there."""
        missing = [problem.text for problem in self.problems if problem.missing]
        if self.exit_code or not missing:
            return None
        return NotFoundError(f"{self.candidate} was kept, but {'; '.join(missing)}")


def run_command(
    registry: Registry,
    options: RunOptions,
    *,
    candidate_id: str,
    now: Callable[[], datetime],
    progress: Progress = SILENT,
) -> Ran:
    """Runs a command as a candidate.

    Args:
        registry: where the candidate is recorded; its `environ` is the command's, with a few variables more.
        options: the command, and what to record.
        candidate_id: 32 random hex digits.
        now: tells the time.
        progress: what is shown while artifacts are stored.

    Raises:
        AnswerIsNoError: if the uncommitted changes hold what looks like a secret; the command was not started.
        NotFoundError: if the command cannot be started (exit code 127); no candidate is kept. Or data is not there.
        UsageError: for what cannot be recorded; the command was not started.
        CredentialsError: if Git knows no name and e-mail; the command was not started.
    """
    if not options.command:
        raise UsageError("there is no command to run", hint="gitreg run -e EXPERIMENT -- python train.py")
    author_at(registry, now())  # whoever has no name yet learns it now, not after hours of training
    code = capture_code(options.folder, registry.environ, options.command)
    if options.with_patch:
        refuse_secrets(code)
    around = surroundings_of(options.command, options.folder, registry.environ)
    draft = _start(registry, options, code, around, _Beginning(candidate_id, now()))
    outputs = Outputs.expected(
        options.folder, params=options.params, metrics=options.metrics, artifacts=options.artifacts
    )
    registry.close()  # its Git processes would stand idle for as long as the training takes
    with Heartbeat(draft.folder):
        try:
            ending = run_child(
                options.command,
                options.folder,
                {
                    **mlflow_variables(registry, around, draft),
                    **registry.environ,
                    **variables_of(registry, draft),
                },
            )
        except NotFoundError:
            draft.remove()
            raise
        problems = [*_left_out(code), *collect_outputs(draft, outputs)]
        candidate = _finish(registry, draft, ending, now(), progress)
    return Ran(candidate, ending.code, tuple(problems))


def refuse_secrets(code: CapturedCode) -> None:
    """Refuses uncommitted changes that hold what looks like a secret, as everybody who reads artifacts would have it.

    Raises:
        AnswerIsNoError: naming each place, never the secret.
    """
    if code.secrets:
        shown = "; ".join(str(secret) for secret in code.secrets[:5])
        more = f" (and {len(code.secrets) - 5} more)" if len(code.secrets) > 5 else ""
        raise AnswerIsNoError(
            f"the uncommitted changes would be stored with the candidate, and {shown}{more}",
            hint="move it into an ignored file, or leave the patch out: --no-patch (in Python: patch=False)",
        )


def variables_of(registry: Registry, draft: Draft) -> dict[str, str]:
    """The environment variables by which another process adds to a running candidate."""
    root = str(registry.repository.work_tree or registry.repository.git_dir)
    return {
        "GITREG_CANDIDATE": draft.id,
        "GITREG_DRAFT": str(draft.folder),
        "GITREG_REGISTRY": root,
    }


def mlflow_variables(registry: Registry, around: Surroundings, draft: Draft) -> dict[str, str]:
    """What lets MLflow's client of the command log here: where its Python has the client and gitreg's plugin for it.

    A client without the plugin would fail at its first call (docs/adr/0008-run-speaks-for-mlflow.md).
    """
    if not (PLUGIN in around.packages and around.packages & MLFLOW):
        return {}
    root = registry.repository.work_tree or registry.repository.git_dir
    if "MLFLOW_TRACKING_URI" in registry.environ:
        return {}
    named = {"MLFLOW_EXPERIMENT_ID", "MLFLOW_EXPERIMENT_NAME"} & registry.environ.keys()
    # for a script that names no experiment; one that does has its own way
    experiment = {} if named else {"MLFLOW_EXPERIMENT_ID": experiment_number(slug_of(draft.start.experiment))}
    return {"MLFLOW_TRACKING_URI": f"gitreg://{quote(root.as_posix())}", **experiment}


class _Beginning(NamedTuple):
    id: str
    time: datetime


def _start(
    registry: Registry, options: RunOptions, code: CapturedCode, around: Surroundings, beginning: _Beginning
) -> Draft:
    data = tuple(licensed([capture_data(word, options.folder) for word in options.data], options.licences))
    try:
        start = DraftStart(
            id=beginning.id,
            experiment=options.experiment,
            name=options.name,
            created=beginning.time,
            process=process_mark(os.getpid()),
            durability=registry.repository.hardening.level,
            code=code.code,
            data=data,
            environment=around.environment,
            ci=capture_pipeline(registry.environ),
        )
    except ValueError as error:
        raise UsageError(f"this candidate cannot be recorded: {error_words(error)}") from error
    contents = {CODE_PATCH: code.patch} if code.patch and options.with_patch else {}
    draft = Draft.create(drafts_folder(registry), start, contents)
    try:
        draft.append([Tag(key, value) for key, value in options.tags.items()])
    except UsageError:
        draft.remove()
        raise
    return draft


def _left_out(code: CapturedCode) -> Iterator[Problem]:
    if code.left_out:
        shown = ", ".join(code.left_out[:5]) + (", ..." if len(code.left_out) > 5 else "")
        text = f"untracked files are not in the code's patch, as they are binary, large or no regular files: {shown}"
        yield Problem(text, missing=False)


def _finish(registry: Registry, draft: Draft, ending: Ending, now: datetime, progress: Progress) -> Candidate:
    status: Status = "killed" if ending.is_killed else "failed" if ending.code else "finished"
    try:
        if ending.code:
            draft.append([Tag(EXIT_CODE, str(ending.code))])
        return finish_draft(registry, draft, author_at(registry, now), status=status, progress=progress)
    except GitregError as error:
        error.hint = f"all is kept as a draft: when this is mended, gitreg recover {draft.id}"
        raise
