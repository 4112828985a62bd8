"""Reports in clones as CI jobs have them: shallow, detached, of one ref, without candidate branch and tags."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from desk import Desk

from gitreg.documents import places
from gitreg.documents.writer import write
from gitreg.errors import NotFoundError, RemoteError
from gitreg.render.report_markdown import report_markdown
from gitreg.workflows.report import Report, build_report

BRANCH = "gitreg/promote/churn/v1.1.0"
Job = Callable[..., Path]


@pytest.fixture
def shared(review: Desk, tmp_path: Path) -> Path:
    """A bare repository with all that the reviewed registry has; it gives parts of itself, as forges do."""
    remote = tmp_path / "remote.git"
    review.git("clone", "-q", "--mirror", str(review.path), str(remote), at=tmp_path)
    for key in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
        review.git("config", key, "true", at=remote)
    return remote


@pytest.fixture
def job(review: Desk, shared: Path, tmp_path: Path) -> Job:
    """A clone as GitLab's runner makes it for a merge request's pipeline; it brings the storage's place of the user."""

    def make(name: str = "job", branch: str = BRANCH) -> Path:
        folder = tmp_path / name
        review.git("init", "-q", str(folder), at=tmp_path)
        review.git("remote", "add", "origin", f"file://{shared}", at=folder)
        target = "refs/remotes/origin/merge-requests/1/head"
        review.git(
            "fetch", "-q", "--depth", "20", "--no-tags", "origin", f"+refs/heads/{branch}:{target}", at=folder
        )
        review.git("checkout", "-q", "-f", "--detach", target, at=folder)
        review.git("clean", "-q", "-ffdx", at=folder)
        return folder

    return make


def test_a_job_s_report_is_the_same(review: Desk, report: Report, job: Job) -> None:
    """Everything that is missing is brought: gates, goals, curves, files and what is compared with."""
    made = build_report(review.open(job()), BRANCH)

    assert report_markdown(made) == report_markdown(report)
    assert made.curves == report.curves
    assert made.notes == ()


def test_only_what_belongs_to_the_candidates_is_brought(review: Desk, job: Job) -> None:
    """The clone gets neither the candidate branch nor a promisor remote, and stays shallow as it was."""
    folder = job()
    before = (folder / ".git/config").read_text()

    build_report(review.open(folder), BRANCH)

    assert (folder / ".git/config").read_text() == before
    refs = review.git("for-each-ref", "--format=%(refname)", at=folder).splitlines()
    assert not [ref for ref in refs if "candidates" in ref]
    assert review.git("status", "--porcelain", at=folder) == ""


def test_a_remote_that_knows_no_filters_will_do(review: Desk, report: Report, job: Job, shared: Path) -> None:
    """It gives the whole tip of the candidate branch, and objects by id to nobody."""
    for key in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
        review.git("config", "--unset", key, at=shared)

    made = build_report(review.open(job()), BRANCH)

    assert (made.curves, made.notes) == (report.curves, ())


def test_a_proposal_does_not_say_which_branch_judges_it(
    review: Desk, report: Report, job: Job, shared: Path
) -> None:
    """In a job's clone the proposal is all there is; the remote's default branch says which one counts."""
    settings = review.read(places.REGISTRY)
    other = settings.replace(b"accepted_branch: main", b"accepted_branch: evil")
    assert other != settings
    review.commit({places.REGISTRY: other}, f"refs/heads/{BRANCH}", shared)
    review.git("update-ref", "refs/heads/evil", f"refs/heads/{BRANCH}", at=shared)

    made = build_report(review.open(job()), BRANCH)

    assert made.checked.results == report.checked.results
    assert made.warnings == (f"it changes more than a promotion does: {places.REGISTRY}",)


def test_a_whole_clone_asks_nobody(review: Desk, report: Report, shared: Path, tmp_path: Path) -> None:
    """Where accepted branch, proposal and candidates are here already, the remote may be away."""
    folder = tmp_path / "whole"
    review.git("clone", "-q", f"file://{shared}", str(folder), at=tmp_path)
    shared.rename(tmp_path / "away.git")

    assert build_report(review.open(folder), BRANCH).metrics == report.metrics


def test_a_remote_that_is_away_is_said_so(review: Desk, job: Job, shared: Path, tmp_path: Path) -> None:
    """Nothing can be judged without the accepted branch."""
    folder = job()
    shared.rename(tmp_path / "away.git")

    with pytest.raises(RemoteError):
        build_report(review.open(folder), BRANCH)


def test_a_registry_without_candidates_is_reported(review: Desk, job: Job, shared: Path) -> None:
    """Somebody deleted the branch: directions and curves are not known, and the rest is."""
    review.git("update-ref", "-d", "refs/heads/gitreg/candidates", at=shared)
    model = review.model().model_copy(update={"gates": []})
    review.commit({places.model_path("churn"): write(model)}, at=shared)

    made = build_report(review.open(job()), BRANCH)

    assert made.curves.plots == ()
    assert len(made.notes) == 2
    assert all("candidate branch here has no artifacts" in note for note in made.notes)


@pytest.mark.parametrize("reference", ["churn!9.9.9", "gitreg/promote/churn/v9.9.9", "nobody@1.0.0"])
def test_what_is_nowhere_is_not_found(review: Desk, job: Job, reference: str) -> None:
    """Asked of the remote first, where it is not here."""
    with pytest.raises(NotFoundError):
        build_report(review.open(job()), reference)
