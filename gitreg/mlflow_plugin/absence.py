"""What MLflow's stores have and gitreg does not: made from tables, so that each name is there on purpose.

Pages that MLflow's UI and client ask for by themselves are empty; whatever is asked for by name, or to be written, is refused
with 501. Knows how to answer, not what is absent: the tables are beside the stores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from inspect import getattr_static, isfunction
from typing import Any, TypeVar

from mlflow.store.entities import PagedList

from gitreg.mlflow_plugin.faults import not_here

C = TypeVar("C", bound=type)
Answer = Callable[[], Any]
Method = Callable[..., Any]


@dataclass(frozen=True)
class Feature:
    """Something that MLflow has.

    Args:
        name: what it is called, in the plural, for messages.
        empty: methods that answer with an empty page: what lists or searches.
        refused: methods that are refused.
        answers: methods that answer with something else that means "nothing".
    """

    name: str
    empty: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    answers: tuple[tuple[str, Answer], ...] = ()


def empty_page() -> PagedList[Any]:
    """A page without entries; it is a list too, for the methods that have no pages."""
    return PagedList([], token=None)


def lacking(*features: Feature) -> Callable[[C], C]:
    """A class that has none of these: it gets every method that they name."""

    def fill(owner: C) -> C:
        for feature in features:
            for name, method in _methods(feature):
                method.__name__, method.__qualname__ = name, f"{owner.__name__}.{name}"
                setattr(owner, name, method)
        return owner

    return fill


def names_of(features: Iterable[Feature]) -> set[str]:
    """Every method that features name."""
    return {name for feature in features for name, _ in _methods(feature)}


def _methods(feature: Feature) -> Iterable[tuple[str, Method]]:
    yield from ((name, _answering(empty_page, feature)) for name in feature.empty)
    yield from ((name, _answering(answer, feature)) for name, answer in feature.answers)
    yield from ((name, _refusing(feature)) for name in feature.refused)


def _answering(answer: Answer, feature: Feature) -> Method:
    def nothing(_self: object, *_args: object, **_kwargs: object) -> Any:  # noqa: ANN401 - as MLflow's
        return answer()

    nothing.__doc__ = f"Nothing: gitreg has no {feature.name}."
    return nothing


def _refusing(feature: Feature) -> Method:
    def refused(_self: object, *_args: object, **_kwargs: object) -> Any:  # noqa: ANN401 - as MLflow's
        raise not_here(feature.name)

    refused.__doc__ = f"Refused: gitreg has no {feature.name}."
    return refused


class Absence:
    """Base of a store: what it inherits from an MLflow newer than this plugin is refused properly, too.

    MLflow's abstract stores raise a bare `NotImplementedError` for what a store lacks; a server answers that with 500, and
    the client asks again for minutes.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:  # noqa: ANN401 - whatever other bases take
        super().__init_subclass__(**kwargs)
        for name in dir(cls):
            found = getattr_static(cls, name)
            if isfunction(found) and found.__module__.startswith("mlflow.") and not name.startswith("__"):
                setattr(cls, name, _politely(found, name))


def _politely(method: Method, name: str) -> Method:
    """The same method; what it does not do is refused in words of MLflow's protocol.

    MLflow's abstract methods are abstract in name only: called, they would answer None.
    """
    is_abstract = getattr(method, "__isabstractmethod__", False)

    @wraps(method)
    def inherited(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as MLflow's
        if is_abstract:
            raise not_here(f"{name} of this MLflow")
        try:
            return method(*args, **kwargs)
        except NotImplementedError as error:
            raise not_here(f"{name} of this MLflow") from error

    return inherited


WEBHOOKS = Feature(
    "webhooks",
    empty=("list_webhooks", "list_webhooks_by_event"),
    refused=("create_webhook", "get_webhook", "update_webhook", "delete_webhook", "test_webhook"),
)


@lacking(WEBHOOKS)
class NoWebhooks(Absence):
    """Part of the model registry store: MLflow asks for webhooks at each event, and there are none."""
