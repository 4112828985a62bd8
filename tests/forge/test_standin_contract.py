"""The GitLab stand-in behaves as GitLab is documented to, and says so when somebody does not."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gitlab
import pytest
from gitlab_standin import StandIn, contract

BRANCH = "gitreg/promote/churn/v1.0.0"
CREATE = "-o merge_request.create -o merge_request.target=main"


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[StandIn]:
    """A GitLab with an empty project."""
    with StandIn(tmp_path / "forge") as made:
        yield made


class Clone:
    """A clone of the project, with something to push."""

    def __init__(self, path: Path, forge: StandIn) -> None:
        self.path = path
        self.git("remote", "add", "origin", forge.remote_url)
        self.git("push", "-q", "origin", "main")

    def git(self, *words: str, check: bool = True) -> str:
        done = subprocess.run(
            ["git", *words], cwd=self.path, env=os.environ, capture_output=True, text=True, check=False
        )
        assert not check or done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    def branch(self, name: str = BRANCH, text: str = "one\n") -> str:
        """A branch with a commit of its own, pushed; its tip."""
        self.git("switch", "-q", "-C", name, "main")
        (self.path / "file").write_text(text)
        self.git("add", "file")
        self.git("commit", "-q", "-m", "A change")
        self.git("push", "-q", "-f", "origin", name)
        return self.git("rev-parse", "HEAD").strip()


@pytest.fixture
def clone(make_repository: Callable[[Path], Path], tmp_path: Path, forge: StandIn) -> Clone:
    return Clone(make_repository(tmp_path / "clone"), forge)


def client(forge: StandIn, **how: Any) -> Any:
    """python-gitlab's view of the project."""
    opened = gitlab.Gitlab(forge.url, retry_transient_errors=False, **how)
    return opened.projects.get("group/project", lazy="job_token" in how)


def refused(act: Callable[[], Any]) -> gitlab.GitlabError:
    with pytest.raises(gitlab.GitlabError) as raised:
        act()
    return raised.value


def wanted(source: str = BRANCH, **more: Any) -> dict[str, Any]:
    return {"source_branch": source, "target_branch": "main", "title": "Release churn 1.0.0", **more}


def test_a_merge_request_lives_from_its_creation_to_its_merge(forge: StandIn, clone: Clone) -> None:
    """All that python-gitlab sends, and all that is answered, is as GitLab's description has it."""
    contract.needs_contract()
    tip = clone.branch()
    project = client(forge, private_token=forge.add_token())

    made = project.mergerequests.create(wanted(description="**why**"))
    [listed] = project.mergerequests.list(source_branch=BRANCH, state="opened", get_all=True)
    made.title = "Draft: later"
    made.save()
    drafted = made.draft, made.detailed_merge_status
    made.title = "Now"
    made.save()
    note = made.notes.create({"body": "<!-- mark -->\nfirst"})
    note.body = "<!-- mark -->\nsecond"
    note.save()
    forge.approve(made.iid, "bob")
    approved = [one["user"]["username"] for one in made.approvals.get().approved_by]
    made.merge(sha=tip)
    merged = project.mergerequests.get(1)

    assert (listed.iid, listed.sha, listed.web_url) == (
        1,
        tip,
        f"{forge.url}/group/project/-/merge_requests/1",
    )
    assert drafted == (True, "draft_status")
    assert [one.body for one in merged.notes.list(get_all=True)] == ["<!-- mark -->\nsecond"]
    assert approved == ["bob"]
    assert merged.state == "merged"
    assert merged.merge_commit_sha == forge.state.bare.tip("main")
    forge.check()


def test_a_second_one_of_the_same_branch_is_a_conflict(forge: StandIn, clone: Clone) -> None:
    """With GitLab's words; another target, or a fork's, is no conflict."""
    clone.branch()
    clone.git("push", "-q", "origin", "main:other")
    project = client(forge, private_token=forge.add_token())
    forge.plant(BRANCH, "other")
    forge.plant(BRANCH, source_project=43, sha="1" * 40)
    project.mergerequests.create(wanted())

    error = refused(lambda: project.mergerequests.create(wanted()))

    assert error.response_code == 409
    assert json.loads(error.response_body) == {
        "message": ["Another open merge request already exists for this source branch: !3"]
    }


def test_a_branch_that_is_not_there_cannot_be_merged(forge: StandIn, clone: Clone) -> None:
    assert (
        refused(
            lambda: client(forge, private_token=forge.add_token()).mergerequests.create(wanted())
        ).response_code
        == 422
    )


