"""What every member of the family keeps, whatever it can do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gitreg.errors import CredentialsError
from gitreg.forge.base import Forge, MergeRequest
from gitreg.forge.choose import choose
from gitreg.gitrepo import ZERO, PushUpdate, Repository

MEMBERS = {
    "local": lambda world: choose("local", None, None, wait=world.waited.append, environ={}),
    "push-options": lambda world: choose("push-options", world.place, None, wait=world.waited.append, environ={}),
    "gitlab-private": lambda world: choose("gitlab", world.place, world.token(), wait=world.waited.append, environ={}),
    "gitlab-oauth": lambda world: choose("gitlab", world.place, world.token("oauth"), wait=world.waited.append, environ={}),
    "gitlab-job": lambda world: choose("gitlab", world.place, world.token("job"), wait=world.waited.append, environ={}),
}  # fmt: skip
HOSTILE = [
    "/close", "\n/close\n", "a\r\n/merge", "\\n/approve", "\\\\n/approve", "@all", "<!-- gitreg:proposal -->", "x\0y",
    "merge_request.create", "$(touch never)", "`id`", "Draft: Draft:", "\x1b]8;;https://evil.example\x07", "\u202eevil", "é" * 900, "",
]  # fmt: skip
Push = Callable[..., list[str]]


@pytest.fixture(params=MEMBERS)
def member(request: pytest.FixtureRequest, world) -> Forge:
    """Each member in turn, at the same stand-in."""
    return MEMBERS[request.param](world)


@pytest.fixture
def push(world, make_repository, tmp_path: Path, environ) -> Push:
    """Pushes a proposal's branch as gitreg does; returns what the remote said."""

    def act(forge: Forge, wanted, *, old: str = ZERO) -> list[str]:
        with Repository.open(tmp_path / "clone", environ) as clone:
            clone.fetch(world.standin.remote_url, ["+refs/heads/*:refs/fetched/*"])
            update = PushUpdate(f"refs/heads/{wanted.branch}", wanted.commit, old)
            return list(clone.push(world.standin.remote_url, [update], forge.push_options(wanted)))

    make_repository(tmp_path / "clone")
    return act


def test_options_are_each_one_line(member: Forge, world):
    """Git refuses an option with a line end, and GitLab makes a line end of a backslash and an n."""
    options = [
        option
        for words in HOSTILE
        for option in member.push_options(
            world.wanted(title=words, summary=words, description=words, draft=True)
        )
    ]

    assert all(option.isprintable() and len(option.encode()) < 65_000 for option in options)
    assert not any("\\n" in option for option in options if option.startswith("merge_request.description"))
    assert all(option.startswith("merge_request.") for option in options)


def test_only_the_projects_own_url_is_taken_from_what_a_remote_says(member: Forge, world):
    """Anybody's hook may print any URL; one of another host or project is none."""
    own = f"{world.standin.url}/group/project/-/merge_requests/7"
    others = [
        "https://evil.example/group/project/-/merge_requests/7",
        f"{world.standin.url}/group/other/-/merge_requests/7",
        f"{world.standin.url}/group/project/-/merge_requests/new?x=1",
        f"{world.standin.url}@evil.example/group/project/-/merge_requests/7",
        "javascript://127.0.0.1/group/project/-/merge_requests/7",
    ]

    assert member.said(others) is None
    assert member.said([]) is None
    assert member.said(["View merge request for b:", f"  {own}", *others]) in {own, None}
    assert member.kind == "local" or member.said([f"  {own}"]) == own


def test_nothing_there_is_none(member: Forge, world):
    """Of a branch without a merge request, or where nobody can be asked."""
    assert member.find("nobody/knows", "main") is None


def test_the_same_proposal_twice_is_one(member: Forge, world, push: Push):
    """By options of the push, by a call, or by both: one merge request, that both calls tell of if they can."""
    world.standin.state.job_token_push = True
    wanted = world.wanted(branch="gitreg/promote/churn/v1.3.0")

    firsts = push(member, wanted) if member.push_options(wanted) else [world.commit(wanted.branch)]
    first = member.propose(wanted)
    second = member.propose(wanted)

    assert (first is None) == (member.kind != "gitlab")
    assert first == second
    assert len(world.standin.merge_requests) == (member.kind != "local")
    if first is None and member.kind != "local":
        assert member.said(firsts) == f"{world.standin.url}/group/project/-/merge_requests/1"
    if isinstance(first, MergeRequest):
        assert first == member.find(wanted.branch, "main")


def test_what_it_cannot_do_is_said(member: Forge, world):
    """With what is missing; a member that can does it."""
    world.standin.plant(world.wanted().branch)

    def note() -> str:
        return member.note(1, "<!-- gitreg:report -->", "words")

    if member.abilities.notes:
        assert note().startswith(f"{world.standin.url}/group/project/-/merge_requests/1#note_")
    else:
        with pytest.raises(CredentialsError, match=r"token|forge") as caught:
            note()
        assert "GITREG_TOKEN" in (caught.value.hint or "")


def test_approvals_are_names_or_what_is_missing(member: Forge, world):
    """A job's own token may read merge requests, and no approvals."""
    world.standin.plant(world.wanted().branch)
    world.standin.approve(1, "zoe")
    world.standin.approve(1, "bob")

    if member.abilities.opens:
        assert member.approvals(1) == ("bob", "zoe")
    else:
        with pytest.raises(CredentialsError):
            member.approvals(1)


def test_hostile_words_do_nothing(member: Forge, world, push: Push):
    """Quick actions and line ends in titles and summaries are words, whichever way they go to GitLab."""
    state, tip, made = world.standin.state, world.wanted().commit, []
    state.job_token_push = True
    for count, words in enumerate(HOSTILE):
        text = words.replace(
            "@", ""
        )  # mentions are taken apart by who writes the words: gitreg.safe.markdown
        branch = f"gitreg/promote/churn/v2.{count}.0"
        wanted = world.wanted(branch=branch, commit=tip, title=text, summary=text, description=text)
        if member.abilities.opens:
            state.bare.git("update-ref", f"refs/heads/{branch}", tip)
            member.propose(wanted)
        elif member.push_options(wanted) and ("n/" in words or "/close" in words):  # a push takes a while
            push(member, wanted)
        made += [state.requests.pop(one.iid) for one in world.standin.merge_requests]

    assert state.executed == []
    assert bool(made) == (member.kind != "local")
    assert all(one.title.isprintable() and not one.draft for one in made)


def test_what_it_is_shows_no_token(member: Forge, world):
    """A member may stand in a traceback or a log."""
    secrets = list(world.standin.state.tokens)

    assert not any(secret in f"{member!r} {member}" for secret in secrets)
