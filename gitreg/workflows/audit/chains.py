"""The chains of a registry's stages, link by link, and what was seen before and is gone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from gitreg.documents import layout
from gitreg.workflows.audit.entry import Entry, Refusal
from gitreg.workflows.verification.case import Case

Stage = tuple[str, str]
"""A model and a stage of it."""


def chains_of(entries: Iterable[Entry]) -> dict[Stage, list[Entry]]:
    """The assignments of every stage, by number."""
    found: dict[Stage, list[Entry]] = {}
    for entry in entries:
        if entry.action == "assign" and entry.stage and entry.tag:
            found.setdefault((entry.model, entry.stage), []).append(entry)
    return {stage: sorted(chain, key=_number) for stage, chain in sorted(found.items())}


def check_chains(case: Case, entries: Sequence[Entry]) -> list[Entry]:
    """All entries again: assignments whose link does not hold are marked, and what is missing stands where it belongs."""
    others = [entry for entry in entries if entry.action != "assign"]
    chains = chains_of(entries)
    linked = [one for chain in chains.values() for one in _linked(chain)]
    return [*others, *linked, *_lost(case, chains)]


def _linked(chain: Sequence[Entry]) -> list[Entry]:
    """Each after the one it follows; a gap is one entry, however wide somebody made it."""
    found: list[Entry] = []
    before: Entry | None = None
    for entry in chain:
        first = _number(before) + 1 if before else 1
        if _number(entry) > first:
            found.append(_gap(entry, first, _number(entry) - 1))
        found.append(_after(entry, before if _number(entry) == first else None))
        before = entry
    return found


def _number(entry: Entry) -> int:
    return entry.number or 0


def _gap(following: Entry, first: int, last: int) -> Entry:
    """Assignments that are not there, though a later one is."""
    stage = following.stage or ""
    said = f"assignment {first} is" if first == last else f"assignments {first} to {last} are"
    return Entry(
        "assign",
        following.model,
        layout.stage_tag(following.model, stage, last),
        stage=stage,
        number=last,
        place=following.place,
        refusal=Refusal("stage", f"{said} missing, though assignment {following.number} of {stage} is there"),
    )


def _after(entry: Entry, before: Entry | None) -> Entry:
    """The entry, refused where it does not follow the one before it, with a note where claims contradict the order."""
    if entry.refusal is not None or entry.statement is None or entry.number == 1:
        return entry
    said = before.statement if before else None
    if said is None or said.digest != entry.statement.previous:
        follows = "cannot be read" if said is None else "is another statement than it names"
        reason = f"assignment {_number(entry) - 1}, which it follows, {follows}"
        return replace(entry, refusal=Refusal("stage", reason))
    return replace(entry, notes=(*entry.notes, *_contradictions(entry, before)))


def _contradictions(entry: Entry, before: Entry | None) -> list[str]:
    notes = []
    if before is not None and entry.tagged and before.tagged and entry.tagged.when < before.tagged.when:
        notes.append(f"claims to be signed before assignment {before.number}, which it follows")
    if before is not None and entry.place and before.place and entry.place < before.place:
        notes.append(f"is of an earlier commit than assignment {before.number}, which it follows")
    return notes


def _lost(case: Case, chains: Mapping[Stage, Sequence[Entry]]) -> list[Entry]:
    """Tags and assignments that this verifier has seen, and that are not there any more."""
    gone = [_gone(ref, "tags never go") for ref in case.seen.tags if ref not in case.refs]
    known = {entry.tag for entry in gone}
    for stage, seen in case.seen.stages.items():
        model, _, name = stage.partition("/")
        chain, ref = chains.get((model, name), ()), f"refs/tags/stage/{stage}/{seen}"
        if (not chain or _number(chain[-1]) < seen) and ref not in known:
            gone.append(_gone(ref, "somebody holds news back"))
    return gone


def _gone(ref: str, why: str) -> Entry:
    identity = layout.parse_tag(ref)
    refusal = Refusal("memory", f"it was seen before and is gone: {why}")
    if identity is None:
        return Entry("unknown", "", ref, refusal=refusal)
    return Entry(
        "assign" if identity.action == "stage" else identity.action,
        identity.model,
        ref,
        version=identity.version,
        stage=identity.stage,
        number=identity.number,
        refusal=refusal,
    )


def vouched(chain: Sequence[Entry]) -> dict[str, Entry]:
    """For tags of a chain the later assignment that verifies and names them, by links without a break."""
    found: dict[str, Entry] = {}
    by: Entry | None = None
    for at in range(len(chain) - 1, 0, -1):
        entry, following = chain[at - 1], chain[at]
        by = following if following.refusal is None else by
        if by is None or not _follows(following, entry):
            by = None
        elif entry.tag is not None:
            found[entry.tag] = by
    return found


def _follows(entry: Entry, before: Entry) -> bool:
    said, names = before.statement, entry.statement
    return said is not None and names is not None and names.previous == said.digest
