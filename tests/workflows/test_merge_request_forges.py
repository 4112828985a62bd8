"""Which forge is found, why, and whose token goes where; nothing is asked of any network."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk import REGISTRY_ID, Desk

from gitreg.documents.writer import write
from gitreg.domain.registry import ForgeSettings, RegistrySettings
from gitreg.errors import CredentialsError, UsageError
from gitreg.workflows.proposing.forges import Found, find_forge
from gitreg.workflows.registry import Registry

SECRET = "glpat-secret"


class Finder:
    """A registry whose remote, settings and environment a test says, one after another."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        desk.git("remote", "add", "origin", "https://gitlab.com/group/models.git")

    def remote(self, url: str) -> None:
        self.desk.git("remote", "set-url", "origin", url)

    def config(self, key: str, value: str) -> None:
        self.desk.git("config", key, value)

    def settings(self, **forge: str) -> None:
        """What gitreg.yaml says, as accepted."""
        made = self.registry().settings.model_copy(update={"forge": ForgeSettings(**forge)})  # type: ignore[arg-type]
        self.desk.commit({"gitreg.yaml": write(made)})

    def registry(self) -> Registry:
        return self.desk.open()

    def find(self, **environ: str) -> Found:
        """The forge, and a check that no word of it holds a token."""
        self.desk.environ |= environ
        found = find_forge(self.registry())
        assert SECRET not in f"{found} {found!r}"
        return found


@pytest.fixture
def bare_desk(repository_desk: Desk) -> Desk:
    """A registry of one file, which is all that is looked at here."""
    repository_desk.commit({"gitreg.yaml": write(RegistrySettings(id=REGISTRY_ID, name="models"))})
    return repository_desk


@pytest.fixture
def finder(bare_desk: Desk) -> Finder:
    """A registry on gitlab.com, so far."""
    return Finder(bare_desk)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://gitlab.com/group/models.git", "https://gitlab.com"),
        ("git@gitlab.com:group/models.git", "https://gitlab.com"),
        ("ssh://git@gitlab.example.org:2222/group/models.git", "https://gitlab.example.org"),
        ("http://gitlab.localhost:8080/group/models.git", "http://gitlab.localhost:8080"),
        ("https://ada:word@gitlab.example.org:8443/group/models", "https://gitlab.example.org:8443"),
    ],
)
def test_a_gitlab_by_its_name(finder: Finder, url: str, place: str) -> None:
    """The remote's own host; by ssh, its pages are where https is."""
    finder.remote(url)
    finder.config("gitreg.forgeUrl", place)

    found = finder.find(GITREG_TOKEN=SECRET)

    assert found.place is not None
    assert (found.kind, found.place.url, found.place.project) == ("gitlab", place, "group/models")
    assert found.source == "GITREG_TOKEN"


def test_without_a_token_a_push_opens_it(finder: Finder) -> None:
    """The kind that needs none, and why."""
    found = finder.find()

    assert (found.kind, found.source) == ("push-options", None)
    assert "there is no token" in found.why


@pytest.mark.parametrize(
    "url", ["/srv/models.git", "file:///srv/models.git", "https://git.example.com/group/models"]
)
def test_no_forge(finder: Finder, url: str) -> None:
    """A folder, or a host that nothing is known of: the branch alone, and no token for anybody."""
    finder.remote(url)

    assert (finder.find(GITREG_TOKEN=SECRET).kind, finder.find().source) == ("local", None)


def test_no_remote(bare_desk: Desk) -> None:
    """Nothing to ask."""
    assert find_forge(bare_desk.registry).kind == "local"


def test_a_job_knows_its_own_host(finder: Finder) -> None:
    """Whatever it is called, and below whatever path it is."""
    finder.remote("https://git.example.com/code/group/models.git")

    found = finder.find(
        CI="true", CI_SERVER_HOST="git.example.com", CI_SERVER_URL="https://git.example.com/code", CI_JOB_TOKEN=SECRET
    )  # fmt: skip

    assert found.place is not None
    assert (found.kind, found.source) == ("gitlab", "CI_JOB_TOKEN")
    assert (found.place.url, found.place.project) == ("https://git.example.com/code", "group/models")
    assert not found.forge.abilities.opens


@pytest.mark.parametrize("name", ["CI_JOB_TOKEN", "GITREG_TOKEN", "GITLAB_TOKEN"])
def test_a_job_sends_its_variables_to_no_other_host(finder: Finder, name: str) -> None:
    """A registry on another GitLab than the job's gets what its owner names that host for, and no more."""
    job = {
        "CI": "true",
        "CI_SERVER_HOST": "git.example.com",
        "CI_SERVER_URL": "https://git.example.com",
        name: SECRET,
    }

    assert finder.find(**job).source is None
    finder.config("gitreg.forgeUrl", "https://gitlab.com")
    assert finder.find().source == (None if name == "CI_JOB_TOKEN" else name)


