"""The model card of a version: README.md with Hugging Face's front matter, for people and for the Hub.

https://huggingface.co/docs/hub/model-cards and https://github.com/huggingface/hub-docs/blob/main/modelcard.md.
A pure function of the records, so that everybody makes the same bytes. All text of people is escaped: it is
shown, and does nothing (no markup, links, mentions or quick actions).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import TypeVar

from gitreg.documents.scalars import float_text
from gitreg.documents.writer import block
from gitreg.domain.candidate import Candidate
from gitreg.domain.model import Model, ModelVersion
from gitreg.domain.times import time_text

V = TypeVar("V", str, float)
MARKUP = re.compile(r"[!-/:-@\[-`{-~]")
REFERENCES = frozenset("@#!~%$^&")
"""What begins a mention, an issue, a merge request, a label ... on a forge."""


def model_card(version: ModelVersion, candidate: Candidate, model: Model) -> bytes:
    """README.md of a version.

    Args:
        version: the version's record.
        candidate: the candidate that was promoted.
        model: the model's record.
    """
    lines = ["---", *block(_front_matter(version, candidate, model)), "---", ""]
    lines += [f"# {escaped(model.name)} {escaped(str(version.version))}", ""]
    lines += [*_paragraphs(model.description), *_paragraphs(version.description)]
    lines += _table(
        "Metrics", ("metric", "value"), [(key, float_text(v)) for key, v in _sorted(candidate.metrics)]
    )
    lines += _table("Params", ("param", "value"), _sorted(candidate.params))
    lines += _table(
        "Data",
        ("name", "from", "digest", "licence"),
        [(d.name, d.uri, str(d.digest or ""), d.licence or "") for d in candidate.data],
    )
    lines += _table(
        "Gates", ("gate", "result", "detail"), [(g.kind, g.result, g.detail) for g in version.gates]
    )
    lines += _table("Origin", ("what", "value"), list(_origin(version, candidate)))
    return ("\n".join(lines).rstrip("\n") + "\n").encode()


def escaped(text: str) -> str:
    """Text as Markdown that shows exactly it, on one line: every mark becomes a character reference.

    References, because a backslash hides a mark from Markdown alone, not from quick actions; and after what begins a
    mention or a link U+2060, which nobody sees, because forges look for those in what Markdown shows.
    """
    return MARKUP.sub(_hidden, " ".join(text.split()))


def _hidden(found: re.Match[str]) -> str:
    if _is_harmless(found):
        return found[0]
    apart = found[0] in REFERENCES or (found[0] == ":" and found.string.startswith("//", found.end()))
    return f"&#{ord(found[0])};{'&#8288;' if apart else ''}"


def _is_harmless(found: re.Match[str]) -> bool:
    """Whether a mark stands inside a word or number; a dot inside a word could make a link of it."""
    before, after = found.string[: found.start()][-1:], found.string[found.end() :][:1]
    if found[0] == ".":
        return before.isdigit() and after.isdigit()
    return found[0] in ",-" and before.isalnum() and after.isalnum()


def _front_matter(version: ModelVersion, candidate: Candidate, model: Model) -> dict[str, object]:
    measured = [
        {"name": key, "type": key, "value": value}
        for key, value in _sorted(candidate.metrics)
        if math.isfinite(value)
    ]
    matter: dict[str, object] = {"tags": ["gitreg"], "version": str(version.version)}
    if measured:
        source = candidate.data[0] if candidate.data else None
        dataset = {"name": source.name if source else candidate.experiment, "type": candidate.experiment}
        result = {"dataset": dataset, "metrics": measured, "task": {"type": "other"}}
        matter["model-index"] = [{"name": model.name, "results": [result]}]
    return matter


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in re.split(r"\n\s*\n", text):
        if paragraph.strip():
            yield from (escaped(paragraph), "")


def _table(title: str, head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    if not rows:
        return
    yield from (f"## {title}", "", f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}")
    for row in rows:
        yield f"| {' | '.join(map(escaped, row))} |"
    yield ""


def _origin(version: ModelVersion, candidate: Candidate) -> Iterator[tuple[str, str]]:
    yield "candidate", f"{version.origin.experiment}/{version.origin.id}"
    yield "trained by", candidate.author.name
    yield "promoted by", version.author.name
    yield "promoted", time_text(version.created)
    for what, value in (("code", candidate.code.repository), ("commit", candidate.code.commit)):
        if value:
            yield what, value
    yield "files", str(version.content.files)
    yield "manifest", str(version.content.manifest)


def _sorted(values: dict[str, V]) -> list[tuple[str, V]]:
    return sorted(values.items())
