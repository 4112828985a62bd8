"""Proposals on a forge: one branch, one merge request, found again by the same call, and finished by it after any fault."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from forge_desk import ForgeDesk

from gitreg.documents.writer import write
from gitreg.domain.registry import ForgeSettings
from gitreg.domain.version import VersionNumber
from gitreg.errors import (
    AnswerIsNoError,
    ConflictError,
    CredentialsError,
    GitregError,
    RemoteError,
    UsageError,
)
from gitreg.store import Author
from gitreg.workflows.proposing import proposals
from gitreg.workflows.proposing.rehearsal import rehearsed
from gitreg.workflows.versions.promote import Promoted, PromoteOptions, promote
from gitreg.workflows.versions.stages import retire

BRANCH = "gitreg/promote/churn/v1.0.0"
REF = f"refs/heads/{BRANCH}"


@pytest.fixture
def work(shared: ForgeDesk) -> ForgeDesk:
    """The same, with a token that opens merge requests."""
    shared.let_in()
    return shared


def test_a_promotion_is_a_merge_request(work: ForgeDesk) -> None:
    """Opened after the branch is there, with what a reviewer needs; the forge's own address is told."""
    made = work.promote()

    [request] = work.forge.merge_requests
    assert (request.source, request.target, request.title) == (BRANCH, "main", "Promote churn 1.0.0")
    assert request.sha == work.desk.tip(REF, at=work.forge.repository)
    assert made.url == f"{work.forge.url}/group/project/-/merge_requests/1"
    assert 15 <= len(request.description.splitlines()) <= 28
    for words in (work.candidate.id, "auc 0.9", "gitreg report 'churn!1.0.0'", "gitreg release churn@1.0.0"):
        assert words in request.description


def test_run_again_it_is_found(work: ForgeDesk) -> None:
    """The same branch, the same merge request, and nothing is written."""
    first = work.promote()
    del work.forge.requests[:]

    second = work.promote()

    assert (second.found, second.url, second.version) == (True, first.url, first.version)
    assert set(work.calls) == {"GET"}
    assert len(work.forge.pushes) == 1


def test_other_words_change_it(work: ForgeDesk) -> None:
    """What is asked for now is what it says, under the same number."""
    work.promote()

    again = work.promote(title="Promote the spring model", description="trained on May", draft=True)

    [request] = work.forge.merge_requests
    assert request.title == "Draft: Promote the spring model"
    assert "trained on May" in request.description
    assert again.url is not None
    assert again.url.endswith("/1")
    assert any("draft" in note for note in again.notes)


def test_without_a_token_the_push_opens_it(shared: ForgeDesk) -> None:
    """By push options; its address is what the server tells. Nothing is asked of the API."""
    made = shared.promote(title="Promote the spring model")

    [request] = shared.forge.merge_requests
    assert (request.title, request.target) == ("Promote the spring model", "main")
    assert "candidate" in request.description
    assert made.url == f"{shared.forge.url}/group/project/-/merge_requests/1"
    assert shared.calls == []
    assert "ci.skip" not in str(shared.forge.pushes[-1])


def keep_with_git(work: ForgeDesk, value: str) -> None:
    """Git's credential helper has a token, as a credential manager leaves it."""
    helper = f"!f() {{ test $1 = get && echo username=ada && echo password={value}; }}; f"
    work.desk.git("config", "credential.helper", helper)


def test_a_token_for_git_alone_lets_the_push_open_it(shared: ForgeDesk) -> None:
    """What a credential helper keeps often opens no API; nobody has to say so, and nothing fails after the push."""
    keep_with_git(shared, shared.forge.add_token(scopes=("write_repository",)))

    made = shared.promote()

    assert made.url == f"{shared.forge.url}/group/project/-/merge_requests/1"
    assert len(shared.forge.merge_requests) == 1
    assert set(shared.calls) == {"GET"}


def test_a_token_of_git_that_opens_the_api_is_used(shared: ForgeDesk) -> None:
    """And then nothing is opened by the push."""
    keep_with_git(shared, shared.forge.add_token())

    shared.promote()

    assert "POST" in shared.calls
    assert shared.forge.pushes[-1].options == ()


