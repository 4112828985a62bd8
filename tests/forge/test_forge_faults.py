"""What goes wrong between gitreg and GitLab: tried again where that helps, else explained, and no token is ever shown."""

from __future__ import annotations

import itertools
import logging
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gitreg.errors import AnswerIsNoError, ConflictError, CredentialsError, GitregError, RemoteError
from gitreg.forge.gitlab import GitLab
from gitreg.forge.tokens import Token

MARKER = "<!-- gitreg:report -->"
SCOPE = {
    "error": "insufficient_scope",
    "error_description": "The request requires higher privileges.",
    "scope": "api",
}
DEEP = {"message": "x" * 100_000}


@pytest.fixture(autouse=True)
def nothing_is_told(
    world, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> Iterator[None]:
    """After each test: no token in any log, at any level, or in anything that was printed."""
    caplog.set_level(logging.DEBUG)
    yield
    out = capfd.readouterr()
    assert not any(secret in caplog.text + out.out + out.err for secret in world.standin.state.tokens)


def failed(world, act: Callable[[], object]) -> GitregError:
    """The error of a call, which shows neither a token nor what acts on a terminal, nor does anything behind it."""
    with pytest.raises(GitregError) as caught:
        act()
    error = caught.value
    told = "".join(traceback.format_exception(error)) + repr(_chain(error))
    assert not any(secret in told for secret in world.standin.state.tokens)
    assert error.message.isprintable()
    assert (error.hint or "").isprintable()
    assert _chain(error) == [error]
    return error


def _chain(error: BaseException) -> list[BaseException]:
    """An error and all that it carries along, shown or not."""
    found, left = [], [error]
    while left:
        one = left.pop()
        found.append(one)
        left += [each for each in (one.__cause__, one.__context__) if each is not None and each not in found]
    return found


def test_an_expired_token_is_said(world, forge: GitLab):
    """With where it came from, and what to do."""
    error = failed(world, lambda: world.gitlab(world.token(expired=True)).propose(world.wanted()))

    assert isinstance(error, CredentialsError)
    assert error.message == "the token of GITREG_TOKEN has expired, says 127.0.0.1"
    assert "GITREG_TOKEN" in error.hint


def test_a_wrong_token_is_said(world, forge: GitLab):
    """GitLab says 401 and no more."""
    world.standin.fault(401)

    error = failed(world, lambda: forge.find("b", "main"))

    assert isinstance(error, CredentialsError)
    assert "is not one that it knows" in error.message


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        ("GITLAB_TOKEN", "set it as GITLAB_TOKEN"),
        ("git's credential helper", "push-options"),
        ("glab's configuration", "glab auth login"),
    ],
)
def test_what_helps_depends_on_where_the_token_came_from(world, source: str, hint: str):
    """A credential helper may keep a password, which opens Git alone."""
    forge = world.gitlab(Token("not-a-token", "private", source))

    error = failed(world, lambda: forge.find("b", "main"))

    assert hint in error.hint
    assert source in error.message


def test_a_scope_that_is_missing_is_named(world):
    """A token that reads cannot open."""
    forge = world.gitlab(world.token(scopes=["read_api"]))

    error = failed(world, lambda: forge.propose(world.wanted()))

    assert isinstance(error, CredentialsError)
    assert (
        error.message
        == "the token of GITREG_TOKEN may not open merge requests on 127.0.0.1: it lacks the scope api"
    )


def test_a_role_that_is_missing_is_named(world):
    """A reporter reads and comments."""
    forge = world.gitlab(world.token(level="reporter"))

    error = failed(world, lambda: forge.propose(world.wanted()))

    assert isinstance(error, CredentialsError)
    assert "its role in group/project must be Developer or more" in error.message


def test_a_project_that_is_hidden_is_said(world, forge: GitLab):
    """GitLab answers 404 to those who may not see it."""
    world.standin.fault(404, body={"message": "404 Project Not Found"})

    error = failed(world, lambda: forge.find("b", "main"))

    assert isinstance(error, CredentialsError)
    assert "shows no project group/project to the token of GITREG_TOKEN" in error.message


def test_what_gitlab_refuses_is_an_answer(world, forge: GitLab):
    """With its reason; trying again would not help."""
    error = failed(world, lambda: forge.propose(world.wanted(branch="not/pushed")))

    assert isinstance(error, AnswerIsNoError)
    assert 'Source branch "not/pushed" does not exist' in error.message


@pytest.mark.parametrize("code", [500, 502, 503, 504, "drop"])
def test_a_passing_fault_passes(world, forge: GitLab, code):
    """A short pause, longer each time, and the same call again."""
    world.standin.plant(world.wanted().branch)
    world.standin.fault(code, times=2)

    found = forge.find(world.wanted().branch, "main")

    assert found.number == 1
    assert world.waited == [0.5, 1.0]


