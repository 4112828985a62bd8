"""Starting a draft in the process that trains: code, environment and CI job are recorded, the rest will be logged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gitreg.drafts import Draft, DraftStart, process_mark
from gitreg.errors import UsageError
from gitreg.workflows.recording.log_candidate import CODE_PATCH, error_words
from gitreg.workflows.registry import Registry, author_at
from gitreg.workflows.running.capture import capture_code, capture_pipeline, own_environment
from gitreg.workflows.running.finish_draft import drafts_folder


@dataclass(frozen=True)
class StartOptions:
    """A training that starts.

    Args:
        experiment: name of the experiment.
        command: the words by which this process was started.
        folder: whose code it is.
        name: of the candidate; made from its params when None.
    """

    experiment: str
    command: Sequence[str]
    folder: Path
    name: str | None = None


@dataclass(frozen=True)
class StartedDraft:
    """A draft, and what could not be recorded of its beginning, in sentences."""

    draft: Draft
    problems: tuple[str, ...] = ()


def start_draft(
    registry: Registry, options: StartOptions, *, candidate_id: str, now: datetime, pid: int
) -> StartedDraft:
    """Opens a draft. Uncommitted changes that seem to hold a secret are left out, as a training should not end by them.

    Raises:
        UsageError: for a name that cannot be recorded.
        CredentialsError: if Git knows no name and e-mail: whoever has none learns it now, not after hours of training.
    """
    author_at(registry, now)
    code = capture_code(options.folder, registry.environ, options.command)
    problems = []
    if code.secrets:
        problems.append(f"the uncommitted changes are not stored with the candidate: {code.secrets[0]}")
    try:
        start = DraftStart(
            id=candidate_id,
            experiment=options.experiment,
            name=options.name,
            created=now,
            process=process_mark(pid),
            durability=registry.repository.hardening.level,
            code=code.code,
            environment=own_environment(),
            ci=capture_pipeline(registry.environ),
        )
    except ValueError as error:
        raise UsageError(f"this candidate cannot be recorded: {error_words(error)}") from error
    contents = {CODE_PATCH: code.patch} if code.patch and not code.secrets else {}
    return StartedDraft(Draft.create(drafts_folder(registry), start, contents), tuple(problems))
