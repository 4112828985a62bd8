"""What others signed while somebody was on the way to sign it: whoever comes too late is told who was faster."""

from __future__ import annotations

from collections.abc import Collection

from gitreg.workflows.publishing.exchange import TAGS
from gitreg.workflows.registry import Registry
from gitreg.workflows.releasing.sign_tag import signed_by
from gitreg.workflows.releasing.signing_case import signing_case

MOST = 3


def statement_tags(registry: Registry) -> frozenset[str]:
    """Every tag here whose name says that it is a statement, but approvals."""
    folders = tuple(pattern.removesuffix("*") for pattern in TAGS if "/approve/" not in pattern)
    return frozenset(
        ref.name for ref in registry.repository.refs("refs/tags/") if ref.name.startswith(folders)
    )


def signed_meanwhile(registry: Registry, before: Collection[str], model: str | None) -> list[str]:
    """A sentence about each of the last few tags that came since, of a model or of all when None."""
    came = sorted(ref for ref in statement_tags(registry) - set(before) if model in {None, ref.split("/")[3]})
    if not came:
        return []
    case = signing_case(registry, registry.accepted)
    found = [(ref.removeprefix("refs/tags/"), *signed_by(case, ref)) for ref in came[-MOST:]]
    return [
        f"{who} signed {name} meanwhile" if who else f"{name} came, and is no good: {fault}"
        for name, who, fault in found
    ]
