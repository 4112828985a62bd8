"""The storage: what was accepted counts, and a path on a disk only where the registry is on one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gitreg.documents import places
from gitreg.errors import GitregError, NotFoundError, RecordError
from gitreg.workflows.storage import is_local, open_storage, user_config


def test_the_accepted_configuration_counts(desk):
    """Not the work tree's, nor the candidate branch's."""
    evil = b"[core]\n    remote = store\n['remote \"store\"']\n    url = /elsewhere\n"
    (desk.path / ".dvc/config").write_bytes(evil)
    desk.commit({places.DVC_CONFIG: evil}, "refs/heads/gitreg/candidates")

    assert open_storage(desk.registry).url == f"{desk.path}-store"


def test_a_storage_that_the_user_names_counts_more(desk):
    """Whatever the repository says."""
    registry = replace(desk.registry, storage_url="/mine")

    assert open_storage(registry).url == "/mine"


def test_without_configuration_it_is_told(desk):
    """With the command that sets it."""
    desk.commit({places.DVC_CONFIG: None})

    with pytest.raises(NotFoundError) as refusal:
        open_storage(desk.registry)

    assert refusal.value.hint == "gitreg storage set URL"


@pytest.mark.parametrize(
    "url", ["https://example.com/x.git", "git@example.com:x.git", "ssh://host/x", "host:x", "-x", "ext::sh"]
)
def test_a_remote_elsewhere_may_name_no_local_path(desk, url):
    """A path on this machine's disk must come from this machine's user."""
    desk.git("config", "remote.origin.url", url)
    registry = desk.registry

    assert not is_local(registry)
    with pytest.raises(RecordError, match="must come from you") as refusal:
        open_storage(registry)
    assert refusal.value.hint == "dvc remote add --global store PATH, if you know the folder"


def test_who_says_the_folder_himself_is_not_refused(desk, environ):
    """The command that a refusal names ends it, also for a library's user, who has no `--storage`."""
    desk.git("config", "remote.origin.url", "ssh://host/x")
    settings = Path(environ["HOME"], ".config/dvc/config")
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(f"['remote \"store\"']\n    url = {desk.path}-store\n")

    assert open_storage(desk.registry).url == f"{desk.path}-store"


@pytest.mark.parametrize("url", ["/srv/x.git", "../x.git", "./x.git", "file:///srv/x.git"])
def test_a_remote_on_this_disk_may(desk, url):
    """As may a registry without a remote."""
    assert is_local(desk.registry)
    desk.git("config", "remote.origin.url", url)

    assert is_local(desk.registry)
    assert open_storage(desk.registry).url == f"{desk.path}-store"


@pytest.mark.parametrize(
    "line", ["ask_password = true", "keyfile = /etc/passwd", "credentialpath = ~/.aws", "password = x"]
)
def test_what_a_repository_may_not_say_is_refused(desk, line):
    """Keys that name files, commands or credentials."""
    desk.commit({places.DVC_CONFIG: f"['remote \"store\"']\n    url = s3://bucket/x\n    {line}\n".encode()})

    with pytest.raises(GitregError, match=line.split()[0]):
        open_storage(desk.registry)


def test_the_users_own_configuration_is_read(desk):
    """System, user, and this clone's, which Git ignores."""
    (desk.path / ".dvc/config.local").write_text("['remote \"store\"']\n    url = /mine\n")

    assert user_config(desk.registry)[-1] == desk.path / ".dvc/config.local"
    assert open_storage(desk.registry).url == "/mine"
