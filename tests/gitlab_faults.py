"""What goes wrong on purpose in the GitLab stand-in: planned by method and path, so many times.

Shapes of the errors: https://docs.gitlab.com/api/rest/troubleshooting/ and https://docs.gitlab.com/api/rest/authentication/.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal

Kind = Literal[
    "hang", "drop", "lost", "truncated", "huge", "types", "hostile", "html", "redirect", "between", "rewrite"
]
EXPIRED = {"error": "invalid_token", "error_description": "Token is expired. You can either do re-authorization or token refresh."}  # fmt: skip
WORDS: dict[int, Any] = {
    400: {"message": "400 Bad request"},
    401: {"message": "401 Unauthorized"},
    403: {"message": "403 Forbidden"},
    404: {"message": "404 Not found"},
    405: {"message": "405 Method Not Allowed"},
    409: {"message": ["Another open merge request already exists for this source branch: !1"]},
    422: {"message": "422 Unprocessable Entity"},
    429: {"message": "429 Too Many Requests"},
    500: {"message": "500 Internal Server Error"},
}
HOSTILE = {
    "web_url": "https://evil.example.org/group/project/-/merge_requests/1\x1b]8;;https://evil.example.org\x07",
    "title": "\x1b[2J\x1b[31mMerged!\x1b[0m\r\n::error::\u202eoops <script>alert(1)</script> @all\n/approve",
    "source_branch": "$(touch /tmp/never)`id`",
    "state": "opened\x1b[0m",
    "body": "\x1b[2J @all /close",
    "username": "root\x1b[31m\n@all",
}
TYPES = {
    "iid": "seven", "id": None, "web_url": 7, "state": None, "sha": ["0" * 40], "title": {"a": 1}, "draft": "no",
    "has_conflicts": 3, "source_project_id": "x", "body": 5, "approved_by": "everybody", "author": "root",
    "source_branch": None, "target_branch": 9, "merge_commit_sha": 1, "squash_commit_sha": False,
}  # fmt: skip


@dataclass
class Fault:
    """One thing that goes wrong.

    Args:
        kind: a status, or what happens instead of a clean answer.
        method: of the request, `*` for any.
        path: pattern of its path, decoded, as `*/merge_requests`; `*` takes any character.
        left: how many times yet.
        retry_after: for 429 and 5xx, the header's value.
        body: for a status, another body than GitLab's usual one.
        act: for `between`, what happens before the request is answered; for `rewrite`, makes another body of the answer's.
        seconds: for `hang`, how long.
        size: for `huge`, how many bytes more.
    """

    kind: int | Kind
    method: str = "*"
    path: str = "*"
    left: int = 1
    retry_after: str | int | None = None
    body: Any = None
    act: Callable[..., Any] | None = None
    seconds: float = 60.0
    size: int = 64 * 1024 * 1024

    def fits(self, method: str, path: str) -> bool:
        return self.left > 0 and self.method in {"*", method} and fnmatchcase(path, self.path)


@dataclass
class Plan:
    """All that is planned, and which of it happened."""

    faults: list[Fault] = field(default_factory=list)
    happened: list[tuple[int | Kind, str, str]] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self, method: str, path: str) -> Fault | None:
        """The first fault that fits a request; it is one less afterwards."""
        with self._lock:
            for one in self.faults:
                if one.fits(method, path):
                    one.left -= 1
                    self.happened.append((one.kind, method, path))
                    return one
            return None


def refused(fault: Fault) -> tuple[int, Any, dict[str, str]]:
    """The answer of a fault that is a status."""
    status = int(fault.kind)
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    if status == 429:
        headers |= {"RateLimit-Limit": "60", "RateLimit-Remaining": "0"}
    if fault.body is not None:
        return status, fault.body, headers
    if status in WORDS:
        return status, WORDS[status], headers
    return (
        status,
        b"<html>\r\n<head><title>%d</title></head>\r\n<body>nginx</body>\r\n</html>\r\n" % status,
        headers,
    )


def rewritten(fault: Fault, body: Any) -> Any:
    """The answer as it is after a fault that only changes words."""
    match fault.kind:
        case "hostile":
            return _with(body, HOSTILE)
        case "types":
            return _with(body, TYPES)
        case "rewrite":
            return fault.act(body) if fault.act else body
        case "huge":
            filled = " " * fault.size
            return [*body, filled] if isinstance(body, list) else {**body, "description": filled}
        case _:
            return body


def _with(body: Any, values: dict[str, Any]) -> Any:
    if isinstance(body, list):
        return [_with(one, values) for one in body]
    if isinstance(body, dict):
        return {name: values.get(name, _with(one, values)) for name, one in body.items()}
    return body
