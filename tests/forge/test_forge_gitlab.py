"""GitLab by its API: one merge request for a branch, whoever calls and however often, and people's edits stay."""

from __future__ import annotations

from gitreg.forge.gitlab import GitLab


def test_first_proposal_opens_it(world, forge: GitLab):
    """With the title and the description that are wanted, and its branch goes when it is merged."""
    request = forge.propose(world.wanted())

    [made] = world.standin.merge_requests
    assert (request.number, request.state, request.branch, request.target) == (
        1,
        "opened",
        made.source,
        "main",
    )
    assert request.url == f"{world.standin.url}/group/project/-/merge_requests/1"
    assert request.commit == world.wanted().commit
    assert made.title == "Promote churn 1.2.0"
    assert made.description.startswith("AUC 0.93")
    assert made.remove_source
