"""Remotes: listed, fetched from, pushed to by compare-and-swap."""

from __future__ import annotations

import pytest

from gitreg.errors import ConflictError, CredentialsError, RemoteError, UsageError
from gitreg.gitrepo import ZERO, PushUpdate, RefUpdate, Repository, without_credentials

MAIN = "refs/heads/main"


@pytest.fixture
def origin(repository, bare, git, folder):
    """A bare remote called origin that has our main."""
    git(folder, "remote", "add", "origin", str(bare.git_dir))
    git(folder, "push", "-q", "origin", "main")
    return bare


@pytest.fixture
def child(repository, who):
    """Makes a commit on a parent; no ref points at it."""

    def make(parent, message="x"):
        tree = repository.edit_tree(repository.commit(parent).tree, {"x": message.encode()})
        return repository.write_commit(tree, [parent], message, who, who)

    return make


def hook(origin, name, script):
    path = origin.git_dir / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_a_remote_is_listed_by_full_names(origin, repository, commit_on):
    """A pattern is the whole name; `refs/x/refs/heads/main` is not `refs/heads/main`."""
    tip = origin.resolve(MAIN)
    origin.update_refs(
        [RefUpdate("refs/x/refs/heads/main", tip, ZERO), RefUpdate("refs/heads/b/c", tip, ZERO)], "test"
    )

    assert repository.ls_remote("origin", [MAIN]) == {MAIN: tip}
    assert repository.ls_remote("origin", ["refs/heads/*"]) == {MAIN: tip, "refs/heads/b/c": tip}
    assert repository.ls_remote(str(origin.git_dir), ["refs/heads/none"]) == {}


def test_a_fetch_brings_what_the_refspec_says_and_nothing_else(origin, repository, commit_on, git):
    """No tags, no tracking refs, no FETCH_HEAD."""
    new = commit_on(origin, "refs/heads/other", {"x": b"1"})
    git(origin.git_dir, "tag", "v1", new)
    before = [ref.name for ref in repository.refs("refs/")]

    repository.fetch("origin", ["refs/heads/other:refs/gitreg/other"])

    assert [ref.name for ref in repository.refs("refs/")] == ["refs/gitreg/other", *before]
    assert repository.resolve("refs/gitreg/other") == new
    assert not (repository.git_dir / "FETCH_HEAD").exists()


def test_a_fetch_prunes_only_when_asked(origin, repository, commit_on):
    """A source that is gone."""
    new = commit_on(origin, "refs/heads/b/x", {"x": b"1"})
    repository.fetch("origin", ["refs/heads/b/*:refs/copies/*"])
    origin.update_refs([RefUpdate("refs/heads/b/x", ZERO, new)], "test")

    repository.fetch("origin", ["refs/heads/b/*:refs/copies/*"])
    assert repository.resolve("refs/copies/x") == new
    repository.fetch("origin", ["refs/heads/b/*:refs/copies/*"], prune=True)
    assert repository.resolve("refs/copies/x") is None


def test_a_fetch_does_not_force_unless_the_refspec_says_so(origin, repository, child):
    """A copy that went another way stays, and it is a conflict."""
    repository.update_refs([RefUpdate("refs/copies/main", child(repository.resolve(MAIN)), ZERO)], "test")

    with pytest.raises(ConflictError):
        repository.fetch("origin", [f"{MAIN}:refs/copies/main"])
    repository.fetch("origin", [f"+{MAIN}:refs/copies/main"])
    assert repository.resolve("refs/copies/main") == origin.resolve(MAIN)


def test_a_partial_fetch_brings_commits_only(origin, repository, tmp_path, environ, git):
    """A verifier asks for `tree:0` and has every object checked."""
    git(origin.git_dir, "config", "uploadpack.allowFilter", "true")

    with Repository.init(tmp_path / "v.git", environ, bare=True) as verifier:
        verifier.fetch(f"file://{origin.git_dir}", [f"{MAIN}:{MAIN}"], fsck=True, partial="tree:0")
        assert verifier.commit(verifier.resolve(MAIN)).message == "Start\n"
        assert git(verifier.git_dir, "rev-list", "--objects", "--missing=print", MAIN).count("?") == 1


