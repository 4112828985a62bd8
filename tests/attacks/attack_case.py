"""What an attack is: who does what to which thing, what is asked then, and how gitreg must refuse it.

Attacks are declared in the modules called `*_attacks.py` of this folder, each in a list `ATTACKS`; test_attack_list.py runs them
all, attack_table.py writes docs/attacks.md from them.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from attack_ground import Ground

ROWS: Mapping[str, str] = {
    "names": "tag copied, renamed, pointed elsewhere; branches and other refs of a tag's name",
    "object": "tag objects of another form than one signed statement",
    "signature": "keys, purposes and revocation",
    "role": "people and what they may do",
    "trust files": "trust files edited without enough root keys",
    "replay": "good statements in the wrong place",
    "review": "commits that nobody accepted",
    "record": "records, manifests and candidates that are not what was signed",
    "memory": "older, shorter or other registries than were seen",
    "clone": "a poisoned clone or environment",
    "content": "bytes that are not those of the manifest",
    "listing": "listings and `.dvc` files that lead elsewhere",
    "storage": "storage configuration that runs, reads or sends",
    "documents": "YAML, names and text that are hostile to readers",
    "formats": "files that run code when they are loaded",
}
Actor = Literal[
    "Git host", "developer", "signer", "key thief", "earlier job", "object store", "root key holder"
]
Answer = Literal["accepts", "refuses"]
Harm = Callable[[Ground], Mapping[str, str] | None]

TARGET, STORAGE, ANCHOR, SERVED = "{target}", "{storage}", "{anchor}", "{served}"


def verify(*words: str) -> tuple[str, ...]:
    """`gitreg verify`, of churn 1.0.0 unless told otherwise."""
    return ("verify", *(words or ("churn@1.0.0",)))


def pull(*words: str) -> tuple[str, ...]:
    """`gitreg pull` into the target, of churn 1.0.0 unless told otherwise."""
    return ("pull", *(words or ("churn@1.0.0",)), "-o", TARGET, "--storage", STORAGE)


@dataclass(frozen=True)
class Attack:
    """An attack.

    Args:
        row: which row of the list it belongs to, a key of ROWS.
        title: what is done, in a few words; no two attacks have the same.
        actor: who can do it.
        harm: does it to a copy of the honest registry; may return variables that the command then finds set.
        step: the step of verification that refuses; None where the answer is another one (exit 3, 1).
        words: a part of the reason.
        command: what is called; `{target}`, `{storage}` and `{anchor}` are filled in.
        code: its exit code; 0 where the attack has no effect, and exactly the honest bytes are delivered.
        git: what `git verify-tag` says of the same state, with the registry's allowed signers and revocation file; None where
            there is no tag that it could be asked about, or nothing to compare.
        tag: the tag that plain Git is asked about.
        process: whether the command runs as a process of its own, and not in that of the tests.
        springs: a command of plain Git in the same clone that runs the trap, to show that it is one.
        accepted: why gitreg accepts it all the same, where it does: a finding that is not mended yet.
        served: the kind of server that the object store is behind; its URL is filled in for `{served}`.
    """

    row: str
    title: str
    actor: Actor
    harm: Harm
    step: str | None
    words: str
    command: tuple[str, ...] = field(default_factory=pull)
    code: int = 6
    git: Answer | None = None
    tag: str = "model/churn/v1.0.0"
    process: bool = False
    springs: tuple[str, ...] = ()
    accepted: str = ""
    served: Literal["", "http", "s3"] = ""

    def __post_init__(self) -> None:
        if self.row not in ROWS:
            raise ValueError(f"{self.title}: there is no row {self.row}")


def all_attacks() -> list[Attack]:
    """Every attack that is declared, by row; the first of each row runs as a process of its own."""
    names = sorted(file.stem for file in Path(__file__).parent.glob("*_attacks.py"))
    found = [attack for name in names for attack in importlib.import_module(name).ATTACKS]
    by_row = [[attack for attack in found if attack.row == row] for row in ROWS]
    return [
        replace(attack, process=attack.process or number == 0)
        for attacks in by_row
        for number, attack in enumerate(attacks)
    ]
