"""The anchor that the accepted branch's trust root makes."""

from __future__ import annotations

from gitreg.documents import places
from gitreg.domain.trust import Anchor, Root
from gitreg.errors import NotFoundError
from gitreg.workflows.registry import Registry
from gitreg.workflows.verification.anchor import anchor_from_root


def current_anchor(registry: Registry) -> Anchor:
    """The anchor for verifiers elsewhere; whoever hands it on vouches for it.

    Raises:
        NotFoundError: if there is no trust root.
    """
    root = registry.accepted.record(Root, places.ROOT)
    if root is None:
        raise NotFoundError(f"the accepted branch has no {places.ROOT}", hint="gitreg init")
    return anchor_from_root(root)