@pytest.mark.parametrize("kind", [None, "gitlab"])
@pytest.mark.parametrize("name", ["GITREG_TOKEN", "GITLAB_TOKEN"])
def test_a_variable_goes_to_no_stranger_s_host(finder: Finder, name: str, kind: str | None) -> None:
    """That a clone's remote is there is not its owner's word, nor that it is a GitLab; what allows it is told."""
    finder.remote("https://gitlab.evil.example/group/models.git")
    if kind:
        finder.config("gitreg.forge", kind)

    found = finder.find(**{name: SECRET})

    assert (found.kind, found.source) == ("push-options", None)
    assert (
        f"{name} goes to hosts alone that you named: git config gitreg.forgeUrl https://gitlab.evil.example"
        in found.why
    )
    finder.config("gitreg.forgeUrl", "https://gitlab.evil.example")
    assert finder.find().source == name


@pytest.mark.parametrize(
    ("value", "remote", "goes"),
    [
        ("git.example.com", "https://git.example.com/group/models.git", True),
        ("https://Git.example.com/code/", "git@git.example.com:group/models.git", True),
        ("git.example.com:8443", "https://git.example.com:8443/group/models.git", True),
        ("127.0.0.1:8080", "http://127.0.0.1:8080/group/models.git", True),
        ("http://git.example.com", "http://git.example.com/group/models.git", True),
        ("git.example.com", "http://git.example.com/group/models.git", False),
        ("git.example.com", "https://git.example.com:8443/group/models.git", False),
        ("git.example.com", "https://git.example.com.evil.example/group/models.git", False),
        ("git.example.com@evil.example", "https://evil.example/group/models.git", False),
        ("git.example.com", "https://gitlab.com/group/models.git", True),
        ("https://gitlab.com", "https://gitlab.com:99999/group/models.git", False),
        ("", "https://gitlab.example.com/group/models.git", False),
    ],
)
def test_glabs_variable_names_a_host(finder: Finder, value: str, remote: str, goes: bool) -> None:
    """`GITLAB_HOST` is its owner's word, for one scheme, host and port."""
    finder.remote(remote)
    finder.config("gitreg.forge", "gitlab" if "99999" not in remote else "local")

    assert (finder.find(GITLAB_HOST=value, GITLAB_TOKEN=SECRET).source == "GITLAB_TOKEN") == goes


@pytest.mark.parametrize("key", ["insteadOf", "pushInsteadOf"])
def test_the_host_is_where_a_push_really_goes(finder: Finder, key: str) -> None:
    """An address that Git rewrites names nobody."""
    finder.config(f"url.https://gitlab.evil.example/.{key}", "https://gitlab.com/")

    found = finder.find(GITREG_TOKEN=SECRET)

    assert found.place is not None
    assert (found.place.url, found.source) == ("https://gitlab.evil.example", None)


def test_a_folder_s_pages_are_not_plain_http(finder: Finder) -> None:
    """A token would be read on the way: exit 2, with the setting."""
    finder.remote("/srv/models.git")
    finder.config("gitreg.forgeProject", "group/models")
    finder.config("gitreg.forgeUrl", "http://git.example.com")

    with pytest.raises(UsageError, match="plain http") as refusal:
        finder.find(GITREG_TOKEN=SECRET)

    assert refusal.value.hint == "git config gitreg.forgeUrl https://git.example.com"


def test_a_jobs_token_goes_to_no_other_port(finder: Finder) -> None:
    """One machine may serve many."""
    finder.remote("https://git.example.com:8443/group/models.git")

    found = finder.find(
        CI="true",
        CI_SERVER_HOST="git.example.com",
        CI_SERVER_URL="https://git.example.com",
        CI_JOB_TOKEN=SECRET,
    )

    assert found.place is not None
    assert found.place.url == "https://git.example.com"


def test_the_environment_goes_first_then_git_then_glab(finder: Finder, tmp_path: Path) -> None:
    """The nearest one that there is."""
    helper = '!f() { test "$1" = get && echo username=oauth2 && echo password=glpat-secret; }; f'
    folder = Path(finder.desk.environ["HOME"]) / ".config" / "glab-cli"
    folder.mkdir(parents=True)
    (folder / "config.yml").write_text("hosts:\n  gitlab.com:\n    token: glpat-secret\n")

    assert finder.find().source == "glab's configuration"
    finder.config("credential.helper", helper)
    assert finder.find().source == "git's credential helper"
    assert finder.find(GITLAB_TOKEN=SECRET).source == "GITLAB_TOKEN"
    assert finder.find(GITREG_TOKEN=SECRET).source == "GITREG_TOKEN"


