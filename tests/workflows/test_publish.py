"""Publishing beside others: the branch when nobody else is there, the inbox in a crowd, and nothing is ever lost."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from desk import calm

from gitreg.documents import places
from gitreg.errors import ConflictError, CredentialsError, LockedError
from gitreg.store import Author
from gitreg.workflows.publishing.exchange import fetch
from gitreg.workflows.publishing.inbox import delete_folded
from gitreg.workflows.publishing.publish import fold_inbox, publish
from gitreg.workflows.registry import CANDIDATES
from gitreg.workflows.remote_refs import known_inbox

INBOX = "refs/gitreg/inbox/"
RIVAL = """#!/bin/sh
# another writer is faster by a moment, as often as the file `rivals` has lines
unset GIT_QUARANTINE_PATH
while read old new ref; do
  [ "$ref" = refs/heads/gitreg/candidates ] || continue
  grep -q . rivals || continue
  sed -i 1d rivals
  rival=$(git commit-tree -p "$ref" -m Rival "$ref^{tree}")
  git update-ref "$ref" "$rival"
done
"""


@pytest.fixture
def shared(desk):
    """A registry with a remote and a second clone of it, in `desk.other`."""
    desk.remote = desk.share()
    desk.other = desk.clone()
    return desk


def beaten(desk, times):
    """Has every push of the branch lose against somebody else's, so many times."""
    hook(desk, "pre-receive", RIVAL)
    (desk.remote / "rivals").write_text("again\n" * times)


def hook(desk, name, text):
    path = desk.remote / "hooks" / name
    path.write_text(text)
    path.chmod(0o755)


def inbox(desk):
    """The inbox refs of the remote."""
    return desk.git("for-each-ref", "--format=%(refname)", INBOX, at=desk.remote).split()


def ids(desk, ref=CANDIDATES, at=None):
    """The candidates of a branch, by plain Git."""
    paths = desk.git("ls-tree", "-r", "--name-only", ref, "experiments", at=at).splitlines()
    return sorted(one[1] for path in paths if (one := places.candidate_of(path)))


def test_alone_one_push_is_enough(shared):
    """Nobody is asked before, for nobody else was there."""
    shared.log(artifacts=None)

    published = shared.publish()

    assert (published.tries, published.inbox) == (1, None)
    assert shared.tip(CANDIDATES, at=shared.remote) == shared.tip(CANDIDATES)


def test_who_is_beaten_twice_uses_the_inbox(shared):
    """It is acknowledged under a ref of its own, and the branch is as the others made it."""
    one = shared.log(artifacts=None)
    beaten(shared, 2)

    published = shared.publish()

    assert (published.tries, [published.inbox]) == (2, inbox(shared))
    assert ids(shared, published.inbox, at=shared.remote) == [one.id]
    assert ids(shared, at=shared.remote) == []


def test_who_was_beaten_does_not_try_again_at_once(shared):
    """The next push is one push, to the inbox; later it is the branch's turn again."""
    beaten(shared, 2)
    shared.log(artifacts=None)
    shared.publish()
    shared.log(artifacts=None)
    assert (shared.publish().tries, len(inbox(shared))) == (0, 1)
    shared.log(artifacts=None)
    shared.pause()

    published = shared.publish(pacing=calm(turn=True))

    assert (published.inbox, published.folded, inbox(shared)) == (None, 1, [])


def test_others_at_work_at_this_moment_are_a_crowd(shared):
    """One race that was lost against somebody of a moment ago is enough."""
    shared.log(artifacts=None)
    shared.publish()
    one = shared.log(artifacts=None, at=shared.other)

    published = shared.publish(shared.other)

    assert (published.tries, [published.inbox]) == (1, inbox(shared))
    assert one.id in ids(shared, published.inbox, at=shared.remote)


def test_rubbish_in_the_inbox_blocks_nobody(shared):
    """A ref that is no commit is left alone."""
    one = shared.log(artifacts=None)
    shared.git("push", "-q", "origin", f"{shared.tip()}^{{tree}}:{INBOX}{'0' * 32}")

    shared.publish(pacing=calm(turn=True))

    assert (ids(shared, at=shared.remote), inbox(shared)) == ([one.id], [INBOX + "0" * 32])


def test_whoever_pushes_next_folds_the_inbox(shared):
    """What waited is on the branch, the inbox is empty, and both happened at once."""
    one = shared.log(artifacts=None)
    beaten(shared, 2)
    shared.publish()
    two = shared.log(artifacts=None, at=shared.other)
    shared.pause()

    published = shared.publish(shared.other)

    assert (published.folded, inbox(shared)) == (1, [])
    assert ids(shared, at=shared.remote) == sorted([one.id, two.id])


