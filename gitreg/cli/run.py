"""`gitreg run`: a training command as a candidate."""

from __future__ import annotations

from collections.abc import Sequence

import click

from gitreg.cli.call import Call
from gitreg.cli.clock import now
from gitreg.cli.completing import EXPERIMENTS
from gitreg.cli.saying import say
from gitreg.cli.session import new_id, reading
from gitreg.cli.words import PAIR, dry_run_option, once
from gitreg.safe import one_line
from gitreg.workflows.running.run_command import RunOptions, run_command


@click.command(
    short_help="Run a training command as a candidate.", context_settings={"allow_interspersed_args": False}
)
@click.option(
    "-e",
    "--experiment",
    required=True,
    shell_complete=EXPERIMENTS,
    help="The experiment; made when it is new.",
)
@click.option("-n", "--name", help="What people call the candidate; made from its params unless given.")
@click.option(
    "--data", metavar="[NAME=]PATH", multiple=True, help="Data that it reads, a path or URL; many times."
)
@click.option(
    "--licence",
    "licences",
    type=PAIR,
    multiple=True,
    help="Licence of a data source, by its name; many times.",
)
@click.option(
    "-a",
    "--artifact",
    "artifacts",
    metavar="PATH",
    multiple=True,
    help="A file or folder that it writes; many times.",
)
@click.option(
    "--params", metavar="FILE", multiple=True, help="A JSON or YAML file with its params; many times."
)
@click.option(
    "--metrics",
    metavar="FILE",
    multiple=True,
    help="A JSON or YAML file with metrics that it writes; many times.",
)
@click.option("-t", "--tag", "tags", type=PAIR, multiple=True, help="A tag; many times.")
@click.option(
    "--no-patch", is_flag=True, help="Record the commit, but do not keep changes that are not committed."
)
@dry_run_option
@click.argument("command", metavar="-- CMD...", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_obj
def run(  # noqa: PLR0913 - one parameter for each option
    call: Call,
    *,
    experiment: str,
    name: str | None,
    data: Sequence[str],
    licences: Sequence[tuple[str, str]],
    artifacts: Sequence[str],
    params: Sequence[str],
    metrics: Sequence[str],
    tags: Sequence[tuple[str, str]],
    no_patch: bool,
    dry_run: bool,
    command: Sequence[str],
) -> None:
    """Run a training command as a candidate, and end with its exit code.

    Captures code (commit, changes that are not committed), data, params, metrics, environment and exit code. The command
    finds GITREG_CANDIDATE, GITREG_DRAFT and GITREG_REGISTRY in its environment. Prints the candidate's id as the last line.
    """
    options = RunOptions(
        experiment,
        command,
        call.folder,
        name,
        data,
        artifacts,
        params,
        metrics,
        once(tags, "-t"),
        not no_patch,
        once(licences, "--licence"),
    )
    with reading(call) as act:
        if dry_run:
            click.echo(one_line(f"run in {call.folder}: {' '.join(command)}"))
            say("nothing was changed (--dry-run)")
            return
        ran = run_command(act.registry, options, candidate_id=new_id(), now=now, progress=act.progress)
    click.echo(ran.candidate.id)
    for problem in ran.problems:
        say(f"warning: {problem}")
    if ran.error:
        raise ran.error
    click.get_current_context().exit(ran.exit_code)