@pytest.mark.parametrize("code", [500, 502, "drop"])
def test_a_fault_that_stays_is_told(world, forge: GitLab, code):
    """After a few times; nothing is lost."""
    world.standin.fault(code, times=50)

    error = failed(world, lambda: forge.find("b", "main"))

    assert isinstance(error, RemoteError)
    assert len(world.said()) == 4
    assert "Nothing is lost" in error.hint


def test_a_server_that_is_not_there_is_told(world, forge: GitLab):
    """Not even a connection."""
    gone = GitLab(
        type(world.place)("http://127.0.0.1:1", "group/project"),
        world.token(),
        wait=world.waited.append,
        environ={},
    )

    error = failed(world, lambda: gone.find("b", "main"))

    assert isinstance(error, RemoteError)
    assert error.message == "127.0.0.1:1 cannot be reached"


def test_a_server_that_is_silent_is_given_up(world):
    """Within a time that is finite."""
    world.standin.fault("hang", times=50, seconds=5)

    error = failed(world, lambda: world.gitlab(timeout=0.05).find("b", "main"))

    assert isinstance(error, RemoteError)
    assert "did not answer in time" in error.message
    assert len(world.said()) == 2


def test_a_rate_limit_is_kept(world, forge: GitLab):
    """GitLab says for how many seconds."""
    world.standin.fault(429, retry_after=7)

    assert forge.find("b", "main") is None
    assert world.waited == [7.0]


def test_a_rate_limit_on_writing_is_kept_too(world, forge: GitLab):
    """A request that was refused for being one too many did nothing, and may be sent again."""
    world.standin.fault(429, method="POST", retry_after=3)

    assert forge.propose(world.wanted()).number == 1
    assert world.waited == [3.0]
    assert len([one for one in world.said() if one[0] == "POST"]) == 2


@pytest.mark.parametrize("later", [86400, 31])
def test_nobody_waits_for_a_day(world, forge: GitLab, later: int):
    """A server may ask for any time, and gets half a minute of ours."""
    world.standin.fault(429, retry_after=later, times=50)

    error = failed(world, lambda: forge.find("b", "main"))

    assert isinstance(error, RemoteError)
    assert str(later) in error.message
    assert world.waited == []


@pytest.mark.parametrize("later", ["-5", "1e9", "nan", "Wed, 21 Oct 2099 07:28:00 GMT", "9" * 400, "\u0663"])
def test_a_time_that_is_none_is_ours(world, forge: GitLab, later: str):
    """The header may hold anything."""
    world.standin.fault(429, retry_after=later.encode().decode("latin-1"))

    forge.find("b", "main")

    assert world.waited == [0.5]


def test_all_waiting_of_one_act_is_bounded(world, forge: GitLab):
    """Many small waits are a long one."""
    world.standin.fault(429, retry_after=14, times=50)

    failed(world, lambda: forge.propose(world.wanted()))

    assert sum(world.waited) <= 30


@pytest.mark.parametrize("kind", ["lost", "truncated"])
def test_a_lost_answer_opens_no_second_one(world, forge: GitLab, kind: str):
    """GitLab opened it, and its answer did not arrive: look before opening again."""
    world.standin.fault(kind, method="POST")

    request = forge.propose(world.wanted())

    assert request.number == 1
    assert [one[0] for one in world.said()] == ["GET", "POST", "GET"]


@pytest.mark.parametrize("kind", ["drop", "html"])
def test_an_opening_that_never_arrived_is_done_again(world, forge: GitLab, kind: str):
    """The connection broke before GitLab heard of it, or somebody else answered in its place."""
    world.standin.fault(kind, method="POST")

    assert forge.propose(world.wanted()).number == 1


def test_openings_that_never_arrive_end(world, forge: GitLab):
    """After a few."""
    world.standin.fault("drop", method="POST", times=50)

    error = failed(world, lambda: forge.propose(world.wanted()))

    assert isinstance(error, RemoteError)
    assert len([one for one in world.said() if one[0] == "POST"]) <= 4


def test_a_lost_note_is_no_second_one(world, forge: GitLab):
    """The same for notes."""
    world.standin.plant(world.wanted().branch)
    world.standin.fault("lost", method="POST")

    forge.note(1, MARKER, "words")

    assert len(world.standin.merge_requests[0].notes) == 1


def test_a_conflict_on_changing_is_tried_again(world, forge: GitLab):
    """GitLab locks what is being merged or rebased for a moment."""
    forge.propose(world.wanted())
    world.standin.fault(409, method="PUT", body={"message": "409 Conflict: Resource lock"})

    forge.propose(world.wanted(description="New."))

    assert world.standin.merge_requests[0].description.startswith("New.")
    assert world.waited == [0.5]


def test_conflicts_without_end_are_told(world, forge: GitLab):
    """Somebody else is always faster."""
    world.standin.fault(409, method="POST", times=50)

    error = failed(world, lambda: forge.propose(world.wanted()))

    assert isinstance(error, ConflictError)