def test_what_a_shallow_remote_leaves_out_is_no_success(origin, repository, child, tmp_path, environ):
    """Git says so in a warning, and exits with 0: the ref here would pass for up to date."""
    newer = child(origin.resolve(MAIN))
    repository.push("origin", [PushUpdate(MAIN, newer)])
    (origin.git_dir / "shallow").write_text(f"{newer}\n")

    with Repository.init(tmp_path / "v.git", environ, bare=True) as verifier, pytest.raises(RemoteError):
        verifier.fetch(str(origin.git_dir), [f"+{MAIN}:{MAIN}"])


@pytest.mark.parametrize(
    "refspec", ["main", "refs/heads/*:refs/x", "--upload-pack=x", "^refs/heads/x", "refs/heads/a b", ""]
)
def test_a_bad_refspec_is_refused(origin, repository, refspec):
    """Full names only."""
    with pytest.raises(UsageError):
        repository.fetch("origin", [refspec])


@pytest.mark.parametrize("remote", ["", "-x", "--upload-pack=touch x", "a\nb"])
def test_a_bad_remote_is_refused(repository, remote):
    """An option is no remote."""
    with pytest.raises(UsageError):
        repository.ls_remote(remote, [MAIN])


@pytest.mark.parametrize("scheme", ["ext::sh -c 'touch {}' %S", "fd::17"])
def test_a_transport_that_runs_commands_is_off(repository, environ, git, folder, tmp_path, scheme):
    """Even when the repository's configuration allows it."""
    git(folder, "config", "protocol.allow", "always")
    git(folder, "config", "remote.evil.url", scheme.format(tmp_path / "ran"))

    with pytest.raises(RemoteError):
        repository.fetch("evil", [f"{MAIN}:refs/x/y"])
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "url", ["http://user:secret@127.0.0.1:9/x.git", "http://127.0.0.1:9/x.git?token=secret"]
)
def test_a_missing_remote_cannot_be_used(repository, url):
    """The error says which, and keeps credentials to itself."""
    with pytest.raises(RemoteError, match=r"127\.0\.0\.1:9/x\.git") as caught:
        repository.ls_remote(url, [MAIN])
    assert "secret" not in str(caught.value)


def test_what_git_says_of_a_remote_reads_as_one_sentence(repository, tmp_path):
    """Its lines are joined without their full stops, and what it advises for every fault is left out."""
    with pytest.raises(RemoteError) as caught:
        repository.ls_remote(str(tmp_path / "away"), [MAIN])

    assert str(caught.value).endswith("repository; fatal: Could not read from remote repository")


def test_a_push_moves_refs_of_the_remote(origin, repository, child):
    """Made, moved and deleted in one push."""
    tip = repository.resolve(MAIN)
    new = child(tip)
    repository.push("origin", [PushUpdate("refs/heads/old", tip, ZERO)])

    repository.push(
        "origin",
        [
            PushUpdate(MAIN, new, tip),
            PushUpdate("refs/tags/x", tip, ZERO),
            PushUpdate("refs/heads/old", ZERO, tip),
        ],
    )

    assert {ref.name: ref.id for ref in origin.refs("refs/")} == {MAIN: new, "refs/tags/x": tip}


@pytest.mark.parametrize("stated", [True, False])
def test_a_push_that_lost_the_race_is_a_conflict(origin, repository, child, commit_on, stated):
    """With a stated old value or without; nothing of the push arrives."""
    tip = repository.resolve(MAIN)
    theirs = commit_on(origin, MAIN, {"y": b"1"})

    with pytest.raises(ConflictError, match="moved meanwhile"):
        repository.push(
            "origin",
            [PushUpdate(MAIN, child(tip), tip if stated else None), PushUpdate("refs/heads/new", tip, ZERO)],
        )
    assert {ref.name: ref.id for ref in origin.refs("refs/")} == {MAIN: theirs}


