"""Finding what looks like a secret before it is stored where others read it. Knows patches and words, no files.

A guess, by shape: it finds what people forget, not what they hide. Lines that a patch adds are searched for everything;
lines that are in the published commit already only for what can be nothing but a key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

WRITTEN = 4096
"""Longer lines are data, not what somebody wrote: they are searched for keys only, which costs little."""
_SHAPES = {
    "a private key": rb"-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----",
    "an AWS access key": rb"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    "a GitLab token": rb"\bgl(?:pat|oas|dt|rt|rtr|cbt|ptt|ft|imt|agent|soat|ffct)-[A-Za-z0-9_.=-]{20}",
    "a GitHub token": rb"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22})",
    "a Hugging Face token": rb"\bhf_[A-Za-z0-9]{30}",
    "a Slack token": rb"\bxox[abeprs]-[A-Za-z0-9-]{10}",
    "a Google API key": rb"\bAIza[A-Za-z0-9_-]{35}",
    "an API key": rb"\bsk-(?:proj-|ant-[a-z0-9]{1,10}-)?[A-Za-z0-9_]{32}",
}
_SHAPE = re.compile(
    b"|".join(b"(?P<s%d>%s)" % (number, shape) for number, shape in enumerate(_SHAPES.values()))
)
_NAMES = list(_SHAPES)
_KEYWORD = rb"(?i:password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key)(?:_[A-Za-z0-9_]{1,40})?"
_ASSIGNED = re.compile(
    rb"(?P<name>" + _KEYWORD + rb")[\"']?\]?[ \t]{0,8}[:=][ \t]{0,8}"
    rb"(?:(?P<quote>[\"'])(?P<quoted>[^\"'\s]{4,200})(?P=quote)|(?P<bare>[^\s\"'()\[\]{}$<>,;&.]{4,200})(?=[\s,;&]|\Z))"
)
_IN_URL = re.compile(rb"[a-z][a-z0-9+]{1,10}://[^/\s:@'\"{}$<>]{1,100}:(?P<value>[^/\s:@'\"{}$<>]{3,200})@")
_PLACEHOLDER = re.compile(
    rb"(?i)(?:[$<{%*].*|.*[<>{}\[\]|].*|x{3,}|\*+|\.+|change.?me|example.*|your.*|placeholder.*|password|passwd|secret|token|"
    rb"none|null|true|false)"
)
_MASK = "***"
_OPTION = re.compile(
    r"(?:--?[A-Za-z0-9_-]*?)?(password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key)",
    re.IGNORECASE,
)
_PASSWORD = re.compile(r"(?i)(?:password|passwd|passphrase)\Z")
_HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


@dataclass(frozen=True, slots=True)
class Secret:
    """Something that looks like a secret: what, and where; never itself."""

    kind: str
    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line} looks like {self.kind}"


def secrets_of_patch(patch: bytes) -> Iterator[Secret]:
    """What looks like a secret in a patch as `git diff` writes it."""
    path, old, new, old_left, new_left = "", 0, 0, 0, 0
    for line in patch.split(b"\n"):
        if old_left <= 0 and new_left <= 0:
            if line.startswith((b"+++ ", b"--- ")) and not line.endswith(b"/dev/null"):
                path = _path(line)
            elif match := _HUNK.match(line):
                old, old_left, new, new_left = (int(1 if one is None else one) for one in match.groups())
            continue
        sign, text = line[:1] or b" ", line[1:]  # diff.suppressBlankEmpty leaves the space out
        kind = kind_of(text) if sign == b"+" else _shape(text)
        if kind:
            yield Secret(kind, path, old if sign == b"-" else new)
        if sign in {b"-", b" "}:
            old, old_left = old + 1, old_left - 1
        if sign in {b"+", b" "}:
            new, new_left = new + 1, new_left - 1


def kind_of(text: bytes) -> str | None:
    """What a line of text looks like, when it looks like a secret."""
    shape = _shape(text)
    if shape or len(text) > WRITTEN:
        return shape
    for match in _ASSIGNED.finditer(text):
        value = match["quoted"] or match["bare"]
        if not _PLACEHOLDER.fullmatch(value) and _is_guarded(
            match["name"], value, bare=match["bare"] is not None
        ):
            return f"a {match['name'].decode().lower()}"
    url = _IN_URL.search(text)
    return "a password in a URL" if url and not _PLACEHOLDER.fullmatch(url["value"]) else None


def masked(word: str) -> str:
    """A word of a command, with what looks like a secret replaced by `***`."""
    text = word.encode("utf-8", "surrogatepass")
    text = _SHAPE.sub(b"***", text)
    if kind_of(text):
        text = _IN_URL.sub(lambda match: match[0].replace(b":" + match["value"] + b"@", b":***@"), text)
        text = _ASSIGNED.sub(lambda match: match[0].replace(match["quoted"] or match["bare"], b"***"), text)
    return text.decode("utf-8", "surrogatepass")


def masked_command(words: Sequence[str]) -> list[str]:
    """A command's words; also what follows an option such as `--password`."""
    before = ("", *words)
    return [
        _MASK if _asks(option, word) else masked(word) for option, word in zip(before, words, strict=False)
    ]


def masked_value(name: str, value: str) -> str:
    """What a param or tag of that name holds."""
    if _PASSWORD.search(name) and _asks("password", value):
        return _MASK
    told = masked(f"{name}={value}")
    return told[len(name) + 1 :] if told.startswith(f"{name}=") else masked(value)


def _asks(name: str, value: str) -> bool:
    """Whether a name asks for a secret, and the value could be one."""
    asked = _OPTION.fullmatch(name)
    if asked is None or value.startswith("-"):
        return False
    given = value.encode("utf-8", "surrogatepass")
    return not _PLACEHOLDER.fullmatch(given) and _is_guarded(asked[1].encode(), given, bare=False)


def _shape(text: bytes) -> str | None:
    match = _SHAPE.search(text)
    return _NAMES[int(match.lastgroup[1:])] if match and match.lastgroup else None


def _is_guarded(name: bytes, value: bytes, *, bare: bool) -> bool:
    """Whether the value could guard something: `pad_token="<pad>"` and `password=password` are ordinary code."""
    odd = re.search(rb"[0-9!@#%^*+=/]", value) is not None
    if re.match(rb"(?i)pass", name):
        return odd or not bare
    return odd and len(value) >= 12


def _path(line: bytes) -> str:
    name = line[4:].rstrip(b"\t").decode("utf-8", "replace").strip('"')
    return name.partition("/")[2] or name
