"""Trust files that somebody edited by hand, as a draft of the next root."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from gitreg.checks import FolderFiles
from gitreg.checks.trust_files import PATHS
from gitreg.documents import places
from gitreg.documents.reader import read
from gitreg.domain.trust import Root
from gitreg.errors import NotFoundError
from gitreg.workflows.trust.draft import TrustDraft


def edited_draft(draft: TrustDraft, work_tree: Path | None) -> TrustDraft:
    """The draft as the files below a folder have it: all trust files, and of root.yaml keys, threshold and branch.

    Version and hashes in root.yaml need not be right: they are made.

    Args:
        draft: what is accepted.
        work_tree: the folder that holds `.gitreg/trust`.

    Raises:
        NotFoundError: there is none.
        RecordError: root.yaml is no root.
    """
    if work_tree is None or not (work_tree / places.ROOT).is_file():
        raise NotFoundError(
            f"there is no {places.ROOT} in the work tree", hint="check the accepted branch out, and edit it there"
        )  # fmt: skip
    files = FolderFiles(work_tree)
    root = read(files.content(places.ROOT) or b"", Root, places.ROOT)
    found = {name: files.content(path) for name, path in PATHS.items()}
    return replace(
        draft,
        files={name: content for name, content in found.items() if content is not None},
        keys=dict(root.keys),
        threshold=root.threshold,
        accepted_branch=root.accepted_branch,
    )
