"""GitLab by its API: one merge request for a branch, whoever calls and however often, and people's edits stay."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from gitlab_standin import StandIn

from gitreg.errors import AnswerIsNoError, CredentialsError, NotFoundError, RemoteError, UsageError
from gitreg.forge.gitlab import GitLab
from gitreg.forge.place import Place
from gitreg.forge.tokens import Token

MARKER = "<!-- gitreg:report churn 1.2.0 -->"


def writes(world) -> list[tuple[str, str]]:
    """All calls that change something."""
    return [call for call in world.said() if call[0] != "GET"]


def test_first_proposal_opens_it(world, forge: GitLab):
    """With the title and the description that are wanted, and its branch goes when it is merged."""
    request = forge.propose(world.wanted())

    [made] = world.standin.merge_requests
    assert (request.number, request.state, request.branch, request.target) == (
        1,
        "opened",
        made.source,
        "main",
    )
    assert request.url == f"{world.standin.url}/group/project/-/merge_requests/1"
    assert request.commit == world.wanted().commit
    assert made.title == "Promote churn 1.2.0"
    assert made.description.startswith("AUC 0.93")
    assert made.remove_source


def test_same_words_are_not_written_again(world, forge: GitLab):
    """Who follows a merge request gets a mail for each change."""
    forge.propose(world.wanted())
    before = writes(world)

    forge.propose(world.wanted())

    assert writes(world) == before


def test_new_words_replace_the_old(world, forge: GitLab):
    """A second proposal of the same version makes the same merge request say what is wanted now."""
    forge.propose(world.wanted())

    request = forge.propose(world.wanted(title="Promote churn 1.2.0, again", description="New.", draft=True))

    [made] = world.standin.merge_requests
    assert (request.number, request.draft, made.draft) == (1, True, True)
    assert made.title == "Draft: Promote churn 1.2.0, again"
    assert made.description.startswith("New.")


def test_a_draft_that_is_wanted_no_more_is_ready(world, forge: GitLab):
    """What gitreg marked, it unmarks."""
    forge.propose(world.wanted(draft=True))

    forge.propose(world.wanted())

    assert [one.title for one in world.standin.merge_requests] == ["Promote churn 1.2.0"]


def test_a_persons_words_stay(world, forge: GitLab):
    """Whoever edits the description on the page, by which line ends become two characters, keeps what they wrote."""
    forge.propose(world.wanted())
    [made] = world.standin.merge_requests
    edited = made.description.replace("AUC 0.93", "I looked: AUC 0.93").replace("\n", "\r\n")
    world.standin.state.update(1, "bob", description=edited, title="Bob's title")

    forge.propose(world.wanted(title="Other", description="Other."))

    assert (made.title, made.description) == ("Bob's title", edited)


def test_a_persons_draft_stays(world, forge: GitLab):
    """A reviewer who marks it as a draft wants it not to be merged; proposing it again is no reason to."""
    forge.propose(world.wanted())
    world.standin.state.update(1, "bob", title="Draft: Promote churn 1.2.0")

    request = forge.propose(world.wanted(description="New."))

    [made] = world.standin.merge_requests
    assert (request.draft, made.draft) == (True, True)
    assert made.description.startswith("New.")


def test_a_page_that_changes_line_ends_only_changes_nothing(world, forge: GitLab):
    """Saving without an edit makes it nobody else's."""
    forge.propose(world.wanted())
    [made] = world.standin.merge_requests
    world.standin.state.update(1, "bob", description=made.description.replace("\n", "\r\n") + "\r\n")

    forge.propose(world.wanted(description="New."))

    assert made.description.startswith("New.")


def test_one_that_a_person_opened_is_left_as_it_is(world, forge: GitLab):
    """It is that branch's merge request, with words that are not gitreg's."""
    world.standin.plant(world.wanted().branch, title="By hand", description="Mine.")

    request = forge.propose(world.wanted())

    [made] = world.standin.merge_requests
    assert (request.number, made.title, made.description) == (1, "By hand", "Mine.")
    assert writes(world) == []


