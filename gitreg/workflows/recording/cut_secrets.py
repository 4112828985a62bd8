"""Cutting what looks like a secret out of a candidate before it is recorded, where everybody who clones could read it.

Cut, and not refused: a training that ends should not be lost by a param (docs/format.md). `***` stands where it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from gitreg.domain.candidate import Candidate, Code, DataSource, Pipeline
from gitreg.gitrepo import without_credentials
from gitreg.workflows.recording.find_secrets import masked, masked_command, masked_value

# one cheap look at all of a candidate, as most hold nothing of the kind and there may be many
_LIKELY = re.compile(
    r"-----BEGIN|A[KS]IA[A-Z0-9]|\bgl[a-z]{2,5}-|\bgh[pousr]_|github_pat_|\bhf_|\bxox|AIza|\bsk-|://[^/\s]{0,200}@|://[^\s?]{0,300}\?"
    r"|(?i:pass(?:word|wd|phrase)|secret|token|api[_-]?key|access[_-]?key)"
)


def without_secrets(candidate: Candidate) -> Candidate:
    """The candidate, with `***` in the place of what looks like a secret, and URLs without accounts."""
    if not _LIKELY.search("\n".join(_words(candidate))):
        return candidate
    return candidate.model_copy(
        update={
            "name": masked(candidate.name),
            "params": cut_pairs(candidate.params),
            "tags": cut_pairs(candidate.tags),
            "notes": cut_text(candidate.notes),
            "code": _code(candidate.code),
            "data": [_data(one) for one in candidate.data],
            "ci": _pipeline(candidate.ci),
        }
    )


def cut_pairs(pairs: Mapping[str, str]) -> dict[str, str]:
    """Values of params or tags; a key such as `password` tells what its value is."""
    return {key: _value(key, value) for key, value in pairs.items()}


def cut_text(words: str) -> str:
    """Text of several lines."""
    return "\n".join(map(masked, words.split("\n"))) if _LIKELY.search(words) else words


def _value(key: str, value: str) -> str:
    if "\n" in value:
        return cut_text(value)
    return masked_value(key, value)


def _code(code: Code) -> Code:
    repository = code.repository and masked(without_credentials(code.repository))
    command = masked_command([without_credentials(word) for word in code.command])
    return code.model_copy(
        update={"repository": repository, "command": command, "branch": code.branch and masked(code.branch)}
    )


def _data(source: DataSource) -> DataSource:
    values = {name: cut_text(getattr(source, name)) for name in ("context", "source", "columns", "profile")}
    uri, tags = masked(without_credentials(source.uri)), cut_pairs(source.tags)
    return source.model_copy(update={**values, "uri": uri, "tags": tags})


def _pipeline(ci: Pipeline | None) -> Pipeline | None:
    if ci is None:
        return None
    said = ci.model_dump(exclude_none=True)
    return ci.model_copy(update={name: masked(without_credentials(value)) for name, value in said.items()})


def _words(candidate: Candidate) -> Iterator[str]:
    yield candidate.name
    yield candidate.notes
    for pairs in (candidate.params, candidate.tags):
        yield from (f"{key}={value}" for key, value in pairs.items())
    yield from candidate.code.command
    yield f"{candidate.code.repository} {candidate.code.branch}"
    for one in candidate.data:
        yield from (one.uri, one.context, one.source, one.columns, one.profile)
        yield from (f"{key}={value}" for key, value in one.tags.items())
    if candidate.ci:
        yield from filter(None, candidate.ci.model_dump().values())
