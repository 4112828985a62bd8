"""Canonical texts, damaged: what hand, merge, tool or attacker could make of a record's file.

python tests/documents/mutations.py [--texts 100000] [--seed 1]     the long form of what test_canonical.py does with them
python tests/documents/mutations.py --tokens                        every token for the value of every line
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable, Iterator
from random import Random

from record_samples import SAMPLES
from record_strategies import HOSTILE, LINES

from gitreg.documents import canonical, canonical_logged_model, canonical_models
from gitreg.documents.reader import values_of
from gitreg.documents.scalars import line_scalar
from gitreg.domain.candidate import Candidate
from gitreg.domain.experiment import Experiment
from gitreg.domain.logged_model import LoggedModel
from gitreg.domain.model import Model, ModelVersion
from gitreg.domain.record import Record
from gitreg.errors import RecordError

KINDS = {
    Candidate: canonical.candidate,
    Experiment: canonical.experiment,
    LoggedModel: canonical_logged_model.logged_model,
    Model: canonical_models.model,
    ModelVersion: canonical_models.model_version,
}
PATH = "x.yaml"
# What may stand where a value or a key does: sound, sound in another way, and unsound
SHARP = [
    "''", "'", '"', '""', "'''", "''''", "'a''b'", "'a'b'", "'a' ", "'a' # b", "'a'# b", '"a\\nb"', '"\\x41"', '"\\u00e9"', '"\\/"', '"\\e"', '"\\\\"',
    '"\\""', '"\\', '"\\t"', '"a\\n"', '"a\\  b"', "a ", " a", "a  b", "a\tb", "a # b", "a #", "a#b", "a:", "a::b", "a: b", "a :b", "a : b", "a:b", "?a",
    "-1", "+1", "00", "0", "1", "-0", "1.5", "-1.5", "1.5e3", "1.0e+16", "1.0e+400", "1.0e-400", "1e5", "1.", ".5", "0x10", "1_000.0", "\u0661.\u0665", "9" * 18, "9" * 19,
    "9" * 20, "9" * 25 + ".0", "9" * 26 + ".0", "9.0e+99", "9.0e+308", "9.9e+308", "9" * 5000, "0." + "1" * 5000, ".nan", ".NaN", ".inf", "-.inf", "+.inf", "nan",
    "true", "false", "True", "null", "Null", "~", "'null'", "[]", "{}", "[a]", "{a: b}", "[", "{", "|", "|-", "|+", "|2", ">", ">-", "|-\n    a", "|\n    a\n",
    "|-\n    a\n\n    b", "|-\n      a\n    b", "|-\n    a\n      b", "|-\n\n    a", "|-\n    a \n    b", "|-\n    # a", "|-\n    a\n\n", "|-\n    a\n   \n    b",
    "|-\n    a\n    \n    b", "|-\n    a: b\n    c", "|-\n  a", "|-\n  a\n\n  b", "|- # a\n    b", "a\n    b", "'a\n    b'", "\n    a", "\n    - a", "\n    a: b",
    "2026-11-22T15:04:05.123456Z", "'2026-11-22T15:04:05.123456Z'", "'2026-02-30T15:04:05.123456Z'", "'2026-11-22T24:00:00.000000Z'", "'2026-11-22T15:04:60.000000Z'",
    "'0000-01-01T00:00:00.000000Z'", "'2026-11-22T15:04:05Z'", "'2026-11-22T15:04:05.1Z'", "'2026-11-22t15:04:05.123456z'", "'2026-11-22 15:04:05.123456Z'",
    "'2026-11-22T15:04:05.123456+00:00'", "'\u0662026-11-22T15:04:05.123456Z'", "'9999-12-31T23:59:59.999999Z'", "'0001-01-01T00:00:00.000000Z'",
    "'md5:" + "0" * 32 + "'", "'md5:" + "0" * 32 + ".dir'", "'md5:" + "A" * 32 + "'", "'sha256:" + "0" * 64 + "'", "'sha256:" + "0" * 63 + "'", "sha256:" + "0" * 64,
    "'" + "0" * 32 + "'", "0" * 32, "'" + "0" * 40 + "'", "a" * 40, "A" * 40, "'" + "a" * 40, "a" * 32 + "'", "a" * 250, "a" * 251, "'" + "a" * 500 + "'",
    "a" * 501, "a" * 65, "a" * 64, "a.lock", "a..b", "con", "a.", "A", "1.4.0", "'1.4.0'", "'''1.4.0'''", "2.0.0-rc.1", "1.4", "01.4.0", "1.4.0-01", "1.4.0-x.lock", "1.4.0+b", "'4'", "production", "latest", "threshold",
    "no-regression", "passed", "skipped", "finished", "running", "done", "maximize", "e\u0301", "'e\u0301'", "\u00e9", "\u00a0a",
    "a\u00a0", "'a\u00a0'", "a\u3000b", "\u2003", "'\u200b'", "a\u202eb", "'a\u2028b'", "a\u0085b", "a\ufeffb", "\ufffe", "a\x00b", "a\x1bb", "a\x7fb", "a\rb",
]  # fmt: skip
TOKENS = [
    *SHARP,
    *HOSTILE,
    *map(line_scalar, HOSTILE + LINES),
    *(f"'{text}'" for text in HOSTILE),
    *(f'"{text}"' for text in HOSTILE),
]
CHARACTERS = [
    *"\n\t\r \x00\x1b\x7f#:-?[]{},'\"|>&*!%@`\\~.0123456789eEnNaAzZ_/+=<", "\u0085", "\u00a0", "\u00e9", "\u0301", "\u200b", "\u2028", "\u202e", "\ufeff", "\u0660", "🎉",
    ": ", " #", "- ", "? ", "---\n", "...\n", "<<: ", "\n\n", "  ", "\r\n", "''", "<<<<<<< \n", "=======\n", "# a\n",
]  # fmt: skip


def damaged(text: str, dice: Random) -> str:
    """The text with one to three changes."""
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        text = dice.choice(CHANGES)(text, dice)
    return text


def with_token(text: str, line: int, token: str) -> bytes:
    """The text with `token` for the value of a line, if it has one."""
    lines = text.split("\n")
    head = lines[line][: lines[line].find(": ") + 2] or lines[line][: lines[line].find("- ") + 2]
    lines[line] = head + token if head else lines[line]
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def disagreement(content: bytes, kind: type[Record]) -> str | None:
    """How the quick reader differs from the strict one; None when it says the same, or leaves the text alone."""
    quick = KINDS[kind](content)
    if quick is None:
        return None
    try:
        strict = values_of(content, kind, PATH)
    except RecordError as error:
        return f"strictly it is none: {error}"
    if repr(quick) != repr(strict):  # NaN equals nothing, and 1 is not 1.0
        return f"{quick} is strictly {strict}"
    return None


def _insert(text: str, dice: Random) -> str:
    at = dice.randint(0, len(text))
    return text[:at] + dice.choice(CHARACTERS) + text[at:]


def _overwrite(text: str, dice: Random) -> str:
    at = dice.randint(0, len(text))
    return text[:at] + dice.choice(CHARACTERS) + text[at + dice.randint(1, 3) :]


def _delete(text: str, dice: Random) -> str:
    at = dice.randint(0, len(text))
    return text[:at] + text[at + dice.choice((1, 1, 1, 2, 10, 100)) :]


def _truncate(text: str, dice: Random) -> str:
    return text[: dice.randint(0, len(text))]


def _with_lines(change: Callable[[list[str], int, Random], None]) -> Callable[[str, Random], str]:
    def changed(text: str, dice: Random) -> str:
        lines = text.split("\n")
        change(lines, dice.randrange(len(lines)), dice)
        return "\n".join(lines)

    return changed


def _value(lines: list[str], at: int, dice: Random) -> None:
    head, colon, _ = lines[at].partition(": ")
    if colon:
        lines[at] = f"{head}: {dice.choice(TOKENS)}"
    elif "- " in lines[at]:
        lines[at] = f"{lines[at].partition('- ')[0]}- {dice.choice(TOKENS)}"


def _key(lines: list[str], at: int, dice: Random) -> None:
    head, colon, value = lines[at].partition(":")
    indent = head[: len(head) - len(head.lstrip())]
    lines[at] = f"{indent}{dice.choice(TOKENS)}{colon}{value}"


def _double(lines: list[str], at: int, dice: Random) -> None:
    lines.insert(dice.choice((at, at, dice.randrange(len(lines)))), lines[at])


def _drop(lines: list[str], at: int, dice: Random) -> None:
    del lines[at : at + dice.choice((1, 1, 2, 5))]


def _swap(lines: list[str], at: int, dice: Random) -> None:
    other = dice.choice((max(at - 1, 0), dice.randrange(len(lines))))
    lines[at], lines[other] = lines[other], lines[at]


def _indent(lines: list[str], at: int, dice: Random) -> None:
    lines[at] = dice.choice(
        (f" {lines[at]}", f"  {lines[at]}", lines[at][1:], lines[at][2:], f"\t{lines[at]}")
    )


def _quote(lines: list[str], at: int, dice: Random) -> None:
    head, _, value = lines[at].partition(": ")
    bare = value.strip("'\"")
    quoted = dice.choice((bare, repr(bare), f"'{bare}'", f'"{bare}"', f"'{bare}", f"{bare}'"))
    lines[at] = f"{head}: {quoted}"


def _end(lines: list[str], at: int, dice: Random) -> None:
    lines[at] += dice.choice((" ", "\t", " # a", "#", ":", " :", "\r", "\u00a0", ","))


def _add(lines: list[str], at: int, dice: Random) -> None:
    indent = dice.choice(("", "  ", "  ", "    ", lines[at][: len(lines[at]) - len(lines[at].lstrip())]))
    added = (
        f"{dice.choice(TOKENS)}: {dice.choice(TOKENS)}",
        f"- {dice.choice(TOKENS)}",
        dice.choice(TOKENS),
        "",
    )
    lines.insert(at, indent + dice.choice(added))


CHANGES: list[Callable[[str, Random], str]] = [
    _insert, _overwrite, _delete, _truncate,
    *map(_with_lines, (_value, _value, _value, _value, _key, _key, _double, _drop, _swap, _indent, _quote, _quote, _end, _add, _add)),
    lambda text, dice: text.replace("\n", "\r\n"),
    lambda text, dice: "\ufeff" + text,
    lambda text, dice: text + text,
    lambda text, dice: text.rstrip("\n"),
]  # fmt: skip


def _tell(text: str) -> None:
    sys.stdout.write(text + "\n")


def main() -> int:
    """Looks at as many texts as asked for, and tells of every one that is read in two ways."""
    words = argparse.ArgumentParser(
        description="Texts that the quick reader and the strict one may read in two ways."
    )
    words.add_argument("--texts", type=int, default=100_000, help="how many damaged texts")
    words.add_argument(
        "--seed", type=int, default=random.randrange(2**32), help="another seed damages them otherwise"
    )
    words.add_argument(
        "--tokens", action="store_true", help="every token in every line instead; some minutes"
    )
    asked = words.parse_args()
    _tell(f"seed {asked.seed}")
    count = taken = wrong = 0
    for kind, content in _every_token() if asked.tokens else _damaged(Random(asked.seed), asked.texts):
        count += 1
        taken += KINDS[kind](content) is not None
        if (found := disagreement(content, kind)) is not None:
            wrong += 1
            _tell(f"{found}\n{content!r}\n")
    _tell(f"{count:,} texts, {taken:,} of them still canonical, {wrong} read in two ways")
    return 1 if wrong else 0


def _damaged(dice: Random, count: int) -> Iterator[tuple[type[Record], bytes]]:
    for _ in range(count):
        kind, text = dice.choice(SAMPLES)
        yield kind, damaged(text, dice).encode("utf-8", "surrogatepass")


def _every_token() -> Iterator[tuple[type[Record], bytes]]:
    for kind, text in SAMPLES:
        for line in range(text.count("\n")):
            yield from ((kind, with_token(text, line, token)) for token in TOKENS)


if __name__ == "__main__":
    sys.exit(main())
