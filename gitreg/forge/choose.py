"""Which member of the family speaks for a place. Loads python-gitlab only where it is called (docs/adr/0005, 0025)."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping

from gitreg.errors import CredentialsError, UsageError
from gitreg.forge.base import Forge, ForgeKind
from gitreg.forge.local import Local
from gitreg.forge.place import Place
from gitreg.forge.push_options import PushOptions
from gitreg.forge.tokens import Token


def choose(
    kind: ForgeKind,
    place: Place | None,
    token: Token | None,
    *,
    wait: Callable[[float], None],
    environ: Mapping[str, str],
) -> Forge:
    """The member of a kind.

    Args:
        kind: which.
        place: the project; None where the remote is a folder, or none.
        token: what opens it; only `gitlab` needs one.
        wait: sleeps for so many seconds, between calls that are tried again.
        environ: says where proxies and certificates are (`https_proxy`, `no_proxy`, `REQUESTS_CA_BUNDLE`, `CI_SERVER_TLS_CA_FILE`).

    Raises:
        UsageError: if the kind needs a place and there is none.
        CredentialsError: if it needs a token and there is none.
    """
    if kind == "local":
        return Local()
    if place is None:
        raise UsageError(
            f"the forge '{kind}' needs a remote that is on one, and this remote is not", hint="git remote -v"
        )
    if kind == "push-options":
        return PushOptions(place)
    if token is None:
        raise CredentialsError(
            f"there is no token for {place.host}",
            hint="Set GITREG_TOKEN, or log in with glab; without a token: git config gitreg.forge push-options.",
        )
    forge: Forge = importlib.import_module("gitreg.forge.gitlab").GitLab(
        place, token, wait=wait, environ=environ
    )
    return forge
