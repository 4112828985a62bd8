"""The lines by which GitLab's CI runs gitreg, for a registry's `.gitlab-ci.yml`. Writes nothing; what people wrote stays as it is.

The components themselves are copied beside those lines unless a project is named that has them: such a project must be on the
same GitLab (https://docs.gitlab.com/ci/components/#use-a-component), and a newcomer's has none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from gitreg.errors import MachineError, RecordError, UsageError
from gitreg.store import Snapshot

PIPELINE = ".gitlab-ci.yml"
COPIES = ".gitlab/gitreg"
ALWAYS = ("validate", "promote-check", "release", "scheduled-audit")
"""What runs without knowing anything of the project."""
ASKING = ("log-candidate", "deploy")
"""What has to be told a command first."""
_PLACES = tuple(Path(__file__).parents[up] / "templates" for up in (2, 3))
"""In an installed package, and in a checkout."""
_PROJECT = re.compile(r"[A-Za-z0-9$][A-Za-z0-9.$_/:-]*/[A-Za-z0-9._-]+@[A-Za-z0-9~][A-Za-z0-9._~/-]*")
_INCLUDES = re.compile(r"""^(["']?)include\1[ ]*:""", re.MULTILINE)
_PLAIN = re.compile(r"(?:[ \t]*(?:#.*)?|[ -].*|[A-Za-z0-9_.\"'$!][^{}\[\]]*:(?:[ ].*)?|[\]}],?)\r?")
_MOST = 1024 * 1024
_EXAMPLES = {
    "log-candidate": (
        "experiment: churn",
        "command: python train.py",
        "metrics: metrics.json",
        "artifacts: model",
    ),
    "deploy": ("script: ['./serve.sh \"$GITREG_MODEL\"']",),
}


@dataclass(frozen=True)
class CiFiles:
    """What is to be written, and what a person has to write where files are theirs.

    Args:
        files: path -> content; what is there as it should be is not among them.
        by_hand: lines for `.gitlab-ci.yml`, where it includes other files already; nothing otherwise.
        kept: copies that somebody changed, or that are of another version; they stay.
    """

    files: dict[str, bytes]
    by_hand: str = ""
    kept: tuple[str, ...] = ()


def ci_files(before: Snapshot, components: str | None = None) -> CiFiles:
    """The CI files that a registry lacks.

    Args:
        before: the commit that they are put on.
        components: a project on the same GitLab that has the components, and a version of it, as
            `gitlab.example.com/team/gitreg@0.1.0`; None to copy them into the registry.

    Raises:
        UsageError: `components` is no such thing.
    """
    if components is not None and not _PROJECT.fullmatch(components):
        raise UsageError(
            f"{components!a} names no project with components",
            hint="write it as gitlab.example.com/team/gitreg@0.1.0",
        )
    copies = {} if components else {f"{COPIES}/{name}.yml": _component(name) for name in (*ALWAYS, *ASKING)}
    present = {path: _content(before, path) for path in copies}
    files = {path: content for path, content in copies.items() if present[path] is None}
    kept = tuple(path for path, content in present.items() if content not in {None, copies[path]})
    pipeline, by_hand = _pipeline(_content(before, PIPELINE), components)
    return CiFiles(files | ({PIPELINE: pipeline} if pipeline else {}), by_hand, kept)


def _pipeline(present: bytes | None, components: str | None) -> tuple[bytes | None, str]:
    """The new `.gitlab-ci.yml`, or the lines that a person must put into it; neither when all are there."""
    lines = [_line(name, components) for name in ALWAYS]
    text = (present or b"").decode("utf-8", "surrogateescape")
    missing = [line for line in lines if line.strip() not in {one.strip() for one in text.splitlines()}]
    if not missing:
        return None, ""
    if not _can_append(text):
        return None, "include:\n" + "".join(f"{line}\n" for line in missing)
    end = "" if not text or text.endswith("\n") else "\n"
    space = "\n" if text else ""
    return f"{text}{end}{space}{_block(lines, components)}".encode("utf-8", "surrogateescape"), ""


def _can_append(text: str) -> bool:
    """Whether a key at the end goes to the file's only mapping, and `include` is not one of its keys yet."""
    return not _INCLUDES.search(text) and all(_PLAIN.fullmatch(line) for line in text.split("\n"))


def _block(lines: list[str], components: str | None) -> str:
    examples = ""
    for name in ASKING:  # each becomes right when its # is taken away
        given = "".join(f"#      {one}\n" for one in _EXAMPLES[name])
        examples += f"#{_line(name, components)}\n#    inputs:\n{given}"
    return (
        "# gitreg: which variables these jobs read, and what each brings, is in its docs/gitlab-ci.md.\n"
        "# They belong to the stages test and deploy, unless an input 'stage' says otherwise.\n"
        "include:\n"
        + "".join(f"{line}\n" for line in lines)
        + "# training and deployment have to be told what to run:\n"
        + examples
    )


def _line(name: str, components: str | None) -> str:
    if components is None:
        return f"  - local: /{COPIES}/{name}.yml"
    project, _, version = components.partition("@")
    return f"  - component: {project}/{name}@{version}"


def _content(before: Snapshot, path: str) -> bytes | None:
    try:
        return before.file(path, limit=_MOST)
    except RecordError as error:
        raise UsageError(f"{path} cannot be extended: {error.message}") from error


def _component(name: str) -> bytes:
    for place in _PLACES:
        file = place / name / "template.yml"
        if file.is_file():
            return file.read_bytes()
    raise MachineError(
        f"this installation of gitreg lacks its component {name}", hint="Install it from a wheel."
    )
