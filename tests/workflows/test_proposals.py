"""Proposals: branches that wait for review, made once, sent, and never somebody else's."""

from __future__ import annotations

import pytest

from gitreg.domain.version import VersionNumber
from gitreg.errors import AlreadyThereError, ConflictError, RemoteError
from gitreg.workflows.proposing.proposal_branch import Draft
from gitreg.workflows.proposing.proposals import at, find_proposal, merge, open_proposals, propose
from gitreg.workflows.publishing.exchange import fetch

BRANCH = "refs/heads/gitreg/edit/churn"
PATH = "models/churn/note.txt"


def draft(text, **more):
    return Draft(BRANCH, {PATH: text.encode()}, "Edit model churn\n", **more)


def test_a_proposal_is_one_commit_on_the_accepted_tip(desk):
    """Made of objects; no work tree is touched."""
    before = desk.state()

    made = propose(desk.registry, draft("one"), desk.author)

    assert desk.git("rev-parse", f"{BRANCH}^") == desk.tip()
    assert at(desk.registry, made).file(PATH) == b"one"
    assert desk.state() == before
    assert (made.name, made.kind, made.model, made.version) == ("gitreg/edit/churn", "edit", "churn", None)


def test_the_same_twice_is_the_same(desk):
    """Nothing moves."""
    first = propose(desk.registry, draft("one"), desk.author)

    assert propose(desk.registry, draft("one"), desk.author) == first
    assert desk.git("reflog", "--format=%gs", BRANCH).splitlines() == ["gitreg: Edit model churn"]


def test_another_content_replaces_it(desk):
    """The branch is made anew on the accepted tip."""
    propose(desk.registry, draft("one"), desk.author)
    desk.commit({"other": b"x"})

    propose(desk.registry, draft("two"), desk.author)

    assert desk.git("rev-parse", f"{BRANCH}^") == desk.tip()
    assert len(open_proposals(desk.registry)) == 1


def test_what_is_new_must_not_be_there(desk):
    """A proposal that was decided on as new is not somebody else's changed."""
    first = propose(desk.registry, draft("one"), desk.author)

    with pytest.raises(ConflictError):
        propose(desk.registry, draft("two", is_new=True), desk.author)

    assert desk.tip(BRANCH) == first.commit


def test_what_was_accepted_is_not_proposed(desk):
    """It would change nothing."""
    desk.commit({PATH: b"one"})

    with pytest.raises(AlreadyThereError, match="accepted already"):
        propose(desk.registry, draft("one"), desk.author)


def test_it_is_sent_where_there_is_a_remote(desk):
    """And another clone finds it by fetching."""
    remote = desk.share()
    made = propose(desk.registry, draft("one"), desk.author)
    clone = desk.open(desk.clone())
    fetch(clone, desk.author)

    assert desk.tip(BRANCH, at=remote) == made.commit
    assert [one.commit for one in open_proposals(clone)] == [made.commit]


def test_offline_it_stays_here(desk):
    """And the same call sends it later."""
    remote = desk.share()

    propose(desk.registry, draft("one"), desk.author, offline=True)
    assert desk.tip(BRANCH, at=remote) is None
    made = propose(desk.registry, draft("one"), desk.author)

    assert desk.tip(BRANCH, at=remote) == made.commit == desk.tip(BRANCH)


def test_a_remote_that_is_gone_keeps_the_work(desk):
    """Exit 7; the branch is here, and the same call sends it when the remote is back."""
    remote = desk.share()
    remote.rename(remote.with_name("away"))

    with pytest.raises(RemoteError) as refusal:
        propose(desk.registry, draft("one"), desk.author)

    assert refusal.value.exit_code == 7
    here = desk.tip(BRANCH)
    remote.with_name("away").rename(remote)
    propose(desk.registry, draft("one"), desk.author)
    assert desk.tip(BRANCH, at=remote) == here


