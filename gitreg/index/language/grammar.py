"""The grammar of `filter.peg` as functions, which Arpeggio makes a parser of in a fraction of the time.

Reading the grammar file itself costs 12 ms in each command; a test shows that both give the same parser. Each function is a
rule: a tuple is a sequence, a list an ordered choice. Knows nothing of what the words mean.
"""

# ruff: noqa: D103 - every function is a rule of the grammar, and filter.peg says what for

from __future__ import annotations

from typing import Any

from arpeggio import EOF, Optional, ParserPython, ZeroOrMore
from arpeggio import RegExMatch as Text

WHITE_SPACE = "\t\n\v\f\r \u00a0"
Rule = Any  # Arpeggio has no types


def whole() -> Rule:
    return Optional(disjunction), EOF


def disjunction() -> Rule:
    return conjunction, ZeroOrMore(word_or, conjunction)


def conjunction() -> Rule:
    return negation, ZeroOrMore(word_and, negation)


def negation() -> Rule:
    return ZeroOrMore(word_not), operand


def operand() -> Rule:
    return [group, comparison]


def group() -> Rule:
    return "(", disjunction, ")"


def comparison() -> Rule:
    return field, test


def test() -> Rule:
    return [nullness, choice, relation]


def nullness() -> Rule:
    return word_is, Optional(word_not), word_null


def choice() -> Rule:
    return Optional(word_not), [membership, likeness]


def membership() -> Rule:
    return word_in, items


def items() -> Rule:
    return "(", literal, ZeroOrMore(",", literal), ")"


def likeness() -> Rule:
    return word_like, text


def relation() -> Rule:
    return sign, literal


def sign() -> Rule:
    return Text(r">=|<=|!=|=|>|<")


def field() -> Rule:
    return [grouped, bare, quoted]


def grouped() -> Rule:
    return kind, key


def kind() -> Rule:
    return Text(r"(?:[^\W\d]\w*|`\w+`)\.")


def key() -> Rule:
    return [quoted, Text(r"[\w./:-]+")]


def bare() -> Rule:
    return Text(r"(?i)(?!(?:and|or|not|in|is|null|i?like)\b)[^\W\d]\w*")


def quoted() -> Rule:
    return Text(r'`(?:``|[^`])+`|"(?:""|[^"])+"')


def literal() -> Rule:
    return [number, text, truth]


def number() -> Rule:
    return Text(r"(?i)[-+]?(?:(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|inf(?:inity)?)(?![\w.])")


def text() -> Rule:
    return Text(r'"(?:""|[^"])*"|\'(?:\'\'|[^\'])*\'')


def truth() -> Rule:
    return Text(r"(?i)(?:true|false)\b")


def word_and() -> Rule:
    return Text(r"(?i)and\b")


def word_or() -> Rule:
    return Text(r"(?i)or\b")


def word_not() -> Rule:
    return Text(r"(?i)not\b")


def word_in() -> Rule:
    return Text(r"(?i)in\b")


def word_is() -> Rule:
    return Text(r"(?i)is\b")


def word_null() -> Rule:
    return Text(r"(?i)null\b")


def word_like() -> Rule:
    return Text(r"(?i)i?like\b")


def ordering() -> Rule:
    return Optional(minus), field, Optional(direction), EOF


def minus() -> Rule:
    return Text(r"-")


def direction() -> Rule:
    return Text(r"(?i)(?:asc|desc)\b")


def parser(rule: Rule = whole) -> ParserPython:
    """A fresh parser of a rule; it keeps state while it parses, so it is one thread's at a time."""
    return ParserPython(rule, ws=WHITE_SPACE)
