"""Audits of real signed registries: honest ones whole, tampered ones marked where they were tampered with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from account import Account, Auditor
from said import assigned
from workshop import ADA, OTHER_ID, V1, V2, Workshop

from gitreg.documents import layout, places
from gitreg.domain.version import VersionNumber
from gitreg.signing import format_tag, sign

RELEASE = "refs/tags/model/churn/v1.0.0"
V3 = VersionNumber(2, 0, 0)


# Honest


def test_an_honest_registry_is_told_in_order(auditor: Auditor) -> None:
    """Releases and assignments by the accepted branch's order, all of them verified, and the exit code is 0."""
    account = auditor(code=0)

    acts = [(row["action"], row["version"], row["number"], row["result"]) for row in account.rows]
    assert acts == [
        ("release", "1.0.0", None, "verified"),
        ("assign", "1.0.0", 1, "verified"),
        ("release", "1.1.0", None, "verified"),
        ("assign", "1.1.0", 2, "verified"),
    ]


def test_a_row_tells_who_when_by_which_key_and_where(registry: Workshop, auditor: Auditor) -> None:
    """Signer, key, dates and commit stand in a row."""
    row = auditor(code=0).row("model/churn/v1.0.0")

    commit = registry.tip(f"{RELEASE}^{{commit}}")
    assert (row["signer"], row["tagger"], row["commit"]) == ("ada", "Ada Example <ada@example.com>", commit)
    assert row["fingerprint"] == registry.key("ada").public.fingerprint
    assert row["signed"] == "2026-11-22T12:00:00.000000Z"
    assert (row["merged_by"], row["merged"]) == (str(ADA), "2026-11-22T11:30:00.000000Z")
    assert row["proposed_by"] == str(ADA)
    assert row["place"] == 2


def test_a_merge_tells_who_proposed_and_who_merged(registry: Workshop, auditor: Auditor) -> None:
    """A merge commit is the merger's; what it merged is the proposer's."""
    path = places.model_path("churn")
    text = registry.read(path).replace(b"production: 1.1.0", b"production: 1.0.0")
    proposal = registry.commit({path: text}, ref=None, parents=[registry.tip()])
    tree = registry.git("rev-parse", f"{proposal}^{{tree}}")
    registry.environ |= {"GIT_AUTHOR_NAME": "Bob Merger", "GIT_AUTHOR_EMAIL": "bob@example.com"}
    merge = registry.git("commit-tree", tree, "-p", registry.tip(), "-p", proposal, "-m", "Merge")
    registry.git("update-ref", "refs/heads/main", merge)
    registry.assign(V1, 3, assigned(registry, 2))  # type: ignore[arg-type]

    row = auditor(code=0).row("stage/churn/production/3")
    assert (row["proposed_by"], row["merged_by"]) == (str(ADA), "Bob Merger <bob@example.com>")


def test_what_a_forge_reported_is_told_as_reported(registry: Workshop, auditor: Auditor) -> None:
    """Merge request and reported approvals stand in columns of their own: the host said so, no key did."""
    url = "https://git.example/churn/-/merge_requests/7"
    registry.tag(registry.statement(merge_request=url, approved_by=("bob", "carol")))

    row = auditor(code=0).row("model/churn/v1.0.0")
    assert (row["merge_request"], row["reported_approvals"]) == (url, ["bob", "carol"])
    assert row["approvers"] == []


@pytest.mark.parametrize("form", ["table", "tsv", "csv", "md", "json"])
def test_every_form_has_every_row(gitreg: Callable[..., Account], form: str) -> None:
    """Table, TSV, CSV, Markdown and JSON tell the same acts."""
    answer = gitreg("audit", "--format", form)

    assert answer.code == 0
    assert answer.out.count("release") >= 2
    assert answer.out.count("production") >= 2


def test_a_stage_and_a_model_narrow_it(registry: Workshop, auditor: Auditor) -> None:
    """`--stage` leaves its assignments; a model that never was is not found."""
    assert [row["number"] for row in auditor("churn", "--stage", "production", code=0).rows] == [1, 2]
    assert auditor("--stage", "staging", code=0).rows == []
    assert registry.path.is_dir()


def test_a_model_that_never_was_is_not_found(gitreg: Callable[..., Account]) -> None:
    """An empty account of a model that nobody knows would read as a clean one."""
    assert gitreg("audit", "fraud").code == 3


# Forged


def _unsigned(registry: Workshop) -> None:
    payload = format_tag(
        registry.tip(), "model/churn/v1.0.0", str(ADA), 1, "+0000", registry.statement().message()
    )
    registry.raw_tag(payload, RELEASE)


def _lightweight(registry: Workshop) -> None:
    registry.git("update-ref", RELEASE, registry.tip())


def _renamed(registry: Workshop) -> None:
    registry.git("update-ref", RELEASE, registry.tip("refs/tags/model/churn/v1.1.0"))


