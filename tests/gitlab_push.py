"""What the stand-in does with a push: who may, what its options ask for, and what the pusher is told.

https://docs.gitlab.com/topics/git/commit/#push-options; the behaviour is that of GitLab's `Gitlab::PushOptions`, `MergeRequests::
PushOptionsHandlerService` and `PostReceiveService`, the lines are those that Gitaly prints.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Any

from gitlab_git import ZERO
from gitlab_state import State
from gitlab_values import DRAFT, LEVELS, Push, Refusal

OPTION = re.compile(r"(?P<space>[^.]+)\.(?P<key>[^=]+)=?(?P<value>.*)")
KEYS = frozenset({
    "assign", "create", "description", "draft", "label", "merge_when_pipeline_succeeds", "auto_merge", "milestone",
    "remove_source_branch", "squash", "target", "target_project", "title", "unassign", "unlabel",
})  # fmt: skip
MANY = frozenset({"label", "unlabel", "assign", "unassign"})
LIMIT = 10
RULE = "=" * 72


def hooked(state: State, said: dict[str, Any]) -> str:
    """Answer a hook: the exit status, a line feed, and what the pusher reads."""
    push = Push(
        said["user"],
        said["job"],
        tuple((old, new, ref) for old, new, ref in said["changes"]),
        tuple(said["options"]),
    )
    if said["kind"] == "pre-receive":
        refused = _refused(state, push, said["level"])
        return f"1\nGitLab: {refused}\n" if refused else "0\n"
    with state.lock:
        state.pushed(push)
        return "0\n" + _post(state, push)


def _refused(state: State, push: Push, level: int) -> str | None:
    """Why it may not be; maintainers push to protected places, and nobody forces there."""
    for old, new, ref in push.changes:
        for kind, patterns in (("heads", state.protected_branches), ("tags", state.protected_tags)):
            name = ref.removeprefix(f"refs/{kind}/")
            if name == ref or not any(fnmatchcase(name, pattern) for pattern in patterns):
                continue
            if kind == "tags":
                if old != ZERO and level < LEVELS["owner"]:
                    return "You are not allowed to change existing tags on this project."
                if level < LEVELS["maintainer"]:
                    return "You are not allowed to create this tag as it is protected."
                continue
            if level < LEVELS["maintainer"]:
                return "You are not allowed to push code to protected branches on this project."
            if new == ZERO:
                return "You can only delete protected branches using the web interface."
    return None


def options_of(words: tuple[str, ...]) -> dict[str, Any]:
    """The options of `merge_request.`; the last one counts, but for those that may be many."""
    found: dict[str, Any] = {}
    for word in words:
        match = OPTION.fullmatch(word)
        if (
            match is None
            or match["space"].strip() not in {"merge_request", "mr"}
            or match["key"].strip() not in KEYS
        ):
            continue
        key, value = match["key"].strip(), match["value"].strip()
        if key in MANY:
            found.setdefault(key, []).append(value)
        else:
            found[key] = value or True
    return found


def _post(state: State, push: Push) -> str:
    branches = [
        ref.removeprefix("refs/heads/")
        for _, new, ref in push.changes
        if ref.startswith("refs/heads/") and new != ZERO and ref != f"refs/heads/{state.bare.default}"
    ]
    options, errors = options_of(push.options), []
    if options:
        errors = _judge(state, options, branches)
        for branch in branches if not errors else ():
            try:
                _asked(state, push, branch, options, errors)
            except Refusal as error:
                errors += _words(error.body)
    said = _alert(push.options, errors) if errors else ""
    return said + ("".join(_link(state, branch) for branch in branches) if state.requests_enabled else "")


def _judge(state: State, options: dict[str, Any], branches: list[str]) -> list[str]:
    errors = []
    if not state.requests_enabled:
        errors.append(f"Merge requests are not enabled for project {state.path}")
    if len(branches) > LIMIT:
        errors.append(f"Too many branches pushed ({len(branches)} were pushed, limit is {LIMIT})")
    target = options.get("target")
    if target and state.bare.tip(str(target)) is None:
        errors.append(f"Target branch {state.path}:{target} does not exist")
    return errors


def _asked(state: State, push: Push, branch: str, options: dict[str, Any], errors: list[str]) -> None:
    """Open what is asked for, or change what is open."""
    there = state.opened(branch)
    values: dict[str, Any] = {}
    if isinstance(options.get("title"), str):
        values["title"] = options["title"]
    if isinstance(options.get("description"), str):
        values["description"] = options["description"].replace("\\n", "\n")
    if "remove_source_branch" in options:
        values["remove_source"] = True
    if "squash" in options:
        values["squash"] = True
    if "draft" in options:
        title = values.get("title") or (there.title if there else _title(state, branch))
        values["title"] = title if DRAFT.match(title) else f"Draft: {title}"
    labels = [*(there.labels if there else []), *options.get("label", [])]
    values["labels"] = [one for one in dict.fromkeys(labels) if one not in options.get("unlabel", [])]
    if there is not None:
        target = {"target": options["target"]} if isinstance(options.get("target"), str) else {}
        state.update(there.iid, push.user, **values, **target)
    elif options.get("create"):
        title = values.pop("title", None) or _title(state, branch)
        target = str(options.get("target") or state.bare.default)
        state.open(push.user, branch, target, title, job=push.job, **values)
    else:
        errors.append(
            f"A merge_request.create push option is required to create a merge request for branch {branch}"
        )


def _title(state: State, branch: str) -> str:
    return state.bare.subject(f"refs/heads/{branch}") or branch


def _words(body: Any) -> list[str]:
    message = body.get("message", body) if isinstance(body, dict) else body
    if isinstance(message, dict):
        return [f"{name.capitalize()} {one}" for name, many in message.items() for one in many]
    return [str(one) for one in message] if isinstance(message, list) else [str(message)]


def _alert(options: tuple[str, ...], errors: list[str]) -> str:
    quoted = " ".join(f"'{one}'" for one in options)
    text = f"WARNINGS:\nError encountered with push options {quoted}: " + "\n\n".join(errors)
    lines = [" " * max((72 - len(line)) // 2, 0) + line for line in text.split("\n")]
    return "\n".join(["", RULE, "", *lines, "", RULE, "", ""])


def _link(state: State, branch: str) -> str:
    there = state.opened(branch)
    if there is not None:
        return f"\nView merge request for {branch}:\n  {state.request_url(there.iid)}\n\n"
    return f"\nTo create a merge request for {branch}, visit:\n  {state.new_request_url(branch)}\n\n"
