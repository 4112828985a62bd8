"""Words of arguments, as values: `key=value`, `key=value@step`, `MODEL@VERSION`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from gitreg.domain.curves import MetricPoint
from gitreg.domain.reference import VersionReference
from gitreg.domain.version import VersionNumber
from gitreg.workflows.searching.find import parsed

F = TypeVar("F", bound=Callable[..., Any])


class Pair(click.ParamType[tuple[str, str]]):
    """`key=value`; the value may hold further `=`, and may be empty."""

    name = "key=value"

    def convert(
        self, value: str | tuple[str, str], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Both words."""
        if isinstance(value, tuple):
            return value
        key, sign, text = value.partition("=")
        if not sign or not key:
            self.fail(f"{value!a} is not KEY=VALUE", param, ctx)
        return key, text


class Metric(click.ParamType[MetricPoint]):
    """`key=value` or `key=value@step`."""

    name = "key=value[@step]"

    def convert(
        self, value: str | MetricPoint, param: click.Parameter | None, ctx: click.Context | None
    ) -> MetricPoint:
        """The point."""
        if isinstance(value, MetricPoint):
            return value
        key, sign, text = value.partition("=")
        number, at, step = text.partition("@")
        if not sign or not key:
            self.fail(f"{value!a} is not KEY=VALUE or KEY=VALUE@STEP", param, ctx)
        try:
            return MetricPoint(key, float(number), int(step) if at else None)
        except ValueError:
            return self.fail(f"{value!a}: a metric is a number, and a step is a whole one", param, ctx)


class Version(click.ParamType[VersionNumber]):
    """A semantic version."""

    name = "version"

    def convert(
        self, value: str | VersionNumber, param: click.Parameter | None, ctx: click.Context | None
    ) -> VersionNumber:
        """The number."""
        if isinstance(value, VersionNumber):
            return value
        try:
            return VersionNumber.parse(value)
        except ValueError as error:
            return self.fail(str(error), param, ctx)


PAIR, METRIC, VERSION = Pair(), Metric(), Version()


def once(pairs: Sequence[tuple[str, str]], option: str) -> dict[str, str]:
    """Pairs as a mapping; the same key twice with two values is a slip of the hand."""
    found: dict[str, str] = {}
    for key, value in pairs:
        if found.setdefault(key, value) != value:
            raise click.UsageError(f"{option} {key} is given twice, as {found[key]!a} and {value!a}")
    return found


def model_version(text: str) -> tuple[str, VersionNumber]:
    """The model and version that `MODEL@VERSION` names; a stage or `latest` will not do where something is decided."""
    found = parsed(text)
    if not isinstance(found, VersionReference) or not isinstance(found.version, VersionNumber):
        raise click.UsageError(f"{text!a} names no version: write MODEL@VERSION, like churn@1.2.0")
    return found.model, found.version


def dry_run_option(command: F) -> F:
    """`--dry-run`, which every command that writes has."""
    words = "Say what would be done, and do nothing."
    return click.option("--dry-run", is_flag=True, help=words)(command)


def offline_option(command: F) -> F:
    """`--offline`, for what would ask the remote first."""
    return click.option("--offline", is_flag=True, help="Do not ask the remote, and send nothing to it.")(
        command
    )


def text_or_stdin(text: str) -> str:
    """The text itself, or what stdin holds when it is `-`."""
    if text != "-":
        return text
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise click.UsageError("stdin is not UTF-8 text") from error