def test_a_push_with_nothing_of_its_own_folds(shared):
    """A clone that only looked after things leaves them in order."""
    one = shared.log(artifacts=None)
    beaten(shared, 2)
    shared.publish()

    published = shared.publish(shared.other)

    assert (published.folded, ids(shared, at=shared.remote)) == (1, [one.id])


def test_who_was_folded_has_nothing_to_send(shared):
    """The own inbox ref came back by the branch."""
    shared.log(artifacts=None)
    beaten(shared, 2)
    shared.publish()
    shared.publish(shared.other)
    fetch(shared.registry, shared.author)

    published = shared.publish(pacing=calm(turn=True))

    assert (published.tries, published.inbox) == (0, None)
    assert shared.tip(CANDIDATES) == shared.tip(CANDIDATES, at=shared.remote)


def test_readers_see_branch_and_inbox_as_one(shared):
    """A fetch brings both, into the local branch too, which `dvc gc` looks at."""
    one = shared.log(artifacts=None)
    beaten(shared, 2)
    shared.publish()

    fetch(shared.open(shared.other), shared.author)

    assert ids(shared, at=shared.other) == [one.id]
    assert shared.git("for-each-ref", "refs/gitreg/remotes/origin/inbox/", at=shared.other)


def test_a_host_without_inbox_refs(shared):
    """The branch is tried until it is won."""
    one = shared.log(artifacts=None)
    beaten(shared, 4)
    hook(shared, "update", '#!/bin/sh\ncase "$1" in refs/gitreg/*) exit 1;; esac\n')

    published = shared.publish()

    assert (published.tries, published.inbox) == (5, None)
    assert ids(shared, at=shared.remote) == [one.id]


def test_a_host_without_inbox_refs_where_others_always_win(shared):
    """It ends, with exit code 5 and nothing lost."""
    one = shared.log(artifacts=None)
    beaten(shared, 100)
    shared.git("config", "gitreg.inbox", "false")

    with pytest.raises(ConflictError):
        shared.publish()

    assert ids(shared) == [one.id]


def test_a_host_that_refuses_everything(shared):
    """A refusal is no lost race."""
    shared.log(artifacts=None)
    hook(shared, "pre-receive", "#!/bin/sh\necho not you >&2\nexit 1\n")

    with pytest.raises(CredentialsError, match="not you"):
        shared.publish()

    assert inbox(shared) == []


def test_a_stale_lock_is_named(shared):
    """Nobody tries for ever; the candidates wait in the inbox, and go on when the lock is gone."""
    one = shared.log(artifacts=None)
    lock = shared.remote / "refs/heads/gitreg/candidates.lock"
    lock.touch()

    with pytest.raises(LockedError, match=str(lock)) as refusal:
        shared.publish()
    assert refusal.value.exit_code == 5
    assert ids(shared, inbox(shared)[0], at=shared.remote) == [one.id]
    lock.unlink()

    assert shared.publish(pacing=calm(turn=True)).folded == 1
    assert ids(shared, at=shared.remote) == [one.id]


def test_an_inbox_ref_that_cannot_be_joined_blocks_nobody(shared):
    """Rubbish stays where it is, and everything else goes on."""
    one = shared.log(artifacts=None)
    shared.publish()
    path = places.candidate_path("churn", one.id)
    rubbish = shared.commit({path: b"rubbish\n"}, CANDIDATES, at=shared.other)
    shared.git("push", "-q", "origin", f"{rubbish}:{INBOX}{'0' * 32}", at=shared.other)
    shared.commit({path: b"other rubbish\n"}, CANDIDATES)
    two = shared.log(artifacts=None)

    shared.publish(pacing=calm(turn=True))

    assert inbox(shared) == [INBOX + "0" * 32]
    assert ids(shared, at=shared.remote) == sorted([one.id, two.id])


def test_nothing_newer_goes_ahead_of_its_artifacts(shared):
    """What was logged after the artifacts were looked for waits for the next push."""
    registry = shared.registry
    one = shared.log(artifacts=None)
    seen = registry.repository.resolve(CANDIDATES)
    two = shared.log(artifacts=None)

    publish(registry, seen, shared.author, calm(turn=True))

    assert ids(shared, at=shared.remote) == [one.id]
    assert ids(shared) == sorted([one.id, two.id])


