"""`gitreg export`: what leaves the registry for others to check."""

from __future__ import annotations

from pathlib import Path

import click

from gitreg.cli.call import PATH, Call
from gitreg.cli.completing import MODELS
from gitreg.cli.export_evidence import model_signing, provenance, summary
from gitreg.cli.export_mlflow import mlflow
from gitreg.cli.saying import say
from gitreg.cli.session import reading
from gitreg.cli.words import dry_run_option
from gitreg.render.sizes import size_text
from gitreg.safe import one_line
from gitreg.workflows.export.bundle import export_bundle
from gitreg.workflows.verification.result import VerifyOptions


@click.group(short_help="Write what others verify or read without this registry.")
def export() -> None:
    """Write what others verify or read without this registry."""


@export.command(short_help="Write one file by which everything can be verified offline.")
@click.argument("model", metavar="[MODEL]", required=False, shell_complete=MODELS)
@click.option(
    "-o",
    "--output",
    "file",
    metavar="FILE",
    type=PATH,
    required=True,
    help="The file; one that is there is replaced.",
)
@click.option("--candidates", is_flag=True, help="The candidate branch, too.")
@click.option("--offline", is_flag=True, help="Take what was fetched last instead of asking the remote.")
@click.option("--fresh", is_flag=True, help="Make the verifier's own store anew.")
@dry_run_option
@click.pass_obj
def bundle(  # noqa: PLR0913 - one parameter for each option
    call: Call, *, model: str | None, file: Path, candidates: bool, offline: bool, fresh: bool, dry_run: bool
) -> None:
    """Write one file by which every release of a model, or of all, can be verified and audited offline.

    It is a Git bundle of the accepted branch and all signed tags, without artifacts and without a trust anchor:
    `gitreg --registry FILE verify MODEL@VERSION --anchor ANCHOR` reads it, and so does `git clone FILE`. Prints the file.
    """
    options = VerifyOptions(offline=offline, fresh=fresh, ci=call.in_ci)
    with reading(call) as act:
        if dry_run:
            click.echo(one_line(f"write {file}"))
            say("nothing was changed (--dry-run)")
            return
        made = export_bundle(act.registry, model, file, options, candidates=candidates)
    tried = f", candidates at {made.candidates[:12]}" if made.candidates else ""
    say(
        f"{size_text(made.size)}: {made.statements} signed tags, accepted branch at {made.accepted[:12]}{tried}"
    )
    say("it holds no artifacts (pull --storage) and no trust anchor (gitreg key anchor)")
    click.echo(one_line(str(file)))


export.add_command(provenance)
export.add_command(model_signing)
export.add_command(summary)
export.add_command(mlflow)