def test_a_forks_branch_of_the_same_name_is_not_ours(world, forge: GitLab):
    """Anybody may open a merge request from a fork, with any name for its branch."""
    world.standin.plant(world.wanted().branch, source_project=43, sha="1" * 40)

    found = forge.find(world.wanted().branch, "main")
    request = forge.propose(world.wanted())

    assert found is None
    assert request.number == 2


def test_a_flood_from_forks_hides_nothing(world, forge: GitLab):
    """A hundred merge requests from forks fill a page; ours is on the next."""
    forge.propose(world.wanted())
    for count in range(101):
        world.standin.plant(world.wanted().branch, source_project=100 + count, sha="1" * 40)

    assert forge.find(world.wanted().branch, "main").number == 1


def test_another_target_is_changed(world, forge: GitLab):
    """The accepted branch was renamed: gitreg's own merge request goes along."""
    forge.propose(world.wanted())
    world.commit("trunk")

    request = forge.propose(world.wanted(target="trunk"))

    assert [(one.iid, one.target) for one in world.standin.merge_requests] == [(1, "trunk")]
    assert (request.number, request.target) == (1, "trunk")


def test_the_open_one_goes_before_newer_ones(world, forge: GitLab):
    """A closed one that was opened again is older than what was closed after it."""
    world.standin.plant(world.wanted().branch)
    world.standin.close(1)
    world.standin.plant(world.wanted().branch)
    world.standin.close(2)
    world.standin.reopen(1)

    assert forge.find(world.wanted().branch, "main").number == 1


def test_the_newest_of_the_closed_ones_is_found(world, forge: GitLab):
    """What was decided last counts."""
    for count in (1, 2):
        world.standin.plant(world.wanted().branch)
        world.standin.close(count)

    found = forge.find(world.wanted().branch, "main")

    assert (found.number, found.state) == (2, "closed")


def test_what_was_merged_is_not_hidden_by_a_closed_one(world, forge: GitLab):
    """Of two that were opened at once one was closed for that alone."""
    wanted = world.wanted()
    world.standin.plant(wanted.branch)
    world.standin.merge(1)
    world.standin.state.bare.git("update-ref", f"refs/heads/{wanted.branch}", wanted.commit)
    world.standin.plant(wanted.branch)
    world.standin.close(2)

    assert forge.find(wanted.branch, "main").number == 1


@pytest.mark.parametrize("kind", ["private", "job"])
def test_a_closed_one_is_not_opened_again(world, kind: str):
    """People said no to this very commit; the URL says where."""
    world.standin.plant(world.wanted().branch)
    world.standin.close(1)

    with pytest.raises(AnswerIsNoError, match=r"!1 of .* was closed .*/-/merge_requests/1") as caught:
        world.gitlab(world.token(kind)).propose(world.wanted())

    assert "Reopen it there" in caught.value.hint
    assert len(world.standin.merge_requests) == 1


def test_a_merged_one_is_not_opened_again(world, forge: GitLab):
    """What was merged is to be released, not proposed."""
    wanted = world.wanted()
    forge.propose(wanted)
    merged = world.standin.merge(1, "root")

    with pytest.raises(AnswerIsNoError, match=r"!1 of .* was merged") as caught:
        forge.propose(wanted)

    assert "gitreg release" in caught.value.hint
    assert forge.find(wanted.branch, "main").merged_as == merged.merge_commit


def test_another_commit_of_a_closed_one_is_a_new_proposal(world, forge: GitLab):
    """People said no to what it was, not to what it is."""
    world.standin.plant(world.wanted().branch)
    world.standin.close(1)
    world.commit(text="another change")

    assert forge.propose(world.wanted()).number == 2


def test_one_that_conflicts_says_so(world, forge: GitLab):
    """GitLab knows; whoever asked is told by the caller."""
    world.standin.fault(
        "rewrite", path="*/merge_requests", act=lambda body: [one | {"has_conflicts": True} for one in body]
    )
    world.standin.plant(world.wanted().branch)

    assert forge.find(world.wanted().branch, "main").has_conflicts


