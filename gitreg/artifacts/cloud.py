"""A storage that is not a folder: DVC's file systems and object database do the work.

The one module that imports DVC. `dvc.fs.get_cloud_fs` chooses and configures the file system, `get_odb` knows DVC's layout on
it: the two calls behind `dvc push` itself (dvc/data_cloud.py), without its reading of the whole repository (ADR 3).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from dvc.config import ConfigError
from dvc.fs import RemoteMissingDepsError, get_cloud_fs
from dvc_data.hashfile.db import get_odb
from dvc_objects.fs.local import localfs
from fsspec import Callback  # type: ignore[import-untyped] # ships no types

from gitreg.artifacts.bounds import bound, with_bounds
from gitreg.artifacts.layout import ROOT, Stored, md5_of
from gitreg.artifacts.progress import Advance
from gitreg.errors import CredentialsError, GitregError, RemoteError, UsageError

HASH = "md5"
_MD5 = re.compile(r"[0-9a-f]{32}")
_BUGS = (AssertionError, AttributeError, IndexError, KeyError, NameError, TypeError)
"""What a mistake of ours looks like, and what a library says of an answer that it did not expect."""
_SHOWN = 300
"""Characters of what a server says that are told."""


class CloudObjects:
    """The objects below `<url>/files/md5`, wherever DVC reaches.

    Raises:
        UsageError: if DVC refuses the options, or lacks the package for this kind of storage.
    """

    def __init__(self, url: str, options: Mapping[str, str], shown: str) -> None:
        self._shown = shown
        bounded = with_bounds(url, options)
        try:
            kind, config, path = get_cloud_fs(None, url=url, **bounded)
            fs = kind(**config)
            bound(fs, config)
        except ConfigError as error:
            raise UsageError(f"DVC refuses the configuration of the storage {shown}: {error}") from error
        except (RemoteMissingDepsError, ImportError) as error:
            scheme = url.partition("://")[0]
            raise UsageError(
                f"the storage {shown} needs a package that is not installed: {error}",
                hint=f"pip install 'gitreg-ml[{scheme}]'",
            ) from error
        self._odb = get_odb(fs, fs.join(path, *ROOT), hash_name=HASH, **config)  # type: ignore[no-untyped-call]
        self._fs = fs

    def sizes(self, ids: Sequence[str]) -> dict[str, int | None]:
        """The objects among `ids` that are there, with their sizes."""
        return {each: stored.size for each, stored in self.look(ids).items()}

    def look(self, ids: Sequence[str]) -> dict[str, Stored]:
        """The objects among `ids` that are there; asked for one by one, many at a time."""
        with self._reaching():
            found = self._fs.info([self._odb.oid_to_path(each) for each in ids], return_exceptions=True)
            for answer in found:
                if isinstance(answer, Exception) and not _is_absence(answer):
                    raise answer
        return {
            each: Stored(answer.get("size"), _etag_md5(answer))
            for each, answer in zip(ids, found, strict=True)
            if isinstance(answer, dict)
        }

    def put(self, files: Mapping[str, Path], progress: Advance) -> set[str]:
        """Upload each file, many at a time, replacing what is there; one that fails does not stop the others."""
        faults: list[BaseException] = []
        # read once more than sent: the libraries read by themselves, and the second time it comes from memory
        refused = {each for each, path in files.items() if md5_of(path) != each[:32]}
        files = {each: path for each, path in files.items() if each not in refused}
        with self._reaching():
            self._odb.add(
                [str(path) for path in files.values()],
                localfs,
                list(files),
                check_exists=False,
                callback=_Told(progress),
                on_error=lambda _object_id, error: faults.append(error),
            )
            if faults:
                gone = isinstance(faults[0], FileNotFoundError) and not all(map(Path.exists, files.values()))
                if isinstance(faults[0], FileNotFoundError) and not gone:  # what S3 says of a bucket
                    raise _fault(faults[0], self._shown)
                raise faults[0]
        return refused

    def open_object(self, object_id: str) -> BinaryIO:
        """The object's bytes, as they come."""
        with self._reaching():
            return cast(
                "BinaryIO", _Reader(self._fs.open(self._odb.oid_to_path(object_id), "rb"), self._reaching)
            )

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except GitregError:
            raise
        except Exception as error:
            if isinstance(error, _BUGS) and _is_ours(error):
                raise
            # each storage library has exceptions of its own, and DVC passes all of them on
            if _is_absence(error):
                raise
            raise _fault(error, self._shown) from error


class _Reader:
    """A stream whose faults are ours."""

    def __init__(self, stream: Any, reaching: Any) -> None:  # noqa: ANN401 - fsspec ships no types
        self._stream = stream
        self._reaching = reaching

    def __enter__(self) -> _Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, count: int = -1) -> bytes:
        """The next bytes."""
        with self._reaching():
            return bytes(self._stream.read(count))

    def close(self) -> None:
        """Let the connection go."""
        self._stream.close()


class _Told(Callback):  # type: ignore[misc]
    """fsspec's way of telling progress, turned into ours."""

    def __init__(self, progress: Advance) -> None:
        super().__init__()
        self._progress = progress

    def branched(self, path_1: str, path_2: str, **_: object) -> _Told:  # noqa: ARG002 - fsspec's signature
        return _Bytes(self._progress)


class _Bytes(_Told):
    def relative_update(self, inc: int = 1) -> None:
        self._progress.advance(inc)


def _etag_md5(answer: Mapping[str, Any]) -> str | None:
    """The md5 of an object that S3 got in one part; encrypted ones may have another ETag of the same form.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
    """
    etag = str(answer.get("ETag", "")).strip('"')
    return etag if _MD5.fullmatch(etag) else None


def _is_absence(error: Exception) -> bool:
    """Whether the storage answered that there is no such object; fsspec says so of every HTTP fault as well."""
    if not isinstance(error, FileNotFoundError):
        return False
    cause = error.__cause__
    over_http = cause is not None and type(cause).__module__.startswith("aiohttp")
    unreached = over_http or (isinstance(cause, OSError) and not isinstance(cause, FileNotFoundError))
    return not unreached or getattr(cause, "status", None) in {404, 410}


def _is_ours(error: Exception) -> bool:
    """Whether it was raised in this package, and not by a library that a server's answer surprised."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is None or str(trace.tb_frame.f_globals.get("__name__", "")).startswith("gitreg.")


def _fault(error: Exception, shown: str) -> GitregError:
    if isinstance(error, FileNotFoundError) and isinstance(error.__cause__, Exception):
        error = error.__cause__
    status = getattr(error, "status", None)
    words = f"{type(error).__name__}: {error}".strip(": ")
    words = words if len(words) <= _SHOWN else f"{words[:_SHOWN]}..."
    if isinstance(error, PermissionError) or status in {401, 403} or "Credential" in type(error).__name__:
        return CredentialsError(
            f"the storage {shown} does not let us in ({words})", hint="Look at your own DVC configuration."
        )
    return RemoteError(
        f"the storage {shown} cannot be reached ({words})", hint="Try again; nothing was lost."
    )
