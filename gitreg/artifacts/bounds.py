"""How long storages that DVC reaches over S3 and HTTP may be silent, and how often they are asked again.

The libraries' own bounds multiply: botocore's five tries times s3fs's five times sixty seconds are 25 minutes, and a
peer that takes no more bytes in the middle of an upload has none (docs/adr/0013). What the user's or the repository's
configuration says (`read_timeout`, `connect_timeout`) wins.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from functools import partial
from typing import Any

from gitreg.artifacts.redirects import watched

WAIT = 20
"""Seconds for a connection, and for the next bytes of an answer."""
TRIES = 3
_BOUNDED = ("s3://", "http://", "https://")


def with_bounds(url: str, options: Mapping[str, str]) -> dict[str, Any]:
    """DVC's options for a storage, with bounds where nobody set them."""
    if not url.startswith(_BOUNDED):
        return dict(options)
    return {"read_timeout": WAIT, "connect_timeout": WAIT, **options}


def bound(fs: Any, options: Mapping[str, Any]) -> None:  # noqa: ANN401 - DVC ships no types
    """Set what DVC has no options for: how often is tried, and how long sent bytes may wait to be taken.

    Args:
        fs: a file system of DVC that nobody has used yet.
        options: from `with_bounds`.
    """
    if fs.protocol == "s3":
        settings = fs.fs_args.setdefault("config_kwargs", {})
        # one library tries again, with the backoff that S3 asks for (botocore, "Retries"), not both
        settings.setdefault("retries", {"mode": "standard", "total_max_attempts": TRIES})
        settings.setdefault("connector_args", {"socket_factory": _sockets(options)})
        fs.fs.retries = 1
        for place in (fs.fs.session.get_component("event_emitter"), fs.fs.s3.meta.events):
            place.register_last("before-call.s3", _expect_nothing)
    elif fs.protocol in {"http", "https"}:
        fs.SESSION_RETRIES = TRIES
        fs.get_client = partial(_client, fs.get_client, _sockets(options))


def _expect_nothing(params: dict[str, Any], **_: object) -> None:
    """Send a body without asking first: aiohttp waits without a bound for the answer to `Expect: 100-continue`."""
    params["headers"].pop("Expect", None)


async def _client(make: Any, sockets: Any, **options: Any) -> Any:  # noqa: ANN401 - as above
    """DVC's HTTP client, whose connections are made by us; it has no parameter for that."""
    client = await make(**watched(options))
    client._client.connector._socket_factory = sockets  # noqa: SLF001
    return client


def _sockets(options: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a callable that aiohttp knows
    return partial(_socket, int(float(options["read_timeout"]) * 1000))


def _socket(patience: int, address: tuple[int, int, int, str, Any]) -> socket.socket:
    """A socket that gives up when its peer takes nothing for so many milliseconds (tcp(7), TCP_USER_TIMEOUT)."""
    family, kind, protocol, *_ = address
    made = socket.socket(family, kind, protocol)
    if hasattr(socket, "TCP_USER_TIMEOUT") and kind == socket.SOCK_STREAM:
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, patience)
    return made
