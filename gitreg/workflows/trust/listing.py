"""Whom a registry trusts: each key with its owner and what they may do, and the root that says so."""

from __future__ import annotations

from dataclasses import dataclass

from gitreg.checks.trust_agreement import named_permissions
from gitreg.checks.trust_files import PersonKey, TrustFiles, root_keys
from gitreg.checks.trust_signatures import lacking, signers
from gitreg.errors import NotFoundError
from gitreg.workflows.registry import Registry
from gitreg.workflows.trust.differences import differences
from gitreg.workflows.trust.propose import accepted_trust, open_proposal


@dataclass(frozen=True)
class ListedKey:
    """A key, and all that is said about it.

    Args:
        key: it, with its state.
        principal: its owner's e-mail address; None where nobody knows whose it is.
        machine: whether the owner is a machine.
        root: whether it is a root key.
        may: what the owner may do, `default: release, assign`; nothing for a key that is not current.
    """

    key: PersonKey
    principal: str | None
    machine: bool
    root: bool
    may: tuple[str, ...]


@dataclass(frozen=True)
class Shown:
    """Trust files whole.

    Args:
        trust: the files.
        keys: every key.
        signed: who signed the root.
        lacking: whose signatures it needs still, for a proposal.
        changes: what it would change, for a proposal.
    """

    trust: TrustFiles
    keys: tuple[ListedKey, ...]
    signed: tuple[str, ...]
    lacking: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()


def show_trust(registry: Registry, *, proposed: bool = False) -> Shown:
    """The accepted trust files, or those of the open proposal.

    Raises:
        NotFoundError: there is no such proposal.
    """
    accepted = accepted_trust(registry)
    if not proposed:
        return Shown(
            accepted, listed_keys(accepted), signers(accepted.signed, accepted.root, registry.environ)
        )
    found = open_proposal(registry, accepted)
    if found is None:
        raise NotFoundError(
            f"no proposal of trust root {accepted.root.version + 1} is open", hint="gitreg key show"
        )
    _, trust = found
    good = {
        person for root in (accepted.root, trust.root) for person in signers(trust.signed, root, registry.environ)
    }  # fmt: skip
    lack = lacking(trust.signed, accepted.root, registry.environ)
    changes = differences(accepted, trust)
    return Shown(trust, listed_keys(trust), tuple(sorted(good)), tuple(lack), tuple(changes))


def listed_keys(trust: TrustFiles) -> tuple[ListedKey, ...]:
    """Every key, by person; those of nobody last."""
    roots = {key.fingerprint: person for person, key in root_keys(trust.root).items()}
    listed = [_listed(trust, key, is_root=key.fingerprint in roots) for key in trust.keys]
    known = {key.fingerprint for key in trust.keys}
    for person, key in root_keys(trust.root).items():
        if key.fingerprint not in known:
            alone = PersonKey(person, key.fingerprint, key.kind, "current")
            listed.append(_listed(trust, alone, is_root=True))
    return tuple(sorted(listed, key=lambda one: (one.key.person is None, one.key.person or "")))


def _listed(trust: TrustFiles, key: PersonKey, *, is_root: bool) -> ListedKey:
    entry = trust.roles.people.get(key.person or "")
    signs = key.state == "current" and key.person is not None and entry is not None
    may = tuple(_may(trust, key.person or "")) if signs and not _is_root_only(trust, key) else ()
    return ListedKey(key, entry.principal if entry else None, bool(entry and entry.machine), is_root, may)


def _is_root_only(trust: TrustFiles, key: PersonKey) -> bool:
    return all(known.fingerprint != key.fingerprint for known in trust.keys)


def _may(trust: TrustFiles, person: str) -> list[str]:
    found = []
    for model, role in trust.roles.roles.items():
        what = [name for name, permission in named_permissions(role) if person in permission.by]
        if what:
            found.append(f"{model}: {', '.join(what)}")
    return found
