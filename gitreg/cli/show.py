"""`gitreg show`: one candidate or model version, whole."""

from __future__ import annotations

import click

from gitreg.cli.answer import json_option, print_page
from gitreg.cli.call import Call
from gitreg.cli.completing import REFERENCES
from gitreg.cli.session import Act, reading
from gitreg.documents.records_json import to_json
from gitreg.domain.reference import CandidateReference, PickReference, ProposalReference
from gitreg.render.candidates import candidate_page
from gitreg.render.models import version_json, version_page
from gitreg.workflows.searching.find import parsed
from gitreg.workflows.searching.show_draft import find_candidate_or_draft
from gitreg.workflows.versions.show_version import raw_record, show_version


@click.command(short_help="Show one candidate or model version whole.")
@click.argument("reference", metavar="REF", shell_complete=REFERENCES)
@click.option("--raw", is_flag=True, help="The record's file, byte for byte.")
@json_option
@click.pass_obj
def show(call: Call, *, reference: str, raw: bool, form: str | None) -> None:
    """Show one candidate or model version whole.

    REF is the start of a candidate's id (7f3a), of one that runs too, churn/best, churn/latest, churn@1.2.0,
    churn@production, churn@latest, or a proposal churn!1.2.0.
    """
    with reading(call) as act:
        if raw:
            click.echo(raw_record(act.registry, reference), nl=False)
        elif isinstance(parsed(reference), (CandidateReference, PickReference)):
            candidate = find_candidate_or_draft(act.registry, reference)
            print_page(candidate_page(candidate), "Candidate", [to_json(candidate)], form)
        else:
            _show_version(act, reference, form)


def _show_version(act: Act, reference: str, form: str | None) -> None:
    summary = show_version(act.registry, reference)
    page = version_page(summary, proposed=isinstance(parsed(reference), ProposalReference))
    print_page(page, "ModelVersion", [version_json(summary)], form)
