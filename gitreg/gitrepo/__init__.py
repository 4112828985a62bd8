"""The one door to Git: objects, refs, work trees, remotes. Knows bytes, paths and commits, nothing of models."""

from gitreg.gitrepo.bulk import Bulk
from gitreg.gitrepo.code import CodeState
from gitreg.gitrepo.commits import Commit, Identity
from gitreg.gitrepo.merging import MergeFile
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
from gitreg.gitrepo.refs import Ref, RefUpdate
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
    "Entry",
    "GitObject",
    "Identity",
    "Layout",
    "MergeFile",
    "ObjectId",
    "PushUpdate",
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
