"""`gitreg list`: candidates, filtered and ordered, from the index. What this imports starts at once (a test looks)."""

from __future__ import annotations

from collections.abc import Sequence

import click

from gitreg.cli.answer import format_options, warn
from gitreg.cli.call import Call
from gitreg.cli.completing import COLUMNS, EXPERIMENTS
from gitreg.cli.list_answer import ALL, HELP, Listing, print_columns, print_listing
from gitreg.cli.loading import load
from gitreg.cli.saying import say
from gitreg.cli.screen import is_terminal, screen
from gitreg.cli.searching import answered_in
from gitreg.index.query.values import Page, Query
from gitreg.workflows.searching.columns import columns_of
from gitreg.workflows.searching.search import Search

FEWEST = 10
AROUND = 5
"""Lines of a screen that are no candidates: titles, what follows, and the next prompt."""


@click.command("list", short_help="List candidates.")
@click.argument("filter_", metavar="[FILTER]", required=False)
@click.option(
    "-e",
    "--experiment",
    "experiments",
    metavar="EXP",
    multiple=True,
    shell_complete=EXPERIMENTS,
    help="Only candidates of this experiment; many times.",
)
@click.option(
    "--sort",
    metavar="KEY",
    multiple=True,
    shell_complete=COLUMNS,
    help="A field such as metrics.auc; a leading - orders from high to low; many times. Default: newest first.",
)
@click.option(
    "-n",
    "--limit",
    metavar="N",
    type=click.IntRange(min=1),
    help="At most so many. Default: a screenful in a table, else all.",
)
@click.option("--page", metavar="TOKEN", help="Go on where a list was cut.")
@click.option(
    "--columns",
    metavar="FIELDS",
    shell_complete=COLUMNS,
    help="Fields, separated by commas: id,name,metrics.auc,params.lr,tags.team; all; or help, which lists what there is.",
)
@click.option("--deleted", is_flag=True, help="Deleted candidates too.")
@click.option(
    "--plot",
    metavar="Y:X",
    help="Draw a metric over a parameter (metrics.auc:params.lr), or the curves of a metric (curve:loss).",
)
@click.option("--no-drafts", is_flag=True, help="Without candidates that run on this machine.")
@format_options
@click.pass_context
def list_(  # noqa: PLR0913 - one parameter for each option
    context: click.Context,
    *,
    filter_: str | None,
    experiments: Sequence[str],
    sort: Sequence[str],
    limit: int | None,
    page: str | None,
    columns: str | None,
    deleted: bool,
    plot: str | None,
    no_drafts: bool,
    form: str | None,
) -> None:
    """List candidates, newest first.

    FILTER compares fields: "metrics.auc > 0.9 and params.lr = '0.1'", or "status = 'failed' or created > '7d ago'". It is
    MLflow's language, and more of it (docs/filter.md).

    Nothing is left out silently: where a list is cut, the command that goes on is printed on stderr.
    """
    call: Call = context.obj
    if plot is not None and form is not None:
        raise click.UsageError("--plot draws, and has no other form")
    drawing = load("gitreg.cli.list_plot:Drawing")(plot) if plot is not None else None
    form = form or ("table" if is_terminal() else "tsv")
    if columns not in {None, ALL, HELP}:
        columns_of(columns)  # a slip of the hand is told before anything is read

    def answer(search: Search) -> Page | None:
        slugs = search.slugs(experiments)
        if columns == HELP:
            print_columns(call, search, slugs, form)
            return None
        query = Query(
            filter=filter_ or "",
            order=tuple(sort),
            experiments=slugs,
            deleted="too" if deleted else "no",
            drafts=not no_drafts,
            limit=drawing.limit(limit) if drawing else limit or _screenful(call, form),
            token=page,
        )
        found = search.page(query)
        if not found.numbers:
            say(_none(search, query))
        if drawing:
            drawing.print(call, search, found)
        else:
            print_listing(Listing(call, search, query, found, columns, form))
        warn(search.faults())
        return found

    found = answered_in(call, answer)
    if found and found.token:
        say(f"{len(found.numbers)} candidates are listed, and there are more")
        again = load("gitreg.cli.again:words_again")(context, {"page": found.token})
        click.echo(f"  next: {again}", err=True)


def _screenful(call: Call, form: str) -> int | None:
    """How many candidates a person sees at once; programs get all."""
    if form != "table":
        return None
    return max(FEWEST, screen(call.environ).height - AROUND)


def _none(search: Search, query: Query) -> str:
    if search.place.tip is None:
        return "no candidates: this clone has no candidate branch yet; gitreg fetch may bring it"
    return "no candidates match" if query.filter or query.experiments or query.token else "no candidates"
