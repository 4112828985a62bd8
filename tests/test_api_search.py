"""Searching by the Python API: a list that is read when it is looked at, in pages, and as columns for pandas and Arrow."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from datetime import UTC

import pytest
from desk import Desk

import gitreg
from gitreg.workflows.candidates.edit_candidate import delete_candidate
from gitreg.workflows.searching.found_candidates import CHUNK, Found


@pytest.fixture
def registry(desk: Desk) -> Iterator[gitreg.OpenRegistry]:
    """The desk's registry, opened as a notebook opens it."""
    with gitreg.open_registry(desk.path) as opened:
        yield opened


@pytest.fixture
def logged(desk: Desk) -> list[gitreg.Candidate]:
    """Candidates with holes in what they have, and hostile texts."""
    return [
        desk.log(metrics={"auc": 0.9, "loss": math.nan}, params={"lr": "0.1", "=cmd|x": "\ttab"}),
        desk.log(metrics={"auc": math.inf}, params={"lr": "1e-3"}, tags={"team": "ä→日本"}, artifacts=None),
        desk.log("fraud", metrics={}, artifacts=None, name="-rf <b>"),
    ]


def test_a_list_is_a_sequence_of_records(registry, logged):
    """Indexed, sliced, iterated, compared and shown like any other list."""
    found = registry.search(order_by="created")

    assert len(found) == 3
    assert found[0] == logged[0]
    assert found[-1] == found[2] == logged[2]
    assert found[1:] == logged[1:]
    assert list(found) == logged == found
    assert logged[1] in found
    assert repr(found) == "<3 candidates>"
    assert found.ids == tuple(one.id for one in logged)
    with pytest.raises(IndexError):
        _ = found[3]


def test_no_record_is_read_before_one_is_looked_at(registry, logged, monkeypatch):
    """Then some hundred at once, and once."""
    read: list[tuple[int, int]] = []
    records = Found.records
    monkeypatch.setattr(
        Found, "records", lambda self, start, stop: read.append((start, stop)) or records(self, start, stop)
    )

    found = registry.search()
    assert (len(found), len(found.to_pandas()), found.to_arrow().num_rows, read) == (3, 3, 3, [])
    assert (found[0], found[1], found[0]) == (logged[2], logged[1], logged[2])
    assert read == [(0, CHUNK)]


def test_pages_hold_everything_once(registry, logged, desk):
    """While candidates arrive, too."""
    page, seen = registry.search(order_by="created", limit=2), []
    assert repr(page) == "<2 candidates, and more on the next page>"
    while page is not None:
        seen += page.ids
        desk.log("fraud", artifacts=None) if len(seen) == 2 else None
        page = page.next_page()

    assert seen[:3] == [one.id for one in logged]
    assert len(seen) == len(set(seen)) == 4


def test_a_token_goes_on_elsewhere(registry, logged):
    """In another process, say; what belongs to another question is refused."""
    token = registry.search(order_by="created", limit=1).token

    assert registry.search(order_by="created", limit=1, page=token).ids == (logged[1].id,)
    with pytest.raises(gitreg.UsageError, match="token"):
        registry.search(order_by="-created", page=token)
    with pytest.raises(gitreg.UsageError, match="token"):
        registry.search(page="nonsense")


def test_several_experiments_and_orders(registry, logged, desk):
    """Each may be one text, or several."""
    delete_candidate(desk.registry, logged[0].id, desk.author)

    assert registry.search(experiment=["churn", "fraud"], order_by=["-experiment", "created"]).ids == (
        logged[2].id,
        logged[1].id,
    )
    assert registry.search(
        "metrics.auc > 0", experiment="churn", deleted=True, order_by="metrics.auc"
    ).ids == (
        logged[0].id,
        logged[1].id,
    )


def test_those_that_run_here_are_found(registry, logged):
    """With what was logged until now, and left out on demand."""
    with gitreg.start("churn", registry=registry, params={"lr": 5}) as running:
        running.log_metric("auc", 0.5)
        found = registry.search("params.lr = '5'")
        assert [(one.id, one.status, one.metrics) for one in found] == [(running.id, "running", {"auc": 0.5})]
        assert found.to_pandas()["status"].tolist() == ["running"]
        assert len(registry.search("params.lr = '5'", drafts=False)) == 0


def test_a_frame_has_typed_columns(registry, logged):
    """Floats for metrics, text for params, times in UTC; what is absent is missing."""
    frame = registry.search(order_by="created").to_pandas()

    assert list(frame["id"]) == [one.id for one in logged]
    assert str(frame["metrics.auc"].dtype) == "float64"
    assert frame["metrics.auc"].tolist()[:2] == [0.9, math.inf]
    assert frame["metrics.auc"].isna().tolist() == [False, False, True]
    assert str(frame["created"].dtype) == "datetime64[us, UTC]"
    assert frame["created"][0] == logged[0].created
    assert frame["params.lr"].tolist()[:2] == ["0.1", "1e-3"]
    assert frame["params.lr"].isna().tolist() == [False, False, True]
    assert frame["params.=cmd|x"][0] == "\ttab"
    assert frame["artifacts.files"].tolist()[0] == 1
    assert frame["tags.team"][1] == "ä→日本"
    assert frame["deleted"].isna().all()


def test_a_table_of_arrow_has_typed_columns(registry, logged):
    """NaN is a value there, and what is absent is null."""
    table = registry.search(order_by="created").to_arrow()

    types = {field.name: str(field.type) for field in table.schema}
    assert types["metrics.loss"] == "double"
    assert types["params.lr"] == types["name"] == "string"
    assert types["created"] == types["deleted"] == "timestamp[us, tz=UTC]"
    assert math.isnan(table["metrics.loss"][0].as_py())
    assert table["metrics.loss"].is_null().to_pylist() == [False, True, True]
    assert table["created"][2].as_py().astimezone(UTC) == logged[2].created


def test_nothing_is_a_frame_too(registry):
    """With its columns, so that what comes after it need not look."""
    found = registry.search()

    assert list(found.to_pandas()["id"]) == []
    assert found.to_arrow().num_rows == 0
    assert found.to_arrow().column_names == found.to_pandas().columns.tolist()


@pytest.mark.parametrize(("library", "method"), [("pandas", "to_pandas"), ("pyarrow", "to_arrow")])
def test_a_library_that_is_missing_is_named(registry, logged, monkeypatch, library, method):
    """With the line that installs it."""
    monkeypatch.setitem(sys.modules, library, None)

    with pytest.raises(gitreg.UsageError, match=f"{library} is not installed") as refusal:
        getattr(registry.search(), method)()

    assert refusal.value.hint == f"pip install {library}"


def test_compare_against_a_candidate(registry, logged):
    """By keyword."""
    found = registry.compare(logged[1].id, against=logged[0].id)

    assert [one.id for one in found.candidates] == [logged[0].id, logged[1].id]
