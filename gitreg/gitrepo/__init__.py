"""The one door to Git: objects, refs, work trees, remotes. Knows bytes, paths and commits, nothing of models.

Each name is loaded from its module when it is first asked for: a search needs a repository to read, and not what
writes into one (docs/adr/0005-lazy-names.md).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gitreg.gitrepo.bulk import Bulk
    from gitreg.gitrepo.code import CodeState
    from gitreg.gitrepo.commits import Commit
    from gitreg.gitrepo.credentials import Credential
    from gitreg.gitrepo.identity import Identity
    from gitreg.gitrepo.merging import MergeFile
    from gitreg.gitrepo.moving import RefUpdate
    from gitreg.gitrepo.names import (
        EMPTY_TREE,
        ZERO,
        ObjectId,
        check_id,
        check_path,
        check_ref,
        is_object_id,
        is_ref,
    )
    from gitreg.gitrepo.objects import GitObject
    from gitreg.gitrepo.process import Layout
    from gitreg.gitrepo.reading import Reading
    from gitreg.gitrepo.refs import Ref
    from gitreg.gitrepo.remotes import PushUpdate, UnableError, without_credentials
    from gitreg.gitrepo.repository import Repository
    from gitreg.gitrepo.trees import Content, Entry

__all__ = [
    "EMPTY_TREE",
    "ZERO",
    "Bulk",
    "CodeState",
    "Commit",
    "Content",
    "Credential",
    "Entry",
    "GitObject",
    "Identity",
    "Layout",
    "MergeFile",
    "ObjectId",
    "PushUpdate",
    "Reading",
    "Ref",
    "RefUpdate",
    "Repository",
    "UnableError",
    "check_id",
    "check_path",
    "check_ref",
    "is_object_id",
    "is_ref",
    "without_credentials",
]

_MODULES = {
    "bulk": ("Bulk",),
    "code": ("CodeState",),
    "commits": ("Commit",),
    "credentials": ("Credential",),
    "identity": ("Identity",),
    "merging": ("MergeFile",),
    "moving": ("RefUpdate",),
    "names": (
        "EMPTY_TREE",
        "ZERO",
        "ObjectId",
        "check_id",
        "check_path",
        "check_ref",
        "is_object_id",
        "is_ref",
    ),
    "objects": ("GitObject",),
    "process": ("Layout",),
    "reading": ("Reading",),
    "refs": ("Ref",),
    "remotes": ("PushUpdate", "UnableError", "without_credentials"),
    "repository": ("Repository",),
    "trees": ("Content", "Entry"),
}
_PLACES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the type of each name is in the imports for type checkers
    """The object called `name`, from its module (PEP 562)."""
    module = _PLACES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(importlib.import_module(f"{__name__}.{module}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
