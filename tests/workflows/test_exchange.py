"""Exchange with a remote: news come in, ours goes out, and nothing is overwritten."""

from __future__ import annotations

import pytest

from gitreg.documents import places
from gitreg.errors import ConflictError, RemoteError
from gitreg.workflows.candidates.edit_candidate import note_candidate
from gitreg.workflows.publishing.exchange import fetch, send
from gitreg.workflows.registry import CANDIDATES


def ids(desk, at=None):
    found = desk.open(at).candidates.paths("experiments")
    return sorted(one[1] for path in found if (one := places.candidate_of(path)))


@pytest.fixture
def shared(desk):
    """A registry with a remote and a second clone of it, in `desk.other`."""
    desk.remote = desk.share()
    desk.other = desk.clone()
    return desk


def test_without_a_remote_there_is_no_news(desk):
    """Nothing happens, and nothing fails."""
    before = desk.tip(CANDIDATES)

    assert (fetch(desk.registry, desk.author).after, desk.publish().tries) == (before, 0)


def test_a_fresh_clone_gets_the_candidate_branch(shared):
    """Fetching makes the local branch, because `dvc gc --all-branches` looks at local heads only."""
    assert shared.tip(CANDIDATES, at=shared.other) is None

    fetched = fetch(shared.open(shared.other), shared.author)

    assert (fetched.before, fetched.after) == (None, shared.tip(CANDIDATES))
    assert shared.tip(CANDIDATES, at=shared.other) == shared.tip(CANDIDATES)


def test_candidates_of_both_are_joined(shared):
    """Two clones log and push; each has all in the end, by a merge where it must be."""
    one = shared.log(artifacts=None)
    two = shared.log(artifacts=None, at=shared.other)
    assert shared.publish().tries == 1
    shared.pause()

    assert shared.publish(shared.other).tries == 2
    fetch(shared.registry, shared.author)

    assert ids(shared) == ids(shared, shared.other) == sorted([one.id, two.id])
    assert shared.git("log", "-1", "--format=%s", CANDIDATES) == "Join candidates"


def test_pushing_twice_sends_once(shared):
    """The second finds nothing to send."""
    shared.log(artifacts=None)

    assert [shared.publish().tries for _ in range(2)] == [1, 0]


def test_both_changing_one_candidate_blocks_nobody(shared):
    """Both values stay visible, and everything else goes on."""
    one = shared.log(artifacts=None)
    shared.publish()
    fetch(shared.open(shared.other), shared.author)
    note_candidate(shared.registry, one.id, "mine", shared.author)
    note_candidate(shared.open(shared.other), one.id, "theirs", shared.author)
    shared.publish(shared.other)

    fetch(shared.registry, shared.author)

    record = shared.read(places.candidate_path("churn", one.id), CANDIDATES).decode()
    assert "mine" in record
    assert "theirs" in record


def test_the_users_branches_stay(shared):
    """Fetching moves no branch of the user's, nor anything in the work tree."""
    shared.promote(shared.log())
    shared.accept()
    head = shared.tip(at=shared.other)
    before = shared.state(at=shared.other)

    fetch(shared.open(shared.other), shared.author)

    assert (shared.tip(at=shared.other), shared.state(at=shared.other)) == (head, before)


def test_a_tag_here_is_never_replaced(shared):
    """A remote that moves a signed name is refused, and the tag stays."""
    shared.promote(shared.log())
    shared.accept()
    registry = shared.open(shared.other)
    fetch(registry, shared.author)
    before = shared.tip("refs/tags/model/churn/v1.0.0", at=shared.other)
    shared.git("update-ref", "refs/tags/model/churn/v1.0.0", "main~1", at=shared.remote)

    with pytest.raises(ConflictError):
        fetch(registry, shared.author)

    assert shared.tip("refs/tags/model/churn/v1.0.0", at=shared.other) == before


def test_unsent_tags_and_branches_survive_fetching(shared):
    """Only what is remembered of the remote's own branches is forgotten with them."""
    shared.git("tag", "model/local/v1.0.0")
    shared.log(artifacts=None)
    before = shared.git("for-each-ref")

    fetch(shared.registry, shared.author)

    assert shared.git("for-each-ref") == before


def test_a_remote_that_is_gone(shared):
    """Exit 7, and everything is still here."""
    one = shared.log(artifacts=None)
    shared.remote.rename(shared.remote.with_name("away"))

    for act in (lambda: fetch(shared.registry, shared.author), shared.publish):
        with pytest.raises(RemoteError) as refusal:
            act()
        assert refusal.value.exit_code == 7

    assert ids(shared) == [one.id]


def test_a_remote_without_an_accepted_branch_yet(desk):
    """Candidates may come first."""
    remote = desk.path.parent / "empty.git"
    desk.git("init", "-q", "--bare", str(remote))
    desk.git("remote", "add", "origin", str(remote))
    desk.log(artifacts=None)

    fetch(desk.registry, desk.author)

    assert desk.publish().tries == 1
    assert desk.tip(CANDIDATES, at=remote) == desk.tip(CANDIDATES)


def test_an_accepted_branch_of_another_name(repository_desk):
    """Whatever the branch is called, its news come."""
    desk = repository_desk
    desk.git("branch", "-m", "trunk")
    desk.init()
    remote = desk.path.parent / "remote.git"
    desk.git("clone", "-q", "--bare", str(desk.path), str(remote))
    desk.git("remote", "add", "origin", str(remote))
    clone = desk.clone()
    registry = desk.registry
    desk.promote(desk.log())

    fetch(registry, desk.author)
    desk.accept()
    fetch(desk.open(clone), desk.author)

    assert desk.tip("refs/remotes/origin/trunk", at=clone) == desk.tip("refs/heads/trunk")


def test_a_candidate_branch_that_is_checked_out_follows(shared):
    """Files and all, own changes aside."""
    one = shared.log(artifacts=None, at=shared.other)
    shared.publish(shared.other)
    shared.git("switch", "-q", "gitreg/candidates")
    (shared.path / "mine.txt").write_text("mine\n")

    fetch(shared.registry, shared.author)

    assert (shared.path / places.candidate_path("churn", one.id)).is_file()
    assert shared.git("status", "--porcelain") == "?? mine.txt"


def test_sending_is_compare_and_swap(shared):
    """From the value that it must still have there."""
    tip = shared.tip()
    send(shared.registry, "refs/heads/side", tip, None)

    with pytest.raises(ConflictError):
        send(shared.registry, "refs/heads/side", shared.tip(CANDIDATES), None)

    assert shared.tip("refs/heads/side", at=shared.remote) == tip
