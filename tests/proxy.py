"""A proxy on the loopback that breaks connections where it is told to."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

CHUNK = 64 * 1024
LOOPBACK = "127.0.0.1"


@contextmanager
def tcp_proxy(target: str | tuple[str, int]) -> Iterator[Proxy]:
    """A proxy before `target`, which is an URL or a host and a port."""
    if isinstance(target, str):
        parts = urlsplit(target)
        target = (parts.hostname or LOOPBACK, parts.port or 80)
    proxy = Proxy(target)
    try:
        yield proxy
    finally:
        proxy.close()


class Proxy:
    """Passes bytes on until it is told to break; bytes of both directions and all connections count."""

    def __init__(self, target: tuple[str, int]) -> None:
        self.latency = 0.0
        """Seconds that every chunk waits before it is passed on."""
        self.connections = 0
        self.passed = 0
        """Bytes since the last order."""
        self._target = target
        self._limit: int | None = None
        self._order = ""
        self._open: set[socket.socket] = set()
        self._changed = threading.Condition()
        self._listener = socket.create_server((LOOPBACK, 0), backlog=256)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        """Where it listens, for HTTP."""
        return f"http://{LOOPBACK}:{self.port}"

    def cut_after(self, count: int, *, once: bool = False) -> None:
        """Reset all connections after `count` more bytes, and every new one too, unless `once`."""
        self._obey("once" if once else "cut", count)

    def stall_after(self, count: int) -> None:
        """Pass nothing on after `count` more bytes, but keep all connections: a half-open one, or a server that hangs."""
        self._obey("stall", count)

    def heal(self) -> None:
        """Pass everything on again."""
        self._obey("", None)

    def close(self) -> None:
        """End everything."""
        self._obey("cut", 0)
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _obey(self, order: str, limit: int | None) -> None:
        with self._changed:
            self._order, self._limit, self.passed = order, limit, 0
            if order == "cut" and limit == 0:
                self._reset()
            self._changed.notify_all()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        with self._changed:
            if self._order == "cut" and self.passed >= (self._limit or 0):
                _abort(client)
                return
        try:
            server = socket.create_connection(self._target, 10)
        except OSError:
            _abort(client)
            return
        server.settimeout(None)
        pair = {client, server}
        with self._changed:
            self._open |= pair
        for one in pair:
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        back = threading.Thread(target=self._pump, args=(server, client), daemon=True)
        back.start()
        self._pump(client, server)
        back.join()
        with self._changed:
            self._open -= pair
        for one in pair:
            one.close()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while chunk := source.recv(CHUNK):
                if self.latency:
                    time.sleep(self.latency)
                while chunk:
                    allowed = self._allowed(len(chunk), source)
                    sink.sendall(chunk[:allowed])
                    chunk = chunk[allowed:]
                    self._break()
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            _abort(source)
            _abort(sink)

    def _allowed(self, wanted: int, source: socket.socket) -> int:
        """How many bytes may pass now; waits while the connection is stalled."""
        with self._changed:
            while self._order == "stall" and self.passed >= (self._limit or 0):
                self._changed.wait()
                if source.fileno() < 0:
                    raise ConnectionAbortedError
            allowed = wanted if self._limit is None else min(wanted, max(self._limit - self.passed, 0))
            self.passed += allowed
            return allowed

    def _break(self) -> None:
        with self._changed:
            if self._order not in {"cut", "once"} or self.passed < (self._limit or 0):
                return
            if self._order == "once":
                self._order, self._limit = "", None
            self._reset()

    def _reset(self) -> None:
        for one in self._open:
            _abort(one)
        self._open = set()


def _abort(connection: socket.socket) -> None:
    """Close with a reset, as a connection ends that broke (socket(7), SO_LINGER of no seconds)."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.shutdown(socket.SHUT_RD)  # says nothing, and wakes whoever waits for it
    connection.close()
