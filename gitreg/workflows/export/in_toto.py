"""in-toto statements and the envelope that signs them. Knows the formats, nothing of what is stated.

Statement v1: https://github.com/in-toto/attestation/tree/main/spec/v1. Envelope: DSSE v1.0.0,
https://github.com/secure-systems-lab/dsse. Both are written by hand, so that nothing optional has to be installed.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gitreg.signing import sign_by_ec_key

Json = Mapping[str, Any]

STATEMENT = "https://in-toto.io/Statement/v1"
PAYLOAD_TYPE = "application/vnd.in-toto+json"


def statement(subject: Sequence[Json], predicate_type: str, predicate: Json) -> Json:
    """A statement about subjects, each with a name and digests."""
    return {
        "_type": STATEMENT,
        "subject": list(subject),
        "predicateType": predicate_type,
        "predicate": predicate,
    }


def json_text(document: Json) -> bytes:
    """JSON as it is written to a file: what is signed is these bytes, so any spelling would do."""
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode("utf-8")


def pae(payload: bytes) -> bytes:
    """The bytes that an envelope's signature covers: DSSE's pre-authentication encoding of a statement."""
    kind = PAYLOAD_TYPE.encode("ascii")
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def envelope(document: Json, key: Path, environ: Mapping[str, str], *, named: bool) -> tuple[Json, str]:
    """A statement in an envelope, signed by one key, and the key's name.

    Args:
        document: the statement.
        key: the private key's file.
        environ: where openssl is found.
        named: whether the envelope names the key: by the sha256 of its public half in PEM, as hex.

    Raises:
        CredentialsError: it cannot be signed with this key.
    """
    payload = json_text(document)
    made = sign_by_ec_key(pae(payload), key, environ)
    name = hashlib.sha256(made.public).hexdigest()
    signature = {"sig": b64encode(made.signature).decode("ascii"), "keyid": name if named else ""}
    text = b64encode(payload).decode("ascii")
    return {"payload": text, "payloadType": PAYLOAD_TYPE, "signatures": [signature]}, name
