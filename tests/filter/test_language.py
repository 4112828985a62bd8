"""The filter language: what it reads, what it refuses and how it says so."""

from __future__ import annotations

from pathlib import Path

import arpeggio
import pytest
from arpeggio.cleanpeg import ParserPEG
from counting import calls_of
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import ordered, trees

from gitreg.index.language import (
    And,
    Comparison,
    Field,
    FilterError,
    Not,
    Or,
    filter_text,
    grammar,
    limits,
    parse_filter,
    parse_order,
)

GRAMMAR = Path(grammar.__file__).with_name("filter.peg")
PIECES = ["metrics.auc", "params.`a b`", "status", "=", ">", "0.9", "'x'", '"', "'", "`", "(", ")", "and", "or", "not",
    "in", "is", "null", "like", ",", "created", "'7d ago'", "é", "\0", "\x1b[31m", "\ud800", "\u202e", "-", "."]  # fmt: skip
auc = Field("metrics", "auc")
lr = Field("params", "lr")


def fault_of(parse, text):
    """What a text is refused with; None when it is not."""
    try:
        parse(text)
    except FilterError as fault:
        return fault
    return None


@settings(max_examples=300, deadline=None)
@given(tree=trees)
def test_what_prints_also_parses(tree):
    """The text of a tree is read as that tree."""
    assert parse_filter(filter_text(tree)) == tree


@settings(max_examples=300, deadline=None)
@given(
    text=st.text()
    | st.lists(st.sampled_from(PIECES)).map(" ".join)
    | st.lists(st.sampled_from(PIECES)).map("".join)
)
def test_any_text_is_a_filter_or_a_filter_error(text):
    """Nothing else is ever raised, and what is raised can be shown in a terminal."""
    fault = fault_of(parse_filter, text)

    if fault:
        line, marks = fault.excerpt
        assert line.isprintable()
        assert set(marks) <= {" ", "^"}
        assert len(line) < 160
        assert all(part.isprintable() for part in str(fault).split("\n"))


@settings(max_examples=200, deadline=None)
@given(text=st.text() | ordered | st.lists(st.sampled_from(PIECES)).map(" ".join))
def test_any_text_is_an_order_or_a_filter_error(text):
    """As for filters."""
    fault = fault_of(parse_order, text)

    assert fault is None or fault.exit_code == 2


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", And()),
        (" \n", And()),
        ("metrics.auc > 0.9", Comparison(auc, ">", 0.9)),
        ('metric."auc" >= -1e-3', Comparison(auc, ">=", -0.001)),
        ("`metrics`.auc < .5", Comparison(auc, "<", 0.5)),
        ("parameters.lr = '0.1'", Comparison(lr, "=", "0.1")),
        ("param.`lr` != 0.1", Comparison(lr, "!=", 0.1)),
        ("params.lr = 'it''s'", Comparison(lr, "=", "it's")),
        ('params.lr = "say ""a"""', Comparison(lr, "=", 'say "a"')),
        ("params.lr IS NOT NULL", Comparison(lr, "is not null")),
        ("attributes.`Run name` LIKE 'a%'", Comparison(Field("candidate", "name"), "like", "a%")),
        ("run_id In ('a', \"b\")", Comparison(Field("candidate", "id"), "in", ("a", "b"))),
        ("datasets.digest not ilike 'x'", Comparison(Field("data", "digest"), "not ilike", "x")),
        ("code.dirty = 'True'", Comparison(Field("candidate", "code.dirty"), "=", True)),
        ("not not status = 'x'", Not(Not(Comparison(Field("candidate", "status"), "=", "x")))),
        ("metrics.and > 1", Comparison(Field("metrics", "and"), ">", 1.0)),
        ("metrics.a/b:c-d.e > inf", Comparison(Field("metrics", "a/b:c-d.e"), ">", float("inf"))),
        (
            "id = 'a' or id = 'b' and id = 'c'",
            Or((
                Comparison(Field("candidate", "id"), "=", "a"),
                And((Comparison(Field("candidate", "id"), "=", "b"), Comparison(Field("candidate", "id"), "=", "c"))),
            )),
        ),
    ],
)  # fmt: skip
def test_filter_is_read_as(text, tree):
    """Aliases, quotes, cases of words, what binds closer."""
    assert parse_filter(text) == tree


