"""`gitreg key`: the trust anchor of this registry."""

from __future__ import annotations

import click

from gitreg.cli.call import Call
from gitreg.cli.session import reading
from gitreg.render.safe import json_text
from gitreg.workflows.anchor import anchor_text
from gitreg.workflows.current_anchor import current_anchor


@click.group(short_help="Print the trust anchor of this registry.")
def key() -> None:
    """Print the trust anchor of this registry."""


@key.command(short_help="Print the trust anchor, for verify --anchor elsewhere.")
@click.pass_obj
def anchor(call: Call) -> None:
    """Print the trust anchor as JSON, for `verify --anchor FILE` elsewhere.

    It holds the root keys as the accepted branch has them now: compare them with what their owners say.
    """
    with reading(call) as act:
        click.echo(json_text(anchor_text(current_anchor(act.registry))), nl=False)
