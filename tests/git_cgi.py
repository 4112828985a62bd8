"""CGI for `git http-backend` (git-http-backend(1)), in a server of the standard library; bodies are streamed both ways."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler

CHUNK = 64 * 1024


def run_backend(handler: BaseHTTPRequestHandler, environ: Mapping[str, str]) -> None:
    """Answers a request by it; `environ` says what is asked, and where repositories are."""
    process = subprocess.Popen(
        ["git", "http-backend"],
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    feeding = threading.Thread(target=_feed, args=(handler, process), daemon=True)
    try:
        feeding.start()
        _answer(handler, process)
        feeding.join(5)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def body_of(handler: BaseHTTPRequestHandler) -> Iterator[bytes]:
    """A request's body, by its length or in chunks (RFC 9112, section 7.1)."""
    if handler.headers.get("Transfer-Encoding", "") == "chunked":
        while size := int(handler.rfile.readline().split(b";")[0] or b"0", 16):
            yield handler.rfile.read(size)
            handler.rfile.readline()
        handler.rfile.readline()
        return
    left = int(handler.headers.get("Content-Length") or "0")
    while left and (chunk := handler.rfile.read(min(left, CHUNK))):
        left -= len(chunk)
        yield chunk


def _feed(handler: BaseHTTPRequestHandler, process: subprocess.Popen[bytes]) -> None:
    with suppress(OSError, ValueError), closing(process.stdin):
        for chunk in body_of(handler):
            process.stdin.write(chunk)


def _answer(handler: BaseHTTPRequestHandler, process: subprocess.Popen[bytes]) -> None:
    status, headers = 200, []
    while line := process.stdout.readline().decode().strip():
        name, _, value = line.partition(": ")
        if name.lower() == "status":
            status = int(value.split()[0])
        else:
            headers.append((name, value))
    handler.send_response(status)
    for name, value in headers:
        handler.send_header(name, value)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    while chunk := process.stdout.read1(CHUNK):
        handler.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        handler.wfile.flush()
    handler.wfile.write(b"0\r\n\r\n")
    handler.wfile.flush()
    process.wait()
