"""Writes a report into its merge request: one note, changed at the next run. Knows forges by what they can do."""

from __future__ import annotations

from gitreg.documents import layout
from gitreg.errors import CredentialsError, NotFoundError
from gitreg.workflows.proposing.forges import find_forge
from gitreg.workflows.registry import Registry
from gitreg.workflows.report.values import Report

EXPOSED = "gitreg report PROPOSAL --format html -o report.html, as an artifact with expose_as, needs no token"


def write_note(registry: Registry, report: Report, text: str) -> str:
    """Writes the note, or changes the one that is there.

    Args:
        registry: the registry.
        report: what it is about.
        text: the report as Markdown.

    Returns:
        the note's URL.

    Raises:
        CredentialsError: if notes cannot be written here, saying what is missing.
        NotFoundError: if the proposal has no merge request.
        RemoteError: if the forge cannot be reached.
    """
    found = find_forge(registry)
    if not found.forge.abilities.notes:
        raise CredentialsError(
            f"no note can be written: {found}",
            hint=f"set GITREG_TOKEN to a token with the scope api; {EXPOSED}",
        )
    branch = layout.promote_branch(report.model, report.number).removeprefix("refs/heads/")
    request = found.forge.find(branch, registry.settings.accepted_branch)
    if request is None:
        raise NotFoundError(f"{branch} has no merge request", hint=f"gitreg promote opens it; {EXPOSED}")
    return found.forge.note(request.number, report.marker, text)
