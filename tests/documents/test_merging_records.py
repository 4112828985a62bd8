"""Records merged key by key."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from record_samples import READY
from record_strategies import candidates, experiments, logged_models

from gitreg.documents.conflicts import deciding, open_conflicts
from gitreg.documents.edit import DELETE, changed, edit
from gitreg.documents.layout import path_of
from gitreg.documents.merging import merge_record
from gitreg.documents.reader import read
from gitreg.documents.records_json import to_json
from gitreg.documents.writer import write
from gitreg.domain.candidate import ArtifactSummary, Candidate
from gitreg.domain.digest import Digest
from gitreg.domain.experiment import Experiment, MetricRule
from gitreg.domain.logged_model import LoggedModel
from gitreg.domain.record import Person

EARLY, LATE = "2026-11-22T10:00:00.000000Z", "2026-11-22T11:00:00.000000Z"
LOGGED = Candidate(
    id="7f3a" + "0" * 28, experiment="churn", name="lr=0.1", created=datetime(2026, 11, 22, tzinfo=UTC),
    author=Person(name="Ada", email="ada@example.com"), params={"lr": "0.1"}, metrics={"auc": 0.93},
    points={"auc": (3, None)}, tags={"team": "core"}, notes="first",
)  # fmt: skip
ARTIFACTS = ArtifactSummary(files=1, size=1, manifest=Digest.of(b""))
CHURN = Experiment.called("churn")


def merged(base, one, two):
    """The record that two changes give, the same from both sides."""
    path = path_of(one)
    texts = [
        write(record) if isinstance(record, (Candidate, Experiment, LoggedModel)) else record
        for record in (base, one, two)
    ]
    result = merge_record(path, *texts)
    assert result == merge_record(path, texts[0], texts[2], texts[1])
    return read(result, type(one), path)


def of(record, **changes):
    """The record with `tags__team="x"` and the like set; None removes."""
    words = {tuple(name.split("__")): DELETE if value is None else value for name, value in changes.items()}
    return changed(record, words)


def test_changes_of_different_keys_both_apply():
    """A tag on one side, another tag and the name on the other."""
    result = merged(LOGGED, of(LOGGED, tags__one="1"), of(LOGGED, tags__two="2", name="best"))

    assert result == of(LOGGED, tags__one="1", tags__two="2", name="best")


def test_what_is_said_of_files_stays_with_the_artifacts_that_it_is_about():
    """A merge of other keys keeps it; artifacts that somebody gave since bring their own."""
    named = {"conflicts": {"artifacts.model": [f"sha256:{'1' * 64}", []]}}
    clash = LOGGED.model_copy(update={"artifacts": ARTIFACTS, "extra": named})
    newer = ARTIFACTS.model_copy(update={"files": 9})
    decided = LOGGED.model_copy(update={"artifacts": newer})

    assert merged(clash, of(clash, tags__one="1"), of(clash, tags__two="2")).extra == named
    assert merged(clash, of(clash, tags__one="1"), decided).extra == {}
    assert open_conflicts(clash) == {"artifacts.model": (f"sha256:{'1' * 64}", None)}


def test_a_conflict_keeps_both_values():
    """One stands at the key, both are listed below its name."""
    result = merged(LOGGED, of(LOGGED, tags__team="risk"), of(LOGGED, tags__team="growth"))

    assert result.tags == {"team": "growth"}
    assert result.extra == {"conflicts": {"tags.team": ["growth", "risk"]}}


def test_a_tag_that_one_removed_and_the_other_changed_stays_and_says_so():
    """Nothing is lost; an empty list stands for the removal."""
    result = merged(LOGGED, of(LOGGED, tags__team=None), of(LOGGED, tags__team="risk"))

    assert result.tags == {"team": "risk"}
    assert result.extra == {"conflicts": {"tags.team": ["risk", []]}}


def test_conflicts_of_many_joins_accumulate():
    """Three clones, three values, whoever joins first."""
    sides = [of(LOGGED, tags__team=team) for team in ("risk", "growth", "ops")]

    results = {
        write(merged(LOGGED, merged(LOGGED, one, two), three)) for one, two, three in permutations(sides)
    }

    assert len(results) == 1
    assert read(results.pop(), Candidate, path_of(LOGGED)).extra["conflicts"]["tags.team"] == [
        "growth",
        "ops",
        "risk",
    ]


def test_both_notes_are_kept_whole():
    """One after the other, and listed."""
    result = merged(LOGGED, of(LOGGED, notes="first\nsecond\n"), of(LOGGED, notes="better"))

    assert result.notes == "better\n\nfirst\nsecond"
    assert result.extra["conflicts"]["notes"] == ["better", "first\nsecond\n"]


def test_a_decision_of_one_side_wins_over_the_open_conflict():
    """Whoever sets the key again has decided, whatever it is set to."""
    base = merged(LOGGED, of(LOGGED, tags__team="risk"), of(LOGGED, tags__team="growth"))
    for team in ("risk", "growth", "other"):
        decided = changed(base, {("tags", "team"): team, **deciding(base, [("tags", "team")])})

        assert merged(base, decided, of(base, name="best")) == of(decided, name="best")
        assert decided.extra == {}


def test_a_decision_by_hand_counts_too():
    """An entry is believed only while the key holds what it puts there."""
    base = merged(LOGGED, of(LOGGED, tags__team="risk"), of(LOGGED, tags__team="growth"))
    by_hand = of(base, tags__team="risk")

    assert open_conflicts(by_hand) == {}
    assert merged(base, by_hand, of(base, name="best")) == of(LOGGED, tags__team="risk", name="best")


def test_a_decision_and_a_new_value_are_a_new_conflict():
    """What was decided against does not come back."""
    base = merged(LOGGED, of(LOGGED, tags__team="risk"), of(LOGGED, tags__team="growth"))
    decided = changed(base, {("tags", "team"): "risk", **deciding(base, [("tags", "team")])})
    third = merged(LOGGED, base, of(LOGGED, tags__team="ops"))

    assert open_conflicts(merged(base, decided, third)) == {"tags.team": ("ops", "risk")}


def test_two_decisions_that_differ_are_a_conflict():
    """Each saw both values; neither person's word is dropped."""
    base = merged(LOGGED, of(LOGGED, tags__team="risk"), of(LOGGED, tags__team="growth"))
    ways = [
        changed(base, {("tags", "team"): team, **deciding(base, [("tags", "team")])})
        for team in ("risk", "growth")
    ]

    assert open_conflicts(merged(base, *ways)) == {"tags.team": ("growth", "risk")}