def test_a_job_reads_merge_requests_and_notes_and_writes_none(forge: StandIn, clone: Clone) -> None:
    """https://docs.gitlab.com/ci/jobs/ci_job_token/#job-token-access."""
    tip = clone.branch()
    forge.plant(BRANCH)
    forge.note(1, "hello")
    job = client(forge, job_token=forge.add_job_token())

    found = job.mergerequests.get(1)
    codes = [
        refused(act).response_code
        for act in (
            lambda: job.mergerequests.create(wanted("main")),
            lambda: found.notes.create({"body": "x"}),
            lambda: job.tags.create({"tag_name": "v1", "ref": tip}),
            found.approvals.get,
            job.manager.gitlab.auth,
        )
    ]

    assert [one.body for one in found.notes.list(get_all=True)] == ["hello"]
    assert codes == [401, 401, 401, 404, 401]


def test_a_token_of_less_scope_says_which_it_needs(forge: StandIn, clone: Clone) -> None:
    project = client(forge, private_token=forge.add_token(scopes=["read_api"]))

    error = refused(lambda: project.mergerequests.create(wanted()))

    assert error.response_code == 403
    assert json.loads(error.response_body)["error"] == "insufficient_scope"


def test_pages_have_the_headers_that_clients_follow(forge: StandIn, clone: Clone) -> None:
    clone.branch()
    for number in range(1, 6):
        forge.plant(BRANCH, title=f"Number {number}", source_project=100 + number, sha="1" * 40)
    project = client(forge, oauth_token=forge.add_token())

    found = project.mergerequests.list(iterator=True, per_page=2, order_by="created_at", sort="asc")

    assert found.total == 5
    assert [one.iid for one in found] == [1, 2, 3, 4, 5]
    forge.check()


def test_options_of_a_push_open_a_merge_request_once_and_change_it_afterwards(
    forge: StandIn, clone: Clone
) -> None:
    """As `MergeRequests::PushOptionsHandlerService` does; the pusher reads where it is."""
    clone.branch()
    options = [*CREATE.split(), "-o", "merge_request.title=First", "-o", r"merge_request.description=a\nb"]
    before = clone.git("push", "-f", *options, "origin", "main:refs/heads/other")
    clone.git("commit", "-q", "--allow-empty", "-m", "More")
    first = clone.git("push", *options, "origin", BRANCH)
    clone.git("commit", "-q", "--allow-empty", "-m", "Yet more")
    second = clone.git(
        "push", "-o", "merge_request.title=Second", "-o", "merge_request.draft", "origin", BRANCH
    )

    assert [(one.title, one.description, one.target) for one in forge.merge_requests] == [
        ("First", "a\nb", "main"),
        ("Draft: Second", "a\nb", "main"),
    ]
    assert "remote: View merge request for other:" in before
    for said in (first, second):
        assert f"remote: View merge request for {BRANCH}:" in said
        assert f"remote:   {forge.url}/group/project/-/merge_requests/2" in said


def test_options_that_cannot_be_done_are_a_warning_and_the_branch_is_there(
    forge: StandIn, clone: Clone
) -> None:
    clone.branch("side")

    said = clone.git(
        "push", "-o", "merge_request.create", "-o", "merge_request.target=gone", "origin", "side:apart"
    )

    assert "WARNINGS:" in said
    assert "Target branch group/project:gone does not exist" in said
    assert "To create a merge request for apart, visit:" in said
    assert forge.state.bare.tip("apart")
    assert forge.merge_requests == []


def test_a_protected_branch_takes_pushes_of_maintainers_alone(forge: StandIn, clone: Clone) -> None:
    """And a job's token pushes nothing, unless the project allows it."""
    clone.branch()
    forge.protect("main")
    forge.ask_for_tokens()
    developer = forge.remote_with(forge.add_token(user="bob", level="developer"))
    job = forge.remote_with(forge.add_job_token(), "gitlab-ci-token")

    refused_ = clone.git("push", developer, f"{BRANCH}:main", check=False)
    no_job = clone.git("push", job, f"{BRANCH}:elsewhere", check=False)
    forge.state.job_token_push = True
    clone.git("push", job, f"{BRANCH}:elsewhere")

    assert "GitLab: You are not allowed to push code to protected branches" in refused_
    assert "403" in no_job
    assert [(one.user, one.job) for one in forge.pushes][-1] == ("ada", True)


def test_a_push_of_the_target_that_brings_the_commit_marks_it_merged(forge: StandIn, clone: Clone) -> None:
    clone.branch()
    forge.plant(BRANCH)
    clone.git("switch", "-q", "main")
    clone.git("merge", "-q", "--no-ff", "-m", "Merge", BRANCH)
    clone.git("push", "-q", "origin", "main")

    [found] = forge.merge_requests

    assert (found.state, found.merge_commit) == ("merged", clone.git("rev-parse", "main").strip())


