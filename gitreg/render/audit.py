"""An audit as a table and as JSON: a row for each act, and a row for each stage that something served in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from gitreg.domain.gate import GateResult
from gitreg.domain.times import time_text
from gitreg.render.rows import short_time
from gitreg.render.table import Table, table_of
from gitreg.workflows.audit.entry import Act, Entry, Refusal
from gitreg.workflows.audit.serving import Serving

SHORT_KEY = 15
"""`SHA256:` and eight characters more: enough to tell keys apart, not to compare one."""
LONGEST_NAME = 60
BRIEF = ("act", "verifies", "signer", "signed", "key", "approved by", "merged by", "gates", "notes")
WHOLE = (
    "place", "action", "model", "version", "stage", "number", "result", "step", "reason", "outweighed_by", "signer",
    "fingerprint", "tagger", "signed", "approvers", "reported_approvals", "proposed_by", "proposed", "merged_by", "merged",
    "commit", "gates", "merge_request", "tag", "notes",
)  # fmt: skip
SERVED_BRIEF = ("model", "verifies", "stage", "version", "since", "signer", "key", "notes")
SERVED = (
    "model", "stage", "version", "since", "number", "result", "step", "reason", "signer", "fingerprint", "tag", "commit",
    "release", "released_by", "notes",
)  # fmt: skip


def audit_table(entries: Sequence[Entry], *, brief: bool, cut: bool = True) -> Table:
    """Acts, one a row; `brief` for people, with whole keys unless they are to be cut."""
    if brief:
        return _filled(BRIEF, [_brief(entry, cut=cut) for entry in entries])
    rows = [_flat(entry_json(entry)) for entry in entries]
    return table_of(WHOLE, [[row[title] for title in WHOLE] for row in rows], ("place", "number"))


def entry_json(entry: Entry) -> Mapping[str, Any]:
    """An act for programs."""
    said, refusal = entry.statement, entry.refusal
    return {
        "place": entry.place,
        "action": entry.action,
        "model": entry.model or None,
        "version": str(entry.version) if entry.version else None,
        "stage": entry.stage,
        "number": entry.number,
        "result": entry.result,
        "step": refusal.step if refusal else None,
        "reason": refusal.reason if refusal else None,
        "outweighed_by": entry.outweighed_by,
        "signer": entry.signer,
        "fingerprint": entry.fingerprint,
        "tagger": entry.tagged.who if entry.tagged else None,
        "signed": _time(entry.tagged),
        "approvers": list(entry.approvers),
        "reported_approvals": list(said.approved_by) if said else [],
        "proposed_by": entry.proposed.who if entry.proposed else None,
        "proposed": _time(entry.proposed),
        "merged_by": entry.merged.who if entry.merged else None,
        "merged": _time(entry.merged),
        "commit": entry.commit,
        "gates": [{"kind": gate.kind, "result": gate.result, "detail": gate.detail} for gate in entry.gates],
        "merge_request": said.merge_request if said else None,
        "tag": entry.tag,
        "notes": list(entry.notes),
    }


def serving_table(found: Sequence[Serving], *, brief: bool, cut: bool = True) -> Table:
    """What served, a row for each stage."""
    if brief:
        return _filled(SERVED_BRIEF, [_served_brief(one, cut=cut) for one in found])
    rows = [_flat(serving_json(one)) for one in found]
    return table_of(SERVED, [[row[title] for title in SERVED] for row in rows], ("number",))


def serving_json(one: Serving) -> Mapping[str, Any]:
    """What served in a stage, for programs."""
    by, refusal = one.assignment, one.refusal
    return {
        "model": one.model,
        "stage": one.stage,
        "version": str(one.version) if one.version else None,
        "since": time_text(one.since) if one.since else None,
        "number": by.number if by else None,
        "result": one.result,
        "step": refusal.step if refusal else None,
        "reason": refusal.reason if refusal else None,
        "signer": by.signer if by else None,
        "fingerprint": by.fingerprint if by else None,
        "tag": by.tag if by else None,
        "commit": by.commit if by else None,
        "release": one.release.tag if one.release else None,
        "released_by": one.release.signer if one.release else None,
        "notes": list(one.notes),
    }


def _filled(titles: Sequence[str], rows: Sequence[Sequence[str | None]]) -> Table:
    """A table without the columns in which nothing stands."""
    wanted = [at for at, _ in enumerate(titles) if any(row[at] for row in rows) or not rows]
    return table_of([titles[at] for at in wanted], [[row[at] for at in wanted] for row in rows])


def _brief(entry: Entry, *, cut: bool) -> list[str | None]:
    return [
        _act(entry, cut=cut),
        _verdict(entry.result, entry.refusal),
        entry.signer or (f"({entry.tagged.who})" if entry.tagged else None),
        _short(entry.tagged.when if entry.tagged else None),
        _key(entry.fingerprint, cut=cut),
        _approved(entry),
        entry.merged.who.partition(" <")[0] if entry.merged else None,
        _counted(entry.gates),
        _remarks(entry.refusal, entry.outweighed_by, entry.notes),
    ]


def _act(entry: Entry, *, cut: bool) -> str:
    """`assign churn 1.2.0 to production (3)`; of a tag of no meaning its name."""
    if entry.action == "unknown":
        is_long = cut and len(entry.name) > LONGEST_NAME
        return f"unknown {entry.name[:LONGEST_NAME]}..." if is_long else f"unknown {entry.name}"
    words = [entry.action, entry.model, str(entry.version or ("none" if entry.stage else ""))]
    words += [f"to {entry.stage}"] if entry.stage else []
    words += [f"({entry.number})"] if entry.number else []
    return " ".join(filter(None, words))


def _approved(entry: Entry) -> str:
    reported = entry.statement.approved_by if entry.statement else ()
    return ", ".join([*entry.approvers, *(f"{name} (reported)" for name in reported)])


def _counted(gates: Sequence[GateResult]) -> str:
    """`2 passed, 1 skipped`."""
    results = [gate.result for gate in gates]
    return ", ".join(f"{results.count(one)} {one}" for one in dict.fromkeys(results))


def _verdict(result: str, refusal: Refusal | None) -> str:
    """`yes`, `NO: signature`, `outweighed`, or `unsigned`: whether it verifies, in a word or two."""
    if result == "verified":
        return "yes"
    return f"NO: {refusal.step}" if refusal and result == "refused" else result


def _remarks(refusal: Refusal | None, outweighed_by: str | None, notes: Sequence[str]) -> str:
    """Why it does not verify, what says the same, and what else a reader should know."""
    why = [f"{refusal.step}: {refusal.reason}" if outweighed_by else refusal.reason] if refusal else []
    by = [f"{outweighed_by} says the same"] if outweighed_by else []
    return "; ".join([*by, *why, *notes])


def _served_brief(one: Serving, *, cut: bool) -> list[str | None]:
    by = one.assignment
    return [
        one.model,
        _verdict(one.result, one.refusal),
        one.stage,
        str(one.version or ("none" if by and not one.refusal else "?")),
        _short(one.since),
        by.signer if by else None,
        _key(by.fingerprint if by else None, cut=cut),
        _remarks(one.refusal, None, one.notes),
    ]


def _key(fingerprint: str | None, *, cut: bool) -> str | None:
    if fingerprint is None or not cut or len(fingerprint) <= SHORT_KEY:
        return fingerprint
    return fingerprint[:SHORT_KEY]


def _flat(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same with lists as text, for cells."""
    return {key: _text(value) if isinstance(value, list) else value for key, value in row.items()}


def _text(values: Sequence[Any]) -> str:
    words = [
        f"{one['kind']} {one['result']}: {one['detail']}" if isinstance(one, dict) else one for one in values
    ]
    return "; ".join(words)


def _time(act: Act | None) -> str | None:
    return time_text(act.when) if act else None


def _short(moment: datetime | None) -> str | None:
    """To the minute: the second is nobody's proof."""
    return short_time(moment)[:16] if moment else None
