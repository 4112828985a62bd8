"""Changes to files that people wrote."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from record_strategies import models, tags, texts

from gitreg.documents.edit import DELETE, changed, edit
from gitreg.documents.reader import read
from gitreg.documents.writer import write
from gitreg.domain.candidate import Candidate
from gitreg.domain.model import Model
from gitreg.errors import RecordError

PATH = "models/churn/model.yaml"
# what a person might type: another order, comments everywhere, quotes of both kinds, odd indentation
BY_HAND = b"""\
# the churn model
schema: gitreg/model/v1   # do not change
slug: churn
name: "Churn"             # people see this

owners: [ada, 'bob']
# where it serves
stages:   # by stage
    production: 1.1.0     # since May
    # staging waits
description: >
  folded
  text

tags: {team: growth, "tier": '1'}
retired:
  1.0.1: wrong labels  # see the report
# the end
"""


def edited(changes, text=BY_HAND):
    return edit(text, Model, PATH, changes).decode()


def test_a_value_is_replaced_and_nothing_else():
    """Only the characters of the value change."""
    assert edited({("stages", "production"): "1.2.0"}) == BY_HAND.decode().replace("1.1.0", "1.2.0")


def test_a_new_key_stands_in_its_order():
    """A key that people choose is put after the last one before it, with the indentation of its neighbours."""
    assert edited({("stages", "staging"): "1.2.0"}) == BY_HAND.decode().replace(
        "since May\n", "since May\n    staging: 1.2.0\n"
    )


def test_a_new_field_stands_where_the_schema_has_it():
    """A field of the record is put after the field before it."""
    assert edited({("deleted",): "2026-01-02T00:00:00Z"}) == BY_HAND.decode().replace(
        "see the report\n", "see the report\ndeleted: '2026-01-02T00:00:00.000000Z'\n"
    )


def test_a_first_key_stands_first():
    """A key before all others begins the mapping."""
    assert edited({("stages", "alpha"): "1.2.0"}) == BY_HAND.decode().replace(
        "    production", "    alpha: 1.2.0\n    production"
    )


def test_a_key_inside_braces_stays_inside():
    """People's flow style is kept."""
    assert edited(
        {("tags", "team"): "a, b", ("tags", "zone"): "no", ("tags", "area"): "x"}
    ) == BY_HAND.decode().replace(
        "{team: growth, \"tier\": '1'}", "{area: x, team: 'a, b', \"tier\": '1', zone: 'no'}"
    )


def test_a_key_is_removed_with_its_line():
    """What stood around it stays."""
    assert edited({("stages", "production"): DELETE, ("tags", "team"): DELETE}) == BY_HAND.decode().replace(
        "stages:   # by stage\n    production: 1.1.0     # since May\n", "stages: {}   # by stage     # since May\n"
    ).replace("{team: growth, \"tier\"", "{\"tier\"")  # fmt: skip


def test_a_last_key_inside_braces_is_removed_with_its_comma():
    """What is left is still YAML."""
    assert "tags: {team: growth}\n" in edited({("tags", "tier"): DELETE})


def test_a_whole_mapping_keeps_comments_of_what_stays():
    """A mapping that is set whole changes only where it differs."""
    text = edited({("stages",): {"production": "1.1.0", "staging": "1.2.0"}})

    assert "    production: 1.1.0     # since May\n    staging: 1.2.0\n" in text


def test_folded_text_is_replaced_whole():
    """A block of text ends where its lines end, not where the next key begins."""
    assert "description: short\n\ntags:" in edited({("description",): "short"})


def test_a_line_becomes_a_block():
    """Several lines take the place of one, below its comment."""
    assert 'name: "Churn"             # people see this\n\nowners:\n  - ada\n  - no one\n# where' in edited(
        {("owners",): ["ada", "no one"]}
    )


def test_what_is_missing_on_the_way_is_made():
    """A change below a field that the file leaves out brings the field."""
    assert "# the end\n" in edited({("extra", "other", "tool"): "x"})
    assert read(edited({("extra", "other", "tool"): "x"}).encode(), Model, PATH).extra == {
        "other": {"tool": "x"}
    }


def test_null_gives_way():
    """A mapping can take the place of null."""
    text = b"schema: gitreg/candidate/v1\nid: 7f3ac2d1e0b94c6f8a55d0c7b1e2f3a4\nexperiment: churn\nname: a\ncreated: 2026-01-01T00:00:00Z\nauthor:\n  name: A\n  email: a@b  # mail\nci:  # none\n"

    result = edit(text, Candidate, "c.yaml", {("ci", "job"): "7"})

    assert result.startswith(text.replace(b"ci:  # none\n", b"ci:  # none\n  provider: gitlab\n"))


@settings(max_examples=40, deadline=None)
@given(models, tags, texts)
def test_canonical_stays_canonical(model, new_tags, description):
    """A file that gitreg wrote is one afterwards too."""
    changes = {("tags",): new_tags, ("description",): description, ("stages",): DELETE}

    result = edit(write(model), Model, PATH, changes)

    assert result == write(changed(model, changes))


@settings(max_examples=40, deadline=None)
@given(texts, tags, st.sampled_from(["production", "staging", "alpha"]), st.booleans())
def test_the_result_is_what_was_meant(description, new_tags, stage, delete):
    """Whatever is set in a file by hand reads back as exactly that, and comments elsewhere stay."""
    changes = {
        ("description",): description,
        ("tags",): new_tags,
        ("stages", stage): DELETE if delete else "2.0.0",
    }

    result = edit(BY_HAND, Model, PATH, changes)

    assert read(result, Model, PATH) == changed(read(BY_HAND, Model, PATH), changes)
    assert result.startswith(BY_HAND[: BY_HAND.index(b"# where")])


def test_a_change_that_makes_no_record_is_refused():
    """The file is not touched by what the record's rules refuse."""
    with pytest.raises(RecordError, match=r"stages\.production: not a semantic version"):
        edited({("stages", "production"): "first"})
    with pytest.raises(RecordError, match="the key slug is missing"):
        edited({("slug",): DELETE})


def test_style_that_cannot_be_kept_is_refused():
    """Better no change than a changed meaning."""
    text = BY_HAND.replace(
        b"retired:\n  1.0.1: wrong labels  # see the report\n", b"? retired\n: 1.0.1: bad\n"
    )

    with pytest.raises(RecordError, match=r"retired\.'1\.0\.1' cannot be changed"):
        edit(text, Model, PATH, {("retired", "1.0.1"): DELETE})


def test_a_file_without_a_last_line_feed_gets_one():
    """Text of several lines can be added at the end."""
    text = BY_HAND[: BY_HAND.index(b"# the end")].rstrip(b"\n")

    assert edit(text, Model, PATH, {("extra",): {"a": "b\n"}}).endswith(
        b"the report\nextra:\n  a: |\n    b\n"
    )
