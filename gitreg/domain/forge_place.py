"""Where a forge is, as people write it in a file or a setting: a URL and a project's path. Plain functions, no records."""

from __future__ import annotations

import re

HOST = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?){0,9}"
PORT = "[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]"
URL = rf"https?://(?:{HOST}|\[[0-9a-f:]{{2,39}}\])(?::(?:{PORT}))?(?:/[A-Za-z0-9_][A-Za-z0-9_.-]{{0,99}}){{0,9}}/?"
"""Lower case, no account, no query: what is sent there is sent to this host, and is read the same by everybody."""
PART = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}"
PROJECT = rf"{PART}(?:/{PART}){{1,20}}"
"""https://docs.gitlab.com/user/reserved_names/ and "group/sub/name": at least one group, at most twenty."""
LONGEST = 500


def forge_url(value: str) -> str:
    """The URL of a forge, without the slash at its end.

    Raises:
        ValueError: with what is wrong.
    """
    if len(value) > LONGEST or not re.fullmatch(URL, value):
        raise ValueError(
            "a forge's URL is http:// or https:// with a host in lower case, perhaps a port and a path, and no account or query"
        )
    if any(".." in part for part in value.split("/")):
        raise ValueError("a forge's URL must not hold '..'")
    return value.rstrip("/")


def forge_project(value: str) -> str:
    """The path of a project on a forge, `group/sub/name`.

    Raises:
        ValueError: with what is wrong.
    """
    if len(value) > LONGEST or not re.fullmatch(PROJECT, value):
        raise ValueError("a project's path is group/name, of A-Z a-z 0-9 . _ -, without a slash at its ends")
    if any(".." in part or part.endswith((".", ".git", ".atom")) for part in value.split("/")):
        raise ValueError("a project's path must not hold '..' nor parts that end in '.', '.git' or '.atom'")
    return value
