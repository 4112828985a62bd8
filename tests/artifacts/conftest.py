"""Fixtures for content: a cache, a storage, a logged model, and a storage that speaks HTTP."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from gitreg.artifacts import Cache, Source, StoredFolder
from gitreg.artifacts.config import dvc_config
from gitreg.artifacts.storage import Storage

FILES = {"model.bin": b"weights" * 1000, "labels/de.txt": b"ja\nnein\n", "empty": b""}


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A folder as training leaves it."""
    folder = tmp_path / "trained"
    for name, data in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "repo/.dvc/cache/files/md5", tmp_path / "repo/.git/gitreg/unpushed/files/md5")


@pytest.fixture
def bucket(tmp_path: Path) -> Path:
    """The folder that the storage is."""
    return tmp_path / "bucket"


@pytest.fixture
def storage(bucket: Path, environ: dict[str, str]) -> Storage:
    return Storage.open(dvc_config(str(bucket), "store"), "store", environ=environ, allow_local=True)


@pytest.fixture
def logged(cache: Cache, model: Path) -> StoredFolder:
    """The model, added to the cache, not pushed."""
    return cache.add([Source(model, "")])


@pytest.fixture
def pushed(logged: StoredFolder, cache: Cache, storage: Storage) -> StoredFolder:
    """The model, in the storage, with an empty cache: what a deployer meets."""
    storage.push(cache, logged.ids)
    for object_id in logged.ids:
        for path in cache.places(object_id):
            path.unlink()
    return logged


@pytest.fixture
def stored_at(bucket: Path) -> Callable[[str], Path]:
    """Where the storage keeps an object, made writable for an attacker."""

    def place(object_id: str) -> Path:
        path = bucket / "files/md5" / object_id[:2] / object_id[2:]
        path.chmod(0o644)
        return path

    return place


@pytest.fixture
def dvc(environ: dict[str, str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs plain DVC in a folder."""

    def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "dvc", *words],
            cwd=folder,
            env=environ,
            check=True,
            capture_output=True,
            text=True,
        )

    return run


class _Bucket(BaseHTTPRequestHandler):
    """Files over HTTP, as a static host with uploads serves them."""

    def __init__(self, folder: Path, faults: dict[str, int], posted: list[str], *args: object) -> None:
        self.folder, self.faults, self.posted = folder, faults, posted
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        path = self.folder / self.path.lstrip("/")
        status = self.faults.get(self.command, 200 if path.is_file() else 404)
        data = path.read_bytes() if status == 200 else b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    do_HEAD = do_GET  # noqa: N815 - http.server names it so

    def do_POST(self) -> None:
        data = self._body()
        self.posted.append(self.path)
        status = self.faults.get("POST", 200)
        if status == 200:
            path = self.folder / self.path.lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _body(self) -> bytes:
        if "Content-Length" in self.headers:
            return self.rfile.read(int(self.headers["Content-Length"]))
        data = b""
        while size := int(self.rfile.readline(), 16):
            data += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return data

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def http_faults() -> dict[str, int]:
    """HTTP statuses to answer with, by method; empty: all is well."""
    return {}


@pytest.fixture
def http_posted() -> list[str]:
    """The paths that were uploaded to, in order."""
    return []


@pytest.fixture
def http_url(bucket: Path, http_faults: dict[str, int], http_posted: list[str]) -> Iterator[str]:
    """The bucket over HTTP."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Bucket, bucket, http_faults, http_posted))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def http_storage(http_url: str, environ: dict[str, str]) -> Storage:
    return Storage.open(dvc_config(http_url, "store"), "store", environ=environ)
