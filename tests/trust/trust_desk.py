"""A registry and the keys of several people, with short words for what is done to the trust files."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from desk import Desk, merge_proposals

from gitreg.checks.trust_files import TrustFiles
from gitreg.documents import places
from gitreg.documents.layout import trust_branch
from gitreg.signing import PublicKey, SigningKey, find_signing_key
from gitreg.workflows.trust.add import NewKey, add_key
from gitreg.workflows.trust.propose import Change, How, Proposed, accepted_trust, propose_trust
from gitreg.workflows.trust.revoke import revoke_keys, revoked_by
from gitreg.workflows.trust.role import RoleChange, permission_of, with_role
from gitreg.workflows.trust.root_keys import RootChange, with_root_change
from gitreg.workflows.trust.rotate import Rotation, rotate_key
from gitreg.workflows.trust.sign_root import sign_root, to_sign
from gitreg.workflows.verification.verify import Verdict, VerifyOptions, verify

PEOPLE = ("ada2", "bob", "bob2", "carol", "mallory")
STAGES = ("staging", "production")


def make_keys(folder: Path) -> Path:
    """Key files of everybody but ada, who has the desk's."""
    for name in PEOPLE:
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name)]
        subprocess.run(words, check=True)
    return folder


@dataclass
class TrustDesk:
    """A registry whose only signer is ada, and the keys of others."""

    desk: Desk
    keys: Path

    def file(self, name: str) -> Path:
        """Somebody's private key."""
        return self.desk.key if name == "ada" else self.keys / name

    def key(self, name: str) -> SigningKey:
        """Somebody's key."""
        return find_signing_key(
            format="ssh", key=str(self.file(name)), program=None, environ=self.desk.environ
        )

    def public(self, name: str) -> PublicKey:
        """Its public half."""
        return self.key(name).public

    def use(self, name: str, at: Path | None = None) -> None:
        """Whose key Git signs with from now on."""
        self.desk.git("config", "gpg.format", "ssh", at=at)
        self.desk.git("config", "user.signingkey", str(self.file(name)), at=at)

    def propose(self, change: Change, at: Path | None = None, **how: object) -> Proposed:
        """Any change."""
        return propose_trust(self.desk.open(at), change, self.desk.author, How(**how))  # type: ignore[arg-type]

    def add(self, name: str, person: str | None = None, at: Path | None = None, **more: object) -> Proposed:
        """A new signer."""
        how = {word: more.pop(word) for word in ("anew", "rehearsal", "offline") if word in more}
        who = person or name
        new = NewKey(who, f"{who}@example.com", self.public(name), **more)  # type: ignore[arg-type]
        return self.propose(lambda trust, draft: add_key(trust, draft, new), at, **how)

    def role(self, name: str, release: str | None = None, at: Path | None = None, **assign: str) -> Proposed:
        """What a role says from now on; `every` is for all stages."""
        assigned = {None if one == "every" else one: permission_of(words) for one, words in assign.items()}
        change = RoleChange(name, permission_of(release) if release else None, assigned)
        return self.propose(lambda _, draft: with_role(draft, change, STAGES), at)

    def rotate(self, person: str, new: str | None, old: str | None = None) -> Proposed:
        """Another key for somebody; None when they leave."""
        rotation = Rotation(person, self.public(new) if new else None, old)
        keys = [self.key(new)] if new else []
        return self.propose(lambda trust, draft: rotate_key(trust, draft, rotation), keys=keys)

    def revoke(self, who: str, new: str | None = None) -> Proposed:
        """A key that was stolen."""
        fresh = self.public(new) if new else None
        return self.propose(
            lambda trust, draft: revoke_keys(trust, draft, revoked_by(trust, who), fresh),
            keys=[self.key(new)] if new else [],
        )

    def root(self, **change: object) -> Proposed:
        """Other root keys."""
        wanted = RootChange(**change)  # type: ignore[arg-type]
        return self.propose(lambda trust, draft: with_root_change(trust, draft, wanted))

    def sign(self, at: Path | None = None) -> Proposed:
        """The caller's signature under the open proposal."""
        registry, author = self.desk.open(at), self.desk.author
        return sign_root(registry, to_sign(registry, author), author)

    def merge(self, at: Path | None = None) -> None:
        """What is open is accepted."""
        merge_proposals(self.desk.open(at), self.desk.author)

    @property
    def trust(self) -> TrustFiles:
        """What is accepted."""
        return accepted_trust(self.desk.registry)

    def two_roots(self) -> None:
        """Bob has a root key beside ada, and both must sign from root 2 on; it is accepted."""
        self.add("bob", root=True)
        self.root(threshold=2)
        self.use("bob")
        self.sign()
        self.use("ada")
        self.merge()

    def tamper(self, files: Mapping[str, bytes | None], number: int = 2) -> None:
        """Changes files of the open proposal by hand, as anybody who may push can."""
        self.desk.commit(files, trust_branch(number))

    def read(self, path: str, number: int = 2) -> bytes:
        """A file of the open proposal."""
        return self.desk.read(path, trust_branch(number))

    def verify(self, reference: str = "churn@1.0.0", at: Path | None = None) -> Verdict:
        """What the verifier says."""
        return verify(self.desk.open(at), reference, VerifyOptions())


ROOT, ROLES = places.ROOT, places.ROLES
