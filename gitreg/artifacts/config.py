"""DVC's configuration of a remote: what a repository may say, and what only the user may.

The text in a repository was written by whoever could propose it. It may say where the storage is; it may not name a file
to read, a command to run, or a credential, nor choose among the user's (design: trust, "Storage is configured by").
Everything else belongs in the user's own configuration: https://dvc.org/doc/command-reference/config#description.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from configobj import ConfigObj, ConfigObjError  # type: ignore[import-untyped] # ships no types

from gitreg.domain.words import unprintable

MAX_BYTES = 64 * 1024
PLACE = ".dvc/config"
DVC_GITIGNORE = "/config.local\n/tmp\n/cache\n"
"""What `dvc init` writes to `.dvc/.gitignore`."""

SCHEMES = frozenset({"s3", "gs", "azure", "oss", "ssh", "http", "https", "webdav", "webdavs", "webhdfs"})
"""`remote://` is left out (it takes another section's options), `hdfs` (runs a program), `gdrive` (reads key files)."""

ALLOWED = frozenset(
    {
        "url", "endpointurl", "region", "account_name", "projectname", "oss_endpoint", "port", "user", "auth", "method",
        "jobs", "checksum_jobs", "verify", "timeout", "read_timeout", "connect_timeout", "connection_timeout",
        "max_sessions", "allow_anonymous_login", "use_https", "sse", "version_aware", "worktree", "no_traverse",
    }
)  # fmt: skip
_FILE_KEYS = frozenset(
    {
        "credentialpath", "configpath", "keyfile", "cert_path", "key_path",
        "gdrive_user_credentials_file", "gdrive_service_account_json_file_path",
    }
)  # fmt: skip
SENT = frozenset(
    {
        "password", "ask_password", "token", "bearer_token_command", "custom_auth_header", "sas_token", "session_token",
        "client_secret", "connection_string",
    }
)  # fmt: skip
"""Credentials that reach whoever answers at the URL, where keys only sign what is sent."""
_LIMITS = {
    "port": 65_535, "jobs": 256, "checksum_jobs": 256, "max_sessions": 256, "timeout": 3600, "read_timeout": 3600,
    "connect_timeout": 3600, "connection_timeout": 3600,
}  # fmt: skip
"""What a repository may say at most, so that nobody waits or works for ever."""
# a host, a bucket or an account, and before it perhaps a user; a list of what is allowed, as readers of URLs differ in
# what they take for the host (https://datatracker.ietf.org/doc/html/rfc3986#section-7.6)
_AUTHORITY = re.compile(r"([A-Za-z0-9._~%+-]+@)?([A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\])(:[0-9]{1,5})?")
# What ConfigObj is given of a repository's text. Its own patterns take time without end for some lines of sixty characters;
# these never step back ("*+": https://docs.python.org/3/library/re.html#regular-expression-syntax).
_LINE = re.compile(
    r"""[ \t]*+(?:\#.*|\[[^\[\]]*+\][ \t]*+(?:\#.*)?"""
    r"""|[^=\[\]'"#]++=[ \t]*+(?:'[^']*+'|"[^"]*+"|[^'"#]*+)[ \t]*+(?:\#.*)?)?"""
)
_MAX_LINE = 1024
_BLANKS = re.compile(r"[ \t]{65}")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_SECTION = re.compile(r'\s*remote\s*"(.*)"\s*')


@dataclass(frozen=True)
class RemoteOptions:
    """Where a storage is, and DVC's options for it, checked; the user's over the repository's."""

    url: str
    options: Mapping[str, str]

    @property
    def is_local(self) -> bool:
        """Whether it is a folder of this machine."""
        return "://" not in self.url


def committed_options(text: str, name: str) -> dict[str, str]:
    """What the repository says of the remote `name`.

    Raises:
        ValueError: for a key that a repository may not set, naming it, or a text that is no configuration.
        KeyError: if it says nothing of that remote.
    """
    options = _section(_screened(text), name)
    for key, value in options.items():
        if key not in ALLOWED:
            raise ValueError(f"a repository may not set '{key}' of a remote; your own configuration may")
        if unprintable(value) or "%(" in value:
            raise ValueError(f"the value of '{key}' holds what no such value needs")
        if key in _LIMITS and not (re.fullmatch(r"[0-9]{1,5}", value) and int(value) <= _LIMITS[key]):
            raise ValueError(f"'{key}' must be a number up to {_LIMITS[key]}")
    for key in ("endpointurl", "oss_endpoint"):
        if key in options:
            checked_url(options[key])
    if "endpointurl" in options and not options.get("url", "s3://").startswith("s3://"):
        # S3's keys only sign what is sent; Google's token would reach the endpoint
        raise ValueError("a repository may set 'endpointurl' of an s3:// storage only; your own may")
    return options


def user_options(paths: Iterable[Path], name: str) -> dict[str, str]:
    """What the user's own configuration says of the remote `name`, later files over earlier ones.

    Raises:
        ValueError: if a file is no configuration.
    """
    merged: dict[str, str] = {}
    for path in paths:
        try:
            lines = path.read_text("utf-8").splitlines()
            options = _section(lines, name)
        except (FileNotFoundError, KeyError):
            continue
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error
        for key in _FILE_KEYS & options.keys():
            options[key] = str(path.parent / Path(options[key]).expanduser())
        merged |= options
    return merged


def user_config_files(environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Where DVC looks for the user's own configuration: the system's, then the user's (dvc/dirs.py)."""
    home = Path(environ.get("HOME", "/"))
    system = (
        environ.get("DVC_SYSTEM_CONFIG_DIR")
        or f"{environ.get('XDG_CONFIG_DIRS', '/etc/xdg').split(':')[0]}/dvc"
    )
    user = environ.get("DVC_GLOBAL_CONFIG_DIR") or f"{environ.get('XDG_CONFIG_HOME') or home / '.config'}/dvc"
    return Path(system) / "config", Path(user) / "config"


def checked_url(url: str, *, allow_local: bool = False) -> str:
    """The URL of a storage; an absolute path for a local one.

    Raises:
        ValueError: for another scheme, a password in it, or a local path where none may be.
    """
    if unprintable(url) or any(part in url for part in ("::", "%(")) or not url or url.startswith("-"):
        raise ValueError("a storage's URL holds no control characters, '::' or '%(', nor begins with '-'")
    scheme, separator, rest = url.partition("://")
    if url != url.strip() or (separator and " " in url):
        raise ValueError("a storage's URL holds no spaces; a local path holds none at its ends")
    if separator and scheme != "file":
        if scheme not in SCHEMES:
            raise ValueError(
                f"'{scheme}' is no kind of storage that gitreg uses: {', '.join(sorted(SCHEMES))}"
            )
        _check_authority(url)
        return url
    path = rest if separator else url
    if not allow_local:
        raise ValueError("a local path as storage must come from you, not from the repository (--storage)")
    if not Path(path).is_absolute() or ".." in path.split("/"):
        raise ValueError("a local path as storage must be absolute")
    return path


def _check_authority(url: str) -> None:
    if "\\" in url or "?" in url or "#" in url:
        raise ValueError("a storage's URL must not hold a query, a fragment or a backslash")
    parts = urlsplit(url)
    if parts.password is not None:
        raise ValueError("a storage's URL must not hold a password")
    if not _AUTHORITY.fullmatch(parts.netloc):
        raise ValueError(f"'{parts.netloc}' is no plain host or bucket")
    if ".." in parts.path.split("/"):
        raise ValueError("a storage's URL must not hold '..'")


def dvc_config(url: str, name: str) -> str:
    """The text of a new `.dvc/config` with one default remote.

    Raises:
        ValueError: for a URL or name that would not be read back.
    """
    return with_default_remote("", url, name)


def with_default_remote(text: str, url: str, name: str) -> str:
    """The text of a `.dvc/config` with a default remote added; what else it says stays.

    Raises:
        ValueError: for a URL or name that would not be read back, a remote that has the name already, or a text that is
            no configuration.
    """
    if not _NAME.fullmatch(name):
        raise ValueError("a remote's name has 1 to 64 of a-z 0-9 _ - and starts with a letter or digit")
    try:
        config = ConfigObj(_screened(text), interpolation=False, list_values=False)
    except ConfigObjError as error:
        raise ValueError(str(error)) from error
    if any((match := _SECTION.fullmatch(title.lower())) and match[1] == name for title in config.sections):
        raise ValueError(f"it describes a remote '{name}' already, and not as the default one")
    config.setdefault("core", {})["remote"] = name
    config[f'remote "{name}"'] = {"url": _quoted(checked_url(url, allow_local=True))}
    config.indent_type = "    "
    lines: list[str] = config.write()
    return "\n".join(lines) + "\n"


def _quoted(value: str) -> str:
    """The value as ConfigObj reads it back; its own quoting is off where lists are kept as they were written."""
    if not set(value) & set(",#'\""):
        return value
    marks = set(value) & set("#'\"")
    if len(marks) > 1:
        raise ValueError("a storage's URL holds only one of the characters # ' \" at most")
    quote = "'" if marks == {'"'} else '"'
    return f"{quote}{value}{quote}"


def default_remote(text: str) -> str | None:
    """The remote that a `.dvc/config` calls its default, if any.

    Raises:
        ValueError: if the text is no configuration.
    """
    try:
        core = ConfigObj(_screened(text), interpolation=False).get("core", {})
    except ConfigObjError as error:
        raise ValueError(str(error)) from error
    name = core.get("remote") if isinstance(core, dict) else None
    return name if isinstance(name, str) and _NAME.fullmatch(name) else None


def _screened(text: str) -> list[str]:
    """The lines of a configuration that somebody else wrote: sections, `key = value`, comments, and nothing else.

    Raises:
        ValueError: naming the line.
    """
    if len(text) > MAX_BYTES:
        raise ValueError(f"it has more than {MAX_BYTES} characters")
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if len(line) > _MAX_LINE or _BLANKS.search(line) or not _LINE.fullmatch(line):
            raise ValueError(
                f"line {number} is no [section], no 'key = value' and no comment, or has its quotes amiss"
            )
    return lines


def _section(lines: list[str], name: str) -> dict[str, str]:
    try:
        config = ConfigObj(lines, interpolation=False, list_values=True)
    except ConfigObjError as error:
        raise ValueError(str(error)) from error
    found: dict[str, str] | None = None
    for title in config.sections:
        match = _SECTION.fullmatch(title.lower())  # DVC takes no account of case (dvc.config._lower_keys)
        if match is None or match[1] != name.lower():
            continue
        if found is not None:
            raise ValueError(f"it describes the remote '{name}' twice")
        found = _options(config[title])
    if found is None:
        raise KeyError(name)
    return found


def _options(section: Mapping[str, object]) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in section.items():
        if not isinstance(value, str) or key.lower() in found:
            raise ValueError(f"'{key}' is not one plain value")
        found[key.lower()] = value
    return found
