"""A verified version as OpenSSF model signing has it: a statement over its files, and the bundle that signs it.

https://github.com/sigstore/model-transparency, signature format v1.0: the subject's digest is the sha256 of all files'
digests, one after the other. The manifest has those, so no byte is hashed again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from gitreg.domain.manifest import Manifest, ManifestEntry
from gitreg.workflows.export.in_toto import Json, envelope, statement
from gitreg.workflows.verification.result import Verdict

PREDICATE = "https://model_signing/signature/v1.0"
BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
IGNORED = (".git", ".gitattributes", ".github", ".gitignore")
"""What its verifier passes over at the top of a folder, whatever a signature says."""


@dataclass(frozen=True)
class ModelStatement:
    """A statement over a version's files.

    Args:
        document: the statement.
        uncovered: files that it says nothing of, as model signing passes them over.
    """

    document: Json
    uncovered: tuple[str, ...]


def model_statement(verdict: Verdict) -> ModelStatement:
    """The statement for a version that verified."""
    covered = _covered(verdict.manifest)
    digest = hashlib.sha256(b"".join(bytes.fromhex(entry.sha256) for entry in covered)).hexdigest()
    subject = {"name": f"{verdict.model}-{verdict.version}", "digest": {"sha256": digest}}
    predicate = {
        "serialization": {
            "method": "files",
            "hash_type": "sha256",
            "allow_symlinks": False,
            "ignore_paths": list(IGNORED),
        },
        "resources": [
            {"name": entry.path, "algorithm": "sha256", "digest": entry.sha256} for entry in covered
        ],
    }
    left = tuple(entry.path for entry in verdict.manifest.entries if entry not in covered)
    return ModelStatement(statement([subject], PREDICATE, predicate), left)


def signature_bundle(document: Json, key: Path, environ: Mapping[str, str]) -> Json:
    """The statement signed by a key of an elliptic curve: what `model_signing verify key` reads.

    Raises:
        CredentialsError: it cannot be signed with this key.
    """
    signed, name = envelope(document, key, environ, named=False)
    return {
        "mediaType": BUNDLE,
        "verificationMaterial": {"publicKey": {"hint": name}, "tlogEntries": []},
        "dsseEnvelope": signed,
    }


def _covered(manifest: Manifest) -> list[ManifestEntry]:
    """The files that count, in model signing's own order: by folder, then by name."""
    entries = [entry for entry in manifest.entries if entry.path.split("/")[0] not in IGNORED]
    return sorted(entries, key=lambda entry: PurePosixPath(entry.path).parts)
