"""What GitLab's own command line, glab, knows of hosts: its configuration file, read as far as it is of the form that glab writes.

Places of the file: https://docs.gitlab.com/cli/configuration/ and https://docs.gitlab.com/cli/config/path/. What is beside a
clone (`.git/glab-cli`) belongs to the repository and is not read, nor is a path that depends on the current folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

_LARGEST = 1 << 20
_LINE = re.compile(
    r"""(?P<indent> *)(?P<key>"[^"\\]*"|'[^']*'|[^\s"'#&*!|>%@`,\[\]{}-][^\s"'#]*?):(?:[ ]+(?P<value>.*))?"""
)
_SCALAR = re.compile(
    r"""(?:!![a-z]+ +)?(?P<value>"[^"\\]*"|'[^']*'|[^\s"'#&*!|>%@`,\[\]{}][^\s"'#]*)\s*(?:#.*)?"""
)
"""A plain or quoted scalar; glab itself writes `!!null` before tokens."""


def glab_hosts(environ: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """What glab keeps of each host, perhaps with its port: `token`, `is_oauth2` and more; what the first file there is says.

    Args:
        environ: the environment, which says where the file is.
    """
    for folder in _folders(environ):
        file = folder / "config.yml"
        try:
            if file.is_file() and file.stat().st_size <= _LARGEST:
                return _read_hosts(file.read_text("utf-8"))
        except (OSError, UnicodeDecodeError):
            return {}
    return {}


def _folders(environ: Mapping[str, str]) -> Iterator[Path]:
    """Where the file may be, in glab's order; relative paths are none (XDG Base Directory Specification)."""
    if chosen := environ.get("GLAB_CONFIG_DIR"):
        yield from _whole(chosen)
        return
    home = environ.get("HOME", "")
    yield from _whole(home, ".config/glab-cli")
    yield from _whole(environ.get("XDG_CONFIG_HOME", ""), "glab-cli")
    yield from _whole(home, "Library/Application Support/glab-cli")
    for folder in (environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":"):
        yield from _whole(folder, "glab-cli")


def _whole(folder: str, below: str = "") -> Iterator[Path]:
    if folder.startswith("/"):
        yield Path(folder) / below


def _read_hosts(text: str) -> dict[str, dict[str, str]]:
    """Settings by host: the keys below `hosts:`, of block mappings with one-line values, which is what glab writes."""
    hosts: dict[str, dict[str, str]] = {}
    path: list[tuple[int, str]] = []
    for line in text.splitlines():
        if not (found := _LINE.fullmatch(line.rstrip())):
            continue
        depth, key = len(found["indent"]), _plain(found["key"])
        while path and path[-1][0] >= depth:
            path.pop()
        path.append((depth, key))
        names = [name for _, name in path]
        if len(names) == 2 and names[0] == "hosts":
            hosts.setdefault(key.lower(), {})
        if len(names) == 3 and names[0] == "hosts" and (value := _SCALAR.fullmatch(found["value"] or "")):
            hosts[names[1].lower()][key] = _plain(value["value"])
    return hosts


def _plain(scalar: str) -> str:
    return scalar[1:-1] if scalar[:1] in {'"', "'"} else scalar