def test_candidates_start_no_pipelines(shared):
    """The server is asked to skip them, where it takes push options."""
    shared.git("config", "receive.advertisePushOptions", "true", at=shared.remote)
    shared.git("config", "gitreg.pushOptions", "true")
    hook(shared, "post-receive", '#!/bin/sh\necho "$GIT_PUSH_OPTION_0" > options\n')
    shared.log(artifacts=None)

    shared.publish()

    assert (shared.remote / "options").read_text() == "ci.skip\n"


def test_a_server_without_push_options_is_remembered(shared):
    """It is asked once."""
    shared.git("config", "gitreg.pushOptions", "true")
    shared.log(artifacts=None)

    assert shared.publish().inbox is None

    assert shared.git("config", "gitreg.pushOptions") == "false"


def test_an_inbox_ref_that_was_folded_is_followed_by_another(shared):
    """Whoever pushes in a crowd need not know that the inbox was folded."""
    beaten(shared, 2)
    one = shared.log(artifacts=None)
    first = shared.publish().inbox
    shared.publish(shared.other)
    two = shared.log(artifacts=None)

    second = shared.publish().inbox

    assert (second != first, inbox(shared)) == (True, [second])
    assert ids(shared, second, at=shared.remote) == sorted([one.id, two.id])


def test_an_inbox_ref_that_moved_on_is_not_deleted(shared):
    """The writer was faster than whoever folds: what it sent since is still there."""
    one = shared.log(artifacts=None)
    beaten(shared, 2)
    shared.publish()
    registry = shared.open(shared.other)
    fetch(registry, shared.author)
    two = shared.log(artifacts=None)
    shared.publish()
    seen = known_inbox(registry)

    delete_folded(registry, seen)

    assert ids(shared, inbox(shared)[0], at=shared.remote) == sorted([one.id, two.id])


def test_an_own_ref_is_never_moved_back(shared):
    """Another process of the clone was faster: what it sent stays, and ours goes beside it."""
    beaten(shared, 2)
    shared.log(artifacts=None)
    shared.publish()
    registry = shared.registry
    seen = registry.repository.resolve(CANDIDATES)
    two = shared.log(artifacts=None)
    shared.publish()

    publish(registry, seen, shared.author, calm())

    assert len(inbox(shared)) == 2
    assert two.id in {id_ for ref in inbox(shared) for id_ in ids(shared, ref, at=shared.remote)}


def test_two_clones_that_folded_the_same_agree(shared):
    """Whoever comes second finds that it holds nothing else, and follows."""
    beaten(shared, 2)
    shared.log(artifacts=None)
    shared.publish()
    fetch(shared.open(shared.other), shared.author)
    fetch(shared.registry, shared.author)
    shared.publish(pacing=calm(turn=True))

    fetch(shared.open(shared.other), shared.author)

    assert shared.tip(CANDIDATES, at=shared.other) == shared.tip(CANDIDATES, at=shared.remote)


def test_folding_sends_nothing_of_ones_own(shared):
    """A reader that may write puts the inbox in order; its own candidates wait for their artifacts."""
    one = shared.log(artifacts=None)
    beaten(shared, 2)
    shared.publish()
    two = shared.log(artifacts=None, at=shared.other)
    registry = shared.open(shared.other)
    fetch(registry, shared.author)

    folded = fold_inbox(registry, shared.author, calm())

    assert (folded, inbox(shared), ids(shared, at=shared.remote)) == (1, [], [one.id])
    assert ids(shared, at=shared.other) == sorted([one.id, two.id])


def test_a_reader_that_may_not_write_reads(shared):
    """Folding is a favour."""
    one = shared.log(artifacts=None)
    beaten(shared, 2)
    shared.publish()
    hook(shared, "pre-receive", "#!/bin/sh\nexit 1\n")
    registry = shared.open(shared.other)
    fetch(registry, shared.author)

    assert fold_inbox(registry, shared.author, calm()) == 0
    assert ids(shared, at=shared.other) == [one.id]


def test_a_race_that_was_lost_where_the_branch_was_known_lately_is_a_crowd(shared):
    """Nobody need be asked: whoever won did so since this clone looked, a moment ago."""
    shared.log(artifacts=None)
    beaten(shared, 1)
    registry, now = shared.registry, datetime.now(UTC)
    author = Author("Ada Example", "ada@example.com", now)

    published = publish(registry, registry.repository.resolve(CANDIDATES), author, calm())

    assert (published.tries, [published.inbox]) == (1, inbox(shared))
