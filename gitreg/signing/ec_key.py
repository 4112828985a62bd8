"""Signs bytes with a private key of an elliptic curve in a file, by openssl. Knows neither what is signed nor for whom."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gitreg.errors import CredentialsError
from gitreg.signing.armor import write_pem
from gitreg.signing.der import BITS, OID, SEQUENCE, parse_der, parts
from gitreg.signing.ssh_keygen import find_program, first_words
from gitreg.signing.wire import WireError

MAKE_ONE = "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out FILE"

_KEY = bytes.fromhex("2a8648ce3d0201")
_HASHES = {  # of each curve, as in RFC 7518, section 3.4: P-256, P-384, P-521
    bytes.fromhex("2a8648ce3d030107"): "sha256",
    bytes.fromhex("2b81040022"): "sha384",
    bytes.fromhex("2b81040023"): "sha512",
}


@dataclass(frozen=True)
class EcSignature:
    """A signature and who can check it.

    Attributes:
        signature: ECDSA, in DER.
        public: the public key, in PEM.
    """

    signature: bytes
    public: bytes


def sign_by_ec_key(payload: bytes, key: Path, environ: Mapping[str, str]) -> EcSignature:
    """Signs `payload` with the curve's own digest; a passphrase is asked for by openssl, at the terminal.

    Raises:
        CredentialsError: it cannot be signed with this key, and why.
    """
    if not key.is_file():
        raise CredentialsError(f"there is no private key {key}", hint=MAKE_ONE)
    spki = _openssl(["pkey", "-in", str(key), "-pubout", "-outform", "DER"], key, environ)
    digest = _digest(spki, key)
    with tempfile.TemporaryDirectory(prefix="gitreg-sign-") as name:
        file = Path(name, "payload")
        file.write_bytes(payload)
        signature = _openssl(["dgst", f"-{digest}", "-sign", str(key), str(file)], key, environ)
    return EcSignature(signature, write_pem("PUBLIC KEY", spki))


def _digest(spki: bytes, key: Path) -> str:
    """The digest of the key's curve (RFC 5480, section 2.1.1)."""
    try:
        algorithm, _point = parts(parse_der(spki), SEQUENCE, BITS)
        kind, curve = parts(algorithm, OID, OID)
        if kind.content == _KEY and curve.content in _HASHES:
            return _HASHES[curve.content]
    except WireError:
        pass
    raise CredentialsError(f"the private key {key} is not of the curve P-256, P-384 or P-521", hint=MAKE_ONE)


def _openssl(words: list[str], key: Path, environ: Mapping[str, str]) -> bytes:
    program = find_program("openssl", environ)
    if program is None:
        raise CredentialsError("openssl, which should sign, is not on PATH", hint="Install OpenSSL.")
    try:
        done = subprocess.run([program, *words], capture_output=True, env=dict(environ), check=False)
    except OSError as error:
        raise CredentialsError(f"openssl, which should sign, cannot be run: {error}") from error
    if done.returncode != 0:
        raise CredentialsError(f"openssl cannot sign with {key}: {first_words(done.stderr)}", hint=MAKE_ONE)
    return done.stdout
