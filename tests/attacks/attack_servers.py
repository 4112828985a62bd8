"""Servers in an attacker's hands: the folder of an object store over HTTP and S3, and hosts that write down what they are told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TypeAlias

from proxy import LOOPBACK
from servers import S3, s3_client

Served: TypeAlias = Callable[[Path], tuple[str, Mapping[str, str]]]
"""Serves a folder; returns its URL, and the variables for reaching it."""
Answer: TypeAlias = Callable[[BaseHTTPRequestHandler], None]


class _Handler(BaseHTTPRequestHandler):
    """Answers as it is told, and keeps the headers of every request."""

    protocol_version = "HTTP/1.1"

    def __init__(self, answer: Answer, heard: list[dict[str, str]], *args: object) -> None:
        self.answer, self.heard = answer, heard
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self.heard.append({name.lower(): value for name, value in self.headers.items()})
        self.answer(self)

    do_HEAD = do_POST = do_PUT = do_GET  # noqa: N815 - http.server names them so

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that goes away is what the tests are about."""


@contextmanager
def host(answer: Answer) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """An HTTP host; yields its URL and the headers that it has heard."""
    heard: list[dict[str, str]] = []
    server = _Server((LOOPBACK, 0), partial(_Handler, answer, heard))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_port}", heard
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def files_of(folder: Path) -> Answer:
    """Answers with the files of a folder, as a static host does."""

    def answer(asked: BaseHTTPRequestHandler) -> None:
        path = folder / asked.path.lstrip("/")
        reply(asked, 200, path.read_bytes()) if path.is_file() else reply(asked, 404)

    return answer


def reply(asked: BaseHTTPRequestHandler, status: int, body: bytes = b"", **headers: str) -> None:
    """One whole answer."""
    asked.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        asked.send_header(name, value)
    asked.end_headers()
    if asked.command != "HEAD":
        asked.wfile.write(body)


@contextmanager
def served_by_http() -> Iterator[Served]:
    """A way to serve folders, until the block ends."""
    with ExitStack() as stack:

        def serve(folder: Path) -> tuple[str, Mapping[str, str]]:
            url, _ = stack.enter_context(host(files_of(folder)))
            return url, {}

        yield serve


def served_by_s3(server: S3, prefix: str) -> Served:
    """A way to put folders into a bucket, below a prefix."""

    def serve(folder: Path) -> tuple[str, Mapping[str, str]]:
        client = s3_client(server)
        bucket = server.bucket.removeprefix("s3://")
        for path in folder.rglob("*"):
            if path.is_file():
                key = f"{prefix}/{path.relative_to(folder)}"
                client.put_object(Bucket=bucket, Key=key, Body=path.read_bytes())
        return f"{server.bucket}/{prefix}", server.environment

    return serve
