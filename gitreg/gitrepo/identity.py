"""Who did something, and when, as Git writes it; and who the user is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from gitreg.errors import CredentialsError, UsageError
from gitreg.gitrepo.config import Config
from gitreg.gitrepo.names import printable

_FORBIDDEN = re.compile(r"[<>\n\r\0\ud800-\udfff]")
_CRUD = "".join(chr(code) for code in range(33)) + ".,:;<>\"\\'"
"""What Git itself cuts from both ends of a name (ident.c, "strbuf_addstr_without_crud")."""


@dataclass(frozen=True)
class Identity:
    """Who did something, and when."""

    name: str
    email: str
    when: datetime

    def line(self) -> str:
        """Return it as a commit or tag holds it.

        Raises:
            UsageError: the name or the e-mail address is empty, or has `<`, `>`, a line end or NUL in it.
            ValueError: the time has no time zone.
        """
        for what, text in (("name", self.name), ("e-mail address", self.email)):
            if _FORBIDDEN.search(text):
                raise UsageError(
                    f"the {what} {printable(ascii(text))} has a character that Git forbids there"
                )
        name, email = self.name.strip(_CRUD), self.email.strip(_CRUD)
        if not name or not email:
            raise UsageError(
                "a commit needs a name and an e-mail address", hint="git config user.name 'Your Name'"
            )
        return f"{name} <{email}> {_seconds(self.when)} {_zone(self.when)}"


def _seconds(when: datetime) -> int:
    if when.tzinfo is None:
        raise ValueError("a time without a time zone is no point in time")
    seconds = int(when.timestamp())
    if seconds < 0:
        raise UsageError("Git has no time before 1970")
    return seconds


def _zone(when: datetime) -> str:
    minutes = int((when.utcoffset() or timedelta()).total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}"


def identity_of(config: Config, when: datetime, role: str = "author") -> Identity:
    """Return who the user is: from the environment, else from the configuration.

    Args:
        config: the repository's.
        when: the time of the identity.
        role: `author` or `committer`.

    Raises:
        CredentialsError: neither says it. Git would guess from the machine's name; a record must not.
    """
    return Identity(_person(config, role, "name"), _person(config, role, "email"), when)


def _person(config: Config, role: str, what: str) -> str:
    said = config.environ.get(f"GIT_{role.upper()}_{what.upper()}")
    value = said or config.first(f"{role}.{what}", f"user.{what}")
    if not value:
        example = "'Your Name'" if what == "name" else "you@example.com"
        raise CredentialsError(
            f"Git does not know your {what}", hint=f"git config --global user.{what} {example}"
        )
    return value
