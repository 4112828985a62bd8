"""What people and CI systems give the command line in confidence is in no commit."""

from __future__ import annotations

import json
from pathlib import Path

from cli_calls import Gitreg, git

# put together here, so that no scanner takes this file for a leak
GITLAB = "glpat-" + "aB3dE6gH9jK2mN5pQ8sT"
URL = f"https://oauth2:{GITLAB}@example.com/x"


def _whole(place: Path) -> str:
    return git(place, "log", "-p", "--format=%B", "gitreg/candidates")


def test_a_file_of_candidates_is_cut(gitreg: Gitreg, place: Path) -> None:
    """`--from`: whatever program wrote it."""
    given = {
        "experiment": "lab", "name": GITLAB, "params": {"password": "correcthorse", "url": URL}, "tags": {"token": GITLAB},
        "data": [{"name": "d", "uri": URL}], "code": {"command": ["x", "--password", "hunter2", URL], "repository": URL},
        "ci": {"project": URL, "job": f"https://ci.example/?private_token={GITLAB}"},
    }  # fmt: skip

    assert gitreg("log", "--from", "-", "--no-code", stdin=json.dumps(given).encode()).code == 0
    assert not [one for one in (GITLAB, "hunter2", "correcthorse") if one in _whole(place)]


def test_a_run_is_cut(command: Gitreg, place: Path) -> None:
    """Words of the command, variables of the CI system, the environment: what is secret there is recorded nowhere."""
    words = (
        "run",
        "-e",
        "lab",
        "--no-patch",
        "--data",
        URL,
        "-t",
        f"api_key={GITLAB}",
        "--",
        "true",
        "--password",
        "hunter2",
        f"--url={URL}",
    )

    said = command(
        *words, CI="true", CI_PROJECT_PATH="a/b", CI_JOB_TOKEN=GITLAB, CI_JOB_ID="1", DB_PASSWORD="hunter2"
    )

    assert said.code == 0, said.err
    assert not [one for one in (GITLAB, "hunter2", "oauth2") if one in _whole(place)]
    assert '"a/b"' in command("show", said.out.split()[-1], "--json").out
