"""The fixed set of searches that is measured: in gitreg's language, in MLflow's where it has the words, and by hand.

By hand is the best statement that we know on the schema of `raw_sqlite.py`, its joins forced into the best order for each
search: `{auc}` stands for the number of a key, the first column is the id, and `limit` is put behind it. It knows
nothing of pages, drafts, or candidates without a value, which gitreg puts last.
"""

from __future__ import annotations

from dataclasses import dataclass

LIMIT = 20
_RUN = "cross join runs r on r.n = a.n and r.deleted is null"
_NEWEST = "r.created desc, r.id"


@dataclass(frozen=True)
class Search:
    """A search of the fixed set.

    Args:
        name: what it shows.
        filter: in gitreg's language.
        by_hand: the same in SQL.
        order: keys as both gitreg and MLflow read them.
        experiments: slugs; None means all.
        in_mlflow: whether MLflow's language can say it.
    """

    name: str
    filter: str
    by_hand: str
    order: tuple[str, ...] = ("metrics.auc DESC",)
    experiments: tuple[str, ...] | None = None
    in_mlflow: bool = True


SEARCHES = (
    Search(
        "a metric's range, by that metric",
        "metrics.auc > 0.9",
        f"select r.id from metrics a {_RUN} where a.key = {{auc}} and a.value > 0.9 order by a.value desc, {_NEWEST}",
    ),
    Search(
        "a metric's range and a param, by the metric",
        "metrics.auc > 0.8 and params.optimizer = 'sgd'",
        "select r.id from metrics a cross join params p on p.n = a.n and p.key = {optimizer} and p.value = 'sgd' "
        f"{_RUN} where a.key = {{auc}} and a.value > 0.8 order by a.value desc, {_NEWEST}",
    ),
    Search(
        "a tag like a pattern, by a metric that rises",
        "tags.team like '%-1_'",
        "select r.id from metrics a cross join tags t on t.n = a.n and t.key = {team} and t.value glob '*-1?' "
        f"{_RUN} where a.key = {{logloss}} and a.value is not null order by a.value, {_NEWEST}",
        order=("metrics.logloss ASC",),
    ),
    Search(
        "one of two rare things",
        "metrics.auc > 0.985 or params.seed = '77'",
        "select r.id from (select n from metrics where key = {auc} and value > 0.985 union select n from params "
        f"where key = {{seed}} and value = '77') d cross join metrics a on a.n = d.n and a.key = {{auc}} {_RUN} "
        f"order by a.value desc, {_NEWEST}",
        in_mlflow=False,
    ),
    Search(
        "not the common things",
        "not params.optimizer in ('adamw', 'adam', 'sgd') and not tags.team = 'team-1'",
        "select r.id from metrics a cross join params p on p.n = a.n and p.key = {optimizer} and p.value not in "
        "('adamw', 'adam', 'sgd') cross join tags t on t.n = a.n and t.key = {team} and t.value <> 'team-1' "
        f"{_RUN} where a.key = {{auc}} order by a.value desc, {_NEWEST}",
        in_mlflow=False,
    ),
    Search(
        "a small experiment",
        "metrics.auc > 0.5",
        "select r.id from runs r cross join metrics a on a.n = r.n and a.key = {auc} and a.value > 0.5 "
        f"where r.experiment = 'experiment-20' and r.deleted is null order by a.value desc, {_NEWEST}",
        experiments=("experiment-20",),
    ),
    Search(
        "two metrics that exclude each other",
        "metrics.auc > 0.95 and metrics.logloss > 0.3",
        "select r.id from metrics b cross join metrics a on a.n = b.n and a.key = {auc} and a.value > 0.95 "
        f"{_RUN} where b.key = {{logloss}} and b.value > 0.3 order by a.value desc, {_NEWEST}",
    ),
    Search(
        "all, by a metric",
        "",
        f"select r.id from metrics a {_RUN} where a.key = {{auc}} order by a.value desc, {_NEWEST}",
    ),
    Search(
        "all, the newest first",
        "",
        f"select r.id from runs r where r.deleted is null order by {_NEWEST}",
        order=(),
    ),
    Search(
        "a param as a number",
        "params.lr < 0.0001 and params.depth >= 12",
        "select r.id from metrics a cross join params p on p.n = a.n and p.key = {lr} and cast(p.value as real) < 0.0001 "
        "cross join params q on q.n = a.n and q.key = {depth} and cast(q.value as real) >= 12 "
        f"{_RUN} where a.key = {{auc}} order by a.value desc, {_NEWEST}",
        in_mlflow=False,
    ),
    Search(
        "a data set, the newest first",
        "dataset.name = 'labels-2025'",
        "select r.id from runs r where r.deleted is null and exists (select 1 from datasets d where d.n = r.n "
        f"and d.name = 'labels-2025') order by {_NEWEST}",
        order=(),
    ),
)