@pytest.mark.parametrize(
    ("text", "message", "marks"),
    [
        ("metrics.auc >", "expected a number, or text in quotes, found the end", "             ^"),
        ("metrics.auc 7", "expected a comparison like > 0.9, = 'text', in (...), like '...' or is null, found '7'", "            ^"),
        ("metrics.auc > 'x'", "metrics.auc is compared with a number, without quotes", "              ^^^"),
        ("metrcs.auc > 1", "no field 'metrcs.auc': did you mean metrics.auc?", "^^^^^^^^^^"),
        ("statsu = 'x'", "no field 'statsu': did you mean status?", "^^^^^^"),
        ("code.comit = 'x'", "no field 'code.comit': did you mean code.commit?", "^^^^^^^^^^"),
        ("name = x", "expected a number, or text in quotes, found 'x'", "       ^"),
        ("params.lr > '1'", "only numbers are less or greater: write the number without quotes", "            ^^^"),
        ("(status = 'x'", "expected 'and', 'or' or ')', found the end", "             ^"),
        ("status = 'x' status", "expected 'and', 'or' or the end, found 'status'", "             ^^^^^^"),
        ("日本.a = 'x'", "no field '日本.a': fields with a dot begin with metrics, params, tags, data, code or artifacts", "^^^^^^"),
        ("data.size = 'x'", "no field 'data.size': data has name, digest, context, uri", "^^^^^^^^^"),
        ("id in (1, 'a')", "id is text, and text is written in quotes", "       ^"),
        ("params.a in (1, 'a')", "a list holds texts, or numbers, and not both", "            ^^^^^^^^"),
    ],
)  # fmt: skip
def test_fault_is_shown_under_the_text(text, message, marks):
    """What is wrong, what was expected, and where."""
    with pytest.raises(FilterError) as raised:
        parse_filter(text)

    assert raised.value.message == message
    assert raised.value.excerpt == (text, marks)


def test_long_filter_is_shortened_around_the_spot():
    """The marks still stand under the spot."""
    text = "metrics.auc > 0.5 and " * 40 + "statsu = 'x'" + " and metrics.auc > 0.5" * 40

    with pytest.raises(FilterError) as raised:
        parse_filter(text)

    line, marks = raised.value.excerpt
    assert len(line) < 90
    assert line[marks.index("^") : len(marks)] == "statsu"


@pytest.mark.parametrize(
    "text",
    [
        "metrics.auc > 0.9 and " * 9_999 + "metrics.auc > 0.9",
        "m.a>1 or " * 5_000,
        "(" * 100 + "metrics.auc > 1" + ")" * 100,
        "not " * 100 + "metrics.auc > 1",
        "not (" * 20 + "metrics.auc > 1" + ")" * 20,
        "(" * 49_000,
        "'" * 49_999,
        "`a" * 24_000,
        "not " * 12_000,
        "x" * 10_000_000,
        "metrics.a > " + "1" * 49_000,
        f"id in ({', '.join(repr('x') for _ in range(100_000))})",
        f"id in ({','.join('1' for _ in range(20_000))})",
        f"id like '{'%a' * 20_000}'",
        "metrics." + "a." * 20_000,
        "\u3000" * 49_000,
        "1e" * 20_000,
    ],
    ids=range(17),
)  # fmt: skip
def test_huge_filter_is_answered_at_once(text):
    """Mostly by an error, and by little work."""
    assert calls_of(fault_of, parse_filter, text) < 100_000

    fault = fault_of(parse_filter, text)

    assert fault is None or len(str(fault)) < 400


def test_largest_filter_is_read_at_the_cost_of_its_terms():
    """Each term costs the same, however many there are."""
    few, most = (" and ".join(["metrics.auc > 0.9"] * count) for count in (limits.TERMS // 4, limits.TERMS))

    assert calls_of(parse_filter, most) < 5 * calls_of(parse_filter, few)

    tree = parse_filter(most)

    assert isinstance(tree, And)
    assert len(tree.terms) == limits.TERMS


def model(expression: arpeggio.ParsingExpression, known: dict[int, int] | None = None) -> object:
    """A parser's rules as plain values; a rule that stands for itself again is a number."""
    known = {} if known is None else known
    if id(expression) in known:
        return known[id(expression)]
    known[id(expression)] = len(known)
    match = (
        expression.to_match
        if isinstance(expression, arpeggio.Match) and hasattr(expression, "to_match")
        else ""
    )
    return (
        type(expression).__name__,
        expression.rule_name,
        match,
        [model(node, known) for node in expression.nodes],
    )


@pytest.mark.parametrize("rule", ["whole", "ordering"])
def test_grammar_file_and_its_fast_form_are_the_same(rule):
    """The file is what people read; the functions are what runs."""
    written = ParserPEG(GRAMMAR.read_text(), rule).parser_model

    running = grammar.parser(getattr(grammar, rule)).parser_model

    assert model(running) == model(written)


def test_filters_of_the_documentation_are_filters():
    """What docs/filter.md shows can be typed."""
    text = (Path(__file__).parents[2] / "docs" / "filter.md").read_text()
    shown = text.split("```filter\n")[1].split("```")[0].splitlines()

    assert len(shown) > 4
    assert all(parse_filter(line) for line in shown)
