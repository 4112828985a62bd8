"""Every check of verification, and gitreg without one of them: what delete_checks.py takes away one after the other.

A check is a call of `refuse_unless`, a `raise`, a step or another call whose result nobody uses, one part of a condition, one
link of a chained comparison, one pair of two tuples compared, an option that is switched on.
"""

from __future__ import annotations

import ast
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
MODULES = (
    "gitreg/workflows/verification/*.py", "gitreg/signing/verify_*.py",
    "gitreg/signing/tag.py", "gitreg/signing/sshsig.py", "gitreg/signing/signers.py", "gitreg/signing/keys.py",
    "gitreg/signing/wire.py", "gitreg/signing/plain_text.py", "gitreg/domain/statement.py", "gitreg/domain/trust.py",
)  # fmt: skip
SWITCHES = frozenset({"fsck", "prune", "deep", "first_parent", "validate"})


@dataclass(frozen=True)
class Check:
    """One check, and where it stands.

    Args:
        module: path of the file below the checkout.
        name: `function: what it says`, unique in its module.
        first: its first line.
        last: its last line.
        place: which node it is, counted in the order of `ast.walk`, and which part of that.
    """

    module: str
    name: str
    first: int
    last: int
    place: tuple[int, str, int]

    @property
    def id(self) -> str:
        """How the table calls it; line numbers are not in it."""
        return f"{self.module.removeprefix('gitreg/')} {self.name}"


def modules(top: Path = TOP) -> list[Path]:
    """The files whose checks are deleted."""
    return sorted({path for pattern in MODULES for path in top.glob(pattern) if path.name != "__init__.py"})


def checks(top: Path = TOP) -> list[Check]:
    """All of them, in the order of the files."""
    return [check for path in modules(top) for check in _checks_of(path, path.relative_to(top).as_posix())]


def deleted(check: Check, source: str) -> str:
    """A module without one of its checks."""
    tree = ast.parse(source)
    number, kind, part = check.place
    node = list(ast.walk(tree))[number]
    if kind in {"raise", "call"}:
        _replace(tree, node, ast.copy_location(ast.Pass(), node))
    elif kind == "part":
        assert isinstance(node, ast.BoolOp)
        del node.values[part]
    elif kind == "link":
        assert isinstance(node, ast.Compare)
        ends = [node.left, *node.comparators]
        links = [ast.Compare(ends[at], [op], [ends[at + 1]]) for at, op in enumerate(node.ops) if at != part]
        _replace(tree, node, links[0] if len(links) == 1 else ast.BoolOp(ast.And(), list(links)))
    elif kind == "pair":
        assert isinstance(node, ast.Compare)
        for side in (node.left, node.comparators[0]):
            assert isinstance(side, ast.Tuple)
            del side.elts[part]
    else:
        assert isinstance(node, ast.Call)
        node.keywords[part].value = ast.Constant(value=False)
    return ast.unparse(ast.fix_missing_locations(tree))


def without(check: Check, folder: Path, top: Path = TOP) -> None:
    """A copy of the package in `folder`, without the check."""
    shutil.copytree(top / "gitreg", folder / "gitreg")
    file = folder / check.module
    file.write_text(deleted(check, file.read_text()))


def _checks_of(path: Path, module: str) -> Iterator[Check]:
    tree = ast.parse(path.read_text())
    names, ranges, conditions = _functions(tree), _statements(tree), _conditions(tree)
    known: Counter[str] = Counter()
    for number, node in enumerate(ast.walk(tree)):
        for kind, part, text in _parts(node, conditions):
            words = " ".join(text.split())
            name = f"{names.get(node, 'module')}: {kind} {words[:110]}"
            known[name] += 1
            name += f" #{known[name]}" if known[name] > 1 else ""
            first, last = ranges[node]
            yield Check(module, name, first, last, (number, kind, part))


def _parts(  # noqa: C901 - one branch for each kind
    node: ast.AST, conditions: set[ast.AST]
) -> Iterator[tuple[str, int, str]]:
    if isinstance(node, ast.Raise) and node.exc is not None:
        yield "raise", 0, ast.unparse(node.exc)
    elif (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and not _is_building(node.value)
    ) or (isinstance(node, ast.Assign) and _is_unused_step(node)):
        yield "call", 0, ast.unparse(node)
    elif isinstance(node, ast.BoolOp) and node in conditions:
        for part, value in enumerate(node.values):
            yield "part", part, f"{ast.unparse(value)} of {ast.unparse(node)}"
    elif isinstance(node, ast.Compare) and node in conditions:
        if len(node.ops) > 1:
            for part in range(len(node.ops)):
                yield "link", part, f"{part} of {ast.unparse(node)}"
        elif isinstance(node.left, ast.Tuple) and isinstance(node.comparators[0], ast.Tuple):
            for part, value in enumerate(node.left.elts):
                yield "pair", part, f"{ast.unparse(value)} of {ast.unparse(node)}"
    elif isinstance(node, ast.Call):
        for part, word in enumerate(node.keywords):
            if word.arg in SWITCHES and isinstance(word.value, ast.Constant) and word.value.value is True:
                yield "switch", part, f"{word.arg} of {ast.unparse(node)}"


def _conditions(tree: ast.Module) -> set[ast.AST]:
    """Nodes on which a refusal depends: below the test of an `if`, an `any` or `all`, or what must hold."""
    found: set[ast.AST] = set()
    for node in ast.walk(tree):
        tests: list[ast.AST] = []
        if isinstance(node, ast.If | ast.While | ast.IfExp):
            tests = [node.test]
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in {"refuse_unless", "any", "all"}
        ):
            tests = [node.args[0]]
        elif isinstance(node, ast.comprehension):
            tests = list(node.ifs)
        elif isinstance(node, ast.Return) and isinstance(node.value, ast.BoolOp | ast.Compare):
            tests = [node.value]
        found.update(below for test in tests for below in ast.walk(test))
    return found


def _is_building(call: ast.Call) -> bool:
    """Whether a call builds something or tidies up, and checks nothing."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return name in {
        "append",
        "update",
        "sort",
        "close",
        "setdefault",
        "__init__",
        "mkdir",
        "extend",
        "__setattr__",
        "add",
    }


def _is_unused_step(node: ast.Assign) -> bool:
    """`log, _ = log.run(...)`: a step whose finding nobody uses."""
    target = node.targets[0]
    return (
        isinstance(target, ast.Tuple) and isinstance(target.elts[-1], ast.Name) and target.elts[-1].id == "_"
    )


def _functions(tree: ast.Module) -> dict[ast.AST, str]:
    """The function, or class, around each node."""
    names: dict[ast.AST, str] = {}
    for node in ast.walk(tree):  # outer ones first, so that inner ones win
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            for below in ast.walk(node):
                if below is not node:
                    names[below] = node.name
    return names


def _statements(tree: ast.Module) -> dict[ast.AST, tuple[int, int]]:
    """First and last line of the statement around each node; with a condition goes what it decides on."""
    ranges: dict[ast.AST, tuple[int, int]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            lines = (node.lineno, node.end_lineno or node.lineno)
            ranges.update((below, lines) for below in ast.walk(node))
    return ranges


def _replace(tree: ast.Module, old: ast.AST, new: ast.AST) -> None:
    for node in ast.walk(tree):
        for name, value in ast.iter_fields(node):
            if value is old:
                setattr(node, name, new)
            elif isinstance(value, list) and old in value:
                value[value.index(old)] = new  # type: ignore[call-overload]
