"""`gitreg validate`: are the records what they should be?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import click

from gitreg.cli.call import Call
from gitreg.cli.reports import ReportFile, report_option, write_reports
from gitreg.cli.saying import say
from gitreg.cli.session import reading
from gitreg.errors import NotFoundError, RecordError
from gitreg.render.findings import FORMS
from gitreg.workflows.validating.validate import Validation, validate_paths, validate_registry, validate_since


@dataclass(frozen=True)
class _Wanted:
    """What is to be looked at."""

    paths: Sequence[str]
    since: str | None
    branch: str | None
    storage: bool | None

    @property
    def is_change(self) -> bool:
        """Whether it is what lies between two commits."""
        return self.since is not None or self.branch is not None


@click.command(short_help="Check records for mistakes.")
@click.argument("paths", metavar="[PATH]...", nargs=-1)
@click.option(
    "--since", metavar="REV", help="Only what HEAD changes since it parted from this branch, tag or commit."
)
@click.option(
    "--branch",
    metavar="NAME",
    help="The branch that is proposed; that of a proposal brings the rules of its kind. [default for --since: the accepted branch]",
)
@click.option(
    "--storage/--no-storage",
    default=None,
    help="Whether the storage is asked for the artifacts of new versions. [default: with --branch]",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMS)),
    default="text",
    show_default=True,
    help="How findings are written.",
)
@report_option(list(FORMS))
@click.pass_obj
def validate(  # noqa: PLR0913 - one parameter for each option
    call: Call,
    *,
    paths: Sequence[str],
    since: str | None,
    branch: str | None,
    storage: bool | None,
    form: str,
    reports: Sequence[ReportFile],
) -> None:
    """Check records for mistakes: the work tree's and the candidate branch's, or those in PATH, or what a change brings.

    Prints path:line:column, what is wrong and the rule's code; ends with 1 when there is a finding that is more than a
    warning. docs/checks.md explains the codes.
    """
    wanted = _Wanted(paths, since, branch, storage)
    if paths and wanted.is_change:
        raise click.UsageError(
            "--since and --branch look at commits, PATH at files: give one of them",
            click.get_current_context(),
        )
    if storage and not wanted.is_change:
        raise click.UsageError("--storage goes with --since or --branch", click.get_current_context())
    found = _validation(call, wanted)
    texts: dict[str, Callable[[], str]] = {name: partial(write, found) for name, write in FORMS.items()}
    write_reports(reports, texts)
    click.echo(texts[form](), nl=False)
    _conclude(found)


def _conclude(found: Validation) -> None:
    if any(one.severity == "error" for one in found.findings):
        say(f"{len(found.findings)} findings in {found.records} records")
        click.get_current_context().exit(1)
    if found.findings:
        say(f"{found.records} records are valid, with {len(found.findings)} warnings")
        return
    say(f"{found.records} records are valid" if found.records else "no records to check")


def _validation(call: Call, wanted: _Wanted) -> Validation:
    try:
        with reading(call) as act:
            if wanted.paths:
                return validate_paths(act.registry, call.folder, wanted.paths, call.environ)
            if not wanted.is_change:
                return validate_registry(act.registry)
            asks = wanted.branch is not None if wanted.storage is None else wanted.storage
            return validate_since(act.registry, wanted.since, wanted.branch, storage=asks)
    except (NotFoundError, RecordError):
        if not wanted.paths:
            raise
        return validate_paths(None, call.folder, wanted.paths, call.environ)
