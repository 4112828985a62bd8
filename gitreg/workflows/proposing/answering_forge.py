"""The forge of a registry, once the token that Git keeps has shown what it opens. Asks at most once, and only about such a token."""

from __future__ import annotations

import time
from collections.abc import Callable

from gitreg.errors import CredentialsError, RemoteError
from gitreg.forge.push_options import PushOptions
from gitreg.workflows.proposing.forges import HELPER, Found, find_forge
from gitreg.workflows.registry import Registry


def answering_forge(registry: Registry, *, wait: Callable[[float], None] = time.sleep) -> Found:
    """The forge, by options of a push where what Git's credential helper keeps is good for Git alone.

    A credential manager's token often is (https://docs.gitlab.com/user/profile/personal_access_tokens/, scope `write_repository`), and
    whoever has it pushes without asking anybody for another one. A token that its owner gave to gitreg or to glab is not doubted.

    Args:
        registry: it.
        wait: how to wait when a forge asks for patience.

    Raises:
        CredentialsError: gitreg.yaml names a host or project that the user did not.
        UsageError: a setting is none.
    """
    found = find_forge(registry, wait=wait)
    if found.source != HELPER or found.place is None or not found.forge.abilities.opens:
        return found
    branch = registry.settings.accepted_branch
    try:
        found.forge.find(branch, branch)
    except CredentialsError:
        why = f"{found.why}, and what {HELPER} keeps opens no API"
        return Found(PushOptions(found.place), "push-options", why, found.place)
    except RemoteError:
        return found  # who needs it will say so
    return found
