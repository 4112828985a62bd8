"""What the parser would have taken at a spot, in people's words."""

from __future__ import annotations

from arpeggio import NoMatch

from gitreg.index.language.faults import shown

_FIELD = "a field like metrics.auc, params.lr or status"
_VALUE = "a number, or text in quotes"
_WORDS = {
    "word_not": None,  # goes without saying where a field is expected
    "kind": _FIELD,
    "bare": _FIELD,
    "quoted": _FIELD,
    "key": "a key",
    "word_is": "a comparison like > 0.9, = 'text', in (...), like '...' or is null",
    "number": _VALUE,
    "text": "text in quotes",
    "truth": None,
    "word_and": "'and'",
    "word_or": "'or'",
    "word_in": "'in'",
    "word_like": "'like'",
    "word_null": "'null'",
    "direction": "'asc' or 'desc'",
    "minus": None,
    "EOF": "the end",
    "(": "'('",
    ")": "')'",
    ",": "','",
}


def expected(fault: NoMatch, text: str) -> tuple[str, str, int, int]:
    """The arguments of a FilterError."""
    names = [rule.rule_name or str(rule.to_match) for rule in fault.rules]
    start = fault.position
    end = _end(text, start)
    found = shown(text[start:end]) if start < len(text) else "the end"
    return f"expected {_listed(names)}, found {found}", text, start, end


def _listed(names: list[str]) -> str:
    if "word_is" in names:
        names = ["word_is"]
    elif "number" in names:
        names = ["number"]
    elif "kind" in names:
        names = ["kind", "("] if "(" in names else ["kind"]
    words = list(dict.fromkeys(word for name in names if (word := _WORDS.get(name, f"'{name}'"))))
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _end(text: str, start: int) -> int:
    """Where the word ends that begins at the spot."""
    rest = text[start : start + 200]
    word = rest.split(None, 1)[0] if rest.strip() else ""
    return start + max(len(word), 0)
