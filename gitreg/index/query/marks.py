"""The text that says where the next page begins.

It holds what the last candidate of a page was ordered by, so that the next page begins behind it whatever came or went
meanwhile, and a digest of what was asked, so that it serves no other query. It is no secret and nothing is trusted in it.
"""

from __future__ import annotations

import binascii
import json
import math
from typing import Any, NamedTuple

from gitreg.errors import UsageError
from gitreg.index.query.values import Query

VERSION = 1
CHARACTERS = 1 << 20
_SAFE = str.maketrans("+/", "-_")  # RFC 4648, section 5
_UNSAFE = str.maketrans("-_", "+/")
_INTEGERS = 1 << 63
_YEAR_9999 = 253_370_764_800_000_000
Value = str | int | float | None


class Mark(NamedTuple):
    """Where a page ended.

    Args:
        now: the moment of the first page, in microseconds: a filter that says `7d ago` means one moment on all pages.
        keys: what the last candidate was ordered by, key by key: its class (0 a value, 1 NaN, 2 nothing), and the value.
        created: when it was created.
        id: its id.
        experiment: its experiment's slug.
    """

    now: int
    keys: tuple[tuple[int, Value], ...]
    created: int
    id: str
    experiment: str


def token_of(mark: Mark, query: Query) -> str:
    """The text that is given out."""
    place = [mark.now, [list(key) for key in mark.keys], mark.created, mark.id, mark.experiment]
    words = json.dumps([VERSION, _digest(query), place], separators=(",", ":"))
    return binascii.b2a_base64(words.encode(), newline=False).decode().rstrip("=").translate(_SAFE)


def mark_of(token: str, query: Query, keys: int) -> Mark:
    """Where a page begins, in an order of so many keys.

    Raises:
        UsageError: if the token is no token, or one of another query.
    """
    version, digest, place = _read(token)
    if version != VERSION or digest != _digest(query):
        raise UsageError(
            "this page token belongs to another query: filter, order and experiments must be the same",
            hint="Ask for the first page again, without a token.",
        )
    mark = _mark(place)
    if mark is None or len(mark.keys) != keys:
        raise _broken()
    return mark


def _digest(query: Query) -> int:
    """Of what a page depends on, its size aside; against mistakes, not against malice, so a checksum is enough."""
    asked = [query.filter, query.order, query.experiments, query.deleted, query.drafts]
    return binascii.crc32(json.dumps(asked).encode())


def _read(token: str) -> tuple[Any, Any, Any]:
    if len(token) > CHARACTERS or not token.isascii():
        raise _broken()
    try:
        words = binascii.a2b_base64(token.translate(_UNSAFE) + "=" * (-len(token) % 4), strict_mode=True)
        version, digest, place = json.loads(words.decode())
    except (binascii.Error, ValueError, TypeError, RecursionError):
        raise _broken() from None
    return version, digest, place


def _mark(place: object) -> Mark | None:
    match place:
        case [int(now), [*keys], int(created), str(id_), str(experiment)] if (
            _fits(now, created) and 0 <= now < _YEAR_9999
        ):
            pairs = tuple((key[0], key[1]) for key in keys if isinstance(key, list) and _is_key(key))
            texts = (id_, experiment, *(value for _, value in pairs if isinstance(value, str)))
            whole = len(pairs) == len(keys) and all(_is_text(one) for one in texts)
            return Mark(now, pairs, created, id_, experiment) if whole else None
    return None


def _is_key(key: list[Any]) -> bool:
    match key:
        case [0, str()]:
            return True
        case [0, int(value)]:
            return _fits(value)
        case [0, float(value)]:
            return not math.isnan(value)
        case [1 | 2, None]:
            return True
    return False


def _fits(*numbers: int) -> bool:
    return all(-_INTEGERS <= number < _INTEGERS and not isinstance(number, bool) for number in numbers)


def _is_text(words: str) -> bool:
    """Lone surrogates are none."""
    return not any("\ud800" <= one <= "\udfff" for one in words)


def _broken() -> UsageError:
    return UsageError("this is no page token", hint="Ask for the first page again, without a token.")
