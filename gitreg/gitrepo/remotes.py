"""Remotes: what they have, what is fetched from them, what is pushed to them by compare-and-swap.

A push is never a plain force. A ref that our own Git found moved is a lost race; after any other fault the remote is
asked what it has now, for only the answer may have been lost. Words decide where there is nothing else to tell from:
whether an unreachable remote is a matter of permission, what a remote cannot do, and which lock is in its way.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from posixpath import normpath

from gitreg.errors import ConflictError, CredentialsError, LockedError, RemoteError, UsageError
from gitreg.gitrepo.history import History
from gitreg.gitrepo.names import ZERO, ObjectId, check_id, check_ref, is_object_id, printable
from gitreg.gitrepo.objects import Objects
from gitreg.gitrepo.process import Git, Outcome

_REFUSED = (
    b"Permission denied",
    b"Authentication failed",
    b"could not read Username",
    b"could not read Password",
    b"insufficient permission",
    b"unable to create temporary object directory",
)
_REFUSED_CODES = re.compile(rb"returned error: (401|403)\b")
_ACCOUNT = re.compile(r"(?<=://)[^/\s]*@")
_PASSWORD = re.compile(r"(?<=://)([^/:\s]*):[^/\s]*@")
_QUERY = re.compile(r"(?<=\S)\?\S*")
_LOST = re.compile(rb"^!\t\S+:(?P<ref>\S+)\t\[rejected\] \((?!atomic)", re.MULTILINE)
"""`git push --porcelain` (git-push(1), "OUTPUT"): our Git compared the ref that the remote showed with the expected one."""
_DECLINED = re.compile(
    rb"^!\t\S+\t\[remote rejected\] \((?!unpacker error|failed to|cannot lock|atomic|internal)", re.MULTILINE
)
"""The server's reason for not moving a ref; that it could not store or move it is no refusal (builtin/receive-pack.c)."""
_HOOK = b"hook declined)"
"""What receive-pack says where a hook of the server's refused a ref, having said why itself (githooks(5), pre-receive, update)."""
_DELETED = re.compile(rb"^-\t:(refs/[!-~]+)\t", re.MULTILINE)
_LOCK = re.compile(rb"Unable to create '(?P<file>[^'\n]*\.lock)'")
_UNABLE = re.compile(rb"the receiving end does not support (--atomic push|push options)")
_NO_IDS = re.compile(rb"(does not allow request for unadvertised object|not our ref)")
_LEFT_OUT = b"because shallow roots are not allowed to be updated"
"""Git leaves such refs as they are, and exits with 0 all the same (fetch-pack.c): here they would pass for up to date."""
_ADVICE = ("hint:", "To ", "From ", "Please make sure you have", "and the repository exists")
"""What is left out of Git's words: the last two it adds whenever a connection ends early (connect.c)."""
_ATTEMPTS = 2
"""A push that lost a lock, not a value, is tried again; a remote that refuses it refuses twice."""

_LINES = 200
"""So much of what a remote says at a push is kept."""
_PASSING = re.compile(rb"unpacker error|unable to migrate objects|missing necessary objects|bad pack")
_PATIENT_ATTEMPTS, _PAUSE = 5, 0.1
"""A server that prunes at this moment may delete what is arriving (git-gc(1), "NOTES"); a little later it is done."""


class UnableError(RemoteError):
    """The remote cannot do what is asked for: push options, several refs all or none, objects by id."""


@dataclass(frozen=True)
class PushUpdate:
    """One ref's move on a remote: `new=ZERO` deletes it.

    With `expected_old` it is a compare-and-swap (`ZERO`: it must not exist); without, only a fast-forward.
    """

    ref: str
    new: ObjectId
    expected_old: ObjectId | None = None


def without_credentials(url: str) -> str:
    """Return a URL, or a message with some in it, without what may be secret.

    That is the account, which may be a token, the password and the query; an ssh account without its password is
    only a name, and needed.
    """
    if "ssh://" in url:
        return _PASSWORD.sub(r"\1@", url)
    return _QUERY.sub("", _ACCOUNT.sub("", url)) if "://" in url else url


