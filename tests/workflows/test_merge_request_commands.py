"""What the commands print of merge requests: the address on stdout, everything else on stderr."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from forge_desk import ForgeDesk

from gitreg.cli.entry import outcome

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(shared: ForgeDesk, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Calls the command line in this process, in the registry that is on a forge."""
    shared.let_in()
    for name in ("GITREG_TOKEN", "GITLAB_HOST"):
        monkeypatch.setenv(name, shared.desk.environ.get(name, ""))

    def call(*words: str) -> tuple[int, str, str]:
        shared.desk.close()
        capfd.readouterr()
        code = outcome(["-C", str(shared.desk.path), *words], shared.desk.environ)
        return (code, *capfd.readouterr())

    return call


def test_promote_prints_one_line(shared: ForgeDesk, command: Command) -> None:
    """Version and address, with a tab between; who merges it where, and what comes then, is for people."""
    words = ("promote", shared.candidate.id, "-m", "churn", "--title", "See @all, #1", "--draft")

    code, out, err = command(*words)

    assert (code, out) == (0, f"churn@1.0.0\t{shared.forge.url}/group/project/-/merge_requests/1\n")
    assert "  next: a reviewer merges it into main, then gitreg release churn@1.0.0\n" in err
    assert shared.forge.merge_requests[0].title == "Draft: See @\u2060all, #\u20601"
    assert shared.forge.executed == []


def test_a_rehearsal_names_the_forge(shared: ForgeDesk, command: Command) -> None:
    """And the source of the token; nothing is called."""
    code, out, err = command("promote", shared.candidate.id, "-m", "churn", "--dry-run")

    assert (code, out) == (0, "propose churn@1.0.0 on the branch gitreg/promote/churn/v1.0.0\n")
    assert (
        "note: merge requests are opened by GitLab's API on 127.0.0.1, with the token of GITREG_TOKEN" in err
    )
    assert shared.calls == []


def test_a_fault_after_the_push_is_told_in_three_lines(shared: ForgeDesk, command: Command) -> None:
    """What is there, what is not, what to type."""
    shared.forge.fault(403, method="POST", path="*/merge_requests", times=9)

    code, out, err = command("promote", shared.candidate.id, "-m", "churn")

    assert (code, out) == (4, "")
    assert (
        "error: gitreg/promote/churn/v1.0.0 is on origin, and its merge request is not known to be as it should"
        in err
    )
    assert "the same command again goes on from there" in err


def test_status_lists_open_ones(shared: ForgeDesk, command: Command) -> None:
    """With state and address; offline without, and where the forge does not answer with a note."""
    shared.promote(draft=True)
    url = f"{shared.forge.url}/group/project/-/merge_requests/1"

    assert f"opened draft {url}" in command("status")[1]
    [found] = json.loads(command("status", "--json")[1])["items"][0]["proposals"]
    assert found["request"] == {"number": 1, "url": url, "state": "opened", "draft": True}
    calls = len(shared.calls)
    assert url not in command("status", "--offline")[1]
    assert len(shared.calls) == calls
    shared.forge.fault(401, path="/api/*", times=9)
    code, out, err = command("status")
    assert (code, url in out) == (0, False)
    assert "gitreg/promote/churn/v1.0.0" in out
    assert "note: merge requests are not known:" in err


def test_other_proposals_print_the_address_too(shared: ForgeDesk, command: Command) -> None:
    """Here an edit; stages, retirements and keys go the same way."""
    shared.promote()
    shared.forge.merge(1)

    code, out, err = command("model", "edit", "churn", "--description", "New words")

    assert (code, out) == (0, f"{shared.forge.url}/group/project/-/merge_requests/2\n")
    assert "a reviewer merges it into main" in err
