"""Pushes to a server with the hook, by plain Git and by gitreg itself: what it takes."""

from __future__ import annotations

from pathlib import Path

from desk import MODEL_FILE
from server import PROGRAM, Server, proposed

from gitreg.workflows.pre_receive.install import install_hook
from gitreg.workflows.registry import CANDIDATES
from gitreg.workflows.release import due, release

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

    pushed = server.push("main", *(f"{tag}:{tag}" for tag in tags), url=str(server.bare))

    assert len(tags) == 2
    assert pushed.is_taken, pushed.words


def test_others_branches_and_tags_are_not_looked_at(server: Server) -> None:
    """Code, forced back and forth, lightweight tags and their deletion are their owner's."""
    desk = server.desk
    desk.git("checkout", "-q", "--orphan", "feature")
    desk.git("commit", "-q", "--allow-empty", "-m", "Code")
    desk.git("tag", "v1")
    first = server.push("feature", "v1", "HEAD:refs/heads/gitreg-notes", "HEAD:refs/notes/x")
    desk.git("commit", "-q", "--amend", "--allow-empty", "-m", "Other code")

    second = server.push("+feature", "+HEAD:refs/tags/v1", ":gitreg-notes")

    assert first.is_taken, first.words
    assert second.is_taken, second.words


def test_inbox_comes_and_goes_when_it_is_folded(server: Server) -> None:
    """A writer in a crowd leaves candidates in the inbox; the ref goes once the candidate branch holds them."""
    desk = server.desk
    desk.log(artifacts=MODEL_FILE)
    tip = desk.tip(CANDIDATES)
    left = server.push(f"{tip}:{INBOX}")
    early = server.push(f":{INBOX}")

    folded = server.push("gitreg/candidates", f":{INBOX}")

    assert left.is_taken, left.words
    assert early.refused(f"{INBOX}: the candidate branch does not hold these candidates yet")
    assert folded.is_taken, folded.words
    assert INBOX not in server.refs()


def test_proposal_may_be_made_anew_and_deleted(server: Server) -> None:
    """A proposal's branch is its proposer's until it is merged."""
    desk = server.desk
    _, branch = proposed(server)
    first = server.push(branch)
    desk.git("checkout", "-q", branch.removeprefix("refs/heads/"))
    desk.git("commit", "-q", "--amend", "-m", "Other words")
    anew = server.push(f"+HEAD:{branch}")

    gone = server.push(f":{branch}")

    assert first.is_taken, first.words
    assert anew.is_taken, anew.words
    assert gone.is_taken, gone.words


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
