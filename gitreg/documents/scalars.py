"""The text of single values in YAML: what may stand plain, what must be quoted, how numbers look.

A scalar is plain only where every reader of YAML 1.1 (https://yaml.org/type/) and of YAML 1.2's core schema
(https://yaml.org/spec/1.2.2/#103-core-schema) takes it for the text that it is. Knows nothing of records.
"""

from __future__ import annotations

import json
import math
import re

from gitreg.domain.words import unprintable

LONG = 1000  # beyond this many characters a single line of text is a literal block: every reader is quick with those

# What some reader takes for null, a boolean, a merge or a default, in any case
_WORDS = "null|true|false|yes|no|on|off|y|n|[-+]?\\.(?:inf|nan)"
_NUMBERS = "|".join(
    (
        r"[-+]?0o?[0-7_]+",
        r"[-+]?0x[0-9a-f_]+",
        r"[-+]?0b[01_]+",
        r"[-+]?(?:\.[0-9_]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:e[-+]?[0-9_]+)?",
        r"[-+]?[0-9][0-9_]*(?::[0-9]+)+(?:\.[0-9_]*)?",  # base 60: 1:30
    )
)
_DATES = r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*"
_DIGESTS = r"(?:md5|sha256):.*"
MISTAKABLE = re.compile(rf"{_WORDS}|{_NUMBERS}|{_DATES}|{_DIGESTS}", re.IGNORECASE)
# Indicators may not begin a plain scalar; ': ' and ' #' may not be inside (https://yaml.org/spec/1.2.2/#733-plain-style)
_FIRST = r"(?:[^\s\-?:,\[\]{}#&*!|>'\"%@`=<~.]|\.(?=[^.\s])|--?(?=[A-Za-z]))"
PLAIN = re.compile(rf"(?!.*(?:: | #)){_FIRST}(?:[^\t\n]*[^\s:])?")
FLOW_INDICATORS = re.compile(r"[,\[\]{}?:]")  # PyYAML gives ? and : a meaning there
NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
INTEGER = re.compile(r"[-+]?[0-9]{1,19}")
NONFINITE = {
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
NULLS = frozenset({"", "~", "null", "Null", "NULL"})


def line_scalar(text: str, *, flow: bool = False) -> str:
    """One line of YAML that every reader takes for exactly this text.

    Args:
        text: any text.
        flow: whether it stands inside `[]` or `{}`.
    """
    plain = PLAIN.fullmatch(text) and not MISTAKABLE.fullmatch(text) and unprintable(text) is None
    return text if plain and not (flow and FLOW_INDICATORS.search(text)) else quoted(text)


def quoted(text: str) -> str:
    """The text in single quotes, or in double quotes where it holds what needs an escape."""
    if unprintable(text) is None:
        return "'" + text.replace("'", "''") + "'"
    # JSON's strings are YAML's, but for characters that YAML wants escaped too (https://yaml.org/spec/1.2.2/#57-escaped-characters)
    body = json.dumps(text, ensure_ascii=False)
    return "".join(_escape(character) if unprintable(character) else character for character in body)


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def is_literal(text: str) -> bool:
    """Whether text is written as a literal block: several lines, or a long one, that survive exactly and visibly."""
    if "\n" not in text and len(text) <= LONG:
        return False
    body = text.removesuffix("\n")
    if not body or body[0] in " \t\n" or body[-1] == "\n" or unprintable(body, allowed="\n\t"):
        return False
    return not any(line.startswith("\t") or line != line.rstrip() for line in body.split("\n"))


def literal_header(text: str) -> str:
    """The indicator before a literal block: whether the text ends its last line."""
    return "|" if text.endswith("\n") else "|-"


def float_text(value: float) -> str:
    """A float as every reader takes it for one: with a dot, exact, `.nan`, `.inf` and `-.inf`."""
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    text = repr(value)
    mantissa, e, exponent = text.partition("e")
    return text if "." in mantissa else f"{mantissa}.0{e}{exponent}"


def parse_float(text: str) -> float:
    """The float that plain text writes, by YAML 1.2's core grammar.

    Raises:
        ValueError: if it writes none, or one that no float can hold.
    """
    if text in NONFINITE:
        return NONFINITE[text]
    if not NUMBER.fullmatch(text):
        raise ValueError("not a number")
    value = float(text)
    if math.isinf(value):
        raise ValueError("a number too large for a float")
    return value
