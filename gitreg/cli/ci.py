"""`gitreg ci`: a CI job's clone, made fit for the commands that follow."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from gitreg.cli.call import PATH, Call
from gitreg.cli.saying import say
from gitreg.errors import UsageError
from gitreg.workflows.ci.prepare import Prepared, prepare

KEY = "GITREG_SIGNING_KEY"
SINCE = "GITREG_SINCE"


@click.command(short_help="Make a CI job's clone fit for gitreg.")
@click.option(
    "--folder",
    metavar="DIR",
    type=PATH,
    help="A private folder that the job removes; a new one unless given.",
)
@click.option(
    "--history", is_flag=True, help="Bring the accepted branch's whole history, as signing needs it."
)
@click.pass_obj
def ci(call: Call, /, *, folder: Path | None, history: bool) -> None:
    """Make a CI job's clone fit: a shallow, detached one without branches, as GitLab's runner makes it.

    Brings the accepted branch and the commit that a change is counted from. Prints lines for the job's shell, which say who
    commits, how Git finds the job's token (GITREG_TOKEN, else CI_JOB_TOKEN), what signs (GITREG_SIGNING_KEY), and, as
    GITREG_SINCE, that commit: settings=$(gitreg ci), and in a line of its own eval "$settings". Nothing secret is printed or
    stays in the clone.
    """
    if not call.in_ci:
        raise UsageError(
            "this is no CI job (CI is not set), and your own clone needs nothing of this",
            hint="gitreg doctor",
        )
    given = call.environ.get(KEY)
    kept = folder if folder or not given else Path(tempfile.mkdtemp(prefix="gitreg-ci-"))
    made = prepare(call.registry, call.environ, history=history, key=given, folder=kept)
    for line in made.told:
        say(line)
    own = kept if given and folder is None else None
    for line in shell_lines(made, call.environ, own):
        click.echo(line)


def shell_lines(made: Prepared, environ: Mapping[str, str], own: Path | None) -> Sequence[str]:
    """What the job's shell is to read, every value quoted (POSIX, "Quoting").

    Args:
        made: what was prepared.
        environ: the environment as it was.
        own: a folder that is to vanish with the shell.
    """
    changed = [name for name in sorted(made.environ) if environ.get(name) != made.environ[name]]
    lines = [f"export {name}={shlex.quote(made.environ[name])}" for name in changed]
    lines.append(f"export {SINCE}={made.since}" if made.since else f"unset {SINCE}")
    if KEY in environ:
        lines.append(f"unset {KEY}")
    if own is not None:
        lines.append(f"trap {shlex.quote(f'rm -rf {shlex.quote(str(own))}')} EXIT")
    return lines
