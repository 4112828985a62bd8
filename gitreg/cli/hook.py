"""`gitreg hook`: what a server of one's own asks of a push."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from gitreg.cli.call import PATH, Call
from gitreg.cli.saying import say
from gitreg.cli.words import dry_run_option
from gitreg.safe import one_line
from gitreg.workflows.pre_receive.install import install_hook
from gitreg.workflows.pre_receive.judge import Fault, judge_push
from gitreg.workflows.pre_receive.opening import open_push

MOST_LINES = 50
LONGEST_LINE = 1000
PROGRAM = (sys.executable, "-P", "-m", "gitreg")
"""This very gitreg: a hook has no PATH to speak of, and its folder is no place to import from."""


@click.group(short_help="Let a Git server of one's own refuse what no review would take.")
def hook() -> None:
    """Let a Git server of one's own refuse what no review would take."""


@hook.command("pre-receive", short_help="Judge a push; Git calls this on the server.")
@click.pass_obj
def pre_receive(call: Call) -> int:
    """Judge a push; Git calls this on the server.

    Reads a line `OLD NEW REF` for each ref from standard input, in the hook's folder and environment. Says on stderr why the
    push is refused, a line for each reason; ends with 0 when it may come, 1 when it is refused, and anything else when it
    could not be judged, which refuses it as well. Changes nothing.
    """
    with _refusing():
        push = open_push(call.folder, sys.stdin.buffer.read(), call.environ)
        with push.repository:
            faults = judge_push(push)
    _say(faults)
    return 1 if faults else 0


@hook.command(short_help="Write the hook that calls it into a repository.")
@click.argument("repository", metavar="[REPOSITORY]", type=PATH, required=False)
@dry_run_option
@click.pass_obj
def install(call: Call, *, repository: Path | None, dry_run: bool) -> None:
    """Write the hook that calls it into a repository on the server; usually a bare one, the one around here unless named.

    A hook that somebody else wrote is left alone, and it is said what to add to it. Prints the file.
    """
    file, is_new = install_hook(repository or call.folder, PROGRAM, call.environ, dry_run=dry_run)
    click.echo(one_line(str(file)))
    if dry_run:
        say("nothing was changed (--dry-run)")
    elif not is_new:
        say("it is there already")


@contextmanager
def _refusing() -> Iterator[None]:
    """Whatever ends this but a judgement refuses the push, and whoever pushed hears that in the first line."""
    is_judged = False
    try:
        yield
        is_judged = True
    finally:
        if not is_judged:
            say("gitreg could not judge this push, so it is refused; whoever runs this server can tell why:")


def _say(faults: list[Fault]) -> None:
    if not faults:
        return
    say("gitreg refuses this push; nothing of it was taken:")
    for fault in faults[:MOST_LINES]:
        words = one_line(str(fault))
        say(f"  {words if len(words) <= LONGEST_LINE else words[:LONGEST_LINE] + '...'}")
    if len(faults) > MOST_LINES:
        say(f"  and {len(faults) - MOST_LINES} more")