def test_glab_tells_that_a_host_is_a_gitlab(finder: Finder) -> None:
    """Whoever logged in there with it knows."""
    finder.remote("https://git.example.com/group/models.git")
    folder = Path(finder.desk.environ["HOME"]) / ".config" / "glab-cli"
    folder.mkdir(parents=True)
    (folder / "config.yml").write_text("hosts:\n  git.example.com:\n    token: glpat-secret\n")

    assert finder.find().kind == "gitlab"


def test_a_deploy_token_opens_no_api(finder: Finder) -> None:
    """It is for Git alone, so the push opens the merge request."""
    finder.config(
        "credential.helper", "!f() { echo username=gitlab+deploy-token-1; echo password=glpat-secret; }; f"
    )

    assert finder.find().kind == "push-options"


@pytest.mark.parametrize("kind", ["local", "push-options", "gitlab"])
def test_the_user_decides(finder: Finder, kind: str) -> None:
    """By a variable before Git's configuration, before gitreg.yaml, before anything else."""
    finder.settings(kind="local")
    assert finder.find(GITREG_TOKEN=SECRET).why == "gitreg.yaml says so"
    finder.config("gitreg.forge", "push-options")
    assert finder.find().kind == "push-options"

    found = finder.find(GITREG_FORGE=kind)

    assert (found.kind, found.why) == (kind, "GITREG_FORGE says so")


@pytest.mark.parametrize("value", ["github", "GitLab", "gitlab ", "$(id)", "\x1b[31m"])
def test_a_kind_that_is_none(finder: Finder, value: str) -> None:
    """Exit 2, naming those there are."""
    with pytest.raises(UsageError, match="local, push-options, gitlab") as refusal:
        finder.find(GITREG_FORGE=value)

    assert refusal.value.message.isprintable()


@pytest.mark.parametrize(
    ("key", "value"), [("gitreg.forgeUrl", "https://a@evil.example"), ("gitreg.forgeUrl", "gitlab.com"), ("gitreg.forgeProject", "../x")]
)  # fmt: skip
def test_a_setting_that_is_none(finder: Finder, key: str, value: str) -> None:
    """Exit 2, with the key."""
    finder.config(key, value)

    with pytest.raises(UsageError, match=key):
        finder.find()


@pytest.mark.parametrize(
    "url", ["https://evil.example", "http://gitlab.com", "https://gitlab.com:8443", "https://gitlab.com.evil.example", "http://127.0.0.1:9"]
)  # fmt: skip
def test_gitreg_yaml_names_no_other_host(finder: Finder, url: str) -> None:
    """Nor another port, nor one without encryption: exit 4, with the setting by which the user would allow it."""
    finder.settings(kind="gitlab", url=url)

    with pytest.raises(CredentialsError) as refusal:
        finder.find(GITREG_TOKEN=SECRET)

    assert refusal.value.hint == f"git config gitreg.forgeUrl {url}, if you trust it"
    assert SECRET not in str(refusal.value)


def test_gitreg_yaml_names_no_other_project(finder: Finder) -> None:
    """A token would else write in a project that its owner is not at work on."""
    finder.settings(kind="gitlab", project="victim/models")

    with pytest.raises(CredentialsError, match="victim/models") as refusal:
        finder.find(GITREG_TOKEN=SECRET)

    assert refusal.value.hint == "git config gitreg.forgeProject victim/models, if you trust it"


def test_gitreg_yaml_may_say_what_is_so(finder: Finder) -> None:
    """The remote's own host and project, and the path that a GitLab is below."""
    finder.remote("https://git.example.com/code/group/models.git")
    finder.settings(kind="gitlab", url="https://git.example.com/code", project="group/models")

    found = finder.find(GITREG_TOKEN=SECRET, GITLAB_HOST="git.example.com")

    assert found.place is not None
    assert (found.kind, found.place.url, found.place.project) == (
        "gitlab",
        "https://git.example.com/code",
        "group/models",
    )


def test_the_user_may_name_another_host(finder: Finder) -> None:
    """Pages elsewhere than Git, or an alias of ssh."""
    finder.remote("git@work:group/models.git")
    finder.config("gitreg.forgeUrl", "https://git.example.com/code")

    found = finder.find(GITREG_TOKEN=SECRET)

    assert found.place is not None
    assert (found.kind, found.place.url, found.place.project) == (
        "gitlab",
        "https://git.example.com/code",
        "group/models",
    )
    assert found.requests_url("gitreg/edit/x") == (
        "https://git.example.com/code/group/models/-/merge_requests?state=all&source_branch=gitreg%2Fedit%2Fx"
    )


def test_a_forge_is_asked_for_where_none_can_be(finder: Finder) -> None:
    """The user says gitlab, and the remote is a folder: exit 2, with what is missing."""
    finder.remote("/srv/models.git")

    with pytest.raises(UsageError, match=r"git config gitreg.forge is gitlab|GITREG_FORGE is gitlab"):
        finder.find(GITREG_FORGE="gitlab")
