"""`gitreg init --ci gitlab`: the CI files come with the registry, once, and nobody's words are overwritten."""

from __future__ import annotations

import pytest
import yaml
from clinic import Clinic
from components import FOLDER, NAMES
from desk import Desk

from gitreg.errors import UsageError

FILE = ".gitlab-ci.yml"
ALWAYS = ["validate", "promote-check", "release", "scheduled-audit"]


def pipeline(desk: Desk, text: str) -> None:
    (desk.path / FILE).write_text(text)
    desk.git("add", FILE)
    desk.git("commit", "-q", "-m", "Add a pipeline")


def test_one_commit_has_the_registry_and_its_ci(repository_desk: Desk) -> None:
    """The lines and the components that they name are committed with everything else, and nothing is left over."""
    repository_desk.init(ci=True)

    written = repository_desk.git("show", "--format=", "--name-only", "main").splitlines()
    included = yaml.safe_load(repository_desk.git("show", f"main:{FILE}"))["include"]
    assert {"gitreg.yaml", FILE} <= set(written)
    assert included == [{"local": f"/.gitlab/gitreg/{name}.yml"} for name in ALWAYS]
    assert {f".gitlab/gitreg/{name}.yml" for name in NAMES} <= set(written)
    assert repository_desk.git("status", "--porcelain") == ""


def test_copies_are_the_components(repository_desk: Desk) -> None:
    """What lies in the registry is what this version of gitreg publishes, byte for byte."""
    repository_desk.init(ci=True)

    for name in NAMES:
        copy = repository_desk.path / ".gitlab" / "gitreg" / f"{name}.yml"
        assert copy.read_bytes() == (FOLDER / name / "template.yml").read_bytes()


def test_a_second_time_changes_nothing(repository_desk: Desk) -> None:
    """Whoever types it again gets no commit, and is told."""
    repository_desk.init(ci=True)
    tip = repository_desk.tip()

    made = repository_desk.init(ci=True)

    assert repository_desk.tip() == tip
    assert made.written == ()


def test_a_registry_that_is_there_gets_what_it_lacks(repository_desk: Desk) -> None:
    """One more commit has the CI files and nothing else."""
    repository_desk.init()

    repository_desk.init(ci=True)

    written = repository_desk.git("show", "--format=", "--name-only", "main").splitlines()
    assert {path.split("/")[0] for path in written} == {FILE, ".gitlab"}
    assert repository_desk.git("status", "--porcelain") == ""


def test_a_pipeline_without_includes_is_extended(repository_desk: Desk) -> None:
    """What people wrote stays to the letter, and the file still means it."""
    text = "# ours\nstages: [test, deploy]\ntrain:\n  script: [make train]"
    pipeline(repository_desk, text)

    repository_desk.init(ci=True)

    made = (repository_desk.path / FILE).read_text()
    assert made.startswith(f"{text}\n\n")
    loaded = yaml.safe_load(made)
    assert loaded["train"] == {"script": ["make train"]}
    assert len(loaded["include"]) == len(ALWAYS)


@pytest.mark.parametrize(
    "text",
    [
        "include: other.yml\n",
        '"include" :\n  - local: other.yml\n',
        "{train: {script: [make]}}\n",
        "train: {script: [\nmake\n]}\n...\n",
    ],
    ids=["include", "quoted", "flow", "ended"],
)
def test_a_pipeline_that_cannot_be_extended_safely_is_left(repository_desk: Desk, text: str) -> None:
    """The lines are printed instead, for a person to put where they belong."""
    pipeline(repository_desk, text)

    made = repository_desk.init(ci=True)

    assert (repository_desk.path / FILE).read_text() == text
    assert made.ci is not None
    assert "- local: /.gitlab/gitreg/validate.yml" in made.ci.by_hand


def test_a_copy_that_somebody_changed_is_kept(repository_desk: Desk) -> None:
    """It may be of another version, or theirs; they are told."""
    repository_desk.init(ci=True)
    copy = repository_desk.path / ".gitlab" / "gitreg" / "release.yml"
    copy.write_text("# ours\n")
    repository_desk.git("commit", "-q", "-a", "-m", "Change a job")

    made = repository_desk.init(ci=True)

    assert copy.read_text() == "# ours\n"
    assert made.ci is not None
    assert made.ci.kept == (".gitlab/gitreg/release.yml",)


def test_components_of_a_project_are_included_by_name(repository_desk: Desk) -> None:
    """Where the GitLab has them, nothing is copied."""
    repository_desk.init(ci=True, components="$CI_SERVER_FQDN/team/gitreg@0.1.0")

    included = yaml.safe_load((repository_desk.path / FILE).read_text())["include"]
    assert included[0] == {"component": "$CI_SERVER_FQDN/team/gitreg/validate@0.1.0"}
    assert not (repository_desk.path / ".gitlab").exists()


@pytest.mark.parametrize("project", ["gitreg", "a/b", "a/b@", "a/b@1\n  - remote: x", "https://a/b@1 x"])
def test_what_names_no_project_is_refused(repository_desk: Desk, project: str) -> None:
    """It would become a line of YAML."""
    with pytest.raises(UsageError, match="names no project"):
        repository_desk.init(ci=True, components=project)

    assert not (repository_desk.path / FILE).exists()


def test_examples_become_right_when_uncommented(repository_desk: Desk) -> None:
    """Training and deployment wait as comments; without their # they are includes with inputs."""
    repository_desk.init(ci=True)
    text = (repository_desk.path / FILE).read_text()

    made = "\n".join(line[1:] if line.startswith("#  ") else line for line in text.splitlines())

    asked = yaml.safe_load(made)["include"][len(ALWAYS) :]
    assert [one["local"] for one in asked] == [
        "/.gitlab/gitreg/log-candidate.yml",
        "/.gitlab/gitreg/deploy.yml",
    ]
    assert asked[0]["inputs"]["experiment"] == "churn"
    assert asked[1]["inputs"]["script"]


def test_staged_only(repository_desk: Desk) -> None:
    """With --no-commit the CI files wait in the index, like the rest."""
    repository_desk.init(ci=True, commit=False)

    assert FILE in repository_desk.git("diff", "--cached", "--name-only").splitlines()


def test_the_command_says_what_a_person_must_do(repository_desk: Desk) -> None:
    """Where the pipeline includes files already, the lines are printed; --components alone is no request."""
    clinic = Clinic(repository_desk, repository_desk.path)
    pipeline(repository_desk, "include: other.yml\n")

    done = clinic.run(f"gitreg init --ci gitlab --signing-key {repository_desk.key}")
    alone = clinic.run("gitreg init --components a/b@1")

    assert done.returncode == 0, done.stderr
    assert f"{FILE} was not changed" in done.stderr
    assert "- local: /.gitlab/gitreg/validate.yml" in done.stderr
    assert alone.returncode == 2
