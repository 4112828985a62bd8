"""Each gate's rule: what passes, what fails and why, what is left for later."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gitreg.domain import gate as gates
from gitreg.domain.candidate import ArtifactSummary, Candidate, Code, DataSource
from gitreg.domain.digest import Digest
from gitreg.domain.model import Model
from gitreg.domain.record import Person
from gitreg.gates import Evidence, FileFacts, judge
from gitreg.gates.formats import role_gate
from gitreg.gates.patterns import matches

WHEN = datetime(2026, 11, 22, tzinfo=UTC)
COMMIT = "9f1c" * 10
TEST, OTHER = Digest.of(b"test"), Digest.of(b"other")


def made(**more):
    values = {"id": "a" * 32, "experiment": "churn", "name": "x", "created": WHEN, "author": Person(name="Ada", email="ada@example.com")}  # fmt: skip
    return Candidate(**(values | more))


def source(name="test", digest=TEST, context="", licence=None):
    return DataSource(name=name, uri=name, digest=digest, context=context, licence=licence)


def said(gate, candidate=None, **evidence):
    (found,) = judge([gate], Evidence(candidate or made(), **evidence))
    return found.result, found.detail


def regression(**more):
    return gates.NoRegressionGate(kind="no-regression", metric="auc", against="production", **more)


def compared(mine, theirs, **gate):
    serving = {"production": made(metrics={"auc": 0.9}, data=theirs)}
    return said(regression(**gate), made(metrics={"auc": 0.9}, data=mine), serving=serving)


TRAIN_A, TRAIN_B = source("train", TEST, "training"), source("train", OTHER, "training")


@pytest.mark.parametrize(("mine", "theirs", "settings", "fault"), [
    ([source()], [source()], {}, None),
    ([source(context="validation"), TRAIN_A], [source(context="Test"), TRAIN_B], {}, None),
    ([source("a", OTHER), source("b")], [source("b"), source("a", OTHER)], {}, None),
    ([source("test"), TRAIN_A], [source("test"), TRAIN_B], {"data": ["test"]}, None),
    ([TRAIN_A], [source("x", TEST, "training")], {"data": ["training"]}, None),
    ([], [], {"same_data": False}, None),
    ([source()], [source(digest=OTHER)], {}, "measured on other data (test) than the version in production"),
    ([TRAIN_A], [TRAIN_B], {}, "measured on other data (train) than the version in production"),
    ([source(), source("more", OTHER)], [source()], {}, "measured on other data (test, more) than the version in production"),
    ([], [source()], {}, "the candidate does not say on which data it was measured"),
    ([source()], [], {}, "the version in production does not say on which data it was measured"),
    ([source(digest=None)], [source()], {}, "the candidate has no digest of test"),
    ([source()], [source(digest=None)], {}, "the version in production has no digest of test"),
    ([TRAIN_A], [source()], {"data": ["test"]}, "the candidate has no data test"),
])  # fmt: skip
def test_no_regression_compares_on_the_same_data(mine, theirs, settings, fault):
    """Two numbers of two test sets say nothing of each other; training data may be others'."""
    result, detail = compared(mine, theirs, **settings)

    assert (result, detail.partition("; ")[2] or None) == ("failed" if fault else "passed", fault)


def test_no_regression_may_say_the_direction():
    """The experiment's word is on a branch that anybody may push to; the gate's is not."""
    serving = {"production": made(metrics={"auc": 0.9})}
    candidate, goals = made(metrics={"auc": 0.5}), {"auc": "minimize"}

    assert said(regression(same_data=False), candidate, serving=serving, goals=goals)[0] == "passed"
    assert said(regression(same_data=False, goal="maximize"), candidate, serving=serving, goals=goals)[0] == "failed"  # fmt: skip


FULL = made(
    notes="words", tags={"team": "growth", "empty": " "}, params={"lr": "0.1"}, metrics={"auc": 0.9}, data=[source()], code=Code(commit=COMMIT)
)  # fmt: skip
MODEL = Model(slug="churn", name="churn", description="For whom", owners=["Ada"])


