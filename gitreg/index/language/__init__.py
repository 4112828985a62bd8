"""The filter language: text into a tree and back. Knows fields and words, nothing of SQL or of where candidates are kept."""

from gitreg.index.language.faults import FilterError
from gitreg.index.language.order import Order, parse_order
from gitreg.index.language.reading import parse_filter
from gitreg.index.language.tree import And, Comparison, Field, Not, Or, Tree
from gitreg.index.language.writing import filter_text

__all__ = [
    "And",
    "Comparison",
    "Field",
    "FilterError",
    "Not",
    "Or",
    "Order",
    "Tree",
    "filter_text",
    "parse_filter",
    "parse_order",
]