def _unknown(registry: Workshop) -> None:
    registry.tag(registry.statement(), key="mallory")


def _unpermitted(registry: Workshop) -> None:
    registry.tag(registry.statement(), key="bob")


def _replayed(registry: Workshop) -> None:
    registry.tag(registry.statement(registry=OTHER_ID))


def _unreviewed(registry: Workshop) -> None:
    registry.tag(registry.statement(), registry.commit({"x": b""}, ref=None, parents=[registry.tip()]))


def _changed(registry: Workshop) -> None:
    path = layout.version_path("churn", V1)
    text = registry.read(path).replace(b"description: ''", b"description: 'better'")
    registry.commit({path: text})


@pytest.mark.parametrize(
    ("forge", "step"),
    [
        (_unsigned, "object"),
        (_lightweight, "object"),
        (_renamed, "name"),
        (_unknown, "signature"),
        (_unpermitted, "role"),
        (_replayed, "name"),
        (_unreviewed, "review"),
        (_changed, "record"),
    ],
)
def test_a_forged_release_is_marked_with_its_step(
    registry: Workshop, auditor: Auditor, forge: Callable[[Workshop], None], step: str
) -> None:
    """The row stays in the account, marked; the other version's rows are what they were; the exit code is 6."""
    forge(registry)

    account = auditor(code=6)
    assert account.refused["model/churn/v1.0.0"] == step
    assert account.row("model/churn/v1.1.0")["result"] == "verified"
    assert account.row("model/churn/v1.0.0")["signer"] is None


def test_a_refused_row_tells_the_key_that_signed(registry: Workshop, auditor: Auditor) -> None:
    """Whoever looks for a thief wants the key that the signature names."""
    _unknown(registry)

    row = auditor(code=6).row("model/churn/v1.0.0")
    assert row["fingerprint"] == registry.key("mallory").public.fingerprint
    assert row["tagger"] == "Mallory Example <mallory@example.com>"


@pytest.mark.parametrize("name", ["stage/churn/junk", "model/junk", "approve/churn/x", "model/churn/v1.0"])
def test_a_tag_that_is_no_statement_is_a_finding(registry: Workshop, auditor: Auditor, name: str) -> None:
    """What stands in the statements' folders and is none is shown, not passed over."""
    registry.git("update-ref", f"refs/tags/{name}", registry.tip())

    account = auditor(code=6)
    assert account.refused == {name: "names"}
    assert account.row(name)["action"] == "unknown"


# Chains and memory


def test_a_hole_in_a_chain_is_a_finding(registry: Workshop, auditor: Auditor) -> None:
    """Assignment 1 is gone: it is named, and the one that rests on it does not verify."""
    registry.git("update-ref", "-d", "refs/tags/stage/churn/production/1")

    account = auditor(code=6)
    assert account.refused == {"stage/churn/production/1": "stage", "stage/churn/production/2": "stage"}
    assert "missing" in account.row("stage/churn/production/1")["reason"]


def test_a_wide_hole_is_one_row(registry: Workshop, auditor: Auditor) -> None:
    """A forged number may be as large as it likes: it makes no flood."""
    last = assigned(registry, 2)
    registry.assign(V1, 999_999_999, last)  # type: ignore[arg-type]

    account = auditor(code=6)
    assert len(account.rows) == 7
    assert (
        "assignments 3 to 999999998 are missing" in account.row("stage/churn/production/999999998")["reason"]
    )


def test_an_assignment_that_follows_another_is_marked(registry: Workshop, auditor: Auditor) -> None:
    """Its signature is good, its predecessor is not the one that is there."""
    other = registry.statement(V2, "assign", stage="production", sequence=1)
    registry.assign(V2, 2, other)

    assert auditor(code=6).refused == {"stage/churn/production/2": "stage"}


def test_a_deleted_newest_assignment_is_missed(registry: Workshop, auditor: Auditor) -> None:
    """An auditor that saw it misses it."""
    auditor(code=0)
    registry.git("update-ref", "-d", "refs/tags/stage/churn/production/2")

    account = auditor(code=6)
    assert account.refused == {"stage/churn/production/2": "memory"}


def test_a_deleted_newest_assignment_leaves_a_trace(registry: Workshop, auditor: Auditor) -> None:
    """An auditor that never saw it reads on the branch that something waits for a signature."""
    registry.git("update-ref", "-d", "refs/tags/stage/churn/production/2")

    (row,) = [row for row in auditor(code=0).rows if row["result"] == "unsigned"]
    assert (row["action"], row["version"], row["notes"]) == ("assign", "1.1.0", ["waits for its signature"])


def test_a_replaced_tag_is_noticed(registry: Workshop, auditor: Auditor) -> None:
    """The same statement signed once more is another object: tags never move."""
    auditor(code=0)
    registry.tag(registry.statement(approved_by=("bob",)), registry.tip(f"{RELEASE}^{{commit}}"))

    assert auditor(code=6).refused == {"model/churn/v1.0.0": "memory"}


