"""Text from strangers, made harmless for where it is shown: terminal, table cell, spreadsheet, Markdown.

What acts instead of being shown is written as an escape that says which character it was. Knows no records; imports
nothing, because every error message passes through here.
"""

from __future__ import annotations

import re
import unicodedata

ACTING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories: control, format (bidirectional ones too), lone surrogates, line and paragraph separators."""
# what begins a formula, in wide forms too; and the same after what some spreadsheets take for the end of a cell
FORMULA = re.compile(r"[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")
FORMULA_LATER = re.compile(r"(?<=[;\t\n])([ ]*)(?=[=+@\uff1d\uff0b\uff0d\uff20]|-(?![0-9.]))")
NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|-inf")
MARKDOWN = re.compile(
    r"\b[A-Z][A-Z0-9_]+-(?=[0-9])|[\\`*_{}\[\]<>()#!|~&@$%^]|:(?=//|[\w+-]+:)|\b[Ww]{3}\.|^/"
    r"|^[-+](?=[ -]|$)|^[0-9]{1,9}\.(?=[ ]|$)|^[ ]"
)
# Forges look for mentions, references and addresses in the text that Markdown shows, so that a backslash does not hide
# them: nothing that can be seen, U+2060, takes them apart (https://docs.gitlab.com/user/markdown/#gitlab-specific-references). So are
# `[[wiki]]`, `{+ inline differences +}`, `:emoji:`, and another tracker's `PROJ-7`, which a merge would close
# (https://docs.gitlab.com/integration/jira/).
_APART = "&#8288;"
_REFERENCES = {
    "<": "&lt;", ">": "&gt;", "&": f"&amp;{_APART}", "/": "&#47;", ":": f":{_APART}", "@": f"@{_APART}", "#": f"\\#{_APART}",
    "!": f"\\!{_APART}", "~": f"\\~{_APART}", "%": f"\\%{_APART}", "$": f"\\${_APART}", "^": f"\\^{_APART}",
    " ": "&#32;", "[": f"\\[{_APART}", "{": f"\\{{{_APART}", "*": f"\\*{_APART}",
}  # fmt: skip


def text(words: str) -> str:
    """Several lines, fit for a terminal: line feeds and tabs stay, everything else that acts is escaped."""
    return _escaped(words, "\n\t")


def one_line(words: str) -> str:
    """One line, fit for a terminal."""
    return _escaped(words.strip("\n"), "")


def field(words: str) -> str:
    """A field of TSV from which the value can be read back: backslash, tab and line ends are escaped."""
    return _escaped(words.replace("\\", "\\\\"), "")


def formula(words: str) -> str:
    """A field of CSV that no spreadsheet takes for a formula (https://owasp.org/www-community/attacks/CSV_Injection)."""
    plain = FORMULA_LATER.sub(r"\1'", _escaped(words, "\n\t"))
    return f"'{plain}" if FORMULA.match(plain) and not NUMBER.fullmatch(plain) else plain


def markdown(words: str) -> str:
    """A line or cell of Markdown: no markup, list, link, mention or quick action of the writer's."""
    return MARKDOWN.sub(_shown, _escaped(words, ""))


def xml(words: str) -> str:
    """Text for XML 1.0, which has no control characters and lacks two more (https://www.w3.org/TR/xml/#charsets)."""
    plain = _escaped(words.strip("\n"), "")
    return plain.replace("\ufffe", _escape("\ufffe")).replace("\uffff", _escape("\uffff"))


def json_text(document: str) -> str:
    """JSON in which characters that act on a terminal are escaped, as JSON may write any character."""
    if document.isascii() and document.replace("\n", "").isprintable():
        return document
    return "".join(_json_escape(part) if _acts(part) and part != "\n" else part for part in document)


def _escaped(words: str, allowed: str) -> str:
    if words.isascii() and words.isprintable():
        return words
    return "".join(_escape(part) if _acts(part) and part not in allowed else part for part in words)


def _shown(found: re.Match[str]) -> str:
    mark = found[0]
    if mark.endswith("-") and len(mark) > 1:
        return mark.replace("_", "\\_") + _APART
    return f"{mark[:-1]}{_APART}." if mark.endswith(".") else _REFERENCES.get(mark, f"\\{mark}")


def _acts(character: str) -> bool:
    return unicodedata.category(character) in ACTING


def _escape(character: str) -> str:
    named = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}
    code = ord(character)
    wide = f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return named.get(character) or (f"\\x{code:02x}" if code < 0x100 else wide)


def _json_escape(character: str) -> str:
    """RFC 8259, section 7: UTF-16 code units."""
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
