"""Who decides about the trust files: root keys, and how many of them must sign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gitreg.checks.trust_files import TrustFiles
from gitreg.errors import AnswerIsNoError, NotFoundError, UsageError
from gitreg.signing import PublicKey
from gitreg.workflows.trust.add import with_root_key
from gitreg.workflows.trust.draft import TrustDraft
from gitreg.workflows.trust.rotate import known_person, without_root_key


@dataclass(frozen=True)
class RootChange:
    """What is different.

    Args:
        add: people whose key becomes a root key.
        remove: people whose root key goes.
        threshold: how many must sign the next root; None leaves it.
    """

    add: Sequence[str] = ()
    remove: Sequence[str] = ()
    threshold: int | None = None


def with_root_change(trust: TrustFiles, draft: TrustDraft, change: RootChange) -> TrustDraft:
    """The draft with other root keys.

    Raises:
        NotFoundError: there is no such person, or they have no key.
        AnswerIsNoError: more would have to sign than there are keys.
        UsageError: it is not clear which key of a person is meant.
    """
    for person in change.add:
        draft = with_root_key(draft, person, _key_of(trust, known_person(trust, person)))
    wanted = change.threshold or draft.threshold
    draft = replace(draft, threshold=min(wanted, draft.threshold))
    for person in change.remove:
        if person not in draft.keys:
            raise NotFoundError(f"{person} has no root key", hint="gitreg key show")
        draft = without_root_key(draft, person)
    if wanted > len(draft.keys):
        raise AnswerIsNoError(
            f"{wanted} root keys would have to sign, and there are {len(draft.keys)}",
            hint="gitreg key root --add PERSON",
        )
    return replace(draft, threshold=wanted)


def _key_of(trust: TrustFiles, person: str) -> PublicKey:
    good = {key.fingerprint for key in trust.keys if key.person == person and key.state == "current"}
    keys = [signer.key for signer in trust.allowed if signer.key.fingerprint in good]
    if not keys:
        raise NotFoundError(f"{person} has no SSH key, and only SSH keys sign roots", hint=f"gitreg key add {person} KEYFILE")  # fmt: skip
    if len(keys) > 1:
        raise UsageError(
            f"{person} has several keys: {', '.join(key.fingerprint for key in keys)}",
            hint=f"add the one for roots as it is: gitreg key add {person} KEYFILE --root",
        )
    return keys[0]
