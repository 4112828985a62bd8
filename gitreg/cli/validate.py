"""`gitreg validate`: are the records what they should be?"""

from __future__ import annotations

from collections.abc import Sequence

import click

from gitreg.cli.call import Call
from gitreg.cli.saying import say
from gitreg.cli.session import reading
from gitreg.errors import NotFoundError, RecordError
from gitreg.render.findings import FORMS
from gitreg.workflows.validate import Validation, validate_paths, validate_registry, validate_since


@click.command(short_help="Check records for mistakes.")
@click.argument("paths", metavar="[PATH]...", nargs=-1)
@click.option(
    "--since", metavar="REV", help="Only records that are not as they were at this branch, tag or commit."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMS)),
    default="text",
    show_default=True,
    help="How findings are written.",
)
@click.pass_obj
def validate(call: Call, *, paths: Sequence[str], since: str | None, form: str) -> None:
    """Check records for mistakes: the work tree's and the candidate branch's, or those in PATH.

    Prints path:line:column, what is wrong and the rule's code; ends with 1 when there is a finding that is more than a
    warning. docs/checks.md explains the codes.
    """
    if paths and since is not None:
        raise click.UsageError(
            "--since looks at commits, PATH at files: give one of them", click.get_current_context()
        )
    found = _validation(call, paths, since)
    click.echo(FORMS[form](found.findings), nl=False)
    if any(one.severity == "error" for one in found.findings):
        say(f"{len(found.findings)} findings in {found.records} records")
        click.get_current_context().exit(1)
    if found.findings:
        say(f"{found.records} records are valid, with {len(found.findings)} warnings")
        return
    say(f"{found.records} records are valid" if found.records else "no records to check")


def _validation(call: Call, paths: Sequence[str], since: str | None) -> Validation:
    try:
        with reading(call) as act:
            if paths:
                return validate_paths(act.registry, call.folder, paths, call.environ)
            return (
                validate_since(act.registry, since) if since is not None else validate_registry(act.registry)
            )
    except (NotFoundError, RecordError):
        if not paths:
            raise
        return validate_paths(None, call.folder, paths, call.environ)
