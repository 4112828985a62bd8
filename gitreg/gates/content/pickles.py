"""Is this a pickle? Its opcodes are followed as Python's unpickler would, without doing any of it.

A file is one when the walk reaches an opcode that calls something that was imported, or the end of a whole pickle: one that
breaks off after its call has run it already. Opcodes and their arguments are those of the standard library's pickletools.
"""

from __future__ import annotations

import pickletools
import re
from dataclasses import dataclass, field

from gitreg.gates.content.view import Cursor, Ended, View

MOST = 200_000
"""Opcodes that are followed; what goes on after so many is a pickle, and none that matters is that quiet."""
LINE = 1024 * 1024

_CODES = {ord(one.code): one for one in pickletools.opcodes}
_CALLS = frozenset(["REDUCE", "BUILD", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "EXT1", "EXT2", "EXT4"])
_IMPORTS = frozenset(["GLOBAL", "STACK_GLOBAL", "INST", "EXT1", "EXT2", "EXT4", "PERSID", "BINPERSID"])
_FORMS = {
    "GLOBAL": re.compile(rb"[^\s\0]+"),
    "INST": re.compile(rb"[^\s\0]+"),
    "INT": re.compile(rb"\s*[-+]?[0-9_]+\s*"),
    "LONG": re.compile(rb"\s*[-+]?[0-9_]+L?\s*"),
    "FLOAT": re.compile(
        rb"\s*[-+]?([0-9_]*\.?[0-9_]+(e[-+]?[0-9]+)?|[0-9]+\.|inf|nan|infinity)\s*", re.IGNORECASE
    ),
    "STRING": re.compile(rb"'.*'|\".*\"", re.DOTALL),
    "GET": re.compile(rb"\s*[0-9]+\s*"),
    "PUT": re.compile(rb"\s*[0-9]+\s*"),
}
_MARK = pickletools.markobject
_WIDTHS = {
    pickletools.TAKEN_FROM_ARGUMENT1: 1,
    pickletools.TAKEN_FROM_ARGUMENT4: 4,
    pickletools.TAKEN_FROM_ARGUMENT4U: 4,
    pickletools.TAKEN_FROM_ARGUMENT8U: 8,
}


class _Broken(Exception):  # noqa: N818 - as Ended
    """Here the unpickler would stop with an error."""


@dataclass
class _Stack:
    """How many values lie where; which they are does not matter."""

    depth: int = 0
    marks: list[int] = field(default_factory=list)
    memo: set[int] = field(default_factory=set)
    imported: bool = False

    def pop(self, count: int) -> None:
        self.depth -= count
        if self.depth < (self.marks[-1] if self.marks else 0):
            raise _Broken

    def pop_mark(self) -> None:
        if not self.marks:
            raise _Broken
        self.depth = self.marks.pop()


def is_pickle(view: View, most: int = MOST) -> bool:
    """Whether Python's unpickler, begun at the first byte, would call something or come to an end.

    Args:
        view: the file.
        most: how many opcodes are followed; if that does not tell, it is one.
    """
    cursor, stack = Cursor(view), _Stack()
    try:
        for _ in range(most):
            if _step(cursor, stack):
                break
    except (Ended, _Broken):
        return False
    return True


def _step(cursor: Cursor, stack: _Stack) -> bool:
    """Follows one opcode; True when it is known now that this is a pickle."""
    opcode = _CODES.get(cursor.take(1)[0])
    if opcode is None:
        raise _Broken
    argument = _argument(cursor, opcode)
    _remember(opcode.name, argument, stack)
    _move(opcode, stack)
    stack.imported = stack.imported or opcode.name in _IMPORTS
    if opcode.name in _CALLS and not stack.imported:
        raise _Broken  # numbers and words cannot be called
    return opcode.name == "STOP" or opcode.name in _CALLS


def _argument(cursor: Cursor, opcode: pickletools.OpcodeInfo) -> bytes:
    """The opcode's argument where it is short; what is long is passed over."""
    if opcode.arg is None:
        return b""
    if opcode.arg.n >= 0:
        return cursor.take(opcode.arg.n)
    if opcode.arg.n == pickletools.UP_TO_NEWLINE:
        line = cursor.line(LINE)
        form = _FORMS.get(opcode.name)
        if form is not None and not form.fullmatch(line):
            raise _Broken
        if opcode.name in {"GLOBAL", "INST"}:
            cursor.line(LINE)
        return line
    cursor.skip(cursor.number(_WIDTHS[opcode.arg.n]))
    return b""


def _remember(name: str, argument: bytes, stack: _Stack) -> None:
    """The memo: what was not put there cannot be got."""
    if name == "MEMOIZE":
        stack.memo.add(len(stack.memo))
    elif name.endswith(("PUT", "GET")):
        text = argument.strip()[:20]
        key = int(text) if name in {"PUT", "GET"} else int.from_bytes(argument, "little")
        if name.endswith("PUT"):
            stack.memo.add(key)
        elif key not in stack.memo:
            raise _Broken


def _move(opcode: pickletools.OpcodeInfo, stack: _Stack) -> None:
    """What the opcode takes from the stack, and puts there."""
    if opcode.name == "MARK":
        stack.marks.append(stack.depth)
        return
    if opcode.name == "POP" and stack.marks and stack.marks[-1] == stack.depth:
        stack.marks.pop()
        return
    before = opcode.stack_before
    if _MARK in before:
        stack.pop_mark()
        stack.pop(before.index(_MARK))
    else:
        stack.pop(len(before))
    stack.depth += len(opcode.stack_after)
