"""What a journal's lines say."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitreg.domain.candidate import Curve, DataSource, ModelLink
from gitreg.domain.curves import MetricPoint
from gitreg.domain.digest import Digest
from gitreg.domain.words import key, text
from gitreg.drafts.entries import (
    Artifact,
    Deletion,
    Earlier,
    Ended,
    Linked,
    Named,
    Note,
    Notes,
    Param,
    Removal,
    Runs,
    Tag,
    Unknown,
    Untag,
)
from gitreg.drafts.lines import STEPS, line, parse

MOMENT = datetime(2026, 11, 22, 15, 4, 5, 123456, tzinfo=UTC)


def _good(check):
    def is_good(value: str) -> bool:
        try:
            check(value)
        except ValueError:
            return False
        return True

    return is_good


KEYS = st.text(min_size=1, max_size=20).filter(_good(key))
TEXTS = st.text(max_size=50).filter(_good(text))
TIMES = st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.replace(fold=0))
POINTS = st.builds(
    MetricPoint,
    KEYS,
    st.floats(),
    st.none() | st.integers(STEPS[0], STEPS[-1]),
    st.none() | TIMES,
    st.none() | st.just("5" * 32),
    st.none() | st.tuples(TEXTS, TEXTS),
)
MODELS = st.builds(
    ModelLink, id=st.just("5" * 32), role=st.sampled_from(["input", "output"]), step=st.integers(0, 9)
)
CURVES = st.builds(Curve, points=st.integers(2, 9), min=st.floats(), max=st.floats())
ENTRIES = (
    POINTS
    | st.builds(Untag, KEYS)
    | st.builds(Named, KEYS)
    | st.builds(Notes, TEXTS)
    | st.builds(Removal, st.sampled_from(["", "model.pkl", "a"]))
    | st.builds(Linked, MODELS)
    | st.builds(Deletion, st.none() | TIMES)
    | st.builds(Runs, st.sampled_from(["running", "scheduled"]), st.none() | TIMES)
    | st.builds(Earlier, st.builds(MetricPoint, KEYS, st.floats(), st.integers(0, 9)), CURVES)
    | st.builds(Param, KEYS, TEXTS)
    | st.builds(Tag, KEYS, TEXTS)
    | st.builds(Note, TEXTS)
    | st.builds(Ended, st.sampled_from(["finished", "failed", "killed", "running"]), st.none() | TIMES)
    | st.builds(
        DataSource,
        name=KEYS,
        uri=TEXTS,
        digest=st.none() | st.binary().map(Digest.of),
        context=TEXTS,
        fingerprint=TEXTS,
        tags=st.dictionaries(KEYS, TEXTS, max_size=2),
    )
    | st.builds(Artifact, st.sampled_from(["model.pkl", "a/b"]), st.just("artifacts/x/0"))
)


def _comparable(entry):
    """NaN is not equal to itself, and means the same here."""
    return repr(entry)


@given(ENTRIES)
@settings(max_examples=200)
def test_an_entry_comes_back_from_its_line_as_it_was(entry):
    """What prints also parses."""
    written = line(entry).encode()

    assert written.startswith(b"\n")
    assert written.count(b"\n") == 1
    assert _comparable(parse(written[1:])) == _comparable(entry)


@given(ENTRIES)
@settings(max_examples=50)
def test_no_beginning_of_a_line_says_anything(entry):
    """A torn line is recognized at every byte."""
    written = line(entry).encode()[1:]

    assert [parse(written[:size]) for size in range(len(written))] == [None] * len(written)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_json_has_no_number_for_is_a_word(value):
    """The journal is JSON that every reader takes."""
    assert isinstance(parse(line(MetricPoint("auc", value)).encode()), MetricPoint)
    assert f'"value":"{str(value).replace("nan", "NaN").replace("inf", "Infinity")}"' in line(
        MetricPoint("auc", value)
    )


@pytest.mark.parametrize(
    "entry",
    [
        Param("", "1"),
        Param("a\nb", "1"),
        Param("k" * 251, "1"),
        Param("lr", "\x1b[31m"),
        Param("lr", "\ud800"),
        Tag(" team", "growth"),
        Tag("te\u202eam", "growth"),
        MetricPoint("auc\0", 1.0),
        MetricPoint("auc", 1.0, 2**63),
        MetricPoint("auc", 1.0, None, datetime(2026, 1, 1)),  # noqa: DTZ001 - a time without a zone is the point
        Note("\x00"),
        Artifact("../model.pkl", "artifacts/x/0"),
        Artifact("/etc/passwd", "artifacts/x/0"),
        Artifact(".gitreg/code.patch", "artifacts/x/0"),
        Artifact(".GITREG/x", "artifacts/x/0"),
        Removal(".gitreg/curves.csv"),
        Removal("../x"),
        Named(" x"),
        Notes("\x00"),
        Untag(""),
        MetricPoint("auc", 1.0, model="../x"),
        MetricPoint("auc", 1.0, data=("a", "\x1b")),
    ],
)
def test_what_a_record_could_not_hold_is_refused_when_it_is_said(entry):
    """Nothing is acknowledged that would be refused at the end."""
    with pytest.raises(ValueError, match=r"\w"):
        line(entry)


def test_a_kind_of_a_newer_gitreg_is_known_to_be_unknown():
    """A journal of a newer gitreg is never read as if its entries were not there."""
    assert parse(b'{"kind":"hologram","x":1}') == Unknown("hologram")


@pytest.mark.parametrize(
    "text",
    [
        b'{"kind":"param"}',
        b'{"kind":"param","key":"a","value":1}',
        b'{"kind":"param","key":"a\\u0000","value":"1"}',
        b'{"kind":"metric","key":"a","value":true}',
        b'{"kind":"metric","key":"a","value":"high"}',
        b'{"kind":"metric","key":"a","value":1,"step":"2"}',
        b'{"kind":"metric","key":"a","value":1,"step":99999999999999999999}',
        b'{"kind":"metric","key":"a","value":1,"time":"yesterday"}',
        b'{"kind":"artifact","name":"a","stored":"../../secret"}',
        b'{"kind":"status","status":"great","time":"2026-11-22T15:04:05Z"}',
        b'{"kind":"data","name":"a","surprise":1}',
        b'{"kind":"runs","status":"finished"}',
        b'{"kind":"removal","name":"/etc"}',
        b'{"kind":"link","id":"x","role":"input"}',
        b'{"kind":"deletion"}',
        b'{"kind":"metric","key":"a","value":1,"model":"../x"}',
        b'{"kind":"metric","key":"a","value":1,"data":["x"]}',
        b'{"kind":"earlier","key":"a","value":1,"points":0,"min":1,"max":1}',
        b'{"kind":"earlier","key":"a","value":1}',
    ],
)
def test_a_whole_line_that_says_nonsense_is_an_error(text):
    """It was not torn: something else wrote it."""
    with pytest.raises(ValueError, match=r"\w"):
        parse(text)


@pytest.mark.parametrize("text", [b"", b"1", b"[]", b"null", b"\x00\x00", b"\xff", b"[" * 100_000])
def test_what_is_no_object_is_what_a_torn_write_left(text):
    """Neither zeros after a power cut nor deep nesting is an entry."""
    assert parse(text) is None
