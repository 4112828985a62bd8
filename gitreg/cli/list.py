"""`gitreg list`: candidates, filtered and sorted."""

from __future__ import annotations

import click

from gitreg.cli.answer import Answer, format_options, print_answer
from gitreg.cli.call import Call
from gitreg.cli.session import Act, reading
from gitreg.documents.records_json import to_json
from gitreg.domain.condition import ATTRIBUTES, Condition, parse_conditions
from gitreg.render.candidates import candidate_table
from gitreg.workflows.list_candidates import ListOptions, list_candidates

GROUPS = ("metrics", "params", "tags")


@click.command("list", short_help="List candidates.")
@click.argument("filter_", metavar="[FILTER]", required=False)
@click.option("-e", "--experiment", help="Only candidates of this experiment.")
@click.option(
    "--sort", default="-created", show_default=True, help="A field; a leading - sorts from high to low."
)
@click.option("-n", "--limit", metavar="N", type=click.IntRange(min=1), help="At most so many.")
@click.option("--columns", help="Fields, separated by commas: id,name,metrics.auc,params.lr,tags.team.")
@click.option("--deleted", is_flag=True, help="Deleted candidates too.")
@format_options
@click.pass_obj
def list_(  # noqa: PLR0913 - one parameter for each option
    call: Call,
    *,
    filter_: str | None,
    experiment: str | None,
    sort: str,
    limit: int | None,
    columns: str | None,
    deleted: bool,
    form: str | None,
) -> None:
    """List candidates, newest first.

    FILTER compares fields: "metrics.auc > 0.9 and params.lr = '0.1'".
    """
    options = ListOptions(_conditions(filter_ or ""), experiment, sort, limit, deleted)
    fields = _fields(columns)
    with reading(call) as act:
        found = list_candidates(act.registry, options)
        answer = Answer(
            "Candidate",
            found,
            to_json,
            lambda brief: candidate_table(found, fields, brief=brief),
            _none(act, is_filtered=bool(filter_ or experiment)),
        )
        print_answer(call, answer, form)


def _none(act: Act, *, is_filtered: bool) -> str:
    if act.registry.candidates.commit is None:
        return "no candidates: this clone has no candidate branch yet; gitreg fetch may bring it"
    return "no candidates match" if is_filtered else "no candidates"


def _conditions(text: str) -> tuple[Condition, ...]:
    try:
        return parse_conditions(text)
    except ValueError as error:
        raise click.UsageError(f"FILTER: {error}") from error


def _fields(columns: str | None) -> list[str] | None:
    fields = [field.strip() for field in columns.split(",") if field.strip()] if columns is not None else None
    for field in fields or ():
        group, _, key = field.partition(".")
        if field not in ATTRIBUTES and not (group in GROUPS and key):
            raise click.UsageError(
                f"--columns: there is no field {field!a}; there are metrics.NAME, params.NAME, tags.NAME, {', '.join(ATTRIBUTES)}"
            )
    return fields