def test_without_a_token_nothing_is_sent_twice(shared: ForgeDesk) -> None:
    """Options travel only with a push; where its merge requests are seen is told instead."""
    shared.promote()
    shared.desk.git("update-ref", "-d", "refs/merge-requests/1/head", at=shared.forge.repository)

    again = shared.promote(title="Another title")

    assert again.found
    assert again.url is None
    assert (
        "/group/project/-/merge_requests?state=all&source_branch=gitreg%2Fpromote%2Fchurn%2Fv1.0.0"
        in again.notes[0]
    )


def test_without_a_token_its_commit_tells_its_address(shared: ForgeDesk) -> None:
    """GitLab keeps a ref of every merge request; the oldest one of that commit is it."""
    shared.promote()
    tip = shared.desk.tip(REF)
    for number, commit in ((7, tip), (3, tip), (1, shared.desk.tip())):
        shared.desk.git(
            "update-ref", f"refs/merge-requests/{number}/head", str(commit), at=shared.forge.repository
        )

    again = shared.promote()

    assert again.url == f"{shared.forge.url}/group/project/-/merge_requests/3"
    assert "whether it is open is not" in again.notes[0]


def test_a_jobs_own_token_reads_what_the_push_opened(shared: ForgeDesk) -> None:
    """It may not open one; found again, its address is known all the same."""
    shared.let_job_in()
    first = shared.promote()

    again = shared.promote()

    assert first.url == again.url == f"{shared.forge.url}/group/project/-/merge_requests/1"
    assert set(shared.calls) == {"GET"}


def test_a_forge_that_nothing_is_known_of(shared: ForgeDesk) -> None:
    """A host that is not known to be a GitLab gets the branch alone, and it is said how to change that."""
    shared.desk.git("config", "--global", "--unset", "gitreg.forge")
    shared.let_in()
    del shared.desk.environ["GITLAB_HOST"]

    made = shared.promote()

    assert (made.url, shared.forge.merge_requests, shared.calls) == (None, [], [])
    assert "git config gitreg.forge gitlab says that it is one" in made.notes[0]
    assert shared.desk.tip(REF, at=shared.forge.repository)


def test_every_proposal_is_a_merge_request(work: ForgeDesk) -> None:
    """Stages, retirements and edits too, each with its own words; people's words in them do nothing."""
    work.promote()
    work.forge.merge(1)
    reason = "wrong labels, see #12 @all\n/approve"

    made = retire(work.desk.registry, "churn", VersionNumber(1, 0, 0), reason, work.desk.author)

    assert made.url == f"{work.forge.url}/group/project/-/merge_requests/2"
    assert work.forge.merge_requests[-1].title == "Retire churn 1.0.0"
    assert "wrong labels" in work.forge.merge_requests[-1].description
    assert work.forge.executed == []


def test_offline_nothing_is_asked(work: ForgeDesk) -> None:
    """Neither the remote nor the forge."""
    before = len(work.forge.git_requests)

    made = work.promote(offline=True)

    assert (made.url, made.notes, work.calls) == (None, (), [])
    assert len(work.forge.git_requests) == before


def test_a_rehearsal_names_the_forge_and_writes_nothing(work: ForgeDesk, tmp_path: Path) -> None:
    """Which, and whose token; never the token."""
    dry = work.promote(dry_run=True)
    twin = rehearsed(work.desk.registry, tmp_path)
    draft = proposals.Draft("refs/heads/gitreg/edit/churn", {"models/churn/x": b"x"}, "Edit model churn\n")
    made = proposals.propose(twin, draft, work.desk.author)
    twin.close()

    for notes in (dry.notes, made.notes):
        assert "by GitLab's API on 127.0.0.1, with the token of GITREG_TOKEN" in notes[0]
        assert work.desk.environ["GITREG_TOKEN"] not in notes[0]
    assert work.calls == []
    assert work.forge.merge_requests == []


def test_one_that_conflicts_is_made_anew(work: ForgeDesk) -> None:
    """On what was accepted meanwhile, in the same merge request, and it is said."""
    work.promote(description="first")
    work.desk.commit(
        {"models/churn/model.yaml": b"schema: gitreg/model/v1\nslug: churn\nname: churn\ntags:\n  a: b\n"}
    )
    work.desk.git("push", "-q", "origin", "main")
    before = work.desk.tip(REF)

    made = work.promote(description="first")

    assert "made anew" in made.notes[0]
    assert work.desk.tip(REF) != before
    assert [one.state for one in work.forge.merge_requests] == ["opened"]