def test_new_values_on_both_sides_join_an_open_conflict():
    """What was open stays open."""
    base = merged(LOGGED, of(LOGGED, tags__team="risk"), of(LOGGED, tags__team="growth"))
    sides = [merged(LOGGED, base, of(LOGGED, tags__team=team)) for team in ("ops", "sales")]

    assert open_conflicts(merged(base, *sides)) == {"tags.team": ("growth", "ops", "risk", "sales")}


def test_a_decision_is_kept_beside_later_values():
    """Also when it was joined with a new value before another decision comes."""
    base = merged(LOGGED, of(LOGGED, tags__team="risk"), of(LOGGED, tags__team="growth"))
    growth, risk = (
        changed(base, {("tags", "team"): team, **deciding(base, [("tags", "team")])})
        for team in ("growth", "risk")
    )
    third = merged(LOGGED, base, of(LOGGED, tags__team="ops"))

    results = {
        write(merged(base, merged(base, growth, risk), third)),
        write(merged(base, growth, merged(base, risk, third))),
    }

    assert len(results) == 1
    assert open_conflicts(merged(base, growth, merged(base, risk, third))) == {
        "tags.team": ("growth", "ops", "risk")
    }


@pytest.mark.parametrize(
    ("base", "one", "two", "result"),
    [
        (None, EARLY, LATE, EARLY),
        (None, EARLY, None, EARLY),
        (EARLY, None, EARLY, None),
        (EARLY, None, LATE, None),
    ],
    ids=["deleted twice", "deleted", "restored", "restored, and deleted again"],
)
def test_deletion_merges(base, one, two, result):
    """Deleted twice is deleted at the earlier time; otherwise whoever changed whether it is deleted wins."""
    found = merged(*(of(LOGGED, deleted=when) if when else LOGGED for when in (base, one, two)))

    assert found == (of(LOGGED, deleted=result) if result else LOGGED)


def test_deleted_and_edited_both_apply():
    """An edit does not bring a candidate back, and is not lost."""
    result = merged(LOGGED, of(LOGGED, deleted=EARLY), of(LOGGED, tags__team="risk"))

    assert result == of(LOGGED, deleted=EARLY, tags__team="risk")


def test_metric_goals_merge_each_on_its_own():
    """One names a goal, the other a unit of the same metric, and one more."""
    base = of(CHURN, metrics__auc={})
    one = of(base, metrics__auc={"goal": "minimize", "primary": True})
    two = of(base, metrics__auc={"unit": "%"}, metrics__loss={"goal": "minimize"})

    assert merged(base, one, two).metrics == {
        "auc": MetricRule(goal="minimize", primary=True, unit="%"), "loss": MetricRule(goal="minimize")
    }  # fmt: skip


