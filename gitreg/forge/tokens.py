"""Tokens: a secret, what it may be shown as, and where it came from. Knows the environment, asks nobody.

A token's value is in no message, repr or log: only `source` is told. It never comes from a file of the repository: a path
that is not absolute is not followed, and glab's settings beside a clone's configuration are not read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from gitreg.errors import CredentialsError
from gitreg.forge.glab import glab_hosts

TokenKind = Literal["private", "oauth", "job"]
TOKEN_VARIABLES = ("GITREG_TOKEN", "GITLAB_TOKEN")
JOB_VARIABLE = "CI_JOB_TOKEN"
_VALUE = re.compile(r"[!-~]{1,16384}")


@dataclass(frozen=True)
class Token:
    """What opens a forge.

    Args:
        value: the secret.
        kind: how it is shown: `PRIVATE-TOKEN` (personal, project and group access tokens), `Authorization: Bearer` (OAuth,
            and those three too), or `JOB-TOKEN` (https://docs.gitlab.com/api/rest/authentication/).
        source: where it came from, fit for a message: "GITREG_TOKEN".

    Raises:
        CredentialsError: if the value cannot be sent as a header; the message names the source alone.
    """

    value: str = field(repr=False)
    kind: TokenKind
    source: str

    def __post_init__(self) -> None:
        if not _VALUE.fullmatch(self.value):
            raise CredentialsError(
                f"the token of {self.source} has a space, a line end or another character that no token has",
                hint=f"Set {self.source} again, to the token alone.",
            )

    def scrubbed(self, words: str) -> str:
        """Somebody's words without the secret, should they have it from us."""
        return words.replace(self.value, "[token]")


def environ_token(environ: Mapping[str, str], host: str | None = None) -> Token | None:
    """The token of an environment: `GITREG_TOKEN`, then `GITLAB_TOKEN`, then, in a job of GitLab CI, the job's own.

    Args:
        environ: the environment.
        host: where it would be sent; a job's own token is that of `CI_SERVER_HOST` only.

    Raises:
        CredentialsError: if it cannot be one.
    """
    for name in TOKEN_VARIABLES:
        if value := environ.get(name, "").strip():
            return Token(value, "private", name)
    job = environ.get(JOB_VARIABLE, "").strip() if environ.get("CI") else ""
    if not job or (host is not None and host != environ.get("CI_SERVER_HOST", host).lower()):
        return None
    return Token(job, "job", JOB_VARIABLE)


def glab_token(environ: Mapping[str, str], host: str) -> Token | None:
    """The token that glab keeps for a host; None where it keeps none, or keeps it in the system's keyring.

    Args:
        environ: the environment, which says where glab's file is.
        host: the host's name, perhaps with its port.

    Raises:
        CredentialsError: if it cannot be a token.
    """
    settings = glab_hosts(environ).get(host.lower(), {})
    value = settings.get("token", "")
    if not value:
        return None
    return Token(value, "oauth" if settings.get("is_oauth2") == "true" else "private", "glab's configuration")
