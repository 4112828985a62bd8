"""A poisoned clone or environment changes nothing that gitreg does, and runs nothing."""

from __future__ import annotations

import pytest

from gitreg.errors import NotFoundError
from gitreg.gitrepo import ZERO, RefUpdate, Repository
from gitreg.gitrepo.environment import clean_environment

HOOKS = (
    "reference-transaction", "post-index-change", "post-checkout", "pre-commit", "post-commit", "pre-push",
    "post-merge", "fsmonitor-watchman", "pre-auto-gc", "post-rewrite",
)  # fmt: skip


@pytest.fixture
def poisoned(folder, git, tmp_path):
    """A repository in which everything that can run something leaves a mark; returns the mark."""
    mark = tmp_path / "ran"
    script = f"#!/bin/sh\ntouch {mark}\n"
    hooks = tmp_path / "hooks"
    for place in (hooks, folder / ".git/hooks"):
        place.mkdir(exist_ok=True)
        for name in HOOKS:
            (place / name).write_text(script)
            (place / name).chmod(0o755)
    run = str(hooks / "pre-commit")
    settings = {
        "core.hooksPath": str(hooks), "core.fsmonitor": run, "core.pager": run, "core.editor": run,
        "core.fsmonitorHookVersion": "2", "diff.external": run, "alias.cat-file": f"!{run}",
        "alias.update-ref": f"!{run}", "alias.x": f"!{run}", "gpg.program": run, "sequence.editor": run,
        "interactive.diffFilter": run, "pager.config": run, "log.showSignature": "true",
    }  # fmt: skip
    for key, value in settings.items():
        git(folder, "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "config", key, value)
    return mark


def every_act(repository, who):
    """Reads, writes, moves a checked-out branch, lists, merges, looks at the code."""
    tip = repository.resolve("refs/heads/main")
    tree = repository.edit_tree(repository.commit(tip).tree, {"a/b": b"1\n"})
    new = repository.write_commit(tree, [tip], "x", who, who)
    repository.update_refs([RefUpdate("refs/heads/main", new, tip)], "test")
    repository.update_refs([RefUpdate("refs/heads/x", new, ZERO)], "test")
    repository.merge_trees([new, tip])
    repository.history(new, "a", first_parent=False)
    repository.code_state()
    repository.set_config("gitreg.x", "y")
    return new, repository.changed_paths(tip, new), [ref.name for ref in repository.refs("refs/heads/")]


def test_nothing_of_a_poisoned_clone_runs(poisoned, folder, environ, who):
    """Hooks, aliases, fsmonitor, pager, editor, external diff."""
    with Repository.open(folder, environ) as repository:
        new, changed, refs = every_act(repository, who)
        assert repository.resolve("refs/heads/main") == new

    assert (changed, refs) == ([("A", "a/b")], ["refs/heads/main", "refs/heads/x"])
    assert (folder / "a/b").read_text() == "1\n"
    assert not poisoned.exists()


def test_an_inherited_repository_is_ignored(folder, environ, who, make_repository, tmp_path, git):
    """Git hooks and careless scripts leave these variables behind; the other repository stays as it was."""
    other = make_repository(tmp_path / "other")
    before = git(other, "for-each-ref"), (other / ".git/index").read_bytes()
    redirected = environ | {
        "GIT_DIR": str(other / ".git"), "GIT_WORK_TREE": str(other), "GIT_INDEX_FILE": str(other / ".git/index"),
        "GIT_OBJECT_DIRECTORY": str(other / ".git/objects"), "GIT_COMMON_DIR": str(other / ".git"),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(other / ".git/objects"), "GIT_NAMESPACE": "evil",
        "GIT_CEILING_DIRECTORIES": str(folder.parent), "GIT_EXTERNAL_DIFF": "false", "GIT_PAGER": "false",
        "GIT_SHALLOW_FILE": "/dev/null", "GIT_CONFIG": "/dev/null", "GIT_CONFIG_PARAMETERS": "'core.bare'='true'",
        "GIT_TRACE": str(tmp_path / "trace"), "GIT_GRAFT_FILE": "/dev/null", "GIT_PREFIX": "x/",
        "GIT_DIFF_OPTS": "-u9", "GIT_GLOB_PATHSPECS": "1", "LANGUAGE": "de", "LC_MESSAGES": "de_DE",
    }  # fmt: skip

    with Repository.open(folder, redirected) as repository:
        new, _, _ = every_act(repository, who)

    assert git(folder, "rev-parse", "main").strip() == new
    assert (git(other, "for-each-ref"), (other / ".git/index").read_bytes()) == before
    assert not (tmp_path / "trace").exists()


def test_replaced_objects_are_not_replaced_for_us(folder, repository, git, who):
    """A replace ref shows other content under an id; we read what the id says."""
    tip = repository.resolve("HEAD")
    evil = repository.write_commit(repository.edit_tree(None, {"train.py": b"evil\n"}), [], "evil", who, who)
    git(folder, "replace", tip, evil)

    assert git(folder, "show", f"{tip}:train.py") == "evil\n"
    assert repository.blob_at(tip, "train.py") == b"print('training')\n"
    assert repository.is_ancestor(evil, tip) is False


def test_configuration_of_the_environment_cannot_switch_hooks_on(folder, environ, who, poisoned):
    """Our own settings are said last."""
    extra = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.hooksPath",
        "GIT_CONFIG_VALUE_0": str(poisoned.parent / "hooks"),
    }

    with Repository.open(folder, environ | extra) as repository:
        every_act(repository, who)

    assert not poisoned.exists()


def test_a_git_dir_of_the_environment_makes_no_repository(tmp_path, environ, folder):
    """Outside is outside."""
    with pytest.raises(NotFoundError):
        Repository.open(tmp_path, environ | {"GIT_DIR": str(folder / ".git")})


def test_what_reaches_a_remote_stays_in_the_environment():
    """Agents, askpass, proxies and the user's own configuration files."""
    wanted = {
        "SSH_AUTH_SOCK": "s", "GIT_SSH_COMMAND": "ssh -i k", "GIT_ASKPASS": "a", "HTTPS_PROXY": "p", "HOME": "h",
        "GIT_CONFIG_GLOBAL": "g", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "k",
        "GIT_CONFIG_VALUE_0": "v", "GIT_SSL_CAINFO": "c", "PATH": "/p",
    }  # fmt: skip

    assert wanted.items() <= clean_environment(wanted).items()


def test_protocols_are_never_more_than_ours():
    """Somebody's shorter list is kept; a longer one is not."""
    allowed = [
        clean_environment({"GIT_ALLOW_PROTOCOL": text})["GIT_ALLOW_PROTOCOL"] for text in ("ext:ssh", "")
    ]

    assert allowed == ["ssh", ""]
    assert "ext" not in clean_environment({})["GIT_ALLOW_PROTOCOL"]


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        (".:/usr/bin:/bin", "/usr/bin:/bin"),
        (":/usr/bin", "/usr/bin"),
        ("/usr/bin::bin:/bin", "/usr/bin:/bin"),
        ("", "/bin:/usr/bin"),
        ("bin", "/bin:/usr/bin"),
    ],
)
def test_programs_are_looked_for_in_whole_paths_only(path, kept):
    """Git runs in the repository's folder, so that `.` in PATH would be whoever wrote there."""
    assert clean_environment({"PATH": path})["PATH"] == kept