def test_two_primary_metrics_are_a_conflict_of_one_key():
    """Only one metric can be primary, so the record would be none."""
    base = of(CHURN, metrics__auc={}, metrics__loss={})
    result = merged(base, of(base, metrics__auc__primary=True), of(base, metrics__loss__primary=True))

    assert result.primary_metric == "auc"
    assert open_conflicts(result) == {"primary": ("auc", "loss")}


def test_a_rule_that_one_removed_and_the_other_changed_stays_whole():
    """Its goal is not silently the default one."""
    base = of(CHURN, metrics__loss={"goal": "minimize"})
    result = merged(base, of(base, metrics__loss=None), of(base, metrics__loss__unit="nats"))

    assert result.metrics == {"loss": MetricRule(goal="minimize", unit="nats")}


def test_an_experiment_that_both_made_merges_with_the_automatic_one():
    """One edited it, the other's was made by logging."""
    assert merged(None, of(CHURN, description="who leaves"), CHURN) == of(CHURN, description="who leaves")


def test_a_candidate_that_both_have_without_a_common_past_merges():
    """As after joining clones whose history is cut off: what is not the default was given."""
    assert merged(None, of(LOGGED, tags__new="1"), of(LOGGED, deleted=EARLY)) == of(
        LOGGED, tags__new="1", deleted=EARLY
    )


def test_what_never_changes_is_treated_alike():
    """Hostile edits of code, metrics and points give a record, too."""
    result = merged(
        LOGGED,
        of(LOGGED, metrics__auc=0.5, code={"branch": "a"}, created=EARLY),
        of(LOGGED, metrics=dict[str, float](), points={}, code={"branch": "b"}, created=LATE),
    )

    assert result.metrics == {"auc": 0.5}
    assert open_conflicts(result)["metrics.auc"] == ("0.5", None)
    assert result.code.branch == "a"


def test_what_two_clones_measured_of_a_logged_model_stays():
    """Each value is its own; the later change is when it was changed, and a tag is merged as of candidates."""
    one, two = (
        of(READY, metrics=[*measured(READY), *measured(READY, value=value)], updated=when, tags=tags)
        for value, when, tags in ((0.5, EARLY, {"a": "1"}), (0.6, LATE, {"b": "2"}))
    )
    result = merged(of(READY, tags=dict[str, str]()), one, two)

    assert {repr(metric.value) for metric in result.metrics} == {"0.9312", "nan", "-inf", "0.5", "0.6"}
    assert (result.updated, result.tags) == (two.updated, {"a": "1", "b": "2"})


def test_links_of_both_sides_stay():
    """One side used a logged model, the other made one."""
    used, made = ({"id": "0" * 31 + end, "role": role} for end, role in (("1", "input"), ("2", "output")))
    result = merged(LOGGED, of(LOGGED, models=[used]), of(LOGGED, models=[made]))

    assert [(link.id[-1], link.role) for link in result.models] == [("1", "input"), ("2", "output")]


def test_an_experiment_that_both_made_on_purpose_was_made_by_the_earlier():
    """Nobody is asked about clocks."""
    sides = [of(CHURN, created=when, updated=when) for when in (EARLY, LATE)]

    assert merged(None, *sides) == of(CHURN, created=EARLY, updated=LATE)


def test_a_field_that_few_have_is_put_into_a_text_by_hand_and_taken_from_it():
    """It is not there before, or not there after."""
    by_hand = write(LOGGED).replace(b"  team: core\n", b"  team: core # since May\n")
    with_user = edit(by_hand, Candidate, path_of(LOGGED), {("user",): "ada"})

    added = merge_record(path_of(LOGGED), write(LOGGED), write(of(LOGGED, user="ada")), by_hand)
    taken = merge_record(path_of(LOGGED), write(of(LOGGED, user="ada")), write(LOGGED), with_user)

    assert (added, taken) == (with_user, by_hand)


def measured(model, **changes):
    """The values that were measured of a model, as JSON."""
    return [one | changes for one in to_json(model)["metrics"]][: 1 if changes else None]


def test_a_metric_that_one_removed_takes_its_points_along():
    """A point without its metric would be no record."""
    result = merged(
        LOGGED,
        of(LOGGED, points__auc=[9, None]),
        of(LOGGED, metrics=dict[str, float](), points=dict[str, float]()),
    )

    assert (result.metrics, result.points) == ({}, {})


