"""What was signed with which key, and what of it must be signed again when a key is lost. Verifies nothing, signs nothing.

A tag is read as it says of itself: that is enough to make a list, and never enough to believe one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from gitreg.documents import layout
from gitreg.documents.layout import TagIdentity
from gitreg.domain.statement import Statement
from gitreg.domain.trust import Roles, permission_for
from gitreg.errors import GitregError
from gitreg.gitrepo import ObjectId
from gitreg.signing import split_tag
from gitreg.workflows.registry import Registry
from gitreg.workflows.trust.claimed_key import Rings, claimed_key, rings_of

FOLDERS = ("model", "resign", "stage", "retire", "approve")


@dataclass(frozen=True)
class Signed:
    """A signed tag, as it says of itself.

    Args:
        identity: what its name says.
        id: the tag object.
        commit: the commit that it is of.
        statement: what was signed.
        principal: the tagger's e-mail address.
        fingerprint: of the key, `SHA256:...`, `openpgp:...` or `x509:...`.
    """

    identity: TagIdentity
    id: ObjectId
    commit: ObjectId
    statement: Statement
    principal: str
    fingerprint: str

    @property
    def name(self) -> str:
        """The tag's short name."""
        return self.identity.ref.removeprefix("refs/tags/")


def signed_tags(registry: Registry, *, model: str | None = None) -> list[Signed]:
    """Every signed tag of gitreg's here, by name; what is no such tag is left out."""
    below = f"{model}/" if model else ""
    refs = [ref for kind in FOLDERS for ref in registry.repository.refs(f"refs/tags/{kind}/{below}")]
    rings = rings_of(registry.accepted)
    return [found for ref in refs if (found := _signed(registry, ref.name, rings)) is not None]


def concerned(registry: Registry, keys: Collection[str], *, model: str | None = None) -> list[Signed]:
    """Releases, assignments, retirements and approvals that were signed with one of these keys, by name."""
    return [one for one in signed_tags(registry, model=model) if one.fingerprint in keys]


def to_sign_again(tags: Sequence[Signed], keys: Collection[str], roles: Roles) -> list[Signed]:
    """What stands on nothing any more when these keys are lost: what `gitreg release --again` must sign.

    Of a version the release, unless another signature of it stands; of a stage the newest assignment. Older assignments
    are links of a chain, checked by hash; a retirement is believed by the model's record.

    Args:
        tags: every signed tag, or all of a model.
        keys: fingerprints of the keys that are lost.
        roles: who may sign what from now on.
    """
    return [*_releases(tags, keys, roles), *_assignments(tags, keys, roles)]


def _releases(tags: Sequence[Signed], keys: Collection[str], roles: Roles) -> Iterator[Signed]:
    standing = {
        (one.statement.model, one.statement.version)
        for one in tags
        if one.statement.action in {"release", "resign"} and _stands(one, tags, keys, roles)
    }
    for one in tags:
        if one.statement.action == "release" and (one.statement.model, one.statement.version) not in standing:
            yield one


def _assignments(tags: Sequence[Signed], keys: Collection[str], roles: Roles) -> Iterator[Signed]:
    newest: dict[tuple[str, str | None], Signed] = {}
    for one in tags:
        if one.statement.action == "assign":
            place = (one.statement.model, one.statement.stage)
            before = newest.get(place)
            if before is None or (before.identity.number or 0) < (one.identity.number or 0):
                newest[place] = one
    yield from (one for one in newest.values() if not _stands(one, tags, keys, roles))


def _stands(one: Signed, tags: Sequence[Signed], keys: Collection[str], roles: Roles) -> bool:
    """Whether its signer's key is not lost, and enough approvals are left beside it."""
    if one.fingerprint in keys:
        return False
    statement = one.statement
    role = roles.role_of(statement.model)
    permission = permission_for(role, statement.action, statement.stage) if role else None
    if permission is None or permission.threshold == 1:
        return True
    approvals = [
        other
        for other in tags
        if other.identity.statement == statement.approval_id and other.fingerprint not in keys
    ]
    return len({one.principal, *(other.principal for other in approvals)}) >= permission.threshold


def _signed(registry: Registry, ref: str, rings: Rings) -> Signed | None:
    identity, raw = layout.parse_tag(ref), registry.repository.find(ref)
    if identity is None or raw is None or raw.kind != "tag":
        return None
    try:
        tag = split_tag(raw.content)
        statement = Statement.parse(tag.message)
        fingerprint = claimed_key(tag, rings)
    except (GitregError, ValueError):
        return None
    return Signed(identity, raw.id, ObjectId(tag.target), statement, tag.tagger_email, fingerprint)
