"""How bytes go to a forge and come back: certificates, proxies, sizes and times; no redirects. Knows no GitLab.

python-gitlab talks through a session of requests, and this is ours. What requests does by itself and must not do with a token:
follow a redirect (it takes `Authorization` away on the way to another host, and no other header), put the account of a
`.netrc` in the token's place, read as many bytes as a server cares to send, take proxies and certificates from this process's
own environment.
"""

from __future__ import annotations

import io
import time
from collections.abc import Mapping
from pathlib import Path

import requests
from requests.utils import should_bypass_proxies

from gitreg.errors import RemoteError, UsageError
from gitreg.forge.place import Place

LARGEST = 8 << 20
"""Bytes of an answer; a page of a hundred merge requests with long descriptions has less."""
LONGEST = 60.0
"""Seconds in which an answer has to be here whole, however steadily it drips."""
_CHUNK = 1 << 16
_CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "CI_SERVER_TLS_CA_FILE")


class Wire(requests.Session):
    """A session for one forge.

    Args:
        place: the forge, the only host that is spoken to.
        environ: says where proxies are: `https_proxy`, `http_proxy`, `all_proxy`, `no_proxy`, in both spellings.
    """

    def __init__(self, place: Place, environ: Mapping[str, str]) -> None:
        super().__init__()
        self.trust_env = False
        self.max_redirects = 0
        self.headers["Accept-Encoding"] = "identity"
        self.proxies.update(proxies(place.url, environ))
        self.hooks["response"] = [self._whole]
        self.retry_after: str | None = None
        """What the last answer said of when to come back."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002 - of requests
        """Nowhere: an answer that points elsewhere is the answer."""
        return None

    def _whole(self, response: requests.Response, **_: object) -> requests.Response:
        """The same answer with its bytes, of which there are not too many; a hook, as requests reads all after hooks."""
        self.retry_after = response.headers.get("Retry-After")
        kept = requests.Response()
        kept.raw = io.BytesIO(_bounded(response))
        kept.status_code, kept.reason, kept.url = response.status_code, response.reason, response.url
        kept.headers, kept.encoding, kept.request = response.headers, response.encoding, response.request
        response.close()
        return kept


def certificates(place: Place, environ: Mapping[str, str]) -> str | bool:
    """The file of certificates that are trusted; True for those that come with requests.

    `CI_SERVER_TLS_CA_FILE` is of the GitLab whose job this is (https://docs.gitlab.com/runner/configuration/tls-self-signed/).

    Raises:
        UsageError: if a variable names a file that is not there.
    """
    for name in _CERTIFICATES:
        file = environ.get(name, "")
        foreign = name.startswith("CI_") and environ.get("CI_SERVER_HOST", place.host).lower() != place.host
        if not file or foreign:
            continue
        if not Path(file).exists():
            raise UsageError(f"{name} names a file that is not there", hint=f"Correct {name}, or unset it.")
        return file
    return True


def proxies(url: str, environ: Mapping[str, str]) -> dict[str, str]:
    """The proxy on the way to a URL, as curl and requests find it; none for a host of `no_proxy`."""
    scheme = url.split(":", 1)[0]
    # HTTP_PROXY in capitals may be a header of whoever calls a CGI script (https://httpoxy.org/)
    names = (
        f"{scheme}_proxy",
        *((f"{scheme}_proxy".upper(),) if scheme != "http" else ()),
        "all_proxy",
        "ALL_PROXY",
    )
    found = next((environ[name] for name in names if environ.get(name)), None)
    apart = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    if found is None or should_bypass_proxies(url, no_proxy=apart):
        return {}
    return {scheme: found}


def _bounded(response: requests.Response) -> bytes:
    """The bytes of an answer.

    Raises:
        RemoteError: if they are too many, or come too slowly.
    """
    parts, size, ends = [], 0, time.monotonic() + LONGEST
    for part in response.iter_content(_CHUNK):
        parts.append(part)
        size += len(part)
        if size > LARGEST:
            raise RemoteError(
                f"the forge sent more than {LARGEST >> 20} MiB for an answer",
                hint="Is it a GitLab? git config gitreg.forge push-options",
            )
        if time.monotonic() > ends:
            raise RemoteError(
                f"the forge did not end its answer within {LONGEST:.0f} seconds", hint="Try again later."
            )
    return b"".join(parts)