def test_losing_the_race_leaves_nothing_behind(desk):
    """Somebody sends the same branch first: the local one is as it was."""
    remote = desk.share()
    clone = desk.clone()
    theirs = propose(desk.open(clone), draft("theirs"), desk.author)

    with pytest.raises(ConflictError):
        propose(desk.registry, draft("mine"), desk.author)

    assert desk.tip(BRANCH) is None
    assert desk.tip(BRANCH, at=remote) == theirs.commit


def test_who_loses_the_race_with_the_same_words_finds_the_winners(desk):
    """It says what was asked for, so it is everybody's; no branch is left here."""
    desk.share()
    clone = desk.clone()
    theirs = propose(desk.open(clone), draft("one"), desk.author)

    mine = propose(desk.registry, draft("one"), desk.author)

    assert mine.commit == theirs.commit
    assert desk.tip(BRANCH) is None


def test_who_loses_the_race_with_other_words_hears_who_was_faster(desk):
    """And may replace it by asking again, having seen it."""
    remote = desk.share()
    propose(desk.open(desk.clone()), draft("theirs"), desk.author)

    with pytest.raises(ConflictError, match="Ada Example was faster"):
        propose(desk.registry, draft("mine"), desk.author)

    mine = propose(desk.registry, draft("mine"), desk.author)
    assert desk.tip(BRANCH, at=remote) == mine.commit


def test_the_remotes_one_counts(desk):
    """Where both have one of the same name, that is the one that others review."""
    desk.share()
    propose(desk.registry, draft("one"), desk.author)
    clone = desk.open(desk.clone())
    fetch(clone, desk.author)
    theirs = propose(clone, draft("two"), desk.author)
    registry = desk.registry
    fetch(registry, desk.author)

    assert find_proposal(registry, BRANCH).commit == theirs.commit


def test_a_merge_keeps_a_local_branch_that_holds_more(desk):
    """What was merged goes; what somebody still has to send does not."""
    desk.share()
    registry = desk.registry
    sent = propose(registry, draft("one"), desk.author)
    mine = propose(registry, draft("more"), desk.author, offline=True)
    found = find_proposal(registry, BRANCH)
    assert found.commit == sent.commit

    merge(registry, found, desk.author)

    assert desk.tip(BRANCH) == mine.commit


def test_strange_branches_are_no_proposals(desk):
    """Anybody may push a branch of any name; gitreg's grammar is matched whole."""
    stray = desk.commit({"x": b"x"}, "refs/heads/stray")
    names = (
        "promote/churn/v1.0", "promote/churn/1.0.0", "promote/CHURN/v1.0.0", "promote/churn/v1.0.0/x", "promote/x", "retire/churn/v01.0.0",
        "assign/churn/Production", "assign/churn/latest", "assign/x", "edit/a/b", "edit/CON", "unknown/churn", "trust/1",
        "trust/02", "trust/2/x", "trust/two", "trust/9999999999",
    )  # fmt: skip
    for name in names:
        desk.git("update-ref", f"refs/heads/gitreg/{name}", stray)

    assert open_proposals(desk.registry) == []


def test_a_promotion_names_its_version(desk):
    """From its branch."""
    desk.promote(desk.log())

    assert [one.version for one in open_proposals(desk.registry)] == [VersionNumber(1, 0, 0)]


def test_a_remote_without_an_accepted_branch(desk):
    """An empty remote gets the merge as its first accepted branch."""
    remote = desk.path.parent / "remote.git"
    desk.git("init", "-q", "--bare", str(remote))
    desk.git("remote", "add", "origin", str(remote))
    registry = desk.registry
    fetch(registry, desk.author)
    made = propose(registry, draft("one"), desk.author)

    merged = merge(registry, made, desk.author)

    assert desk.tip(at=remote) == merged == desk.tip()


def test_a_clones_own_refspec_does_not_matter(desk):
    """A clone that fetches nothing by itself still knows what it sent."""
    desk.share()
    desk.git("config", "--unset", "remote.origin.fetch")
    registry = desk.registry
    made = propose(registry, draft("one"), desk.author)

    merged = merge(registry, made, desk.author)

    assert registry.accepted.commit == merged
    assert open_proposals(registry) == []
