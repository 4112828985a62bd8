"""What is going on, for people and for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitreg.domain.times import time_text
from gitreg.forge.base import MergeRequest
from gitreg.render.page import Page
from gitreg.render.rows import short_time
from gitreg.render.sizes import size_text
from gitreg.workflows.doctor.status import DraftState, Status
from gitreg.workflows.proposing.proposals import Proposal
from gitreg.workflows.releasing.release import Due


def status_page(status: Status) -> str:
    """Each matter that is open, with the command that goes on with it."""
    page = Page()
    page.section("running", [(one.id[:8], _draft(one)) for one in status.drafts])
    waiting = status.unpushed
    page.section("unpushed (gitreg push)", [
        (name, words)
        for name, count, words in (
            ("candidates", waiting.candidates, f"{waiting.candidates} new or changed"),
            ("logged models", waiting.models, f"{waiting.models} new or changed"),
            ("artifacts", waiting.objects, f"{waiting.objects} objects, {size_text(waiting.size)}"),
        )
        if count
    ])  # fmt: skip
    page.section(
        "proposed (review, or gitreg release --merge)",
        [_proposal(one, status.known.requests.get(one.name)) for one in status.proposals],
    )
    page.section(
        "accepted, not signed (gitreg release)", [(_tag(one), one.statement.title) for one in status.due]
    )
    return page.text() or "nothing is running, unpushed, proposed or unsigned\n"


def status_json(status: Status) -> Mapping[str, Any]:
    """The same for programs."""
    return {
        "drafts": [
            {
                "id": one.id, "experiment": one.experiment, "state": one.liveness,
                "started": time_text(one.started) if one.started else None,
                "heard": time_text(one.heard) if one.heard else None, "fault": one.fault,
            }
            for one in status.drafts
        ],
        "unpushed": {
            "candidates": status.unpushed.candidates, "models": status.unpushed.models,
            "objects": status.unpushed.objects, "size": status.unpushed.size,
        },
        "proposals": [
            {
                "branch": one.name, "kind": one.kind, "model": one.model, "commit": one.commit,
                "request": _request(status.known.requests.get(one.name)),
            }
            for one in status.proposals
        ],
        "due": [{"tag": _tag(one), "title": one.statement.title, "commit": one.commit} for one in status.due],
        "remote": status.remote,
    }  # fmt: skip


def _draft(one: DraftState) -> str:
    if one.fault or one.started is None or one.heard is None:
        return f"cannot be read: {one.fault}"
    words = {
        "running": "running",
        "dead": "its process is gone (gitreg recover)",
        "elsewhere": "runs on another machine, or did before this one started",
    }
    return (
        f"{one.experiment}, {words.get(str(one.liveness), '?')}, since {short_time(one.started)},"
        f" last heard of {short_time(one.heard)}"
    )


def _proposal(one: Proposal, request: MergeRequest | None) -> tuple[str, str]:
    words = ["on the remote"] if one.shared else []
    if request is not None:
        marks = [
            word for word, is_so in (("draft", request.draft), ("conflicts", request.has_conflicts)) if is_so
        ]
        words = [" ".join([request.state, *marks, request.url])]
    if one.kind == "trust":
        words.append("it may lack signatures: gitreg key show --proposed")
    return one.name, "; ".join(words)


def _request(request: MergeRequest | None) -> Mapping[str, Any] | None:
    if request is None:
        return None
    return {"number": request.number, "url": request.url, "state": request.state, "draft": request.draft}


def _tag(one: Due) -> str:
    return one.tag.removeprefix("refs/tags/")
