"""Who signed a trust root: people, each by their own root key. A stranger's signature, or rubbish, counts for nothing."""

from __future__ import annotations

from collections.abc import Mapping

from gitreg.checks.trust_files import SignedRoot, root_keys
from gitreg.domain.trust import Root
from gitreg.errors import VerificationError
from gitreg.signing import AllowedSigner, PublicKey, parse_sshsig, verify

NAMESPACE = "gitreg-root"


def signers(signed: SignedRoot, by: Root, environ: Mapping[str, str]) -> tuple[str, ...]:
    """The people of a root, itself or the one before it, whose keys signed this one; sorted.

    Raises:
        RecordError: a root key is no key.
    """
    people = {key: person for person, key in root_keys(by).items()}
    found = (_signer(signed.content, one, people, environ) for one in signed.signatures.values())
    return tuple(sorted({person for person in found if person is not None}))


def _signer(
    content: bytes, signature: bytes, people: Mapping[PublicKey, str], environ: Mapping[str, str]
) -> str | None:
    try:
        claimed = parse_sshsig(signature).public_key
        if claimed not in people:
            return None
        principal = "signer@root.gitreg"  # what ssh-keygen wants to know a signer by; the key decides
        allowed = [AllowedSigner(principal, claimed)]
        verify(
            content, signature, principal=principal, namespace=NAMESPACE, allowed=allowed, revoked=(), environ=environ
        )  # fmt: skip
    except VerificationError:
        return None
    return people[claimed]


def lacking(signed: SignedRoot, before: Root | None, environ: Mapping[str, str]) -> list[str]:
    """Whose signatures a root still needs, in words: enough of the root before it, and enough of its own.

    Args:
        signed: the root, with the signatures that it has.
        before: the root before it; None for the first.
        environ: where ssh-keygen is found.
    """
    found = []
    own = (signed.root.keys, signed.root.threshold)
    sides = [before] if before else []
    sides += [] if before and (before.keys, before.threshold) == own else [signed.root]
    for side in sides:
        good = signers(signed, side, environ)
        if len(good) < side.threshold:
            others = [
                f"{person} ({key.fingerprint})"
                for person, key in root_keys(side).items()
                if person not in good
            ]
            count = side.threshold - len(good)
            what = "1 more signature" if count == 1 else f"{count} more signatures"
            found.append(f"{what} by root keys of root {side.version}: {', '.join(others)}")
    return found