class Remotes:
    """The remotes of one repository, by name, by URL or by path."""

    def __init__(self, git: Git, objects: Objects, history: History) -> None:
        self._git = git
        self._objects = objects
        self._history = history

    def refs(self, remote: str, patterns: Sequence[str]) -> dict[str, ObjectId]:
        """Return a remote's refs that match full names or patterns such as `refs/tags/model/*`.

        Git would match `refs/heads/main` at the end of `refs/x/refs/heads/main` too; here a pattern is the whole name.

        Raises:
            CredentialsError: the remote does not know us.
            RemoteError: it cannot be reached.
        """
        for pattern in patterns:
            _check_pattern(pattern)
        outcome = self._git.run("ls-remote", "--refs", "--", _check_remote(remote), *patterns, good=())
        if outcome.code != 0:
            raise _unreachable(remote, outcome)
        lines = (line.partition("\t") for line in outcome.out.decode("utf-8", "surrogateescape").splitlines())
        found = {ref: ObjectId(id_) for id_, _, ref in lines if is_object_id(id_)}
        return {ref: id_ for ref, id_ in found.items() if any(fnmatchcase(ref, one) for one in patterns)}

    def fetch(
        self,
        remote: str,
        refspecs: Sequence[str],
        *,
        prune: bool = False,
        fsck: bool = False,
        partial: str | None = None,
        depth: int | None = None,
    ) -> None:
        """Fetch exactly what the refspecs say: no tags beside them, no FETCH_HEAD, no submodules.

        Args:
            remote: a name, URL or path.
            refspecs: `source:target` or `+source:target`, full names; a lone source brings objects only.
            prune: delete the targets whose source is gone.
            fsck: have every object checked that arrives.
            partial: a filter for a partial clone, such as `tree:0` (git-rev-list(1), `--filter`).
            depth: how many commits of each history; all when None.

        Raises:
            ConflictError: a ref here cannot follow without force.
            CredentialsError: the remote does not know us.
            RemoteError: it cannot be reached, or lacks a source or what that builds on.
        """
        checked = [_check_refspec(refspec) for refspec in refspecs]
        flags = ["--no-tags", "--no-write-fetch-head", "--refmap=", "--no-recurse-submodules"]
        flags.append("--no-auto-maintenance")  # never in the middle of an act
        flags += ["--prune" if prune else "--no-prune", "--no-prune-tags"]
        if partial:
            flags.append(f"--filter={partial}")
        if depth:
            flags.append(f"--depth={depth}")
        options = ("-c", "fetch.fsckObjects=true") if fsck else ()
        words = ("fetch", *flags, "--end-of-options", _check_remote(remote), *checked)
        outcome = self._git.run(*words, good=(), options=options)
        if outcome.code == 1:
            raise ConflictError(f"refs here do not follow {_shown(remote)}: {_words(outcome)}")
        if outcome.code != 0:
            raise _unreachable(remote, outcome)
        if _LEFT_OUT in outcome.err:
            raise RemoteError(
                f"{_shown(remote)} is shallow, and lacks history that its own refs need",
                hint="git fetch --unshallow, over there.",
            )

    def fetch_objects(self, remote: str, ids: Sequence[ObjectId], partial: str) -> None:
        """Fetch objects by their ids, into a repository that a filter left without them.

        Git's own way of fetching what is missing brings everything below a tree (promisor-remote.c asks with
        `blob:none`); here the caller says how much.

        Args:
            remote: a name of a promisor remote.
            ids: of trees or blobs.
            partial: what comes with a tree: `tree:0` nothing, `tree:1` what is directly in it.

        Raises:
            UnableError: the remote gives no objects by id.
            CredentialsError: the remote does not know us.
            RemoteError: it cannot be reached.
        """
        flags = ("--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-maintenance")
        words = ("fetch", *flags, f"--filter={partial}", "--end-of-options", _check_remote(remote))
        # no negotiation: the remote would take the trees of every commit that is here for here, too
        options = ("-c", "fetch.negotiationAlgorithm=noop")
        outcome = self._git.run(*words, *map(check_id, ids), good=(), options=options)
        if _NO_IDS.search(outcome.err):
            raise UnableError(f"{_shown(remote)} gives no objects by id: {_words(outcome)}")
        if outcome.code != 0:
            raise _unreachable(remote, outcome)

    def push(
        self, remote: str, updates: Sequence[PushUpdate], options: Sequence[str] = ()
    ) -> tuple[str, ...]:
        """Move refs of a remote, all of them or none.

        Args:
            remote: a name, URL or path.
            updates: the moves.
            options: push options for the server (`git push -o`).

        Returns:
            what the remote said to people, line by line, printable: a stranger's words.

        Raises:
            ConflictError: a ref of the remote moved.
            LockedError: nothing moved, and a lock file on the remote stays in the way.
            UnableError: the remote knows no push options, or cannot move several refs at once.
            CredentialsError: the remote can be read, the refs are as expected, and it refuses.
            RemoteError: it cannot be reached.
        """
        if not updates:
            return ()
        words = self._push_words(remote, updates, options)
        for attempt in range(_PATIENT_ATTEMPTS):
            outcome = self._git.run(*words, good=())
            if outcome.code == 0:
                return _said(outcome)
            if _UNABLE.search(outcome.err):
                raise UnableError(f"{_shown(remote)} cannot take it: {_words(outcome)}")
            if attempt == 0 and (lost := _LOST.search(outcome.out)):
                raise _moved(remote, lost["ref"].decode("utf-8", "replace"))
            if self._has_arrived(remote, updates):
                return _said(outcome)
            is_passing = _PASSING.search(outcome.err) or _PASSING.search(outcome.out)
            if attempt + 1 >= (_PATIENT_ATTEMPTS if is_passing else _ATTEMPTS):
                break
            time.sleep(_PAUSE * attempt)
        if lock := _LOCK.search(outcome.err):
            raise _locked(remote, lock["file"])
        raise _not_taken(remote, outcome)

    def delete(self, remote: str, refs: Mapping[str, ObjectId]) -> set[str]:
        """Delete refs of a remote that still hold what they held; whatever moved, is locked or refused stays.

        Args:
            remote: a name, URL or path.
            refs: what each must still hold.

        Returns:
            the names of those that are gone.
        """
        leases = [f"--force-with-lease={check_ref(ref)}:{check_id(id_)}" for ref, id_ in refs.items()]
        words = ["push", "--porcelain", "--no-verify", "--recurse-submodules=no", *leases, "--end-of-options"]
        outcome = self._git.run(*words, _check_remote(remote), *(f":{ref}" for ref in refs), good=())
        return {ref.decode() for ref in _DELETED.findall(outcome.out) if ref.decode() in refs}

    def _has_arrived(self, remote: str, updates: Sequence[PushUpdate]) -> bool:
        """Ask the remote after a push without an answer; ConflictError if a ref is not what it was expected to be."""
        now = self.refs(remote, [update.ref for update in updates])
        if all(now.get(update.ref, ZERO) == update.new for update in updates):
            return True  # only the answer was lost
        for update in updates:
            self._check_unmoved(remote, update, now.get(update.ref, ZERO))
        return False

    def _push_words(self, remote: str, updates: Sequence[PushUpdate], options: Sequence[str]) -> list[str]:
        words = ["push", "--porcelain", "--no-verify", "--no-follow-tags", "--recurse-submodules=no"]
        words += ["--atomic"] if len(updates) > 1 else []
        for option in options:
            if "\n" in option or "\0" in option:
                raise UsageError(f"the push option {printable(option)!r} is not one line")
            words.append(f"--push-option={option}")
        for update in updates:
            if update.expected_old is not None:
                old = "" if update.expected_old == ZERO else update.expected_old
                words.append(f"--force-with-lease={check_ref(update.ref)}:{old}")
        specs = (f"{'' if update.new == ZERO else update.new}:{check_ref(update.ref)}" for update in updates)
        return [*words, "--end-of-options", _check_remote(remote), *specs]

    def _check_unmoved(self, remote: str, update: PushUpdate, now: ObjectId) -> None:
        if update.expected_old is not None:
            moved = now != update.expected_old
        else:
            moved = now != ZERO and not self._contains(update.new, now)
        if moved:
            raise _moved(remote, update.ref)

    def _contains(self, new: ObjectId, now: ObjectId) -> bool:
        if self._objects.find(now) is None or new == ZERO:
            return new == ZERO
        return self._history.is_ancestor(now, new)


