"""A registry that something is wrong with: the doctor is run as a command, and what it prints is pasted into a shell.

The doctor is the function that its process runs, called here; where it has to look at this process as at a stranger's, it is
a process of its own. What is pasted always is.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from desk import Desk
from in_process import call

SOURCES = str(Path(__file__).resolve().parents[1])
Finding = dict[str, Any]


@dataclass
class Clinic:
    """Where a doctor looks at a desk's registry, or at a clone of it.

    Args:
        desk: the registry and its person.
        place: the work tree that is looked at.
        apart: whether the doctor is a process of its own, to which this one and its children are strangers.
    """

    desk: Desk
    place: Path
    apart: bool = False
    environ: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        tools = self.desk.path.parent / "tools"
        tools.mkdir(exist_ok=True)
        gitreg = tools / "gitreg"
        gitreg.write_text(f'#!/bin/sh\nexec {sys.executable} -m gitreg "$@"\n')
        gitreg.chmod(0o755)
        self.environ = self.desk.environ | {
            "PATH": f"{tools}{os.pathsep}{self.desk.environ['PATH']}",
            "PYTHONPATH": SOURCES,
        }

    def run(self, line: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """A command line in bash, as a person types it in the work tree."""
        return subprocess.run(
            ["bash", "-c", line],
            cwd=self.place,
            env=self.environ | variables,
            capture_output=True,
            text=True,
            check=False,
        )

    def findings(self, words: str = "", **variables: str) -> list[Finding]:
        """What the doctor says; its exit code is as bad as the worst of it."""
        self.desk.close()
        code, out, err = self._doctor(f"--json {words}", **variables)
        assert code in {0, 1}, err
        found: list[Finding] = json.loads(out)["items"]
        assert code == any(one["severity"] == "error" for one in found)
        return found

    def _doctor(self, words: str, **variables: str) -> tuple[int, str, str]:
        """Its exit code, and what it says."""
        if self.apart:
            done = self.run(f"gitreg doctor {words}", **variables)
            return done.returncode, done.stdout, done.stderr
        environ = self.environ | variables if variables else None
        said = call(self.place, "doctor", *shlex.split(words), environ=environ)
        return said.code, said.out, said.err

    def codes(self, words: str = "", **variables: str) -> list[str]:
        """The kinds of what it finds."""
        return [one["code"] for one in self.findings(words, **variables)]

    def find(self, code: str, words: str = "", **variables: str) -> Finding:
        """The one finding of that kind."""
        found = self.findings(words, **variables)
        [one] = [one for one in found if one["code"] == code] or [{"code": f"none of {found}"}]
        assert one["code"] == code
        return one

    def mend(self, code: str, words: str = "", **variables: str) -> Finding:
        """Finds a fault, pastes the command that is printed, and finds it no more."""
        found = self.find(code, words, **variables)
        done = self.run(found["command"], **variables)
        assert done.returncode == 0, f"{found['command']}\n{done.stdout}{done.stderr}"
        assert code not in self.codes(words, **variables)
        return found