def test_long_keys_have_an_entry_too():
    """The name of an entry is a key like others: at most 250 characters."""
    tag = ("tags", "k" * 250)
    result = merged(LOGGED, changed(LOGGED, {tag: "a"}), changed(LOGGED, {tag: "b"}))

    assert list(open_conflicts(result).values()) == [("a", "b")]
    assert changed(result, deciding(result, [tag])).extra == {}


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"<<<<<<< ours\n",
        b"schema: gitreg/candidate/v1\n",
        write(LOGGED.model_copy(update={"id": "0" * 32})),
    ],
    ids=["empty", "markers", "half", "another"],
)
def test_what_is_no_record_is_not_merged(text):
    """The lines may be merged still; nothing is guessed here."""
    assert merge_record(path_of(LOGGED), write(LOGGED), text, write(of(LOGGED, name="x"))) is None


def test_a_broken_base_does_not_block():
    """As when both sides mended it."""
    assert merged(b"<<<<<<<", of(LOGGED, tags__new="1"), LOGGED) == of(LOGGED, tags__new="1")


def test_other_files_are_not_merged():
    """A manifest, a model, what is not in its place."""
    for path in ("models/churn/model.yaml", f"experiments/churn/candidates/00/{LOGGED.id}.yaml", "x"):
        assert merge_record(path, b"1", b"2", b"3") is None


def test_comments_stay():
    """The change of one side is made in the text that the other wrote by hand."""
    by_hand = write(LOGGED).replace(b"  team: core\n", b"  # who asks\n  team: core # since May\n")
    one = edit(by_hand, Candidate, path_of(LOGGED), {("tags", "one"): "1"})
    two = write(of(LOGGED, name="best"))

    for first, second in ((one, two), (two, one)):
        result = merge_record(path_of(LOGGED), write(LOGGED), first, second)
        assert result == one.replace(b"name: lr=0.1", b"name: best")


def test_of_two_texts_by_hand_the_one_with_more_comments_stays():
    """The same one from both sides; what the other says is in it."""
    text, path = write(LOGGED), path_of(LOGGED)
    one = edit(
        text.replace(b"  team: core\n", b"  team: core # since May\n"),
        Candidate,
        path,
        {("tags", "one"): "1"},
    )
    two = edit(text + b"# a\n# b\n", Candidate, path, {("name",): "best"})

    results = {merge_record(path, text, *sides) for sides in ((one, two), (two, one))}

    assert results == {edit(two, Candidate, path, {("tags", "one"): "1"})}


VALUES = st.sampled_from(["a", "b", "c"])
EDITS = st.dictionaries(
    st.sampled_from(
        [("tags", "team"), ("tags", "stage"), ("name",), ("notes",), ("deleted",), ("extra", "x")]
    ),
    VALUES,
)
MORE = {("deleted",): {"a": EARLY, "b": LATE, "c": None}, ("notes",): {"a": "a\n", "b": "b\n\nb", "c": ""}}


def given_edits(record, edits):
    """The record with small edits, some of them removals."""
    words = {
        keys: MORE.get(keys, {}).get(
            value, DELETE if value == "c" and keys[0] in {"tags", "extra"} else value
        )
        for keys, value in edits.items()
    }
    return changed(record, words)


@settings(max_examples=60, deadline=None)
@given(base=EDITS, sides=st.lists(EDITS, min_size=3, max_size=3))
def test_the_order_of_joins_does_not_matter(base, sides):
    """Clones that each edited what all of them knew, joined one after another in any order, end with the same bytes."""
    known = given_edits(LOGGED, base)
    changes = [given_edits(known, side) for side in sides]

    results = {
        write(merged(known, merged(known, one, two), three))
        for one, two, three in (changes, changes[1:] + changes[:1], changes[2:] + changes[:2])
    }

    assert len(results) == 1


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(data=st.data(), kind=st.sampled_from([candidates(), experiments(), logged_models]))
def test_any_three_records_merge_to_a_record(data, kind):
    """Whatever hostile hands did to them; the same from both sides, and again with its own result."""
    first = data.draw(kind)
    named = {name: getattr(first, name) for name in ("id", "experiment", "slug") if hasattr(first, name)}
    base, one, two = first, *(data.draw(kind).model_copy(update=named) for _ in range(2))

    result = merged(data.draw(st.sampled_from([base, None])), one, two)

    assert merged(base, result, result) == result
    assert merged(one, result, one) == result


@settings(max_examples=100, deadline=None)
@given(kind=st.sampled_from([candidates(), experiments(), logged_models]), data=st.data())
def test_what_one_side_changed_is_taken(kind, data):
    """Without a change of the other's, byte for byte."""
    base = data.draw(kind)
    side = write(base) + b"# by hand\n"

    assert merge_record(path_of(base), write(base), side, write(base)) == side
    assert merge_record(path_of(base), write(base), side, side) == side
