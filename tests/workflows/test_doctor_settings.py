"""The doctor finds what Git is told wrongly, or not at all."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from clinic import Clinic
from desk import Desk

from gitreg.gitrepo import Repository
from gitreg.workflows.doctor import clock, room
from gitreg.workflows.doctor.base import Subject


@pytest.fixture
def clinic(desk: Desk) -> Clinic:
    """A healthy registry."""
    return Clinic(desk, desk.path)


@pytest.fixture
def subject(desk: Desk) -> Subject:
    """The repository of a healthy registry, as a check sees it."""
    return Subject(repository=desk.registry.repository, environ=desk.environ, now=datetime.now(UTC))


@pytest.mark.parametrize("what", ["name", "email"])
def test_whoever_has_no_name_is_told(clinic: Clinic, what: str) -> None:
    """Every candidate says who logged it."""
    clinic.run(f"git config --global --unset user.{what}")

    clinic.mend("no-identity")


@pytest.mark.parametrize(
    ("key", "value", "scope"),
    [
        ("gitreg.durability", "always", "--local"),
        ("gitreg.durability", "always", "--global"),
        ("gitreg.timeout", "soon", "--local"),
        ("gitreg.inbox", "perhaps", "--local"),
    ],
)
def test_a_setting_that_is_none_is_removed_where_it_stands(
    clinic: Clinic, key: str, value: str, scope: str
) -> None:
    """The command names the file that says it: the repository's, or the user's."""
    clinic.run(f"git config {scope} {key} {value}")

    found = clinic.mend("bad-setting", "--offline")

    assert scope in found["command"]


def test_good_settings_are_no_finding(clinic: Clinic) -> None:
    """What a setting may be is nothing to mend."""
    for key, value in (("durability", "power"), ("timeout", "5"), ("inbox", "false")):
        clinic.run(f"git config gitreg.{key} {value}")

    assert "bad-setting" not in clinic.codes("--offline")


def test_a_signing_key_that_is_gone_is_told(clinic: Clinic) -> None:
    """What is configured and not there; who signs nothing needs none."""
    clinic.run("git config user.signingkey /nowhere/key")

    assert clinic.mend("signing-key")["severity"] == "warning"


def test_an_ssh_key_without_its_format_is_told(clinic: Clinic) -> None:
    """The most frequent slip: user.signingkey is an SSH key, and gpg.format was forgotten."""
    clinic.run("git config --unset gpg.format")

    assert clinic.mend("signing-key")["command"] == "git config gpg.format ssh"


def test_a_key_of_a_stranger_is_a_note(clinic: Clinic, tmp_path: Path) -> None:
    """Who is no signer of this registry may log and propose all the same."""
    clinic.run(
        f"ssh-keygen -q -t ed25519 -N '' -f {tmp_path}/mine && git config user.signingkey {tmp_path}/mine"
    )

    assert clinic.find("signing-key-unknown")["severity"] == "note"


@pytest.mark.parametrize(("version", "code"), [("2.25.1", "git-too-old"), ("2.33.0", "git-cannot-sign")])
def test_an_old_git_is_told(clinic: Clinic, tmp_path: Path, version: str, code: str) -> None:
    """Which Git is found on PATH; nothing that is typed here replaces it."""
    tools = tmp_path / "old"
    tools.mkdir()
    git = tools / "git"
    git.write_text(
        f'#!/bin/sh\nfor word; do [ "$word" = version ] && echo git version {version} && exit\ndone\n'
        f'PATH="${{PATH#*:}}" exec git "$@"\n'
    )
    git.chmod(0o755)

    found = clinic.find(code, "--offline", PATH=f"{tools}:{clinic.environ['PATH']}")

    assert found["what"] == f"Git is {version}"


def test_a_clock_that_differs_from_the_file_systems_is_told(subject: Subject) -> None:
    """Ages of locks and drafts are judged by the files' times."""
    late = dataclasses.replace(subject, now=subject.now + timedelta(minutes=5))

    assert clock.find_file_clock(subject) == []
    assert [one.kind.code for one in clock.find_file_clock(late)] == ["file-system-clock"]


