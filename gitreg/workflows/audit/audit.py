"""The whole account: every statement verified once, the chains of stages followed, and what waits beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gitreg.documents import layout
from gitreg.errors import NotFoundError
from gitreg.workflows.audit.approving import FOLDER, examine_approvals
from gitreg.workflows.audit.chains import chains_of, check_chains
from gitreg.workflows.audit.entry import Audit, Entry
from gitreg.workflows.audit.examine import examine
from gitreg.workflows.audit.line import Line
from gitreg.workflows.audit.outweigh import outweigh
from gitreg.workflows.audit.waiting import waiting
from gitreg.workflows.registry import Registry
from gitreg.workflows.searching.find import models_in
from gitreg.workflows.verification.case import Case
from gitreg.workflows.verification.hearing import Written, first_notes, opened_case, remember
from gitreg.workflows.verification.result import Log, VerifyOptions

ORDER = ("accept", "approve", "release", "resign", "retire", "assign", "unknown")
"""Acts of one commit: nobody assigns what is not released, nor releases what nobody accepted."""
NOWHERE = 1 << 62
CLOCKS = "No clock is trusted: dates are what signers and mergers claim; order is by the accepted branch and by the stages' chains."


def audit(
    registry: Registry, options: VerifyOptions, *, model: str | None = None, stage: str | None = None
) -> Audit:
    """Who proposed, approved, merged, signed, assigned and retired what, by the tags and the accepted branch alone.

    What does not verify is in the account, with the step that refuses it.

    Args:
        registry: the registry; its repository is looked at as `verify` does.
        options: how to verify; retired versions are taken in any case.
        model: only this one's.
        stage: only what was assigned to this stage, and who approved that.

    Raises:
        NotFoundError: there is no such model, and there never was one.
        VerificationError: the registry as a whole is refused (store, root), or what was seen cannot be written.
        RemoteError: the remote cannot be reached.
    """
    with opened_case(registry, model, replace(options, retired=True), Log()) as (log, case):
        line = Line(case.repository, case.tip)
        entries = _entries(replace(case, line=line.commits), line, model)
        if model is not None and not entries and model not in models_in(case.accepted):
            raise NotFoundError(f"there is no model {model!a}", hint="gitreg model list")
        log.run("state", _remember, registry, case, entries)
        shown = [entry for entry in entries if _is_wanted(entry, model, stage)]
        root = case.trust.detail
        notes = (*first_notes(registry, case, options), CLOCKS)
        return Audit(tuple(sorted(shown, key=_place)), case.tip, root, notes)


def _entries(case: Case, line: Line, model: str | None) -> list[Entry]:
    refs = sorted(case.refs)
    examined = [examine(case, line, ref) for ref in refs if not ref.startswith(FOLDER)]
    approvals = examine_approvals(case, line, examined, [ref for ref in refs if ref.startswith(FOLDER)])
    entries = check_chains(case, [*(one.entry for one in examined), *approvals])
    return outweigh(case, [*entries, *waiting(case, line, model, entries)])


def _is_wanted(entry: Entry, model: str | None, stage: str | None) -> bool:
    """What belongs to nothing in particular is everybody's finding."""
    if entry.action == "unknown":
        return model is None or entry.model == model or f"/{model}/" in (entry.tag or "")
    return model in {None, entry.model} and stage in {None, entry.stage}


def _place(entry: Entry) -> tuple[object, ...]:
    """By the accepted branch, then by what must come first; what is not on the branch comes last."""
    version = str(entry.version or "")
    return (
        entry.place or NOWHERE, entry.model, ORDER.index(entry.action), entry.stage or "", entry.number or 0, version,
        entry.tag or "",
    )  # fmt: skip


def _remember(registry: Registry, case: Case, entries: Sequence[Entry]) -> Written:
    """Step 14: the tags that verified, and the stages whose chains do."""
    good = [
        entry for entry in entries if entry.result == "verified" and entry.tag and entry.action != "approve"
    ]
    tags = {entry.tag or "": str(entry.object) for entry in good if layout.parse_tag(entry.tag or "")}
    whole = {
        f"{model}/{stage}": chain[-1].number or 0
        for (model, stage), chain in chains_of(entries).items()
        if all(entry.result != "refused" for entry in chain) and chain[-1].result == "verified"
    }
    return remember(registry, case, tags, whole)
