"""What served in each stage at a date: by the order of the chains, and the dates that signers and mergers claim.

A claimed date can be wrong, an order cannot. An assignment cannot have been signed before the one that it names, nor before the
commit that it is of. Where the dates of a chain run against its order, it served between the earliest and the latest that fit; if
that leaves more than one answer, the answer says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gitreg.domain.version import VersionNumber
from gitreg.errors import UsageError
from gitreg.index.language.times import span_of
from gitreg.workflows.audit.chains import chains_of
from gitreg.workflows.audit.entry import Audit, Entry, Refusal, Result

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST, LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Serving:
    """What served in a stage.

    Args:
        model: whose.
        stage: where.
        version: None where the stage was emptied, or nothing can be said.
        since: when that was signed, by the claims.
        assignment: the assignment that it rests on.
        release: what released that version.
        refusal: why the answer does not verify.
        notes: what a careful reader should know.
    """

    model: str
    stage: str
    version: VersionNumber | None
    since: datetime | None
    assignment: Entry | None
    release: Entry | None
    refusal: Refusal | None
    notes: tuple[str, ...]

    @property
    def result(self) -> Result:
        """What the answer is worth: no more than the assignment that it rests on."""
        if self.refusal is not None:
            return "refused"
        return self.assignment.result if self.assignment else "verified"


def moment_of(text: str, now: datetime) -> datetime:
    """The last moment of the time that `text` writes: a day means its end.

    Raises:
        UsageError: it writes no time.
    """
    try:
        return EPOCH + timedelta(microseconds=span_of(text, now).end - 1)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"--at {text[:40]!a}: {error}") from error


def serving_at(account: Audit, moment: datetime, *, stage: str | None = None) -> list[Serving]:
    """What served at a moment in every stage, or in one of that name, that anything had been assigned to by then."""
    chains = [chain for (_, name), chain in chains_of(account.entries).items() if stage in {None, name}]
    found = [_serving(account, chain, moment) for chain in chains]
    return [one for one in found if one is not None]


def _serving(account: Audit, chain: Sequence[Entry], moment: datetime) -> Serving | None:
    late, early = _rising(chain), _falling(chain)
    served = [entry for entry, when in zip(chain, late, strict=True) if when <= moment]
    may_have = [entry for entry, when in zip(chain, early, strict=True) if when <= moment]
    bad = next((entry for entry in chain if entry.result == "refused"), None)
    if not may_have and bad is None:
        return None
    entry = served[-1] if served else None
    refusal = _doubt(bad) if bad is not None else None
    notes: tuple[str, ...] = ()
    if may_have and may_have[-1] is not entry:
        other = may_have[-1]
        doubt = f"it may have been assignment {other.number} ({other.version or 'none'}) by then"
        notes += (f"the dates claimed run against the order: {doubt}",)
    version = entry.version if entry else None
    release = _release(account, chain[0].model, version) if version else None
    if refusal is None and version is not None:
        refusal = _unreleased(release, chain[0].model, version)
    notes += release.notes if release else ()
    notes += entry.notes if entry else ()
    if entry is not None and entry.outweighed_by and entry.refusal is not None:
        notes += (f"{entry.outweighed_by} says the same; {entry.refusal.step}: {entry.refusal.reason}",)
    since = entry.claimed if entry else None
    return Serving(chain[0].model, chain[0].stage or "", version, since, entry, release, refusal, notes)


def _rising(chain: Sequence[Entry]) -> list[datetime]:
    """When each was signed at the latest claim of those before it: none is older than what it names."""
    found: list[datetime] = []
    for entry in chain:
        before = found[-1] if found else EARLIEST
        found.append(max(before, entry.claimed or before))
    return found


def _falling(chain: Sequence[Entry]) -> list[datetime]:
    """When each was signed at the earliest claim of those after it: none is younger than what names it."""
    found: list[datetime] = []
    for entry in reversed(chain):
        after = found[-1] if found else LATEST
        found.append(min(after, entry.claimed or after))
    return found[::-1]


def _doubt(bad: Entry) -> Refusal:
    step, reason = (bad.refusal.step, bad.refusal.reason) if bad.refusal else ("stage", "")
    return Refusal(step, f"{bad.name} does not verify, so nobody can say what served when: {reason}")


def _release(account: Audit, model: str, version: VersionNumber) -> Entry | None:
    """The best signature of a version's release that there is."""
    found = [
        entry
        for entry in account.entries
        if entry.action in {"release", "resign"} and (entry.model, entry.version) == (model, version)
    ]
    return min(found, key=lambda entry: entry.result != "verified", default=None)


def _unreleased(release: Entry | None, model: str, version: VersionNumber) -> Refusal | None:
    if release is None:
        return Refusal("stage", f"{model} {version} was never released")
    if release.refusal is not None:
        return Refusal(release.refusal.step, f"{release.name}: {release.refusal.reason}")
    return None
