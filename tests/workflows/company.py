"""Ada, Bob and Carol at one registry of the workshop: each signs with a key of their own, and the roles say how many it takes."""

from __future__ import annotations

from typing import Any

from workshop import V1, V2, WHEN, Trusted, Workshop

from gitreg.domain.trust import Permission, Role, Roles, SignerEntry
from gitreg.domain.version import VersionNumber
from gitreg.store import Author
from gitreg.workflows.releasing.approve import approve, plan_approval
from gitreg.workflows.releasing.plan_release import ReleasePlan, Scope, carry_out, plan_release, scoped_dues

__all__ = ["KEYS", "SIGNERS", "V1", "V2", "V3", "acting", "approved", "planned", "released", "roles", "ruled"]

V3 = VersionNumber(1, 2, 0)
# Carol's key is the one that is called mallory's elsewhere.
KEYS = {"ada": "ada", "bob": "bob", "carol": "mallory"}
SIGNERS = {f"{person}@example.com": (key,) for person, key in KEYS.items()}


def roles(*by: str, threshold: int = 2, machines: tuple[str, ...] = (), **more: Any) -> Roles:
    """All of these people may do everything, as soon as they are enough."""
    may = Permission(by=list(by or ("ada", "bob")), threshold=threshold)
    people = {name: SignerEntry(principal=f"{name}@example.com", machine=name in machines) for name in KEYS}
    role = Role(**{"release": may, "assign": may, **more.pop("role", {})})
    return Roles(people=people, roles={"default": role}, **more)


def ruled(registry: Workshop, said: Roles, **trusted: Any) -> Workshop:
    """The registry with other roles, by a root that Ada signed."""
    version = registry.root().version + 1
    registry.commit(
        registry.next_root(Trusted(version=version, roles=said, **{"signers": SIGNERS, **trusted}))
    )
    return registry


def acting(registry: Workshop, person: str) -> Author:
    """Whoever sits at the desk now: their key is the one that Git signs with."""
    registry.git("config", "gpg.format", "ssh")
    registry.git("config", "user.signingkey", str(registry.keys / KEYS[person]))
    return Author(f"{person.capitalize()} Example", f"{person}@example.com", WHEN)


def planned(registry: Workshop, person: str, **scope: Any) -> ReleasePlan:
    """What somebody's release would do."""
    author = acting(registry, person)
    with registry.open() as opened:
        return plan_release(opened, Scope(**scope), author, merge=False)


def released(registry: Workshop, person: str, **scope: Any) -> list[str]:
    """The tags that somebody's release made; what waits for people is left."""
    author = acting(registry, person)
    with registry.open() as opened:
        plan = plan_release(opened, Scope(**scope), author, merge=False)
        return carry_out(opened, plan, author)


def approved(registry: Workshop, person: str, **scope: Any) -> list[str]:
    """The tags by which somebody approved; those that were there already, too."""
    author = acting(registry, person)
    with registry.open() as opened:
        plan = plan_approval(opened, scoped_dues(opened, Scope(**scope))[0])
        return [*plan.there, *approve(opened, plan, author)]