def test_conflicts_are_seen_and_squashes_are_made(forge: StandIn, clone: Clone) -> None:
    clone.branch("one", "one\n")
    clone.branch("two", "two\n")
    forge.plant("one")
    forge.plant("two")
    merged = forge.merge(1, squash=True)
    project = client(forge, private_token=forge.add_token())

    found = project.mergerequests.get(2)

    assert forge.state.bare.git("log", "-1", "--format=%s", merged.squash_commit) == "Planted"
    assert (found.has_conflicts, found.detailed_merge_status) == (True, "conflict")
    assert refused(found.merge).response_code == 422


@pytest.mark.parametrize(("kind", "status"), [(401, 401), (404, 404), (429, 429), (500, 500), (502, 502)])
def test_a_fault_comes_as_often_as_it_is_planned(
    forge: StandIn, clone: Clone, kind: int, status: int
) -> None:
    project = client(forge, private_token=forge.add_token())
    forge.fault(kind, path="*/merge_requests", retry_after=0)

    error = refused(lambda: project.mergerequests.list(get_all=True, obey_rate_limit=False))

    assert error.response_code == status
    assert project.mergerequests.list(get_all=True) == []
    assert [one[0] for one in forge.happened] == [kind]


def test_an_answer_may_be_cut_lost_or_led_away(forge: StandIn, clone: Clone) -> None:
    """What is lost was done; what another host hears is kept."""
    clone.branch()
    token = forge.add_token()
    project = client(forge, private_token=token)
    forge.fault("truncated", path="*/merge_requests")
    refused(lambda: project.mergerequests.list(get_all=True))
    forge.fault("lost", method="POST")
    with pytest.raises(OSError, match="Connection"):
        project.mergerequests.create(wanted())
    forge.fault("redirect", path="*/merge_requests/1")
    asked = urllib.request.Request(f"{forge.api}/projects/42/merge_requests/1", headers={"Job-Token": "x"})
    with urllib.request.urlopen(asked):
        pass

    assert len(forge.merge_requests) == 1
    assert forge.leaked[0].headers["job-token"] == "x"


def test_something_may_happen_in_between(forge: StandIn, clone: Clone) -> None:
    clone.branch()
    forge.plant(BRANCH)
    project = client(forge, private_token=forge.add_token())
    found = project.mergerequests.get(1)
    forge.between(lambda: forge.close(1), method="PUT")

    found.title = "Too late"
    found.save()

    assert forge.merge_requests[0].state == "closed"


def test_what_breaks_the_contract_is_found(tmp_path: Path) -> None:
    """A wrong value, an unknown name and a path that GitLab does not have."""
    contract.needs_contract()
    with StandIn(tmp_path, checks=False) as forge:
        token = forge.add_token()
        for path in (
            "projects/42/merge_requests?state=open",
            "projects/42/merge_requests?branch=x",
            "nothing",
        ):
            asked = urllib.request.Request(f"{forge.api}/{path}", headers={"PRIVATE-TOKEN": token})
            try:
                urllib.request.urlopen(asked).close()
            except urllib.error.HTTPError as error:
                error.close()

    assert len(forge.violations) == 3
    with pytest.raises(AssertionError, match="is not in the contract"):
        forge.check()


def test_pipelines_start_for_four_refs_of_a_push_and_for_none_of_a_job(forge: StandIn, clone: Clone) -> None:
    """And for merge requests, when they are opened and at each push; `ci.skip` is heard."""
    clone.branch()
    forge.pipelines.clear()
    clone.git("push", "-q", *CREATE.split(), "origin", f"{BRANCH}:topic")
    clone.git("push", "-q", "-o", "ci.skip", "origin", f"{BRANCH}:quiet")
    clone.git("push", "-q", "origin", *(f"{BRANCH}:refs/tags/v{number}" for number in range(6)))
    forge.ask_for_tokens()
    forge.state.job_token_push = True
    clone.git("push", "-q", forge.remote_with(forge.add_job_token(), "gitlab-ci-token"), f"{BRANCH}:by-a-job")

    assert [(one.source, one.ref) for one in forge.pipelines] == [
        ("push", "refs/heads/topic"),
        ("merge_request_event", "refs/heads/topic"),
        *(("push", f"refs/tags/v{number}") for number in range(4)),
    ]


def test_quick_actions_and_mentions_are_noticed_where_they_would_count(forge: StandIn, clone: Clone) -> None:
    clone.branch()
    forge.plant(BRANCH, description="Fine `@all`\n```\n/merge\n```\n<!-- /close -->\nmail a@b.example")

    forge.note(1, "hello @all\n/approve now")

    assert [(one.place, one.words) for one in forge.executed] == [("note", "/approve now"), ("note", "@all")]
