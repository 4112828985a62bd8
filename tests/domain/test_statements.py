"""Signed statements."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gitreg.domain.digest import Digest
from gitreg.domain.statement import Statement
from gitreg.domain.version import VersionNumber

V = VersionNumber.parse("1.2.0")
DIGESTS = st.binary(max_size=4).map(Digest.of)
MD5 = Digest.parse("md5:" + "0" * 32)
RELEASE = Statement(
    "0d8f1c5e",
    "release",
    "churn",
    V,
    Digest.of(b"r"),
    Digest.of(b"m"),
    merge_request="https://git.example/1",
    approved_by=("bob", "eve"),
)
ASSIGN = Statement(
    "0d8f1c5e",
    "assign",
    "churn",
    V,
    Digest.of(b"r"),
    Digest.of(b"m"),
    stage="production",
    sequence=2,
    previous=Digest.of(b"p"),
)
EMPTIED = Statement("0d8f1c5e", "assign", "churn", None, stage="production", sequence=1)
APPROVE = Statement("0d8f1c5e", "approve", "churn", V, Digest.of(b"r"), Digest.of(b"m"), approves="release")


@st.composite
def statements(draw):
    action = draw(st.sampled_from(["release", "assign", "retire", "resign", "approve"]))
    approves = draw(st.sampled_from(["release", "assign", "retire"])) if action == "approve" else None
    staged = action == "assign" or approves == "assign"
    version = draw(st.sampled_from([V, None])) if staged else V
    sequence = draw(st.integers(1, 999_999_999)) if action == "assign" else None
    return Statement(
        registry=draw(st.uuids()).hex,
        action=action,
        model=draw(st.sampled_from(["churn", "none", "a.b"])),
        version=version,
        record=draw(DIGESTS) if version else None,
        manifest=draw(DIGESTS) if version else None,
        stage=draw(st.sampled_from(["production", "staging"])) if staged else None,
        sequence=sequence,
        previous=draw(DIGESTS) if sequence and sequence > 1 else None,
        approves=approves,
        merge_request=draw(st.sampled_from([None, "https://git.example/1", "x: y", "none"])),
        approved_by=tuple(draw(st.lists(st.sampled_from(["bob", "eve", "Ada Example"]), max_size=3))),
    )


@given(statements())
def test_what_is_said_is_read(statement):
    """`Statement.parse(statement.message()) == statement`."""
    assert Statement.parse(statement.message()) == statement


@given(statements(), st.data())
def test_no_other_message_says_it(statement, data):
    """A line that is removed, repeated, moved or added is refused, or says something else."""
    lines = statement.message().split("\n")
    at = data.draw(st.integers(0, len(lines) - 1))
    to = data.draw(st.integers(0, len(lines) - 1))
    line = data.draw(
        st.sampled_from([*lines, "", " ", "Extra: x", "Stage: staging", "Approved-By: mallory", "Gitreg: v1"])
    )
    for other in (lines[:at] + lines[at + 1 :], [*lines[:at], line, *lines[at:]], moved(lines, at, to)):
        if other != lines:
            assert parsed("\n".join(other)) != statement


@given(statements(), st.data())
def test_no_changed_character_goes_unnoticed(statement, data):
    """Whatever parses prints exactly the same message again: nothing is read over."""
    message = statement.message()
    at = data.draw(st.integers(0, len(message)))
    changed = (
        message[:at]
        + data.draw(st.sampled_from(["\n", "\r", " ", "\t", "\0", "x", "0", "\u2028", "\u202e", "é"]))
        + message[at + data.draw(st.integers(0, 1)) :]
    )

    assume(changed != message)

    other = parsed(changed)

    assert other is None or (other.message() == changed and other != statement)


def moved(lines, at, to):
    rest = lines[:at] + lines[at + 1 :]
    return [*rest[:to], lines[at], *rest[to:]]


def parsed(message):
    try:
        return Statement.parse(message)
    except ValueError:
        return None


@pytest.mark.parametrize("statement", [RELEASE, ASSIGN, EMPTIED, APPROVE])
@pytest.mark.parametrize(
    "damage",
    [
        lambda m: m.rstrip("\n"), lambda m: m + "\n", lambda m: m + "x", lambda m: m.replace("\n", "\r\n"), lambda m: m.replace(": ", ":", 1), lambda m: " " + m,
        lambda m: m.replace("\n\n", "\n"), lambda m: m.replace("\n\n", "\n\n\n"), lambda m: m.replace("Gitreg: v1", "Gitreg: v2"), lambda m: m.replace("Registry", "registry"),
        lambda m: m.replace("Model: churn", "Model: Churn"), lambda m: m.replace("Model: churn", "Model: churn "), lambda m: m.replace("churn", "other", 1), lambda m: "",
        lambda m: m.replace("Action: ", "Action: un"), lambda m: m.split("\n\n")[1], lambda m: m + m, lambda m: m + "Approved-By: \n", lambda m: m + "Approved-By: a\u2028b\n",
    ],
)  # fmt: skip
def test_damaged_statements_are_refused(statement, damage):
    """The grammar is matched to the byte."""
    assert parsed(damage(statement.message())) is None


def test_release_to_the_byte():
    """The lines that are signed."""
    assert RELEASE.message() == (
        "Release churn 1.2.0\n\nGitreg: v1\nRegistry: 0d8f1c5e\nAction: release\nModel: churn\nVersion: 1.2.0\n"
        f"Record: {Digest.of(b'r')}\nManifest: {Digest.of(b'm')}\nMerge-Request: https://git.example/1\nApproved-By: bob\nApproved-By: eve\n"
    )


def test_emptied_stage_to_the_byte():
    """The first assignment names no previous one, an emptied stage no version."""
    assert EMPTIED.message() == (
        "Assign churn none to production\n\nGitreg: v1\nRegistry: 0d8f1c5e\nAction: assign\nModel: churn\nVersion: none\n"
        "Stage: production\nSequence: 1\nPrevious: none\n"
    )


def test_digest_is_of_the_lines():
    """What the next assignment names as Previous."""
    assert ASSIGN.digest == Digest.of(ASSIGN.lines().encode())


@pytest.mark.parametrize(
    ("statement", "change", "reason"),
    [
        (RELEASE, {"version": None}, "only an assignment may have no version"), (RELEASE, {"record": None}, "Record and Manifest"), (EMPTIED, {"manifest": Digest.of(b"")}, "Record and Manifest"),
        (RELEASE, {"stage": "production"}, "Stage belongs"), (ASSIGN, {"stage": None}, "Stage belongs"), (ASSIGN, {"stage": "latest"}, "must not be called"),
        (RELEASE, {"sequence": 1}, "Sequence and Previous"), (ASSIGN, {"sequence": None}, "Sequence and Previous"), (ASSIGN, {"previous": None}, "first assignment"),
        (ASSIGN, {"sequence": 1}, "first assignment"), (ASSIGN, {"sequence": 0}, "Sequence is not a number"), (ASSIGN, {"sequence": 10**9}, "Sequence is not a number"),
        (RELEASE, {"approves": "release"}, "Approves belongs"), (APPROVE, {"approves": None}, "Approves belongs"), (APPROVE, {"approves": "approve"}, "Approves belongs"),
        (RELEASE, {"action": "delete"}, "no such action"), (RELEASE, {"model": "../x"}, "slug"), (RELEASE, {"registry": "a\nModel: x"}, "registry cannot be written"),
        (RELEASE, {"merge_request": ""}, "merge_request cannot"), (RELEASE, {"approved_by": ("a\nb",)}, "approved_by cannot"), (RELEASE, {"approved_by": (" a",)}, "approved_by cannot"),
        (RELEASE, {"registry": "x" * 501}, "registry cannot"), (RELEASE, {"record": MD5}, "md5, which proves nothing"), (ASSIGN, {"previous": MD5}, "md5, which proves nothing"),
    ],
)  # fmt: skip
def test_statements_that_mean_nothing_cannot_be_made(statement, change, reason):
    """What belongs together stands together."""
    with pytest.raises(ValueError, match=reason):
        dataclasses.replace(statement, **change)


def test_md5_is_refused_in_a_message():
    """md5 can be made to collide."""
    message = RELEASE.message().replace(str(Digest.of(b"m")), str(MD5))

    with pytest.raises(ValueError, match="md5, which proves nothing"):
        Statement.parse(message)


def test_an_approval_is_of_one_place_in_a_chain():
    """The same version put into the same stage later is another thing to approve."""
    first = Statement(
        RELEASE.registry,
        "assign",
        "churn",
        V,
        RELEASE.record,
        RELEASE.manifest,
        stage="production",
        sequence=1,
    )
    later = dataclasses.replace(first, sequence=3, previous=Digest.of(b"p"))

    assert first.approval() == later.approval()
    assert first.approval_id != later.approval_id


def test_what_a_forge_reports_does_not_change_what_is_approved():
    """It is known only when the approvals are there."""
    reported = dataclasses.replace(RELEASE, merge_request="https://example.com/1", approved_by=("bob",))

    assert reported.approval_id == RELEASE.approval_id
    assert reported.digest != RELEASE.digest


def test_an_approval_names_what_it_approves():
    """Its lines are those of what is approved, and its action is another."""
    approval = RELEASE.approval()

    assert Statement.parse(approval.message()) == approval
    assert (approval.action, approval.approves, approval.record) == ("approve", "release", RELEASE.record)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("Gitreg: v1", "Gitreg: v2", "is of version 'v2'; this gitreg reads v1"),
        ("Sequence: 2", "Sequence: two", "Sequence is not a number from 1 on"),
        ("Sequence: 2", "Sequence: 02", "Sequence is not a number from 1 on"),
        ("Record: sha256:", "Record: md5:", "not a digest"),
    ],
)
def test_what_cannot_be_read_is_named(old, new, reason):
    """A newer gitreg's statement is not called a broken one."""
    with pytest.raises(ValueError, match=reason):
        Statement.parse(ASSIGN.message().replace(old, new))


@pytest.mark.parametrize("name", ["record", "manifest"])
def test_md5_proves_nothing(name):
    """A digest of a weak algorithm is no digest in a statement."""
    weak = Digest("md5", "0" * 32)

    with pytest.raises(ValueError, match="names md5, which proves nothing"):
        dataclasses.replace(RELEASE, **{name: weak})
