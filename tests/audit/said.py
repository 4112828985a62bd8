"""What a tag in a registry under test says."""

from __future__ import annotations

from workshop import Workshop

from gitreg.domain.statement import Statement


def assigned(registry: Workshop, number: int) -> Statement:
    """The statement of an assignment that is there."""
    content = registry.git("cat-file", "tag", f"refs/tags/stage/churn/production/{number}")
    return Statement.parse(content.partition("\n\n")[2].partition("-----BEGIN")[0])
