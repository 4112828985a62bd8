"""Every line of what verifies is run by a test: the steps, and what judges signatures.

    python tests/proofs/verify_coverage.py [PYTEST OPTIONS]

Runs the tests that delete_checks.py uses, under coverage.py, and lists the lines that none of them reached.
"""

# ruff: noqa: T201 - what a command says
from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import coverage

sys.path.insert(0, str(Path(__file__).resolve().parent))

from delete_checks import files_of_tests
from deletions import TOP

LINES = (
    "gitreg/workflows/verification/*.py",
    "gitreg/signing/*.py",
)


def main(words: list[str]) -> int:
    """Runs them, and says what is missing."""
    with tempfile.TemporaryDirectory(prefix="gitreg-coverage-") as name:
        data = Path(name, "data")
        run = [sys.executable, "-m", "coverage", "run", f"--data-file={data}", f"--include={','.join(LINES)}"]
        subprocess.run(
            [*run, "-m", "pytest", "-q", "-p", "no:xdist", *words, *files_of_tests()], cwd=TOP, check=False
        )
        found = coverage.Coverage(data_file=str(data), config_file=False)
        found.load()
        missing = {}
        for path in sorted(path for pattern in LINES for path in TOP.glob(pattern)):
            *_, lines, text = found.analysis2(str(path))
            if lines:
                missing[path.relative_to(TOP)] = text
    for path, text in missing.items():
        print(f"{path}: nobody ran {text}")
    print(f"{len(missing)} files with lines that no test runs")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