@pytest.mark.parametrize(
    ("kind", "act"),
    [
        *itertools.product(["truncated", "html", "types"], ["find", "propose", "note", "approvals"]),
        ("huge", "find"),
        ("huge", "note"),
    ],
)
def test_answers_that_are_none_are_refused(world, forge: GitLab, kind: str, act: str):
    """Half a document, a sign-in page, other types, more than anybody wants to read."""
    forge.propose(world.wanted())
    forge.note(1, MARKER, "words")
    world.standin.approve(1, "bob")
    world.standin.fault(kind, method="GET", times=50, size=9 << 20)
    acts = {
        "find": lambda: forge.find(world.wanted().branch, "main"),
        "propose": lambda: forge.propose(world.wanted()),
        "note": lambda: forge.note(1, MARKER, "other"),
        "approvals": lambda: forge.approvals(1),
    }

    assert isinstance(failed(world, acts[act]), RemoteError)


def test_hostile_words_are_shown_harmless(world, forge: GitLab):
    """A server may send anything in the place of a title, URL or name."""
    world.standin.plant(world.wanted().branch)
    hostile = {"title": "\x1b[2J\u202ex\r\n::error::", "web_url": "https://evil.example/\x1b]8;;x\x07"}
    world.standin.fault("rewrite", act=lambda body: [one | hostile for one in body])

    found = forge.find(world.wanted().branch, "main")

    assert found.title.isprintable()
    assert found.url == f"{world.standin.url}/group/project/-/merge_requests/1"


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/group/project/-/merge_requests/1",
        "http://127.0.0.1/group/other/-/merge_requests/1",
        "http://127.0.0.1/group/project/-/merge_requests/2",
        "javascript:alert(1)",
        7,
        None,
    ],
)
def test_a_url_of_elsewhere_is_replaced(world, forge: GitLab, url: object):
    """People click on it."""
    world.standin.plant(world.wanted().branch)
    world.standin.fault("rewrite", act=lambda body: [one | {"web_url": url} for one in body])

    assert (
        forge.find(world.wanted().branch, "main").url
        == f"{world.standin.url}/group/project/-/merge_requests/1"
    )


def test_hostile_names_of_approvers_are_refused(world, forge: GitLab):
    """They go into a signed statement."""
    world.standin.plant(world.wanted().branch)
    world.standin.approve(1, "bob")
    world.standin.fault("hostile")

    assert isinstance(failed(world, lambda: forge.approvals(1)), RemoteError)


@pytest.mark.parametrize("kind", ["private", "oauth", "job"])
@pytest.mark.parametrize("act", ["find", "propose"])
def test_no_redirect_is_followed(world, kind: str, act: str):
    """Requests would take a token along to any host, but for one in `Authorization`."""
    world.standin.fault("redirect", times=50)
    forge = world.gitlab(world.token(kind))

    error = failed(
        world, lambda: getattr(forge, act)(*([world.wanted()] if act == "propose" else ["b", "main"]))
    )

    assert isinstance(error, RemoteError)
    assert "points elsewhere" in error.message
    assert world.standin.leaked == []


@pytest.mark.parametrize("kind", ["private", "oauth", "job"])
def test_the_token_goes_into_its_header_only(world, kind: str):
    """And a `.netrc` does not replace it, whoever wrote that."""
    home = Path(world.home)
    (home / ".netrc").write_text("machine 127.0.0.1 login eve password from-netrc\n")
    token = world.token(kind)

    world.gitlab(token).find("b", "main")

    [call] = world.standin.requests
    header = {"private": "private-token", "oauth": "authorization", "job": "job-token"}[kind]
    shown = {name for name, value in call.headers.items() if token.value in value}
    assert shown == {header}
    assert ("authorization" in call.headers) == (kind == "oauth")
    assert token.value not in call.path + repr(call.query)


@pytest.mark.parametrize("code", [400, 401, 403, 404, 409, 418, 422, 500])
@pytest.mark.parametrize("key", ["message", "error", "error_description"])
def test_a_server_that_sends_the_token_back_is_not_quoted(world, code: int, key: str):
    """Some in front of GitLab show a request's headers in their errors."""
    token = world.token()
    body = {key: [f"\x1b[31mPRIVATE-TOKEN: {token.value}", {"a": token.value}, 7]}
    world.standin.fault(code, times=50, body=body)

    error = failed(world, lambda: world.gitlab(token).propose(world.wanted()))

    assert len(error.message) < 500


def test_an_error_of_any_form_is_an_error(world, forge: GitLab):
    """A body may be anything."""
    for body in (b"", b"[" * 100_000, b"\xff\xfe", b'"x"', b"null", DEEP, {"message": {"a": [1]}}, [["x"]]):
        world.standin.fault(418, body=body)

        assert isinstance(failed(world, lambda: forge.find("b", "main")), RemoteError)
