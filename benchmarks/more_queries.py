"""Searches beside the fixed set, each of a kind that it lacks: measured and judged like the others."""

from __future__ import annotations

from queries import Search

_RUN = "cross join runs r on r.n = a.n and r.deleted is null"
_NEWEST = "r.created desc, r.id"
MORE = (
    Search(
        "two params that few have both",
        "params.lr = '3e-05' and params.depth = '16'",
        "select r.id from params a cross join params d on d.n = a.n and d.key = {depth} and d.value = '16' "
        f"{_RUN} where a.key = {{lr}} and a.value = '3e-05' order by {_NEWEST}",
        order=(),
    ),
    Search(
        "a param like a pattern, by a metric",
        "params.lr LIKE '0.00%'",
        "select r.id from metrics a cross join params p on p.n = a.n and p.key = {lr} and p.value glob '0.00*' "
        f"{_RUN} where a.key = {{logloss}} and a.value is not null order by a.value, {_NEWEST}",
        order=("metrics.logloss ASC",),
    ),
    Search(
        "a tag, the newest first",
        "tags.team = 'team-3'",
        "select r.id from runs r where r.deleted is null and exists (select 1 from tags t where t.n = r.n "
        f"and t.key = {{team}} and t.value = 'team-3') order by {_NEWEST}",
        order=(),
    ),
    Search(
        "a large experiment, by a metric",
        "metrics.f1 > 0.8",
        f"select r.id from metrics a {_RUN} and r.experiment = 'experiment-02' "
        f"where a.key = {{f1}} and a.value > 0.8 order by a.value desc, {_NEWEST}",
        order=("metrics.f1 DESC",),
        experiments=("experiment-02",),
    ),
    Search(
        "a status, the oldest first",
        "attributes.status = 'FAILED'",
        "select r.id from runs r where r.deleted is null and r.status = 'failed' order by r.created, r.id",
        order=("attributes.start_time ASC",),
    ),
)
