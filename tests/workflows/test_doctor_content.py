"""The doctor finds artifact bytes that are not where they should be."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from clinic import Clinic
from desk import Desk


def _push(desk: Desk) -> None:
    desk.log()
    desk.share()
    clinic = Clinic(desk, desk.path)
    assert clinic.run("gitreg push").returncode == 0


@pytest.fixture
def pushed(furnished: Callable[[Callable[[Desk], None]], Desk]) -> Clinic:
    """A registry with one candidate, whose artifacts are in the storage."""
    desk = furnished(_push)
    return Clinic(desk, desk.path)


def _storage(clinic: Clinic) -> Path:
    return Path(f"{clinic.desk.path}-store")


def test_what_the_storage_lost_is_sent_again(pushed: Clinic) -> None:
    """With --deep, what is in the cache and not in the storage is found, and the command sends it."""
    shutil.rmtree(_storage(pushed) / "files")

    assert pushed.codes() == []
    pushed.mend("not-stored", "--deep")

    assert pushed.run("rm -rf .dvc/cache && gitreg artifacts churn/latest -o /dev/null").returncode != 70
    assert pushed.run(f"gitreg artifacts churn/latest -o {pushed.desk.path.parent}/back").returncode == 0


def test_what_nobody_has_is_named(pushed: Clinic) -> None:
    """Neither here nor there: the candidate is named, and hiding it is what is left."""
    shutil.rmtree(_storage(pushed) / "files")
    shutil.rmtree(pushed.place / ".dvc/cache")

    found = pushed.mend("artifacts-lost", "--deep")

    assert "churn/" in found["what"]


def test_unpublished_candidates_are_always_looked_at(pushed: Clinic) -> None:
    """What was not pushed yet needs no --deep: nobody else could have it."""
    pushed.desk.log(artifacts={"other.bin": b"other"})
    shutil.rmtree(pushed.place / ".git/gitreg/unpushed")
    shutil.rmtree(pushed.place / ".dvc/cache")

    pushed.mend("artifacts-lost")


def test_versions_are_looked_at_when_all_is(desk: Desk) -> None:
    """What an accepted version needs and nobody has is found by --deep; no command here brings it back."""
    desk.released()
    clinic = Clinic(desk, desk.path)
    clinic.run("gitreg push")
    for lost in (_storage(clinic) / "files", clinic.place / ".dvc/cache"):
        shutil.rmtree(lost)

    found = [one for one in clinic.findings("--deep") if one["code"] == "artifacts-lost"]

    assert any("models/churn/versions/1.0.0" in one["what"] and one["command"] is None for one in found)


def test_a_storage_that_is_not_configured_is_named(pushed: Clinic) -> None:
    """The accepted branch names a storage that no configuration describes."""
    pushed.run("git rm -q --cached .dvc/config && git commit -q -m Gone && git push -q origin main")

    found = pushed.find("no-storage")

    store = _storage(pushed)
    done = pushed.run(found["command"].replace("URL", f"'{store}'"))
    assert found["severity"] == "error"
    assert done.returncode in {0, 1, 3}
    assert "gitreg storage set" in found["command"]


def test_a_storage_that_does_not_answer_is_named(pushed: Clinic) -> None:
    """A server that is not there; --offline does not ask it."""
    pushed.run("git show origin/main:.dvc/config > .dvc/config.local")
    config = pushed.place / ".dvc/config.local"
    config.write_text("['remote \"store\"']\n    url = webdav://127.0.0.1:9/nothing\n")

    codes = pushed.codes()

    assert {"storage-unreachable", "no-storage"} & set(codes)
    assert not {"storage-unreachable", "no-storage"} & set(pushed.codes("--offline"))
