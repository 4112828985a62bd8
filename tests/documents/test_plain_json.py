"""A candidate's file as JSON, the short way: the same as of the record that the file is, whatever is in it."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from record_samples import FULL, PLAIN
from record_strategies import candidates

from gitreg.documents.places import candidate_path
from gitreg.documents.plain_json import candidate_json
from gitreg.documents.reader import read
from gitreg.documents.records_json import to_json
from gitreg.documents.writer import write
from gitreg.domain.candidate import Candidate
from gitreg.errors import RecordError


def same(text: bytes, path: str) -> None:
    """Same keys, same order, same words."""
    assert json.dumps(candidate_json(text, path)) == json.dumps(to_json(read(text, Candidate, path)))


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(candidates())
def test_it_is_the_record_s_json(candidate: Candidate) -> None:
    """Of everything that a record may hold."""
    same(write(candidate), candidate_path(candidate.experiment, candidate.id))


@pytest.mark.parametrize("record", [PLAIN, FULL], ids=["plain", "full"])
def test_what_people_edited_is_the_record_s_json_too(record: Candidate) -> None:
    """Comments, other quotes, keys left out: read strictly, defaults filled in."""
    path = candidate_path(record.experiment, record.id)
    text = write(record)

    for edited in (
        text,
        text + b"# by hand\n",
        text.replace(b"extra: {}\n", b""),
        text.replace(b"deleted: null\n", b""),
    ):
        same(edited, path)


def test_what_is_no_record_is_refused_with_its_place() -> None:
    """As the strict reader does."""
    with pytest.raises(RecordError) as refusal:
        candidate_json(b"id: 7\n", candidate_path(PLAIN.experiment, PLAIN.id))

    assert refusal.value.place
