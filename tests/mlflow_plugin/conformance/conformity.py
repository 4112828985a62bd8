"""What makes a function a case: it runs on MLflow's store and on gitreg's, must hold on both, and both must show the same."""

from __future__ import annotations

import dataclasses
import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from grounds import ORACLE_ONLY, Place
from known_differences import DIFFERENCES

SHARED, ALONE, SERVED, FURNISHED = "shared_places", "lone_places", "served_places", "furnished_places"


def case(function: Callable[..., Any]) -> Callable[..., None]:
    """A case that may share its stores with others: it makes experiments and models of its own."""
    return _test(function, SHARED)


def lone_case(function: Callable[..., Any]) -> Callable[..., None]:
    """A case about all that a store holds: its stores are fresh."""
    return _test(function, ALONE)


def served_case(function: Callable[..., Any]) -> Callable[..., None]:
    """A case about what is seen through MLflow's server."""
    return _test(function, SERVED)


def case_of(furnish: Callable[[Place], Any]) -> Callable[[Callable[..., Any]], Callable[..., None]]:
    """Makes a case that only reads stores in which nothing is but what `furnish` put there, once for all such cases."""

    def decorated(function: Callable[..., Any]) -> Callable[..., None]:
        return _test(function, FURNISHED, furnish)

    return decorated


def _test(
    function: Callable[..., Any], fixture: str, furnish: Callable[[Place], Any] | None = None
) -> Callable[..., None]:
    named = list(inspect.signature(function).parameters)[1:]

    def test(request: Any, **given: Any) -> None:
        places = given.pop(fixture)
        judge(request.node.nodeid, function, places(furnish) if furnish else places, given)

    test.pytestmark = list(getattr(function, "pytestmark", []))  # type: ignore[attr-defined]
    test.__name__, test.__doc__, test.__module__ = function.__name__, function.__doc__, function.__module__
    words = [inspect.Parameter(one, inspect.Parameter.KEYWORD_ONLY) for one in ("request", fixture, *named)]
    test.__signature__ = inspect.Signature(words)  # type: ignore[attr-defined]
    test.__wrapped__ = function  # type: ignore[attr-defined] # by which pytest tells where it stands
    return test


def judge(
    node: str, function: Callable[..., Any], places: tuple[Place, Place], given: Mapping[str, Any]
) -> None:
    """Runs a case on both, and compares; what is listed as a difference must be one."""
    oracle, gitreg = places
    told = seen_at(oracle, function, given)
    if ORACLE_ONLY:
        return
    reason = difference(node)
    if reason is None:
        seen = seen_at(gitreg, function, given)
        assert seen == told, f"{function.__name__}: gitreg's store shows another thing than MLflow's"
        return
    try:
        same = seen_at(gitreg, function, given) == told
    except (Exception, pytest.fail.Exception):  # noqa: BLE001 - whatever it is, it is no agreement
        same = False
    assert not same, f"both stores agree, so this is no difference any more: {reason}"


def difference(node: str) -> str | None:
    """Why a case is listed as different, if it is; a listed name without parameters means all of them."""
    name = node.rpartition("/")[2]
    return DIFFERENCES.get(name) or DIFFERENCES.get(name.partition("[")[0])


def seen_at(place: Place, function: Callable[..., Any], given: Mapping[str, Any]) -> Any:
    """What a case shows at one place, in words that are the same at both."""
    try:
        return plain(function(place, **given), place)
    except BaseException as error:
        error.add_note(f"at {place.kind}'s store")
        raise


def plain(value: Any, place: Place) -> Any:
    """A value without ids, NaN and sets: what can be compared."""
    if isinstance(value, str):
        return place.known.get(value, value)
    if isinstance(value, float) and math.isnan(value):
        return "nan"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return plain(vars(value), place)
    if isinstance(value, Mapping):
        return {plain(key, place): plain(one, place) for key, one in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((plain(one, place) for one in value), key=repr)
    if isinstance(value, list | tuple):
        return [plain(one, place) for one in value]
    return value
