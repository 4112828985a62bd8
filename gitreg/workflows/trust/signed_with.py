"""What somebody's keys signed, and what must be signed again if these keys are lost."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from gitreg.checks.trust_files import TrustFiles
from gitreg.workflows.registry import Registry
from gitreg.workflows.trust.concerned import Signed, signed_tags, to_sign_again
from gitreg.workflows.trust.propose import accepted_trust
from gitreg.workflows.trust.revoke import KINDS
from gitreg.workflows.trust.rotate import known_person


@dataclass(frozen=True)
class SignedWith:
    """Tags that some keys signed, and those of all tags that stand on nothing without these keys."""

    tags: tuple[Signed, ...]
    again: tuple[Signed, ...]


def signed_with(registry: Registry, who: str) -> SignedWith:
    """What a key, or all keys of a person, signed; revoked ones too.

    Raises:
        NotFoundError: there is no such person.
    """
    trust = accepted_trust(registry)
    if who.startswith(KINDS):
        keys = {who}
    else:
        person = known_person(trust, who)
        keys = {key.fingerprint for key in trust.keys if key.person == person}
    return if_lost(registry, trust, keys)


def if_lost(registry: Registry, trust: TrustFiles, keys: Collection[str]) -> SignedWith:
    """What these keys signed, and what must be signed again when they are lost beside those that are."""
    tags = signed_tags(registry)
    lost = {*trust.revoked, *keys}
    again = to_sign_again(tags, lost, trust.roles)
    return SignedWith(tuple(one for one in tags if one.fingerprint in keys), tuple(again))
