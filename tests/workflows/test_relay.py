"""Clones as CI jobs have them: they log and push, fetch a few trees, and stay as they were."""

from __future__ import annotations

import pytest
from desk import calm

from gitreg.documents import places
from gitreg.workflows.candidates.edit_candidate import tag_candidate
from gitreg.workflows.doctor.status import unpushed
from gitreg.workflows.publishing.push import push
from gitreg.workflows.registry import CANDIDATES

KINDS = {
    "shallow": ["--depth", "1"],
    "single branch": ["--single-branch"],
    "shallow, of another branch": ["--depth", "1", "--branch", "feature"],
    "without blobs": ["--filter=blob:none"],
    "without blobs or history": ["--filter=blob:none", "--depth", "1"],
    "shallow, with all branches": ["--depth", "1", "--no-single-branch"],
}


def _host(desk):
    for _ in range(3):
        desk.log(artifacts=None)
    desk.git("branch", "feature")
    remote = desk.share()
    desk.git("push", "-q", "origin", "feature")
    desk.git("config", "uploadpack.allowFilter", "true", at=remote)


@pytest.fixture
def hosted(furnished):
    """A registry with some candidates on a remote that lets clones be partial."""
    desk = furnished(_host)
    desk.remote = desk.path.parent / "remote.git"
    return desk


def ci_clone(desk, *words):
    """A clone by URL: by path, Git copies everything whatever is asked for."""
    target = desk.path.parent / "ci"
    desk.git("clone", "-q", *words, f"file://{desk.remote}", str(target), at=desk.path.parent)
    store = f"{desk.path}-store"
    (target / ".dvc").mkdir(exist_ok=True)
    (target / ".dvc/config.local").write_text(f"['remote \"store\"']\n    url = {store}\n")
    return target


def send(desk, at):
    return push(desk.open(at), desk.author, calm())


def ids(desk, ref=CANDIDATES, at=None):
    paths = desk.git("ls-tree", "-r", "--name-only", ref, "experiments", at=at).splitlines()
    return sorted(one[1] for path in paths if (one := places.candidate_of(path)))


def kept(desk, at):
    """What of a clone must not change: its boundaries, its configuration and the remote's branches in it."""
    shallow = at / ".git/shallow"
    lines = desk.git("config", "--list", "--local", at=at).splitlines()
    partial = [line for line in lines if "partial" in line or "promisor" in line]
    refs = desk.git("for-each-ref", "refs/remotes", at=at)
    return shallow.read_text() if shallow.exists() else "", partial, refs


@pytest.mark.parametrize("words", KINDS.values(), ids=KINDS)
def test_a_job_logs_and_pushes(hosted, words):
    """Its candidate stands on the branch beside the others, its bytes in the storage."""
    before = ids(hosted)
    clone = ci_clone(hosted, *words)
    one = hosted.log(at=clone)

    sent = send(hosted, clone)

    assert (sent.published.inbox, sent.objects) == (None, 2)
    assert ids(hosted, at=hosted.remote) == sorted([*before, one.id])
    assert hosted.git("fsck", "--strict", at=hosted.remote) == ""


@pytest.mark.parametrize("kind", ["shallow", "single branch", "shallow, of another branch"])
def test_the_clone_stays_what_it_was(hosted, kind):
    """It becomes neither shallow nor partial, and no branch of the remote appears."""
    clone = ci_clone(hosted, *KINDS[kind])
    before = kept(hosted, clone)
    hosted.log(artifacts=None, at=clone)

    send(hosted, clone)

    assert kept(hosted, clone) == before


def test_history_on_the_branch_is_a_line(hosted):
    """The candidate is put on the tip, as a commit of its own with its own message."""
    tip = hosted.tip(CANDIDATES, at=hosted.remote)
    clone = ci_clone(hosted, "--depth", "1")
    one = hosted.log(artifacts=None, at=clone)

    send(hosted, clone)

    assert hosted.git("log", "-1", "--format=%P %s", CANDIDATES, at=hosted.remote) == f"{tip} Log {one}"


