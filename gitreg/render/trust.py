"""Keys, roles and the trust root as tables and pages."""

from __future__ import annotations

from collections.abc import Sequence

from gitreg.domain.trust import Role
from gitreg.render.document import Json
from gitreg.render.page import Page
from gitreg.render.table import Table, table_of
from gitreg.workflows.trust.concerned import Signed
from gitreg.workflows.trust.differences import role_text
from gitreg.workflows.trust.listing import ListedKey, Shown

TITLES = ("person", "principal", "key", "kind", "state", "root", "machine", "may")


def key_table(keys: Sequence[ListedKey], *, brief: bool) -> Table:
    """Keys, one a row."""
    rows = [
        (
            one.key.person,
            one.principal,
            one.key.fingerprint,
            one.key.kind,
            state_text(one),
            "yes" if one.root else "" if brief else "no",
            "yes" if one.machine else "" if brief else "no",
            "; ".join(one.may),
        )
        for one in keys
    ]
    return table_of(TITLES, rows)


def state_text(one: ListedKey) -> str:
    """`current`, `revoked`, or until which root a former key is good."""
    return f"former, until root {one.key.until}" if one.key.state == "former" else one.key.state


def key_json(one: ListedKey) -> Json:
    """A key for programs."""
    return {
        "person": one.key.person,
        "principal": one.principal,
        "fingerprint": one.key.fingerprint,
        "type": one.key.kind,
        "state": one.key.state,
        "untilRoot": one.key.until,
        "root": one.root,
        "machine": one.machine,
        "may": list(one.may),
    }


def trust_page(shown: Shown) -> str:
    """The trust root whole, for people."""
    root, page = shown.trust.root, Page()
    page.title(f"trust root {root.version}{' (proposed)' if shown.changes else ''}")
    page.line("registry", root.registry)
    page.line("branch", root.accepted_branch)
    page.line("signed by", ", ".join(shown.signed) or "nobody")
    page.section("lacks", [("", one) for one in shown.lacking])
    page.section("changes", [("", one) for one in shown.changes])
    keys = {one.key.fingerprint: one.key.person or "" for one in shown.keys if one.root}
    page.section(f"root keys, of which {root.threshold} must sign", [(who, key) for key, who in keys.items()])
    page.section(
        "keys", [(one.key.person or "", f"{one.key.fingerprint}  {state_text(one)}") for one in shown.keys]
    )
    page.section("roles", [(name, role_text(role)) for name, role in shown.trust.roles.roles.items()])
    return page.text()


def trust_json(shown: Shown) -> Json:
    """The trust root whole, for programs."""
    root = shown.trust.root
    return {
        "rootVersion": root.version,
        "registry": root.registry,
        "acceptedBranch": root.accepted_branch,
        "threshold": root.threshold,
        "rootKeys": dict(root.keys),
        "signedBy": list(shown.signed),
        "lacking": list(shown.lacking),
        "changes": list(shown.changes),
        "keys": [key_json(one) for one in shown.keys],
        "roles": {name: _role(role) for name, role in shown.trust.roles.roles.items()},
    }


def _role(role: Role) -> Json:
    return dict(role.model_dump(mode="json"))


def signed_table(tags: Sequence[Signed], again: Sequence[Signed], *, brief: bool) -> Table:
    """What was signed with a key, one a row."""
    rows = [
        (
            one.name,
            one.statement.title,
            one.commit[:12] if brief else one.commit,
            one.fingerprint,
            "yes" if one in again else "no",
        )
        for one in tags
    ]
    return table_of(("tag", "title", "commit", "key", "again"), rows)


def signed_json(one: Signed, *, again: bool) -> Json:
    """A tag for programs."""
    statement = one.statement
    return {
        "tag": one.name,
        "action": statement.action,
        "model": statement.model,
        "version": str(statement.version) if statement.version else None,
        "stage": statement.stage,
        "commit": one.commit,
        "fingerprint": one.fingerprint,
        "again": again,
    }
