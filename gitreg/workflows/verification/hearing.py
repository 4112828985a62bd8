"""What stands around every look at statements: steps 2 and 3 before them, step 14 after them, and what is told first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gitreg.workflows.registry import Registry
from gitreg.workflows.verification.anchor import anchor_path, fingerprints, write_anchor
from gitreg.workflows.verification.case import Case
from gitreg.workflows.verification.own_store import open_store
from gitreg.workflows.verification.result import Log, VerifyOptions
from gitreg.workflows.verification.root import by_anchor, check_not_put_back, check_root, held_anchor
from gitreg.workflows.verification.seen import add_seen, read_seen


@dataclass(frozen=True)
class Written:
    """What is remembered from now on."""

    detail: str


@contextmanager
def opened_case(
    registry: Registry, model: str | None, options: VerifyOptions, log: Log
) -> Iterator[tuple[Log, Case]]:
    """Steps 2 and 3: what all others rest on; the statements of a model, or of all when None."""
    _, held = log.run("root", held_anchor, registry, options)
    meant = by_anchor(registry, held.anchor)
    log, opened = log.run("store", open_store, meant, model, options)
    with opened.repository:
        log, trust = log.run("root", check_root, opened, meant, options, held.anchor)
        _, seen = log.run("memory", read_seen, _seen_file(registry), trust.root.registry)
        if not seen.root:
            log.run("root", check_not_put_back, opened, trust, registry.environ)
        yield (
            log,
            Case(
                repository=opened.repository,
                tip=opened.tip,
                refs=opened.refs,
                trust=trust,
                seen=seen,
                environ=registry.environ,
                retired=options.retired,
                in_ci=options.ci,
                storages=tuple(held.anchor.storage) if held.anchor else (),
                line=frozenset(opened.repository.first_parent_line(opened.tip)) if model is None else None,
            ),
        )


def remember(
    registry: Registry,
    case: Case,
    tags: Mapping[str, str],
    stages: Mapping[str, int],
    storage: str | None = None,
) -> Written:
    """Step 14: the anchor where it was the first use, and what was seen.

    Args:
        registry: the registry.
        case: what the steps rested on.
        tags: tag objects by full ref name.
        stages: the newest assignments' numbers by `model/stage`.
        storage: where bytes were proven, if that is to be remembered.

    Raises:
        VerificationError: step `state`; it cannot be written.
    """
    if case.trust.pinned is not None:
        write_anchor(registry.repository.common_dir, case.trust.pinned)
    root = case.trust.root.version
    seen = add_seen(
        _seen_file(registry), case.seen, lambda before: before.having(root, tags, stages, storage)
    )
    return Written(seen.detail)


def first_notes(registry: Registry, case: Case, options: VerifyOptions) -> tuple[str, ...]:
    """What a reader should know before anything else."""
    notes: tuple[str, ...] = ()
    if case.trust.pinned is not None:
        file = anchor_path(registry.repository.common_dir)
        keys = fingerprints(case.trust.pinned)
        notes += (
            f"First use: the root keys {keys} were pinned in {file}. Compare them with what their owners say.",
        )
    if options.offline and registry.remote is not None:
        notes += ("The remote was not asked: this is as new as the last fetch.",)
    return notes


def _seen_file(registry: Registry) -> Path:
    return registry.local_state / "seen.json"
