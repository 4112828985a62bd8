"""The machine that figures were taken on: a figure without it says nothing."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LIBRARIES = (
    "gitreg-ml",
    "click",
    "orjson",
    "rapidyaml",
    "gitdb",
    "pydantic",
    "dvc",
    "gto",
    "mlflow",
    "mlflow-skinny",
    "sqlalchemy",
)


def describe(folder: Path) -> dict[str, str]:
    """What is known of this machine, and of the file system that `folder` is on."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": _processor(),
        "cores": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()),
        "memory": _memory(),
        "load before": f"{os.getloadavg()[0]:.1f}",
        "file system": _output("df", "--output=fstype", str(folder)).rpartition("\n")[2],
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "git": _output("git", "--version").removeprefix("git version "),
        "sqlite": sqlite3.sqlite_version,
        **{name: found for name in LIBRARIES if (found := _version(name))},
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    text = cpuinfo.read_text() if cpuinfo.is_file() else ""
    match = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return match[1].strip() if match else platform.processor() or platform.machine()


def _memory() -> str:
    return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"


def _output(*words: str) -> str:
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    except OSError:
        return "unknown"
    return done.stdout.strip() if done.returncode == 0 else "unknown"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
