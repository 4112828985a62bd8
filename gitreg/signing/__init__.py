"""Keys and signatures: makes and verifies those of SSH, OpenPGP and X.509. Knows no models, no repository, no refs, only bytes and keys."""

from gitreg.signing.certificates import Certificate, parse_x509_certificates
from gitreg.signing.ec_key import EcSignature, sign_by_ec_key
from gitreg.signing.keys import PublicKey
from gitreg.signing.openpgp_keys import OpenpgpKey, parse_openpgp_keys
from gitreg.signing.other_keys import OtherKey, OtherKind
from gitreg.signing.revoked import RevokedKey
from gitreg.signing.sign_gnupg import GnupgKey
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
from gitreg.signing.user_key import UserKey, find_user_key, sign
from gitreg.signing.verify_openpgp import verify_openpgp
from gitreg.signing.verify_ssh import verify
from gitreg.signing.verify_x509 import verify_x509

__all__ = [
    "AllowedSigner",
    "Certificate",
    "EcSignature",
    "GnupgKey",
    "OpenpgpKey",
    "OtherKey",
    "OtherKind",
    "PublicKey",
    "RevokedKey",
    "SignedTag",
    "SigningKey",
    "SshSignature",
    "UserKey",
    "find_signing_key",
    "find_user_key",
    "format_allowed_signers",
    "format_revoked_keys",
    "format_tag",
    "make_key",
    "parse_allowed_signers",
    "parse_openpgp_keys",
    "parse_revoked_keys",
    "parse_sshsig",
    "parse_x509_certificates",
    "sign",
    "sign_by_ec_key",
    "split_tag",
    "verify",
    "verify_openpgp",
    "verify_x509",
]
