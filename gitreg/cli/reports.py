"""`--report FORMAT=FILE`: what a command found, beside what it prints, in files for CI. A file is there whole, or as it was."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click

from gitreg.cli.call import PATH
from gitreg.errors import MachineError, UsageError

F = TypeVar("F", bound=Callable[..., Any])


class ReportFile(NamedTuple):
    """A report that was asked for."""

    form: str
    file: Path


class _Report(click.ParamType[ReportFile]):
    """`FORMAT=FILE`."""

    name = "report"

    def __init__(self, forms: Sequence[str]) -> None:
        self.forms = forms

    def convert(
        self, value: str | ReportFile, param: click.Parameter | None, ctx: click.Context | None
    ) -> ReportFile:
        if isinstance(value, ReportFile):
            return value
        form, _, file = value.partition("=")
        if form not in self.forms or not file:
            self.fail(
                f"{value[:200]!a}: expected FORMAT=FILE, FORMAT one of {', '.join(self.forms)}", param, ctx
            )
        return ReportFile(form, PATH.convert(file, param, ctx))


def report_option(forms: Sequence[str]) -> Callable[[F], F]:
    """`--report`, as often as wanted; the command gets `reports`."""
    return click.option(
        "--report",
        "reports",
        multiple=True,
        type=_Report(forms),
        metavar="FORMAT=FILE",
        help=f"Write a file, too ({', '.join(forms)}); may be given several times.",
    )


def write_reports(reports: Sequence[ReportFile], texts: Mapping[str, Callable[[], str]]) -> None:
    """Writes what was asked for.

    Args:
        reports: the files.
        texts: what makes each format's text.

    Raises:
        UsageError: if there is no such folder, or a folder is there.
        MachineError: if the machine does not let us.
    """
    for form, file in reports:
        content = texts[form]().encode("utf-8", "backslashreplace")
        try:
            _write(file, content)
        except OSError as error:
            what = f"the report {file} cannot be written"
            raise MachineError.of(error, what) or UsageError(f"{what}: {error.strerror}") from error


def _write(file: Path, content: bytes) -> None:
    if file.exists() and not file.is_file():
        file.write_bytes(content)  # a pipe or a device is written to, and not replaced; a folder refuses
        return
    half = file.with_name(f".{file.name[:100]}.{os.getpid()}")
    try:
        half.write_bytes(content)
        half.replace(file)
    finally:
        with suppress(OSError):
            half.unlink()
