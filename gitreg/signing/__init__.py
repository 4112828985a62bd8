"""Keys and signatures: makes and verifies SSH signatures. Knows no models, no repository, no refs, only bytes and keys."""

from gitreg.signing.keys import PublicKey
from gitreg.signing.other_keys import OtherKey
from gitreg.signing.revoked import RevokedKey
from gitreg.signing.sign_ssh import sign
from gitreg.signing.signers import (
    AllowedSigner,
    format_allowed_signers,
    format_revoked_keys,
    parse_allowed_signers,
    parse_revoked_keys,
)
from gitreg.signing.signing_key import SigningKey, find_signing_key, make_key
from gitreg.signing.sshsig import SshSignature, parse_sshsig
from gitreg.signing.tag import SignedTag, format_tag, split_tag
from gitreg.signing.verify_ssh import verify

__all__ = [
    "AllowedSigner",
    "OtherKey",
    "PublicKey",
    "RevokedKey",
    "SignedTag",
    "SigningKey",
    "SshSignature",
    "find_signing_key",
    "format_allowed_signers",
    "format_revoked_keys",
    "format_tag",
    "make_key",
    "parse_allowed_signers",
    "parse_revoked_keys",
    "parse_sshsig",
    "sign",
    "split_tag",
    "verify",
]