def test_a_closed_one_is_explained(work: ForgeDesk) -> None:
    """Somebody decided; the same proposal is not opened again, and it is said where to look."""
    made = work.promote()
    work.forge.close(1)

    with pytest.raises(AnswerIsNoError, match="closed") as refusal:
        work.promote()

    assert made.url in refusal.value.message
    assert len(work.forge.merge_requests) == 1


def test_a_closed_one_whose_branch_is_gone_is_not_sent_again(work: ForgeDesk) -> None:
    """The branch is still in this clone; nothing comes back on the remote."""
    work.promote()
    work.forge.close(1)
    work.desk.git("update-ref", "-d", REF, at=work.forge.repository)

    with pytest.raises(AnswerIsNoError, match="closed with this very commit"):
        work.promote()

    assert work.desk.tip(REF, at=work.forge.repository) is None


def test_one_for_another_branch_is_told(work: ForgeDesk) -> None:
    """A reviewer changed its target, or somebody opened it under gitreg's mark: merged there, nothing is accepted."""
    work.promote()
    work.desk.git("push", "-q", "origin", "main:other")
    work.forge.state.update(1, "root", target="other")

    again = work.promote()

    assert again.url == f"{work.forge.url}/group/project/-/merge_requests/1"
    assert "it would be merged into other, where it is not accepted" in " ".join(again.notes)


def test_something_else_after_a_closed_one_is_a_new_one(work: ForgeDesk) -> None:
    """A decision is about what was proposed, not about the name."""
    work.promote()
    work.forge.close(1)

    made = work.promote(description="with better data")

    assert made.url is not None
    assert made.url.endswith("/2")


def test_closed_at_the_same_moment(work: ForgeDesk) -> None:
    """The one that is found open is closed before it is changed: that is an answer, not a crash."""
    work.promote()
    work.forge.between(lambda: work.forge.close(1), method="PUT", path="*/merge_requests/1")

    with pytest.raises(AnswerIsNoError, match="closed"):
        work.promote(title="Another title")


def test_merged_at_the_same_moment(work: ForgeDesk) -> None:
    """A reviewer merges while the same promotion is asked for again."""
    work.promote()
    work.forge.between(lambda: work.forge.merge(1), method="GET", path="*/merge_requests")

    with pytest.raises(AnswerIsNoError, match="merged"):
        work.promote()


def test_a_token_that_expires_in_between(work: ForgeDesk) -> None:
    """Exit 4: the branch is there, the merge request is not, and the same command finishes it with a good token."""
    work.forge.fault(401, method="POST", path="*/merge_requests", times=9)

    with pytest.raises(CredentialsError) as refusal:
        work.promote()

    assert refusal.value.message.startswith(f"{BRANCH} is on origin")
    assert refusal.value.hint is not None
    assert refusal.value.hint.endswith("the same command again goes on from there")
    assert work.desk.tip(REF, at=work.forge.repository) == work.desk.tip(REF)
    assert work.forge.merge_requests == []
    work.forge._desk.plan.faults.clear()
    work.let_in()
    assert work.promote().url == f"{work.forge.url}/group/project/-/merge_requests/1"


def test_a_forge_that_fails_is_gone_on_from(work: ForgeDesk) -> None:
    """Exit 7, and the same command finishes it: one merge request, the same branch."""
    work.forge.fault(502, path="/api/*", times=40)

    with pytest.raises(RemoteError) as refusal:
        work.promote()

    assert refusal.value.exit_code == 7
    tip = work.desk.tip(REF, at=work.forge.repository)
    work.forge._desk.plan.faults.clear()
    again = work.promote()
    assert (len(work.forge.merge_requests), work.desk.tip(REF, at=work.forge.repository)) == (1, tip)
    assert again.found


def test_an_answer_that_was_lost_opens_no_second_one(work: ForgeDesk) -> None:
    """It was opened, and only nobody heard."""
    work.forge.fault("lost", method="POST", path="*/merge_requests")

    made = work.promote()

    assert [one.iid for one in work.forge.merge_requests] == [1]
    assert made.url is not None


