"""The one door to Git: a repository as the rest of gitreg sees it.

Knows bytes, paths, commits and refs, nothing of models. Each question is answered in the module that is named after
it (objects, trees, commits, history, refs, worktrees, remotes, config, code); here is only the list of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Self

from gitreg.errors import GitregError
from gitreg.gitrepo.abandoned import remove_abandoned
from gitreg.gitrepo.bulk import Bulk
from gitreg.gitrepo.code import CodeState, code_state
from gitreg.gitrepo.commits import Commit, Commits
from gitreg.gitrepo.credentials import Credential, credential
from gitreg.gitrepo.editors import editors
from gitreg.gitrepo.hardening import Hardening, hardening_of
from gitreg.gitrepo.heads import unmerged, unmerged_heads
from gitreg.gitrepo.health import Health
from gitreg.gitrepo.history import History, Status
from gitreg.gitrepo.identity import Identity, identity_of
from gitreg.gitrepo.lines import merge_lines
from gitreg.gitrepo.maintenance import tidy
from gitreg.gitrepo.merging import MergeFile, Merging
from gitreg.gitrepo.moving import Refs, RefUpdate
from gitreg.gitrepo.names import ObjectId, check_id, check_revision
from gitreg.gitrepo.objects import LIMIT, MIB, GitObject, Objects
from gitreg.gitrepo.opening import make_repository
from gitreg.gitrepo.process import Layout
from gitreg.gitrepo.reading import Reading
from gitreg.gitrepo.relay import make_relay
from gitreg.gitrepo.remotes import PushUpdate, Remotes
from gitreg.gitrepo.sealing import PrunedError, Sealing
from gitreg.gitrepo.staging import stage_files
from gitreg.gitrepo.trees import Content, Entry, Trees
from gitreg.gitrepo.worktrees import Worktrees


class Repository(Reading):
    """A Git repository. Use it in a `with` block, or close it: it keeps a few processes of Git.

    Args:
        layout: where it is; `open` finds out.
        environ: the caller's environment; Git sees a cleaned copy (environment.py).
    """

    def __init__(self, layout: Layout, environ: Mapping[str, str]) -> None:
        super().__init__(layout, environ)
        self._refs: Refs = Refs(self._git, lambda: self.hardening)
        self._objects = Objects(self._git, lambda: self.hardening.objects)
        self._trees = Trees(self._objects)
        self._commits = Commits(self._git, self._objects)
        self._history = History(self._git, self._commits, self._trees)
        self._merging = Merging(self._git, self._objects, self._trees, self._commits, self._history)
        self._sealing = Sealing(self._git, self._config, self._objects)
        self._has_grown = False
        self._worktrees = Worktrees(self._git, self._config)
        self._remotes = Remotes(self._git, self._objects, self._history)

    @classmethod
    def init(
        cls, path: Path, environ: Mapping[str, str], *, bare: bool = False, branch: str = "main"
    ) -> Self:
        """Make an empty repository, without templates, and open it."""
        make_repository(path, environ, bare=bare, branch=branch)
        return cls.open(path, environ)

    def relay(self, folder: Path, remote: str) -> Self:
        """Make a bare repository that has this one's objects, remote and configuration, and refs of its own.

        What it fetches stays out of this one; see relay.py.
        """
        environ = self._git.environ
        make_relay(folder, self._git, self._config, remote)
        return type(self).open(folder, environ)

    def close(self) -> None:
        """End the processes; the repository may be used again, which starts them again."""
        super().close()
        self._objects.close()
        self._refs.close()

    # Reading objects

    def find(self, name: str, *, limit: int = LIMIT) -> GitObject | None:
        """Return the object of a full ref name, `HEAD`, a full id, or a full id with `^{commit}` or `^{tree}`.

        Raises:
            RecordError: it has more than `limit` bytes, or Git finds it broken.
            UsageError: the name is none of these.
        """
        if check_revision(name) == "HEAD" or name.startswith("refs/"):
            id_ = self._refs.resolve(name)
            return self._objects.find(id_, limit=limit) if id_ else None
        return self._objects.find(name, limit=limit)

    def commit(self, id_: ObjectId) -> Commit:
        """Return a commit; NotFoundError or RecordError when there is none."""
        return self._commits.read(id_)

    def tree(self, id_: ObjectId) -> dict[str, Entry]:
        """Return the entries of a tree by name; RecordError on a name that is not UTF-8, `..`, `.git` or its like."""
        return self._trees.read(check_id(id_))

    def entry(self, tree: ObjectId, path: str) -> Entry | None:
        """Return what is at a path below a tree, or None."""
        return self._trees.entry(check_id(tree), path)

    def blob_at(self, commit: ObjectId, path: str, *, limit: int = MIB) -> bytes | None:
        """Return the content of a regular file of a commit, or None.

        Raises:
            RecordError: a link, a folder or a submodule is there, or the file is larger than `limit`.
        """
        return self.blob_below(self._commits.read(commit).tree, path, limit=limit)

    def blob_below(self, tree: ObjectId, path: str, *, limit: int = MIB) -> bytes | None:
        """Return the content of a regular file below a tree, or None; RecordError as `blob_at`."""
        return self._trees.blob(check_id(tree), path, limit=limit)

    def walk(self, tree: ObjectId, prefix: str = "") -> Iterator[tuple[str, Entry]]:
        """Yield path and entry of every file below a tree; `prefix` is put before the paths."""
        return self._trees.walk(check_id(tree), prefix)

    # Writing objects

    def bulk(self) -> Bulk:
        """Return a place for many blobs at once: a `with` block after which all of them are stored."""
        return Bulk(self._git, self._objects, self.hardening.options)

    def sweep(self) -> None:
        """Remove half-written objects and locks that dead processes left."""
        self._objects.sweep()
        self.remove_abandoned_locks()

    def remove_abandoned_locks(self) -> bool:
        """Remove locks that killed processes left, which takes 2 s where there are any; tell whether one is gone."""
        return remove_abandoned(self.health, self.common_dir)

    def write_blob(self, content: bytes) -> ObjectId:
        """Store a file's content."""
        return self._objects.write("blob", content)

    def edit_tree(self, base: ObjectId | None, changes: Mapping[str, Content | None]) -> ObjectId:
        """Store a tree like `base` with files written (bytes, or a blob's id) or (None) deleted.

        Folders without files vanish.

        Raises:
            AlreadyThereError: a file is where a folder is needed, or the other way round.
            UsageError: a path is not one.
        """
        return self._trees.edit(base, changes)

    def write_commit(
        self, tree: ObjectId, parents: Sequence[ObjectId], message: str, author: Identity, committer: Identity
    ) -> ObjectId:
        """Store a commit; nothing points at it yet."""
        return self._commits.write(tree, parents, message, author, committer)

    def write_tag(self, payload: bytes) -> ObjectId:
        """Store an annotated tag from its bytes; RecordError when Git finds its form wrong."""
        tag = self._commits.write_tag(payload)
        self._objects.written[tag] = None
        return tag

    # Refs and work trees

    def learnt(self, ref: str) -> float | None:
        """Return when a ref got its value here, as seconds since 1970; None where nothing tells."""
        return self._refs.learnt(ref)

    def update_refs(self, updates: Sequence[RefUpdate], message: str) -> None:
        """Move refs in one transaction; work trees that have them checked out follow.

        Raises:
            ConflictError: a ref moved, is locked, or uncommitted changes in a work tree are in the way. Nothing moved.
        """
        affected = self._worktrees.affected(updates)
        for checkout in affected:
            checkout.check()
        self._objects.settle()
        self._move(updates, message)
        for checkout in affected:
            checkout.follow()

    def _move(self, updates: Sequence[RefUpdate], message: str) -> None:
        self._has_grown = True
        moved = False
        try:
            with self._sealing.around():
                self._refs.update(updates, message)
                moved = True
        except PrunedError:
            if moved:
                self._refs.update([RefUpdate(one.ref, one.old, one.new) for one in updates], message)
            raise

    def head_branch(self) -> str | None:
        """Return the full name of the branch that is checked out, born or not; None when HEAD is detached."""
        return self._worktrees.head_branch()

    def symbolic_target(self, ref: str) -> str | None:
        """Return the ref that a symbolic ref, like `refs/remotes/origin/HEAD`, points to; None when it is none."""
        return self._refs.symbolic_target(ref)

    def stage(self, files: Mapping[str, bytes]) -> None:
        """Write files into the work tree and the index, and commit nothing.

        Raises:
            ConflictError: a file is there already, and differs.
        """
        stage_files(self._git, self._objects, files)

    def checkouts(self) -> dict[str, Path]:
        """Return for every branch that is checked out its work tree, linked ones included."""
        return self._worktrees.checkouts()

    # History

    def first_parents(self, tip: ObjectId) -> Iterator[ObjectId]:
        """Yield the tip, its first parent, that one's first parent, and so on."""
        return self._history.first_parents(tip)

    def is_first_parent_ancestor(self, commit: ObjectId, tip: ObjectId) -> bool:
        """Tell whether a commit is the tip or on its line of first parents."""
        return self._history.is_first_parent_ancestor(commit, tip)

    def is_ancestor(self, ancestor: ObjectId, descendant: ObjectId) -> bool:
        """Tell whether a commit is another one or reachable from it."""
        return self._history.is_ancestor(ancestor, descendant)

    def merge_base(self, ours: ObjectId, theirs: ObjectId) -> ObjectId | None:
        """Return a best common ancestor, or None."""
        return self._history.merge_base(ours, theirs)

    def unmerged(self, tips: Sequence[ObjectId], commits: Sequence[ObjectId]) -> list[ObjectId]:
        """Return those of some commits that no tip contains; one question to Git for any number of them."""
        return unmerged(self._git, tips, commits)

    def unmerged_heads(self, tips: Sequence[ObjectId], commits: Sequence[ObjectId]) -> list[ObjectId]:
        """Return those of some commits that neither a tip nor another one of them contains."""
        return unmerged_heads(self._git, tips, commits)

    def first_parent_line(self, tip: ObjectId) -> list[ObjectId]:
        """Return a commit, its first parent, and so on to the end: `first_parents` by one process, for who wants all."""
        return self._history.first_parent_line(tip)

    def history(self, tip: ObjectId, path: str, *, first_parent: bool) -> list[ObjectId]:
        """Return the commits that changed a path, newest first; merges are compared with their first parent."""
        return self._history.changes_of(tip, path, first_parent=first_parent)

    def merge_trees(self, commits: Sequence[ObjectId], merge_file: MergeFile | None = None) -> ObjectId:
        """Return the tree of a merge of commits, joined from left to right; none of them is written.

        Args:
            commits: one or more.
            merge_file: asked first where two sides changed one file: path, content in the base, ours, theirs.

        Raises:
            ConflictError: with the paths where that is not possible.
        """
        return self._merging.merge(commits, merge_file)

    def merge_most(
        self, commits: Sequence[ObjectId], merge_file: MergeFile | None = None
    ) -> tuple[ObjectId, list[ObjectId]]:
        """Return the tree, and the commits that are in it: one that conflicts with those before it is left out."""
        return self._merging.merge_most(commits, merge_file)

    def merge_lines(self, base: bytes, ours: bytes, theirs: bytes) -> tuple[bytes, bool]:
        """Return a text merged by lines, and whether that is all: otherwise marks of a conflict stand in it."""
        return merge_lines(self._git, base, ours, theirs)

    def changed_paths(self, old: ObjectId, new: ObjectId, prefix: str = "") -> list[tuple[Status, str]]:
        """Return status (A, M, D, T) and path of every file that differs between two commits or trees."""
        return self._history.changed_paths(old, new, prefix)

    def editors(self, old: ObjectId, new: ObjectId, prefix: str) -> dict[str, frozenset[str]]:
        """Return for each file below a folder that commits after `old` changed their authors' e-mail addresses."""
        return editors(self._git, self._commits, old, new, prefix)

    # Configuration

    def config(self, key: str) -> str | None:
        """Return a configuration value as Git sees it here, or None."""
        return self._config.get(key)

    def config_all(self, key: str) -> list[str]:
        """Return all values of a key that may be given many times."""
        return self._config.all(key)

    def set_config(self, key: str, value: str) -> None:
        """Write a value to this repository's own configuration file."""
        try:
            self._config.set(key, value)
        except GitregError:
            if not self.remove_abandoned_locks():
                raise
            self._config.set(key, value)

    @cached_property
    def hardening(self) -> Hardening:
        """What must be on the disk before a write is acknowledged; UsageError for a setting that is none."""
        return hardening_of(self._config.get)

    def identity(self, when: datetime) -> Identity:
        """Return the user as author; CredentialsError when Git does not know who that is."""
        return identity_of(self._config, when)

    def committer(self, when: datetime) -> Identity:
        """Return the user as committer; CredentialsError when Git does not know who that is."""
        return identity_of(self._config, when, "committer")

    # Remotes

    def remote_url(self, remote: str) -> str | None:
        """Return a remote's URL as configured (with its credentials, if any), or None."""
        return self._config.remote_url(remote)

    def push_url(self, remote: str) -> str | None:
        """Return where a push to a remote really goes (git-remote(1), `get-url --push`), or None."""
        return self._config.push_url(remote)

    def ls_remote(self, remote: str, patterns: Sequence[str]) -> dict[str, ObjectId]:
        """Return a remote's refs by full names or patterns such as `refs/tags/*`."""
        return self._remotes.refs(remote, patterns)

    def fetch(
        self,
        remote_or_path: str,
        refspecs: Sequence[str],
        *,
        prune: bool = False,
        fsck: bool = False,
        partial: str | None = None,
        depth: int | None = None,
    ) -> None:
        """Fetch exactly what the refspecs say; see `Remotes.fetch`."""
        self._has_grown = True
        self._remotes.fetch(remote_or_path, refspecs, prune=prune, fsck=fsck, partial=partial, depth=depth)

    def fetch_objects(self, remote: str, ids: Sequence[ObjectId], partial: str) -> None:
        """Fetch objects by their ids into a repository that a filter left without them; see `Remotes.fetch_objects`."""
        self._remotes.fetch_objects(remote, ids, partial)

    def push(
        self, remote: str, updates: Sequence[PushUpdate], options: Sequence[str] = ()
    ) -> tuple[str, ...]:
        """Move refs of a remote, all or none, never by plain force; return what it said to people, line by line.

        Raises:
            ConflictError: a ref there moved.
            CredentialsError: the remote refuses.
            RemoteError: it cannot be reached.
        """
        return self._remotes.push(remote, updates, options)

    def credential(self, url: str) -> Credential | None:
        """Return the account that Git's credential helper has for a URL, without asking anybody; see credentials.py."""
        return credential(self._git, self._config, url)

    def write_bundle(self, file: Path) -> None:
        """Write every ref, and all that they need, into one file (git-bundle(1)); bundles.py reads one."""
        self._git.run("bundle", "create", "--quiet", "--version=2", str(file), "--all")

    # Care

    @property
    def health(self) -> Health:
        """What may be wrong with it: see health.py."""
        return Health(self._git)

    def tidy(self) -> bool:
        """Let Git pack what has piled up, after an act: see maintenance.py. Does nothing where nothing was written."""
        grown, self._has_grown = self._has_grown, False
        return grown and tidy(self._git, self._config)

    def delete_remote_refs(self, remote: str, refs: Mapping[str, ObjectId]) -> set[str]:
        """Delete refs of a remote that still hold what they held; return the names of those that are gone."""
        return self._remotes.delete(remote, refs)

    # Code

    def code_state(self) -> CodeState | None:
        """Return what a candidate records of the code around it; None before the first commit."""
        return code_state(self._git, self._refs, self._config, self._worktrees)
