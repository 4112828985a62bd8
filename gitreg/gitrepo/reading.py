"""A repository that is only read, for questions that are asked often: light to import, one process to open.

Knows bytes, paths and ids, nothing of models. What writes, and what answers the other questions, is in repository.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self

from gitreg.errors import RecordError
from gitreg.gitrepo.config import Config
from gitreg.gitrepo.conversation import Conversation, EndedError, Held
from gitreg.gitrepo.names import EMPTY_TREE, ObjectId, check_id, check_path
from gitreg.gitrepo.opening import find_layout
from gitreg.gitrepo.process import Git, Layout
from gitreg.gitrepo.refs import Ref, RefReader
from gitreg.gitrepo.streaming import stream

_FILES = (b"100644", b"100755")
_AHEAD = 256
"""Ids that are sent before their answers are read: twice as many lines fit into a pipe."""
_CHUNK = 1024 * 1024
_MANY = ("-c", "core.packedGitWindowSize=16m", "-c", "core.packedGitLimit=128m")
"""What Git may map of its packs (git-config(1)): of a million candidates it would be many hundreds of megabytes."""
_FEW = (
    *("-c", "core.packedGitWindowSize=1m", "-c", "core.packedGitLimit=16m"),
    *("-c", "core.deltaBaseCacheLimit=8m"),  # reading a whole folder takes six times as long with so little
)
"""The same where memory counts for more than time."""


class Reading:
    """A Git repository to read from. Use it in a `with` block, or close it: it keeps a process of Git.

    Args:
        layout: where it is; `open` finds out.
        environ: the caller's environment; Git sees a cleaned copy (environment.py).
    """

    def __init__(self, layout: Layout, environ: Mapping[str, str]) -> None:
        self.layout = layout
        self._git = Git(layout, dict(environ))
        self._config = Config(self._git)
        self._refs: RefReader = RefReader(self._git)
        self._bulk_reader = Held(self._git)

    @classmethod
    def open(cls, path: Path, environ: Mapping[str, str]) -> Self:
        """Open the repository around a folder.

        Raises:
            NotFoundError: the folder is in no repository.
            UsageError: Git does not trust it, or it is a SHA-256 one, in which DVC cannot work.
        """
        return cls(find_layout(path, environ), environ)

    def close(self) -> None:
        """End the processes; the repository may be used again, which starts them again."""
        self._bulk_reader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def git_dir(self) -> Path:
        """The Git directory; of a linked work tree its own."""
        return self.layout.git_dir

    @property
    def common_dir(self) -> Path:
        """The Git directory that linked work trees share."""
        return self.layout.common_dir

    @property
    def work_tree(self) -> Path | None:
        """The folder of the files; None in a bare repository."""
        return self.layout.work_tree

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment that it was opened with."""
        return self._git.environ

    def resolve(self, ref: str) -> ObjectId | None:
        """Return what a full ref name or `HEAD` points at, not peeled, or None."""
        return self._refs.resolve(ref)

    def refs(self, prefix: str) -> list[Ref]:
        """Return the refs below a prefix such as `refs/tags/`."""
        return self._refs.list(prefix)

    def remotes(self) -> list[str]:
        """Return the names of the remotes."""
        return self._config.remotes()

    def is_commit(self, id_: ObjectId) -> bool:
        """Tell whether a commit is in this repository."""
        outcome = self._git.run("cat-file", "-e", f"{check_id(id_)}^{{commit}}", good=())
        return outcome.code == 0

    def changed_blobs(
        self, old: ObjectId | None, new: ObjectId, prefix: str
    ) -> Iterator[tuple[str, ObjectId | None]]:
        """Yield path and blob of every file that differs between two commits or trees, as Git tells them.

        Args:
            old: a commit or tree; None for nothing at all, so that every file is yielded.
            new: a commit or tree.
            prefix: only below this folder.

        Yields:
            The path, and the new content's id; None where no regular file is there any more.

        Raises:
            GitregError: one of the two is not in this repository.
        """
        flags = ("-r", "-z", "--raw", "--no-abbrev", "--no-renames", "--no-ext-diff", "--no-textconv")
        before = check_id(old) if old else EMPTY_TREE
        where = "/".join(check_path(prefix.removesuffix("/")))
        words = ("diff-tree", *flags, "--end-of-options", before, check_id(new), "--", where)
        parts = stream(self._git, *words)
        for head in parts:
            _, mode, _, id_, _ = head.split(b" ")
            blob = ObjectId(id_.decode()) if mode in _FILES else None
            yield next(parts).decode("utf-8", "surrogateescape"), blob

    def blobs(
        self, ids: Iterable[ObjectId], *, limit: int = _CHUNK, few: bool = False
    ) -> Iterator[tuple[ObjectId, bytes | None]]:
        """Yield many files' contents, in the order asked, while no more than a few are in memory.

        Args:
            ids: what to read.
            limit: bytes that one may have.
            few: whether no more than some thousand are asked for: Git then keeps less in memory.

        Yields:
            The id and the content; None where it is missing, no blob, or larger than the limit.

        Raises:
            RecordError: Git finds one of them broken.
        """
        is_done = False
        with self._bulk_reader.lock:
            reader = self._bulk_reader.get(*(_FEW if few else _MANY), "cat-file", "--batch")
            try:
                yield from _answers(reader, map(check_id, ids), limit)
                is_done = True
            except EndedError as error:
                raise RecordError(f"Git cannot read an object: {error}", hint="Run git fsck.") from error
            finally:
                if not is_done:
                    self._bulk_reader.close()  # what is left of the answers goes with the process


def _answers(
    reader: Conversation, wanted: Iterator[ObjectId], limit: int
) -> Iterator[tuple[ObjectId, bytes | None]]:
    asked = list(islice(wanted, _AHEAD))
    _ask(reader, asked)
    while asked:
        following = list(islice(wanted, _AHEAD))
        _ask(reader, following)
        for id_ in asked:
            yield id_, _content(reader, limit)
        asked = following


def _ask(reader: Conversation, ids: list[ObjectId]) -> None:
    if ids:
        reader.say("".join(f"{id_}\n" for id_ in ids).encode())


def _content(reader: Conversation, limit: int) -> bytes | None:
    words = reader.read_line().split(b" ")
    if len(words) != 3:
        return None
    size = int(words[2])
    if words[1] != b"blob" or size > limit:
        left = size + 1
        while left:
            left -= len(reader.read(min(left, _CHUNK)))
        return None
    content = reader.read(size)
    reader.read(1)
    return content
