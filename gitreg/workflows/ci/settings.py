"""How Git is to work in a CI job: settings for the job's environment, none of which stays in the clone when the job is over.

They are handed on as GIT_CONFIG_COUNT and its like (git-config(1), "ENVIRONMENT"), which go before every file: the runner may
have left another token in the clone's own configuration, and gitreg's verifier reads none of that. No setting holds a secret: the
token is read from the environment when Git asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from gitreg.safe import one_line

Settings = list[tuple[str, str]]
TOKENS = ("GITREG_TOKEN", "CI_JOB_TOKEN")
HELPER = (
    """!f() { if [ "$1" != get ]; then exit 0; fi; """
    """if [ -n "$GITREG_TOKEN" ]; then printf 'username=%s\\npassword=%s\\n' oauth2 "$GITREG_TOKEN"; """
    """elif [ -n "$CI_JOB_TOKEN" ]; then printf 'username=%s\\npassword=%s\\n' gitlab-ci-token "$CI_JOB_TOKEN"; fi; }; f"""
)
"""Answers Git's question for a password (gitcredentials(7)) by what is in the environment at that moment.

User names as GitLab wants them: https://docs.gitlab.com/ci/jobs/ci_job_token/; a project token takes any
(https://docs.gitlab.com/user/project/settings/project_access_tokens/).
"""
_ADDRESS = re.compile(r"[^\s<>@,:;\"\\()\[\]]+@[^\s<>@,:;\"\\()\[\]]+")
_FORBIDDEN = re.compile(r"[<>\x00-\x1f\x7f\ud800-\udfff]")
_LONGEST = 200
BOT = "gitreg"


def has_token(environ: Mapping[str, str]) -> bool:
    """Whether the job has a token to show to the remote."""
    return any(environ.get(name) for name in TOKENS)


def credential_settings(url: str) -> Settings:
    """How a remote without credentials in its URL is asked: by this job's token, and by no other helper.

    The last one keeps the runner's own rewriting from putting its token into the URL again: of all `insteadOf` the longest wins
    (git-config(1), `url.<base>.insteadOf`).
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return []
    host = f"credential.{parts.scheme}://{parts.netloc}.helper"
    return [(host, ""), (host, HELPER), (f"url.{url}.insteadOf", url)]


def identity_settings(environ: Mapping[str, str]) -> Settings:
    """Who writes in this job: whoever started it, else the project's robot. Their name is a stranger's word, and cleaned."""
    host = environ.get("CI_SERVER_HOST", "")
    host = host if re.fullmatch(r"[A-Za-z0-9.-]+", host) else "localhost"
    number = environ.get("CI_PROJECT_ID", "")
    robot = f"project_{number if number.isascii() and number.isdigit() else 0}_gitreg@noreply.{host}"
    address = environ.get("GITLAB_USER_EMAIL", "")
    known = _ADDRESS.fullmatch(address) is not None and address.isprintable() and len(address) <= _LONGEST
    name = _cleaned(environ.get("GITLAB_USER_NAME", "")) if known else ""
    return [("user.name", name or BOT), ("user.email", address if known else robot)]


def key_settings(key: Path) -> Settings:
    """What signs in this job."""
    return [("gpg.format", "ssh"), ("user.signingKey", str(key))]


def trusting_settings(folders: Sequence[Path]) -> Settings:
    """The clone may belong to another user than the job, as in containers (git-config(1), `safe.directory`)."""
    return [("safe.directory", str(folder)) for folder in dict.fromkeys(folders)]


def with_settings(environ: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """The environment that has these settings too; what is there already is not said again."""
    present = _present(environ)
    pairs = [*present, *settings] if not _has_all(present, settings) else present
    variables = {"GIT_CONFIG_COUNT": str(len(pairs))}
    for number, (key, value) in enumerate(pairs):
        variables |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return {**environ, **variables}


def _present(environ: Mapping[str, str]) -> Settings:
    count = environ.get("GIT_CONFIG_COUNT", "")
    numbers = range(int(count)) if count.isascii() and count.isdigit() and len(count) <= 4 else range(0)
    return [
        (environ[f"GIT_CONFIG_KEY_{number}"], environ.get(f"GIT_CONFIG_VALUE_{number}", ""))
        for number in numbers
        if f"GIT_CONFIG_KEY_{number}" in environ
    ]


def _has_all(present: Settings, settings: Settings) -> bool:
    """Whether they are there one after the other, so that nothing in between changes what they say."""
    size = len(settings)
    return any(present[start : start + size] == settings for start in range(len(present) - size + 1))


def _cleaned(name: str) -> str:
    return one_line(_FORBIDDEN.sub("", name)).strip(" .,:;\"'\\")[:_LONGEST].strip()
