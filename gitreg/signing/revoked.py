"""What can be revoked: a key of any kind."""

from __future__ import annotations

from gitreg.signing.keys import PublicKey
from gitreg.signing.other_keys import OtherKey

RevokedKey = PublicKey | OtherKey