def _not_taken(remote: str, outcome: Outcome) -> RemoteError | CredentialsError:
    """Tell a server that declines, and says why, from one that could not: its disk is full, or the connection broke."""
    if (
        any(words in outcome.err for words in _REFUSED)
        or _REFUSED_CODES.search(outcome.err)
        or _DECLINED.search(outcome.out)
    ):
        return CredentialsError(
            f"{_shown(remote)} refuses the push: {_words(outcome)}",
            hint="Mend what it names, or ask whoever keeps it; nothing is lost here."
            if _HOOK in outcome.out
            else "Ask for permission to push there, or see whether its disk is full.",
        )
    return RemoteError(
        f"{_shown(remote)} did not take the push: {_words(outcome)}", hint="Nothing is lost; try again later."
    )


def _moved(remote: str, ref: str) -> ConflictError:
    return ConflictError(
        f"{printable(ref)} of {_shown(remote)} moved meanwhile", hint="Fetch, and try again."
    )


def _locked(remote: str, file: bytes) -> LockedError:
    name = printable(normpath(file.decode("utf-8", "replace")))
    return LockedError(
        f"{_shown(remote)} is locked by the file {name}",
        hint=f"If no git runs there, delete {name} there; nothing is lost here.",
    )


def _check_remote(remote: str) -> str:
    if not remote or remote.startswith("-") or not remote.isprintable():
        raise UsageError(f"{printable(remote)!r} is not a remote, a URL or a path")
    return remote


