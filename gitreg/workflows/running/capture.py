"""What a candidate records of where it comes from: code, data, environment, pipeline.

Reads only. Knows the machine through what it is given: folders, an environment, a command.
"""

from __future__ import annotations

import json
import platform
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import distributions
from pathlib import Path
from typing import NamedTuple

from gitreg.artifacts import path_digest
from gitreg.domain.candidate import Code, DataSource, Environment, Pipeline
from gitreg.domain.digest import Digest
from gitreg.domain.words import unprintable
from gitreg.errors import NotFoundError, UsageError
from gitreg.gitrepo import Repository, without_credentials
from gitreg.workflows.recording.find_secrets import Secret, masked_command, secrets_of_patch

PROBE_SECONDS = 30
PYTHON = re.compile(r"(python|pypy)(\d+(\.\d+)?)?(\.exe)?")
# The folder that the command runs in must not lend its modules to the probe, hence the second line.
PROBE = """
import sys
sys.path[:] = [entry for entry in sys.path if entry]
import json
from importlib.metadata import distributions
print()
print(json.dumps([
    ".".join(map(str, sys.version_info[:3])),
    sorted({"%s==%s" % (one.metadata["Name"], one.version) for one in distributions() if one.metadata}),
]))
"""


@dataclass(frozen=True)
class CapturedCode:
    """The first component: what the record says, the patch beside it, and what was noticed.

    Args:
        code: for the record.
        patch: from the recorded commit to what ran; empty when nothing differs.
        left_out: untracked files that the patch does not hold, for they are binary, too large, or no regular files.
        secrets: what in the patch looks like a secret.
    """

    code: Code
    patch: bytes = b""
    left_out: tuple[str, ...] = ()
    secrets: tuple[Secret, ...] = ()


def capture_code(folder: Path, environ: Mapping[str, str], command: Sequence[str]) -> CapturedCode:
    """The code around a folder; only the command where that is in no repository, or has no commit yet."""
    words = list(map(_recordable, masked_command([without_credentials(word) for word in command])))
    try:
        repository = Repository.open(folder, environ)
    except NotFoundError:
        return CapturedCode(Code(command=words))
    with repository:
        state = repository.code_state()
    if state is None:
        return CapturedCode(Code(command=words))
    code = Code(
        repository=_recordable(state.remote_url) if state.remote_url else None,
        commit=state.base,
        branch=_recordable(state.branch) if state.branch else None,
        dirty=state.dirty,
        command=words,
    )
    return CapturedCode(code, state.patch, state.left_out, tuple(secrets_of_patch(state.patch)))


def capture_data(word: str, folder: Path, *, context: str = "", licence: str | None = None) -> DataSource:
    """The data that a word names: `path`, `name=path`, or a URL, which has no digest here.

    Raises:
        NotFoundError: if nothing is there.
        UsageError: for what cannot be recorded.
    """
    name, _, path = word.partition("=")
    if not path or "/" in name or (folder / word).exists():
        name, path = "", word
    is_url = re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", path) is not None
    digest = None if is_url else path_digest(folder / path)[0]
    try:
        return DataSource(
            name=name or Path(path.rstrip("/")).name or path,
            uri=without_credentials(path),
            digest=digest,
            context=context,
            licence=licence,
        )
    except ValueError as error:
        raise UsageError(
            f"{path!a} cannot be recorded as data: its name, path or licence holds what no record may"
        ) from error


def licensed(data: Sequence[DataSource], licences: Mapping[str, str]) -> list[DataSource]:
    """Data with the licences that are given for it by name.

    Raises:
        UsageError: if no data has such a name, or the licence cannot be recorded.
    """
    known = [one.name for one in data]
    stray = next((name for name in licences if name not in known), None)
    if stray is not None:
        raise UsageError(
            f"a licence is given for the data {stray!a}, and the data is {', '.join(known) or 'none'}"
        )
    try:
        return [
            DataSource.model_validate({**one.model_dump(), "licence": licences.get(one.name, one.licence)})
            for one in data
        ]
    except ValueError as error:
        raise UsageError("a licence holds what no record may") from error


def own_environment() -> Environment:
    """The environment of this very process."""
    return Environment(python=platform.python_version(), platform=_platform(), packages=_own_packages())


class Surroundings(NamedTuple):
    """What a command runs in.

    Args:
        environment: what is recorded of it.
        packages: the names of the packages that its Python has; nothing where it is no Python.
    """

    environment: Environment
    packages: frozenset[str] = frozenset()


def surroundings_of(command: Sequence[str], folder: Path, environ: Mapping[str, str]) -> Surroundings:
    """What a command runs in; of Python only when the command is a Python interpreter.

    gitreg's own interpreter is not claimed: it may be another one.
    """
    interpreter = _interpreter(command[0], folder, environ)
    told = _ask(interpreter, folder, environ) if interpreter else None
    if told is None:
        return Surroundings(Environment(platform=_platform()))
    version, packages = told
    environment = Environment(python=version, platform=_platform(), packages=_digest(packages))
    return Surroundings(environment, frozenset(package.partition("==")[0] for package in packages))


def capture_pipeline(environ: Mapping[str, str]) -> Pipeline | None:
    """The CI job around us, by an allow-list of variables; None outside of CI."""
    if not environ.get("CI"):
        return None
    names = {
        "project": "CI_PROJECT_PATH",
        "pipeline": "CI_PIPELINE_ID",
        "job": "CI_JOB_ID",
        "merge_request": "CI_MERGE_REQUEST_IID",
    }
    found = {field: _recordable(environ[name]) for field, name in names.items() if environ.get(name)}
    return Pipeline(provider="gitlab", **found) if found else None


def _recordable(text: str) -> str:
    """Text with a replacement for each character that no record may hold."""
    return "".join("\N{REPLACEMENT CHARACTER}" if unprintable(one, allowed="\n\t") else one for one in text)


def _platform() -> str:
    return f"{platform.system()}-{platform.machine()}".lower()


def _digest(packages: Sequence[str]) -> Digest:
    return Digest.of("".join(f"{package}\n" for package in packages).encode())


@lru_cache(maxsize=1)
def _own_packages() -> Digest:
    return _digest(
        sorted({f"{one.metadata['Name']}=={one.version}" for one in distributions() if one.metadata})
    )


def _interpreter(program: str, folder: Path, environ: Mapping[str, str]) -> str | None:
    if not PYTHON.fullmatch(Path(program).name):
        return None
    if "/" in program:
        return str(folder / program)
    return shutil.which(program, path=environ.get("PATH"))


def _ask(interpreter: str, folder: Path, environ: Mapping[str, str]) -> tuple[str, list[str]] | None:
    """Version and packages as the interpreter tells them; None when it does not."""
    try:
        answer = subprocess.run(
            [interpreter, "-c", PROBE],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=dict(environ),
            cwd=folder,
            timeout=PROBE_SECONDS,
            check=True,
        )
        version, packages = json.loads(answer.stdout.splitlines()[-1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None
    return _recordable(str(version)), [str(package) for package in packages]
