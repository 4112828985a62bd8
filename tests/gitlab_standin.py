"""A GitLab for tests: real HTTP on the loopback, with state, and a repository behind it.

As a fixture: `with StandIn(folder) as forge:`. As a program, for demonstrations:

    python tests/gitlab_standin.py serve FOLDER      serves until it is ended; FOLDER/standin.json says where, and the tokens
    python tests/gitlab_standin.py merge FOLDER 1    merges as a maintainer does; also: close, reopen, approve, list, show, pushes
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import secrets
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import gitlab_contract as contract
from gitlab_api import Call
from gitlab_faults import Fault
from gitlab_git import Bare
from gitlab_server import Desk, Server, door, elsewhere
from gitlab_shape import whole
from gitlab_state import State
from gitlab_values import LEVELS, Executed, Pipeline, Push, Request, Token

__all__ = ["LEVELS", "Call", "Executed", "Pipeline", "Push", "Request", "StandIn", "Token", "contract"]


class StandIn:
    """A GitLab with one project.

    Args:
        folder: where the repository is kept.
        project: its path.
        git_auth: whether Git asks for a token; without, everybody is `root`, and Git sends no token, as nobody asks for one.
        prefix: a relative root, as `/gitlab` (https://docs.gitlab.com/install/relative_url/).
        host: how it calls itself: `127.0.0.1` or `localhost`.
        checks: whether leaving the block raises what broke the contract.
    """

    def __init__(
        self,
        folder: Path,
        project: str = "group/project",
        *,
        git_auth: bool = False,
        prefix: str = "",
        host: str = "127.0.0.1",
        checks: bool = True,
    ) -> None:
        self._host, self._prefix, self._checks = host, prefix, checks
        self._secret = secrets.token_hex(8)
        bare = Bare(Path(folder).resolve() / f"{project}.git")
        self.state = State(bare, project, 42, lambda: self.url)
        self._desk = Desk(self.state, Path(folder).resolve(), self._secret, prefix=prefix, git_auth=git_auth)
        self._desk.players = _players(self)
        self.leaked: list[Call] = []
        self._servers: list[tuple[Server, threading.Thread]] = []

    def __enter__(self) -> Self:
        main, other = door(self._desk), elsewhere(self.leaked)
        self.port = main.server_port
        self._desk.elsewhere = f"http://localhost:{other.server_port}"
        self.state.bare.make(self.port, self._secret)
        for server in (main, other):
            thread = threading.Thread(
                target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
            )
            thread.start()
            self._servers.append((server, thread))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._desk.plan.ended.set()
        for server, thread in self._servers:
            server.shutdown()
            thread.join()
            server.server_close()
        if kind is None and self._checks:
            self.check()

    # where it is

    @property
    def url(self) -> str:
        """Its root, without a slash at the end."""
        return f"http://{self._host}:{self.port}{self._prefix}"

    @property
    def api(self) -> str:
        return f"{self.url}/api/v4"

    @property
    def remote_url(self) -> str:
        """The repository's address, without a token."""
        return f"{self.state.url}.git"

    def remote_with(self, token: str, name: str = "oauth2") -> str:
        """The repository's address with a token in it, as `CI_REPOSITORY_URL` has one."""
        return self.remote_url.replace("://", f"://{name}:{token}@", 1)

    @property
    def elsewhere(self) -> str:
        """The root of the other host; what arrives there is in `leaked`."""
        return self._desk.elsewhere

    @property
    def repository(self) -> Path:
        """The bare repository's folder."""
        return self.state.bare.path

    # who there is

    def add_token(
        self,
        value: str | None = None,
        *,
        user: str = "ada",
        scopes: Iterable[str] = ("api", "write_repository"),
        level: str = "maintainer",
        expired: bool = False,
    ) -> str:
        """A personal, group or project access token; its value."""
        made = Token(
            value or f"glpat-{secrets.token_hex(10)}",
            user,
            frozenset(scopes),
            level=LEVELS[level],
            expired=expired,
        )
        return self._known(made)

    def add_job_token(self, value: str | None = None, *, user: str = "ada", level: str = "maintainer") -> str:
        """A CI job's token; its value."""
        return self._known(
            Token(value or f"glcbt-{secrets.token_hex(10)}", user, frozenset(), job=True, level=LEVELS[level])
        )

    def _known(self, token: Token) -> str:
        self.state.tokens[token.value] = token
        self.state.user_number(token.user)
        return token.value

    # what came, and what there is

    @property
    def requests(self) -> list[Call]:
        """All calls of the API."""
        return self._desk.calls

    @property
    def git_requests(self) -> list[Call]:
        """All calls of Git."""
        return self._desk.git_calls

    @property
    def pushes(self) -> list[Push]:
        return self.state.pushes

    @property
    def merge_requests(self) -> list[Request]:
        """By number."""
        return self.state.all()

    @property
    def executed(self) -> list[Executed]:
        """Quick actions and mentions that were in what was written, outside of code and comments."""
        return self.state.executed

    @property
    def happened(self) -> list[Any]:
        """Which faults took place."""
        return self._desk.plan.happened

    @property
    def violations(self) -> list[str]:
        """What broke the contract, in requests and in answers."""
        return self._desk.violations

    @property
    def pipelines(self) -> list[Pipeline]:
        """What GitLab would have started."""
        return self.state.pipelines

    def check(self) -> None:
        """Raise what broke the contract.

        Raises:
            AssertionError: if anything did.
        """
        assert not self.violations, "\n".join(self.violations)

    def calls(self, method: str | None = None, path: str = "") -> list[Call]:
        """Calls by method and a part of the path."""
        return [one for one in self.requests if method in {None, one.method} and path in one.plain]

    # what people do

    def merge(self, iid: int, user: str = "root", **how: Any) -> Request:
        """Merge it in the repository: `squash`, `remove_source`, `message`."""
        return self.state.merge(iid, user, **how)

    def close(self, iid: int, user: str = "root") -> Request:
        return self.state.close(iid, user)

    def reopen(self, iid: int) -> Request:
        return self.state.reopen(iid)

    def approve(self, iid: int, user: str) -> Request:
        return self.state.approve(iid, user)

    def note(self, iid: int, body: str, user: str = "root") -> int:
        """A note of somebody's; its number."""
        return self.state.note(iid, user, body).number

    def plant(self, source: str, target: str = "main", title: str = "Planted", **more: Any) -> Request:
        """A merge request that was there before; of a fork with `source_project=43, sha=...`."""
        return self.state.open(more.pop("user", "root"), source, target, title, **more)

    def protect(self, *branches: str) -> None:
        """Protect branches, by pattern."""
        self.state.protected_branches += branches

    def protect_tags(self, *tags: str) -> None:
        self.state.protected_tags += tags

    def ask_for_tokens(self) -> None:
        """From now on, Git is let in with a token alone."""
        self._desk.git_auth = True

    # what goes wrong

    def fault(self, kind: Any, *, method: str = "*", path: str = "*", times: int = 1, **more: Any) -> Fault:
        """Plan a fault: a status, or `hang`, `drop` (no answer, nothing done), `lost` (done, no answer), `truncated`, `huge`, `types`,
        `hostile`, `html`, `redirect`, `rewrite` (`act` makes another body of the answer's).

        Args:
            kind: which.
            method: of the requests that meet it.
            path: pattern of their decoded path, `*/merge_requests`, `*/notes*`, `*.git/git-receive-pack`.
            times: how often.
            more: `retry_after`, `body`, `act`, `seconds`, `size`.
        """  # noqa: D205 - one list
        made = Fault(kind, method, path, times, **more)
        self._desk.plan.faults.append(made)
        return made

    def between(self, act: Callable[[], Any], *, method: str = "*", path: str = "*", times: int = 1) -> Fault:
        """Let something happen in the moment before a request is answered."""
        return self.fault("between", method=method, path=path, times=times, act=act)


# the program


def _players(forge: StandIn) -> dict[str, Callable[..., Any]]:
    """What may be played from outside; numbers come as words."""
    state = forge.state

    def shown(act: Callable[..., Request]) -> Callable[..., Any]:
        return lambda iid, *words: whole(state, act(int(iid), *words))

    return {
        "merge": shown(state.merge),
        "squash": shown(lambda iid: state.merge(iid, squash=True)),
        "close": shown(state.close),
        "reopen": shown(state.reopen),
        "approve": shown(state.approve),
        "show": shown(state.get),
        "list": lambda: [whole(state, one) for one in state.all()],
        "notes": lambda iid: [one.body for one in state.get(int(iid)).notes],
        "pushes": lambda: [asdict(one) for one in state.pushes],
        "pipelines": lambda: _taken(state),
        "executed": lambda: [asdict(one) for one in state.executed],
        "requests": lambda: [f"{one.method} {one.path} {one.status}" for one in forge.requests],
        "violations": lambda: forge.violations,
        "protect": forge.protect,
        "protect-tags": forge.protect_tags,
        "job-token-push": lambda word: setattr(state, "job_token_push", word == "on"),
        "delete-branch": state.bare.delete,
    }


def _taken(state: State) -> list[dict[str, Any]]:
    """The pipelines since it was last asked."""
    with state.lock:
        taken, state.pipelines = state.pipelines, []
        return [asdict(one) for one in taken]


def play(folder: Path, act: str, words: list[str]) -> Any:
    """Ask a stand-in that another process serves to do something.

    Raises:
        SystemExit: if it would not.
    """
    said = json.loads((folder / "standin.json").read_text("utf-8"))
    there = http.client.HTTPConnection(urlsplit(said["url"]).netloc, timeout=60)
    body = json.dumps({"act": act, "words": words})
    there.request("POST", "/-/play", body, {"X-Secret": said["secret"]})
    answer = there.getresponse()
    found = json.loads(answer.read())
    if answer.status != 200:
        raise SystemExit(f"{act}: {found['message']}")
    return found


def serve(folder: Path, project: str, *, git_auth: bool, with_parent: bool) -> None:
    """Serve until a signal comes, or until whoever started it is gone."""
    folder.mkdir(parents=True, exist_ok=True)
    ended, parent = threading.Event(), os.getppid()
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda *_: ended.set())
    with StandIn(folder, project, git_auth=git_auth, checks=False) as forge:
        said = {
            "url": forge.url,
            "remote_url": forge.remote_url,
            "project": project,
            "secret": forge._secret,
            "token": forge.add_token(user="project_42_bot", level="developer"),
            "release_token": forge.add_token(
                user="project_42_bot1", scopes=["read_api", "write_repository"], level="maintainer"
            ),
            "job_token": forge.add_job_token(),
            "person_token": forge.add_token(user="ada"),
            "git_token": forge.add_token(user="ada", scopes=["read_repository", "write_repository"]),
        }
        file = folder / "standin.json"
        (partial := file.with_suffix(".new")).write_text(json.dumps(said, indent=1), "utf-8")
        partial.replace(file)
        print(forge.url, flush=True)  # noqa: T201 - it is a program
        while not ended.wait(0.5) and (os.getppid() == parent or not with_parent):
            pass
    file.unlink(missing_ok=True)


def main(words: list[str]) -> int:
    """The program."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "act", help="serve, merge, squash, close, reopen, approve, list, show, notes, pushes, protect ..."
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--project", default="group/project")
    parser.add_argument("--git-auth", action="store_true", help="let Git in with a token alone")
    parser.add_argument("--with-parent", action="store_true", help="end when whoever started it is gone")
    given = parser.parse_args(words)
    if given.act == "serve":
        serve(given.folder, given.project, git_auth=given.git_auth, with_parent=given.with_parent)
    else:
        print(json.dumps(play(given.folder, given.act, given.words), indent=1))  # noqa: T201 - it is a program
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