def test_a_second_push_sends_what_is_new(hosted):
    """What was sent is remembered without the branch itself."""
    clone = ci_clone(hosted, "--depth", "1")
    hosted.log(artifacts=None, at=clone)
    send(hosted, clone)
    assert (send(hosted, clone).published.tries, unpushed(hosted.open(clone)).candidates) == (0, 0)
    two = hosted.log(artifacts=None, at=clone)
    assert unpushed(hosted.open(clone)).candidates == 1

    assert send(hosted, clone).published.tries == 1

    assert two.id in ids(hosted, at=hosted.remote)


def test_what_others_did_to_a_sent_candidate_stays(hosted):
    """The clone sends its next one, not its old view of the first."""
    clone = ci_clone(hosted, "--depth", "1")
    one = hosted.log(artifacts=None, at=clone)
    send(hosted, clone)
    hosted.git("fetch", "-q", "origin", "gitreg/candidates:gitreg/candidates")
    tag_candidate(hosted.registry, one.id, {"team": "risk"}, hosted.author)
    hosted.publish()
    hosted.log(artifacts=None, at=clone)

    send(hosted, clone)

    assert (
        "risk" in hosted.read(places.candidate_path("churn", one.id), CANDIDATES, at=hosted.remote).decode()
    )


def test_a_lost_race_goes_to_the_inbox(hosted):
    """As everywhere; the next push of anybody folds it."""
    clone = ci_clone(hosted, "--depth", "1")
    one = hosted.log(artifacts=None, at=clone)
    hook = hosted.remote / "hooks/pre-receive"
    hook.write_text(
        "#!/bin/sh\nunset GIT_QUARANTINE_PATH\nwhile read old new ref; do\n"
        '[ "$ref" = refs/heads/gitreg/candidates ] || continue\n'
        'git update-ref "$ref" "$(git commit-tree -p "$ref" -m Rival "$ref^{tree}")"\ndone\n'
    )
    hook.chmod(0o755)
    ref = send(hosted, clone).published.inbox
    hook.unlink()
    assert ref is not None

    assert hosted.publish(pacing=calm(turn=True)).folded == 1

    assert one.id in ids(hosted, at=hosted.remote)


def test_a_remote_that_gives_no_objects_by_id(hosted):
    """An old protocol allows none: the candidate waits in the inbox."""
    clone = ci_clone(hosted, "--depth", "1")
    hosted.git("config", "protocol.version", "0", at=clone)
    one = hosted.log(artifacts=None, at=clone)

    ref = send(hosted, clone).published.inbox

    assert one.id in ids(hosted, ref, at=hosted.remote)


def test_a_remote_without_filters(hosted):
    """It sends more than was asked for, and all goes well."""
    hosted.git("config", "uploadpack.allowFilter", "false", at=hosted.remote)
    clone = ci_clone(hosted, "--depth", "1")
    one = hosted.log(artifacts=None, at=clone)

    assert send(hosted, clone).published.inbox is None

    assert one.id in ids(hosted, at=hosted.remote)


def test_a_remote_without_candidates(hosted):
    """The first candidate of all comes from a CI job."""
    hosted.git("update-ref", "-d", CANDIDATES, at=hosted.remote)
    clone = ci_clone(hosted, "--depth", "1")
    one = hosted.log(artifacts=None, at=clone)

    send(hosted, clone)

    assert ids(hosted, at=hosted.remote) == [one.id]


def test_a_relative_remote(hosted):
    """Git counts it from the clone, wherever the relay is."""
    clone = ci_clone(hosted, "--depth", "1")
    hosted.git("remote", "set-url", "origin", "../remote.git", at=clone)
    one = hosted.log(artifacts=None, at=clone)

    send(hosted, clone)

    assert one.id in ids(hosted, at=hosted.remote)


@pytest.mark.parametrize("kind", ["shallow", "without blobs"])
def test_logging_needs_no_remote(hosted, kind):
    """A partial clone has no blobs, and logging asks for none."""
    clone = ci_clone(hosted, *KINDS[kind])
    hosted.remote.rename(hosted.remote.with_name("away"))

    one = hosted.log(artifacts=None, at=clone)

    assert one.id in ids(hosted, at=clone)
