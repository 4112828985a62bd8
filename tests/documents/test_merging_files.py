"""Files of several sides, united path by path."""

from __future__ import annotations

import hashlib
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitreg.documents.merging_files import (
    CLASHES,
    EMPTY,
    clashing_path,
    file_conflicts,
    file_values,
    manifest_of,
    united_files,
)
from gitreg.domain.manifest import Manifest, ManifestEntry


def sha(content):
    """The sha256 of a content's text."""
    return hashlib.sha256(content.encode()).hexdigest()


def listed(files):
    """The manifest of files by content."""
    return Manifest.of(ManifestEntry(path, sha(content)) for path, content in files.items())


def united(base, *sides):
    """The manifest of all sides, one after the other, by way of bytes as they are committed."""
    whole = sides[0]
    for side in sides[1:]:
        values = united_files(*(file_values(one) for one in (base, whole, side)))
        whole = Manifest.parse(manifest_of(values).content())
    return whole


CONTENTS = st.sampled_from(["a", "b", "c", ""])
PLAIN = ["one", "two", "deep/three", "deep/four", ".gitreg/curves.csv"]
TWINS = ["x", "X", "x/y", "x/y/z", "é"]


def trees(names):
    """Folders of a few files that can be in one folder."""

    def is_folder(files):
        try:
            return bool(listed(files)) or True
        except ValueError:
            return False

    return st.dictionaries(st.sampled_from(names), CONTENTS, max_size=4).filter(is_folder).map(listed)


def changes(names):
    """What was known, and three changes of it."""
    return st.tuples(*(trees(names) for _ in range(4)))


@settings(max_examples=150, deadline=None)
@given(changes(PLAIN) | changes(TWINS))
def test_the_order_makes_no_difference(sides):
    """Of two sides, whichever is ours; of three, whichever are joined first."""
    base, *others = sides

    found = {united(base, *order).content() for order in permutations(others)}

    assert len(found) == 1
    assert united(base, others[0], others[1]) == united(base, others[1], others[0])


@settings(max_examples=150, deadline=None)
@given(changes(PLAIN) | changes(TWINS))
def test_nothing_that_a_side_gave_is_lost(sides):
    """Whatever a side added or changed is in the folder, at its path or among the clashes; so are all its bytes."""
    base, *others = sides

    whole = file_values(united(base, *others))

    known = {entry.path: entry.sha256 for entry in base.entries}
    for side in others:
        for entry in side.entries:
            if known.get(entry.path) != entry.sha256:
                assert entry.sha256 in whole[entry.path]


@settings(max_examples=100, deadline=None)
@given(changes(PLAIN) | changes(TWINS))
def test_nothing_is_there_that_nobody_gave(sides):
    """Each file is of a side; one that a side removed and nobody else touched is gone."""
    base, *others = sides

    whole = file_values(united(base, *others))

    given = {(entry.path, entry.sha256) for side in others for entry in side.entries}
    assert {(path, value) for path, values in whole.items() for value in values if value} <= given
    for entry in base.entries:
        if all(entry in side.entries for side in others[1:]) and entry.path not in file_values(others[0]):
            assert entry.path not in whole


@settings(max_examples=100, deadline=None)
@given(changes(PLAIN) | changes(TWINS))
def test_uniting_again_changes_nothing(sides):
    """What holds a side already is not changed by it; a clone that unites the same makes the same."""
    base, one, two, _ = sides

    whole = united(base, one, two)

    assert united(base, whole, whole) == whole
    assert manifest_of(file_values(whole)) == whole
    assert united(one, whole, one) == whole


def test_two_contents_of_one_path_are_a_conflict():
    """One stands, the other is beside it under a name that says whose it is."""
    whole = united(listed({}), listed({"m": "one", "n": "n"}), listed({"m": "two"}))

    first, second = sorted([sha("one"), sha("two")])
    beside, *others = whole.entries
    assert (beside.sha256, clashing_path(beside)) == (second, "m")
    assert beside.path.startswith(CLASHES)
    assert others == [ManifestEntry("m", first), ManifestEntry("n", sha("n"))]
    assert file_conflicts(whole) == {"m": {first, second}}


def test_a_file_that_one_removed_and_the_other_changed_stays_and_says_so():
    """The empty file beside it stands for the removal."""
    whole = united(listed({"m": "one"}), listed({}), listed({"m": "two"}))

    assert file_conflicts(whole) == {"m": {sha("two"), None}}
    assert {entry.sha256 for entry in whole.entries} == {sha("two"), EMPTY}


def test_a_file_and_a_folder_of_one_name_are_both_kept():
    """They cannot be in one folder: the folder's file is among the clashes until the other one goes."""
    whole = united(listed({}), listed({"m": "file"}), listed({"m/part": "part"}))

    assert [clashing_path(entry) or entry.path for entry in whole.entries] == ["m/part", "m"]
    without = Manifest.of(entry for entry in whole.entries if entry.path != "m")
    assert united(whole, without, whole) == listed({"m/part": "part"})


@pytest.mark.parametrize(
    "path", [f"{CLASHES}{'0' * 16}/m", f"{CLASHES}m", f"{CLASHES}{'0' * 15}/m", ".gitreg/code.patch"]
)
def test_what_is_called_like_a_clash_and_is_none_is_a_file(path):
    """Its name says which path and content it is of; a stranger's is taken for what it is."""
    entry = ManifestEntry(path, sha("one"))

    assert clashing_path(entry) is None
    assert file_values(Manifest.of([entry])) == {path: {sha("one")}}
