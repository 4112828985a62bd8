"""What `gitreg list` prints: the candidates of a page in the form that was asked for, and what else a person must know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gitreg.cli.answer import Answer, print_answer, print_table, warn
from gitreg.cli.call import Call
from gitreg.cli.loading import load
from gitreg.cli.printing import print_pieces
from gitreg.index.language.order import parse_order
from gitreg.index.language.tree import Field
from gitreg.index.query.values import Column, Page, Query
from gitreg.index.row import Row
from gitreg.render.document import document_parts
from gitreg.render.rows import row_table, telling_fields, whole_fields
from gitreg.render.table import FORMS, table_of
from gitreg.workflows.searching.columns import (
    ATTRIBUTES,
    attributes,
    columns_of,
    columns_of_rows,
    data_columns,
)
from gitreg.workflows.searching.search import Search

FEW = 500
"""So many rows are looked at for their columns; of more, the index is asked for all that there are."""
ALL, HELP = "all", "help"
KINDS = ("metrics", "params", "tags")


class Listing(NamedTuple):
    """Candidates to be printed.

    Args:
        call: what was said.
        search: what found them.
        query: what was asked.
        page: the answer.
        columns: what was said of columns.
        form: which form the answer has.
    """

    call: Call
    search: Search
    query: Query
    page: Page
    columns: str | None
    form: str


def print_listing(listing: Listing) -> None:
    """Prints the candidates on stdout."""
    if listing.form == "json":
        _print_json(listing)
    elif listing.form == "table":
        _print_for_people(listing)
    else:
        _print_rows(listing)


def print_columns(call: Call, search: Search, slugs: Sequence[str] | None, form: str | None) -> None:
    """Prints what candidates of some experiments have: kind and name of the field, and how many have it."""
    everyone = search.count(Query(experiments=tuple(slugs) if slugs is not None else None))
    found = [Column("candidate", name, everyone) for name in ATTRIBUTES if name != "user_id"]
    found += sorted(search.columns(slugs), key=lambda column: (KINDS.index(column.kind), column.key))
    table = table_of(
        ("kind", "key", "candidates"), [(one.kind, one.key, one.count) for one in found], ["candidates"]
    )
    as_json = {"kind": "kind", "key": "key", "candidates": "count"}
    answer = Answer(
        "Column",
        found,
        lambda one: {name: getattr(one, part) for name, part in as_json.items()},
        lambda _: table,
        "no candidates",
    )
    print_answer(call, answer, form)


def _print_json(listing: Listing) -> None:
    unread: list[str] = []
    records = load(
        "gitreg.workflows.searching.records:records"
    )  # it reads files, which rows of the index need not
    found = records(listing.search, listing.page.numbers, unread)
    known = listing.search.faults()
    print_pieces(document_parts("CandidateList", found, lambda: [*known, *unread]))
    warn(unread)


def _print_for_people(listing: Listing) -> None:
    rows = list(listing.search.rows(listing.page.numbers))
    if rows:
        fields = _chosen(listing) or telling_fields(rows, _asked_about(listing.query))
        print_table(listing.call, row_table(rows, fields, brief=True))


def _print_rows(listing: Listing) -> None:
    """Line by line; of many candidates, a few hundred are in memory at a time."""
    numbers = listing.page.numbers
    few = list(listing.search.rows(numbers)) if len(numbers) <= FEW else None
    fields = _chosen(listing) or whole_fields(
        _all_columns(listing, few), deleted=listing.query.deleted != "no"
    )
    table = row_table(listing.search.rows(numbers) if few is None else few, fields, brief=False)
    print_pieces(FORMS[listing.form](table))


def _chosen(listing: Listing) -> list[Field] | None:
    if listing.columns is None:
        return None
    if listing.columns != ALL:
        return columns_of(listing.columns)
    every = attributes(*(name for name in ATTRIBUTES if name != "user_id"))
    whole = whole_fields(listing.search.columns(listing.query.experiments), deleted=True, tags=True)
    return list(dict.fromkeys([*every, *data_columns(), *whole]))


def _all_columns(listing: Listing, rows: Sequence[Row] | None) -> list[Column]:
    if rows is not None:
        return columns_of_rows(rows)
    return listing.search.columns(listing.query.experiments)


def _asked_about(query: Query) -> list[Field]:
    """What the list is ordered by is worth seeing."""
    return [parse_order(key).field for key in query.order]
