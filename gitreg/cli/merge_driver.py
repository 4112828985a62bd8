"""`gitreg merge-driver`: merges one record for `git merge`; people do not call it."""

from __future__ import annotations

from pathlib import Path

import click

from gitreg.cli.call import PATH, Call
from gitreg.workflows.publishing.merge_driver import Sides, drive


@click.command("merge-driver", short_help="Merge one record for git merge.", hidden=True)
@click.argument("base", type=PATH)
@click.argument("ours", type=PATH)
@click.argument("theirs", type=PATH)
@click.argument("path")
@click.pass_obj
def merge_driver(call: Call, *, base: Path, ours: Path, theirs: Path, path: str) -> int:
    """Merge one record for `git merge`, into OURS; ends with 1 where it leaves marks of a conflict.

    Git calls it where merge.gitreg.driver says so: `gitreg merge-driver %O %A %B %P`.
    """
    return 0 if drive(call.folder, Sides(base, ours, theirs), path, call.environ) else 1