def _check_pattern(pattern: str) -> str:
    if pattern != "refs/*":
        check_ref(pattern.replace("*", "x", 1))
    return pattern


def _check_refspec(refspec: str) -> str:
    source, colon, target = refspec.removeprefix("+").partition(":")
    if not (is_object_id(source) or source == "HEAD"):
        _check_pattern(source)
    if colon:
        _check_pattern(target)
    if target and source.count("*") != target.count("*"):
        raise UsageError(f"the refspec {printable(refspec)!r} has a * on one side only")
    return refspec


def _unreachable(remote: str, outcome: Outcome) -> RemoteError | CredentialsError:
    if any(words in outcome.err for words in _REFUSED) or _REFUSED_CODES.search(outcome.err):
        return CredentialsError(f"{_shown(remote)} does not let us in: {_words(outcome)}")
    return RemoteError(
        f"{_shown(remote)} cannot be used: {_words(outcome)}", hint="Nothing is lost; try again later."
    )


def _shown(remote: str) -> str:
    return printable(without_credentials(remote))


def _said(outcome: Outcome) -> tuple[str, ...]:
    """Return what the remote said: Git puts `remote: ` before each of its lines (gitprotocol-pack(5), side-band)."""
    lines = [line for line in outcome.err.splitlines() if line.startswith(b"remote:")]
    return tuple(printable(line.removeprefix(b"remote:")).strip() for line in lines[:_LINES])


def _words(outcome: Outcome) -> str:
    """Return what Git and the server said: their words are for people, and decide nothing."""
    lines = [line.strip().rstrip(".") for line in outcome.err.decode("utf-8", "replace").splitlines()]
    said = [line for line in lines if line and not line.startswith(_ADVICE)]
    return without_credentials(printable("; ".join(said) or "no reason given"))
