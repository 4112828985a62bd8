"""YAML, names and text that are hostile to readers: in records that the verifier reads, and in refs and files of a clone."""

from __future__ import annotations

from attack_case import TARGET, Attack, Harm
from attack_ground import Ground
from storage_attacks import followed

from gitreg.documents import places

ROW = "documents"
MODEL = places.model_path("churn")
HEAD = "schema: gitreg/model/v1\nslug: churn\nname: churn\n"
LINES = "".join(f"b{number}: &b{number} [{', '.join([f'*b{number - 1}'] * 9)}]\n" for number in range(1, 12))
VALIDATE = ("validate", MODEL)


def _accepted(text: str | bytes, path: str = MODEL) -> Harm:
    """The host puts it on the accepted branch; nobody signed it."""

    def harm(ground: Ground) -> None:
        ground.commit({path: text.encode() if isinstance(text, str) else text})

    return harm


def _proposed(text: str | bytes) -> Harm:
    """A developer's branch, as it is checked out for review."""

    def harm(ground: Ground) -> None:
        _accepted(text)(ground)
        followed(ground)

    return harm


YAML: dict[str, tuple[str | bytes, str]] = {
    "a billion laughs": (f"{HEAD}extra:\n  b0: &b0 [ha]\n{LINES}", "an anchor (&)"),
    "a merge key": (f"{HEAD}tags:\n  <<: {{a: b}}\n", "a merge key (<<)"),
    "a tag that builds an object": (f"{HEAD}description: !!python/object/apply:os.system [id]\n", "a tag (!)"),
    "a hundred thousand brackets": (f"{HEAD}extra: {{a: {'[' * 100_000}\n", "nested deeper than 16"),
    "a key twice": (f"{HEAD}stages: {{production: 1.1.0}}\nstages: {{production: 1.0.0}}\n", "twice"),
    "20,000 keys": (f"{HEAD}tags:\n" + "".join(f"  k{number}: v\n" for number in range(20_000)), "10,000 keys and values"),
    "two megabytes": (f"{HEAD}description: |\n" + "  x\n" * 600_000, "1048576 are allowed"),
    "words without end": (f"{HEAD}description: {'x ' * 200_000}\n", "more than 100,000 words"),
    "an escape of a terminal": (f'{HEAD}description: "\\e]0;pwned\\a"\n', "U+001B"),
    "a NUL": (f"{HEAD}description: a\0b\n", "U+0000"),
    "bytes that are no UTF-8": (HEAD.encode() + b"description: \xff\n", "not UTF-8"),
    "a name in two forms of Unicode": (HEAD.replace("name: churn", "name: cafe\u0301"), "NFC"),
}  # fmt: skip
FEW = (
    "a billion laughs",
    "a tag that builds an object",
    "a key twice",
    "two megabytes",
    "a NUL",
    "bytes that are no UTF-8",
)
PULL = ("pull", "churn@1.0.0", "-o", TARGET, "--storage", "{storage}")


SEEN = (
    "a merge key",
    "a hundred thousand brackets",
    "20,000 keys",
    "words without end",
    "an escape of a terminal",
    "a name in two forms of Unicode",
)
ATTACKS = [
    *(Attack(ROW, f"model.yaml of the accepted branch: {name}", "Git host", _accepted(YAML[name][0]), "retired", YAML[name][1], PULL) for name in FEW),
    *(Attack(ROW, f"validate of model.yaml: {name}", "developer", _proposed(YAML[name][0]), None, YAML[name][1], VALIDATE, 1) for name in SEEN),
]  # fmt: skip
