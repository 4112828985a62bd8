"""Where an HTTP storage may send us on to: nowhere that the user's credentials must not go.

aiohttp takes the `Authorization` header off when another host is next, and then puts the session's own one on again; other
headers of the session it keeps. So whoever has such headers does not follow. A redirect to what is not HTTP is refused by
aiohttp itself. Imported where DVC is, which loads aiohttp anyway.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import ClientSession, TraceConfig, TraceRequestRedirectParams
from yarl import URL


class RedirectedError(OSError):
    """The storage sends us where we do not go."""


def watched(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of an aiohttp client, with a watch over redirects; and bytes come as they are stored.

    A kilobyte of gzip may stand for a megabyte, and objects are named by their own bytes: nothing is unpacked.
    """
    trace = TraceConfig()
    trace.on_request_redirect.append(_guard if {"auth", "headers"} & options.keys() else _downgrade)
    headers = {**options.get("headers", {}), "Accept-Encoding": "identity"}
    return {**options, "headers": headers, "auto_decompress": False, "trace_configs": [trace]}


async def _guard(session: ClientSession, context: object, told: TraceRequestRedirectParams) -> None:
    place = _next(told)
    if place.origin() != told.url.origin():
        raise RedirectedError(f"it redirects to {place.origin()}, where your credentials do not belong")
    await _downgrade(session, context, told)


async def _downgrade(_session: ClientSession, _context: object, told: TraceRequestRedirectParams) -> None:
    place = _next(told)
    if told.url.scheme == "https" and place.scheme == "http":
        raise RedirectedError(f"it redirects to {place.origin()}, where anybody on the way can read along")


def _next(told: TraceRequestRedirectParams) -> URL:
    """Where it leads; what is no HTTP at all stays for aiohttp to refuse."""
    words = told.response.headers.get("Location") or told.response.headers.get("URI") or ""
    try:
        place = told.url.join(URL(words))
    except ValueError:
        return told.url
    return place if place.scheme in {"http", "https"} and place.host else told.url