def test_a_replaced_assignment_is_noticed(registry: Workshop, auditor: Auditor) -> None:
    """The newest one, signed once more by the same key."""
    auditor(code=0)
    previous = assigned(registry, 2).previous
    said = registry.statement(
        V2, "assign", stage="production", sequence=2, previous=previous, approved_by=("bob",)
    )
    registry.tag(said)

    assert auditor(code=6).refused == {"stage/churn/production/2": "memory"}


def test_a_rolled_back_branch_is_noticed(registry: Workshop, auditor: Auditor) -> None:
    """Tags of commits that the branch lost were not reviewed by what it says now."""
    registry.git("update-ref", "refs/heads/main", "refs/heads/main~1")

    account = auditor(code=6)
    assert account.refused == {"model/churn/v1.1.0": "review", "stage/churn/production/2": "review"}
    assert account.row("model/churn/v1.1.0")["place"] is None


def test_an_account_that_was_refused_is_not_remembered(registry: Workshop, auditor: Auditor) -> None:
    """What a forger made does not become what was seen before."""
    good = registry.tip(RELEASE)
    _unknown(registry)
    auditor(code=6)
    registry.git("update-ref", RELEASE, good)

    auditor(code=0)


# Retired


def retire(registry: Workshop) -> None:
    """1.0.0 is retired on the accepted branch."""
    path = places.model_path("churn")
    text = registry.read(path).replace(b"retired: {}", b"retired:\n  1.0.0: wrong labels")
    assert b"wrong labels" in text
    registry.commit({path: text})


def test_a_retirement_is_told_with_its_reason(registry: Workshop, auditor: Auditor) -> None:
    """A signed retirement has a row; the release says so too, and verifies."""
    retire(registry)
    registry.tag(registry.statement(V1, "retire"))

    account = auditor(code=0)
    assert account.row("retire/churn/v1.0.0")["signer"] == "ada"
    assert account.row("model/churn/v1.0.0")["notes"] == ["churn 1.0.0 is retired: wrong labels"]


def test_a_retirement_without_a_signature_is_told(registry: Workshop, auditor: Auditor) -> None:
    """The branch alone says it, and it counts; that nobody signed it is said."""
    retire(registry)

    (row,) = [row for row in auditor(code=0).rows if row["action"] == "retire"]
    assert (row["result"], row["notes"]) == ("unsigned", ["wrong labels", "waits for its signature"])


def test_a_forged_retirement_is_marked(registry: Workshop, auditor: Auditor) -> None:
    """Mallory retires 1.0.0: her tag and the release that it would hide are both marked."""
    registry.tag(registry.statement(V1, "retire"), key="mallory")

    assert auditor(code=6).refused == {"retire/churn/v1.0.0": "signature", "model/churn/v1.0.0": "retired"}


def test_a_version_that_nobody_released_is_told(registry: Workshop, auditor: Auditor) -> None:
    """What review accepted and no tag covers waits, and is no fault."""
    registry.commit(registry.add_version(V3, stages={"production": V2}))

    (row,) = [row for row in auditor(code=0).rows if row["action"] == "accept"]
    assert (row["version"], row["result"], row["signer"]) == ("2.0.0", "unsigned", None)
    assert row["commit"] == registry.tip()


# The registry as a whole


def test_a_registry_whose_root_is_broken_has_no_account(
    registry: Workshop, gitreg: Callable[..., Account]
) -> None:
    """Where the trust files are not the signed ones, no row could be believed."""
    registry.commit({places.ROLES: registry.read(places.ROLES) + b"\n"})

    answer = gitreg("audit")
    assert (answer.code, answer.out) == (6, "")
    assert "root" in answer.err


def test_in_ci_an_audit_needs_an_anchor(
    registry: Workshop, gitreg: Callable[..., Account], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody would read a fingerprint there."""
    registry.forget_anchor()
    monkeypatch.setenv("CI", "1")

    assert gitreg("audit").code == 6
    assert gitreg("audit", "--anchor", str(registry.anchor(registry.path.parent / "anchor.json"))).code == 0


def test_a_signature_of_another_time_zone_is_the_same_moment(registry: Workshop, auditor: Auditor) -> None:
    """Dates are told in UTC."""
    said = registry.statement()
    when = int(datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp())
    commit = registry.tip(f"{RELEASE}^{{commit}}")
    payload = format_tag(commit, "model/churn/v1.0.0", str(ADA), when, "+1100", said.message())
    registry.raw_tag(payload + sign(payload, registry.key("ada"), "git", registry.environ), RELEASE)

    assert auditor(code=0).row("model/churn/v1.0.0")["signed"] == "2026-11-22T12:00:00.000000Z"