@pytest.mark.parametrize(("settings", "missing"), [
    ({"fields": ["notes", "code", "data", "model-description", "owners"]}, None), ({"tags": ["team"]}, None), ({"params": ["lr"]}, None), ({"metrics": ["auc"]}, None),
    ({"fields": ["environment", "ci"]}, "fields missing: environment, ci"), ({"tags": ["team", "stage"]}, "tags missing: stage"), ({"tags": ["empty"]}, "tags missing: empty"),
    ({"params": ["depth"]}, "params missing: depth"), ({"metrics": ["f1"], "tags": ["x"]}, "tags missing: x; metrics missing: f1"), ({"fields": ["description"]}, "fields missing: description"),
    ({"sections": ["Intended use"]}, None), ({"sections": ["Limits"]}, "sections missing: Limits"),
])  # fmt: skip
def test_required(settings, missing):
    """What is there and not empty passes; all that is missing is named."""
    gate = gates.RequiredGate(kind="required", **settings)
    result, detail = said(gate, FULL, model=MODEL, description=" ", sections=("intended use",))

    assert (result, detail if missing else None) == ("failed" if missing else "passed", missing)


def test_sections_are_asked_for_when_they_can_be_written():
    """The card is written in the proposal, so before that there is nothing to ask for; all else is asked for at once."""
    gate = gates.RequiredGate(kind="required", sections=["Limits"], tags=["team"])

    assert said(gate, FULL)[0] == "skipped"
    assert said(gate, made()) == ("failed", "tags missing: team")


def code(**more):
    return made(code=Code(**({"commit": COMMIT} | more)))


@pytest.mark.parametrize(("settings", "candidate", "held", "fault"), [
    ({}, code(), {"": ("main",)}, None), ({"branches": ["release/*"]}, code(), {"release/*": ("release/1",)}, None),
    ({}, made(), {}, "no commit was recorded"), ({}, code(dirty=True), {"": ("main",)}, "there was more than commit 9f1c9f1c9f1c: changes that nobody else has"),
    ({}, code(), {"feature": ("feature",)}, "commit 9f1c9f1c9f1c is not on the accepted branch, as far as it is known here"),
    ({"branches": ["main", "rel*"]}, code(), {}, "commit 9f1c9f1c9f1c is not on main, rel*, as far as it is known here"),
    ({"repository": "https://a.example/x"}, code(repository="https://a.example/x.git"), {}, None),
    ({"repository": "https://a.example/x"}, code(repository="https://b.example/x"), {"": ("main",)}, "the code is of https://b.example/x, not of https://a.example/x"),
    ({"repository": "https://a.example/x"}, code(), {}, "the code is of no repository, not of https://a.example/x"),
    ({"repository": "https://a.example/x", "branches": ["main"]}, code(repository="https://a.example/x", branch="main"), {}, None),
    ({"repository": "https://a.example/x", "branches": ["main"]}, code(repository="https://a.example/x", branch="mine"), {}, "the code is of branch mine, not of main"),
])  # fmt: skip
def test_clean_code(settings, candidate, held, fault):
    """A commit that others have, on a branch of theirs, and nothing else."""
    result, detail = said(gates.CleanCodeGate(kind="clean-code", **settings), candidate, branches=held)

    assert (result, detail if fault else None) == ("failed" if fault else "passed", fault)


@pytest.mark.parametrize(("data", "settings", "fault"), [
    ([source()], {}, None), ([source(), TRAIN_A], {"sources": ["test", "training"]}, None), ([], {}, "no data was recorded"),
    ([source(digest=None), TRAIN_A], {}, "no digest of test"), ([source()], {"sources": ["train"]}, "no data train"),
])  # fmt: skip
def test_data(data, settings, fault):
    """All of it has a digest, and what is asked for is there."""
    result, detail = said(gates.DataGate(kind="data", **settings), made(data=data))

    assert (result, detail if fault else None) == ("failed" if fault else "passed", fault)


@pytest.mark.parametrize(("data", "fault"), [
    ([source(licence="cc-by-4.0"), source("b", licence="MIT")], None), ([], "no data was recorded, so nothing tells its licence"),
    ([source()], "no licence recorded for test"), ([source(licence="")], "no licence recorded for test"),
    ([source(licence="GPL-3.0-only"), source("b")], "no licence recorded for b; not allowed: test (GPL-3.0-only)"),
])  # fmt: skip
def test_licence(data, fault):
    """Every source has one of the list; silence is none."""
    result, detail = said(gates.LicenceGate(kind="licence", allow=["CC-BY-4.0", "MIT"]), made(data=data))

    assert (result, detail if fault else None) == ("failed" if fault else "passed", fault)


