"""Keys of an order: `metrics.auc`, `-metrics.auc`, and MLflow's `metrics.auc DESC`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from gitreg.index.language.faults import FilterError
from gitreg.index.language.grammar import ordering
from gitreg.index.language.reading import Reader
from gitreg.index.language.tree import Field


@dataclass(frozen=True, slots=True)
class Order:
    """A field to order by, rising or falling; what has no value comes last either way."""

    field: Field
    falling: bool = False


@lru_cache(maxsize=64)
def parse_order(text: str) -> Order:
    """The key that `text` writes.

    Raises:
        FilterError: if it is none.
    """
    reader = Reader(text, ordering)
    found = {node.rule_name: node for node in reader.root}
    field = reader.field(found["field"])
    if field.group == "data":
        raise FilterError(
            "candidates have several data sets, which give no order", text, found["field"].position, len(text)
        )
    direction = str(found["direction"]).lower() if "direction" in found else "asc"
    return Order(field, ("minus" in found) != (direction == "desc"))