@pytest.mark.parametrize(
    ("total", "free", "scarce"),
    [
        (100 * room.GIB, 6 * room.GIB, False),
        (100 * room.GIB, 4 * room.GIB, True),
        (2 * room.GIB, room.GIB - 1, True),
    ],
)
def test_little_room_is_told(total: int, free: int, scarce: bool) -> None:
    """Under 1 GiB, or under 5 percent."""
    assert room.is_scarce(total, free) == scarce


def test_a_merge_driver_that_git_is_not_told_of_is_a_note(clinic: Clinic) -> None:
    """A clone has the attributes, and not the configuration."""
    clinic.run("gitreg log churn -m auc=0.5 --no-code")
    clinic.run("git config --remove-section merge.gitreg")

    found = clinic.mend("merge-driver")

    assert found["severity"] == "note"


def test_a_check_that_fails_does_not_stop_the_others(clinic: Clinic, desk: Desk) -> None:
    """What could not be looked at is a finding of its own; what comes after it is looked at all the same."""
    broken = f"experiments/churn/candidates/aa/{'a' * 32}.yaml"
    desk.commit({broken: b"schema: [", "x": b""}, "refs/heads/gitreg/candidates")
    clinic.run("git config user.signingkey /nowhere/key")

    codes = clinic.codes()

    assert {"check-failed", "signing-key"} <= set(codes)


def test_a_registry_of_a_newer_gitreg_is_told(clinic: Clinic) -> None:
    """gitreg.yaml of a schema that nobody here knows."""
    file = clinic.place / "gitreg.yaml"
    file.write_text(file.read_text().replace("gitreg/registry/v1", "gitreg/registry/v9"))
    clinic.run("git commit -q -a -m Newer")

    found = clinic.find("newer-registry")

    assert "v9" in found["what"]
    assert found["command"] == "pip install --upgrade gitreg-ml"


def test_several_remotes_without_an_origin_are_told(clinic: Clinic, tmp_path: Path) -> None:
    """Which of them shares the registry cannot be guessed; the command makes the first one it."""
    clinic.run(
        f"git init -q --bare {tmp_path}/a.git; git remote add a {tmp_path}/a.git; git remote add b {tmp_path}/b.git"
    )

    clinic.mend("no-main-remote", "--offline")


def test_a_remote_that_is_not_there_is_told(clinic: Clinic, tmp_path: Path, desk: Desk) -> None:
    """The URL in the command is to be filled in; with a right one all is well, and --offline does not ask."""
    remote = desk.share()
    clinic.run("git remote set-url origin /nowhere/at/all.git")

    found = clinic.find("remote-unreachable")
    done = clinic.run(found["command"].replace("URL", str(remote)))

    assert done.returncode == 0
    assert "remote-unreachable" not in clinic.codes()


def test_a_remote_that_takes_no_push_is_told(clinic: Clinic, desk: Desk) -> None:
    """It can be read, so all else works; a receive-pack that refuses is asked without sending anything."""
    desk.share()
    refuser = clinic.place / ".git/refuse"
    refuser.write_text(
        "#!/bin/sh\necho 'remote: You are not allowed to push code to this project.' >&2\nexit 1\n"
    )
    refuser.chmod(0o755)
    clinic.run(f"git config remote.origin.receivepack {refuser}")

    found = clinic.find("push-refused")

    assert "not allowed to push" in found["what"]


def test_what_is_looked_at_is_not_changed(clinic: Clinic, desk: Desk) -> None:
    """Doctor writes no ref, no object and no setting."""
    desk.log()
    desk.share()
    with Repository.open(desk.path, desk.environ) as repository:
        before = [(ref.name, ref.id) for ref in repository.refs("refs/")]
        files = sorted(path for path in (desk.path / ".git").rglob("*") if path.is_file())

        clinic.findings("--deep")

        assert [(ref.name, ref.id) for ref in repository.refs("refs/")] == before
    assert sorted(path for path in (desk.path / ".git").rglob("*") if path.is_file()) == files
