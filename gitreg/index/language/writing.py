"""A tree back into text: what `parse_filter` reads as the same tree."""

from __future__ import annotations

import re

from gitreg.index.language.tree import And, Comparison, Field, Not, Or, Tree, Value

_PLAIN = re.compile(r"[\w./:-]+")


def filter_text(tree: Tree) -> str:
    """The filter that says `tree`."""
    match tree:
        case And(()):
            return ""
        case And(terms):
            return " and ".join(_inner(term) for term in terms)
        case Or(terms):
            return " or ".join(_inner(term) for term in terms)
        case Not(term):
            return f"not {_inner(term)}"
        case Comparison(field, operator, value):
            return f"{field_text(field)} {operator}{'' if value is None else ' ' + _value(value)}"


def field_text(field: Field) -> str:
    """The name of a field, quoted where its key needs it."""
    if field.group == "candidate":
        return field.key
    plain = _PLAIN.fullmatch(field.key)
    return f"{field.group}.{field.key}" if plain else f"{field.group}.`{field.key.replace('`', '``')}`"


def _inner(tree: Tree) -> str:
    return f"({filter_text(tree)})" if isinstance(tree, And | Or) else filter_text(tree)


def _value(value: Value) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return "'" + value.replace("'", "''") + "'"
        case tuple():
            return "(" + ", ".join(_value(one) for one in value) + ")"
        case _:
            return repr(value)
