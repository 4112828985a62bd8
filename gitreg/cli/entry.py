"""The outer edge: every error becomes at most three lines and an exit code, here and nowhere else."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

import click

from gitreg.cli.loading import load
from gitreg.cli.root import gitreg
from gitreg.cli.signals import AskedToEndError, listen
from gitreg.errors import GitregError, MachineError, VerificationError
from gitreg.safe import one_line

INTERRUPTED = 130
BROKEN_PIPE = 141  # 128 + SIGPIPE, what a shell says of `cat` in the same place
BUG = 70
LONGEST = 4000
"""Characters of an error that are told."""
COMPLETING = "_GITREG_COMPLETE"
"""The variable by which a shell asks for completions (click, "Shell Completion")."""


def main() -> None:
    """Runs the command line and exits with its code."""
    listen()
    sys.exit(outcome(sys.argv[1:], os.environ))


def outcome(words: Sequence[str], environ: Mapping[str, str]) -> int:
    """Runs one call; what it is called with, answered by an exit code (docs/commands.md, exit codes)."""
    try:
        answer = gitreg.main(args=list(words), prog_name="gitreg", standalone_mode=False)
        sys.stdout.flush()
    except GitregError as error:
        return _fault(error)
    except AskedToEndError as asked:
        _tell(f"error: ended by {asked}; what was acknowledged is kept", None)
        return asked.exit_code
    except click.ClickException as error:
        return _usage(error)
    except (click.Abort, KeyboardInterrupt):
        _tell("error: interrupted", None)
        return INTERRUPTED
    except SystemExit as ended:
        if (
            not ended.code and COMPLETING not in environ
        ):  # whoever ended us: nothing was answered, least of all yes
            _tell("error: ended without an answer", None)
            return BUG
        return _closed() if ended.code else 0  # click's answer to a closed pipe, or the end of a completion
    except BrokenPipeError:
        return _closed()
    except OSError as error:
        # the last net: the machine failed where nobody looked
        return _machine(error, words) or _bug(error, environ)
    except Exception as error:  # noqa: BLE001 - the outer edge: what nobody foresaw is a bug, told in one line
        return _bug(error, environ)
    return answer if isinstance(answer, int) else 0


def _fault(error: GitregError) -> int:
    _tell(_message(error), None if error.excerpt else error.hint)
    for line in error.excerpt or ():
        click.echo(f"  {one_line(line)}", err=True)
    return error.exit_code


def _machine(error: OSError, words: Sequence[str]) -> int | None:
    """The exit code of a fault of this machine, told; None for any other error of the system."""
    fault = MachineError.of(error, load("gitreg.cli.places:place_of")(error, words))
    if fault is None and load("gitreg.cli.places:is_about_temporary_files")(error):
        fault = MachineError(
            "no folder for temporary files can be written to", hint="Make room in /tmp, or set TMPDIR."
        )
    if fault is None:
        return None
    _drop_output()
    return _fault(fault)


def _message(error: GitregError) -> str:
    if error.place:
        return f"{error.place}: {error.message}"
    step = f" (step {error.step})" if isinstance(error, VerificationError) else ""
    return f"error: {error.message}{step}"


def _tell(message: str, hint: str | None) -> None:
    """At most three lines on stderr; nothing in them acts on the terminal."""
    click.echo(one_line(_short(message)), err=True)
    if hint:
        click.echo(f"  next: {one_line(_short(hint))}", err=True)


def _short(words: str) -> str:
    """Words of which a stranger may have written a part: nobody reads a megabyte."""
    return words if len(words) <= LONGEST else f"{words[:LONGEST]}..."


def _usage(error: click.ClickException) -> int:
    """The words were wrong: click's own message, in our form."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
        return error.exit_code
    context = error.ctx if isinstance(error, click.UsageError) else None
    _tell(f"error: {error.format_message()}", f"{context.command_path} --help" if context else None)
    return error.exit_code


def _closed() -> int:
    """Whoever read our output went away."""
    _discard()
    return BROKEN_PIPE


def _drop_output() -> None:
    """Let go of output that cannot be written, if it is that."""
    try:
        sys.stdout.flush()
    except OSError:
        _discard()


def _discard() -> None:
    """Python flushes once more at exit, which must not fail aloud."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _bug(error: Exception, environ: Mapping[str, str]) -> int:
    place = load("gitreg.cli.crash:report")(error, environ)
    if place is not None:
        message = f"error: a bug in gitreg: {type(error).__name__}: {error}"
        _tell(message, f"report it with {place} (GITREG_DEBUG=1 shows the traceback)")
    return BUG
