"""The fixed set of searches that is measured: gitreg's and MLflow's text for each, and the best statement made by hand.

gitreg's language contains MLflow's, so both are asked with the same words; what only gitreg can be asked says so. The
statements are for the tables of raw_sqlite.py, joined in the order that is best for each (`CROSS JOIN` is SQLite's word
for that, https://www.sqlite.org/optoverview.html#crossjoin).
"""

from __future__ import annotations

from dataclasses import dataclass

LIMIT = 20
NEWEST = "r.created desc, r.id"
LIVING = "r.deleted is null"


@dataclass(frozen=True)
class Search:
    """One search, of the first page.

    Args:
        name: what it is about.
        filter: as gitreg and MLflow are asked.
        order: the same.
        sql: by hand; `{auc}` is the number of that key.
        experiments: slugs; None for all.
        ours_alone: whether MLflow cannot be asked this.
    """

    name: str
    filter: str
    order: tuple[str, ...]
    sql: str
    experiments: tuple[str, ...] | None = None
    ours_alone: bool = False


def _by_metric(key: str, more: str = "", also: str = "", way: str = "desc") -> str:
    """Walks one metric in order, and looks at the rest of each candidate."""
    return f"""select r.id from metrics m cross join runs r on r.n = m.n {also}
        where m.key = {{{key}}} and m.value is not null and {LIVING} {more} order by m.value {way}, {NEWEST}"""


def _by_time(more: str, way: str = NEWEST) -> str:
    """Walks candidates by time, and looks at the rest of each."""
    return f"select r.id from runs r where {LIVING} and {more} order by {way}"


def _has(table: str, key: str, test: str) -> str:
    return f"exists (select 1 from {table} v where v.n = r.n and v.key = {{{key}}} and v.value {test})"


def _either(one: str, other: str) -> str:
    return f"({one} or {other})"


def _joined(table: str, key: str, test: str) -> str:
    return f"cross join {table} v on v.n = m.n and v.key = {{{key}}} and v.value {test}"


BEST = ("metrics.auc DESC",)
SEARCHES = (
    Search("newest", "", (), _by_time("true")),
    Search("by a metric, no filter", "", BEST, _by_metric("auc")),
    Search("a metric, ordered by it", "metrics.auc > 0.9", BEST, _by_metric("auc", "and m.value > 0.9")),
    Search(
        "a metric, ordered by another",
        "metrics.auc > 0.97",
        ("metrics.logloss ASC",),
        _by_metric("logloss", also=_joined("metrics", "auc", "> 0.97"), way="asc"),
    ),
    Search(
        "a metric and a param, ordered by the metric",
        "metrics.auc > 0.9 and params.optimizer = 'adam'",
        BEST,
        _by_metric("auc", "and m.value > 0.9", _joined("params", "optimizer", "= 'adam'")),
    ),
    Search(
        "two params, few have both",
        "params.lr = '3e-05' and params.depth = '16'",
        (),
        f"""select r.id from params m {_joined("params", "depth", "= '16'")} cross join runs r on r.n = m.n
            where m.key = {{lr}} and m.value = '3e-05' and {LIVING} order by {NEWEST}""",
    ),
    Search(
        "a param LIKE, ordered by a metric",
        "params.lr LIKE '0.00%'",
        ("metrics.logloss ASC",),
        _by_metric("logloss", also=_joined("params", "lr", "glob '0.00*'"), way="asc"),
    ),
    Search("a tag", "tags.team = 'team-3'", (), _by_time(_has("tags", "team", "= 'team-3'"))),
    Search(
        "a tag that is another, ordered by a metric",
        "tags.team != 'team-1'",
        ("metrics.accuracy DESC",),
        _by_metric("accuracy", also=_joined("tags", "team", "<> 'team-1'")),
    ),
    Search(
        "one experiment, a metric, ordered by it",
        "metrics.f1 > 0.8",
        ("metrics.f1 DESC",),
        _by_metric("f1", "and m.value > 0.8 and r.experiment = 'experiment-02'"),
        experiments=("experiment-02",),
    ),
    Search(
        "a status, oldest first",
        "attributes.status = 'FAILED'",
        ("attributes.start_time ASC",),
        _by_time("r.status = 'failed'", "r.created, r.id"),
    ),
    Search(
        "a data set, ordered by a metric",
        "datasets.name = 'holdout'",
        BEST,
        _by_metric("auc", "and exists (select 1 from datasets d where d.n = r.n and d.name = 'holdout')"),
    ),
    Search(
        "nothing found",
        "metrics.auc > 0.9 and metrics.auc < 0.1",
        (),
        "select r.id from metrics m cross join runs r on r.n = m.n where m.key = {auc} and m.value > 0.9 and m.value < 0.1",
    ),
    Search(
        "one or the other",
        "metrics.auc > 0.985 or params.optimizer = 'lion'",
        (),
        _by_time(_either(_has("metrics", "auc", "> 0.985"), _has("params", "optimizer", "= 'lion'"))),
        ours_alone=True,
    ),
    Search(
        "a param as a number, ordered by a metric",
        "params.lr < 0.0005 and not params.depth = '8'",
        BEST,
        _by_metric(
            "auc", "and not " + _has("params", "depth", "= '8'"), _joined("params", "lr", "+ 0 < 0.0005")
        ),
        ours_alone=True,
    ),
)
