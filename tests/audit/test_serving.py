"""`audit --at`: what served when, by the order of the chains and the dates that people claim."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from account import Account, Auditor, Row
from workshop import ADA, V1, V2, Workshop

from gitreg.domain.statement import Statement
from gitreg.domain.version import VersionNumber
from gitreg.signing import format_tag, sign

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def assign(
    registry: Workshop, version: VersionNumber | None, number: int, before: Statement | None, when: datetime
) -> Statement:
    """An assignment of production by Ada, who claims to sign it then."""
    said = registry.statement(
        version, "assign", stage="production", sequence=number, previous=before.digest if before else None
    )
    name = f"stage/churn/production/{number}"
    payload = format_tag(registry.tip(), name, str(ADA), int(when.timestamp()), "+0000", said.message())
    signature = sign(payload, registry.key("ada"), "git", registry.environ)
    registry.raw_tag(payload + signature, f"refs/tags/{name}")
    return said


@pytest.fixture
def chain(registry: Workshop) -> Workshop:
    """1.0.0 serves from the 22nd on, 1.1.0 from the 24th, nothing from the 26th, 1.0.0 again from the 28th."""
    first = assign(registry, V1, 1, None, NOON)
    second = assign(registry, V2, 2, first, NOON + 2 * DAY)
    third = assign(registry, None, 3, second, NOON + 4 * DAY)
    assign(registry, V1, 4, third, NOON + 6 * DAY)
    return registry


@pytest.fixture
def at(chain: Workshop, auditor: Auditor) -> Callable[..., tuple[int, list[Row], str]]:
    """Exit code, rows and what was said, of what served at a date."""

    def ask(date: str, *words: str) -> tuple[int, list[Row], str]:
        account = auditor("--at", date, *words)
        return account.code, account.rows, account.err

    assert chain.path.is_dir()
    return ask


@pytest.mark.parametrize(
    ("date", "version", "number"),
    [
        ("2026-11-22", "1.0.0", 1),
        ("2026-11-24T11:59:59Z", "1.0.0", 1),
        ("2026-11-24T12:00:00Z", "1.1.0", 2),
        ("2026-11-25", "1.1.0", 2),
        ("2026-11-26", None, 3),
        ("2099-01-01", "1.0.0", 4),
    ],
)
def test_what_served_is_the_last_assignment_by_then(
    at: Callable[..., tuple[int, list[Row], str]], date: str, version: str | None, number: int
) -> None:
    """A day means its end; a moment means itself; an emptied stage is a row without a version."""
    code, rows, _ = at(date)

    assert code == 0
    assert [(row["version"], row["number"], row["result"]) for row in rows] == [(version, number, "verified")]


def test_before_the_first_assignment_nothing_served(at: Callable[..., tuple[int, list[Row], str]]) -> None:
    """No row, and that is said."""
    code, rows, said = at("2026-11-21")

    assert (code, rows) == (0, [])
    assert "nothing served by then" in said


def test_an_answer_says_what_it_rests_on(
    chain: Workshop, at: Callable[..., tuple[int, list[Row], str]]
) -> None:
    """Who signed it, when by their claim, and the release of what served; and that no clock is trusted."""
    _, (row,), said = at("2026-11-25")

    assert (row["signer"], row["since"]) == ("ada", "2026-11-24T12:00:00.000000Z")
    assert (row["tag"], row["release"]) == (
        "refs/tags/stage/churn/production/2",
        "refs/tags/model/churn/v1.1.0",
    )
    assert row["commit"] == chain.tip()
    assert "No clock is trusted" in said


def test_a_time_ago_is_counted_from_now(at: Callable[..., tuple[int, list[Row], str]]) -> None:
    """`7d ago`, as the filter language knows it; a time that is none is a fault of the words."""
    assert at("36500d ago")[:2] == (0, [])


def test_a_date_that_is_none_is_refused(chain: Workshop, gitreg: Callable[..., Account]) -> None:
    """Exit code 2, and what a time looks like."""
    answer = gitreg("audit", "--at", "yesterday")

    assert answer.code == 2
    assert "2026-11-01" in answer.err
    assert chain.path.is_dir()


def test_another_stage_is_left_out(at: Callable[..., tuple[int, list[Row], str]]) -> None:
    """`--stage` narrows what is told, not what it rests on."""
    assert at("2026-11-25", "--stage", "staging")[1] == []
    assert at("2026-11-25", "churn", "--stage", "production")[1][0]["release"]


def test_dates_against_the_order_leave_two_answers(
    chain: Workshop, at: Callable[..., tuple[int, list[Row], str]]
) -> None:
    """Assignment 2 claims a date after that of 3, which names it: until one is right, both answers are told."""
    first = assign(chain, V1, 1, None, NOON)
    second = assign(chain, V2, 2, first, NOON + 9 * DAY)
    third = assign(chain, None, 3, second, NOON + 4 * DAY)
    assign(chain, V1, 4, third, NOON + 6 * DAY)

    code, (row,), _ = at("2026-11-27")
    assert (code, row["number"]) == (0, 1)
    assert "it may have been assignment 3 (none) by then" in " ".join(row["notes"])


def test_a_forged_later_assignment_makes_the_answer_doubtful(
    chain: Workshop, at: Callable[..., tuple[int, list[Row], str]]
) -> None:
    """Whoever replaced it may have had any date to hide: nobody can say when the one before it ended."""
    other = chain.statement(V2, "assign", stage="production", sequence=1)
    said = chain.statement(V2, "assign", stage="production", sequence=4, previous=other.digest)
    chain.tag(said, key="mallory")

    code, (row,), _ = at("2026-11-25")
    assert (code, row["result"], row["step"], row["number"]) == (6, "refused", "signature", 2)


def test_a_hole_makes_the_answer_doubtful(
    chain: Workshop, at: Callable[..., tuple[int, list[Row], str]]
) -> None:
    """Assignment 3 is gone: what served since 2 cannot be said."""
    chain.git("update-ref", "-d", "refs/tags/stage/churn/production/3")

    code, (row,), _ = at("2026-11-25")
    assert (code, row["step"]) == (6, "stage")


def test_a_stage_that_serves_what_does_not_verify_is_marked(
    chain: Workshop, at: Callable[..., tuple[int, list[Row], str]]
) -> None:
    """The assignment is good, the release is not."""
    chain.git("update-ref", "refs/tags/model/churn/v1.1.0", chain.tip())

    code, (row,), _ = at("2026-11-25")
    assert (code, row["step"]) == (6, "object")


@pytest.mark.parametrize("form", ["table", "tsv", "csv", "md"])
def test_every_form_has_the_row(chain: Workshop, gitreg: Callable[..., Account], form: str) -> None:
    """Table, TSV, CSV and Markdown tell it."""
    answer = gitreg("audit", "--at", "2026-11-25", "--format", form)

    assert answer.code == 0
    assert "1.1.0" in answer.out
    assert chain.path.is_dir()
