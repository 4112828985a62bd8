"""A `meta.yaml` is read as PyYAML wrote it, whatever MLflow was told to write."""

from __future__ import annotations

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gitreg.domain.fitted import LOST
from gitreg.domain.words import unprintable
from gitreg.workflows.import_mlflow import files

KEYS = st.sampled_from(
    ["name", "run_id", "artifact_uri", "status", "tags", "end_time", "lifecycle_stage", "description"]
)
WORDS = st.one_of(
    st.text(
        st.characters(exclude_characters="\x85\u2028\u2029", exclude_categories=["Cs"]), max_size=40
    ),  # PyYAML folds lines at these
    st.sampled_from(
        [
            "yes",
            "null",
            "~",
            "1e3",
            "0x10",
            "1_000",
            "2026-11-23",
            "<<",
            "=",
            "a: b",
            "- a",
            "'",
            '"',
            "\\a",
            "C:\\new\\x",
            "#",
            "",
            " ",
        ]
    ),
)
VALUES = st.one_of(
    WORDS,
    st.none(),
    st.integers(-(2**70), 2**70),
    st.dictionaries(WORDS.filter(str.isalnum), WORDS, max_size=3),
    st.builds(list),
)


def dumped(values: dict[str, object]) -> bytes:
    """As MLflow does it (mlflow/utils/yaml_utils.py)."""
    return yaml.dump(
        values, default_flow_style=False, allow_unicode=True, sort_keys=True, Dumper=yaml.SafeDumper
    ).encode("utf-8", "surrogatepass")


def expected(value: object) -> object:
    if isinstance(value, dict):
        return {expected(key): expected(one) for key, one in value.items()}
    return value if value is None else str(value)


def shown(value: object) -> object:
    """What is lost on purpose: characters that no record holds."""
    if isinstance(value, dict):
        return {shown(key): shown(one) for key, one in value.items()}
    if not isinstance(value, str):
        return value
    return "".join(LOST if unprintable(one, allowed="\n\t") else one for one in value)


@settings(max_examples=100, deadline=None)
@given(values=st.dictionaries(KEYS, VALUES, min_size=1))
def test_what_mlflow_writes_is_read_back(tmp_path_factory, values):
    """Numbers as their digits, lists not at all."""
    folder = tmp_path_factory.mktemp("meta")
    (folder / "meta.yaml").write_bytes(dumped(values))

    found = files.meta(folder)

    assert found == shown(
        {key: expected(value) for key, value in values.items() if not isinstance(value, list)}
    )


@settings(max_examples=100, deadline=None)
@given(values=st.dictionaries(KEYS, VALUES, min_size=1))
def test_the_quick_reader_says_what_the_whole_one_says(values):
    """Or nothing."""
    content = dumped(values)
    quick = files._quick(content)

    if quick is not None:
        assert quick == files._whole(content, "x")
