"""What each word of the language means, one candidate beside another that differs in one thing."""

from __future__ import annotations

import math

import pytest
from filter_ground import NOW, Ground, Made

from gitreg.index.query.search import search
from gitreg.index.query.values import Query

VALUES = {
    "one": "1",
    "wide": " 1.0 ",
    "word": "Ab",
    "lower": "ab",
    "none": None,
    "starred": "a*",
    "accent": "É",
}
METRICS = {"one": 1.0, "two": 2.0, "nan": math.nan, "none": None, "infinite": math.inf, "zero": -0.0}


def names(made, text):
    ground = Ground(made)
    return sorted(ground.made[n].name for n in search(ground.connection, Query(text), NOW).numbers)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("params.x like '%b'", ["lower", "word"]),
        ("params.x like '%B'", []),
        ("params.x like 'A%'", ["word"]),
        ("params.x ilike '%B'", ["lower", "word"]),
        ("params.x ilike 'é'", []),
        ("params.x like '%*'", ["starred"]),
        ("params.x not like 'A%'", ["accent", "lower", "one", "starred", "wide"]),
        ("params.x = 1", ["one", "wide"]),
        ("params.x = '1'", ["one"]),
        ("params.x >= 0", ["one", "wide"]),
        ("params.x != 2", ["one", "wide"]),
        ("params.x not in (2, 3)", ["one", "wide"]),
        ("params.x != '1'", ["accent", "lower", "starred", "wide", "word"]),
        ("params.x is null", ["none"]),
        ("not params.x is not null", ["none"]),
        ("not params.x = '1'", ["accent", "lower", "none", "starred", "wide", "word"]),
    ],
)
def test_text(text, found):
    """Case, patterns, numbers in text, absence."""
    made = [
        Made(f"{n:032x}", name=name, params={} if value is None else {"x": value})
        for n, (name, value) in enumerate(VALUES.items())
    ]

    assert names(made, text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("metrics.m != 1", ["infinite", "nan", "two", "zero"]),
        ("metrics.m not in (1, 2)", ["infinite", "nan", "zero"]),
        ("metrics.m < 5", ["one", "two", "zero"]),
        ("metrics.m >= 2", ["infinite", "two"]),
        ("metrics.m = 0", ["zero"]),
        ("metrics.m = inf", ["infinite"]),
        ("metrics.m is null", ["none"]),
    ],
)
def test_numbers(text, found):
    """NaN is there, differs from every number, and meets nothing else."""
    made = [
        Made(f"{n:032x}", name=name, metrics={} if value is None else {"m": value})
        for n, (name, value) in enumerate(METRICS.items())
    ]

    assert names(made, text) == found
