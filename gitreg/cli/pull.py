"""`gitreg pull`: a verified model into a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gitreg.cli.call import PATH, Call
from gitreg.cli.completing import VERSIONS
from gitreg.cli.saying import say
from gitreg.cli.session import reading
from gitreg.cli.verify import options_of, refusing_aloud, verify_options
from gitreg.cli.words import dry_run_option
from gitreg.safe import one_line
from gitreg.workflows.verification.pull import pull as pull_model
from gitreg.workflows.verification.verify import verify as verify_one


@click.command(short_help="Bring a verified model into a folder.")
@click.argument("what", metavar="MODEL@VERSION|MODEL@STAGE|TAG", shell_complete=VERSIONS)
@click.option(
    "-o",
    "--output",
    "target",
    metavar="DIR",
    type=PATH,
    required=True,
    help="A folder that is absent or empty.",
)
@click.option(
    "--storage", metavar="URL|PATH", help="Take artifacts from here instead of the registry's own storage."
)
@verify_options
@dry_run_option
@click.pass_obj
def pull(call: Call, /, *, what: str, target: Path, storage: str | None, dry_run: bool, **words: Any) -> None:  # noqa: ANN401 - verify_options names them
    """Bring a verified model into a folder: all of it, each byte proven, or nothing. Prints the folder."""
    options = options_of(call, **words)
    with reading(call, storage=storage, distrust=True) as act:
        if dry_run:
            verdict = refusing_aloud(None, verify_one, act.registry, what, options, act.progress)
            for entry in verdict.manifest.entries:
                click.echo(one_line(f"write {target / entry.path}"))
            say("nothing was changed (--dry-run)")
            return
        verdict = refusing_aloud(None, pull_model, act.registry, what, target, options, act.progress)
    for note in verdict.notes:
        say(f"note: {note}")
    say(
        f"{verdict.model} {verdict.version}, signed by {verdict.signer}, {len(verdict.manifest.entries)} files"
    )
    click.echo(one_line(str(target)))
