"""`gitreg artifacts`: lists or fetches the files of a candidate or version."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from gitreg.cli.answer import Answer, format_options, print_answer
from gitreg.cli.call import PATH, Call
from gitreg.cli.completing import REFERENCES
from gitreg.cli.saying import say
from gitreg.cli.session import reading
from gitreg.cli.words import dry_run_option
from gitreg.domain.manifest import ManifestEntry
from gitreg.render.table import table_of
from gitreg.safe import one_line
from gitreg.workflows.versions.fetch_artifacts import fetch_artifacts, find_artifacts


@click.command(short_help="List or fetch artifacts of a candidate or version.")
@click.argument("reference", metavar="REF", shell_complete=REFERENCES)
@click.argument("path", required=False)
@click.option(
    "-o", "--output", "target", metavar="DIR", type=PATH, help="Fetch into this folder, absent or empty."
)
@click.option(
    "--storage", metavar="URL|PATH", help="Take them from here instead of the registry's own storage."
)
@format_options
@dry_run_option
@click.pass_obj
def artifacts(  # noqa: PLR0913 - one parameter for each option
    call: Call,
    *,
    reference: str,
    path: str | None,
    target: Path | None,
    storage: str | None,
    form: str | None,
    dry_run: bool,
) -> None:
    """List artifacts of a candidate or version, or fetch them with -o; PATH is one file or folder of them.

    Every byte is compared with the recorded sha256. For what is deployed, use pull: it verifies the signature, too.
    """
    with reading(call, storage=storage) as act:
        found = find_artifacts(act.registry, reference, path)
        if target is None:
            entries = found.entries
            table = table_of(("sha256", "path"), [(entry.sha256, entry.path) for entry in entries])
            answer = Answer("Artifact", entries, _as_json, lambda _: table, "no artifacts")
            print_answer(call, answer, form)
        elif dry_run:
            for entry in found.entries:
                click.echo(one_line(f"write {target / entry.path}"))
            say("nothing was changed (--dry-run)")
        else:
            fetch_artifacts(act.registry, found, target, progress=act.progress)
            click.echo(one_line(str(target)))


def _as_json(entry: ManifestEntry) -> Mapping[str, Any]:
    return {"path": entry.path, "sha256": entry.sha256}
