"""Steps 6 and 7, signature and role: whose key signed which bytes, and whether that person may."""

from __future__ import annotations

from dataclasses import dataclass

from gitreg.documents import places
from gitreg.documents.reader import read
from gitreg.domain.trust import Root, permission_for
from gitreg.errors import VerificationError
from gitreg.gitrepo import ObjectId
from gitreg.signing import verify
from gitreg.store import Snapshot
from gitreg.workflows.verification.case import Case, refuse_unless, required
from gitreg.workflows.verification.statements import Claim

NAMESPACE = "git"


@dataclass(frozen=True)
class Signature:
    """Who signed a statement, as allowed_signers calls them, and with which key: `SHA256:...`, as ssh-keygen shows it."""

    principal: str
    fingerprint: str

    @property
    def detail(self) -> str:
        """For the report."""
        return f"{self.principal} with {self.fingerprint}"


@dataclass(frozen=True)
class Permit:
    """A person who may say what was said."""

    person: str
    act: str
    notes: tuple[str, ...]

    @property
    def detail(self) -> str:
        """For the report."""
        return f"{self.person} may {self.act}"


def check_signature(case: Case, claim: Claim) -> Signature:
    """Step 6: the tagger signed the payload, with a key that the accepted tip allows and does not revoke.

    Raises:
        VerificationError: step `signature`.
    """
    signed = claim.tag.signed
    key = verify(
        signed.payload,
        signed.signature,
        principal=signed.tagger_email,
        namespace=NAMESPACE,
        allowed=case.trust.allowed,
        revoked=case.trust.revoked,
        environ=case.environ,
    )
    return Signature(signed.tagger_email, key.fingerprint)


def check_role(case: Case, claim: Claim, signature: Signature) -> Permit:
    """Step 7: the person whose key it is may do this for this model and stage.

    A threshold counts people. Approvals signed by others are not counted yet, so more than one is refused.

    Raises:
        VerificationError: step `role`.
    """
    statement, roles = claim.statement, case.trust.roles
    person = _person(case, signature.principal)
    role = roles.role_of(statement.model)
    permission = permission_for(role, statement.action, statement.stage) if role else None
    act = f"{statement.action} {statement.model}" + (f" to {statement.stage}" if statement.stage else "")
    if permission is None or person not in permission.by:
        raise VerificationError(
            f"{person} may not {act}, by {places.ROLES} of the accepted branch", step="role"
        )
    refuse_unless(
        permission.threshold == 1,
        "role",
        f"to {act} takes {permission.threshold} people, and only {person}'s signature is counted: "
        "signed approvals are not read by this version of gitreg",
    )
    for entry in roles.former.values():
        if entry.key == signature.fingerprint:
            _check_former(case, claim.commit, person, entry.until_root)
    return Permit(person, act, _notes(case, person))


def _person(case: Case, principal: str) -> str:
    people = [name for name, entry in case.trust.roles.people.items() if entry.principal == principal]
    refuse_unless(len(people) == 1, "role", f"{principal} is {len(people)} people in {places.ROLES}")
    return people[0]


def _check_former(case: Case, commit: ObjectId, person: str, until: int) -> None:
    """A rotated key is good for what was accepted while it was in use: before any later root was."""
    changes = case.repository.history(commit, places.ROOT, first_parent=True)
    refuse_unless(
        bool(changes), "role", f"{person}'s key was rotated, and commit {commit[:12]} is of no trust root"
    )
    for changed in changes:
        root = read(required(Snapshot(case.repository, changed), places.ROOT), Root, places.ROOT)
        refuse_unless(
            root.version <= until,
            "role",
            f"{person}'s key was rotated: it is good up to trust root {until}, and this is of root {root.version}",
        )


def _notes(case: Case, person: str) -> tuple[str, ...]:
    if case.trust.roles.people[person].machine:
        return (f"{person} is a machine: whoever rules it could sign.",)
    return ()
