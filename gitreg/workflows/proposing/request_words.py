"""What a merge request says: its title, a short description, one line. People's words in it are shown, and do nothing.

A description says what is proposed and how to look at it; what was measured, compared and judged in full is the report's.
What GitLab reads in a title and a description: https://docs.gitlab.com/user/markdown/ and
https://docs.gitlab.com/user/project/quick_actions/.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gitreg.documents.scalars import float_text
from gitreg.domain.candidate import Candidate
from gitreg.domain.model import ModelVersion
from gitreg.domain.version import VersionNumber
from gitreg.errors import UsageError
from gitreg.safe import markdown, one_line

LONGEST_TITLE = 255
"""https://docs.gitlab.com/api/merge_requests/: a title has at most 255 characters."""
SHOWN, WORDS = 5, 120
"""How many metrics or params a description shows, and how many characters of anybody's words."""

_WORD_JOINER = "\u2060"
"""Nothing that can be seen. A title is no Markdown, so that a backslash or an entity would be shown as it is."""
_MARKS = re.compile(
    r"[@#!~%$^&\[\]{*`<>]|:(?=//|[\w+-]+:)|\b[Ww]{3}(?=\.)|\b[Gg][Ll]-(?=\d)|\b[A-Z][A-Z0-9_]+-(?=[0-9])"
)
_DRAFT = re.compile(r"[\W_]*(?:draft|wip)\b", re.IGNORECASE)
"""Wider than what GitLab takes for a draft (https://docs.gitlab.com/user/project/merge_requests/drafts/)."""


@dataclass(frozen=True)
class RequestWords:
    """What a merge request says.

    Args:
        title: one line.
        description: Markdown.
        summary: the description in one line.
        is_draft: whether it is not to be merged yet.
    """

    title: str
    description: str = ""
    summary: str = ""
    is_draft: bool = False


def title_of(words: str) -> str:
    """A title as somebody gave it, on one line, without mentions, references and links.

    Raises:
        UsageError: if it is none: empty, too long, a quick action, or a draft's.
    """
    title = " ".join(words.split())
    if not title:
        raise UsageError("a title needs words", hint="--title 'Promote churn 1.2.0'")
    if title.startswith("/"):
        raise UsageError("a title must not begin with /: forges take that for a command")
    if _DRAFT.match(title):
        raise UsageError("a title must not say that it is a draft", hint="say it by --draft")
    made = harmless(title)
    if len(made) > LONGEST_TITLE:
        raise UsageError(f"a title has at most {LONGEST_TITLE} characters, and this one {len(made)}")
    return made


def harmless(words: str) -> str:
    """Words for a title, one line: what begins a mention, reference or link is taken apart by what nobody sees."""
    return _MARKS.sub(lambda mark: f"{mark[0]}{_WORD_JOINER}", one_line(" ".join(words.split())))


def plain_words(message: str) -> RequestWords:
    """Words for a merge request from those of its commit: the title is the first line, the rest its description."""
    first, _, rest = message.strip().partition("\n")
    title = harmless(first)[:LONGEST_TITLE].lstrip("/")
    lines = [line for line in map(_line, rest.splitlines()) if line]
    return RequestWords(
        title or "Change", "\n\n".join(lines) + ("\n" if lines else ""), markdown(_cut(first))
    )


@dataclass(frozen=True)
class Promotion:
    """What is promoted.

    Args:
        version: the version's record.
        candidate: what it is made of.
        branch: short name of the proposal's branch.
        stage: the stage that the same proposal puts it into.
        before: the highest version that was accepted before.
        metric: the experiment's primary metric.
    """

    version: ModelVersion
    candidate: Candidate
    branch: str
    stage: str | None = None
    before: VersionNumber | None = None
    metric: str | None = None


def promotion_words(of: Promotion, title: str | None, *, is_draft: bool) -> RequestWords:
    """What the merge request of a promotion says; `title` where its author gave one."""
    name = f"{of.version.model} {of.version.version}"
    return RequestWords(
        title_of(title) if title is not None else harmless(f"Promote {name}"),
        "\n".join(_description(of)) + "\n",
        _summary(of),
        is_draft,
    )


def stage_words(
    model: str, version: VersionNumber | None, stage: str, serving: VersionNumber | None
) -> RequestWords:
    """What the merge request of an assignment says."""
    name = _line(model)
    what = f"{name} {version}" if version else f"No version of {name}"
    now = f"{name} {serving}" if serving else "no version"
    told = f"{what} is to serve in {stage}, where {now} does now."
    title = f"Assign {model} {version} to {stage}" if version else f"Empty {stage} of {model}"
    return RequestWords(
        harmless(title), _page(told, _after(f"gitreg release {model}", f"the assignment of {stage}")), told
    )


def retirement_words(model: str, version: VersionNumber, reason: str) -> RequestWords:
    """What the merge request of a retirement says."""
    told = f"{_line(model)} {version} is not to be used any more: {_line(reason, 400)}"
    return RequestWords(
        harmless(f"Retire {model} {version}"),
        _page(told, _after(f"gitreg release {model}", "the retirement")),
        told,
    )


