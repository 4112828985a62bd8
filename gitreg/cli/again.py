"""The call that is being answered, as words for a shell: with what comes next in it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping

import click
from click.core import ParameterSource


def words_again(context: click.Context, changes: Mapping[str, str | None]) -> str:
    """This call once more, with other values of some options; None leaves one out.

    Args:
        context: of the call.
        changes: values by the names that the command's parameters have in it.
    """
    outer = context.parent
    words = ["gitreg", *(_said(outer, {}) if outer else ())]
    return " ".join(map(quoted, [*words, context.info_name or "", *_said(context, changes)]))


def quoted(word: str) -> str:
    """A word as a shell reads it back; what acts on a terminal is written as an escape (bash, ANSI-C quoting)."""
    if word.isprintable():
        return shlex.quote(word)
    return "$'" + "".join(_escaped(one) for one in word) + "'"


def _escaped(sign: str) -> str:
    if sign in "'\\":
        return f"\\{sign}"
    if sign.isprintable():
        return sign
    code = ord(sign)
    return f"\\x{code:02x}" if code < 0x80 else f"\\U{code:08x}"


def _said(context: click.Context, changes: Mapping[str, str | None]) -> Iterator[str]:
    """Options, then arguments, as they were said on the command line; one that looks like an option comes behind `--`."""
    arguments: list[str] = []
    for param in context.command.params:
        name = param.name or ""
        if name in changes:
            said = changes[name]
        elif context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            said = context.params.get(name)
        else:
            continue
        if isinstance(param, click.Argument):
            arguments += _texts(said)
        elif isinstance(param, click.Option):
            yield from _option(param, said)
    if any(one.startswith("-") for one in arguments):
        yield "--"
    yield from arguments


def _option(option: click.Option, said: object) -> Iterator[str]:
    if isinstance(said, bool):
        yield (option.opts if said else option.secondary_opts)[0]
    elif not option.is_flag:  # one that stands for a value of another option is said by that one
        for text in _texts(said):
            yield from (option.opts[0], text)


def _texts(said: object) -> list[str]:
    if said is None:
        return []
    return [str(one) for one in said] if isinstance(said, (list, tuple)) else [str(said)]
