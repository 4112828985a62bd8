"""Text into a tree: the parser's answer, and what only makes sense for some fields."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any

from arpeggio import NoMatch, ParserPython

from gitreg.index.language import fields, times
from gitreg.index.language.expected import expected
from gitreg.index.language.faults import FilterError, shown
from gitreg.index.language.grammar import Rule, parser, whole
from gitreg.index.language.limits import PATTERN, check
from gitreg.index.language.tree import And, Comparison, Field, Not, Or, Tree, Value
from gitreg.index.language.writing import field_text

Node = Any  # a node of Arpeggio's parse tree, which has no types
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)
_lock = threading.Lock()


@lru_cache(maxsize=64)
def parse_filter(text: str) -> Tree:
    """The tree of a filter; an empty text is a filter that everything meets.

    Raises:
        FilterError: if it is no filter; the fault is shown under the text.
    """
    return Reader(text, whole).tree()


class Reader:
    """A text, and its parse tree.

    Raises:
        FilterError: if the text is not what the grammar says.
    """

    def __init__(self, text: str, rule: Callable[[], Rule]) -> None:
        check(text)
        self._text = text
        with _lock:
            try:
                self.root: Node = _parser(rule).parse(text)
            except NoMatch as fault:
                raise FilterError(*expected(fault, text)) from None

    def tree(self) -> Tree:
        """The whole filter."""
        return self._tree(self.root[0]) if self.root[0].rule_name == "disjunction" else And()

    def field(self, node: Node) -> Field:
        """The field that a name names."""
        name = node[0]
        group, key = (_bare(name[0].value[:-1]), name[1][0]) if name.rule_name == "grouped" else (None, name)
        try:
            return fields.field_of(group, _bare(str(key)))
        except fields.UnknownFieldError as fault:
            raise self._fault(str(fault), node) from None

    def _tree(self, node: Node) -> Tree:
        match node.rule_name:
            case "disjunction" | "conjunction":
                terms = tuple(self._tree(one) for one in node[::2])
                return (
                    terms[0] if len(terms) == 1 else (Or if node.rule_name == "disjunction" else And)(terms)
                )
            case "negation":
                tree = self._tree(node[-1])
                for _ in node[:-1]:
                    tree = Not(tree)
                return tree
            case "operand":
                return self._tree(node[0])
            case "group":
                return self._tree(node[1])
            case _:
                return self._comparison(node)

    def _comparison(self, node: Node) -> Comparison:
        field = self.field(node[0])
        test = node[1][0]
        match test.rule_name:
            case "nullness":
                return Comparison(field, "is null" if len(test) == 2 else "is not null")
            case "relation":
                return Comparison(field, str(test[0]), self._relation(field, str(test[0]), test))
            case _:
                return self._choice(field, test)

    def _choice(self, field: Field, node: Node) -> Comparison:
        """`in` and `like`, and their opposites."""
        negated = "not " if len(node) == 2 else ""
        test = node[-1]
        if test.rule_name == "likeness":
            word = str(test[0]).lower()
            return Comparison(field, negated + word, self._pattern(field, test))
        return Comparison(field, f"{negated}in", self._items(field, test[1]))

    def _relation(self, field: Field, sign: str, node: Node) -> Value:
        literal = node[1]
        kind = fields.kind_of(field)
        value = self._literal(field, literal)
        if sign not in {"=", "!="}:
            if kind in {"text", "truth"}:
                raise self._fault(
                    f"{field_text(field)} is compared by =, != or in, as it is no number or time", node[0]
                )
            if kind == "value" and isinstance(value, str):
                raise self._fault(
                    "only numbers are less or greater: write the number without quotes", literal
                )
        return value

    def _pattern(self, field: Field, node: Node) -> str:
        if fields.kind_of(field) not in {"text", "value"}:
            raise self._fault(f"{field_text(field)} is no text, so like does not fit it", node[0])
        pattern = unquoted(str(node[1]))
        if len(pattern) > PATTERN:
            raise self._fault(f"a pattern has at most {PATTERN:,} characters", node[1])
        return pattern

    def _items(self, field: Field, node: Node) -> Value:
        """The values of a list, all text or all numbers."""
        literals = [one for one in node if one.rule_name == "literal"]
        values = [self._literal(field, one) for one in literals]
        texts = tuple(value for value in values if isinstance(value, str))
        numbers = tuple(value for value in values if isinstance(value, float))
        if max(len(texts), len(numbers)) < len(values):
            raise self._fault("a list holds texts, or numbers, and not both", node)
        return texts or numbers

    def _literal(self, field: Field, node: Node) -> str | float | bool:
        value = _value(node[0])
        if fields.kind_of(field) == "truth" and isinstance(value, str) and value.lower() in {"true", "false"}:
            value = value.lower() == "true"
        problem = _misfit(field, value)
        if problem:
            raise self._fault(problem, node)
        return value

    def _fault(self, message: str, node: Node) -> FilterError:
        return FilterError(message, self._text, node.position, node.position_end)


def unquoted(words: str) -> str:
    """Text without its quotes; a doubled quote in it stands for one."""
    mark = words[0]
    return words[1:-1].replace(mark * 2, mark)


def _bare(name: str) -> str:
    return unquoted(name) if name[0] in '`"' else name


def _value(node: Node) -> str | float | bool:
    words = str(node)
    match node.rule_name:
        case "number":
            return float(words)
        case "truth":
            return words.lower() == "true"
        case _:
            return unquoted(words)


def _misfit(field: Field, value: str | float) -> str | None:
    """Why a value cannot be compared with a field; None when it can."""
    match fields.kind_of(field), value:
        case "truth", bool():
            return None
        case "truth", _:
            return f"{field_text(field)} is true or false"
        case _, bool():
            return f"{field_text(field)} is not true or false; text is written in quotes"
        case "number", str():
            return f"{field_text(field)} is compared with a number, without quotes"
        case "text", float():
            return f"{field_text(field)} is text, and text is written in quotes"
        case "time", str():
            try:
                times.span_of(value, _ANY_TIME)
            except ValueError as fault:
                return f"{shown(value)} is no time: {fault}"
    return None


@cache
def _parser(rule: Callable[[], Rule]) -> ParserPython:
    return parser(rule)
