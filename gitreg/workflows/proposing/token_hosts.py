"""Where a token may go that names no host: a variable of the environment. Pure: reads what it is given, asks nobody.

Whoever has `GITLAB_TOKEN` in a shell and clones a stranger's repository did not mean to show it to the stranger's server. Such a token goes
to gitlab.com and where its owner says: by `GITLAB_HOST`, as glab's does (https://docs.gitlab.com/cli/), by `git config gitreg.forgeUrl`, and, in a
job, to the GitLab whose job it is. What Git's helpers and glab keep is kept for one host, and is not looked at here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from gitreg.domain.forge_place import forge_url
from gitreg.forge.place import Place
from gitreg.forge.tokens import TOKEN_VARIABLES, Token

HOST_VARIABLE = "GITLAB_HOST"
COMMON = "https://gitlab.com"
_PORTS = {"https": 443, "http": 80}
Origin = tuple[str, str | None, int | None]


def origin(url: str) -> Origin:
    """Scheme, host and port: what a browser takes for one place (RFC 6454)."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)


def may_go(token: Token, place: Place, environ: Mapping[str, str], named: str | None) -> bool:
    """Whether a variable's token may be sent to a place.

    Args:
        token: it.
        place: the place, which may be there only because a clone's remote is.
        environ: the environment.
        named: the forge's URL in Git's configuration, which no clone brings along.
    """
    there, job = origin(place.url), _url(environ.get("CI_SERVER_URL", "") if environ.get("CI") else "")
    if job is not None and origin(job) == there:
        return True
    if token.kind == "job":
        return False
    common = [] if job is not None else [COMMON]  # a job's variables are about the GitLab whose job it is
    return there in [origin(url) for url in (*common, *filter(None, [named]), *_of_variable(environ, place))]


def kept_back(place: Place, environ: Mapping[str, str], named: str | None) -> str | None:
    """What to tell where a variable's token is not sent to a place, and by which setting it would be; None otherwise."""
    names = [name for name in TOKEN_VARIABLES if environ.get(name, "").strip()]
    if not names or may_go(Token("x", "private", names[0]), place, environ, named):
        return None
    return f"{names[0]} goes to hosts alone that you named: git config gitreg.forgeUrl {place.url}, if it is for that one"


def host_is_named(environ: Mapping[str, str], place: Place) -> bool:
    """Whether `GITLAB_HOST` is that place."""
    return origin(place.url) in [origin(url) for url in _of_variable(environ, place)]


def _of_variable(environ: Mapping[str, str], place: Place) -> Iterator[str]:
    """`GITLAB_HOST` as a URL: a host alone means https, or, on this machine, what the place has."""
    value = environ.get(HOST_VARIABLE, "").strip()
    scheme = "https" if place.is_clear else place.url.split(":", 1)[0]
    found = _url(value if "://" in value else f"{scheme}://{value}")
    if found is not None:
        yield found


def _url(value: str) -> str | None:
    try:
        return forge_url(value.rstrip("/").lower())
    except ValueError:
        return None
