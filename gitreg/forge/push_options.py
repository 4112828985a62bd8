"""A forge without a token: GitLab opens the merge request itself, by options of the push. Asks nobody.

https://docs.gitlab.com/topics/git/commit/#push-options-for-merge-requests. The push goes through when an option is refused
(`app/services/merge_requests/push_options_handler_service.rb` collects such errors as words for the pusher).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NoReturn

from gitreg.errors import CredentialsError
from gitreg.forge.base import Abilities, ForgeKind, MergeRequest, Wanted
from gitreg.forge.mark import Content, changes, wanted_content
from gitreg.forge.place import Place
from gitreg.forge.wording import body_text, cut, one_line

_LONGEST_DESCRIPTION = 4000
"""Characters. Git takes lines of 65,516 bytes (gitprotocol-common(5)), Linux variables of 131,072, in which hooks get them."""
_LINE_END = re.compile(r"\\+(?=n)")
"""GitLab makes a line end of a backslash and an n in a description, whatever stands before, and so a line of its own."""
_URL = re.compile(r"https?://[!-~]+")


class PushOptions:
    """The member for GitLab without a token.

    Args:
        place: the project.
    """

    kind: ForgeKind = "push-options"
    abilities = Abilities()

    def __init__(self, place: Place) -> None:
        self._place = place

    def push_options(self, wanted: Wanted) -> tuple[str, ...]:
        """Options that open the branch's merge request, or change its open one; each is one line.

        They change title and description of an open one even where a person edited them: there is nobody to ask.
        """
        return options_of(wanted)

    def said(self, lines: Sequence[str]) -> str | None:
        """The URL of the merge request, of this very project, that GitLab prints to who pushed."""
        return said_url(self._place, lines)

    def find(self, branch: str, target: str) -> MergeRequest | None:  # noqa: ARG002 - the protocol's
        """None: without a token there is nobody to ask."""
        return None

    def propose(self, wanted: Wanted) -> MergeRequest | None:  # noqa: ARG002 - the protocol's
        """None: the options of the push did it."""
        return None

    def note(self, number: int, marker: str, text: str) -> str:  # noqa: ARG002 - the protocol's
        """Raises CredentialsError: a note needs a token."""
        self._missing("notes cannot be written")

    def approvals(self, number: int) -> tuple[str, ...]:  # noqa: ARG002 - the protocol's
        """Raises CredentialsError: approvals need a token."""
        self._missing("approvals cannot be read")

    def _missing(self, what: str) -> NoReturn:
        raise CredentialsError(
            f"{what} at {self._place.host} without a token",
            hint="Set GITREG_TOKEN to a project access token with the scope api and the role Developer.",
        )


def options_of(wanted: Wanted) -> tuple[str, ...]:
    """The options that make GitLab open what is wanted at a push, each one line."""
    content = summary_content(wanted)
    options = [
        "merge_request.create",
        "merge_request.remove_source_branch",
        f"merge_request.target={content.target}",
        f"merge_request.title={content.title}",
        f"merge_request.description={content.line}",
    ]
    return (*options, "merge_request.draft") if wanted.draft else tuple(options)


def update_options(present: Content, wanted: Wanted) -> tuple[str, ...]:
    """The options that make an open merge request say what is wanted, where no person changed it.

    A long description of the same proposal, which somebody's token wrote, stays.
    """
    short = summary_content(wanted)
    if present.wanted in {short.mark, wanted_content(wanted).mark}:
        return ()
    fields = changes(present, short)
    names = {"target_branch": "target", "title": "title", "description": "description"}
    given = fields | ({"description": short.line} if "description" in fields else {})
    return tuple(f"merge_request.{names[field]}={value}" for field, value in given.items())


def summary_content(wanted: Wanted) -> Content:
    """What is to be written, with a description of one line."""
    return replace(wanted_content(wanted), text=_description(wanted.summary))


def said_url(place: Place, lines: Sequence[str]) -> str | None:
    """The last URL of a merge request of a place's own project among lines of a server; None when there is none.

    GitLab prints `View merge request for BRANCH:` and on the next line the URL (lib/gitlab/internal_post_receive/response.rb).
    """
    urls = [url for line in lines for url in _URL.findall(line) if place.request_in(url) is not None]
    return urls[-1] if urls else None


def _description(summary: str) -> str:
    """A summary on one line, on which nothing makes a second one or a quick action."""
    return body_text(cut(_LINE_END.sub(_shown, one_line(summary)), _LONGEST_DESCRIPTION))


def _shown(found: re.Match[str]) -> str:
    """As many backslashes as Markdown would show, where two stand for one."""
    return "&#92;" * ((len(found[0]) + 1) // 2)
