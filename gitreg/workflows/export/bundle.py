"""Exporting a bundle: one file by which every release can be verified, and the registry audited, without a network.

It holds the accepted branch and the statements' tags as the verifier's own store has them after asking the remote, and the
candidate branch where that is asked for. It holds no artifact content: `pull --storage` brings that from elsewhere. Nor does
it hold an anchor: an anchor belongs to whoever verifies.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from gitreg.disk import sync_path
from gitreg.documents import places
from gitreg.errors import (
    ConflictError,
    MachineError,
    NotFoundError,
    RemoteError,
    UsageError,
    VerificationError,
)
from gitreg.gitrepo import ObjectId, Repository
from gitreg.workflows.registry import CANDIDATES, Registry
from gitreg.workflows.verification.own_store import ACCEPTED, KINDS, Opened, open_store
from gitreg.workflows.verification.result import VerifyOptions
from gitreg.workflows.verification.root import by_anchor, held_anchor


@dataclass(frozen=True)
class Exported:
    """A bundle that was made.

    Args:
        file: where it is.
        size: in bytes.
        accepted: the accepted branch's tip.
        statements: how many tags are in it.
        candidates: the candidate branch's tip, where that is in it.
    """

    file: Path
    size: int
    accepted: ObjectId
    statements: int
    candidates: ObjectId | None


def export_bundle(
    registry: Registry, model: str | None, file: Path, options: VerifyOptions, *, candidates: bool = False
) -> Exported:
    """Writes a bundle; a file that is there is replaced in one move.

    Args:
        registry: the registry.
        model: whose statements; of all models when None.
        file: where to.
        options: `offline`, `fresh` and `ci` count.
        candidates: the candidate branch, too, as this clone has it.

    Raises:
        NotFoundError: there is no such model, or no candidate branch.
        VerificationError: step `store`; what the registry has is broken or incomplete.
        RemoteError: the remote cannot be reached.
    """
    if not file.parent.is_dir():
        raise UsageError(f"there is no folder {file.parent} to write {file.name} into")
    meant = by_anchor(registry, held_anchor(registry, options).anchor)
    opened = open_store(meant, model, options)
    with opened.repository:
        if model is not None and not _knows(opened, model):
            raise NotFoundError(f"there is no model {model}", hint="gitreg model list")
        try:
            with tempfile.TemporaryDirectory(prefix=".gitreg-", dir=file.parent) as name:
                made = _written(meant, model, opened, Path(name), candidates=candidates)
                made.file.replace(file)
                return replace(made, file=file)
        except OSError as error:
            raise MachineError.of(error, f"{file} cannot be written") or UsageError(
                f"{file} cannot be written: {error.strerror}"
            ) from error


def _knows(opened: Opened, model: str) -> bool:
    return bool(opened.refs) or (opened.repository.blob_at(opened.tip, places.model_path(model)) is not None)


def _written(
    registry: Registry, model: str | None, opened: Opened, scratch: Path, *, candidates: bool
) -> Exported:
    branch = registry.settings.accepted_branch
    environ = opened.repository.environ
    with Repository.init(scratch / "export.git", environ, bare=True, branch=branch) as made:
        made.fetch(str(opened.repository.git_dir), _refspecs(model, branch))
        tip = _add_candidates(registry, made) if candidates else None
        file = scratch / "bundle"
        made.write_bundle(file)
        # of what is in the file: another process may have brought the own store up to date meanwhile
        accepted, statements = made.resolve(f"refs/heads/{branch}"), len(made.refs("refs/tags/"))
    sync_path(file)
    return Exported(file, file.stat().st_size, accepted or opened.tip, statements, tip)


def _refspecs(model: str | None, branch: str) -> list[str]:
    below = f"{model}/" if model else ""
    tags = [f"refs/tags/{kind}/{below}*" for kind in KINDS]
    return [f"+{ACCEPTED}:refs/heads/{branch}", *(f"+{pattern}:{pattern}" for pattern in tags)]


def _add_candidates(registry: Registry, made: Repository) -> ObjectId:
    tip = registry.candidates.commit
    if tip is None:
        raise NotFoundError("there is no candidate branch here", hint="gitreg fetch")
    if (registry.repository.common_dir / "shallow").exists():
        raise RemoteError(
            "this clone is shallow: it lacks the history of candidates", hint="git fetch --unshallow"
        )
    is_local = registry.repository.resolve(CANDIDATES) is not None
    source = CANDIDATES if is_local else f"refs/remotes/{registry.remote}/{places.CANDIDATES_BRANCH}"
    try:
        made.fetch(str(registry.repository.common_dir), [f"+{source}:{CANDIDATES}"], fsck=True)
    except (RemoteError, ConflictError) as error:
        raise VerificationError(error.message, step="store", hint="git fsck") from error
    return tip
