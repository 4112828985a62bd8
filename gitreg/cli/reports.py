"""`--report FORMAT=FILE`: what a command found, beside what it prints, in files for CI. A file is there whole, or as it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click

from gitreg.cli.call import PATH
from gitreg.workflows.write_file import write_file

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
        UsageError, MachineError: if one cannot be written.
    """
    for form, file in reports:
        content = texts[form]().encode("utf-8", "backslashreplace")
        write_file(file, content)
