"""Registering in a registry that is shared: candidates and artifacts are there before anything names them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from desk import Desk, calm
from forge_desk import ForgeDesk

from gitreg.domain.version import VersionNumber
from gitreg.errors import CredentialsError
from gitreg.mlflow_plugin.models.store import ModelRegistryStore
from gitreg.store import Author
from gitreg.workflows.publishing.exchange import fetch
from gitreg.workflows.validating.validate import validate_change
from gitreg.workflows.versions.edit_registered import NewModel, register_model
from gitreg.workflows.versions.new_version import Told
from gitreg.workflows.versions.register_version import Done, Registration, register_version
from gitreg.workflows.versions.registered import Shelves, find_registered
from gitreg.workflows.versions.registered_source import OfCandidate

ADA = Author("Ada Example", "ada@example.com", datetime(2026, 11, 23, 9, 0, tzinfo=UTC))
CANDIDATES = "refs/heads/gitreg/candidates"


def register(desk: Desk, candidate: str, at: Path | None = None) -> Done:
    wanted = Registration("churn", Told(source=f"runs:/{candidate}/"), OfCandidate(candidate))
    return register_version(desk.open(at), wanted, Shelves(), ADA, calm())


@pytest.fixture
def shared_desk(desk: Desk) -> Desk:
    """A registry with a remote, and a model in it."""
    desk.log()
    desk.share()
    register_model(desk.registry, NewModel("churn"), Shelves(), ADA)
    return desk


def test_what_a_version_names_is_shared_before_it(shared_desk: Desk) -> None:
    """Another clone has the candidate, and the storage has the artifacts."""
    candidate = shared_desk.log(metrics={"auc": 0.95})
    register(shared_desk, candidate.id)

    there = shared_desk.open(shared_desk.clone())
    path = f"experiments/churn/candidates/{candidate.id[:2]}/{candidate.id}.yaml"
    assert there.candidates.file(path) == there.accepted.file("models/churn/versions/1.0.0/candidate.yaml")
    assert there.accepted.commit
    assert validate_change(there, None, there.accepted.commit, storage=True).findings == ()


def test_what_another_clone_logged_is_registered_here(shared_desk: Desk) -> None:
    """Its bytes come from the storage."""
    clone = shared_desk.clone()
    candidate = shared_desk.log(metrics={"auc": 0.95})
    register(shared_desk, candidate.id)
    fetch(shared_desk.open(clone), ADA)

    assert str(register(shared_desk, candidate.id, clone).record) == "churn 1.1.0"


def test_a_refusal_leaves_the_candidate_and_nothing_else(shared_desk: Desk) -> None:
    """Nothing that was trained is lost by it."""
    hook = shared_desk.path.parent / "remote.git" / "hooks" / "update"
    hook.write_text("#!/bin/sh\n[ $1 != refs/heads/main ]\n")
    hook.chmod(0o755)
    candidate, before = shared_desk.log(), shared_desk.tip()

    with pytest.raises(CredentialsError, match="without review"):
        register(shared_desk, candidate.id)
    assert shared_desk.tip() == before
    assert candidate.id in shared_desk.git(
        "ls-tree", "-r", "--name-only", CANDIDATES, at=shared_desk.path.parent / "remote.git"
    )


def test_a_proposal_says_where_it_is_seen(shared: ForgeDesk) -> None:
    """By its merge request where this clone was told of it, else on the page of the branch's merge requests."""
    shared.let_in()
    desk = shared.desk
    text = desk.read("gitreg.yaml").decode().replace("registration: direct", "registration: proposal")
    desk.git("fetch", "-q", "origin")
    desk.commit({"gitreg.yaml": text.encode()})
    desk.git("push", "-q", "origin", "main")
    fetch(desk.registry, ADA)
    register_model(desk.registry, NewModel("churn"), Shelves(), ADA)
    done = register(desk, shared.candidate.id)

    found = find_registered(desk.registry, "churn", Shelves())
    assert found is not None
    waiting = found.version(VersionNumber(1, 0, 0))
    assert waiting is not None
    assert (waiting.state, waiting.branch) == ("proposed", "gitreg/promote/churn/v1.0.0")
    assert done.url is not None
    assert done.url.startswith(shared.forge.url)
    store = ModelRegistryStore(f"gitreg://{desk.path}")
    assert store.get_model_version("churn", 1).tags["gitreg.url"] == done.url
    desk.commit({"note": b"somebody else's"}, "refs/remotes/origin/gitreg/promote/churn/v1.0.0")
    url = store.get_model_version("churn", 1).tags["gitreg.url"]
    assert url.startswith(f"{shared.forge.url}/group/project/-/merge_requests?")
    assert "gitreg%2Fpromote%2Fchurn%2Fv1.0.0" in url