def test_closed_between_looking_and_changing_is_explained(world, forge: GitLab):
    """GitLab changes the words of a closed one without a complaint; that is no open proposal."""
    forge.propose(world.wanted())
    world.standin.between(lambda: world.standin.close(1), method="PUT")

    with pytest.raises(AnswerIsNoError, match=r"!1 of .* was closed"):
        forge.propose(world.wanted(description="New."))


def test_merged_between_looking_and_changing_is_explained(world, forge: GitLab):
    """And it is not opened a second time."""
    wanted = world.wanted(description="New.")
    forge.propose(world.wanted())
    world.standin.between(lambda: world.standin.merge(1), method="PUT")

    with pytest.raises(AnswerIsNoError, match=r"!1 of .* was merged"):
        forge.propose(wanted)

    assert len(world.standin.merge_requests) == 1


def test_who_loses_the_race_finds_the_winners(world, forge: GitLab):
    """Somebody opened it between looking and opening: GitLab says 409, and theirs is ours."""
    world.standin.between(lambda: world.standin.plant(world.wanted().branch, title="Theirs"), method="POST")

    request = forge.propose(world.wanted())

    assert (request.number, request.title) == (1, "Theirs")
    assert len(world.standin.merge_requests) == 1


def test_eight_at_once_get_the_same_one(world):
    """Each with a connection of its own; nobody gets an error."""
    members = [world.gitlab(world.token()) for _ in range(8)]
    wanted = world.wanted()

    with ThreadPoolExecutor(8) as crowd:
        numbers = {one.number for one in crowd.map(lambda member: member.propose(wanted), members)}

    assert numbers == {1}
    assert len(world.standin.merge_requests) == 1


def test_of_two_that_were_opened_at_once_the_older_one_stays(world, forge: GitLab):
    """GitLab looks before it opens, which does not keep two from being opened; the newer one closes its own."""
    opened = world.standin.state.opened
    wanted = world.wanted()
    world.standin.state.opened = lambda *_: None  # it did not look well
    world.standin.between(lambda: world.standin.plant(wanted.branch), method="POST")

    request = forge.propose(wanted)

    world.standin.state.opened = opened
    assert request.number == 1
    assert [one.state for one in world.standin.merge_requests] == ["opened", "closed"]


# Notes


def test_the_note_is_written_once_and_then_changed(world, forge: GitLab):
    """A sticky note: one, with the newest text."""
    world.standin.plant(world.wanted().branch)

    first = forge.note(1, MARKER, "AUC 0.93")
    second = forge.note(1, MARKER, f"{MARKER}\nAUC 0.94")

    [note] = world.standin.merge_requests[0].notes
    assert first == second == f"{world.standin.url}/group/project/-/merge_requests/1#note_{note.number}"
    assert note.body == f"{MARKER}\n\nAUC 0.94"


def test_the_same_note_is_not_written_again(world, forge: GitLab):
    """A pipeline runs often; a change of a note is a mail to some."""
    world.standin.plant(world.wanted().branch)
    forge.note(1, MARKER, "AUC 0.93")
    before = writes(world)

    forge.note(1, MARKER, "AUC 0.93\n")

    assert writes(world) == before


def test_a_note_of_somebody_else_with_the_marker_is_not_ours(world, forge: GitLab):
    """Anybody may write a marker, and nobody can have their note changed by it."""
    world.standin.plant(world.wanted().branch)
    world.standin.note(1, f"{MARKER}\nForged", user="mallory")

    forge.note(1, MARKER, "AUC 0.93")

    assert [(one.author, one.body.splitlines()[-1]) for one in world.standin.merge_requests[0].notes] == [
        ("mallory", "Forged"),
        ("ada", "AUC 0.93"),
    ]


