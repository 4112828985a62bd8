"""One release, proved to be what was reviewed and signed."""

from __future__ import annotations

from budgets import Budget, Term
from processes import process, run
from report import Run
from repositories import MODEL, Released
from setting import Setting, Words

NAME, FLOOR, START_UP = "gitreg verify", "git verify-tag (floor)", "gitreg verify --help"
NOTES = """Whole processes, in a clone with a remote on the same disk, which `verify` asks for news. `git verify-tag`
checks one signature and nothing else; gitreg also the trust root, the role, review, record and manifest. What it takes to
start is `gitreg verify --help`: everything loaded, nothing done."""


def measure(setting: Setting) -> Run:
    """In a registry of one release."""
    released = Released.of(setting.stock, setting.scale.pulled)
    registry, environ = released.registry, released.environ
    signers = registry / ".gitreg" / "trust" / "allowed_signers"
    run(["git", "config", "gpg.ssh.allowedSignersFile", str(signers)], environ, registry)
    made = [
        process(NAME, ["gitreg", "verify", f"{MODEL}@1.0.0"], environ, registry),
        process(FLOOR, ["git", "verify-tag", f"model/{MODEL}/v1.0.0"], environ, registry),
        process(START_UP, ["gitreg", "verify", "--help"], environ, registry),
    ]
    budget = Budget("verify one: 8 x git verify-tag, and start-up", NAME, (Term(8, FLOOR), Term(1, START_UP)))
    return setting.contest(Words("verify", "Verify one release", NOTES, NAME), made, [budget], 10)
