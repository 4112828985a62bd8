"""The stand-in's REST API: who may, what is asked, what is answered. Knows nothing of sockets.

https://docs.gitlab.com/api/rest/ (paging, status codes), https://docs.gitlab.com/api/rest/authentication/,
https://docs.gitlab.com/ci/jobs/ci_job_token/#job-token-access (what a job's token reads).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import quote, unquote

import gitlab_shape as shape
from gitlab_faults import EXPIRED
from gitlab_state import State
from gitlab_values import LEVELS, Refusal, Request, Token, refusal

SCOPE_WORDS = "The request requires higher privileges than provided by the access token."
PROJECT = r"/api/v4/projects/(?P<id>[^/]+)"
ONE = PROJECT + r"/merge_requests/(?P<iid>\d+)"
JOB_READS = tuple(
    re.compile(PROJECT + end)
    for end in (
        r"/merge_requests", r"/merge_requests/\d+", r"/merge_requests/\d+/notes(/\d+)?", r"/repository/branches",
        r"/repository/tags",
    )
)  # fmt: skip
UPDATES = {"title": "title", "description": "description", "target_branch": "target", "state_event": "state_event",
           "squash": "squash", "remove_source_branch": "remove_source"}  # fmt: skip


@dataclass
class Call:
    """A request as it came.

    Args:
        path: as it was sent, still encoded.
        query: names and values, decoded.
        headers: by their names in lower case.
    """

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: Mapping[str, str]
    body: bytes
    status: int = 0
    user: str | None = None

    @property
    def plain(self) -> str:
        """The path, decoded."""
        return unquote(self.path)

    def value(self, name: str, default: str | None = None) -> str | None:
        return next((value for key, value in self.query if key == name), default)

    def given(self) -> dict[str, Any]:
        """What is asked for, in the body or, as Grape takes it, too, in the address."""
        query = {name: value for name, value in self.query if not name.endswith("[]")}
        if not self.body.strip():
            return query
        try:
            found = json.loads(self.body)
        except ValueError as error:
            words = "The provided json body is not valid"
            raise Refusal(400, {"error": words}) from error
        if not isinstance(found, dict):
            raise Refusal(400, {"error": "The provided json body is not valid"})
        return query | found

    def need(self, *names: str) -> dict[str, Any]:
        """The body, which has to have some names."""
        found = self.given()
        missing = [name for name in names if found.get(name) is None]
        if missing:
            raise Refusal(400, {"error": ", ".join(f"{name} is missing" for name in missing)})
        return found


@dataclass
class Answer:
    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)


Act = Callable[[State, Call, Token, dict[str, str]], Answer]


def answer(state: State, call: Call) -> Answer:
    """Answer a request by what is remembered."""
    try:
        found = [(act, match) for method, pattern, act in ROUTES
                 if method == call.method and (match := pattern.fullmatch(call.path))]  # fmt: skip
        if not found:
            return Answer(404, {"error": "404 Not Found"})
        token = who(state, call)
        call.user = token.user
        act, match = found[0]
        places = match.groupdict()
        if "id" in places and unquote(places["id"]) not in {state.path, str(state.number)}:
            raise refusal(404, "Project Not Found")
        with state.lock:
            return act(state, call, token, places)
    except Refusal as error:
        return Answer(error.status, error.body, dict(error.headers))


def who(state: State, call: Call) -> Token:
    """Whose token it is, and whether it may do that.

    Raises:
        Refusal: 401, 403 or, where a job's token counts for nothing, 404.
    """
    headers = call.headers
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    private = headers.get("private-token") or (bearer if scheme.lower() == "bearer" else None)
    job = headers.get("job-token")
    token = state.tokens.get(private or job or "")
    if token is None or token.job != (private is None):
        raise refusal(401, "Unauthorized")
    if token.expired:
        raise Refusal(401, EXPIRED)
    reads = call.method in {"GET", "HEAD"}
    if token.job:
        if not reads or call.path.endswith("/user"):
            raise refusal(401, "Unauthorized")
        if not any(one.fullmatch(call.path) for one in JOB_READS):
            raise refusal(404, "Project Not Found")
    elif "api" not in token.scopes and not (reads and "read_api" in token.scopes):
        raise Refusal(403, {"error": "insufficient_scope", "error_description": SCOPE_WORDS, "scope": "api"})
    return token


def level(token: Token, name: str) -> None:
    if token.level < LEVELS[name]:
        raise refusal(403, "Forbidden")


def paged(state: State, call: Call, values: list[Any], show: Callable[[Any], Any]) -> Answer:
    """A page of a list (https://docs.gitlab.com/api/rest/#offset-based-pagination)."""
    try:
        page, size = int(call.value("page", "1") or 1), int(call.value("per_page", "20") or 20)
    except ValueError as error:
        raise Refusal(400, {"error": "page is invalid"}) from error
    page, size = max(page, 1), min(max(size, 1), 100)
    pages = max(-(-len(values) // size), 1)
    numbers = {"first": 1, "last": pages} | ({"next": page + 1} if page < pages else {})
    numbers |= {"prev": page - 1} if page > 1 else {}
    others = [(key, value) for key, value in call.query if key not in {"page", "per_page"}]
    base = state.url.removesuffix(f"/{state.path}") + call.path

    def link(number: int) -> str:
        pairs = [*others, ("page", str(number)), ("per_page", str(size))]
        return base + "?" + "&".join(f"{quote(key)}={quote(value, safe='')}" for key, value in pairs)

    headers = {
        "X-Page": str(page), "X-Per-Page": str(size), "X-Total": str(len(values)), "X-Total-Pages": str(pages),
        "X-Next-Page": str(numbers.get("next", "")), "X-Prev-Page": str(numbers.get("prev", "")),
        "Link": ", ".join(f'<{link(number)}>; rel="{name}"' for name, number in numbers.items()),
    }  # fmt: skip
    return Answer(200, [show(one) for one in values[(page - 1) * size : page * size]], headers)


# what there is


def user(state: State, call: Call, token: Token, places: dict[str, str]) -> Answer:
    return Answer(200, shape.user(state, token.user))


def project(state: State, call: Call, token: Token, places: dict[str, str]) -> Answer:
    return Answer(200, shape.project(state) | {"permissions": {"project_access": None, "group_access": None}})


def requests(state: State, call: Call, token: Token, places: dict[str, str]) -> Answer:
    """Filters as they are documented; the rest is refused by the contract's judge."""
    found = state.all()
    for name, field_ in (("source_branch", "source"), ("target_branch", "target"), ("state", "state")):
        if (value := call.value(name)) is not None and (name, value) != ("state", "all"):
            found = [one for one in found if getattr(one, field_) == value]
    if (project_ := call.value("source_project_id")) is not None:
        found = [one for one in found if str(one.source_project) == project_]
    if (author := call.value("author_username")) is not None:
        found = [one for one in found if one.author == author]
    if iids := [value for key, value in call.query if key == "iids[]"]:
        found = [one for one in found if str(one.iid) in iids]
    if search := call.value("search"):
        found = [one for one in found if search.lower() in (one.title + one.description).lower()]
    keys = {"updated_at": lambda one: (one.updated, one.iid), "title": lambda one: (one.title, one.iid)}
    key = keys.get(call.value("order_by", "created_at") or "", lambda one: (one.created, one.iid))
    found.sort(key=key, reverse=call.value("sort", "desc") != "asc")
    return paged(state, call, found, lambda one: shape.basic(state, one))


def create(state: State, call: Call, token: Token, places: dict[str, str]) -> Answer:
    level(token, "developer")
    given = call.need("title", "source_branch", "target_branch")
    more = _more(given)
    made = state.open(token.user, given["source_branch"], given["target_branch"], given["title"], **more)
    return Answer(201, shape.whole(state, made))


def one(state: State, call: Call, token: Token, places: dict[str, str]) -> Answer:
    return Answer(200, shape.whole(state, _one(state, places)))


def update(state: State, call: Call, token: Token, places: dict[str, str]) -> Answer:
    level(token, "developer")
    given = call.given()
    if not set(given) & {*UPDATES, "labels", "add_labels", "remove_labels", "assignee_id", "assignee_ids"}:
        raise Refusal(400, {"error": "assignee_id, description, labels, state_event, title are missing, at least one parameter must be provided"})  # fmt: skip
    changes = {UPDATES[name]: value for name, value in given.items() if name in UPDATES and value is not None}
    changes |= {"labels": _more(given)["labels"]} if "labels" in given else {}
    return Answer(200, shape.whole(state, state.update(_one(state, places).iid, token.user, **changes)))


def merge(state: State, call: Call, token: Token, places: dict[str, str]) -> Answer:
    if token.level < LEVELS["maintainer"]:
        raise refusal(401, "Unauthorized")
    given, found = call.given(), _one(state, places)
    merged = state.merge(
        found.iid,
        token.user,
        sha=given.get("sha"),
        squash=given.get("squash"),
        remove_source=given.get("should_remove_source_branch"),
        message=given.get("merge_commit_message"),
    )
    return Answer(200, shape.whole(state, merged))


def approvals(state: State, call: Call, token: Token, places: dict[str, str]) -> Answer:
    return Answer(200, shape.approvals(state, _one(state, places), token.user))


# notes


def notes(state: State, call: Call, token: Token, places: dict[str, str]) -> Answer:
    found = _one(state, places)
    said = sorted(
        found.notes, key=lambda note: (note.created, note.number), reverse=call.value("sort") != "asc"
    )
    return paged(state, call, said, lambda note: shape.note(state, found, note))


def write_note(state: State, call: Call, token: Token, places: dict[str, str]) -> Answer:
    level(token, "reporter")
    found = _one(state, places)
    return Answer(201, shape.note(state, found, state.note(found.iid, token.user, call.need("body")["body"])))


def read_note(state: State, call: Call, token: Token, places: dict[str, str]) -> Answer:
    found = _one(state, places)
    return Answer(200, shape.note(state, found, state.find_note(found.iid, int(places["note"]))))


def edit_note(state: State, call: Call, token: Token, places: dict[str, str]) -> Answer:
    found, body = _one(state, places), call.need("body")["body"]
    return Answer(
        200, shape.note(state, found, state.edit_note(found.iid, int(places["note"]), token.user, body))
    )


# refs


def tags(state: State, call: Call, token: Token, places: dict[str, str]) -> Answer:
    names = state.bare.git(
        "for-each-ref", "--sort=-creatordate", "--format=%(refname:short)", "refs/tags"
    ).split()
    return paged(
        call, [one for one in names if (call.value("search") or "") in one], lambda one: _tag(state, one)
    )


def tag(state: State, call: Call, token: Token, places: dict[str, str]) -> Answer:
    name = unquote(places["tag"])
    if not state.bare.git("for-each-ref", f"refs/tags/{name}"):
        raise refusal(404, "Tag Not Found")
    return Answer(200, _tag(state, name))


def create_tag(state: State, call: Call, token: Token, places: dict[str, str]) -> Answer:
    """A tag of the API is not signed; where it is protected, maintainers alone make it."""
    given = call.need("tag_name", "ref")
    name = given["tag_name"]
    level(token, "maintainer" if _protected(state.protected_tags, name) else "developer")
    if state.bare.git("for-each-ref", f"refs/tags/{name}"):
        raise Refusal(400, {"message": f"Tag {name} already exists"})
    if not state.bare.has(given["ref"]):
        raise Refusal(400, {"message": f"Target {given['ref']} is invalid"})
    state.bare.git("tag", *(["-m", given["message"]] if given.get("message") else []), name, given["ref"])
    return Answer(201, _tag(state, name))


def protected_tags(state: State, call: Call, token: Token, places: dict[str, str]) -> Answer:
    level(token, "maintainer")
    return paged(state, call, state.protected_tags, _protection)


def protect_tag(state: State, call: Call, token: Token, places: dict[str, str]) -> Answer:
    level(token, "maintainer")
    name = call.need("name")["name"]
    if name in state.protected_tags:
        raise Refusal(409, {"message": f"Protected tag '{name}' already exists"})
    state.protected_tags.append(name)
    return Answer(201, _protection(name))


def branches(state: State, call: Call, token: Token, places: dict[str, str]) -> Answer:
    names = state.bare.git("for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads").split()
    kept = [one for one in names if (call.value("search") or "") in one]
    return paged(
        state, call, kept, lambda one: shape.branch(state, one, _protected(state.protected_branches, one))
    )


def _protection(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "create_access_levels": [{"id": 1, "access_level": 40, "access_level_description": "Maintainers"}],
    }


def _protected(patterns: list[str], name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _tag(state: State, name: str) -> dict[str, Any]:
    return shape.tag(state, name, _protected(state.protected_tags, name))


def _one(state: State, places: dict[str, str]) -> Request:
    return state.get(int(places["iid"]))


def _more(given: dict[str, Any]) -> dict[str, Any]:
    """Everything that may be said of a new one and that is remembered."""
    labels = given.get("labels") or []
    return {
        "description": given.get("description") or "",
        "labels": labels.split(",") if isinstance(labels, str) else list(labels),
        "squash": bool(given.get("squash")),
        "remove_source": bool(given.get("remove_source_branch")),
    }


ROUTES: list[tuple[str, re.Pattern[str], Act]] = [
    (method, re.compile(pattern), act)
    for method, pattern, act in (
        ("GET", r"/api/v4/user", user),
        ("GET", PROJECT, project),
        ("GET", PROJECT + "/merge_requests", requests),
        ("POST", PROJECT + "/merge_requests", create),
        ("GET", ONE, one),
        ("PUT", ONE, update),
        ("PUT", ONE + "/merge", merge),
        ("GET", ONE + "/approvals", approvals),
        ("GET", ONE + "/notes", notes),
        ("POST", ONE + "/notes", write_note),
        ("GET", ONE + r"/notes/(?P<note>\d+)", read_note),
        ("PUT", ONE + r"/notes/(?P<note>\d+)", edit_note),
        ("GET", PROJECT + "/repository/tags", tags),
        ("POST", PROJECT + "/repository/tags", create_tag),
        ("GET", PROJECT + "/repository/tags/(?P<tag>[^/]+)", tag),
        ("GET", PROJECT + "/protected_tags", protected_tags),
        ("POST", PROJECT + "/protected_tags", protect_tag),
        ("GET", PROJECT + "/repository/branches", branches),
    )
]
