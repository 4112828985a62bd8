"""Steps 4 and 5, object and name: what a tag says, from the bytes of its own object and from nothing else."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gitreg.documents import layout
from gitreg.documents.layout import TagIdentity
from gitreg.domain.statement import Statement
from gitreg.errors import NotFoundError, VerificationError
from gitreg.gitrepo import ObjectId
from gitreg.signing import SignedTag, split_tag
from gitreg.workflows.verification.case import Case, refuse_unless

LARGEST_TAG = 64 * 1024


@dataclass(frozen=True)
class TagObject:
    """A tag object of the right form, and the ref that it was found by."""

    ref: str
    id: ObjectId
    signed: SignedTag

    @property
    def detail(self) -> str:
        """For the report."""
        return f"{self.ref} is tag {self.id[:12]} of commit {self.signed.target[:12]}"


@dataclass(frozen=True)
class Claim:
    """What a tag says; whether it may be believed, the next steps find out."""

    tag: TagObject
    statement: Statement

    @property
    def detail(self) -> str:
        """For the report."""
        return self.statement.title

    @property
    def commit(self) -> ObjectId:
        """The commit that it is of."""
        return ObjectId(self.tag.signed.target)


def check_object(case: Case, ref: str) -> TagObject:
    """Step 4: one annotated tag of a commit, with one signature at its end, byte for byte of the expected form.

    Raises:
        NotFoundError: there is no such tag.
        VerificationError: step `object`.
    """
    id_ = case.refs.get(ref)
    if id_ is None:
        raise NotFoundError(
            f"there is no tag {ref.removeprefix('refs/tags/')}", hint="gitreg model versions MODEL"
        )
    found = case.repository.find(id_, limit=LARGEST_TAG)
    if found is None or found.kind != "tag":
        kind = f"a {found.kind}" if found else "nothing"
        raise VerificationError(f"{ref} is no annotated tag: it points at {kind}", step="object")
    return TagObject(ref, id_, split_tag(found.content))


def check_name(case: Case, tag: TagObject) -> Claim:
    """Step 5: the ref, the name inside the object, and the statement all name one thing, of this registry.

    Raises:
        VerificationError: step `name`.
    """
    statement = Statement.parse(tag.signed.message)
    inside = f"refs/tags/{tag.signed.name}"
    refuse_unless(inside == tag.ref, "name", f"{tag.ref} holds a tag that was signed as {inside}")
    expected = expected_ref(statement, tag.ref)
    refuse_unless(expected == tag.ref, "name", f"{tag.ref} holds a statement that belongs to {expected}")
    refuse_unless(
        statement.registry == case.trust.root.registry,
        "name",
        f"{tag.ref} was signed for the registry {statement.registry}, this one is {case.trust.root.registry}",
    )
    return Claim(tag, statement)


def expected_ref(statement: Statement, found: str) -> str:
    """The only ref that may hold a statement; how often something was signed again, only the ref knows."""
    identity = layout.parse_tag(found)
    match statement.action:
        case "release" | "retire" | "resign":
            number = identity.number if identity and statement.action == "resign" else None
            said = TagIdentity(statement.action, statement.model, version=statement.version, number=number)
        case "assign":
            said = TagIdentity("stage", statement.model, stage=statement.stage, number=statement.sequence)
        case "approve":
            said = _approval(statement, identity)
    return found if said == identity else said.ref


def _approval(statement: Statement, found: TagIdentity | None) -> TagIdentity:
    """An approval does not say in its lines whose it is, nor an assignment's place in its chain: only its name does.

    What the lines do say must be what the name is made of; that an assignment's is, shows beside the assignment.
    """
    number = found.statement if found else None
    if statement.approves != "assign":
        number = replace(statement, action=statement.approves, approves=None).approval_id  # type: ignore[arg-type]
    return TagIdentity("approve", statement.model, statement=number, person=found.person if found else None)