def test_a_host_that_only_the_repository_names_gets_no_token(work: ForgeDesk) -> None:
    """Exit 4 before anything is sent, with the setting that allows it."""
    forge = ForgeSettings(kind="gitlab", url="https://evil.example")
    settings = work.desk.registry.settings.model_copy(update={"forge": forge})
    work.desk.commit({"gitreg.yaml": write(settings)})
    work.desk.git("push", "-q", "origin", "main")

    with pytest.raises(CredentialsError, match=r"evil\.example") as refusal:
        work.promote()

    assert refusal.value.hint == "git config gitreg.forgeUrl https://evil.example, if you trust it"
    assert work.desk.tip(REF, at=work.forge.repository) is None


def test_what_is_no_title_makes_nothing(work: ForgeDesk) -> None:
    """It is refused before the artifacts are sent, and before the branch is made."""
    with pytest.raises(UsageError, match="title"):
        work.promote(title="/approve")

    assert work.forge.merge_requests == []
    assert work.desk.tip(REF) is None


def test_somebody_elses_proposal_is_not_replaced_unseen(work: ForgeDesk) -> None:
    """Whoever asks for something else of the same candidate first hears of it, and replaces it by asking again."""
    clone = work.clone("clone")
    work.promote()
    other = Author("Bob Example", "bob@example.com", work.desk.author.when)
    options = PromoteOptions("churn", description="other words")

    with pytest.raises(ConflictError, match="Ada Example was faster") as refusal:
        promote(work.desk.open(clone), work.candidate.id, options, other)

    assert refusal.value.hint is not None
    assert "the same command again replaces it" in refusal.value.hint
    made = promote(work.desk.open(clone), work.candidate.id, options, other)
    assert "other words" in work.forge.merge_requests[0].description
    assert made.url is not None
    assert made.url.endswith("/1")


def three(work: ForgeDesk, *options: dict[str, object]) -> list[Promoted | GitregError]:
    """Three clones promote the same candidate at once, each with its own options."""
    candidate, answers = work.candidate, [None] * 3
    opened = [(work.desk.open(work.clone(f"clone-{n}")), work.desk.author) for n in range(3)]
    begin = threading.Barrier(3)

    def act(n: int) -> None:
        registry, author = opened[n]
        begin.wait()
        try:
            answers[n] = promote(registry, candidate.id, PromoteOptions("churn", **options[n]), author)  # type: ignore
        except GitregError as error:
            answers[n] = error  # type: ignore[call-overload]

    threads = [threading.Thread(target=act, args=(n,)) for n in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return answers  # type: ignore[return-value]


def test_three_clones_at_once_make_one_proposal(work: ForgeDesk) -> None:
    """One branch, one merge request, the same version for all; who was too late has no branch of their own.

    Without a token, and with a job's: tests/torture/promote_race.py.
    """
    answers = three(work, {}, {}, {})

    assert all(isinstance(one, Promoted) for one in answers), answers
    assert len({(one.version, one.branch) for one in answers}) == 1  # type: ignore[union-attr]
    assert len([one for one in work.forge.merge_requests if one.state == "opened"]) == 1
    assert len({one.url for one in answers}) == 1  # type: ignore[union-attr]
    tip = work.desk.tip(REF, at=work.forge.repository)
    tips = [
        work.desk.tip("refs/heads/gitreg/promote", at=work.desk.path.parent / f"clone-{n}") for n in range(3)
    ]
    assert set(tips) <= {tip, None}


def test_three_clones_at_once_that_want_different_things(work: ForgeDesk) -> None:
    """One is done; each of the others hears who was faster, exit 5, and has nothing left."""
    answers = three(work, {"description": "a"}, {"description": "b"}, {"description": "c"})

    won = [one for one in answers if isinstance(one, Promoted)]
    lost = [one for one in answers if isinstance(one, ConflictError)]
    assert (len(won), len(lost)) == (1, 2), answers
    assert all("Ada Example was faster" in one.message for one in lost)
    [request] = work.forge.merge_requests
    assert won[0].version.description in request.description
