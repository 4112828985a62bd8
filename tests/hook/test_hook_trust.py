"""Trust roots and approvals on a server with the hook: several people's signatures arrive one by one."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

from desk import merge_proposals
from server import Server

from gitreg.signing import find_signing_key
from gitreg.workflows.releasing.approve import approve, plan_approval
from gitreg.workflows.releasing.release import due, release
from gitreg.workflows.trust.add import NewKey, add_key
from gitreg.workflows.trust.propose import How, propose_trust
from gitreg.workflows.trust.role import RoleChange, permission_of, with_role

BOB = "bob@example.com"


def use(server: Server, key: Path) -> None:
    """Whose key signs from now on."""
    server.desk.git("config", "user.signingkey", str(key))


def bob_added(server: Server) -> Path:
    """Bob's key, and the proposal of a root that knows it."""
    desk, file = server.desk, server.desk.path.parent / "bob"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(file)], check=True)
    key = find_signing_key(format="ssh", key=str(file), program=None, environ=desk.environ)
    new = NewKey("bob", BOB, key.public)
    with server.off_guard():
        propose_trust(desk.open(), lambda trust, draft: add_key(trust, draft, new), desk.author, How())
        merge_proposals(desk.open(), desk.author)
    return file


def test_two_people_release_where_it_takes_two(server: Server) -> None:
    """An approval before the release that it is of, and the release that rests on it: both are taken."""
    desk = server.desk
    bob = bob_added(server)
    change = RoleChange("default", permission_of("2 of ada,bob"), {})
    with server.off_guard():
        propose_trust(
            desk.open(), lambda _, draft: with_role(draft, change, ("production",)), desk.author, How()
        )
        candidate = desk.log(metrics={"auc": 0.95}, artifacts={"model.bin": b"better"})
        desk.publish()
        desk.promote(candidate)
        merge_proposals(desk.open(), desk.author)
    use(server, bob)
    registry = desk.open()
    [approval] = approve(registry, plan_approval(registry, due(registry)), desk.author)
    use(server, desk.key)

    [tag] = release(desk.open(), due(desk.open()), desk.author)

    assert approval.endswith("/bob")
    assert {approval, tag} <= set(server.refs().split())


def test_approval_in_anothers_name_is_refused(server: Server) -> None:
    """Good signatures of Ada's under names that no role has, and Bob's, whom no role has, under Ada's."""
    bob = bob_added(server)
    statement = server.statement("refs/tags/model/churn/v1.0.0")
    names = [f"refs/tags/approve/churn/{statement.approval_id}/{person}" for person in ("bob", "eve", "ada")]
    for ref in names[:2]:
        server.sign(statement.approval(), ref, server.desk.key, "ada@example.com")
    server.sign(statement.approval(), names[2], bob, BOB)

    found = server.judge(*names)

    reasons = ("bob is not one of those", "eve is not one of those", "bob signed it in another's name")
    assert len(found) == len(names)
    for ref, reason, line in zip(names, reasons, found, strict=True):
        assert line.startswith(f"{ref}: it would not verify (role): {reason}")


def test_nobody_brings_the_key_that_signs_in_the_same_push(server: Server) -> None:
    """Trust files are those from before the push: to a server that knows Bob it is a matter of his role, else of his key."""
    desk, before = server.desk, server.desk.tip(at=server.bare)
    bob = bob_added(server)
    desk.git("fetch", "-q", "origin", "main")
    desk.git("reset", "-q", "--hard", "FETCH_HEAD")
    ref = "refs/tags/retire/churn/v1.0.0"
    server.sign(replace(server.statement("refs/tags/model/churn/v1.0.0"), action="retire"), ref, bob, BOB)
    known = server.judge(ref)
    desk.git("update-ref", "refs/heads/main", before or "", at=server.bare)

    together = server.judge("main", ref)

    assert [line.partition("): ")[0] for line in (*known, *together)] == [
        f"{ref}: it would not verify (role",
        f"{ref}: it would not verify (signature",
    ]


def test_root_that_lacks_signatures_may_be_proposed_and_not_accepted(server: Server) -> None:
    """Its branch is where they are gathered; on the accepted branch verifiers would refuse everything."""
    desk = server.desk
    bob_added(server)
    branch = "refs/heads/gitreg/trust/3"
    path = ".gitreg/trust/root.yaml"
    desk.git("fetch", "-q", "origin")
    desk.git("update-ref", branch, "refs/remotes/origin/main")
    root = desk.read(path, branch)
    history = {f".gitreg/trust/history/2/{name}": content for name, content in server.trust(branch).items()}
    third = root.replace(b"version: 2", b"version: 3")
    desk.commit({**history, path: third, ".gitreg/trust/signatures/ada.sig": None}, branch)

    proposed = server.judge(branch)
    accepted = server.judge(f"{branch}:main")

    assert proposed == []
    assert any("trust root 3 lacks 1 more signature by root keys of root 2: ada" in one for one in accepted)
