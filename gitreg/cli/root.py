"""The command `gitreg` itself: its options, and the group of commands."""

from __future__ import annotations

import os
import re
from pathlib import Path

import click

from gitreg.cli.call import Call
from gitreg.cli.commands import Commands
from gitreg.cli.table import BUNDLED, SECTIONS, UNLISTED
from gitreg.cli.version import VERSION

REMOTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|[^/]+:")


@click.group(
    cls=Commands,
    sections=SECTIONS,
    unlisted=UNLISTED,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="gitreg COMMAND --help says more about each.",
)
@click.version_option(VERSION, prog_name="gitreg", message="%(prog)s %(version)s")
@click.option("-C", "folder", metavar="DIR", default=".", help="Work as if called in this folder.")
@click.option(
    "--registry",
    metavar="PATH",
    envvar="GITREG_REGISTRY",
    help="The registry, if it is not the one around here: a folder in it, or a bundle, which is only read.",
)
@click.pass_context
def gitreg(ctx: click.Context, folder: str, registry: str | None) -> None:
    """Keep models like code: candidates and releases in Git, artifacts in DVC storage."""
    here = Path(folder).absolute()
    if not here.is_dir():
        raise click.UsageError(f"-C: there is no folder {folder}")
    if registry and REMOTE.match(registry):
        raise click.UsageError(
            f"--registry: a registry is opened by its path, not by a URL yet: git clone {registry}, and name the clone"
        )
    place = here / Path(registry).expanduser() if registry else None
    call = Call(here, place, os.environ)
    if call.bundle is not None and ctx.invoked_subcommand not in BUNDLED:
        raise click.UsageError(
            f"--registry: {registry} is a bundle, which is only read; {ctx.invoked_subcommand} needs a repository:"
            f" git clone {registry}, and name the clone"
        )
    ctx.obj = call