def edit_words(model: str, changed: Sequence[str]) -> RequestWords:
    """What the merge request of a model's edit says; `changed` are names of fields."""
    told = f"The record of {_line(model)} changes: {', '.join(_line(one) for one in changed)}."
    return RequestWords(harmless(f"Edit model {model}"), _page(told, "Nothing of it is signed."), told)


def trust_words(number: int, changes: Sequence[str]) -> RequestWords:
    """What the merge request of a new trust root says: what it changes, by the files and by nobody's claim."""
    told = f"Trust root {number} decides who may release and assign from now on. It changes:"
    listed = [f"- {_line(line)}" for line in changes]
    check = "Look at it, and sign it as a holder of a root key:"
    look = ("gitreg fetch", "gitreg key show --proposed", "gitreg key sign")
    lines = [
        told,
        "",
        *listed,
        "",
        check,
        "",
        *_commands(look),
        "",
        "It counts when enough of them signed it.",
    ]
    summary = f"Trust root {number}: {_line('; '.join(changes), 300)}"
    return RequestWords(f"Propose trust root {number}", "\n".join(lines) + "\n", summary)


def _description(of: Promotion) -> Iterator[str]:
    version, candidate = of.version, of.candidate
    name = f"{_line(version.model)} {version.version}"
    stage = f", and puts it into {of.stage}" if of.stage else ""
    yield from (f"Makes a candidate of {_line(candidate.experiment)} **{name}**{stage}.", "")
    if version.description.strip():
        yield from (_line(version.description, 400), "")
    yield from ("| | |", "|---|---|")
    yield from (f"| {what} | {told} |" for what, told in _rows(of))
    look = ("gitreg fetch", f"gitreg report '{version.model}!{version.version}'", f"gitreg check {of.branch}")
    yield from ("", "Look at it where the registry is cloned:", "", *_commands(look), "")
    yield _after(f"gitreg release {version.model}@{version.version}", "it")


def _rows(of: Promotion) -> Iterator[tuple[str, str]]:
    version, candidate = of.version, of.candidate
    follows = f", after {of.before}" if of.before else ", the first one"
    yield "version", f"{version.version}{follows}"
    yield "candidate", f"`{candidate.id}` {_line(candidate.name)}"
    yield "trained by", f"{_line(candidate.author.name)}, {candidate.created:%Y-%m-%d}"
    yield "proposed by", _line(version.author.name)
    if candidate.code.commit:
        dirty = ", and changes beside it" if candidate.code.dirty else ""
        yield "code", f"`{candidate.code.commit[:12]}`{dirty}"
    yield "artifacts", f"{version.content.files} files, {version.content.size:,} bytes"
    for what, shown in (("metrics", _metrics(of)), ("params", _params(candidate))):
        if shown:
            yield what, shown
    yield "gates", _gates(version)


def _metrics(of: Promotion) -> str:
    first = of.metric
    found = sorted(of.candidate.metrics.items(), key=lambda one: (one[0] != first, one[0]))
    return _some((f"{_line(key)} {float_text(value)}" for key, value in found), len(found))


def _params(candidate: Candidate) -> str:
    found = sorted(candidate.params.items())
    return _some((f"{_line(key, 60)}={_line(value, 60)}" for key, value in found), len(found))


def _gates(version: ModelVersion) -> str:
    results = [gate.result for gate in version.gates]
    counted = [f"{results.count(one)} {one}" for one in ("failed", "passed", "skipped") if one in results]
    return ", ".join(counted) or "none are demanded"


def _summary(of: Promotion) -> str:
    version = of.version
    name = f"{_line(version.model)} {version.version}"
    parts = [f"{name} from candidate {of.candidate.id[:12]}", _metrics(of), f"gates: {_gates(version)}"]
    return (
        "; ".join(filter(None, parts))
        + f". See: gitreg report '{_line(f'{version.model}!{version.version}')}'"
    )


def _some(words: Iterable[str], number: int) -> str:
    shown = [word for word, _ in zip(words, range(SHOWN), strict=False)]
    more = f" and {number - SHOWN} more" if number > SHOWN else ""
    return ", ".join(shown) + more


def _page(told: str, after: str) -> str:
    return f"{told}\n\n{after}\n"


def _after(command: str, what: str) -> str:
    return (
        f"After the merge `{command}` signs {what}; without that signature nobody's `gitreg pull` takes it."
    )


def _commands(lines: Sequence[str]) -> list[str]:
    return ["```sh", *lines, "```"]


def _line(words: str, longest: int = WORDS) -> str:
    """Somebody's words on one line of Markdown."""
    return markdown(_cut(words, longest))


def _cut(words: str, longest: int = WORDS) -> str:
    plain = " ".join(words.split())
    return plain if len(plain) <= longest else plain[: longest - 3] + "..."
