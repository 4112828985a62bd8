"""A key as somebody gives it: a file, or the one line of a `.pub` file itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gitreg.errors import CredentialsError, NotFoundError, UsageError
from gitreg.signing import PublicKey, SigningKey, find_signing_key

PREFIXES = ("ssh-", "ecdsa-", "sk-")
EXAMPLE = "give a .pub file, or its one line in quotes: 'ssh-ed25519 AAAA...'"


def is_literal(words: str) -> bool:
    """Whether the words are a public key themselves."""
    return words.startswith(PREFIXES) and " " in words.strip()


def read_key(words: str, path: Path, environ: Mapping[str, str]) -> SigningKey:
    """The key that words mean; its private half may be beside the file, or in an agent, or elsewhere.

    Args:
        words: as they were typed.
        path: the file that they mean, if they mean one.
        environ: of the process.

    Raises:
        NotFoundError: there is no such file.
        UsageError: it holds no SSH key.
    """
    if is_literal(words):
        return SigningKey(PublicKey.parse(words.strip()), None)
    whole = path.absolute()
    if not whole.is_file() and not whole.with_name(f"{whole.name}.pub").is_file():
        raise NotFoundError(f"there is no key file {words[:200]!a}", hint=EXAMPLE)
    try:
        return find_signing_key(format="ssh", key=str(whole), program=None, environ=environ)
    except CredentialsError as error:
        raise UsageError(error.message, hint=EXAMPLE) from error
