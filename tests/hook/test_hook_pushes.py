"""Pushes to a server with the hook, by plain Git and by gitreg itself: what it takes."""

from __future__ import annotations

from pathlib import Path

from desk import MODEL_FILE
from server import PROGRAM, Server, proposed

from gitreg.workflows.pre_receive.install import install_hook
from gitreg.workflows.registry import CANDIDATES
from gitreg.workflows.releasing.release import due, release

INBOX = f"refs/gitreg/inbox/{'ab' * 16}"


def test_gitreg_itself_is_never_refused(server: Server) -> None:
    """Candidates, a proposal, its merge, the branch's end and the signed tags: everything that gitreg sends is taken."""
    desk = server.desk
    candidate = desk.log(metrics={"auc": 0.95}, artifacts={"model.bin": b"better"})
    desk.publish()
    desk.promote(candidate, stage="production")

    made = desk.accept()

    assert made == ["model/churn/v1.1.0", "stage/churn/production/2"]
    assert all(f"refs/tags/{tag}" in server.refs() for tag in made)
    assert "gitreg/promote" not in server.refs()


def test_first_push_of_a_registry_is_taken(server: Server, tmp_path: Path) -> None:
    """Everything at once to an empty server: branches, releases and assignments, by the registry's own trust root."""
    desk, bare = server.desk, tmp_path / "empty.git"
    desk.git("init", "-q", "--bare", "-b", "main", str(bare))
    install_hook(bare, PROGRAM, desk.environ)

    pushed = server.push("main", "gitreg/candidates", "refs/tags/*:refs/tags/*", url=str(bare))

    assert pushed.is_taken, pushed.words
    assert desk.tip("refs/tags/model/churn/v1.0.0", at=bare) == desk.tip("refs/tags/model/churn/v1.0.0")


def test_release_may_come_with_the_commit_that_it_is_of(server: Server) -> None:
    """The accepted branch and the signature on it in one push; a stage's two newest links, too."""
    desk = server.desk
    _, branch = proposed(server, stage="production")
    desk.git("merge", "-q", "--no-ff", "-m", "Merge", branch.removeprefix("refs/heads/"))
    desk.git("remote", "remove", "origin")
    registry = desk.open()
    tags = release(registry, due(registry), desk.author)

    pushed = server.judge("main", *tags)

    assert len(tags) == 2
    assert pushed == []


def test_others_branches_and_tags_are_not_looked_at(server: Server) -> None:
    """Code, forced back and forth, lightweight tags and their deletion are their owner's."""
    desk = server.desk
    desk.git("checkout", "-q", "--orphan", "feature")
    desk.git("commit", "-q", "--allow-empty", "-m", "Code")
    desk.git("tag", "v1")
    with server.off_guard():
        server.push("feature", "v1", "HEAD:refs/heads/gitreg-notes", "HEAD:refs/notes/x")
    desk.git("commit", "-q", "--amend", "--allow-empty", "-m", "Other code")

    pushed = server.push("+feature", "+HEAD:refs/tags/v1", ":gitreg-notes", ":refs/notes/x")

    assert pushed.is_taken, pushed.words


def test_inbox_comes_and_goes_when_it_is_folded(server: Server) -> None:
    """A writer in a crowd leaves candidates in the inbox; the ref goes once the candidate branch holds them."""
    desk = server.desk
    desk.log(artifacts=MODEL_FILE)
    tip = desk.tip(CANDIDATES)
    left = server.push(f"{tip}:{INBOX}")

    early = server.judge(f":{INBOX}")
    folded = server.judge("gitreg/candidates", f":{INBOX}")

    assert left.is_taken, left.words
    assert early == [
        f"{INBOX}: the candidate branch does not hold these candidates yet; gitreg push folds them"
    ]
    assert folded == []


def test_candidate_that_waits_in_the_inbox_may_be_proposed(server: Server) -> None:
    """What a writer in a crowd left there was logged, though no candidate branch holds it yet; elsewhere it was not."""
    desk = server.desk
    candidate = desk.log(metrics={"auc": 0.95}, artifacts={"model.bin": b"better"})
    branch = desk.promote(candidate, offline=True).branch
    unknown = server.judge(branch)

    left = server.judge(branch, f"{CANDIDATES}:{INBOX}")
    folded = server.judge(branch, CANDIDATES)

    assert len(unknown) == 1
    assert "was never this record on the candidate branch (GR108)" in unknown[0]
    assert left == folded == []


def test_proposal_may_be_made_anew_and_deleted(server: Server) -> None:
    """A proposal's branch is its proposer's until it is merged."""
    desk = server.desk
    _, branch = proposed(server)
    with server.off_guard():
        server.push(branch)
    desk.git("checkout", "-q", branch.removeprefix("refs/heads/"))
    desk.git("commit", "-q", "--amend", "-m", "Other words")

    anew = server.judge(f"+HEAD:{branch}")
    gone = server.judge(f":{branch}")

    assert anew == gone == []


def test_shallow_clone_may_push(server: Server, tmp_path: Path) -> None:
    """Whoever has one commit of each branch can publish a candidate and propose it, as CI jobs do."""
    desk = server.desk
    clone = tmp_path / "shallow"
    words = ("--depth", "1", "--no-single-branch", f"file://{server.bare}")
    desk.git("clone", "-q", *words, str(clone), at=tmp_path)
    desk.git("config", "user.signingkey", str(desk.key), at=clone)
    candidate = desk.log(metrics={"auc": 0.97}, artifacts={"model.bin": b"shallow"}, at=clone)
    desk.publish(at=clone)

    promoted = desk.promote(candidate, at=clone)

    assert (clone / ".git" / "shallow").exists()
    assert promoted.branch in server.refs()