def test_a_tag_that_exists_is_a_conflict(origin, repository, child):
    """Its name is the compare-and-swap."""
    tip = repository.resolve(MAIN)
    repository.push("origin", [PushUpdate("refs/tags/v1", tip, ZERO)])

    with pytest.raises(ConflictError):
        repository.push("origin", [PushUpdate("refs/tags/v1", child(tip), ZERO)])
    assert origin.resolve("refs/tags/v1") == tip


def test_a_stated_old_value_counts_even_where_git_would_go_forward(origin, repository, child):
    """A branch that should not exist does, and our commit is its child: still a conflict."""
    tip = repository.resolve(MAIN)

    with pytest.raises(ConflictError):
        repository.push("origin", [PushUpdate(MAIN, child(tip), ZERO)])
    assert origin.resolve(MAIN) == tip


def test_without_an_old_value_nothing_is_forced(origin, repository, who):
    """An unrelated commit does not replace a branch."""
    stranger = repository.write_commit(repository.edit_tree(None, {"x": b"1"}), [], "x", who, who)

    with pytest.raises(ConflictError):
        repository.push("origin", [PushUpdate(MAIN, stranger)])


def test_a_remote_that_refuses_is_a_matter_of_permission(origin, repository, child):
    """A protected branch is one that can be read and is not moved; the server's words are passed on."""
    hook(origin, "pre-receive", "echo 'main is protected' >&2; exit 1")
    tip = repository.resolve(MAIN)

    with pytest.raises(CredentialsError, match="main is protected") as refusal:
        repository.push("origin", [PushUpdate(MAIN, child(tip), tip)])

    assert refusal.value.hint == "Mend what it names, or ask whoever keeps it; nothing is lost here."


def test_a_lost_answer_is_no_failure(origin, repository, child):
    """The push arrived; only its end was not heard."""
    hook(origin, "post-receive", "kill -9 $PPID")
    tip = repository.resolve(MAIN)
    new = child(tip)

    repository.push("origin", [PushUpdate(MAIN, new, tip)])

    assert origin.resolve(MAIN) == new


def test_push_options_reach_the_server(origin, repository, child, git, tmp_path):
    """As GitLab reads them to open merge requests."""
    git(origin.git_dir, "config", "receive.advertisePushOptions", "true")
    hook(origin, "pre-receive", f'echo "$GIT_PUSH_OPTION_COUNT $GIT_PUSH_OPTION_0" > {tmp_path}/options')
    tip = repository.resolve(MAIN)

    repository.push("origin", [PushUpdate(MAIN, child(tip), tip)], ["merge_request.title=a b -x"])

    assert (tmp_path / "options").read_text() == "1 merge_request.title=a b -x\n"


def test_a_push_option_is_one_line(origin, repository, child):
    """Its wire format has no other."""
    with pytest.raises(UsageError):
        repository.push("origin", [PushUpdate(MAIN, child(repository.resolve(MAIN)))], ["a\nb"])


def test_a_push_to_nowhere_is_a_remote_error(repository, tmp_path):
    """What was made is kept here."""
    with pytest.raises(RemoteError):
        repository.push(str(tmp_path / "none.git"), [PushUpdate(MAIN, repository.resolve(MAIN))])


def test_our_own_push_hook_does_not_run(origin, repository, child, folder, tmp_path):
    """The clone's hooks are not gitreg's."""
    (folder / ".git/hooks").mkdir(exist_ok=True)
    (folder / ".git/hooks/pre-push").write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    (folder / ".git/hooks/pre-push").chmod(0o755)
    tip = repository.resolve(MAIN)

    repository.push("origin", [PushUpdate(MAIN, child(tip), tip)])

    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("url", "shown"),
    [("https://user:pass@example.com/a", "https://example.com/a"), ("https://tok@h/a@b", "https://h/a@b"),
     ("git@example.com:a.git", "git@example.com:a.git"), ("../a", "../a"),
     ("https://u:p@ss@h/x", "https://h/x"), ("ssh://git@h/x", "ssh://git@h/x"), ("ssh://git:p@h/x", "ssh://git@h/x"),
     ("https://h/x?private_token=t", "https://h/x")],
)  # fmt: skip
def test_credentials_are_cut_from_a_url(url, shown):
    """The user and password of a URL; an ssh account is no secret."""
    assert without_credentials(url) == shown
