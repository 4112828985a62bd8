"""What other projects' scanners say against a pickle: each in a process of its own, with bounds on time, memory and output.

They are optional (`gitreg-ml[scan]`), they are imported only by those processes, and nothing that they say makes a file
better than gitreg itself found it. A scanner that is missing, fails or does not end has found something.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

SECONDS = 120
MOST, LONGEST = 20, 200
"""Findings that are kept of one file, and characters of each."""
_BOUNDS = """
import sys
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
except (ImportError, ValueError, OSError):
    pass
path = sys.argv[1]
"""
_PROGRAMS = {
    "picklescan": """
from picklescan.scanner import scan_file_path
found = scan_file_path(path)
for one in found.globals:
    if one.safety.value != "innocuous":
        print(one.safety.value, "import", one.module, one.name)
if found.scan_err:
    print("could not be read to its end")
""",
    "fickling": """
import zipfile
import fickling
from fickling.analysis import Severity
scan = fickling.scan_zip_archive if zipfile.is_zipfile(path) else fickling.scan_file
found = scan(path)
if found.severity > Severity.SUSPICIOUS:
    print(found.severity.name.lower().replace("_", " "))
for error in found.errors:
    print("could not be read to its end:", error)
""",
}
"""Programs that print a line for each finding, by the scanners' own documented functions."""


def second_opinions(file: Path, name: str, scanners: Sequence[str]) -> tuple[str, ...]:
    """What the scanners find in a file.

    Args:
        file: where it is.
        name: what it is called: some scanners go by the ending.
        scanners: which to ask.
    """
    found: list[str] = []
    for scanner in scanners:
        if importlib.util.find_spec(scanner) is None:
            found.append(f"{scanner} is not installed here (gitreg-ml[scan])")
        else:
            found += [f"{scanner}: {words}" for words in _asked(scanner, file, name)]
    return tuple(found)


def _asked(scanner: str, file: Path, name: str) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="gitreg-") as folder, tempfile.TemporaryFile() as output:
        link = Path(folder) / f"file{Path(name).suffix}"
        link.symlink_to(file)
        try:
            done = subprocess.run(
                [sys.executable, "-I", "-c", _BOUNDS + _PROGRAMS[scanner], str(link)],
                cwd=folder,
                env={},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.DEVNULL,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return [f"no answer in {SECONDS} seconds"]
        output.seek(0)
        lines = output.read(MOST * LONGEST).decode("ascii", "backslashreplace").splitlines()
    found = [_plain(line) for line in lines[:MOST] if line.strip()]
    return found + (["could not read it"] if done.returncode else [])


def _plain(line: str) -> str:
    """A finding as a record can hold it: names in a pickle are whatever its writer liked."""
    return ascii(line.strip()[:LONGEST])[1:-1]
