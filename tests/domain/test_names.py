"""Names: what may be called what."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitreg.domain.words import (
    artifact_path,
    candidate_id,
    display_name,
    folded,
    key,
    slug,
    slug_of,
    stage,
    text,
    unprintable,
)

NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=80).map(
    lambda t: unicodedata.normalize("NFC", t)
)


def is_name(value):
    try:
        return bool(display_name(value))
    except ValueError:
        return False


@given(NAMES.filter(is_name))
def test_slug_of_a_name_is_a_slug(name):
    """Every name has a slug, always the same."""
    assert slug(slug_of(name)) == slug_of(name)


@given(
    st.from_regex(r"[a-z0-9][a-z0-9_-]{3,60}", fullmatch=True).filter(lambda s: s[:3] not in {"com", "lpt"})
)
def test_slug_of_a_slug_is_itself(name):
    """What is a slug already stays what it is."""
    assert slug_of(name) == name


@pytest.mark.parametrize(
    ("name", "start"),
    [("Churn Model", "churn-model-"), ("Größe", "groe-"), ("日本", ""), ("con", "con-"), ("a..b", "a-b-"), ("x.lock", "x-lock-"), ("İ", "i-"), ("A" * 499, "a" * 54 + "-")],
)  # fmt: skip
def test_slug_of_other_names_ends_in_a_digest(name, start):
    """Two names that share their letters have two folders."""
    made = slug_of(name)

    assert made.startswith(start)
    assert len(made) == len(made.rstrip("0123456789abcdef")) + 8 or not start
    assert made != slug_of(name + "!")


@pytest.mark.parametrize(
    "value",
    [
        "",
        "A",
        "a b",
        "a/b",
        ".a",
        "-a",
        "_a",
        "a..b",
        "a.",
        "a.lock",
        "con",
        "con.txt",
        "nul",
        "aux.x.y",
        "com1",
        "lpt9",
        "a\n",
        "é",
        "a" * 65,
        "a@b",
        "a#b",
        "\uff41",
    ],
)
def test_what_is_no_slug_is_refused(value):
    """A slug is a folder on every system and a part of a ref in every Git."""
    with pytest.raises(ValueError, match="slug"):
        slug(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        " a",
        "a ",
        "a\nb",
        "a\tb",
        "a\0b",
        "a\x1bb",
        "a\x85b",
        "a\u2028b",
        "a\u202eb",
        "\u2066a",
        "a\ufeffb",
        "a\uffffb",
        "\ud800",
        "e\u0301",
        "a" * 501,
    ],
)
def test_what_is_no_name_is_refused(value):
    """A name is one line that shows what it is, in one form."""
    with pytest.raises(ValueError, match="a name"):
        display_name(value)


@pytest.mark.parametrize(
    "value", ["日本語", "é", "🎉", "a b", "lr=0.1,depth=8", "👩\u200d🔬", "<script>", "=1+1", "-x", "@x"]
)
def test_people_may_call_things_nearly_anything(value):
    """What has a meaning elsewhere is escaped where it is shown, not forbidden."""
    assert display_name(value) == value


def test_a_key_is_shorter_than_a_name():
    """250 characters, as MLflow has it."""
    assert key("a" * 250)
    with pytest.raises(ValueError, match="250"):
        key("a" * 251)


def test_text_may_have_lines_and_tabs():
    """Line feeds and tabs are text; carriage returns and escapes are not."""
    assert text("a\n\tb") == "a\n\tb"
    for bad in ("a\rb", "a\x1b[0m", "\u202e", "\u2029"):
        with pytest.raises(ValueError, match="text must not hold the character"):
            text(bad)


@pytest.mark.parametrize(
    "value", ["latest", "none", "", "Production", "1st", "a_b", "a.b", "a/b", "-a", "a" * 33, "a\n"]
)
def test_what_is_no_stage_is_refused(value):
    """`latest` and `none` mean something else."""
    with pytest.raises(ValueError, match="stage"):
        stage(value)


@pytest.mark.parametrize("value", ["7f", "7F" * 16, "7f" * 16 + "\n", "7g" * 16, "\uff17f" * 16, ""])
def test_what_is_no_id_is_refused(value):
    """32 lower-case hex digits."""
    with pytest.raises(ValueError, match="32"):
        candidate_id(value)


@pytest.mark.parametrize(
    "value",
    [
        "", "/a", "a/", "a//b", ".", "..", "a/../b", "./a", "a\\b", "a\nb", "a\0b", "\u202ea", "e\u0301", ".git/config", "a/.GIT/x", ".dvc/x", "a" * 256, "a/" * 600 + "a",
        "GIT~1/hooks", "dvc~12/x", ".g\u200cit/config", ".git./x", ".git /x", ".git::$INDEX_ALLOCATION/x", "a:b", "a./b", "a ", "C:a", "con", "a/NUL.txt",
        "com1", "lpt\u00b9.bin",
    ],
)  # fmt: skip
def test_paths_that_leave_the_folder_are_refused(value):
    """An artifact's file lies below the artifact's folder, and is no repository."""
    with pytest.raises(ValueError, match="path"):
        artifact_path(value)


@pytest.mark.parametrize(
    "value",
    [
        "model.onnx",
        "a/b c/d.bin",
        "日本/é.txt",
        ".gitreg/code.patch",
        "-x",
        "..a",
        "a..b/c",
        "gitignore",
        ".gitignore",
        "git~",
        "a~1",
        "console",
        "com10",
    ],
)
def test_other_paths_are_fine(value):
    """What only looks strange is allowed."""
    assert artifact_path(value) == value


@pytest.mark.parametrize(("one", "two"), [("Model.bin", "model.BIN"), ("straße", "STRASSE"), ("É", "é")])
def test_twins_fold_to_one(one, two):
    """What a file system without case takes for one file has one folded form."""
    assert folded(one) == folded(two)


@given(st.text(max_size=20))
def test_unprintable_finds_what_is_no_text(value):
    """What passes holds no control, bidirectional or surrogate character."""
    found = unprintable(value)

    bad = [c for c in value if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"}]
    assert found is not None if bad else found is None or found in value
