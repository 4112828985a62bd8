"""The gate that asks for files of allowed formats, as their content tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import get_args

from gitreg.domain.gate import FormatName, FormatsGate, GateResult
from gitreg.gates.base import Evidence, FileFacts, few, judged
from gitreg.gates.content import EMPTY


def judge(gate: FormatsGate, evidence: Evidence) -> GateResult:
    """Passes when each file can be taken for nothing but what is allowed, and no scanner has found anything."""
    if evidence.files is None:
        return judged(gate.kind, ["it has no artifacts that could be looked at"], "")
    allowed = {*gate.allow, EMPTY}
    wrong = [f"{one.path} is {_words(one)}" for one in evidence.files if not _may(one, allowed)]
    faults = [f"{few(wrong)}, and allowed are {', '.join(gate.allow)}"] if wrong else []
    found = [f"{one.path}: {words}" for one in evidence.files for words in one.findings]
    faults += [few(found)] if found else []
    counts = Counter(_words(one) for one in evidence.files)
    return judged(gate.kind, faults, ", ".join(f"{count} {words}" for words, count in sorted(counts.items())))


def role_gate(formats: Sequence[str]) -> FormatsGate | None:
    """The same gate for what the trust files allow a model; None where they allow any.

    They may name a format that this gitreg does not know: no file is of it then.
    """
    if "any" in formats:
        return None
    known = [one for one in get_args(FormatName) if one in formats]
    return FormatsGate.model_construct(kind="formats", allow=known, scan=[])


def _may(one: FileFacts, allowed: set[str]) -> bool:
    return "any" in allowed or one.formats <= allowed


def _words(one: FileFacts) -> str:
    return " and ".join(sorted(one.formats))
