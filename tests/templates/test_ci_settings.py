"""What a CI job tells Git: who writes, how the token is found, and nothing that is secret."""

from __future__ import annotations

import subprocess

import pytest
from desk import START
from hypothesis import example, given, settings
from hypothesis import strategies as st
from runner import WORDS

from gitreg.domain.record import Person
from gitreg.gitrepo import Identity
from gitreg.safe import one_line
from gitreg.workflows.ci.job import ci_job
from gitreg.workflows.ci.settings import credential_settings, identity_settings, with_settings

URL = "https://gitlab.example.com:8443/team/registry.git"


def asked(environ: dict[str, str], url: str, settings: list[tuple[str, str]], **more: str) -> dict[str, str]:
    """What Git's credential machinery answers for a URL, with settings handed on by the environment."""
    done = subprocess.run(
        ["git", "credential", "fill"],
        input=f"url={url}\n\n",
        env=with_settings({**environ, **more}, settings),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return dict(line.split("=", 1) for line in done.stdout.splitlines())


@pytest.mark.parametrize(
    ("tokens", "user", "password"),
    [
        ({"CI_JOB_TOKEN": "job"}, "gitlab-ci-token", "job"),
        ({"CI_JOB_TOKEN": "job", "GITREG_TOKEN": "project"}, "oauth2", "project"),
    ],
)
def test_git_finds_the_jobs_token(
    environ: dict[str, str], tokens: dict[str, str], user: str, password: str
) -> None:
    """The project's token goes before the job's; both are read when Git asks."""
    answer = asked(environ, URL, credential_settings(URL), **tokens)

    assert (answer["username"], answer["password"]) == (user, password)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example.com/team/registry.git",
        "http://gitlab.example.com:8443/x",
        "https://gitlab.example.com/x",
    ],
)
def test_another_host_gets_no_token(environ: dict[str, str], url: str) -> None:
    """Nor another port, nor plain http."""
    answer = asked(environ, url, credential_settings(URL), GITREG_TOKEN="project", GIT_TERMINAL_PROMPT="0")

    assert "password" not in answer


def test_other_helpers_are_not_asked(environ: dict[str, str]) -> None:
    """Neither do they answer with somebody's own password, nor do they learn the job's token."""
    subprocess.run(
        [
            "git",
            "config",
            "--global",
            "credential.helper",
            "!f() { echo username=them; echo password=theirs; }; f",
        ],
        env=environ,
        check=True,
    )

    answer = asked(environ, URL, credential_settings(URL), CI_JOB_TOKEN="job")

    assert (answer["username"], answer["password"]) == ("gitlab-ci-token", "job")


def test_the_runners_own_token_does_not_come_back(environ: dict[str, str]) -> None:
    """A runner may rewrite URLs so that its token is in them again (insteadOf); the clean one stays clean."""
    rewrite = f"url.https://gitlab-ci-token:old@gitlab.example.com:8443.insteadOf={URL.partition('/team')[0]}"
    key, _, value = rewrite.partition("=")
    subprocess.run(["git", "config", "--global", key, value], env=environ, check=True)

    done = subprocess.run(
        ["git", "ls-remote", "--get-url", URL],
        env=with_settings(environ, credential_settings(URL)),
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert done.stdout.strip() == URL


def test_no_setting_holds_a_token(environ: dict[str, str]) -> None:
    """What is printed and handed on names variables only."""
    made = with_settings({**environ, "CI_JOB_TOKEN": "hunter2"}, credential_settings(URL))

    assert [name for name, value in made.items() if "hunter2" in value] == ["CI_JOB_TOKEN"]


@pytest.mark.parametrize(
    "url", ["git@gitlab.example.com:team/x.git", "ssh://git@host/x", "/srv/git/x.git", "file:///x"]
)
def test_remotes_without_passwords_are_left_alone(url: str) -> None:
    """A key or a path opens them."""
    assert credential_settings(url) == []


@settings(max_examples=60)
@example(name=WORDS, email="bea@example.com")
@example(name="Bea <x@example.com>\n", email="bea@example.com")
@given(name=st.text(max_size=60) | st.just(WORDS), email=st.text(max_size=60) | st.emails())
def test_whoever_started_the_job_can_always_commit(name: str, email: str) -> None:
    """Whatever GitLab says they are called: the name is one that Git and records take, and one line."""
    made = dict(
        identity_settings({"GITLAB_USER_NAME": name, "GITLAB_USER_EMAIL": email, "CI_PROJECT_ID": "7"})
    )

    who = Identity(made["user.name"], made["user.email"], START)
    assert who.line().count("<") == 1
    assert made["user.name"] == one_line(made["user.name"])
    Person(name=made["user.name"], email=made["user.email"])


def test_without_a_person_the_robot_writes() -> None:
    """With an address that GitLab keeps for such, of this project."""
    made = dict(identity_settings({"CI_PROJECT_ID": "7", "CI_SERVER_HOST": "gitlab.example.com"}))

    assert made == {"user.name": "gitreg", "user.email": "project_7_gitreg@noreply.gitlab.example.com"}


def test_settings_of_the_job_itself_are_kept() -> None:
    """What somebody hands to Git this way already comes first, and stays."""
    theirs = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "http.proxy", "GIT_CONFIG_VALUE_0": "http://proxy"}

    made = with_settings(theirs, [("user.name", "Bea")])

    assert made["GIT_CONFIG_COUNT"] == "2"
    assert made["GIT_CONFIG_KEY_0"] == "http.proxy"
    assert made["GIT_CONFIG_KEY_1"] == "user.name"
    assert with_settings(made, [("user.name", "Bea")]) == made


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "CI_COMMIT_BRANCH",
                "CI_DEFAULT_BRANCH",
                "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME",
                "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
                "CI_COMMIT_BEFORE_SHA",
                "CI_MERGE_REQUEST_DIFF_BASE_SHA",
            ]
        ),
        st.text(max_size=50),
    ),
    st.sampled_from(["push", "merge_request_event"]),
)
def test_variables_are_names_and_ids_or_nothing(told: dict[str, str], source: str) -> None:
    """Whatever stands in them, what is believed can be given to Git."""
    job = ci_job({**told, "CI_PIPELINE_SOURCE": source})

    for name in (job.branch, job.default, job.target, job.source, job.proposal):
        assert name is None or not (set(name) & set(" ~^:?*[\\\n$\x7f") - {"$"})
    assert job.since is None or len(job.since) == 40
