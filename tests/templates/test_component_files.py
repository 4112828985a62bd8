"""Every component is what GitLab's schema allows, says what its inputs are, and lets no value reach a shell but by a quoted variable."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from components import FOLDER, NAMES, TOP, inputs_of, parts, rendered

REQUIRED = {"log-candidate": {"command": "python train.py"}}
STRANGERS = re.compile(
    r"CI_COMMIT_(MESSAGE|TITLE|DESCRIPTION|AUTHOR|REF_NAME|BRANCH|TAG_MESSAGE)|CI_MERGE_REQUEST_|GITLAB_USER"
)
EXAMPLE = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
UNQUOTED = re.compile(r"(?<![\"'\w{])\$(?:CI_|GITREG_|GITLAB_)\w+")


def strings(tree: Any) -> Iterator[str]:
    """Every text in a tree."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from strings(key)
            yield from strings(value)
    elif isinstance(tree, list):
        for one in tree:
            yield from strings(one)
    elif isinstance(tree, str):
        yield tree


def scripts(job: dict[str, Any]) -> list[str]:
    return [*job["before_script"], *(job["script"] if isinstance(job["script"], list) else [job["script"]])]


def examples() -> list[tuple[str, dict[str, Any]]]:
    """The YAML examples of every README of a component."""
    return [
        (name, yaml.safe_load(text))
        for name in NAMES
        for text in EXAMPLE.findall((FOLDER / name / "README.md").read_text())
    ]


def test_files_are_what_gitlab_takes(tmp_path: Path) -> None:
    """Header, body with its inputs put in, README examples and this project's own pipeline pass GitLab's own schema."""
    documents = {f"{name}-{at}": one for at, (name, one) in enumerate(examples())}
    for name in NAMES:
        job = rendered(name, **REQUIRED.get(name, {}))
        documents |= {f"{name}-header": parts(name)[0], f"{name}-body": {job.pop("name"): job}}
    shown = EXAMPLE.findall((TOP / "docs" / "gitlab-ci.md").read_text())
    documents |= {f"docs-{at}": yaml.safe_load(text) for at, text in enumerate(shown)}
    own = TOP / ".gitlab-ci.yml"  # not there where an installed package is tested
    documents |= {"own": yaml.safe_load(own.read_text())} if own.is_file() else {}
    files = [tmp_path / f"{name}.yml" for name in documents]
    for file, document in zip(files, documents.values(), strict=True):
        file.write_text(yaml.safe_dump(document))

    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.gitlab-ci", *map(str, files)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_every_input_says_what_it_is(name: str) -> None:
    """A type and a sentence for each; a text that is part of YAML or of a condition has an anchored form or options."""
    given = inputs_of(name)

    for key, one in given.items():
        assert one["type"] in {"string", "boolean", "array"}, key
        assert one["description"].endswith("."), key
        if "regex" in one:
            assert all(part.startswith("^") and part.endswith("$") for part in _branches(one["regex"])), key
            assert re.search(one["regex"], str(one.get("default", "x"))), key
    assert {"job-name", "stage", "image", "gitreg"} <= given.keys()


@pytest.mark.parametrize("name", NAMES)
def test_inputs_reach_scripts_as_variables_only(name: str) -> None:
    """No script is put together from an input, but a whole one that the including project wrote; variables are not expanded."""
    [job] = parts(name)[1].values()
    whole = {"$[[ inputs.script ]]"}

    assert not [line for line in scripts(job) if "$[[" in line and line not in whole]
    for variable, one in job["variables"].items():
        assert one["expand"] is False, variable
    for key, one in inputs_of(name).items():
        uses = [text for text in strings(job) if f"inputs.{key} " in text]
        in_variable = [one["value"] for one in job["variables"].values()]
        if [text for text in uses if text not in in_variable and one["type"] == "string"]:
            assert "regex" in one or "options" in one, f"{key} goes into YAML unchecked"


@pytest.mark.parametrize("name", NAMES)
def test_words_of_strangers_stay_out_of_yaml(name: str) -> None:
    """Names of branches and titles are read by the shell alone, in quotes: GitLab expands what stands in other places."""
    [job] = parts(name)[1].values()
    elsewhere = {key: one for key, one in job.items() if key not in {"rules", "script", "before_script"}}

    assert not [text for text in strings(elsewhere) if STRANGERS.search(text)]
    assert not [line for line in scripts(job) if re.search(r"\beval\b", line) and line != 'eval "$settings"']


@pytest.mark.parametrize("name", NAMES)
def test_variables_are_quoted(name: str) -> None:
    """Every use of a variable from outside stands in quotes, or where the shell splits nothing."""
    [job] = parts(name)[1].values()

    for line in scripts(job):
        for part in line.splitlines():
            bare = UNQUOTED.findall(re.sub(r'"[^"]*"', '""', part))
            allowed = re.search(
                r"(^\s*case \$|^\s*\w+=\$|\)?\s*[\w*/]*\)? ?tag=\$)", part
            ) or part.startswith("$(printf")
            assert not bare or allowed, part


def test_all_jobs_begin_alike() -> None:
    """Installing and preparing is the same text in each, so that it is right in all or in none."""
    first = {name: rendered(name)["before_script"][:4] for name in NAMES}

    assert all(lines == first["validate"] for lines in first.values())


@pytest.mark.parametrize("name", NAMES)
def test_the_signing_key_is_for_the_release_job(name: str) -> None:
    """Every other job forgets it before anything else is run, in case its variable was not limited to that one."""
    lines = rendered(name)["before_script"]

    prepared = next(at for at, line in enumerate(lines) if "gitreg ci" in line)
    assert ("unset GITREG_SIGNING_KEY" in lines[:prepared]) is (name != "release")


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_names_every_input(name: str) -> None:
    """A component's README has a table of its inputs, and an example that gives all that it must be given."""
    text = (FOLDER / name / "README.md").read_text()

    assert set(re.findall(r"^\| `([a-z-]+)` \|", text, re.MULTILINE)) == inputs_of(name).keys()
    used = [example for of, example in examples() if of == name]
    must = {key for key, one in inputs_of(name).items() if "default" not in one}
    assert used
    for example in used:
        [include] = [one for one in example["include"] if name in str(one)]
        assert must <= include.get("inputs", {}).keys() <= inputs_of(name).keys()


def _branches(pattern: str) -> list[str]:
    """The alternatives of a regex at its top, outside of groups and classes."""
    found, depth, inside = [""], 0, False
    at = 0
    while at < len(pattern):
        letter = pattern[at]
        if letter == "\\":
            found[-1] += pattern[at : at + 2]
            at += 2
            continue
        inside = letter == "[" or (inside and letter != "]")
        depth += (letter == "(") - (letter == ")") if not inside else 0
        if letter == "|" and depth == 0 and not inside:
            found.append("")
        else:
            found[-1] += letter
        at += 1
    return found
