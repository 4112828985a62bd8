"""The stand-in's door: HTTP on the loopback, for the API, for Git, for the hooks and for whoever plays the people."""

from __future__ import annotations

import base64
import json
import socket
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import gitlab_contract as contract
from git_cgi import body_of
from gitlab_api import Answer, Call, answer
from gitlab_faults import Fault, Plan, refused, rewritten
from gitlab_git import backend
from gitlab_push import hooked
from gitlab_state import State
from gitlab_values import LEVELS, Token

LOOPBACK = "127.0.0.1"


class Server(ThreadingHTTPServer):
    """As many at once as come."""

    daemon_threads = True
    request_queue_size = 256

    broken: list[str]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is what tests are about; anything else is our own fault, and is told."""
        if not isinstance(sys.exception(), OSError):
            self.broken.append(f"the stand-in itself broke: {traceback.format_exc()}")


class Desk:
    """All that the door needs to know.

    Args:
        state: the project.
        root: the folder of the repositories.
        secret: what hooks and players say.
        prefix: a relative root, as `/gitlab`.
        git_auth: whether Git asks for a token at all.
        players: acts by name, for the demonstration.
    """

    def __init__(
        self, state: State, root: Path, secret: str, *, prefix: str = "", git_auth: bool = False
    ) -> None:
        self.state, self.root, self.secret = state, root, secret
        self.prefix, self.git_auth = prefix, git_auth
        self.plan = Plan()
        self.calls: list[Call] = []
        self.git_calls: list[Call] = []
        self.violations: list[str] = []
        self.elsewhere = ""
        self.players: dict[str, Callable[..., Any]] = {}


def door(desk: Desk) -> Server:
    """The server; it listens, and nobody serves yet."""
    server = Server((LOOPBACK, 0), partial(Door, desk))
    server.broken = desk.violations
    return server


class Door(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    wbufsize = 64 * 1024
    server_version, sys_version = "nginx", ""

    def __init__(self, desk: Desk, *args: Any) -> None:
        self.desk = desk
        super().__init__(*args)

    def serve(self) -> None:
        """Anything that comes."""
        parts = urlsplit(self.path)
        if parts.path.startswith("/-/"):
            self._inside(parts.path)
            return
        if self.desk.prefix and not parts.path.startswith(self.desk.prefix + "/"):
            self._say(Answer(404, b"<html>404</html>"))
            return
        path = parts.path.removeprefix(self.desk.prefix)
        if path.startswith("/api/"):
            self._api(path, parts.query)
        else:
            self._git(path, parts.query)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = serve  # noqa: N815 - http.server names them so

    # the API

    def _api(self, path: str, query: str) -> None:
        body = b"".join(body_of(self))
        call = Call(self.command, path, parse_qsl(query, keep_blank_values=True), lowered(self), body)
        self.desk.calls.append(call)
        self._judge(call)
        fault = self.desk.plan.next(call.method, call.plain)
        if fault is not None and not self._goes_on(call, fault):
            return
        if fault is not None and isinstance(fault.kind, int):
            found = Answer(*refused(fault))
        else:
            found = answer(self.desk.state, call)
            self._judge_answer(call, found)
            found = self._broken(found, fault)
        call.status = found.status
        if fault is not None and fault.kind == "lost":
            self._cut()
            return
        self._say(found, cut=fault is not None and fault.kind == "truncated")

    def _judge(self, call: Call) -> None:
        names = {name.lower() for name, _ in call.query}
        if names & {"private_token", "access_token", "job_token"}:
            self.desk.violations.append(f"{call.method} {call.path}: a token in the address")
        if contract.available():
            kind = call.headers.get("content-type", "")
            self.desk.violations += contract.judge_request(
                call.method, call.path, call.query, kind, call.body
            )

    def _judge_answer(self, call: Call, found: Answer) -> None:
        if contract.available():
            wrong = contract.judge_answer(call.method, call.path, found.status, found.body)
            self.desk.violations += [f"answer to {one}" for one in wrong]

    def _goes_on(self, call: Call, fault: Fault) -> bool:
        """What happens before an answer; whether there is one."""
        match fault.kind:
            case "between":
                if fault.act is not None:
                    fault.act()
            case "hang":
                self.desk.plan.ended.wait(fault.seconds)
                self._cut()
                return False
            case "drop":
                self._cut()
                return False
            case "redirect":
                call.status = 302
                self._say(Answer(302, b"", {"Location": self.desk.elsewhere + self.path}))
                return False
            case "html":
                page = b"<!DOCTYPE html><html><body>Sign in</body></html>"
                self._say(Answer(200, page, {"Content-Type": "text/html; charset=utf-8"}))
                return False
        return True

    @staticmethod
    def _broken(found: Answer, fault: Fault | None) -> Answer:
        if fault is None or not 200 <= found.status < 300:
            return found
        return Answer(found.status, rewritten(fault, found.body), found.headers)

    def _say(self, found: Answer, *, cut: bool = False) -> None:
        plain = isinstance(found.body, bytes)
        body = found.body if plain else json.dumps(found.body).encode()
        kind = "text/html" if plain else "application/json"
        sent = body[: len(body) * 2 // 3] if cut else body
        self.send_response(found.status)
        for name, value in {
            "Content-Type": kind,
            "Cache-Control": "max-age=0, private",
            **found.headers,
        }.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(sent)
        self.wfile.flush()

    def _cut(self) -> None:
        """Go away without a word."""
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    # Git

    def _git(self, path: str, query: str) -> None:
        call = Call(self.command, path, parse_qsl(query), lowered(self), b"")
        self.desk.git_calls.append(call)
        fault = self.desk.plan.next(call.method, call.plain)
        if fault is not None and not self._goes_on(call, fault):
            return
        if fault is not None and isinstance(fault.kind, int):
            self._refuse(int(fault.kind), "HTTP Basic: Access denied.")
            return
        writes = "git-receive-pack" in path + query
        token = self._bearer()
        if self.desk.git_auth and token is None:
            self._refuse(401, "HTTP Basic: Access denied. If a password was provided for Git authentication, the "
                              "password was incorrect or you're required to use a token instead of a password.")  # fmt: skip
        elif not path.startswith(f"/{self.desk.state.path}.git/"):
            self._refuse(404, "The project you were looking for could not be found or you don't have permission to view it.")  # fmt: skip
        elif token is not None and (why := self._may_not(token, writes=writes)):
            self._refuse(403, why)
        else:
            call.user = token.user if token else "root"
            backend(self, self.desk.root, path, query, self._pusher(token))

    def _bearer(self) -> Token | None:
        """The token that Basic authentication brings; a job's by its own name alone."""
        scheme, _, words = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        with suppress(ValueError):
            name, _, password = base64.b64decode(words).decode().partition(":")
            token = self.desk.state.tokens.get(password)
            if token is not None and not token.expired and token.job == (name == "gitlab-ci-token"):
                return token
        return None

    def _may_not(self, token: Token, *, writes: bool) -> str | None:
        """Why Git is refused (https://docs.gitlab.com/ci/jobs/ci_job_token/#allow-git-push-requests-to-your-project-repository)."""
        if token.job:
            return (
                "You are not allowed to upload code."
                if writes and not self.desk.state.job_token_push
                else None
            )
        if "write_repository" in token.scopes or "api" in token.scopes:
            return (
                "You are not allowed to push code to this project."
                if writes and token.level < LEVELS["developer"]
                else None
            )
        if "read_repository" in token.scopes and not writes:
            return None
        return "You are not allowed to upload code." if writes else "You are not allowed to download code."

    @staticmethod
    def _pusher(token: Token | None) -> dict[str, str]:
        if token is None:
            return {"REMOTE_USER": "root", "GL_USERNAME": "root", "GL_LEVEL": str(LEVELS["maintainer"])}
        job = "1" if token.job else ""
        return {
            "REMOTE_USER": token.user,
            "GL_USERNAME": token.user,
            "GL_JOB": job,
            "GL_LEVEL": str(token.level),
        }

    def _refuse(self, status: int, words: str) -> None:
        for _ in body_of(self):
            pass
        body = words.encode()
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="GitLab"')
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    # hooks and players

    def _inside(self, path: str) -> None:
        said = json.loads(b"".join(body_of(self)) or b"{}")
        if self.headers.get("X-Secret") != self.desk.secret:
            self._say(Answer(404, b"404"))
            return
        self.close_connection = True
        if path == "/-/hook":
            self._say(Answer(200, hooked(self.desk.state, said).encode()))
            return
        try:
            self._say(Answer(200, self.desk.players[said["act"]](*said["words"])))
        except Exception as error:  # noqa: BLE001 - whoever plays reads what was wrong
            self._say(Answer(400, {"message": str(error)}))

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def lowered(request: BaseHTTPRequestHandler) -> dict[str, str]:
    """The headers of a request, their names in lower case."""
    return {name.lower(): value for name, value in request.headers.items()}


class Elsewhere(BaseHTTPRequestHandler):
    """Another host, to which nothing that is secret may go."""

    def __init__(self, heard: list[Call], *args: Any) -> None:
        self.heard = heard
        super().__init__(*args)

    def do_GET(self) -> None:
        self.heard.append(Call(self.command, self.path, [], lowered(self), b"".join(body_of(self))))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_POST = do_PUT = do_GET  # noqa: N815 - http.server names them so

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def elsewhere(heard: list[Call]) -> Server:
    """The other host's server."""
    return Server((LOOPBACK, 0), partial(Elsewhere, heard))
