"""Conditions: what the filter language means, and where it says no."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitreg.domain.candidate import Candidate, Code
from gitreg.domain.condition import Condition, parse_conditions, value_of
from gitreg.domain.record import Person

CANDIDATE = Candidate(
    id="7f3a".ljust(32, "0"), experiment="churn", name="first try", created=datetime(2026, 11, 22, tzinfo=UTC),
    author=Person(name="Ada", email="ada@example.com"), metrics={"auc": 0.9, "val loss": 0.1, "bad": float("nan")},
    params={"lr": "1e-2", "opt": "adam", "x/y": "1"}, tags={"team": "growth"}, code=Code(dirty=True, branch="main"),
)  # fmt: skip


@pytest.mark.parametrize("text", [
    "metrics.auc > 0.8", "metrics.auc >= 0.9", "metrics.auc = 0.9", "metrics.auc != 1", "metrics.auc<1", "metrics.auc <= .9",
    "metrics.`val loss` < 0.2", 'metrics."val loss" < 0.2', "params.lr = '1e-2'", "params.lr = 0.01", "params.lr < 0.1",
    "params.opt = 'adam'", 'params.opt = "adam"', "params.x/y = 1", "tags.team != 'ops'", "status = 'finished'", "experiment = 'churn'",
    "code.dirty = 'true'", "code.branch = 'main'", "created >= '2026-11-22'", "name = 'first try'", "", "  ",
    "metrics.auc > 0.8 and params.opt = 'adam' AND status = 'finished'", "params.opt = 'adam'and status='finished'", "id = '7f3a0000000000000000000000000000'",
])  # fmt: skip
def test_it_holds(text):
    """What is true of the candidate."""
    assert all(one.holds(CANDIDATE) for one in parse_conditions(text))


@pytest.mark.parametrize("text", [
    "metrics.auc > 0.9", "metrics.none > 0", "metrics.none != 0", "metrics.bad > 0", "metrics.bad <= 0", "params.opt = 'Adam'",
    "params.opt > 1", "params.lr = '0.01'", "tags.none = ''", "artifacts.manifest != ''", "finished < '2030'", "status = 'failed'",
    "metrics.auc > 0.8 and status = 'failed'",
])  # fmt: skip
def test_it_does_not_hold(text):
    """What is false, or asks for what is not there: a candidate without the field never meets a condition."""
    assert not all(one.holds(CANDIDATE) for one in parse_conditions(text))


@pytest.mark.parametrize(("text", "place", "reason"), [
    ("metrics.auc", 12, "expected a comparison"), ("metrics.auc > 'high'", 13, "compared with a number"), ("nothing = 1", 1, "no field 'nothing'"),
    ("status = finished", 10, "text is written in quotes"), ("metrics.auc > 1 or status = 'x'", 17, "expected 'and'"), ("= 1", 1, "expected a field"),
    ("metrics.auc > 1 and", 17, "expected 'and'"), ("metrics.auc > 0.9 status = 'x'", 19, "expected 'and'"), ("status = 'x", 7, "expected a comparison"),
    ("metrics. > 1", 1, "no field 'metrics.'"), ("metrics.auc ~ 1", 12, "expected a comparison"), ("status = 'a' and status", 24, "expected a comparison"),
])  # fmt: skip
def test_a_fault_has_its_place(text, place, reason):
    """The number of the character and what was expected."""
    with pytest.raises(ValueError, match=reason) as refusal:
        parse_conditions(text)

    assert f"at character {place}:" in str(refusal.value)


def test_a_filter_has_a_largest_size():
    """Nobody types more."""
    with pytest.raises(ValueError, match="at most 10000 characters"):
        parse_conditions("x" * 10_001)


@pytest.mark.parametrize(
    "text",
    [
        "metrics." + "a" * 9000,
        "metrics.a > " + "1" * 9000,
        " " * 10_000,
        "a" * 10_000,
        "metrics.a > 1 and " * 555,
        "metrics.`" * 1000,
    ],
)
def test_hostile_filters_end_soon(text):
    """Bounded in time, whatever is typed."""
    begin = time.process_time()
    with suppress(ValueError):
        parse_conditions(text)

    assert time.process_time() - begin < 1


@given(st.text(max_size=60))
def test_any_text_is_parsed_or_refused(text):
    """No text raises anything but ValueError."""
    try:
        assert all(isinstance(one, Condition) for one in parse_conditions(text))
    except ValueError as error:
        assert "at character" in str(error)  # noqa: PT017


def test_a_field_that_is_none_is_named():
    """`value_of` lists those that are."""
    with pytest.raises(ValueError, match=r"metrics\.NAME"):
        value_of(CANDIDATE, "nothing")


def test_fields_are_found():
    """Groups by key, attributes by name."""
    fields = ("metrics.auc", "params.opt", "tags.team", "author", "code.commit", "metrics.none")

    assert [value_of(CANDIDATE, one) for one in fields] == [
        0.9,
        "adam",
        "growth",
        "Ada <ada@example.com>",
        None,
        None,
    ]
