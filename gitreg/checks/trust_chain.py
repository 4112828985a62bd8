"""What is wrong with proposed trust files: what verifiers would refuse, or what would leave a registry without signers.

Compares what was accepted with what is proposed, as every rule does. The verifier does not rest on this: it finds out by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from gitreg.checks.files import Files
from gitreg.checks.trust_agreement import Fault, agreement_faults
from gitreg.checks.trust_files import (
    SignedRoot,
    TrustFiles,
    former_signatures,
    read_former_root,
    read_root,
    read_trust,
)
from gitreg.checks.trust_signatures import lacking
from gitreg.documents import places
from gitreg.documents.reader import read
from gitreg.domain.digest import Digest
from gitreg.domain.registry import RegistrySettings
from gitreg.errors import RecordError
from gitreg.signing import parse_revoked_keys

LACKS = "lacks"


def trust_faults(accepted: Files, proposed: Files, environ: Mapping[str, str]) -> Iterator[Fault]:
    """Every fault of the proposed trust files; one that cannot be read is the first and last.

    Raises:
        RecordError: a file cannot be read.
    """
    before = read_root(accepted, places.ROOT, places.SIGNATURES)
    after = read_trust(proposed)
    if after is None:
        if before is not None:
            yield places.ROOT, "the trust root was removed, and no verifier accepts anything without it"
        return
    yield from _steps(before, after.signed, proposed, environ)
    yield from _history(accepted, proposed)
    yield from _revocations(accepted, before, after)
    yield from _settings(proposed, after)
    yield from agreement_faults(after)


def _steps(
    before: SignedRoot | None, after: SignedRoot, proposed: Files, environ: Mapping[str, str]
) -> Iterator[Fault]:
    """From root to root without a gap, each step signed by enough keys of both sides."""
    if before is None or before.content == after.content:
        yield from _signed(None, after, environ)
        return
    old, new = before.root.version, after.root.version
    if new <= old:
        reason = "an accepted root never changes" if new == old else "the proposal is older: merge it anew"
        yield places.ROOT, f"root {old} is accepted, and this is another root {new}: {reason}"
        return
    between = [read_former_root(proposed, number) for number in range(old + 1, new)]
    chain = [before, *(one for one in between if one is not None), after]
    if len(chain) <= new - old or [one.root.version for one in chain] != list(range(old, new + 1)):
        yield places.ROOT, f"root {new} does not follow root {old}: the next one is root {old + 1}"
        return
    for one, two in pairwise(chain):
        if two.root.registry != one.root.registry:
            yield places.ROOT, f"root {two.root.version} is of another registry than root {one.root.version}"
        yield from _signed(one, two, environ)


def _signed(before: SignedRoot | None, after: SignedRoot, environ: Mapping[str, str]) -> Iterator[Fault]:
    for lack in lacking(after, before.root if before else None, environ):
        yield places.ROOT, f"trust root {after.root.version} {LACKS} {lack}"


def _history(accepted: Files, proposed: Files) -> Iterator[Fault]:
    """Every former root, and the one that was accepted last, is kept with its signatures, byte for byte."""
    kept = {path: path for path in accepted.paths(places.HISTORY)}
    before = read_root(accepted, places.ROOT, places.SIGNATURES)
    now = proposed.content(places.ROOT)
    if before is not None and now != before.content:
        version = before.root.version
        kept[places.ROOT] = places.root_history_path(version)
        kept |= {
            f"{places.SIGNATURES}/{name}": f"{former_signatures(version)}/{name}"
            for name in before.signatures
        }
    for old, new in kept.items():
        if proposed.content(new) != accepted.content(old):
            yield new, "the history of trust roots must be kept as it was: verifiers follow it"


def _revocations(accepted: Files, before: SignedRoot | None, after: TrustFiles) -> Iterator[Fault]:
    listed = accepted.content(places.REVOKED_KEYS) or b""
    if before is not None and before.root.files["revoked_keys"] == Digest.of(listed):
        for key in parse_revoked_keys(listed):
            if key.fingerprint not in after.revoked:
                yield places.REVOKED_KEYS, f"{key.fingerprint} was revoked, and that is never taken back"


def _settings(proposed: Files, after: TrustFiles) -> Iterator[Fault]:
    """Verifiers want one branch, and one registry, from the root keys and from gitreg.yaml."""
    content = proposed.content(places.REGISTRY)
    if content is None:
        return
    said = read(content, RegistrySettings, places.REGISTRY)
    if said.id != after.root.registry:
        yield places.ROOT, f"it is of registry {after.root.registry}, and {places.REGISTRY} of {said.id}"
    if said.accepted_branch != after.root.accepted_branch:
        branches = f"{after.root.accepted_branch}, and {places.REGISTRY} says {said.accepted_branch}"
        yield places.ROOT, f"it says that the accepted branch is {branches}"


def first_fault(accepted: Files, proposed: Files, environ: Mapping[str, str]) -> Fault | None:
    """The first fault, one that cannot be read included."""
    try:
        return next(trust_faults(accepted, proposed, environ), None)
    except RecordError as error:
        place = (error.place or places.TRUST).partition(":")[0]
        return place, error.message
