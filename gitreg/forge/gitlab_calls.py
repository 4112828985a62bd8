"""Calls of GitLab's API by python-gitlab, tried again where that helps. Knows paths and JSON, no merge requests.

python-gitlab makes the addresses, headers and JSON, through our session (wire.py). Not used of it: its retries, which sleep for
as long as the server's `Retry-After` says and repeat a POST whose answer was lost; its lists, which follow the server's link
to the next page to any host; its objects, which take every shape for good.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import gitlab
import requests

from gitreg.errors import RemoteError
from gitreg.forge.gitlab_faults import Fault, Need, error_of
from gitreg.forge.place import Place
from gitreg.forge.tokens import Token
from gitreg.forge.wire import Wire, certificates

TIMEOUT = 20.0
"""Seconds in which a connection has to stand, and between two bytes of an answer."""
_PATIENCE = 30.0
_ATTEMPTS = 4
_FIRST_PAUSE = 0.5
_PER_PAGE = 100
"""https://docs.gitlab.com/api/rest/#offset-based-pagination: the most that GitLab gives."""
_ONCE: Mapping[str, Any] = {"max_retries": 0, "obey_rate_limit": False, "retry_transient_errors": False}


class LostAnswerError(RemoteError):
    """What was to be made may have been made; look before making it again."""


@dataclass
class Patience:
    """How long one act of ours waits in all.

    Args:
        wait: sleeps for so many seconds.
        left: how many seconds are left.
    """

    wait: Callable[[float], None]
    left: float = _PATIENCE
    attempts: int = field(default=0)

    def pause(self, fault: Fault) -> bool:
        """Waits before a call is made again; False when that was often or long enough.

        A server that wants more time than is left is not waited for at all.
        """
        seconds = max(fault.pause or 0.0, _FIRST_PAUSE * 2**self.attempts)
        self.attempts += 2 if fault.kind == "slow" else 1  # each of those took a while by itself
        if self.attempts >= _ATTEMPTS or seconds > self.left:
            return False
        self.left -= seconds
        self.wait(seconds)
        return True


class Calls:
    """Calls for one project with one token.

    Args:
        place: the project.
        token: the token.
        environ: where proxies and certificates are.
        timeout: for how many seconds a server may be silent.
    """

    def __init__(
        self, place: Place, token: Token, environ: Mapping[str, str], timeout: float = TIMEOUT
    ) -> None:
        self._place, self._token = place, token
        self._wire = Wire(place, environ)
        named = {f"{token.kind}_token": token.value}
        self._gitlab = gitlab.Gitlab(
            place.url,
            **named,  # type: ignore[arg-type]
            ssl_verify=certificates(place, environ),
            timeout=timeout,
            user_agent="gitreg",
            session=self._wire,
        )
        self._root = f"/projects/{gitlab.utils.EncodedId(place.project)}"

    def get(
        self, path: str, need: Need, patience: Patience, query: Mapping[str, object] | None = None
    ) -> object:
        """What is at a path: of the project, or after `//` of GitLab.

        Raises:
            CredentialsError: it may not be read with this token.
            RemoteError: it cannot be read now.
        """
        return self._tried(
            lambda: self._gitlab.http_get(self._at(path), dict(query or {}), **_ONCE), need, patience
        )

    def pages(
        self, path: str, need: Need, patience: Patience, query: Mapping[str, object], *, most: int
    ) -> Iterator[object]:
        """The values of a list, page by page, until a page is not full.

        Raises:
            RemoteError: there are more than `most` pages, or what is there is no list.
        """
        for page in range(1, most + 1):
            found = self.get(path, need, patience, {**query, "page": page, "per_page": _PER_PAGE})
            if not isinstance(found, list):
                raise error_of(Fault("unreadable"), self._place, self._token, need)
            yield from found
            if len(found) < _PER_PAGE:
                return
        raise RemoteError(
            f"{self._place.project_url} has more than {most * _PER_PAGE} of what should be few",
            hint=self._place.project_url,
        )

    def put(self, path: str, need: Need, patience: Patience, body: Mapping[str, object]) -> object:
        """Changes what is at a path; the same twice is the same once.

        Raises:
            CredentialsError: it may not be changed with this token.
            RemoteError: it cannot be changed now.
            ConflictError: GitLab is in the middle of another change of it.
        """
        return self._tried(
            lambda: self._gitlab.http_put(self._at(path), post_data=dict(body), **_ONCE), need, patience
        )

    def post(self, path: str, need: Need, patience: Patience, body: Mapping[str, object]) -> object:
        """Makes something; repeated only where GitLab said that it did nothing.

        Raises:
            LostAnswerError: it may have been made.
            ConflictError: there is such a thing already.
            CredentialsError: it may not be made with this token.
        """
        while True:
            found = self._once(lambda: self._gitlab.http_post(self._at(path), post_data=dict(body), **_ONCE))
            if not isinstance(found, Fault):
                return found
            if found.may_be_done:
                told = error_of(found, self._place, self._token, need)
                lost = LostAnswerError(told.message, hint=told.hint)
                if found.is_passing and not patience.pause(found):
                    raise told
                raise lost
            if not (found.is_passing and patience.pause(found)):
                raise error_of(found, self._place, self._token, need)

    def _tried(self, call: Callable[[], object], need: Need, patience: Patience) -> object:
        while True:
            found = self._once(call)
            if not isinstance(found, Fault):
                return found
            if not ((found.is_passing or found.code == 409) and patience.pause(found)):
                raise error_of(found, self._place, self._token, need)

    def _once(self, call: Callable[[], object]) -> object:
        """The answer, or what went wrong as a value: an error raised from theirs would carry the server's words along."""
        try:
            found = call()
        except gitlab.GitlabHttpError as error:
            return self._status(error)
        except gitlab.GitlabAuthenticationError as error:
            return self._status(error)
        except (gitlab.GitlabError, RecursionError):
            return Fault("unreadable")
        except requests.exceptions.SSLError:
            return Fault("certificate")
        except requests.Timeout:
            return Fault("slow")
        except requests.RequestException:
            return Fault("unreachable")
        return Fault("unreadable") if isinstance(found, requests.Response) else found

    def _status(self, error: gitlab.GitlabError) -> Fault:
        body = error.response_body if isinstance(error.response_body, bytes) else b""
        return Fault("status", error.response_code or 0, body, self._wire.retry_after)

    def _at(self, path: str) -> str:
        return path[1:] if path.startswith("//") else f"{self._root}{path}"
