"""Version numbers."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitreg.domain.version import VersionNumber

IDENTIFIERS = st.from_regex(r"(0|[1-9][0-9]{0,3}|[0-9]{0,2}[a-zA-Z-][0-9a-zA-Z-]{0,5})", fullmatch=True)
VERSIONS = st.builds(
    VersionNumber,
    st.integers(0, 999_999_999),
    st.integers(0, 99),
    st.integers(0, 99),
    st.lists(IDENTIFIERS, max_size=3)
    .map(".".join)
    .filter(lambda pre: not pre.lower().endswith(("lock", "."))),
)
# https://semver.org/#spec-item-11
SEMVER_ORG = [
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
]


def test_order_is_that_of_semver_org():
    """The specification's own examples, in its order, are sorted already."""
    versions = [VersionNumber.parse(text) for text in [*SEMVER_ORG, "2.0.0", "2.1.0", "2.1.1"]]

    assert sorted(versions, reverse=True) == versions[::-1]
    assert all(one < two for one, two in itertools.pairwise(versions))


@given(VERSIONS)
def test_what_parses_prints(version):
    """`parse(str(version)) == version`."""
    assert VersionNumber.parse(str(version)) == version


@given(VERSIONS, VERSIONS, VERSIONS)
def test_order_is_total(one, two, three):
    """Of any three versions the order is without contradiction, and equal means the same."""
    assert (one < two) + (two < one) + (one == two) == 1
    assert not (one < two < three) or one < three


@given(st.text(st.sampled_from("0123456789.-+abvxLOCK \n"), max_size=15))
def test_a_version_has_one_text(text):
    """Whatever text is a version is written the same way again."""
    try:
        version = VersionNumber.parse(text)
    except ValueError:
        return

    assert str(version) == text


@pytest.mark.parametrize(
    "text",
    [
        "", "1", "1.2", "1.2.3.4", "v1.2.3", "1.2.3+build", "1.2.3-a+b", "01.2.3", "1.02.3", "1.2.03", "1.2.3-", "1.2.3-01", "1.2.3-a..b", "1.2.3-.a", "1.2.3-a.",
        "1.2.3-a_b", "1.2.3-é", "1.2.3-a.lock", "1.2.3-A.LOCK", " 1.2.3", "1.2.3\n", "-1.2.3", "1.2.-3", "latest", "none", "1.2.3-" + "a" * 60, "1234567890.0.0", "\uff11.2.3",
    ],
)  # fmt: skip
def test_what_is_no_version_is_refused(text):
    """Build metadata, leading zeros, signs, other digits, and what Git would refuse as a ref."""
    with pytest.raises(ValueError, match=r"version|pre-release"):
        VersionNumber.parse(text)


@pytest.mark.parametrize(
    ("text", "part", "result"),
    [
        ("1.2.3", "patch", "1.2.4"), ("1.2.3", "minor", "1.3.0"), ("1.2.3", "major", "2.0.0"), ("1.2.3-rc.1", "patch", "1.2.3"), ("1.3.0-rc.1", "minor", "1.3.0"),
        ("2.0.0-rc.1", "major", "2.0.0"), ("1.2.3-rc.1", "minor", "1.3.0"), ("1.2.0-rc.1", "major", "2.0.0"),
    ],
)  # fmt: skip
def test_bumping(text, part, result):
    """A pre-release is followed by its own release; anything else by the next number."""
    assert str(VersionNumber.parse(text).bumped(part)) == result


@given(
    VERSIONS.filter(lambda version: version.major < 999_999_999), st.sampled_from(["major", "minor", "patch"])
)
def test_a_bumped_version_is_later(version, part):
    """Whatever part changes, the next version is higher, and no pre-release."""
    assert version.bumped(part) > version
    assert version.bumped(part).pre == ""


@pytest.mark.parametrize("other", ["1.0.0", None, 1])
def test_a_version_is_not_compared_with_something_else(other):
    """Text that looks like a version is none."""
    with pytest.raises(TypeError):
        assert VersionNumber.parse("1.0.0") < other
