"""Whether trust files agree with each other, and can be used: what is wrong with one state of them, whatever was before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gitreg.checks.trust_files import PATHS, TrustFiles, digests, root_keys
from gitreg.documents import places
from gitreg.domain.trust import Permission, Role
from gitreg.signing import parse_openpgp_keys, parse_x509_certificates

PROPOSE = "`gitreg key propose` makes the next root for files that were edited by hand"
Fault = tuple[str, str]
"""A path, and what is wrong there."""


def agreement_faults(after: TrustFiles) -> Iterator[Fault]:
    """Every fault that these files have by themselves; who signed them is another question.

    Raises:
        RecordError: a root key is no key.
    """
    yield from _hashes(after)
    yield from _root_keys(after)
    yield from _people(after)
    yield from _other_keys(after)
    yield from _thresholds(after)


def _hashes(after: TrustFiles) -> Iterator[Fault]:
    found = digests(after.files)
    for name, path in PATHS.items():
        if found.get(name) != after.root.files.get(name):
            yield path, f"it is not the one that trust root {after.root.version} names: {PROPOSE}"


def _root_keys(after: TrustFiles) -> Iterator[Fault]:
    for person, key in root_keys(after.root).items():
        if key.fingerprint in after.revoked:
            yield places.ROOT, f"the root key of {person}, {key.fingerprint}, is revoked"


def _people(after: TrustFiles) -> Iterator[Fault]:
    principals = [entry.principal for entry in after.roles.people.values()]
    for principal in sorted({one for one in principals if principals.count(one) > 1}):
        yield places.ROLES, f"{principal} is the principal of two people"
    for signer in after.allowed:
        if signer.principal not in principals:
            message = f"{signer.principal} has a key here, and is nobody among the people of {places.ROLES}"
            yield places.ALLOWED_SIGNERS, message


def _other_keys(after: TrustFiles) -> Iterator[Fault]:
    """Whoever signs by OpenPGP or X.509 has a key in the file that the root names."""
    openpgp = parse_openpgp_keys(after.files.get("openpgp_keys", b""))
    x509 = parse_x509_certificates(after.files.get("x509_certificates", b""))
    for name, entry in after.roles.people.items():
        if entry.openpgp and entry.openpgp not in openpgp:
            yield places.OPENPGP_KEYS, f"the key of {name}, openpgp:{entry.openpgp}, is not in it"
        if entry.x509 and entry.x509 not in x509:
            yield places.X509_CERTIFICATES, f"the certificate of {name}, x509:{entry.x509}, is not in it"


def _thresholds(after: TrustFiles) -> Iterator[Fault]:
    """Every permission can still be used: by enough people with a key that is good from now on."""
    active, people = after.active, after.roles.people
    for model, role in after.roles.roles.items():
        for what, permission in named_permissions(role):
            there = [name for name in dict.fromkeys(permission.by) if name in active]
            where = f"roles.{model}.{what} takes {permission.threshold} of {', '.join(permission.by)}"
            if len(there) < permission.threshold:
                yield places.ROLES, f"{where}, and {_only(there)} a key that is good from now on"
            elif permission.threshold > 1 and all(people[name].machine for name in there):
                yield places.ROLES, f"{where}, and all who have a key are machines"


def named_permissions(role: Role) -> list[tuple[str, Permission]]:
    """Every permission of a role, as `release`, `assign` or `assign.production`."""
    if isinstance(role.assign, Permission):
        return [("release", role.release), ("assign", role.assign)]
    stages = [(f"assign.{stage}", permission) for stage, permission in role.assign.items()]
    return [("release", role.release), *stages]


def _only(there: Sequence[str]) -> str:
    return f"only {', '.join(there)} has" if len(there) == 1 else f"{', '.join(there) or 'nobody'} has"