@pytest.mark.parametrize(("settings", "passed"), [
    ({"max_bytes": 10}, True), ({"max_bytes": 9}, False), ({"max_files": 2}, True), ({"max_files": 1}, False), ({"max_bytes": 99, "max_files": 1}, False),
])  # fmt: skip
def test_size(settings, passed):
    """Both bounds are inclusive."""
    summary = ArtifactSummary(files=2, size=10, manifest=TEST)

    assert said(gates.SizeGate(kind="size", **settings), artifacts=summary)[0] == ("passed" if passed else "failed")  # fmt: skip


@pytest.mark.parametrize(("candidate", "versions", "again", "result"), [
    ({}, (), False, "passed"), ({}, (), True, "passed"), ({}, ("1.0.0",), False, "failed"), ({}, ("1.0.0",), True, "skipped"),
    ({"status": "failed"}, (), True, "failed"), ({"deleted": WHEN}, ("1.0.0",), True, "failed"),
])  # fmt: skip
def test_once(candidate, versions, again, result):
    """Asked for again, it is said and let pass; what is not finished or is deleted never is."""
    gate = gates.OnceGate(kind="once")

    assert said(gate, made(**candidate), versions=versions, again=again)[0] == result


def facts(*formats, path="model", findings=()):
    return FileFacts(path, frozenset(formats), findings)


@pytest.mark.parametrize(("files", "settings", "fault"), [
    ([facts("safetensors"), facts("json")], {}, None), ([facts("pickle")], {"allow": ["pickle"]}, None), ([facts("empty")], {"allow": ["json"]}, None),
    ([facts("pickle")], {"allow": ["any"]}, None), ([facts("safetensors", "zip")], {"allow": ["safetensors"]}, "model is safetensors and zip, and allowed are safetensors"),
    ([facts("pickle", path="a"), facts("json"), facts("unknown", path="b")], {"allow": ["json"]}, "a is pickle, b is unknown, and allowed are json"),
    ([facts("pickle", findings=("picklescan: dangerous import posix system",))], {"allow": ["any"]}, "model: picklescan: dangerous import posix system"),
    (None, {}, "it has no artifacts that could be looked at"),
])  # fmt: skip
def test_formats(files, settings, fault):
    """Everything that a file could be taken for is allowed, and a finding of a scanner stands whatever is."""
    gate = gates.FormatsGate(kind="formats", **settings)
    result, detail = said(gate, files=tuple(files) if files is not None else None)

    assert (result, detail if fault else None) == ("failed" if fault else "passed", fault)


def test_a_role_that_allows_any_asks_nothing():
    """And one that names what nobody knows allows nothing for it."""
    assert role_gate(["any"]) is None
    assert said(role_gate(["safetensors"]), files=(facts("safetensors"),))[0] == "passed"
    assert said(role_gate(["new-format"]), files=(facts("unknown"),))[0] == "failed"


@pytest.mark.parametrize(("kind", "settings"), [
    (gates.RequiredGate, {"kind": "required"}), (gates.SizeGate, {"kind": "size"}), (gates.FormatsGate, {"kind": "formats", "allow": []}),
    (gates.FormatsGate, {"kind": "formats", "allow": ["pickel"]}), (gates.LicenceGate, {"kind": "licence", "allow": []}), (gates.SizeGate, {"kind": "size", "max_bytes": -1}),
])  # fmt: skip
def test_a_gate_that_asks_nothing_is_refused(kind, settings):
    """It would pass whatever comes, and its writer meant something."""
    with pytest.raises(ValidationError):
        kind(**settings)


@given(st.text("ab/*", max_size=8), st.text("ab/", max_size=8))
def test_patterns_are_what_globs_are(pattern, name):
    """A star is anything; compared with the obvious, slow way."""

    def slow(pattern, name):
        if not pattern:
            return not name
        if pattern[0] == "*":
            return any(slow(pattern[1:], name[at:]) for at in range(len(name) + 1))
        return name[:1] == pattern[0] and slow(pattern[1:], name[1:])

    assert matches(pattern, name) == slow(pattern, name)


@given(st.lists(st.builds(source, st.sampled_from("abc"), st.sampled_from([None, TEST, OTHER]), st.sampled_from(["", "test", "training"]))))  # fmt: skip
def test_a_candidate_is_no_worse_than_itself(data):
    """Whatever its data is: it passes, or it is said what is missing."""
    result, detail = compared(data, data)

    assert result == "passed" or "does not say" in detail or "no digest" in detail