def test_the_note_is_found_behind_a_hundred_others(world, forge: GitLab):
    """Notes come in pages."""
    world.standin.plant(world.wanted().branch)
    for count in range(105):
        world.standin.note(1, f"Words {count}")
    forge.note(1, MARKER, "AUC 0.93")

    forge.note(1, MARKER, "AUC 0.94")

    assert [one.body for one in world.standin.merge_requests[0].notes if MARKER in one.body] == [
        f"{MARKER}\n\nAUC 0.94"
    ]


def test_a_note_does_nothing_but_be_read(world, forge: GitLab):
    """A line with a slash at its beginning would be an act of the token's user."""
    world.standin.plant(world.wanted().branch)

    forge.note(1, MARKER, "/merge\n  /close\n> /approve\nfine")

    assert world.standin.executed == []


def test_a_marker_is_a_comment(world, forge: GitLab):
    """Else it would be shown, or be words that anybody writes."""
    with pytest.raises(UsageError):
        forge.note(1, "report", "words")


def test_no_such_merge_request_is_said(world, forge: GitLab):
    """Its project is there, it is not."""
    with pytest.raises(NotFoundError, match="no such merge request"):
        forge.note(7, MARKER, "words")


# A job's own token


def test_a_job_opens_by_push_and_changes_nothing_that_stands(world):
    """Options that say it all where there is none; none where the open one says what is wanted."""
    job, wanted = world.gitlab(world.token("job")), world.wanted()
    first = job.push_options(wanted)
    world.gitlab().propose(wanted)

    second = job.push_options(wanted)
    third = job.push_options(world.wanted(title="Promote churn 1.2.0, again"))

    assert first[0] == "merge_request.create"
    assert second == ()
    assert "merge_request.title=Promote churn 1.2.0, again" in third
    assert "merge_request.create" not in third


def test_a_job_leaves_a_persons_words(world):
    """Options of a push would write over them."""
    job = world.gitlab(world.token("job"))
    world.gitlab().propose(world.wanted())
    world.standin.state.update(1, "bob", title="Draft: Bob's", description="Bob's.")

    assert job.push_options(world.wanted(title="Other", description="Other.", summary="Other.")) == ()


def test_a_job_that_may_not_read_still_opens(world):
    """By options of its push, as without a token; who reads is then nobody."""
    world.standin.fault(404, times=2, body={"message": "404 Project Not Found"})
    job = world.gitlab(world.token("job"))

    options = job.push_options(world.wanted())
    request = job.propose(world.wanted())

    assert options[0] == "merge_request.create"
    assert request is None


def test_a_job_asks_for_nothing_that_it_may_not(world):
    """It would only be refused, with a word that misleads."""
    job = world.gitlab(world.token("job"))

    with pytest.raises(CredentialsError, match="a job's own token may not write notes"):
        job.note(1, MARKER, "words")

    assert world.said() == []


def test_too_many_pages_are_too_many(world, forge: GitLab, monkeypatch: pytest.MonkeyPatch):
    """A server that always has one page more is not followed for ever."""
    page = [{"iid": 1, "state": "opened", "source_branch": "x", "target_branch": "main", "title": "t"}] * 100
    world.standin.fault("rewrite", times=50, act=lambda _: page)

    with pytest.raises(RemoteError, match="more than 1000"):
        forge.find(world.wanted().branch, "main")

    assert len(world.said()) == 10


def test_a_gitlab_below_a_path_is_spoken_to_there(tmp_path: Path, environ: dict[str, str]):
    """A relative root stands before the API and before the project's pages (https://docs.gitlab.com/install/relative_url/)."""
    with StandIn(tmp_path / "below", prefix="/gitlab") as standin:
        place = Place(standin.url, "group/project")
        forge = GitLab(place, Token(standin.add_token(), "private", "GITREG_TOKEN"), wait=print, environ={})

        found = forge.find("wip", "main")

    assert found is None
    assert place.request_url(1) == f"{standin.url}/group/project/-/merge_requests/1"
    assert "/gitlab/group/project/-/" in place.request_url(1)
